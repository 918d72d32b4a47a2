// What a product here never stores does not come in by an export either.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { DEFAULT_DATA_RULES } from '../../src/report/privacy/data-rules.ts';
import { NOON, storeReport } from '../store/conformance/report-builder.ts';
import { wordsIn } from '../store/embedded/gone.ts';
import { mayday, withStore } from './moving-harness.ts';

test('an import heeds what the product never stores, as it stands here or comes with the export', async () => {
  const root = await mkdtemp(path.join(tmpdir(), 'mayday-data-rules-'));
  const dirOf = (name: string): string => path.join(root, name);
  const words = ['Zqannotation', 'Zqpayload', 'Zqguid', 'zqmailsaid'];
  const dataRules = { ...DEFAULT_DATA_RULES, neverStored: ['customer'], scrub: ['email'] } as const;
  try {
    await withStore(dirOf('old'), async (store) => {
      await store.people.createProductByHand('default', 'Piano');
      await storeReport(
        store,
        {
          receivedAt: NOON,
          installation: 'Zqguid@example.org',
          annotations: [
            { key: 'customer', value: 'Zqannotation' },
            { key: 'note', value: 'of zqmailsaid@example.org' },
          ],
        },
        [
          {
            name: 'payload.json',
            kind: 'payload',
            data: Buffer.from('{"user":{"customer":"Zqpayload"},"n":1}'),
          },
        ],
      );
      const said = {
        eventId: null,
        name: 'Ada',
        email: 'zqmailsaid@example.org',
        message: 'it broke',
        url: '',
      };
      await store.intake.putFeedback('default', 'Piano', said, null, NOON);
    });
    assert.equal((await mayday(dirOf('old'), 'export', dirOf('before'), '--quiet')).code, 0);
    await withStore(dirOf('old'), (store) => store.people.updateProduct('default', 'Piano', { dataRules }));
    assert.equal((await mayday(dirOf('old'), 'export', dirOf('after'), '--quiet')).code, 0);
    await withStore(dirOf('here'), async (store) => {
      await store.people.createProductByHand('default', 'Piano');
      await store.people.updateProduct('default', 'Piano', { dataRules });
    });
    for (const [to, from] of [
      ['here', 'before'],
      ['new', 'after'],
    ] as const) {
      const { code, err } = await mayday(dirOf(to), 'import', dirOf(from), '--json', '--queue-only');
      assert.equal(code, 0, err);
      await withStore(dirOf(to), async (store) => {
        const { rows } = await store.reports.listReports({}, { limit: 5 });
        const report = await store.reports.getReport(rows[0]?.crashId ?? '');
        assert.deepEqual(report?.annotations, [{ key: 'note', value: 'of [Filtered]' }]);
        assert.deepEqual((await store.people.getProduct('default', 'Piano'))?.dataRules, dataRules);
        await store.maintenance.prune();
      });
      assert.deepEqual(wordsIn(dirOf(to), words), [], to);
      // Again it finds that all of it is here.
      await mayday(dirOf(to), 'import', dirOf(from), '--json', '--queue-only');
      const said = await withStore(dirOf(to), ({ feedback }) => feedback.ofProduct('default', 'Piano', 5));
      assert.deepEqual([said.length, said[0]?.email], [1, '']);
    }
    assert.ok(wordsIn(dirOf('old'), words).length >= words.length);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});

test('an import of events of Sentry heeds what the product never stores', async () => {
  const root = await mkdtemp(path.join(tmpdir(), 'mayday-data-rules-'));
  const dir = path.join(root, 'here');
  const words = ['Zqtag', 'zqmailsaid'];
  try {
    await withStore(dir, async (store) => {
      await store.people.createProductByHand('default', 'Web');
      const dataRules = { ...DEFAULT_DATA_RULES, neverStored: ['customer'], scrub: ['email'] } as const;
      await store.people.updateProduct('default', 'Web', { dataRules });
    });
    const event = {
      event_id: 'a'.repeat(32),
      platform: 'python',
      timestamp: NOON / 1000,
      message: 'of zqmailsaid@example.org',
      tags: { customer: 'Zqtag', plan: 'pro' },
    };
    const source = path.join(root, 'events.jsonl');
    await writeFile(source, `${JSON.stringify(event)}\n`);
    const { code, err } = await mayday(dir, 'import', source, '--product', 'Web', '--json', '--queue-only');
    assert.equal(code, 0, err);
    await withStore(dir, async (store) => {
      const { rows } = await store.reports.listReports({}, { limit: 5 });
      assert.equal(rows.length, 1);
      await store.maintenance.prune();
    });
    assert.deepEqual(wordsIn(dir, words), []);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});
