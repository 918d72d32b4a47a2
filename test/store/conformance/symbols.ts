// Symbol files: stored, found, replaced, deleted; and what reports lack.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { Store } from '../../../src/store/store.ts';
import type { SymbolUpload } from '../../../src/store/symbols.ts';
import { crash, fileReport, processAgain } from './processed-builder.ts';
import type { StoreFactory } from './suite.ts';

const KEY = { debugFile: 'app.pdb', debugId: 'C70841C6D0B24F519A2B8D2F24A8DF2A1' };
const FACTS = {
  os: 'windows',
  cpu: 'x86_64',
  codeFile: 'app.exe',
  codeId: '5F3A0B1C6000',
  generator: 'test 1',
  damagedLines: 0,
  hasCfi: true,
};

/** Puts a symbol file whose text and index are these. */
async function put(
  store: Store,
  content: string,
  upload: Partial<Omit<SymbolUpload, 'textFile' | 'indexFile'>> = {},
): ReturnType<Store['symbols']['putSymbols']> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'mayday-symbols-'));
  try {
    const [textFile, indexFile] = [path.join(folder, 'text'), path.join(folder, 'index')];
    await writeFile(textFile, content);
    await writeFile(indexFile, `index of ${content.slice(0, 100)}`);
    return await store.symbols.putSymbols({
      key: KEY,
      facts: FACTS,
      product: null,
      by: 'Ada',
      source: 'upload',
      ...upload,
      textFile,
      indexFile,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readText(store: Store, key = KEY): Promise<string | null> {
  const stream = await store.symbols.openText(key);
  return stream === null ? null : text(stream);
}

export function symbolTopic(open: StoreFactory): void {
  test('an index is replaced, and the text stays', async () => {
    const store = await open();
    await put(store, 'MODULE of something');
    const folder = await mkdtemp(path.join(os.tmpdir(), 'mayday-symbols-'));
    const indexFile = path.join(folder, 'index');
    const another = 'another index'.repeat(10_000);
    await writeFile(indexFile, another);
    assert.equal(await store.symbols.replaceIndex(KEY, indexFile), true);
    assert.equal(await readFile((await store.symbols.indexPath(KEY)) ?? '', 'utf8'), another);
    const { indexBytes = 0 } = (await store.symbols.getSymbols(KEY)) ?? {};
    assert.ok(indexBytes >= another.length && indexBytes < 2 * another.length, String(indexBytes));
    assert.equal(await readText(store), 'MODULE of something');
    assert.equal(await store.symbols.replaceIndex({ ...KEY, debugFile: 'none.pdb' }, indexFile), false);
    await rm(folder, { recursive: true });
  });

  test('what a new index tells is noted, and nothing else', async () => {
    const store = await open();
    const wants = [{ gives: 'functions', file: 'app.debug', debugId: KEY.debugId }] as const;
    const { symbols } = await put(store, 'ELF', {
      facts: { ...FACTS, hasCfi: false, gives: 'unwind', wants },
    });
    assert.deepEqual(symbols.wants, wants);
    const folder = await mkdtemp(path.join(os.tmpdir(), 'mayday-symbols-'));
    const indexFile = path.join(folder, 'index');
    await writeFile(indexFile, 'other');
    await store.symbols.replaceIndex(KEY, indexFile, { hasCfi: true, wants: [] });
    const { indexBytes, ...renewed } = (await store.symbols.getSymbols(KEY)) ?? symbols;
    const { indexBytes: _before, ...expected } = { ...symbols, hasCfi: true, wants: [] };
    assert.deepEqual(renewed, expected);
    assert.ok(indexBytes > 0);
    await rm(folder, { recursive: true });
  });

  test('who wants a shared file is found by its id', async () => {
    const store = await open();
    const shared = 'D'.repeat(32) + '0';
    const wants = [
      { gives: 'shared', file: 'common.debug', debugId: shared },
      { gives: 'unwind', file: 'app', debugId: KEY.debugId },
    ] as const;
    await put(store, 'one', { facts: { ...FACTS, wants } });
    await put(store, 'two', { key: { ...KEY, debugFile: 'other.pdb' }, facts: FACTS });
    assert.deepEqual(
      (await store.symbols.findWanting(shared)).map(({ debugFile }) => debugFile),
      [KEY.debugFile],
    );
    assert.deepEqual(await store.symbols.findWanting('E'.repeat(33)), []);
  });

  test('symbols come back as they were uploaded, with their index and facts', async () => {
    const store = await open();
    const content = 'MODULE windows x86_64 C70841C6D0B24F519A2B8D2F24A8DF2A1 app.pdb\n'.repeat(5000);
    const before = Date.now();
    const { kind, symbols } = await put(store, content, { product: 'Piano' });
    assert.equal(kind, 'stored');
    const { uploadedAt, storedBytes, indexBytes, sha256, ...rest } = symbols;
    assert.deepEqual(rest, {
      ...KEY,
      ...FACTS,
      format: 'sym',
      gives: '',
      wants: [],
      product: 'Piano',
      uploadedBy: 'Ada',
      source: 'upload',
      textBytes: content.length,
      lastUsedAt: null,
    });
    assert.ok(uploadedAt >= before && /^[0-9a-f]{64}$/.test(sha256));
    assert.ok(storedBytes < content.length / 4 && indexBytes > 0);
    assert.equal(await readText(store), content);
    const index = await store.symbols.indexPath(KEY);
    assert.match(await readFile(index ?? '', 'utf8'), /^index of MODULE windows/);
    assert.deepEqual(await store.symbols.getSymbols({ ...KEY, debugId: KEY.debugId.toLowerCase() }), symbols);
    assert.deepEqual(await store.symbols.findByCodeId('APP.EXE', '5f3a0b1c6000'), symbols);
    assert.deepEqual(await store.symbols.totals(), { files: 1, bytes: storedBytes + indexBytes });
  });

  test('the same content is a duplicate, another one replaces what was there', async () => {
    const store = await open();
    const first = await put(store, 'one');
    const again = await put(store, 'one', { by: 'Grace' });
    assert.deepEqual([again.kind, again.symbols], ['duplicate', first.symbols]);
    const other = await put(store, 'two');
    assert.equal(other.kind, 'stored');
    assert.equal(await readText(store), 'two');
    assert.match(await readFile((await store.symbols.indexPath(KEY)) ?? '', 'utf8'), /two/);
    assert.equal((await store.symbols.totals()).files, 1);
  });

  test('another content replaces no file that another account has, or that is everybody’s', async () => {
    const store = await open();
    for (const name of ['acme', 'other']) {
      await store.accounts.create(name);
      await store.people.createProductByHand(name, `${name} product`);
    }
    const ofAcme = { accounts: ['acme'] };
    const ofOther = { accounts: ['other'] };
    await put(store, 'one', ofAcme);
    const refused = { name: 'SymbolsOfOthers' };
    await assert.rejects(put(store, 'bad', ofOther), refused);
    // A server that is asked late takes nothing away.
    await assert.rejects(put(store, 'bad', { source: 'https://symbols.example' }), refused);
    assert.equal(await readText(store), 'one');
    assert.match(await readFile((await store.symbols.indexPath(KEY)) ?? '', 'utf8'), /of one$/);
    assert.deepEqual(await store.symbols.accountsOf(KEY), ['acme']);
    assert.equal((await put(store, 'two', ofAcme)).kind, 'stored');
    assert.equal(await store.symbols.isOfOthers(KEY, ['acme']), false);
    // Whoever has the very file has it, too; from then on it is nobody's alone.
    assert.equal((await put(store, 'two', ofOther)).kind, 'duplicate');
    assert.deepEqual(await store.symbols.accountsOf(KEY), ['acme', 'other']);
    await assert.rejects(put(store, 'bad', ofAcme), refused);
    assert.equal((await put(store, 'three', { accounts: ['acme', 'other'] })).kind, 'stored');
    await store.symbols.deleteSymbols(KEY);
    await put(store, 'upstream', { source: 'https://symbols.example' });
    await assert.rejects(put(store, 'bad', ofOther), refused);
    assert.equal(await store.symbols.isOfOthers(KEY, ['other']), true);
    assert.equal(await readText(store), 'upstream');
  });

  test('whoever uploads hears of no reports but those of the upload’s accounts', async () => {
    const store = await open();
    for (const name of ['acme', 'other']) {
      await store.accounts.create(name);
      await store.people.createProductByHand(name, 'Piano');
    }
    const missing = [{ ...KEY, codeFile: null, codeId: null }];
    for (let n = 0; n < 2; n += 1) {
      const report = { account: 'acme', product: 'Piano' };
      await fileReport(store, [crash(`bug ${n}`)], { report, processed: { missingSymbols: missing } });
    }
    const { lacking, lackingTheirs } = await put(store, 'one', { accounts: ['other'] });
    assert.deepEqual([lacking, lackingTheirs], [2, 0]);
    assert.equal((await put(store, 'one', { accounts: ['acme'] })).lackingTheirs, 2);
  });

  test('retention of some accounts leaves what others have and what nobody has, unless that is meant', async () => {
    const store = await open();
    await store.accounts.create('acme');
    await store.accounts.create('other');
    const named = (debugFile: string) => ({ key: { ...KEY, debugFile } });
    await put(store, 'a', { ...named('a'), accounts: ['acme'] });
    await put(store, 'b', { ...named('b'), accounts: ['other'] });
    await put(store, 'c', { ...named('c'), source: 'https://symbols.example' });
    const before = { olderThan: Date.now() + 60_000 };
    const left = async () =>
      (await store.symbols.listSymbols({ order: 'name' }, { limit: 9 })).rows.map((row) => row.debugFile);
    assert.equal(await store.symbols.deleteMatching({ ...before, accounts: ['acme'] }), 1);
    assert.deepEqual(await left(), ['b', 'c']);
    assert.equal(await store.symbols.deleteMatching({ ...before, accounts: ['acme'], nobodys: true }), 1);
    assert.deepEqual(await left(), ['b']);
  });

  test('uploads of one key at the same time leave one of them, whole', async () => {
    const store = await open();
    const contents = Array.from({ length: 6 }, (_, at) => `content ${at % 3}`);
    await Promise.all(contents.map((content) => put(store, content)));
    const kept = await readText(store);
    assert.ok(kept !== null && contents.includes(kept));
    assert.equal(await readFile((await store.symbols.indexPath(KEY)) ?? '', 'utf8'), `index of ${kept}`);
    assert.equal((await store.symbols.totals()).files, 1);
  });

  test('what is no key is refused, and finds nothing', async () => {
    const store = await open();
    const bad = [
      { ...KEY, debugFile: '' },
      { ...KEY, debugFile: '.' },
      { ...KEY, debugFile: '..' },
      { ...KEY, debugFile: '../app.pdb' },
      { ...KEY, debugFile: 'a/b' },
      { ...KEY, debugFile: 'a\\b' },
      { ...KEY, debugFile: 'C:app' },
      { ...KEY, debugFile: 'a\0b' },
      { ...KEY, debugFile: 'a\nb' },
      { ...KEY, debugFile: '\ud800' },
      { ...KEY, debugFile: 'a'.repeat(300) },
      { ...KEY, debugId: '' },
      { ...KEY, debugId: '..' },
      { ...KEY, debugId: '../../x' },
      { ...KEY, debugId: '0'.repeat(33) },
      { ...KEY, debugId: 'A'.repeat(65) },
    ];
    for (const key of bad) {
      await assert.rejects(put(store, 'x', { key }), RangeError, JSON.stringify(key));
      assert.equal(await store.symbols.getSymbols(key), null);
      assert.equal(await store.symbols.openText(key), null);
      assert.equal(await store.symbols.indexPath(key), null);
      assert.equal(await store.symbols.deleteSymbols(key), false);
    }
    assert.deepEqual(await store.symbols.totals(), { files: 0, bytes: 0 });
  });

  test('odd but harmless names are kept', async () => {
    const store = await open();
    for (const debugFile of ['...', ' a b ', 'lib%2f.so', 'Ünïcode \u{1F600}.pdb', 'a\'b"c', '-rf']) {
      const key = { ...KEY, debugFile };
      await put(store, debugFile, { key });
      assert.equal(await readText(store, key), debugFile);
    }
  });

  test('deleted symbols are gone; retention goes by product, age and use', async () => {
    const store = await open();
    const key = (at: number) => ({ ...KEY, debugFile: `lib${at}.so` });
    for (let at = 0; at < 4; at++) {
      await put(store, `text ${at}`, { key: key(at), product: at === 3 ? 'Organ' : 'Piano' });
    }
    assert.equal(await store.symbols.deleteSymbols(key(0)), true);
    assert.equal(await store.symbols.deleteSymbols(key(0)), false);
    assert.equal(await readText(store, key(0)), null);
    assert.equal(await store.symbols.deleteMatching({ olderThan: Date.now() - 60_000 }), 0);
    const soon = Date.now() + 1;
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
    await store.symbols.used([key(1)]);
    assert.ok(((await store.symbols.getSymbols(key(1)))?.lastUsedAt ?? 0) >= soon);
    assert.equal(await store.symbols.deleteMatching({ olderThan: soon, product: 'Piano' }), 1);
    assert.ok((await store.symbols.getSymbols(key(1))) !== null, 'it was used');
    assert.equal(await store.symbols.getSymbols(key(2)), null);
    assert.ok((await store.symbols.getSymbols(key(3))) !== null, 'another product');
  });

  test('lists go by age, size and name, page by page, with filters', async () => {
    const store = await open();
    for (let at = 0; at < 5; at++) {
      const key = { ...KEY, debugFile: `lib${(at * 3) % 5}.so` };
      await put(store, Array.from({ length: at * 5000 }, (_, line) => `${line * 7919}`).join('\n'), {
        key,
        product: at === 1 ? 'Organ' : null,
      });
    }
    const names = async (filter: Parameters<Store['symbols']['listSymbols']>[0]) => {
      const all: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.symbols.listSymbols(
          filter,
          cursor === undefined ? { limit: 2 } : { limit: 2, cursor },
        );
        all.push(...page.rows.map(({ debugFile }) => debugFile));
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
      return all.join(' ');
    };
    assert.equal(await names({ order: 'newest' }), 'lib2.so lib4.so lib1.so lib3.so lib0.so');
    assert.equal(await names({ order: 'largest' }), 'lib2.so lib4.so lib1.so lib3.so lib0.so');
    assert.equal(await names({ order: 'name' }), 'lib0.so lib1.so lib2.so lib3.so lib4.so');
    assert.equal(await names({ product: 'Organ' }), 'lib3.so');
    assert.equal(await names({ text: 'LIB4' }), 'lib4.so');
    assert.equal(
      await names({ text: '5f3a0b1c6000', order: 'name' }),
      'lib0.so lib1.so lib2.so lib3.so lib4.so',
    );
    assert.equal(await names({ olderThan: 1 }), '');
    const first = await store.symbols.listSymbols({}, { limit: 2 });
    assert.deepEqual(await store.symbols.listSymbols({}, { limit: 2, cursor: 'damaged' }), first);
  });

  test('builds of a debug file are counted, whatever their ids', async () => {
    const store = await open();
    assert.deepEqual([...(await store.symbols.countBuilds(['app.pdb', 'other.so']))], []);
    await put(store, 'one');
    await put(store, 'two', { key: { ...KEY, debugId: `${'2'.repeat(32)}0` } });
    await put(store, 'three', { key: { ...KEY, debugFile: 'third.so' } });
    assert.deepEqual(
      [...(await store.symbols.countBuilds(['app.pdb', 'other.so', "it's"]))],
      [['app.pdb', 2]],
    );
  });

  test('what stored reports lack is ranked by how many of them do, and found when it arrives', async () => {
    const store = await open();
    const missingSymbols = [{ ...KEY, codeFile: 'app.exe', codeId: '5F3A' }];
    const other = { debugFile: 'other.so', debugId: 'AB1' };
    const one = await fileReport(store, [crash('a')], {
      processed: { missingSymbols: [...missingSymbols, other] },
    });
    const two = await fileReport(store, [crash('a')], { processed: { missingSymbols } });
    const three = await fileReport(store, [crash('a')], { processed: { missingSymbols } });
    assert.deepEqual(
      (await store.symbols.listMissing(10)).map(({ debugFile, codeFile, reports }) => [
        debugFile,
        codeFile,
        reports,
      ]),
      [
        ['app.pdb', 'app.exe', 3],
        ['other.so', null, 1],
      ],
    );
    await store.reports.deleteReport(three.crashId);
    assert.equal((await put(store, 'text')).lacking, 2);
    const found = await store.queue.findForReprocess(
      { missingDebugId: KEY.debugId },
      { limit: 10, cursor: null },
    );
    assert.deepEqual(found.crashIds, [one.crashId, two.crashId]);
    await processAgain(store, one.crashId, [crash('a')], { missingSymbols: [other] });
    await processAgain(store, two.crashId, [crash('a')]);
    assert.deepEqual(
      (await store.symbols.listMissing(10)).map(({ debugFile }) => debugFile),
      ['other.so'],
    );
  });
}
