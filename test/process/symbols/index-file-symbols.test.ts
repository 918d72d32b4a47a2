// Symbols for worker threads from index files: found, budgets, replaced files.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import type { SymbolRequest } from '../../../src/formats/symbols/symbol-provider.ts';
import { SymbolBudgetError } from '../../../src/formats/symbols/symbol-provider.ts';
import { IndexFileSymbols } from '../../../src/process/symbols/index-file-symbols.ts';
import { writeSymbolIndex } from '../../../src/process/symbols/index-symbol-file.ts';
import { answerSymbols, askSymbols } from '../../../src/process/symbols/symbol-port.ts';
import { symbolText } from '../../reports/symbols/support.ts';

let dir = '';

before(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'mayday-index-'));
});
after(() => rm(dir, { recursive: true, force: true }));

const request = (debugFile: string): SymbolRequest => ({
  debugFile,
  debugId: 'A0',
  codeFile: null,
  codeId: null,
});

async function indexOf(name: string, text: string): Promise<string> {
  const file = path.join(dir, name);
  await writeFile(file, text);
  await writeSymbolIndex(file, `${file}.index`);
  return `${file}.index`;
}

const source = {
  find: async ({ debugFile }: SymbolRequest) =>
    debugFile === 'none' ? null : path.join(dir, `${debugFile}.index`),
  mend: async () => null,
};

test('an index file gives names, and null where there is none', async () => {
  await indexOf('app', symbolText());
  const symbols = new IndexFileSymbols({ source });
  const job = symbols.forJob();
  assert.equal((await job.load(request('app')))?.locate(0x1024)?.function, 'app::start()');
  assert.equal(await job.load(request('none')), null);
  symbols.close();
});

test('a job may load only so many modules, and the next one may again', async () => {
  await indexOf('app', symbolText());
  const symbols = new IndexFileSymbols({ source });
  const job = symbols.forJob({ maxModules: 1 });
  assert.notEqual(await job.load(request('app')), null);
  await assert.rejects(async () => job.load(request('app')), SymbolBudgetError);
  assert.notEqual(await symbols.forJob({ maxModules: 1 }).load(request('app')), null);
  symbols.close();
});

test('a file that was replaced gives its new names', async () => {
  const index = await indexOf('changing', symbolText({ name: 'before' }));
  const symbols = new IndexFileSymbols({ source });
  const first = await symbols.forJob().load(request('changing'));
  assert.equal(first?.locate(0x1000)?.function, 'before');
  await rename(await indexOf('other', symbolText({ name: 'afterwards' })), index);
  const second = await symbols.forJob().load(request('changing'));
  assert.equal(second?.locate(0x1000)?.function, 'afterwards');
  symbols.close();
});

test('files beyond the limit are closed, and opened again when asked for', async () => {
  for (const name of ['a', 'b', 'c']) await indexOf(name, symbolText({ name }));
  const symbols = new IndexFileSymbols({ source, maxOpenFiles: 2 });
  for (const name of ['a', 'b', 'c', 'a']) {
    assert.equal((await symbols.forJob().load(request(name)))?.locate(0x1000)?.function, name);
  }
  symbols.close();
});

test('a damaged index is a failure that says so, not symbols', async () => {
  await writeFile(path.join(dir, 'bad.index'), 'MAYDAYSX but nothing else');
  await assert.rejects(
    async () => new IndexFileSymbols({ source }).forJob().load(request('bad')),
    /unusable/,
  );
});

for (const [state, spoil] of [
  ['of another version', (index: Buffer) => index.writeUInt16LE(999, 8)],
  ['that is damaged', (index: Buffer) => index.fill(0, index.length - 20)],
] as const) {
  test(`an index ${state} is made anew, once, and gives its names`, async () => {
    const file = await indexOf('old', symbolText({ name: 'again' }));
    const bytes = await readFile(file);
    spoil(bytes);
    await writeFile(file, bytes);
    const asked: SymbolRequest[] = [];
    const symbols = new IndexFileSymbols({
      source: {
        ...source,
        mend: async (wanted) => {
          asked.push(wanted);
          return indexOf('old', symbolText({ name: 'again' }));
        },
      },
    });
    const found = await symbols.forJob().load(request('old'));
    assert.equal(found?.locate(0x1000)?.function, 'again');
    await symbols.forJob().load(request('old'));
    assert.deepEqual(asked, [request('old')]);
    symbols.close();
  });
}

test('a port carries questions, answers and failures', async () => {
  const { port1, port2 } = new MessageChannel();
  answerSymbols(port1, {
    find: async ({ debugFile }) => {
      if (debugFile === 'broken') throw new Error('the store is closed');
      return debugFile === 'none' ? null : `/${debugFile ?? ''}`;
    },
    mend: async ({ debugFile }) => `/mended/${debugFile ?? ''}`,
  });
  const asking = askSymbols(port2);
  assert.deepEqual(await Promise.all([asking.find(request('a')), asking.find(request('none'))]), [
    '/a',
    null,
  ]);
  assert.equal(await asking.mend(request('a')), '/mended/a');
  await assert.rejects(asking.find(request('broken')), /the store is closed/);
  port1.close();
  port2.close();
});
