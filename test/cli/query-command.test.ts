// `mayday query` on a data folder and on a server, and every example of docs/searching.md with what it finds.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { command } from '../../src/cli/commands/query-command.ts';
import { addPerson, addToken, startRunning } from '../reports/support/running.ts';
import type { Running } from '../reports/support/running.ts';
import { crash, fileReport, frame, processed } from '../reports/support/seed-bugs.ts';

const DAY_MS = 86_400_000;
const now = Date.now();

let running: Running;
let token = '';
let firstBug = 0;
const crashIds: string[] = [];

interface Made {
  readonly key: string;
  readonly version: string;
  readonly platform: string;
  readonly uptime: number;
  readonly ago: number;
  readonly values: readonly (readonly [string, string])[];
  readonly reason: string;
  readonly functionName: string;
  readonly message: string;
}

const MADE: readonly Made[] = [
  {
    key: 'total',
    version: '2.1.4',
    platform: 'windows',
    uptime: 30,
    ago: 1,
    values: [
      ['available_memory', String(100 * 2 ** 20)],
      ['channel', 'release'],
      ['oom_size', '4096'],
    ],
    reason: 'SIGILL',
    functionName: 'Alloc::Huge',
    message: 'segfault: bad alloc in total',
  },
  {
    key: 'total',
    version: '2.4.0',
    platform: 'linux',
    uptime: 600,
    ago: 3,
    values: [
      ['available_memory', String(8 * 2 ** 30)],
      ['channel', 'nightly'],
    ],
    reason: 'SIGSEGV',
    functionName: 'paint',
    message: 'segfault elsewhere',
  },
  {
    key: 'cart',
    version: '2.1',
    platform: 'linux',
    uptime: 10,
    ago: 20,
    values: [['channel', 'release']],
    reason: 'SIGSEGV',
    functionName: 'realloc_all',
    message: 'out of luck',
  },
];

before(async () => {
  running = await startRunning();
  token = await addToken(
    running.store,
    await addPerson(running.store, { email: 'w@example.org', role: 'triage', seesProtected: true }),
  );
  for (const one of MADE) {
    const receivedAt = now - one.ago * DAY_MS;
    const made = processed(
      [
        crash({
          key: one.key,
          signature: `shop.${one.key}`,
          reason: one.reason,
          message: one.message,
          day: new Date(receivedAt).toISOString().slice(0, 10),
          exceptions: [
            {
              kind: one.reason,
              message: one.message,
              frames: [frame({ function: one.functionName })],
              omittedFrames: 0,
              data: [],
            },
          ],
          sections: [{ name: 'environment', protected: false, values: one.values }],
        }),
      ],
      { version: one.version, platform: one.platform, uptimeSeconds: one.uptime },
    );
    const { crashId, filed } = await fileReport(running.store, { receivedAt }, made);
    crashIds.push(crashId);
    if (firstBug === 0) firstBug = filed[0]?.bugId ?? 0;
  }
});

after(() => running.stop());

async function run(
  ...args: string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await command.run(args, {
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    env: { CRASH_REPORTS_DIR: running.dir, MAYDAY_TOKEN: token, LOG_LEVEL: 'silent' },
    terminal: false,
  });
  return { code, out: out.join(''), err: err.join('') };
}

/** What each example finds among the crashes above. `bug:#12` and ids stand for those that are there. */
const FOUND: Readonly<Record<string, number>> = {
  'version:2.1.4 platform:windows': 1,
  'version:>=2.1': 3,
  'version:2.1..2.3': 2,
  'uptime:<60': 2,
  'available_memory:..512M': 1,
  'frame:~alloc': 2,
  'frame:/Alloc.*Huge/': 1,
  'platform:windows,linux -channel:nightly': 2,
  'has:oom_size': 1,
  'received:-7d': 2,
  'received:2026-11-01..2026-11-07': 0,
  'bug:#12': 2,
  'installation:#88213': 0,
  'segfault "bad alloc"': 1,
  de1bb258: 1,
  'version:2.1 (uptime:<60 OR reason:SIGILL)': 1,
};

