// Debug files as compilers make them, at the endpoints for symbols: pairs in any order, archives, and what comes out again.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { openSymbolIndex } from '../../../src/formats/symbols/indexed-symbols.ts';
import type { ModuleSymbols } from '../../../src/formats/symbols/module-symbols.ts';
import { FileAccess } from '../../../src/process/symbols/file-access.ts';
import { separateDebugFile, strippedProgram } from '../../formats/debug-files/dwarf-builder.ts';
import { addPerson, addToken, startRunning, type Running } from '../support/running.ts';
import { symbolText, zipOf } from './support.ts';

const ID = '33221100554477668899AABBCCDDEEFF0';

let running: Running;
let token = '';

before(async () => {
  running = await startRunning();
  token = await addToken(
    running.store,
    await addPerson(running.store, { email: 'ada@example.org', role: 'triage' }),
  );
});
after(() => running.stop());
beforeEach(async () => {
  await running.store.symbols.deleteMatching({ olderThan: Date.now() + 60_000 });
});

async function upload(
  name: string,
  bytes: Uint8Array,
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers
): Promise<{ status: number; json: any }> {
  const response = await fetch(new URL(`/api/symbols?name=${encodeURIComponent(name)}`, running.url), {
    method: 'POST',
    body: new Uint8Array(bytes),
    headers: { 'content-type': 'application/octet-stream', authorization: `Bearer ${token}` },
  });
  return { status: response.status, json: await response.json() };
}

/** The symbols that processing would have for the program. */
async function stored(debugFile: string): Promise<ModuleSymbols> {
  const found = await running.symbols.source.find({
    debugFile,
    debugId: ID,
    codeFile: null,
    codeId: null,
  });
  assert.ok(found !== null, `${debugFile} is found`);
  const symbols = openSymbolIndex(new FileAccess(found));
  if (typeof symbols === 'string') throw new Error(symbols);
  return symbols;
}

async function assertJoined(): Promise<void> {
  const symbols = await stored('app');
  assert.equal(symbols.locate(0x1008)?.function, 'app::run(int)');
  assert.equal(symbols.locate(0x1008)?.line, 22);
  assert.notEqual(symbols.cfiAt(0x1008), null);
}

describe('a program and its debug file', () => {
  test('are joined, the program first', async () => {
    const program = await upload('bin/app', strippedProgram());
    assert.equal(program.status, 201);
    assert.deepEqual(
      [
        program.json.files[0].debugFile,
        program.json.files[0].debugId,
        program.json.files[0].format,
        program.json.files[0].gives,
      ],
      ['app', ID, 'ELF', 'unwind'],
    );
    const debug = await upload('app', separateDebugFile(5));
    assert.deepEqual(
      [debug.json.files[0].debugFile, debug.json.files[0].gives],
      ['app.debug', 'functions,lines,inlines'],
    );
    await assertJoined();
  });

  test('are joined, the debug file first', async () => {
    await upload('app.debug', separateDebugFile(4));
    assert.equal((await stored('app')).locate(0x1008)?.function, 'app::run(int)');
    await upload('app', strippedProgram());
    await assertJoined();
  });

  test('say what the other half would give, with its name and id, until it is there', async () => {
    const program = await upload('bin/app', strippedProgram());
    assert.deepEqual(program.json.files[0].wanting, [
      {
        gives: 'functions',
        file: 'app.debug',
        debugId: ID,
        text: `functions, lines and inlined calls: app.debug with the id ${ID}`,
      },
    ]);
    const debug = await upload('app.debug', separateDebugFile(5));
    assert.deepEqual(debug.json.files[0].wanting, []);
    await running.store.symbols.deleteSymbols({ debugFile: 'app', debugId: ID });
    const alone = await upload('app.debug', separateDebugFile(5));
    assert.deepEqual(
      alone.json.files[0].wanting.map(({ text }: { readonly text: string }) => text),
      [`unwind information: app with the id ${ID}`],
    );
  });

  test('are joined where both arrive at the same moment', async () => {
    await Promise.all([upload('app', strippedProgram()), upload('app.debug', separateDebugFile(5))]);
    await assertJoined();
    for (const debugFile of ['app', 'app.debug']) {
      const symbols = await running.store.symbols.getSymbols({ debugFile, debugId: ID });
      assert.equal(symbols?.hasCfi, true, debugFile);
    }
  });

  test('do not take the place of a text of the same name, which gives more', async () => {
    const text = symbolText({ debugFile: 'app', debugId: ID, name: 'app::of_text()' });
    await upload('app.sym', Buffer.from(text));
    const program = await upload('app', strippedProgram());
    assert.deepEqual([program.json.stored, program.json.files[0].debugFile], [1, 'app.elf']);
    assert.equal((await stored('app')).locate(0x1008)?.function, 'app::of_text()');
  });

  test('are taken out of one archive, other files are passed over', async () => {
    const archive = await zipOf({
      'usr/bin/app': strippedProgram(),
      'usr/lib/debug/app.debug': separateDebugFile(5),
      'usr/share/readme.txt': Buffer.from('nothing'),
    });
    const { json } = await upload('build.zip', archive);
    assert.deepEqual([json.stored, json.skipped], [2, 1]);
    await assertJoined();
  });

  test('are taken compressed, and twice is once', async () => {
    assert.equal((await upload('app.zst', zstdCompressSync(strippedProgram()))).json.stored, 1);
    const { json } = await upload('app.zst', zstdCompressSync(strippedProgram()));
    assert.equal(json.duplicate, 1);
  });

  test('come out as the text that other tools read', async () => {
    await upload('app', strippedProgram());
    await upload('app.debug', separateDebugFile(5));
    const response = await fetch(new URL(`/symbols/app/${ID}/app.sym`, running.url), {
      headers: { authorization: `Bearer ${token}`, 'accept-encoding': 'identity' },
    });
    const text = await response.text();
    assert.equal(response.status, 200);
    assert.match(text, new RegExp(`^MODULE Linux x86_64 ${ID} app\n`));
    assert.match(text, /\nFUNC 1000 10 0 app::run\(int\)\n1000 4 20 \d+\n/);
    assert.match(text, /\nSTACK CFI INIT 1000 10 \.cfa: \$rsp 8 \+/);
  });

  test('are refused with the reason where they cannot be read', async () => {
    const { status, json } = await upload('app', strippedProgram().subarray(0, 200));
    assert.equal(status, 400);
    assert.match(JSON.stringify(json), /section headers are cut off/);
  });
});
