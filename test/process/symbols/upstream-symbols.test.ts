// Upstream symbol servers against real HTTP servers: what is asked, where it may lead, and how much it may cost.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import pino from 'pino';
import { createLog } from '../../../src/base/log.ts';
import { createMetrics } from '../../../src/base/metrics.ts';
import { openSymbolIndex } from '../../../src/formats/symbols/indexed-symbols.ts';
import type { ModuleSymbols } from '../../../src/formats/symbols/module-symbols.ts';
import type { SymbolRequest } from '../../../src/formats/symbols/symbol-provider.ts';
import { FileAccess } from '../../../src/process/symbols/file-access.ts';
import { SymbolService } from '../../../src/process/symbols/symbol-service.ts';
import type { UpstreamKind } from '../../../src/process/symbols/upstream-layouts.ts';
import { upstreamUrl } from '../../../src/process/symbols/upstream-request.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import type { Store } from '../../../src/store/store.ts';
import { separateDebugFile, strippedProgram } from '../../formats/debug-files/dwarf-builder.ts';
import { buildPdb } from '../../formats/debug-files/pdb-builder.ts';
import { buildPe } from '../../formats/debug-files/pe-ids-builder.ts';
import { symbolText } from '../../reports/symbols/support.ts';

const ID = 'AABBCCDDEEFF001122334455667788990';
const request = (changes: Partial<SymbolRequest> = {}): SymbolRequest => ({
  debugFile: 'libapp.so',
  debugId: ID,
  codeFile: null,
  codeId: null,
  ...changes,
});

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let dir = '';
let store: Store;
let server: Server;
let elsewhere: Server;
let url = '';
let elsewhereUrl = '';
let answer: Answer;
let asked: string[] = [];
let now = Date.now();
const services: SymbolService[] = [];

const text =
  (content: string | Buffer): Answer =>
  (_, response) =>
    void response.end(content);
