// A dump arrives without symbols, its symbols arrive later, and its frames and its bug get their names: from outside, over HTTP
// and the command line, with a dump of our own and with a real one.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { separateDebugFile, strippedProgram } from '../test/formats/debug-files/dwarf-builder.ts';
import { ARCH, DumpBuilder, OS } from '../test/formats/minidump/builder.ts';
import { SHARED_ABSENT, sharedData } from '../test/shared-data.ts';
import { dump, form, post } from './requests.ts';
import { ADMIN_TOKEN, api, startServer, type TestServer } from './server.ts';

/** Build id 00112233-4455-6677-8899-aabbccddeeff as a debug id: the GUID's first three fields are little-endian. */
const BUILD_ID = [
  0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff,
];
const DEBUG_ID = '33221100554477668899AABBCCDDEEFF0';
const BASE = 0x7f00_0000_0000n;
const SYMBOLS = [
  `MODULE Linux x86_64 ${DEBUG_ID} libapp.so`,
  'FILE 0 src/render.cc',
  'FUNC 1000 80 0 render::Frame::draw(int)',
  '1000 40 41 0',
  '1040 40 42 0',
  '',
].join('\n');

/** A crash at libapp.so+0x1044, or elsewhere in another module of this id. */
function ownDump(name = '/opt/app/libapp.so', offset = 0x1044n): Buffer {
  const builder = new DumpBuilder().system({ architecture: ARCH.amd64, platform: OS.linux });
  const stackBase = 0x7ffc_0000_0000n;
  const context = builder.amd64({ rip: BASE + offset, rsp: stackBase, rbp: stackBase });
  builder
    .threads({ id: 1, context, stack: { base: stackBase, bytes: new Uint8Array(256) } })
    .modules({
      base: BASE,
      size: 0x10_000,
      name,
      codeView: builder.buildId(...BUILD_ID),
    })
    .exception({ threadId: 1, code: 11, flags: 1, address: 0x10n, context });
  return Buffer.from(builder.build());
}

interface Bug {
  readonly id: number;
  readonly title: string;
  readonly count: number;
}

