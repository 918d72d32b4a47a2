// Indexes of another version are made anew in the background from what is stored: all of them, once, also after a stop.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { createLog } from '../../../src/base/log.ts';
import { INDEX_VERSION } from '../../../src/formats/symbols/index-layout.ts';
import { IndexMender } from '../../../src/process/symbols/index-mender.ts';
import { IndexRenewal } from '../../../src/process/symbols/index-renewal.ts';
import { Indexer } from '../../../src/process/symbols/indexer.ts';
import { Scratch } from '../../../src/process/symbols/scratch.ts';
import { ClassMappingIntake } from '../../../src/process/symbols/source-maps/class-mapping-intake.ts';
import { ALIAS } from '../../../src/process/symbols/source-maps/mapping-formats.ts';
import { SourceMapIntake } from '../../../src/process/symbols/source-maps/source-map-intake.ts';
import { StoredDebugFiles } from '../../../src/process/symbols/stored-debug-files.ts';
import { SymbolIntake } from '../../../src/process/symbols/symbol-intake.ts';
import type { Store } from '../../../src/store/store.ts';
import type { SymbolKey } from '../../../src/store/symbols.ts';
import { separateDebugFile, strippedProgram } from '../../formats/debug-files/dwarf-builder.ts';
import { symbolText } from '../../reports/symbols/support.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { writeBundle } from '../../sentry/artifact-bundles.ts';
import { storeOptions } from '../../store/embedded/open-store.ts';

const ELF_ID = '33221100554477668899AABBCCDDEEFF0';
const TEXTS = ['1', '2', '3'].map((digit) => ({
  debugFile: `lib${digit}.so`,
  debugId: `${digit.repeat(32)}0`,
}));
const PAIR = ['app', 'app.debug'].map((debugFile) => ({ debugFile, debugId: ELF_ID }));

let dir = '';
let store: Store;
const indexer = new Indexer();

