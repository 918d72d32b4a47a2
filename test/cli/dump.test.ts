import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { UsageError } from '../../src/cli/arguments.ts';
import { command } from '../../src/cli/commands/dump.ts';
import type { DumpBuilder } from '../formats/minidump/builder.ts';
import { dumpOf } from '../formats/minidump/parsed.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'mayday-dump-'));
after(() => rmSync(folder, { recursive: true }));

const BUILD_ID = Array.from({ length: 16 }, (_, index) => index + 1);
const DEBUG_ID = '0403020106050807090A0B0C0D0E0F100';
const SYMBOLS = `MODULE Linux x86_64 ${DEBUG_ID} app\nFUNC 1000 20 0 crash_here\n`;

function file(name: string, bytes: Uint8Array | string): string {
  const where = path.join(folder, name);
  mkdirSync(path.dirname(where), { recursive: true });
  writeFileSync(where, bytes);
  return where;
}

function dump(): DumpBuilder {
  const builder = dumpOf();
  const context = builder.amd64({ rip: 0x40_1000n });
  return builder
    .modules({ base: 0x40_0000n, size: 0x10000, name: '/opt/app', codeView: builder.buildId(...BUILD_ID) })
    .threads({ id: 1, context })
    .exception({ threadId: 1, code: 11, flags: 1, context });
}

async function run(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const io = {
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
    env: {},
    terminal: false,
  };
  return { code: await command.run(args, io), out, err };
}

describe('mayday dump', () => {
  test('prints the crash as text', async () => {
    const { code, out, err } = await run(file('a.dmp', dump().build()));
    assert.deepEqual([code, err], [0, '']);
    assert.match(out, /Crash reason: {2}SIGSEGV \/ SEGV_MAPERR/);
    assert.match(out, / 0 {2}app \+ 0x1000/);
  });

  test('names functions from a tree of symbol files', async () => {
    file(`symbols/app/${DEBUG_ID}/app.sym`, SYMBOLS);
    const { out } = await run(file('a.dmp', dump().build()), '--symbols', path.join(folder, 'symbols'));
    assert.match(out, / 0 {2}app!crash_here \+ 0x0/);
  });

  test('reads gzipped symbol files, and trees with lower-case ids', async () => {
    file(`zipped/app/${DEBUG_ID.toLowerCase()}/app.sym.gz`, gzipSync(SYMBOLS));
    const { out } = await run(file('a.dmp', dump().build()), '--symbols', path.join(folder, 'zipped'));
    assert.match(out, /app!crash_here/);
  });

  test('prints one JSON object for one file', async () => {
    const { out } = await run('--json', file('a.dmp', dump().build()));
    assert.equal(
      (JSON.parse(out) as { crash_info: { type: string } }).crash_info.type,
      'SIGSEGV / SEGV_MAPERR',
    );
  });

  test('prints one line of JSON for each of several files', async () => {
    const one = file('a.dmp', dump().build());
    const { out } = await run('--json', one, one);
    assert.deepEqual(
      out
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { status: string }).status),
      ['OK', 'OK'],
    );
  });

  test('reads a compressed dump like the dump itself', async () => {
    const [plain, packed] = [
      file('plain.dmp', dump().build()),
      file('packed.dmp.gz', gzipSync(dump().build())),
    ];
    const [one, other] = [await run(plain), await run(packed)];
    assert.deepEqual([one.code, other.code], [0, 0]);
    assert.equal(other.out.replaceAll('packed.dmp.gz', 'plain.dmp'), one.out);
  });

  for (const [name, bytes, sentence] of [
    ['an empty file', new Uint8Array(0), /the file is empty/],
    ['a web page', '<!doctype html><title>404</title>', /the file is HTML or XML, not a minidump/],
    [
      'a compressed web page',
      gzipSync(Buffer.from('<!doctype html><title>404</title>')),
      /the file is HTML or XML, not a minidump/,
    ],
    ['a dump cut short', dump().build().subarray(0, 1600), /the file is cut short: its stream directory/],
    [
      'a dump of an unknown CPU',
      dumpOf({ architecture: 0x7777 }).threads().build(),
      /processor that is not known/,
    ],
  ] as const) {
    test(`says what is wrong with ${name}, and fails`, async () => {
      const { code, err } = await run(file('bad.dmp', bytes));
      assert.equal(code, 1);
      assert.match(err, /^mayday dump: .*bad\.dmp: /);
      assert.match(err, sentence);
    });
  }

  test('says that a file cannot be read, and goes on with the others', async () => {
    const { code, out, err } = await run(path.join(folder, 'nowhere.dmp'), file('a.dmp', dump().build()));
    assert.equal(code, 1);
    assert.match(err, /nowhere\.dmp: the file cannot be read/);
    assert.match(out, /==> .*a\.dmp <==/);
  });

  test('says that a folder of symbols is not there, and goes on without it', async () => {
    const nowhere = path.join(folder, 'nowhere');
    const { code, out, err } = await run(file('a.dmp', dump().build()), '--symbols', nowhere);
    assert.deepEqual([code, err], [0, `mayday dump: ${nowhere}: there is no such folder of symbols\n`]);
    assert.match(out, /app \+ 0x1000/);
  });

  test('ends quietly when whoever reads it has read enough', { skip: process.platform === 'win32' }, () => {
    const files = Array.from({ length: 400 }, () => file('a.dmp', dump().build()));
    const { stdout, stderr } = spawnSync(
      'sh',
      ['-c', '"$@" | head -c 10', 'sh', process.execPath, 'bin/mayday.js', 'dump', ...files],
      { encoding: 'utf8' },
    );
    assert.deepEqual([stdout.length, stderr], [10, '']);
  });

  test('refuses to run without a file, or with both formats', async () => {
    await assert.rejects(run(), UsageError);
    await assert.rejects(run('--json', '--text', 'a.dmp'), UsageError);
  });
});