const listen = (one: Server): Promise<string> =>
  new Promise((resolve) => {
    one.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(one.address() as AddressInfo).port}`));
  });

function service(
  options: {
    readonly kind?: UpstreamKind;
    /** Told each line of the log. */
    readonly heard?: (line: string) => void;
    readonly perReport?: { readonly maxBytes: number; readonly maxMs: number };
    readonly redirectHosts?: readonly string[];
    readonly maxUploadBytes?: number;
    readonly maxCacheBytes?: number;
    readonly timeoutMs?: number;
  } = {},
): SymbolService {
  const { heard } = options;
  const made = new SymbolService({
    store,
    log: heard === undefined ? createLog('silent') : pino({ level: 'warn' }, { write: heard }),
    metrics: createMetrics(),
    scratchDir: path.join(dir, 'scratch'),
    minFreeBytes: 0,
    maxUploadBytes: options.maxUploadBytes ?? 1024 * 1024,
    maxTextBytes: 8 * 1024 * 1024,
    keepDays: 0,
    upstream: {
      servers: [{ url: `${url}/tree`, kind: options.kind ?? 'breakpad' }],
      redirectHosts: options.redirectHosts ?? [],
      maxCacheBytes: options.maxCacheBytes ?? 1024 * 1024,
      timeoutMs: options.timeoutMs ?? 2000,
      ...(options.perReport !== undefined && { perReport: options.perReport }),
    },
    now: () => now,
  });
  services.push(made);
  return made;
}

before(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'mayday-upstream-'));
  store = await openEmbeddedStore({
    dir: path.join(dir, 'data'),
    maxBytes: 512 * 1024 * 1024,
    minFreeBytes: 0,
    keepDays: null,
    autoProducts: true,
    maxAutoProducts: 100,
    inboxSize: 100,
    sweepGraceMs: 60_000,
    log: createLog('silent'),
    metrics: createMetrics(),
  });
  server = createServer((incoming, response) => {
    asked.push(incoming.url ?? '');
    answer(incoming, response);
  });
  elsewhere = createServer((_, response) => void response.end(symbolText()));
  [url, elsewhereUrl] = await Promise.all([listen(server), listen(elsewhere)]);
});

beforeEach(async () => {
  asked = [];
  now = Date.now();
  await store.symbols.deleteMatching({ olderThan: now + 60_000 });
});

afterEach(async () => {
  for (const made of services.splice(0)) await made.close();
  assert.deepEqual(await readdir(path.join(dir, 'scratch')).catch(() => []), []);
});

after(async () => {
  server.closeAllConnections();
  server.close();
  elsewhere.closeAllConnections();
  elsewhere.close();
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

describe('an upstream server', () => {
  test('is asked once for what is missing, and what it has is kept', async () => {
    answer = text(gzipSync(symbolText()));
    const { source } = service();
    const [first, second] = await Promise.all([source.find(request()), source.find(request())]);
    assert.notEqual(first, null);
    assert.equal(second, first);
    assert.equal(await source.find(request()), first);
    assert.deepEqual(asked, [`/tree/libapp.so/${ID}/libapp.so.sym`]);
    const stored = await store.symbols.getSymbols({ debugFile: 'libapp.so', debugId: ID });
    assert.equal(stored?.source, new URL(url).host);
  });

  test('is asked by the file’s name without .pdb', async () => {
    answer = text(symbolText({ debugFile: 'app.pdb' }));
    assert.notEqual(await service().source.find(request({ debugFile: 'C:\\build\\app.pdb' })), null);
    assert.deepEqual(asked, [`/tree/app.pdb/${ID}/app.sym`]);
  });

  test('is not asked again for an hour where it has nothing', async () => {
    answer = (_, response) => void response.writeHead(404).end('Symbol Not Found');
    const { source } = service();
    assert.equal(await source.find(request()), null);
    assert.equal(await source.find(request()), null);
    assert.equal(asked.length, 1);
    now += 3_700_000;
    assert.equal(await source.find(request()), null);
    assert.equal(asked.length, 2);
  });

  test('is left alone for a while after it failed often', async () => {
    answer = (_, response) => void response.writeHead(500).end();
    const { source } = service();
    for (let n = 10; n < 20; n++) await source.find(request({ debugId: `${n}`.repeat(16) + '0' }));
    assert.equal(asked.length, 5);
  });

  test('is not waited for when it is silent', async () => {
    answer = (_, response) => {
      response.writeHead(200);
      response.write('MODULE Linux');
    };
    const start = performance.now();
    assert.equal(await service({ timeoutMs: 200 }).source.find(request()), null);
    assert.ok(performance.now() - start < 5000);
  });

  test('may not send other symbols, too much, or nothing of use', async () => {
    const { source } = service({ maxUploadBytes: 10_000 });
    for (const [n, content] of [
      symbolText({ debugId: `${'9'.repeat(32)}0` }),
      symbolText() + 'x'.repeat(20_000),
      '<html>Please sign in</html>',
      '',
    ].entries()) {
      answer = text(content);
      assert.equal(await source.find(request({ debugId: n === 0 ? ID : `${n}${ID.slice(1)}` })), null);
    }
    assert.equal((await store.symbols.totals()).files, 0);
  });
});

describe('names in a dump', () => {
  test('never choose a host or leave the path', async () => {
    answer = text(symbolText());
    const { source } = service();
    for (const debugFile of [
      '..',
      '../../etc/passwd',
      '//evil.example/x',
      'http://evil.example/x',
      '@evil.example',
      'a?b#c',
      '%2e%2e%2f',
      'a\u0000b',
      '',
      '.',
    ]) {
      await source.find(request({ debugFile }));
    }
    for (const debugId of ['../../x', '0'.repeat(33), 'not hex', `${ID}/../../x`, '']) {
      await source.find(request({ debugId }));
    }
    for (const path of asked) assert.match(path, /^\/tree\/[^/?#]+\/[0-9A-F]{33}\/[^/?#]+\.sym$/);
    for (const path of asked) assert.doesNotMatch(decodeURIComponent(path), /\/\.\.?\//);
    assert.ok(asked.length > 0);
  });

  test('are encoded behind the address of the server, whatever they are', () => {
    const made = upstreamUrl('https://symbols.example/a/b/', ['x?y#z@%2f:1', ID, 'x y.sym']);
    assert.equal(made.host, 'symbols.example');
    assert.equal(made.pathname, `/a/b/x%3Fy%23z%40%252f%3A1/${ID}/x%20y.sym`);
    assert.equal(made.search + made.hash, '');
  });
});

describe('a redirect', () => {
  test('to another host is not followed', async () => {
    answer = (_, response) => void response.writeHead(302, { location: `${elsewhereUrl}/x` }).end();
    assert.equal(await service().source.find(request()), null);
  });

  test('to a host that the operator allows is followed', async () => {
    answer = (_, response) => void response.writeHead(302, { location: `${elsewhereUrl}/x` }).end();
    const allowed = service({ redirectHosts: [new URL(elsewhereUrl).host] });
    assert.notEqual(await allowed.source.find(request()), null);
  });

  test('to itself for ever comes to an end', async () => {
    answer = ({ url: at }, response) => void response.writeHead(302, { location: `${at ?? ''}x` }).end();
    assert.equal(await service().source.find(request()), null);
    assert.equal(asked.length, 4);
  });
});

describe('the budget of the cache', () => {
  test('holds: the longest unused go, uploads stay', async () => {
    const filler = Array.from(
      { length: 2000 },
      (_, n) => `FUNC ${(n * 64).toString(16)} 40 0 f${Math.sin(n)}\n`,
    ).join('');
    const { source, intake, scratch } = service({ maxCacheBytes: 150_000 });
    await scratch.withFile(async (file) => {
      const { writeFile } = await import('node:fs/promises');
      await writeFile(file, symbolText({ debugFile: 'mine.so' }) + filler);
      await intake.take({ file, name: 'mine.so.sym', product: null, by: 'test', source: 'upload' });
    });
    for (let n = 10; n < 16; n++) {
      const debugId = `${n}`.repeat(16) + '0';
      answer = text(symbolText({ debugId }) + filler);
      now += 3_700_000;
      assert.notEqual(await source.find(request({ debugId })), null);
    }
    const { rows } = await store.symbols.listSymbols({}, { limit: 50 });
    assert.ok(rows.some(({ debugFile }) => debugFile === 'mine.so'));
    const cached = rows.filter(({ source: from }) => from !== 'upload');
    const bytes = cached.reduce((sum, { storedBytes, indexBytes }) => sum + storedBytes + indexBytes, 0);
    const one = Math.max(...cached.map(({ storedBytes, indexBytes }) => storedBytes + indexBytes));
    assert.ok(cached.length >= 1 && cached.length < 6, `${cached.length} files`);
    assert.ok(bytes <= 150_000 + one, `${bytes} bytes`);
  });
});

/** Build id and debug id of the ELF files that tests make. */
const BUILD_ID = '00112233445566778899aabbccddeeff00112233';
const ELF_ID = '33221100554477668899AABBCCDDEEFF0';
const elfRequest = (changes: Partial<SymbolRequest> = {}): SymbolRequest =>
  request({ debugFile: 'app', debugId: ELF_ID, codeFile: '/opt/app', codeId: BUILD_ID, ...changes });

/** Gives what a path has, and 404 for the rest. */
const tree =
  (files: Readonly<Record<string, Uint8Array>>): Answer =>
  ({ url: at = '' }, response) => {
    const found = files[at];
    if (found === undefined) response.writeHead(404).end();
    else response.end(found);
  };

async function symbolsOf(file: string | null): Promise<ModuleSymbols> {
  assert.ok(file !== null, 'symbols are found');
  const symbols = openSymbolIndex(new FileAccess(file));
  if (typeof symbols === 'string') throw new Error(symbols);
  return symbols;
}

describe('a debuginfod server', () => {
  test('gives the debug file and the program of a build, which are read together', async () => {
    answer = tree({
      [`/tree/buildid/${BUILD_ID}/debuginfo`]: separateDebugFile(5),
      [`/tree/buildid/${BUILD_ID}/executable`]: strippedProgram(),
    });
    const { source } = service({ kind: 'debuginfod' });
    const symbols = await symbolsOf(await source.find(elfRequest()));
    assert.equal(symbols.locate(0x1008)?.function, 'app::run(int)');
    assert.notEqual(symbols.cfiAt(0x1008), null);
    const stored = await store.symbols.findByDebugId(ELF_ID);
    assert.deepEqual(
      stored.map(({ debugFile, source: from }) => [debugFile, from]),
      [
        ['app.debug', new URL(url).host],
        ['app', new URL(url).host],
      ],
    );
    assert.notEqual(await source.find(elfRequest()), null);
    assert.equal(asked.length, 2);
  });

  test('is of use with one of the two alone', async () => {
    answer = tree({ [`/tree/buildid/${BUILD_ID}/executable`]: strippedProgram() });
    const symbols = await symbolsOf(await service({ kind: 'debuginfod' }).source.find(elfRequest()));
    assert.notEqual(symbols.cfiAt(0x1008), null);
  });

  test('is never asked for a source, nor for what is no ELF file', async () => {
    answer = tree({});
    const { source } = service({ kind: 'debuginfod' });
    await source.find(request());
    await source.find(request({ codeId: '5CF2591C6000' }));
    await source.find(request({ codeId: ID.slice(0, 32) }));
    await source.find(elfRequest({ codeId: `${BUILD_ID}/../../source/etc/passwd` }));
    await source.find(elfRequest({ codeId: `${BUILD_ID}\r\nx-evil: 1` }));
    assert.deepEqual(asked, []);
  });

  test('that answers with another build is not believed', async () => {
    answer = tree({ [`/tree/buildid/${'ab'.repeat(20)}/debuginfo`]: separateDebugFile(5) });
    const other = 'ABABABABABABABABABABABABABABABAB0';
    const { source } = service({ kind: 'debuginfod' });
    assert.equal(await source.find(elfRequest({ debugId: other, codeId: 'ab'.repeat(20) })), null);
    assert.equal((await store.symbols.totals()).files, 0);
  });
});

describe('a server in Microsoft’s layout', () => {
  const GUID = Uint8Array.of(0x44, 0x33, 0x22, 0x11, 0x66, 0x55, 0x88, 0x77, 1, 2, 3, 4, 5, 6, 7, 8);
  const PDB_ID = '112233445566778801020304050607083';
  const pe = buildPe({
    timestamp: 0x4d5a9000,
    imageBytes: 0x21000,
    pdb: { guid: GUID, age: 3, name: 'app.pdb' },
  });
  const windows = (changes: Partial<SymbolRequest> = {}): SymbolRequest =>
    request({
      debugFile: 'C:\\build\\app.pdb',
      debugId: PDB_ID,
      codeFile: 'C:\\app\\app.exe',
      codeId: '4D5A900021000',
      ...changes,
    });

  test('gives the PDB and the program', async () => {
    answer = tree({
      [`/tree/app.pdb/${PDB_ID}/app.pdb`]: buildPdb(),
      '/tree/app.exe/4D5A900021000/app.exe': pe,
    });
    assert.notEqual(await service({ kind: 'microsoft' }).source.find(windows()), null);
    assert.deepEqual(
      (await store.symbols.findByDebugId(PDB_ID)).map(({ format }) => format),
      ['PDB', 'PE'],
    );
  });

  test('gives a program without a PDB, which is found by time stamp and size', async () => {
    answer = tree({
      '/tree/mingw.exe/5CF2591C6000/mingw.exe': buildPe({ timestamp: 0x5cf2591c, imageBytes: 0x6000 }),
    });
    const { source } = service({ kind: 'microsoft' });
    const asking = request({ debugFile: null, debugId: null, codeFile: 'mingw.exe', codeId: '5CF2591C6000' });
    assert.notEqual(await source.find(asking), null);
    assert.notEqual(await source.find(asking), null);
    assert.deepEqual(asked, ['/tree/mingw.exe/5CF2591C6000/mingw.exe']);
  });

  test('is told about where it has compressed files, or pointers, which are not followed', async () => {
    answer = tree({
      [`/tree/app.pdb/${PDB_ID}/app.pd_`]: Buffer.from('MSCF'),
      '/tree/app.exe/4D5A900021000/file.ptr': Buffer.from('PATH:\\\\server\\share\\app.exe'),
    });
    const lines: string[] = [];
    assert.equal(
      await service({ kind: 'microsoft', heard: (line) => lines.push(line) }).source.find(windows()),
      null,
    );
    assert.match(lines.join(), /has only app\.pd_, compressed as a cabinet, which is not read/);
    assert.match(lines.join(), /has only a pointer to another place \(file\.ptr\), which is not followed/);
    assert.ok(asked.every((path) => path.startsWith('/tree/')));
  });

  test('that answers with a cabinet is told so', async () => {
    answer = text(Buffer.concat([Buffer.from('MSCF'), Buffer.alloc(100)]));
    const lines: string[] = [];
    assert.equal(
      await service({ kind: 'microsoft', heard: (line) => lines.push(line) }).source.find(windows()),
      null,
    );
    assert.match(lines.join(), /the file is a cabinet/);
  });

  test('is asked by the keys of other systems, too', async () => {
    answer = tree({ [`/tree/_.debug/elf-buildid-sym-${BUILD_ID}/_.debug`]: separateDebugFile(5) });
    const { source } = service({ kind: 'microsoft' });
    assert.equal(
      (await symbolsOf(await source.find(elfRequest()))).locate(0x1008)?.function,
      'app::run(int)',
    );
    const uuid = '0123456789abcdef0123456789abcdef';
    await source.find(
      request({
        debugFile: 'App',
        debugId: `${uuid.toUpperCase()}0`,
        codeFile: '/Applications/App',
        codeId: uuid.toUpperCase(),
      }),
    );
    assert.deepEqual(asked.slice(2), [
      `/tree/_.dwarf/mach-uuid-sym-${uuid}/_.dwarf`,
      `/tree/App/mach-uuid-${uuid}/App`,
    ]);
  });

  test('is asked for nothing outside of its address, whatever a dump names', async () => {
    answer = tree({});
    const { source } = service({ kind: 'microsoft' });
    for (const codeFile of [
      '..',
      '../../x',
      '..\\..\\x',
      'http://evil/x',
      'a\r\nHost: evil',
      'a?b#c',
      '%2e%2e',
      'x:y',
      '',
    ]) {
      await source.find(windows({ codeFile, debugFile: codeFile }));
      await source.find(windows({ codeFile, debugFile: `${codeFile}.pdb`, debugId: null }));
      await source.find(elfRequest({ codeFile, debugFile: codeFile }));
    }
    assert.ok(asked.length > 0);
    for (const path of asked) assert.match(path, /^\/tree\/[^/?#\s]+\/[^/?#\s]+\/[^/?#\s]+$/);
    for (const path of asked) assert.doesNotMatch(decodeURIComponent(path), /\/\.\.?(\/|$)/);
  });
});

describe('the budget of a report', () => {
  test('ends what is fetched for it, and not what others ask for', async () => {
    answer = ({ url: at = '' }, response) => {
      const debugId = /\/([0-9A-F]{33})\//.exec(at)?.[1] ?? '';
      response.end(symbolText({ debugId }));
    };
    const perReport = { maxBytes: symbolText().length + 1, maxMs: 60_000 };
    const { source } = service({ perReport });
    const ids = ['1', '2', '3', '4'].map((digit) => `${digit.repeat(32)}0`);
    const found: boolean[] = [];
    for (const debugId of ids.slice(0, 3))
      found.push((await source.find(request({ debugId }), { job: 'one' })) !== null);
    // The second file goes beyond what is left and is given up in the middle, the third is not asked for.
    assert.deepEqual(found, [true, false, false]);
    assert.equal(asked.length, 2);
    assert.notEqual(await source.find(request({ debugId: ids[3] ?? '' }), { job: 'another' }), null);
  });

  test('counts the time that it waits', async () => {
    // Long enough for a busy machine to ask at all.
    answer = (_, response) => void setTimeout(() => response.writeHead(404).end(), 1500);
    const { source } = service({ perReport: { maxBytes: 1e9, maxMs: 1000 } });
    await source.find(request({ debugId: `${'1'.repeat(32)}0` }), { job: 'one' });
    await source.find(request({ debugId: `${'2'.repeat(32)}0` }), { job: 'one' });
    assert.equal(asked.length, 1);
  });
});
