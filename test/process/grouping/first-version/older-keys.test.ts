// A bug that was filed under the key of version 1 stays one after an upgrade, for every way in.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ProcessedReport } from '../../../../src/report/processed-report.ts';
import { processReport } from '../../../../src/process/pipeline.ts';
import { complete, queueReport } from '../../../store/conformance/processed-builder.ts';
import { withStore } from '../../../store/embedded/open-store.ts';
import { optionsWith } from '../../report-of.ts';
import { OLD_REPORTS } from './old-reports.ts';

/** The report as version 1 filed it. */
function asOfVersion1(processed: ProcessedReport, keys: readonly string[]): ProcessedReport {
  const crashes = processed.crashes.map((crash, position) => {
    const { caseKey, because } = crash.grouping;
    const grouping = { key: keys[position] ?? '', source: 'stack', because, rule: null, caseKey } as const;
    return Object.assign({}, crash, { grouping });
  });
  return { ...processed, crashes };
}

describe('keys of version 1', () => {
  for (const { way, input, keys } of OLD_REPORTS) {
    it(`lead to the same bug: ${way}`, async () => {
      const { crashes } = await processReport(input, optionsWith());
      assert.equal(crashes.length, keys.length);
      for (const [position, key] of keys.entries()) {
        const { grouping } = crashes[position] ?? assert.fail('no crash');
        assert.ok([grouping.key, ...(grouping.aliases ?? [])].includes(key), `${key} leads nowhere`);
      }
    });
  }

  it('keep every bug one and whole when reports come after an upgrade, and when old ones are processed again', async () => {
    await withStore({}, async (store) => {
      for (const { way, input, keys } of OLD_REPORTS) {
        // Each in a product of its own: some of them are the same crash by different ways.
        const processed = { ...(await processReport(input, optionsWith())), product: way };
        const fields = { product: way };
        const old: string[] = [];
        const bugs: number[] = [];
        for (let time = 0; time < 2; time += 1) {
          const crashId = await queueReport(store, fields);
          old.push(crashId);
          bugs.push((await complete(store, crashId, asOfVersion1(processed, keys)))[0]?.bugId ?? 0);
        }
        const later = await complete(store, await queueReport(store, fields), processed);
        assert.deepEqual([later[0]?.bugId, later[0]?.event], [bugs[0], 'recurring'], way);
        for (const crashId of old) {
          await store.queue.requeue([crashId]);
          assert.equal((await complete(store, crashId, processed))[0]?.bugId, bugs[0], way);
        }
        assert.equal((await store.bugs.getBug(bugs[0] ?? 0))?.count, 3, way);
        const { rows } = await store.bugs.listBugs({ product: way }, { limit: 10 });
        assert.equal(rows.length, keys.length, way);
      }
    });
  });
});
