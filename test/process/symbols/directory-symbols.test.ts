import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { DirectorySymbols } from '../../../src/process/symbols/directory-symbols.ts';
import { indexSymbolFile, writeSymbolIndex } from '../../../src/process/symbols/index-symbol-file.ts';

const ID = '11111111111111111111111111111111A';
const SYM = `MODULE windows x86 ${ID} app.pdb\nFUNC 1000 10 0 from_sym\n`;
const REQUEST = { debugFile: 'C:\\build\\app.pdb', debugId: ID.toLowerCase(), codeFile: null, codeId: null };

let root = '';
let provider: DirectorySymbols;

function put(name: string, content: string | Uint8Array, id = ID): string {
  const folder = path.join(root, 'app.pdb', id);
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

async function nameAt(offset: number): Promise<string | undefined> {
  return (await provider.load(REQUEST))?.locate(offset)?.function;
}

describe('symbols in a folder', () => {
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'mayday-symbols-'));
    provider = new DirectorySymbols({ roots: [path.join(root, 'nothing here'), root] });
  });
  afterEach(() => {
    provider.close();
    rmSync(root, { recursive: true });
  });

  for (const [name, content] of [
    ['app.sym', SYM],
    ['app.sym.gz', gzipSync(SYM)],
    ['app.sym.zst', zstdCompressSync(SYM)],
  ] as const) {
    it(`are read from ${name}`, async () => {
      put(name, content);
      assert.equal(await nameAt(0x1000), 'from_sym');
    });
  }

  it('are found where the id is written in lower case', async () => {
    put('app.sym', SYM, ID.toLowerCase());
    assert.equal(await nameAt(0x1000), 'from_sym');
  });

  it('are absent, not an error, where there are none', () => {
    assert.equal(provider.load(REQUEST), null);
    assert.equal(provider.load({ ...REQUEST, debugFile: '../../etc/passwd', debugId: '../..' }), null);
  });

  it('come from the index beside the file, without waiting', async () => {
    const file = put('app.sym', SYM);
    const other = put('other.sym', SYM.replace('from_sym', 'from_index'));
    await writeSymbolIndex(other, `${file}.index`);
    const symbols = provider.load(REQUEST);
    assert.ok(!(symbols instanceof Promise));
    assert.equal(symbols?.locate(0x1000)?.function, 'from_index');
    assert.equal(provider.load(REQUEST), symbols, 'and are opened once');
  });

  it('come from the file itself where the index is older or damaged', async () => {
    const file = put('app.sym', SYM);
    const other = put('other.sym', SYM.replace('from_sym', 'from_index'));
    await writeSymbolIndex(other, `${file}.index`);
    utimesSync(`${file}.index`, new Date(0), new Date(0));
    assert.equal(await nameAt(0x1000), 'from_sym');
    provider.close();
    await writeSymbolIndex(other, `${file}.index`);
    truncateSync(`${file}.index`, 100);
    assert.equal(await nameAt(0x1000), 'from_sym');
  });

  it('give no more answers when their index was closed, and do not throw', async () => {
    const file = put('app.sym', SYM);
    await writeSymbolIndex(file, `${file}.index`);
    const symbols = await provider.load(REQUEST);
    provider.close();
    assert.doesNotThrow(() => symbols?.locate(0x1004));
  });

  it('are refused where a compressed file unpacks to more than the limit', async () => {
    const file = put('app.sym.gz', gzipSync(Buffer.alloc(1_000_000, 'x\n')));
    await assert.rejects(
      indexSymbolFile(file, () => {}, { maxBytes: 10_000 }),
      /more than 10000 bytes/,
    );
  });

  it('leave no index behind that was not finished', async () => {
    const target = path.join(root, 'x.index');
    await assert.rejects(writeSymbolIndex(path.join(root, 'absent.sym'), target));
    assert.throws(() => readFileSync(target), /ENOENT/);
    assert.throws(() => readFileSync(`${target}.${process.pid}.tmp`), /ENOENT/);
  });
});
