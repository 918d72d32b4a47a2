// Indexes that cannot be used are made anew from the stored text.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { IndexFileSymbols } from '../../../src/process/symbols/index-file-symbols.ts';
import { IndexMender } from '../../../src/process/symbols/index-mender.ts';
import { Indexer } from '../../../src/process/symbols/indexer.ts';
import { Scratch } from '../../../src/process/symbols/scratch.ts';
import { SymbolFinder } from '../../../src/process/symbols/symbol-finder.ts';
import type { Store } from '../../../src/store/store.ts';
import { symbolText } from '../../reports/symbols/support.ts';
import { withStore } from '../../store/embedded/open-store.ts';

const KEY = { debugFile: 'libapp.so', debugId: 'AABBCCDDEEFF001122334455667788990' };
const REQUEST = { ...KEY, codeFile: null, codeId: null };

/** A store with symbols whose index is this, and everything that finds and mends. */
async function withIndex(
  index: string,
  run: (workshop: {
    readonly store: Store;
    readonly mender: IndexMender;
    readonly symbols: IndexFileSymbols;
    readonly clock: { now: number };
  }) => Promise<void>,
): Promise<void> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'mayday-mender-'));
  const indexer = new Indexer();
  try {
    await withStore({}, async (store) => {
      const [textFile, indexFile] = [path.join(dir, 'text'), path.join(dir, 'index')];
      await writeFile(textFile, symbolText());
      await writeFile(indexFile, index);
      const facts = { os: '', cpu: '', codeFile: null, codeId: null, generator: null };
      await store.symbols.putSymbols({
        key: KEY,
        facts: { ...facts, damagedLines: 0, hasCfi: true },
        product: null,
        by: 'Ada',
        source: 'upload',
        textFile,
        indexFile,
      });
      const clock = { now: 1000 };
      const scratch = new Scratch({ dir: path.join(dir, 'scratch'), minFreeBytes: 0 });
      const mender = new IndexMender({ store: store.symbols, indexer, scratch, now: () => clock.now });
      const symbols = new IndexFileSymbols({ source: new SymbolFinder({ store: store.symbols, mender }) });
      await run({ store, mender, symbols, clock });
      symbols.close();
    });
  } finally {
    await indexer.close();
    await rm(dir, { recursive: true, force: true });
  }
}

test('symbols with an unusable index give their names all the same, and keep the new index', async () => {
  await withIndex('written by some other version', async ({ store, symbols }) => {
    const found = await symbols.forJob().load(REQUEST);
    assert.equal(found?.locate(0x1024)?.function, 'app::start()');
    const bytes = await readFile((await store.symbols.indexPath(KEY)) ?? '');
    assert.equal(bytes.subarray(0, 8).toString(), 'MAYDAYSX');
  });
});

test('many that ask at once share one piece of work, and a lasting fault is not worked on again and again', async () => {
  await withIndex('damaged', async ({ mender, clock }) => {
    assert.deepEqual(await Promise.all([mender.mend(KEY), mender.mend(KEY)]), [true, true]);
    assert.equal(await mender.mend(KEY), false);
    clock.now += 3_600_000;
    assert.equal(await mender.mend(KEY), true);
  });
});

test('what is not stored cannot be mended', async () => {
  await withIndex('damaged', async ({ mender }) => {
    assert.equal(await mender.mend({ ...KEY, debugFile: 'other.so' }), false);
  });
});