before(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'mayday-renewal-'));
  store = await openEmbeddedStore(storeOptions(path.join(dir, 'data')));
});
after(async () => {
  await indexer.close();
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

const scratch = (): Scratch => new Scratch({ dir: path.join(dir, 'scratch'), minFreeBytes: 0 });

beforeEach(async () => {
  await store.symbols.deleteMatching({ olderThan: Date.now() + 60_000 });
  const intake = new SymbolIntake({
    store: store.symbols,
    indexer,
    scratch: scratch(),
    maxTextBytes: 1e8,
    arrived: () => {},
  });
  const file = path.join(dir, 'upload');
  const take = async (name: string, bytes: Uint8Array | string): Promise<void> => {
    await writeFile(file, bytes);
    const [taken] = await intake.take({ file, name, product: null, by: 'Ada', source: 'upload' });
    assert.equal(taken?.outcome, 'stored');
  };
  for (const key of TEXTS) await take(`${key.debugFile}.sym`, symbolText(key));
  await take('app', strippedProgram());
  await take('app.debug', separateDebugFile(5));
});

test('indexes of source maps and of mappings of Java classes are made anew, too; what leads to another has none', async () => {
  const file = path.join(dir, 'mapping.txt');
  await writeFile(file, 'com.example.Cart -> a.b:\n    1:1:void pay():20:20 -> a\n');
  const classes = new ClassMappingIntake({
    store: store.symbols,
    indexer,
    scratch: scratch(),
    maxBytes: 1e6,
    arrived: () => {},
  });
  const taken = await classes.take({
    ...{ file, size: 80, uuid: '6a8cb813-45f6-3652-ad33-778fd1eab196', product: null, by: 'Ada' },
  });
  const maps = new SourceMapIntake({
    store: store.symbols,
    indexer,
    scratch: scratch(),
    maxMapBytes: 1e6,
    arrived: () => {},
  });
  const bundle = path.join(dir, 'bundle');
  const headers = { 'debug-id': '11111111-2222-3333-4444-555555555555' };
  const map = { version: 3, sources: ['a.ts'], names: [], mappings: 'AAAA' };
  const size = await writeBundle(bundle, [
    { url: '~/a.js', type: 'minified_source', content: 'a()', headers },
    { url: '~/a.js.map', type: 'source_map', content: JSON.stringify(map), headers },
  ]);
  await maps.take({
    ...{
      file: bundle,
      size,
      account: 'default',
      products: ['shop'],
      release: 'shop@1',
      dist: null,
      by: 'Ada',
    },
  });
  const { rows } = await store.symbols.listSymbols({ holds: 'mappings' }, { limit: 10 });
  assert.equal(rows.length, 3);
  const indexed = rows.filter(({ gives }) => gives !== ALIAS);
  const firstBytes = (): Promise<readonly (number | undefined)[]> =>
    Promise.all(indexed.map(async (row) => (await readFile((await store.symbols.indexPath(row)) ?? ''))[7]));
  for (const row of indexed) {
    const index = (await store.symbols.indexPath(row)) ?? '';
    const bytes = await readFile(index);
    bytes[7] = 0;
    await writeFile(index, bytes);
  }
  const { renewal: work } = renewal();
  await work.run();
  assert.deepEqual(work.progress, { old: 2, renewed: 2, failed: 0, running: false });
  assert.deepEqual(await firstBytes(), [1, 1]);
  assert.ok(indexed.some(({ debugId }) => debugId === taken.debugId));
});

/** Makes the indexes those of an older version, as far as lookups can tell. */
async function age(keys: readonly SymbolKey[]): Promise<void> {
  for (const key of keys) {
    const index = (await store.symbols.indexPath(key)) ?? '';
    const bytes = await readFile(index);
    bytes.writeUInt16LE(INDEX_VERSION - 1, 8);
    await writeFile(index, bytes);
    await store.symbols.replaceIndex(key, index, { gives: 'unwind', wants: [] });
  }
}

async function versions(): Promise<readonly number[]> {
  const found: number[] = [];
  for (const key of [...TEXTS, ...PAIR]) {
    found.push((await readFile((await store.symbols.indexPath(key)) ?? '')).readUInt16LE(8));
  }
  return found;
}

function renewal(pause: () => Promise<void> = async () => {}): {
  readonly renewal: IndexRenewal;
  readonly mended: string[];
} {
  const builds = new StoredDebugFiles({ store: store.symbols, indexer, scratch: scratch() });
  const mender = new IndexMender({
    store: store.symbols,
    indexer,
    builds,
    scratch: scratch(),
    now: Date.now,
  });
  const mended: string[] = [];
  const mend = (key: SymbolKey): Promise<boolean> => {
    mended.push(key.debugFile);
    return mender.mend(key);
  };
  return {
    mended,
    renewal: new IndexRenewal({ store: store.symbols, mender: { mend }, log: createLog('silent'), pause }),
  };
}

test('all indexes of another version are made anew, those of one build at once, and the rest are left alone', async () => {
  await age([...TEXTS.slice(1), ...PAIR]);
  const { renewal: work, mended } = renewal();
  await work.run();
  assert.deepEqual(mended, ['app', 'lib2.so', 'lib3.so']);
  assert.deepEqual(new Set(await versions()), new Set([INDEX_VERSION]));
  assert.deepEqual(work.progress, { old: 3, renewed: 3, failed: 0, running: false });
});

test('what is known of the files is learned anew with them', async () => {
  await age(PAIR);
  await renewal().renewal.run();
  const [program, debug] = await Promise.all(PAIR.map((key) => store.symbols.getSymbols(key)));
  assert.deepEqual(
    [program?.gives, program?.wants.map(({ file }) => file), debug?.gives, debug?.hasCfi],
    ['unwind', ['app.debug'], 'functions,lines,inlines', true],
  );
});

test('a stop in the middle loses nothing: the next start does what is left', async () => {
  await age([...TEXTS, ...PAIR]);
  const first = renewal(async () => void first.renewal.stop());
  await first.renewal.run();
  assert.equal(first.mended.length, 1);
  const second = renewal();
  await second.renewal.run();
  assert.equal(second.mended.length, 3);
  assert.deepEqual(new Set(await versions()), new Set([INDEX_VERSION]));
});

test('one that cannot be made anew is told and costs the others nothing', async () => {
  await age(TEXTS);
  const { renewal: work } = renewal();
  const broken = new IndexRenewal({
    store: store.symbols,
    mender: {
      mend: (key) => (key.debugFile === 'lib2.so' ? Promise.reject(new Error('no')) : Promise.resolve(true)),
    },
    log: createLog('silent'),
    pause: async () => {},
  });
  await broken.run();
  assert.deepEqual(broken.progress, { old: 3, renewed: 2, failed: 1, running: false });
  await work.run();
  assert.deepEqual(new Set(await versions()), new Set([INDEX_VERSION]));
});

test('nothing is done where nothing is old', async () => {
  const { renewal: work, mended } = renewal();
  await work.run();
  assert.deepEqual([mended, work.progress.running, work.progress.old], [[], false, 0]);
});
