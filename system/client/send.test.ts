import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { sha256 } from '../requests.ts';
import {
  api,
  getAttachment,
  getReport,
  listReports,
  startServer,
  type FullReport,
  type TestServer,
} from '../server.ts';
import { CLIENT_ID, crashpadDump, fakeDatabase, plainDump, windowsMetadata } from './reports.ts';
import { send } from './sending.ts';
import { inFolder } from './watching.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.remove());

/** The one report of a product. */
async function reportOf(product: string): Promise<FullReport> {
  const listed = await listReports(server, `product=${encodeURIComponent(product)}`);
  assert.equal(listed.length, 1, `${listed.length} reports of ${product}`);
  return getReport(server, listed[0]?.crashId ?? '');
}

function annotations(report: FullReport): Readonly<Record<string, string>> {
  return Object.fromEntries(report.annotations.map(({ key, value }) => [key, value]));
}

function put(dir: string, name: string, content: Buffer | string): string {
  const file = path.join(dir, name);
  writeFileSync(file, content);
  return file;
}

describe('mayday send', () => {
  test('takes the arguments of minidump_upload', () =>
    inFolder(async (dir) => {
      const dump = plainDump();
      const file = put(dir, 'a.dmp', dump);
      const { code, out } = await send(dir, [
        '-p',
        'breakpad-app',
        '-v',
        '4.5',
        file,
        `${server.submitUrl}/submit`,
      ]);
      assert.equal(code, 0, out);
      const report = await reportOf('breakpad-app');
      assert.deepEqual(annotations(report), { prod: 'breakpad-app', ver: '4.5' });
      assert.equal(report.version, '4.5');
      assert.deepEqual(await getAttachment(server, report.crashId, 'upload_file_minidump'), dump);
      assert.ok(out.includes(`bp-${report.crashId}`));
    }));

  test('adds annotations and attachments, and sends a large dump whole', () =>
    inFolder(async (dir) => {
      const dump = plainDump(3_000_000);
      const log = put(dir, 'app.log', 'line\n');
      const args = ['--url', server.submitUrl, '-p', 'extra-app', '-a', 'channel=beta=2', '-a', 'empty='];
      const { code } = await send(dir, [
        put(dir, 'a.dmp', dump),
        ...args,
        '--attachment',
        `log=${log}`,
        '--no-gzip',
      ]);
      assert.equal(code, 0);
      const report = await reportOf('extra-app');
      assert.deepEqual(annotations(report), { prod: 'extra-app', channel: 'beta=2', empty: '' });
      const hashes = Object.fromEntries(report.attachments.map(({ name, sha256: hash }) => [name, hash]));
      assert.deepEqual(hashes, { upload_file_minidump: sha256(dump), log: sha256('line\n') });
    }));

  test('sends a dump that shrinks like a decompression bomb', () =>
    inFolder(async (dir) => {
      const file = put(dir, 'a.dmp', crashpadDump({ prod: 'zeros-app' }, 8_000_000));
      const { code, out } = await send(dir, [file, '--url', server.submitUrl]);
      assert.equal(code, 0, out);
      await reportOf('zeros-app');
    }));

  test('sends Socorro annotations as one JSON part', () =>
    inFolder(async (dir) => {
      const json = put(
        dir,
        'extra.json',
        JSON.stringify({ ProductName: 'socorro-app', Version: '9.1', StartupTime: 5 }),
      );
      const { code } = await send(dir, [
        put(dir, 'a.dmp', plainDump()),
        '--json',
        json,
        '--url',
        server.submitUrl,
      ]);
      assert.equal(code, 0);
      const report = await reportOf('socorro-app');
      assert.equal(report.protocol, 'socorro');
      assert.deepEqual(annotations(report), { ProductName: 'socorro-app', Version: '9.1', StartupTime: '5' });
    }));

  test('sends a folder of Jami with the metadata beside each dump', () =>
    inFolder(async (dir) => {
      const folder = path.join(dir, 'jami');
      mkdirSync(folder);
      for (const sha of ['77149ebd62', '1c0ffee000']) {
        put(folder, `${sha}.dmp`, plainDump(sha.length + Number(sha[0])));
        put(
          folder,
          `${sha}.info`,
          JSON.stringify({
            client_sha: sha,
            jamicore_sha: 'cbf8f0af6',
            platform: 'Ubuntu',
            guid: CLIENT_ID,
            build_id: '1',
          }),
        );
      }
      const { code, out } = await send(dir, [folder, '-p', 'jami-app', '--url', server.submitUrl]);
      assert.equal(code, 0, out);
      const reports = await listReports(server, 'product=jami-app');
      const shas = await Promise.all(
        reports.map(async ({ crashId }) => annotations(await getReport(server, crashId))['client_sha']),
      );
      assert.deepEqual(new Set(shas), new Set(['1c0ffee000', '77149ebd62']));
    }));

  test('sends panic logs of a monitor without their log lines, and renames them in a folder', () =>
    inFolder(async (dir) => {
      const folder = path.join(dir, 'logs');
      mkdirSync(folder);
      const text =
        'panic-app v1.0.0 "x" (go1.22 linux-amd64) a@b 2026-01-01 00:00:00 UTC\nsecret\nPanic at 2026-01-01T00:00:00Z\npanic: boom\n';
      put(folder, 'panic-20260101-000000.log', text);
      put(folder, 'panic-20250101-000000.reported.log', text.replace('boom', 'old'));
      assert.equal((await send(dir, [folder, '--url', server.submitUrl])).code, 0);
      const report = await reportOf('panic-app');
      const stored = (await getAttachment(server, report.crashId, 'report.txt')).toString();
      assert.equal(stored, text.replace('secret\n', ''));
      assert.deepEqual(readdirSync(folder).sort(), [
        'panic-20250101-000000.reported.log',
        'panic-20260101-000000.reported.log',
      ]);
      const again = await send(dir, [folder, '--url', server.submitUrl]);
      assert.deepEqual([again.code, again.out], [0, 'Nothing to send.\n']);
    }));

  test('brings a captured standard error into the form of a panic log', () =>
    inFolder(async (dir) => {
      const file = put(
        dir,
        'stderr.txt',
        'starting\nTraceback (most recent call last):\n  File "a.py", line 1, in f\nKeyError: 1\n',
      );
      assert.equal(
        (await send(dir, [file, '-p', 'captured-app', '-v', '2.0', '--url', server.submitUrl])).code,
        0,
      );
      const report = await reportOf('captured-app');
      const stored = (await getAttachment(server, report.crashId, 'report.txt')).toString();
      assert.match(
        stored,
        /^captured-app v2\.0 "captured-app 2\.0" \(unknown [\w-]+\)\nPanic at [\dT:Z-]+\nTraceback \(most recent call last\):\n {2}File "a\.py", line 1, in f\nKeyError: 1\n$/,
      );
    }));

  test('posts CrashKit payloads of both APIs and failures of Syncthing', () =>
    inFolder(async (dir) => {
      const current = put(
        dir,
        'current.json',
        JSON.stringify([{ language: 'java', exceptions: [{ name: 'E', message: 'm', locations: [] }] }]),
      );
      const newer = put(dir, 'newer.json', JSON.stringify({ 'host.id': 'h1', stacktrace: [] }));
      const failures = put(
        dir,
        'failures.json',
        JSON.stringify([{ description: 'd', goroutines: 'g', extra: {}, count: 1, version: 'v1' }]),
      );
      const { code, out } = await send(dir, [
        current,
        newer,
        failures,
        '-p',
        'kit-app',
        '--url',
        server.submitUrl,
      ]);
      assert.equal(code, 0, out);
      const protocols = (await listReports(server, 'product=kit-app')).map(({ protocol }) => protocol);
      assert.deepEqual([...protocols].sort(), ['crashkit', 'crashkit1']);
      assert.match(out, /1\/3 sent: crashkit .*\n2\/3 sent: crashkit 1\.0 .*\n3\/3 sent: failures /);
    }));

  test('sends nothing twice', () =>
    inFolder(async (dir) => {
      const file = put(dir, 'a.dmp', crashpadDump({ prod: 'twice-app', ver: '1' }));
      for (const word of ['sent', 'sent before']) {
        const { code, out } = await send(dir, [file, '--url', server.submitUrl]);
        assert.equal(code, 0);
        assert.match(out, new RegExp(`^1/1 ${word}: minidump`));
      }
      // Without the state, the server recognises the report.
      assert.equal((await send(path.join(dir, 'elsewhere'), [file, '--url', server.submitUrl])).code, 0);
      await reportOf('twice-app');
    }));

  test('with --dry-run touches neither the server nor the disk', () =>
    inFolder(async (dir) => {
      const file = put(dir, 'a.dmp', crashpadDump({ prod: 'dry-app' }));
      fakeDatabase(path.join(dir, 'db'), [
        { uuid: '11111111-2222-3333-4444-555555555555', annotations: { prod: 'dry-app' } },
      ]);
      const { code, out } = await send(dir, [
        file,
        path.join(dir, 'db'),
        '--dry-run',
        '--url',
        'http://127.0.0.1:9',
      ]);
      assert.equal(code, 0);
      assert.match(out, /2 would send\n$/);
      assert.deepEqual(readdirSync(path.join(dir, 'db', 'pending')).length, 2);
      assert.ok(!existsSync(path.join(dir, '.local')));
    }));

  test('says what was refused and exits with 1', () =>
    inFolder(async (dir) => {
      const file = put(
        dir,
        'a.dmp',
        crashpadDump({ prod: 'refused-app', uuid: '11111111-2222-3333-4444-555555260101' }),
      );
      const { code, out } = await send(dir, [file, '--url', server.submitUrl]);
      assert.equal(code, 1);
      assert.match(out, /1\/1 failed: minidump .*the server answered 401 \(Discarded=unauthorized_uuid\)/);
    }));
});

