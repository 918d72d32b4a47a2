// Versions are chosen by clients: thousands of them in one product must not change what a filter finds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_KINDS_OF_PRODUCT } from '../../../src/store/embedded/write/kinds.ts';
import { NOON, storeReport } from '../conformance/report-builder.ts';
import { withStore } from './open-store.ts';

test('filters are exact on either side of the bound of kinds', async () => {
  await withStore({}, async (store) => {
    const count = MAX_KINDS_OF_PRODUCT + 300;
    const platforms = ['linux', 'mac'];
    for (let start = 0; start < count; start += 300) {
      await Promise.all(
        Array.from({ length: Math.min(300, count - start) }, (_, offset) => {
          const index = start + offset;
          const platform = platforms[index % 2] ?? null;
          return storeReport(store, { version: `v${index}`, platform, receivedAt: NOON + index * 1000 });
        }),
      );
    }
    const find = async (filter: object) =>
      (await store.reports.listReports(filter, { limit: 200 })).rows.map(({ version }) => version);
    assert.deepEqual(await find({ version: 'v0' }), ['v0']);
    assert.deepEqual(await find({ version: `v${count - 1}` }), [`v${count - 1}`]);
    assert.deepEqual(await find({ version: `v${count - 1}`, platform: 'mac' }), [`v${count - 1}`]);
    assert.deepEqual(await find({ version: `v${count - 1}`, platform: 'linux' }), []);
    assert.deepEqual(await find({ version: 'v99999' }), []);
    const macs: (string | null)[] = [];
    let cursor: string | null = null;
    do {
      const request = cursor === null ? { limit: 200 } : { limit: 200, cursor };
      const page = await store.reports.listReports({ product: 'Piano', platform: 'mac' }, request);
      macs.push(...page.rows.map(({ version }) => version));
      cursor = page.next;
    } while (cursor !== null);
    assert.equal(macs.length, count / 2);
    assert.equal(new Set(macs).size, count / 2);
    assert.deepEqual(macs.slice(0, 2), [`v${count - 1}`, `v${count - 3}`]);
  });
});