describe('mayday query', () => {
  test('every example of the page finds what it says', async () => {
    const page = readFileSync('docs/searching.md', 'utf8');
    const table = /## By example\n\n([^]*?)\n\n/.exec(page)?.[1] ?? '';
    const examples = table
      .split('\n')
      .slice(2)
      .flatMap((line) =>
        [...(line.split(' | ')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, text]) => text ?? ''),
      );
    assert.deepEqual(examples.toSorted(), Object.keys(FOUND).toSorted(), 'each has an expectation here');
    for (const example of examples) {
      // A week in November is one that lies far before these crashes, whenever this runs.
      const asked = example
        .replace('#12', `#${firstBug}`)
        .replace('de1bb258', (crashIds[0] ?? '').slice(0, 8))
        .replace('2026-11-01..2026-11-07', '2020-11-01..2020-11-07');
      const { code, out, err } = await run(asked, '--format', 'json', '--limit', '0');
      assert.equal(code, 0, `${example}: ${err}`);
      assert.equal((JSON.parse(out) as { crashes: number }).crashes, FOUND[example], example);
    }
  });

  test('a folder and a server give the same table, facets and rows', async () => {
    const asked = [
      'platform:linux',
      '--facets',
      'version',
      '--group',
      'reason,version',
      '--numbers',
      'uptime',
      '--columns',
      'version',
      '--histogram',
      'day',
    ];
    const folder = await run(...asked);
    assert.equal(folder.code, 0, folder.err);
    assert.match(folder.out, /^2 crashes\n/);
    assert.match(folder.out, /version {2}crashes {2}installations\n2\.1 {6}1 {8}0\n2\.4\.0 {4}1 {8}0\n/);
    assert.match(folder.out, /SIGSEGV {2}2/);
    assert.match(folder.out, /\nleast +10\n/);
    const server = await run(...asked, '--url', running.url);
    assert.deepEqual(server, folder);
  });

  test('every row is written as CSV or JSON lines, from a folder and from a server', async () => {
    for (const format of ['csv', 'ndjson']) {
      const folder = await run('', '--format', format, '--columns', 'version', '--sort', 'version');
      assert.equal(folder.code, 0, folder.err);
      const versions = folder.out.match(/2\.[0-9.]+(?="|\r)/g);
      assert.deepEqual(versions, ['2.1', '2.1.4', '2.4.0'], format);
      assert.deepEqual(
        await run('', '--format', format, '--columns', 'version', '--sort', 'version', '--url', running.url),
        folder,
      );
    }
  });

  test('bugs are listed in the order of any column, from a folder and from a server', async () => {
    for (const asked of [
      ['--bugs', '--order=-title'],
      ['platform:linux', '--bugs', '--order', 'versions', '--state', 'open'],
    ]) {
      const folder = await run(...asked);
      assert.equal(folder.code, 0, folder.err);
      assert.match(folder.out, /^bug +crashes +installations +users +versions +platforms +last seen/m);
      assert.deepEqual(await run(...asked, '--url', running.url), folder);
    }
    const { out } = await run('platform:linux', '--bugs', '--order', 'versions');
    assert.match(out, /^2 crashes\n\n/);
    assert.deepEqual(out.match(/(?<= {2})2\.[0-9.]+/g), ['2.4.0', '2.1']);
    assert.equal((await run('--bugs', '--state', 'closed')).out, 'No bug.\n');
    await assert.rejects(run('--order', 'title'), /--order is for --bugs/);
    await assert.rejects(run('--bugs', '--facets', 'version'), /--facets does not go with --bugs/);
    await assert.rejects(run('--bugs', '--format', 'csv'), /table or json/);
    assert.equal((await run('--bugs', '--order', 'colour')).code, 1);
  });

  test('a fault is told with its place, by both', async () => {
    for (const at of [[], ['--url', running.url]]) {
      const { code, err } = await run('platform:linux colour:red', ...at);
      assert.deepEqual([code, err], [1, 'No report has a "colour". (at character 16)\n']);
    }
    await assert.rejects(run('a', 'b'), /as one argument/);
    await assert.rejects(run('--format', 'xml'), /none of table, json, csv, ndjson/);
  });
});
