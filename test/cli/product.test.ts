// `mayday product`: shows, tries and changes what a product does not keep, and says why a dump is gone.
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { command } from '../../src/cli/commands/product-command.ts';
import { command as attachment } from '../../src/cli/commands/attachment-command.ts';
import { UsageError } from '../../src/cli/arguments.ts';
import { DEFAULT_DATA_RULES } from '../../src/report/privacy/data-rules.ts';
import { openEmbeddedStore } from '../../src/store/embedded/open.ts';
import type { Store } from '../../src/store/store.ts';
import { READ_DUMP } from '../store/conformance/kept-parts.ts';
import { complete, crash, processedReport } from '../store/conformance/processed-builder.ts';
import { storeReport } from '../store/conformance/report-builder.ts';
import { newFolder, storeOptions } from '../store/embedded/open-store.ts';

describe('mayday product', () => {
  let dir: string;
  before(async () => {
    dir = await newFolder();
    await withStore(async (store) => {
      await store.people.createProductByHand('default', 'shop');
      await storeReport(store, {
        product: 'shop',
        annotations: [{ key: 'comments', value: 'ada@example.org' }],
      });
    });
  });
  after(() => rm(dir, { recursive: true, force: true }));

  async function withStore<T>(work: (store: Store) => Promise<T>): Promise<T> {
    const store = await openEmbeddedStore(storeOptions(dir, { housekeeping: false }));
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  }

  async function run(args: readonly string[], what = command) {
    let out = '';
    let err = '';
    const code = await what.run(args, {
      out: (text) => (out += text),
      err: (text) => (err += text),
      env: { CRASH_REPORTS_DIR: dir, LOG_LEVEL: 'silent' },
      terminal: false,
    });
    return { code, out, err };
  }

  test('shows what holds, changes what is named, and leaves a line in the audit log', async () => {
    const shown = await run(['shop']);
    assert.deepEqual(JSON.parse(shown.out), { keepDays: null, ...DEFAULT_DATA_RULES });
    const args = ['--never-store', 'a', '--never-store', 'b*', '--scrub', 'email,card', '--dumps', 'stacks'];
    const changed = await run([
      ...args,
      '--dump-days',
      'none',
      '--keep-days',
      '90',
      '--pattern',
      'x+y',
      'shop',
    ]);
    assert.equal(changed.code, 0, changed.err);
    const holds = {
      ...DEFAULT_DATA_RULES,
      ...{
        dumps: 'stacks',
        dumpDays: null,
        neverStored: ['a', 'b*'],
        scrub: ['email', 'card'],
        patterns: ['x+y'],
      },
    };
    assert.deepEqual(JSON.parse(changed.out), { keepDays: 90, ...holds });
    const back = await run([
      '--store',
      'a',
      '--drop-pattern',
      'x+y',
      '--scrub',
      'none',
      '--keep-days',
      'none',
      'shop',
    ]);
    assert.deepEqual(JSON.parse(back.out), {
      keepDays: null,
      ...holds,
      neverStored: ['b*'],
      scrub: [],
      patterns: [],
    });
    await withStore(async (store) => {
      const { rows } = await store.audit.list({ what: 'product.data' }, { limit: 9 });
      assert.deepEqual([rows.length, rows[0]?.object], [2, 'product default/shop']);
    });
  });

  test('tries rules on history and changes nothing', async () => {
    const tried = await run(['--scrub', 'email', '--preview', '10', 'shop']);
    const { looked, changed, examples } = JSON.parse(tried.out) as {
      looked: number;
      changed: number;
      examples: readonly { readonly after: string }[];
    };
    assert.deepEqual([looked, changed, examples.map(({ after: then }) => then)], [1, 1, ['[Filtered]']]);
    assert.deepEqual((JSON.parse((await run(['shop'])).out) as { scrub: unknown }).scrub, []);
  });

  test('says what is wrong, and changes nothing then', async () => {
    const before_ = (await run(['shop'])).out;
    for (const args of [
      ['--dumps', 'none', 'shop'],
      ['--pattern', '(?=x)', 'shop'],
      ['--dump-days', 'soon', 'shop'],
      ['--keep-days', '0', '--never-store', 'c', 'shop'],
      ['--never-store', '*', 'shop'],
    ]) {
      const { code, err } = await run(args);
      assert.equal(code, 2, args.join(' '));
      assert.match(err, /\.\n$/);
    }
    assert.equal((await run(['nowhere'])).code, 1);
    await assert.rejects(run([]), UsageError);
    await assert.rejects(run(['--preview', '0', 'shop']), UsageError);
    assert.equal((await run(['shop'])).out, before_);
  });

  test('a dump that is gone is told of where its report is listed', async () => {
    const crashId = await withStore(async (store) => {
      const stored = await storeReport(store, { product: 'shop' }, [
        { name: 'upload_file_minidump', kind: 'minidump', data: Buffer.from('MDMP') },
      ]);
      const walked = { product: 'shop', minidumps: { upload_file_minidump: READ_DUMP } };
      await complete(store, stored.crashId, processedReport([crash('a')], walked));
      await store.maintenance.prune();
      return stored.crashId;
    });
    const listed = await run([crashId], attachment);
    assert.deepEqual([listed.code, listed.out], [0, '']);
    assert.match(listed.err, /The dump upload_file_minidump went on \d{4}-\d\d-\d\d: .*only stacks/);
  });
});