describe('a Crashpad database', () => {
  const uuid = '0fd8ba71-5a4c-4a3e-9a4f-1f0c1d2e3f40';

  test('has its pending reports sent and marked completed as Crashpad does', () =>
    inFolder(async (dir) => {
      const db = path.join(dir, 'Crashpad');
      fakeDatabase(db, [
        {
          uuid,
          annotations: { prod: 'database-app', ver: '7.0', ptype: 'gpu' },
          attempts: 2,
          attachments: { 'log.txt': 'one', 'log-txt': 'two' },
        },
      ]);
      const dump = readFileSync(path.join(db, 'pending', `${uuid}.dmp`));
      const { code, out } = await send(dir, [db, '--url', server.submitUrl]);
      assert.equal(code, 0, out);
      const report = await reportOf('database-app');
      assert.deepEqual(annotations(report), {
        prod: 'database-app',
        ver: '7.0',
        ptype: 'gpu',
        guid: CLIENT_ID,
      });
      assert.equal(report.installation, CLIENT_ID);
      assert.deepEqual(await getAttachment(server, report.crashId, 'upload_file_minidump'), dump);
      const others = report.attachments
        .filter(({ name }) => name !== 'upload_file_minidump')
        .map(({ sha256: hash }) => hash);
      assert.deepEqual(others.sort(), [sha256('one'), sha256('two')].sort());

      assert.deepEqual(readdirSync(path.join(db, 'pending')), []);
      assert.deepEqual(readdirSync(path.join(db, 'completed')).sort(), [`${uuid}.dmp`, `${uuid}.meta`]);
      const meta = readFileSync(path.join(db, 'completed', `${uuid}.meta`));
      assert.equal(meta.readInt32LE(0), 1, 'version');
      assert.equal(meta.readInt32LE(4), 3, 'attempts');
      const lastAttempt = Number(meta.readBigInt64LE(8));
      assert.ok(Math.abs(Date.now() / 1000 - lastAttempt) < 60, 'time of the last attempt');
      assert.equal(meta.readBigInt64LE(16), 1_700_000_000n, 'creation time');
      assert.equal(meta.readUInt8(24), 1, 'uploaded');
      assert.equal(meta.subarray(32).toString(), `CrashID=bp-${report.crashId}\n`);
      assert.equal(Number(readFileSync(path.join(db, 'settings.dat')).readBigUInt64LE(16)), lastAttempt);
    }));

  test('keeps a report pending, with one more attempt, when the server is away', () =>
    inFolder(async (dir) => {
      fakeDatabase(dir, [{ uuid, annotations: { prod: 'away-app' } }]);
      const { code } = await send(dir, [dir, '--url', 'http://127.0.0.1:9', '--retries', '1']);
      assert.equal(code, 1);
      assert.deepEqual(readdirSync(path.join(dir, 'pending')).sort(), [`${uuid}.dmp`, `${uuid}.meta`]);
      const meta = readFileSync(path.join(dir, 'pending', `${uuid}.meta`));
      assert.deepEqual([meta.readInt32LE(4), meta.readUInt8(24)], [2, 0]);
    }));

  test('leaves a report alone that Crashpad is working on, and takes over a lock that was left behind', () =>
    inFolder(async (dir) => {
      fakeDatabase(dir, [{ uuid, annotations: { prod: 'locked-app' } }]);
      const lock = path.join(dir, 'pending', `${uuid}.lock`);
      const taken = Buffer.alloc(8);
      taken.writeBigInt64LE(BigInt(Math.floor(Date.now() / 1000)));
      writeFileSync(lock, taken);
      const busy = await send(dir, [dir, '--url', server.submitUrl]);
      assert.equal(busy.code, 1);
      assert.match(busy.out, /skipped: crashpad .*another process is working on it/);
      taken.writeBigInt64LE(BigInt(Math.floor(Date.now() / 1000) - 3600));
      writeFileSync(lock, taken);
      assert.equal((await send(dir, [dir, '--url', server.submitUrl])).code, 0);
      assert.deepEqual(readdirSync(path.join(dir, 'pending')), []);
      await reportOf('locked-app');
    }));

  test('of macOS has its pending reports sent, once, which Crashpad is not told', () =>
    inFolder(async (dir) => {
      const mac = path.join(dir, 'mac');
      for (const name of ['new', 'pending', 'completed', `attachments/${uuid}`])
        mkdirSync(path.join(mac, name), { recursive: true });
      put(path.join(mac, 'pending'), `${uuid}.dmp`, crashpadDump({ prod: 'mac-app' }));
      put(path.join(mac, 'attachments', uuid), 'log.txt', 'hello');
      const first = await send(dir, [mac, '--url', server.submitUrl]);
      assert.equal(first.code, 0, first.err);
      assert.match(first.err, /mac: Crashpad is not told that they were sent; --state remembers it\n/);
      const report = await reportOf('mac-app');
      assert.ok(report.attachments.some(({ sha256: hash }) => hash === sha256('hello')));
      const second = await send(dir, [mac, '--url', server.submitUrl]);
      assert.match(second.out, /sent before/);
    }));

  test('of Windows has those reports sent that its metadata do not call completed', () =>
    inFolder(async (dir) => {
      const windows = path.join(dir, 'windows');
      mkdirSync(path.join(windows, 'reports'), { recursive: true });
      const names = [`${uuid}.dmp`, `${uuid.replace(/^./, 'f')}.dmp`];
      for (const [index, name] of names.entries())
        put(path.join(windows, 'reports'), name, crashpadDump({ prod: `windows-app-${index}` }));
      put(
        windows,
        'metadata',
        windowsMetadata(names.map((name, index) => ({ name, state: index === 0 ? 2 : 0 }))),
      );
      const { code, err } = await send(dir, [windows, '--url', server.submitUrl]);
      assert.equal(code, 0, err);
      await reportOf('windows-app-1');
      assert.deepEqual(await listReports(server, 'product=windows-app-0'), []);
    }));
});

