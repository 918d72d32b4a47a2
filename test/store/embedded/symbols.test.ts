// What is the embedded store's own about symbols: where the files lie, what survives failures, what the sweep removes.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import { nodeFiles } from '../../../src/store/embedded/disk/files.ts';
import type { Files } from '../../../src/store/embedded/disk/files.ts';
import { StorageError } from '../../../src/store/intake.ts';
import type { Store } from '../../../src/store/store.ts';
import { eventually } from '../conformance/report-builder.ts';
import { newFolder, withStore } from './open-store.ts';

const KEY = { debugFile: 'app.pdb', debugId: 'C70841C6D0B24F519A2B8D2F24A8DF2A1' };

async function put(store: Store, content: string): ReturnType<Store['symbols']['putSymbols']> {
  const folder = await newFolder();
  try {
    const [textFile, indexFile] = [path.join(folder, 'text'), path.join(folder, 'index')];
    writeFileSync(textFile, content);
    writeFileSync(indexFile, `index of ${content}`);
    return await store.symbols.putSymbols({
      key: KEY,
      facts: {
        os: 'windows',
        cpu: 'x86_64',
        codeFile: null,
        codeId: null,
        generator: null,
        damagedLines: 0,
        hasCfi: false,
      },
      product: null,
      by: 'Ada',
      source: 'upload',
      textFile,
      indexFile,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test('the files lie where a person finds them, and replaced ones are gone', async () => {
  await withStore({}, async (store, dir) => {
    await put(store, 'one');
    await put(store, 'two');
    const folder = path.join(dir, 'symbols', KEY.debugFile, KEY.debugId);
    const names = await eventually(
      async () => readdirSync(folder).sort(),
      ({ length }) => length === 2,
    );
    assert.equal(names.length, 2);
    assert.match(names[0] ?? '', /^app\.[0-9a-f]{16}\.sym\.zst$/);
    assert.equal(names[1], `${names[0]}.index`);
    assert.equal(zstdDecompressSync(readFileSync(path.join(folder, names[0] ?? ''))).toString(), 'two');
    assert.equal(await store.symbols.indexPath(KEY), path.join(folder, names[1] ?? ''));
    assert.deepEqual(readdirSync(path.join(dir, 'incoming')), []);
    await store.symbols.deleteSymbols(KEY);
    assert.deepEqual(
      await eventually(
        async () => readdirSync(folder),
        ({ length }) => length === 0,
      ),
      [],
    );
  });
});

test('files and folders are on stable storage before the row can be seen', async () => {
  const steps: string[] = [];
  const files: Files = {
    ...nodeFiles,
    async create(file) {
      const out = await nodeFiles.create(file);
      return {
        ...out,
        async sync() {
          steps.push(`sync ${path.basename(file)}`);
          return out.sync();
        },
      };
    },
    async rename(from, to) {
      steps.push(`rename ${path.basename(from)}`);
      await nodeFiles.rename(from, to);
    },
    async syncFolder(folder) {
      steps.push(`sync folder ${path.basename(folder)}`);
      await nodeFiles.syncFolder(folder);
    },
  };
  await withStore({ files }, async (store) => {
    steps.length = 0;
    await put(store, 'one');
    assert.deepEqual(steps, [
      'sync text',
      'sync index',
      'rename text',
      'rename index',
      `sync folder ${KEY.debugId}`,
      `sync folder ${KEY.debugFile}`,
      'sync folder symbols',
    ]);
  });
});

for (const failing of ['create', 'rename', 'syncFolder'] as const) {
  test(`a disk that refuses ${failing} leaves the symbols that were there`, async () => {
    let fail = false;
    const refuse = async (): Promise<never> => {
      throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    };
    const files: Files = {
      ...nodeFiles,
      create: (file) => (fail && failing === 'create' ? refuse() : nodeFiles.create(file)),
      rename: (from, to) => (fail && failing === 'rename' ? refuse() : nodeFiles.rename(from, to)),
      syncFolder: (folder) => (fail && failing === 'syncFolder' ? refuse() : nodeFiles.syncFolder(folder)),
    };
    await withStore({ files }, async (store, dir) => {
      await put(store, 'one');
      fail = true;
      await assert.rejects(
        put(store, 'two'),
        (error) => error instanceof StorageError && error.reason === 'full',
      );
      fail = false;
      const stream = await store.symbols.openText(KEY);
      assert.equal(stream === null ? null : await text(stream), 'one');
      assert.deepEqual(readdirSync(path.join(dir, 'incoming')), []);
      assert.equal((await put(store, 'two')).kind, 'stored');
    });
  });
}

test('too little free space refuses symbols before anything is written', async () => {
  await withStore({ minFreeBytes: Number.MAX_SAFE_INTEGER / 2 }, async (store, dir) => {
    await assert.rejects(
      put(store, 'one'),
      (error) => error instanceof StorageError && error.reason === 'full',
    );
    assert.deepEqual(readdirSync(path.join(dir, 'symbols')), []);
  });
});

test('symbols do not count against the limit of reports', async () => {
  await withStore({}, async (store) => {
    const before = (await store.reports.status()).usedBytes;
    await put(store, Array.from({ length: 200_000 }, (_, at) => `${at * 7919 * 31}`).join('\n'));
    assert.ok((await store.symbols.totals()).bytes > 300_000);
    assert.ok((await store.reports.status()).usedBytes - before < 200_000);
  });
});

test('a sweep removes old files that no row owns, and leaves what a person put there', async () => {
  await withStore({ sweepGraceMs: 1000 }, async (store, dir) => {
    await put(store, 'one');
    const orphans = path.join(dir, 'symbols', 'lost.so', 'AB1');
    mkdirSync(orphans, { recursive: true });
    const revision = '0123456789abcdef';
    const lost = [`lost.so.${revision}.sym.zst`, `lost.so.${revision}.sym.zst.index`];
    for (const name of [...lost, 'README']) writeFileSync(path.join(orphans, name), 'x');
    await new Promise((resolve) => {
      setTimeout(resolve, 1200);
    });
    await store.maintenance.prune();
    assert.deepEqual(readdirSync(orphans), ['README']);
    assert.ok(existsSync((await store.symbols.indexPath(KEY)) ?? ''));
  });
});
