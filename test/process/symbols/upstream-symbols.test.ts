// Upstream symbol servers against real HTTP servers: what is asked, where it may lead, and how much it may cost.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { createLog } from '../../../src/base/log.ts';
import { createMetrics } from '../../../src/base/metrics.ts';
import type { SymbolRequest } from '../../../src/formats/symbols/symbol-provider.ts';
import { SymbolService } from '../../../src/process/symbols/symbol-service.ts';
import { upstreamUrl } from '../../../src/process/symbols/upstream-request.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import type { Store } from '../../../src/store/store.ts';
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
    readonly redirectHosts?: readonly string[];
    readonly maxUploadBytes?: number;
    readonly maxCacheBytes?: number;
    readonly timeoutMs?: number;
  } = {},
): SymbolService {
  const made = new SymbolService({
    store,
    log: createLog('silent'),
    metrics: createMetrics(),
    scratchDir: path.join(dir, 'scratch'),
    minFreeBytes: 0,
    maxUploadBytes: options.maxUploadBytes ?? 1024 * 1024,
    maxTextBytes: 8 * 1024 * 1024,
    keepDays: 0,
    upstream: {
      servers: [`${url}/tree`],
      redirectHosts: options.redirectHosts ?? [],
      maxCacheBytes: options.maxCacheBytes ?? 1024 * 1024,
      timeoutMs: options.timeoutMs ?? 2000,
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
