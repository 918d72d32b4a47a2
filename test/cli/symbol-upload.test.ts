// `mayday symbols upload` against a real reports server.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { main } from '../../src/cli/main.ts';
import { ServerFault, SymbolClient } from '../../src/cli/symbol-upload/symbol-client.ts';
import { ADMIN_TOKEN, startRunning, type Running } from '../reports/support/running.ts';
import { separateDebugFile, strippedProgram } from '../formats/debug-files/dwarf-builder.ts';
import { renamed, symbolText, zipOf } from '../reports/symbols/support.ts';

let running: Running;
let folder = '';
const id = (digit: string): string => `${digit.repeat(32)}0`;

before(async () => {
  running = await startRunning();
  folder = await mkdtemp(path.join(os.tmpdir(), 'mayday-upload-'));
  const place = path.join(folder, 'tree', 'one.so', id('1'));
  await mkdir(place, { recursive: true });
  await writeFile(path.join(place, 'one.so.sym'), symbolText({ debugFile: 'one.so', debugId: id('1') }));
  const packed = (debugFile: string, digit: string) => symbolText({ debugFile, debugId: id(digit) });
  await writeFile(path.join(folder, 'tree', 'two.sym.gz'), gzipSync(packed('two.so', '2')));
  await writeFile(path.join(folder, 'tree', 'three.sym.zst'), zstdCompressSync(packed('three.so', '3')));
  await writeFile(path.join(folder, 'tree', 'notes.txt'), 'no symbols');
  await writeFile(
    path.join(folder, 'more.zip'),
    await zipOf({ 'four.sym': packed('four.so', '4'), 'one.so.sym': packed('one.so', '1') }),
  );
});

after(async () => {
  await running.stop();
  await rm(folder, { recursive: true });
});

async function upload(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  let out = '';
  let err = '';
  const io = {
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
    env: { MAYDAY_TOKEN: ADMIN_TOKEN, MAYDAY_URL: running.url },
    terminal: false,
  };
  return { code: await main(['symbols', 'upload', ...args], io), out, err };
}

describe('mayday symbols upload', () => {
  test('sends folders, packed files and archives, and nothing twice', async () => {
    const first = await upload(path.join(folder, 'tree'), '--product', 'App');
    assert.equal(first.code, 0, first.err);
    assert.match(first.out, /3 uploaded, 0 there already/);
    const second = await upload(path.join(folder, 'tree'), path.join(folder, 'more.zip'));
    assert.equal(second.code, 0, second.err);
    assert.match(second.out, /1 uploaded, 4 there already/);
    assert.equal((await running.store.symbols.totals()).files, 4);
    assert.equal(
      (await running.store.symbols.getSymbols({ debugFile: 'two.so', debugId: id('2') }))?.product,
      'App',
    );
  });

  test('sends debug files out of archives and compressed ones, and what an archive has beside a bad name', async () => {
    const archive = path.join(folder, 'build.zip');
    const zip = await zipOf({
      'out/bin/app': strippedProgram(),
      'out/readme.txt': 'nothing',
      'aaaaaaaa/aa/passwd.sym': symbolText({ debugFile: 'passwd', debugId: id('9') }),
    });
    await writeFile(archive, renamed(zip, 'aaaaaaaa/aa/passwd.sym', '../../../../passwd.sym'));
    const first = await upload(archive);
    assert.equal(first.code, 1);
    assert.match(
      first.err,
      /build\.zip:\.\.\/\.\.\/\.\.\/\.\.\/passwd\.sym: its name leads out of the archive/,
    );
    assert.match(first.out, /still missing: functions, lines and inlined calls: app\.debug with the id 3322/);
    assert.match(first.out, /1 uploaded/);

    const debug = path.join(folder, 'app.debug');
    await writeFile(debug, zstdCompressSync(separateDebugFile(5)));
    const second = await upload(debug, '--json');
    assert.deepEqual(
      (JSON.parse(second.out) as readonly Record<string, unknown>[]).map(({ outcome, gives, wanting }) => [
        outcome,
        gives,
        wanting,
      ]),
      [['uploaded', 'functions,lines,inlines', []]],
    );
  });

  test('sends again what has changed', async () => {
    const file = path.join(folder, 'changed.sym');
    await writeFile(file, symbolText({ debugFile: 'one.so', debugId: id('1'), name: 'another' }));
    assert.match((await upload(file)).out, /1 uploaded/);
  });

  test('sends only the ids that were asked for', async () => {
    await running.store.symbols.deleteMatching({ olderThan: Date.now() + 60_000 });
    const { code, out } = await upload(path.join(folder, 'tree'), '--id', id('2').toLowerCase());
    assert.equal(code, 0);
    assert.match(out, /1 uploaded, 0 there already/);
    assert.match((await upload(path.join(folder, 'tree'), '--missing')).out, /0 uploaded, 0 there already/);
  });

  test('tells the files that could not be taken, and fails', async () => {
    const bad = path.join(folder, 'bad.sym');
    await writeFile(bad, 'nothing of use\n');
    const { code, err } = await upload(bad, path.join(folder, 'absent.sym'));
    assert.equal(code, 1);
    assert.match(err, /bad\.sym: names no debug file/);
    assert.match(err, /absent\.sym: ENOENT/);
    const json = await upload(bad, '--json');
    assert.equal((JSON.parse(json.out) as { outcome: string }[])[0]?.outcome, 'failed');
  });

  test('says what is wrong with its arguments and its token', async () => {
    assert.equal((await upload()).code, 2);
    assert.equal((await upload(folder, '--url', 'mayday.example')).code, 2);
    const denied = await upload(path.join(folder, 'tree'), '--token', 'wrong');
    assert.equal(denied.code, 1);
    assert.match(denied.err, /No token of this server is like that/);
  });

  test('an address that is no reports server is told from a server that refuses', async () => {
    const other = createServer((_, response) => response.writeHead(404).end('not_found\n'));
    await new Promise<void>((resolve) => {
      other.listen(0, '127.0.0.1', resolve);
    });
    try {
      const { port } = other.address() as AddressInfo;
      const wrong = await upload(path.join(folder, 'tree'), '--url', `http://127.0.0.1:${port}`);
      assert.equal(wrong.code, 1);
      assert.match(wrong.err, /this is no reports server \(404\).*port 8081/);
    } finally {
      other.close();
    }
  });
});

describe('the client of symbols', () => {
  test('tries again what may work the next time, as the server asks, and gives up in the end', async () => {
    const answers = [503, 502, 200];
    let working = true;
    const server = createServer((request, response) => {
      request.resume().on('end', () => {
        const status = working ? (answers.shift() ?? 200) : 500;
        response.writeHead(status, { 'retry-after': '3' });
        response.end(JSON.stringify({ files: [{ outcome: 'stored', reportsToProcess: 0 }] }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const waits: number[] = [];
    const client = new SymbolClient({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      token: 'x',
      product: null,
      wait: async (ms) => void waits.push(ms),
    });
    let opened = 0;
    const open = async () => {
      opened++;
      return Readable.from([Buffer.from('MODULE')]);
    };
    assert.equal((await client.send('a', open)).outcome, 'stored');
    assert.deepEqual([opened, waits], [3, [3000, 3000]]);
    working = false;
    await assert.rejects(client.send('a', open), ServerFault);
    assert.equal(opened, 9);
    server.closeAllConnections();
    server.close();
  });
});