describe('the annotations beside a dump', () => {
  for (const [what, beside, content, expected] of [
    [
      'Jami, as its server names it',
      'x.dmp.info',
      '{"client_sha":"a1","platform":"P"}',
      { client_sha: 'a1', platform: 'P' },
    ],
    ['Jami', 'x.info', '{"client_sha":"a1"}', { client_sha: 'a1' }],
    ['a JSON object', 'x.json', '{"channel":"beta"}', { channel: 'beta' }],
    ['lines', 'x.meta', 'channel=beta\nnote=one\\ntwo\n', { channel: 'beta', note: 'one\ntwo' }],
  ] as const)
    test(`of ${what} are sent with it`, () =>
      inFolder(async (dir) => {
        const product = `beside-${beside.replaceAll('.', '-')}-app`;
        const folder = path.join(dir, 'reports');
        mkdirSync(folder);
        const file = put(folder, 'x.dmp', plainDump(50 + product.length));
        put(folder, beside, content);
        // The folder gives the dump once, and what lies beside it is no report of its own.
        for (const given of [file, folder]) {
          const { code, err, out } = await send(dir, [given, '-p', product, '--url', server.submitUrl]);
          assert.equal(code, 0, err + out);
        }
        assert.deepEqual(annotations(await reportOf(product)), { ...expected, prod: product });
      }));

  test('of an older Firefox are lines, and its folder gives dumps of other processes and the memory', () =>
    inFolder(async (dir) => {
      const pending = path.join(dir, 'Crash Reports', 'pending');
      mkdirSync(pending, { recursive: true });
      const id = '0bba929f-8721-460c-dead-a43c95d0f3d2';
      put(pending, `${id}.dmp`, plainDump(210));
      put(pending, `${id}-browser.dmp`, plainDump(220));
      put(
        pending,
        `${id}.extra`,
        'ProductName=old-fox\nVersion=60.0\nNotes=a\\tb\nadditional_minidumps=browser\n',
      );
      put(pending, `${id}.memory.json.gz`, Buffer.from([0x1f, 0x8b]));
      const { code, err, out } = await send(dir, [path.dirname(pending), '--url', server.submitUrl]);
      assert.equal(code, 0, err + out);
      const report = await reportOf('old-fox');
      assert.equal(annotations(report)['Notes'], 'a\tb');
      assert.deepEqual(
        new Set(report.attachments.map(({ name }) => name)),
        new Set(['upload_file_minidump', 'upload_file_minidump_browser', 'memory_report']),
      );
    }));
});