async function bugs(server: TestServer): Promise<readonly Bug[]> {
  const answer = await api(server, '/api/bugs');
  if (answer.status !== 200) throw new Error(`GET /api/bugs: ${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { readonly bugs: readonly Bug[] }).bugs;
}

/** The only bug of a server, once its title is as expected. */
async function bugNamed(server: TestServer, title: RegExp): Promise<Bug> {
  let seen: readonly Bug[] = [];
  for (let n = 0; n < 150; n++) {
    seen = await bugs(server);
    const [bug] = seen;
    if (seen.length === 1 && bug !== undefined && title.test(bug.title)) return bug;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`no bug is named ${String(title)}: ${JSON.stringify(seen)}`);
}

async function submit(server: TestServer, content: Buffer): Promise<string> {
  const { body, type } = form([
    { name: 'ProductName', value: 'App' },
    { name: 'Version', value: '1.0' },
    dump(content),
  ]);
  const answer = await post(`${server.submitUrl}/submit`, body, { 'content-type': type });
  assert.equal(answer.status, 200, answer.text);
  return /bp-[0-9a-f-]{36}/.exec(answer.text)?.[0]?.slice(3) ?? '';
}

interface Frame {
  readonly function?: string | null;
  readonly file?: string | null;
  readonly line?: number | null;
  readonly inlines?: readonly { readonly function: string }[] | null;
}

async function crashingFrames(server: TestServer, crashId: string): Promise<readonly Frame[]> {
  const answer = await api(server, `/api/reports/${crashId}/processed`);
  assert.equal(answer.status, 200);
  const text = await answer.text();
  const { processed } = JSON.parse(text) as {
    readonly processed: {
      readonly minidumps: Readonly<
        Record<string, { readonly crashing_thread: { readonly frames: readonly Frame[] } }>
      >;
    };
  };
  return processed.minidumps['upload_file_minidump']?.crashing_thread.frames ?? [];
}

async function mayday(
  ...args: readonly string[]
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(process.execPath, [path.resolve('bin/mayday.js'), ...args], {
    env: { PATH: process.env['PATH'] ?? '', MAYDAY_TOKEN: ADMIN_TOKEN },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { code, output };
}

describe('symbols that arrive after the crash', () => {
  let server: TestServer;
  let folder = '';

  before(async () => {
    server = await startServer();
    folder = mkdtempSync(path.join(tmpdir(), 'mayday-symbols-'));
    mkdirSync(path.join(folder, 'libapp.so', DEBUG_ID), { recursive: true });
    writeFileSync(path.join(folder, 'libapp.so', DEBUG_ID, 'libapp.so.sym'), SYMBOLS);
    writeFileSync(
      path.join(folder, 'unrelated.sym'),
      `MODULE Linux x86_64 ${'7'.repeat(32)}0 other.so\nFUNC 1 1 0 f\n`,
    );
  });

  after(async () => {
    await server.remove();
    rmSync(folder, { recursive: true });
  });

  test('name the frames of its report and rename its bug, which stays the same', async () => {
    const crashId = await submit(server, ownDump());
    const unnamed = await bugNamed(server, /libapp\.so/);

    const missing = await api(server, '/api/symbols/missing');
    const { missing: rows } = (await missing.json()) as {
      readonly missing: readonly Record<string, unknown>[];
    };
    assert.deepEqual(
      rows.map(({ debugFile, debugId, reports }) => ({ debugFile, debugId, reports })),
      [{ debugFile: 'libapp.so', debugId: DEBUG_ID, reports: 1 }],
    );

    const upload = ['symbols', 'upload', folder, '--missing', '--url', server.reportsUrl, '--product', 'App'];
    const uploaded = await mayday(...upload);
    assert.equal(uploaded.code, 0, uploaded.output);
    assert.match(uploaded.output, /1 uploaded, 0 there already; 1 reports are processed again/);

    const named = await bugNamed(server, /render::Frame::draw/);
    assert.equal(named.id, unnamed.id);
    assert.equal(named.count, 1);
    const [frame] = await crashingFrames(server, crashId);
    assert.deepEqual(
      [frame?.function, frame?.file, frame?.line],
      ['render::Frame::draw(int)', 'src/render.cc', 42],
    );
    const left = await api(server, '/api/symbols/missing');
    assert.deepEqual(await left.json(), { missing: [] });

    const again = await mayday('symbols', 'upload', folder, '--url', server.reportsUrl);
    assert.equal(again.code, 0);
    assert.match(again.output, /1 uploaded, 1 there already/);
  });

  test('are fetched by another Mayday that has this one as its symbol server', async () => {
    const upstream = new URL(`${server.reportsUrl}/symbols`);
    upstream.username = 'symbols';
    upstream.password = ADMIN_TOKEN;
    const second = await startServer({ env: { SYMBOL_SERVERS: upstream.href } });
    try {
      await submit(second, ownDump());
      await bugNamed(second, /render::Frame::draw/);
      const stored = await api(second, `/api/symbols/libapp.so/${DEBUG_ID}`);
      assert.equal(((await stored.json()) as { readonly source: string }).source, upstream.host);
    } finally {
      await second.remove();
    }
  });

  test('survive kill -9: they are there, and in use, after the next start', async () => {
    await server.kill();
    server = await server.restart();
    const answer = await api(server, `/symbols/libapp.so/${DEBUG_ID}/libapp.so.sym`);
    assert.equal(await answer.text(), SYMBOLS);
    const symbolicated = await fetch(`${server.reportsUrl}/symbolicate/v5`, {
      method: 'POST',
      body: JSON.stringify({ memoryMap: [['libapp.so', DEBUG_ID]], stacks: [[[0, 0x1044]]] }),
    });
    assert.match(await symbolicated.text(), /render::Frame::draw\(int\)/);
  });
});

describe('a program and its debug file, as the build made them', () => {
  let server: TestServer;
  let folder = '';

  before(async () => {
    server = await startServer();
    folder = mkdtempSync(path.join(tmpdir(), 'mayday-pair-'));
    writeFileSync(path.join(folder, 'app'), strippedProgram());
    writeFileSync(path.join(folder, 'app.debug'), separateDebugFile(5));
  });

  after(async () => {
    await server.remove();
    rmSync(folder, { recursive: true });
  });

  const upload = (name: string): ReturnType<typeof mayday> =>
    mayday('symbols', 'upload', path.join(folder, name), '--url', server.reportsUrl);

  test('the second one improves the report that was processed with the first alone', async () => {
    const crashId = await submit(server, ownDump('/opt/app/app', 0x1008n));
    const unnamed = await bugNamed(server, /app/);
    const program = await upload('app');
    assert.equal(program.code, 0, program.output);
    assert.match(
      program.output,
      new RegExp(`still missing: functions, lines and inlined calls: app\\.debug with the id ${DEBUG_ID}`),
    );
    assert.match(program.output, /1 reports are processed again/);
    await settled(server);

    const missing = await api(server, '/api/symbols/missing');
    const { missing: rows } = (await missing.json()) as {
      readonly missing: readonly { readonly wanting: readonly { readonly file: string }[] }[];
    };
    assert.deepEqual(
      rows.map(({ wanting }) => wanting.map(({ file }) => file)),
      [['app.debug']],
    );

    const debug = await upload('app.debug');
    assert.match(debug.output, /1 uploaded, 0 there already; 1 reports are processed again\n$/);
    assert.doesNotMatch(debug.output, /still missing/);
    const named = await bugNamed(server, /app::run/);
    assert.equal(named.id, unnamed.id);
    const [frame] = await crashingFrames(server, crashId);
    assert.deepEqual([frame?.function, frame?.line], ['app::run(int)', 22]);
    const left = await api(server, '/api/symbols/missing');
    assert.deepEqual(await left.json(), { missing: [] });
  });
});

/** Nothing waits for processing any more. */
async function settled(server: TestServer): Promise<void> {
  for (let n = 0; n < 150; n++) {
    const reports = (await (await api(server, '/api/reports')).json()) as {
      readonly reports: readonly { readonly state: string }[];
    };
    if (reports.reports.every(({ state }) => state === 'processed')) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error('reports still wait for processing');
}

const realDump = sharedData('minidumps', 'dumps', 'bp-linux_inline.dmp');
const realSymbols = sharedData(
  'minidumps',
  'symbols',
  'linux_inline',
  'BBA6FA10B8AAB33D00000000000000000',
  'linux_inline.sym',
);

test(
  'a real dump: sym_upload v2 brings its symbols, and the inlined calls have names',
  { skip: realDump === null || realSymbols === null ? SHARED_ABSENT : false },
  async () => {
    assert.ok(realDump !== null && realSymbols !== null);
    const server = await startServer();
    try {
      const crashId = await submit(server, readFileSync(realDump));
      const unnamed = await bugNamed(server, /linux_inline/);
      const { reportsUrl } = server;
      const created = await post(`${reportsUrl}/v1/uploads:create?key=${ADMIN_TOKEN}`, '');
      const uploadUrl = /"uploadUrl": "([^"]+)"/.exec(created.text)?.[1] ?? '';
      const uploadKey = /"uploadKey": "([^"]+)"/.exec(created.text)?.[1] ?? '';
      const put = await post(uploadUrl, readFileSync(realSymbols), {}, 'PUT');
      assert.equal(put.status, 200);
      const completed = await post(
        `${reportsUrl}/v1/uploads/${uploadKey}:complete?key=${ADMIN_TOKEN}`,
        '{ symbol_id: {debug_file: "linux_inline", debug_id: "BBA6FA10B8AAB33D00000000000000000" }, symbol_upload_type: "BREAKPAD", use_async_processing: true }',
        { 'content-type': 'application/son' },
      );
      assert.match(completed.text, /"result": "OK"/);
      const named = await bugNamed(server, /^(?!.*linux_inline)/);
      assert.equal(named.id, unnamed.id);
      const [frame] = await crashingFrames(server, crashId);
      assert.deepEqual([frame?.function, frame?.file, frame?.line], ['main', 'a.cpp', 42]);
      assert.deepEqual(
        frame?.inlines?.map((inline) => inline.function),
        ['func()', 'bar()', 'foo()'],
      );
    } finally {
      await server.remove();
    }
  },
);