describe('a report of the system', () => {
  /** The one bug title of a product. */
  const titleOf = async (product: string): Promise<string> => {
    const { crashId } = await reportOf(product);
    for (let tries = 0; tries < 200; tries += 1) {
      const answer = await api(server, `/api/reports/${crashId}/processed`);
      const text = await answer.text();
      const { processed } = (answer.status === 200 ? JSON.parse(text) : {}) as {
        readonly processed?: { readonly crashes: readonly { readonly signature: string }[] };
      };
      const title = processed?.crashes[0]?.signature;
      if (title !== undefined) return title;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return 'not processed';
  };

  test('of ABRT is sent with its stack, product and version', () =>
    inFolder(async (dir) => {
      const problem = path.join(dir, 'abrt', 'ccpp-2026-11-30-07:00:00-42');
      mkdirSync(problem, { recursive: true });
      const frames = [
        ['raise', '/lib64/libc.so.6'],
        ['shop_till_open', '/usr/bin/till'],
        ['main', '/usr/bin/till'],
      ].map(([function_name, file_name], index) => ({
        address: 4096 + index,
        build_id: '0123456789abcdef',
        build_id_offset: 16 + index,
        function_name,
        file_name,
      }));
      for (const [name, content] of [
        ['type', 'CCpp'],
        ['time', '1790000000'],
        ['reason', 'till killed by SIGABRT'],
        ['pkg_name', 'abrt-till'],
        ['pkg_version', '1.2'],
        ['core_backtrace', JSON.stringify({ signal: 6, stacktrace: [{ crash_thread: true, frames }] })],
      ] as const)
        put(problem, name, content);
      const { code, err, out } = await send(dir, [path.dirname(problem), '--url', server.submitUrl]);
      assert.equal(code, 0, err + out);
      assert.equal((await reportOf('abrt-till')).version, 'v1.2');
      assert.equal(await titleOf('abrt-till'), 'SIGABRT: shop_till_open');
    }));

  test('of apport is sent with its traceback', () =>
    inFolder(async (dir) => {
      const file = put(
        dir,
        '_usr_bin_till.1000.crash',
        'ProblemType: Crash\nDate: Mon Nov 30 07:00:00 2026\nExecutablePath: /usr/bin/till\nPackage: apport-till 1.2-3\nCoreDump: base64\n H4sICAAAAAAC/0NvcmVEdW1wAA==\n AAAA\nTraceback:\n Traceback (most recent call last):\n   File "/usr/bin/till.py", line 3, in open_till\n     x\n KeyError: 1\n',
      );
      const { code, err, out } = await send(dir, [file, '--url', server.submitUrl]);
      assert.equal(code, 0, err + out);
      assert.equal(await titleOf('apport-till'), 'KeyError: till.open_till');
    }));

  test('of systemd-coredump, of Apple or of a debugger is a text like any other', () =>
    inFolder(async (dir) => {
      for (const [product, name, text, title] of [
        [
          'coredumpctl-till',
          'info.txt',
          '           PID: 42 (till)\n        Signal: 11 (SEGV)\n       Message: Process 42 (till) of user 1000 dumped core.\n                Stack trace of thread 42:\n                #0  0x00007f2b8a3c4d5e n/a (libc.so.6 + 0x3d5e)\n                #1  0x000055d0c8a01139 shop_till_open (till + 0x1139)\n                #2  0x000055d0c8a01150 main (till + 0x1150)\n',
          'SIGSEGV: shop_till_open',
        ],
        [
          'ips-till',
          'Till-2026-11-30-070000.ips',
          `{"app_name":"Till","app_version":"1.2"}\n${JSON.stringify({ procName: 'Till', exception: { type: 'EXC_BAD_ACCESS', signal: 'SIGSEGV' }, faultingThread: 0, threads: [{ triggered: true, frames: [{ imageOffset: 4096, symbol: 'Till.open()', imageIndex: 0 }] }], usedImages: [{ name: 'Till', base: 4294967296, uuid: '01234567-89ab-cdef-0123-456789abcdef' }] })}\n`,
          'EXC_BAD_ACCESS: Till.open',
        ],
      ] as const) {
        const { code, err, out } = await send(dir, [
          put(dir, name, text),
          '-p',
          product,
          '--url',
          server.submitUrl,
        ]);
        assert.equal(code, 0, err + out);
        assert.equal(await titleOf(product), title);
      }
    }));

  test('that is a core file is named as such', () =>
    inFolder(async (dir) => {
      const name = 'core.till.1000.0123456789abcdef0123456789abcdef.42.1790000000000000.zst';
      const { code, err } = await send(dir, [put(dir, name, 'x'), '-p', 'till', '--url', server.submitUrl]);
      assert.equal(code, 2);
      assert.match(err, /is a core file of systemd-coredump: send what "coredumpctl info PID" prints/);
    }));
});

describe('bad input', () => {
  test('is one sentence each, exit code 2, and nothing is sent', () =>
    inFolder(async (dir) => {
      const good = put(dir, 'good.dmp', crashpadDump({ prod: 'half-app' }));
      const db = path.join(dir, 'db');
      fakeDatabase(db, [{ uuid: '11111111-2222-3333-4444-555555555555', annotations: { prod: 'half-app' } }]);
      writeFileSync(path.join(db, 'pending', '11111111-2222-3333-4444-555555555555.meta'), 'short');
      mkdirSync(path.join(dir, 'empty'));
      const info = put(dir, 'paired.dmp', plainDump());
      put(dir, 'paired.info', '{"client_sha": ');
      for (const [file, sentence] of [
        [path.join(dir, 'absent'), /absent is not there/],
        [put(dir, 'nothing.dmp', ''), /nothing\.dmp is empty/],
        [put(dir, 'short.dmp', 'MDMP'), /short\.dmp: the file ends after 4 bytes/],
        [
          put(dir, 'zip.dmp', Buffer.from([0x1f, 0x8b, 8, 0])),
          /zip\.dmp is gzip-compressed; decompress it first/,
        ],
        [put(dir, 'core', Buffer.from('\u007fELF\u0002')), /core is an ELF file/],
        [put(dir, 'silent.dmp', plainDump()), /silent\.dmp says nothing of its product: give --product/],
        [put(dir, 'notes.txt', 'all is well\n'), /notes\.txt is a text without a crash in it/],
        [put(dir, 'go.txt', 'panic: x\n'), /go\.txt has no line "Panic at".* give --product/],
        [put(dir, 'broken.json', '[{"a": '), /broken\.json looks like JSON and is none/],
        [put(dir, 'other.json', '{"a": 1}'), /other\.json is JSON, but neither/],
        [
          put(dir, 'kit.json', '[{"exceptions": []}]'),
          /kit\.json is a CrashKit payload, which needs --product/,
        ],
        [info, /paired\.info, the annotations of .*paired\.dmp, looks like JSON and is none/],
        [path.join(dir, 'empty'), /empty holds nothing that can be sent/],
        [db, /5555\.dmp has no metadata beside it that can be read/],
      ] as const) {
        const { code, err, out } = await send(dir, [good, file, '--url', server.submitUrl]);
        assert.equal(code, 2, `${file}: ${out}${err}`);
        assert.match(err, sentence);
        assert.match(err, /nothing was sent\n$/);
      }
      for (const [args, sentence] of [
        [[good], /Name the server with --url/],
        [[good, '--url', 'nowhere'], /--url "nowhere" is not an http or https URL/],
        [['--url', server.submitUrl], /Name at least one file/],
        [
          [good, '--url', server.submitUrl, '-a', 'novalue'],
          /--annotation "novalue" is not of the form NAME=VALUE/,
        ],
        [
          [good, '--url', server.submitUrl, '--attachment', `log=${dir}/absent`],
          /the attachment .*absent is not there/,
        ],
        [
          [good, '--url', server.submitUrl, '--json', `${dir}/absent`],
          /absent, the annotations of --json, is not there/,
        ],
        [[good, '--url', server.submitUrl, '--retries', 'x'], /--retries "x" is not a whole number/],
        [[good, '--url', server.submitUrl, '--state', dir], /--state .* cannot be read: it is a folder/],
      ] as const) {
        const { code, err } = await send(dir, args);
        assert.equal(code, 2);
        assert.match(err, sentence);
      }
      assert.deepEqual(await listReports(server, 'product=half-app'), []);
    }));
});
