// What other crash report servers and clients keep, taken in: every report with its bytes and its time, once.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import * as sources from './foreign-sources.ts';
import { mayday, reportsOf, withStore, type ImportJson } from './moving-harness.ts';

let root = '';
const dirOf = (name: string): string => path.join(root, name);

before(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'mayday-foreign-'));
});
after(() => rm(root, { recursive: true, force: true }));

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Names and contents of everything in a folder. */
async function picture(dir: string): Promise<readonly string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  return Promise.all(files.sort().map(async (file) => `${file} ${sha256(await readFile(file))}`));
}

interface Case {
  readonly title: string;
  readonly from: string;
  readonly build: (dir: string) => Promise<readonly sources.Expected[]>;
  readonly args?: readonly string[];
  /** Of the kind `symbols`. */
  readonly symbols?: number;
  readonly refused?: number;
}

const CASES: readonly Case[] = [
  { title: 'a Jami folder', from: 'jami', build: sources.jami },
  {
    title: 'a simple-breakpad-server',
    from: 'simple-breakpad-server',
    build: sources.simpleBreakpad,
    symbols: 1,
  },
  { title: 'a mini-breakpad-server', from: 'mini-breakpad-server', build: sources.miniBreakpad, symbols: 1 },
  { title: 'a file tree of Socorro', from: 'socorro', build: sources.socorroFiles },
  { title: 'the folder of Socorro’s collector', from: 'socorro', build: sources.socorroCollector },
  { title: 'a copy of Socorro’s bucket', from: 'socorro', build: sources.socorroBucket },
  { title: 'a Crashpad database of Linux', from: 'crashpad', build: sources.crashpadLinux },
  { title: 'a Crashpad database of macOS', from: 'crashpad', build: sources.crashpadMac },
  { title: 'a Crashpad database of Windows', from: 'crashpad', build: sources.crashpadWindows },
  {
    title: 'events of Sentry',
    from: 'sentry',
    build: sources.sentry,
    args: ['--product', 'Web'],
    refused: 1,
  },
];

describe('mayday import of what others keep', () => {
  for (const { title, from, build, args = [], symbols = 0, refused = 0 } of CASES) {
    test(`${title} is known, comes with every byte and its times, and comes once`, async () => {
      const [source, store] = [dirOf(`source ${title}`), dirOf(`store ${title}`)];
      const expected = await build(source);
      const before = await picture(source);
      const dry = await mayday(store, 'import', source, ...args, '--dry-run', '--json');
      assert.deepEqual(await reportsOf(store), []);
      const first = await mayday(store, 'import', source, ...args, '--json');
      assert.equal(first.err, '');
      const told = JSON.parse(first.out) as ImportJson & { readonly from: string };
      assert.equal(told.from, from);
      assert.equal(first.code, refused === 0 ? 0 : 3, first.out);
      assert.equal(told.kinds['report']?.taken, expected.length, first.out);
      assert.equal(told.kinds['report']?.refused ?? 0, refused);
      assert.equal(told.kinds['symbols']?.taken ?? 0, symbols);
      assert.deepEqual((JSON.parse(dry.out) as ImportJson).kinds, told.kinds, 'the dry run said the same');
      const reports = await reportsOf(store);
      assert.equal(reports.length, expected.length);
      for (const one of expected) {
        const report = reports.find(
          ({ receivedAt, version }) => receivedAt === one.receivedAt && version === one.version,
        );
        assert.ok(
          report,
          `${one.version} of ${one.receivedAt}: ${JSON.stringify(reports.map((r) => [r.receivedAt, r.version]))}`,
        );
        assert.equal(report.product, one.product);
        if (one.crashId !== undefined) assert.equal(report.crashId, one.crashId);
        const dump = report.attachments.find(({ name }) => name === 'upload_file_minidump');
        assert.equal(dump?.sha256 ?? null, one.dump === null ? null : sha256(one.dump));
        const values = Object.fromEntries(report.annotations.map(({ key, value }) => [key, value]));
        for (const [key, value] of Object.entries(one.annotations ?? {})) assert.equal(values[key], value);
      }
      await withStore(store, async ({ queue }) => {
        const { queued, leased } = await queue.counts();
        assert.equal(queued + leased, 0, 'they are processed');
      });
      const second = JSON.parse((await mayday(store, 'import', source, ...args, '--json')).out) as ImportJson;
      assert.equal(second.kinds['report']?.taken, 0);
      assert.equal(second.kinds['report']?.present, expected.length);
      assert.equal(second.kinds['symbols']?.taken ?? 0, 0);
      assert.deepEqual(await reportsOf(store), reports);
      assert.deepEqual(await picture(source), before, 'nothing in the source was changed');
    });
  }

  test('further files of a report come with it', async () => {
    const [simple] = await reportsOf(dirOf('store a simple-breakpad-server'));
    const log = simple?.attachments.findIndex(({ name }) => name === 'log') ?? -1;
    assert.match(Buffer.from(simple?.bytes[log] ?? '', 'base64').toString(), /^log \d$/);
    const crashpad = await reportsOf(dirOf('store a Crashpad database of Linux'));
    assert.ok(crashpad.some(({ attachments }) => attachments.some(({ filename }) => filename === 'log.txt')));
    const socorro = await reportsOf(dirOf('store a file tree of Socorro'));
    assert.ok(socorro.some(({ attachments }) => attachments.some(({ name }) => name === 'browser')));
  });

  test('--product says where everything goes, in any account', async () => {
    const { code } = await mayday(
      dirOf('housed'),
      'import',
      dirOf('source a Jami folder'),
      '--product',
      'band/Jami',
      '--quiet',
    );
    assert.equal(code, 0);
    const reports = await reportsOf(dirOf('housed'));
    assert.deepEqual(
      new Set(reports.map(({ account, product }) => `${account}/${product}`)),
      new Set(['band/Jami']),
    );
  });

  test('a folder of symbols, and a server that gives what reports lack', async () => {
    await sources.symbolTree(dirOf('symbols'));
    const { code, out } = await mayday(dirOf('symbol store'), 'import', dirOf('symbols'), '--json');
    assert.equal(code, 0, out);
    assert.equal((JSON.parse(out) as ImportJson).kinds['symbols']?.taken, 1);
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/symbols`;
      const told = await mayday(dirOf('store a Jami folder'), 'import', url, '--json');
      const { kinds, refusals } = JSON.parse(told.out) as ImportJson;
      assert.ok(asked.length > 0, 'reports lack symbols');
      assert.ok(
        asked.every((one) => /^\/symbols\/[^/]+\/[0-9A-F]+\/[^/]+\.sym$/.test(one)),
        asked.join(' '),
      );
      assert.equal(kinds['symbols']?.refused, asked.length);
      assert.deepEqual(
        refusals.map(({ code: one }) => one),
        ['missing_file'],
      );
    } finally {
      server.close();
    }
  });
});

describe('a source that is not what it should be', () => {
  test('links, also to the outside, are followed nowhere', async () => {
    const source = dirOf('links');
    await mkdir(source);
    await writeFile(dirOf('secret'), 'MDMP secret');
    for (const [name, target] of [
      ['a.dmp', dirOf('secret')],
      ['b.dmp', '/dev/zero'],
      ['c.dmp', path.join(source, 'c.dmp')],
    ] as const) {
      await symlink(target, path.join(source, name));
      await writeFile(path.join(source, `${name}.info`), '{"prod":"App"}');
    }
    const { code, out } = await mayday(dirOf('links store'), 'import', source, '--json');
    assert.equal(code, 3);
    const { refusals } = JSON.parse(out) as ImportJson;
    assert.deepEqual(
      refusals.map((one) => [one.code, one.count]),
      [['not_a_file', 3]],
    );
    assert.deepEqual(await reportsOf(dirOf('links store')), []);
  });

  test('a pool that is a link to another place is none', async () => {
    await mkdir(dirOf('linked pool'));
    await symlink(
      path.join(dirOf('source a mini-breakpad-server'), 'pool'),
      path.join(dirOf('linked pool'), 'pool'),
    );
    const { code, err } = await mayday(dirOf('linked store'), 'import', dirOf('linked pool'));
    assert.equal(code, 1);
    assert.match(err, /nothing that an import knows by itself/);
  });

  const sentences: readonly (readonly [string, (at: string) => Promise<void>, RegExp])[] = [
    [
      'an empty folder',
      async (at) => {
        await mkdir(at);
      },
      /nothing that an import knows/,
    ],
    ['a zip archive', (at) => writeFile(at, 'PK\u0003\u0004…'), /an archive \(zip\); unpack it/],
    [
      'a tar archive',
      (at) =>
        writeFile(at, Buffer.concat([Buffer.alloc(257), Buffer.from('ustar\u000000'), Buffer.alloc(300)])),
      /an archive \(tar\); unpack it/,
    ],
    [
      'a database of another program',
      async (at) => {
        await sources.simpleBreakpad(at);
        const { default: Sqlite } = await import('better-sqlite3');
        new Sqlite(path.join(at, 'database.sqlite')).exec('DROP TABLE crashreports').close();
      },
      /no table "crashreports"/,
    ],
    [
      'a table that is a view',
      async (at) => {
        await sources.simpleBreakpad(at);
        const { default: Sqlite } = await import('better-sqlite3');
        new Sqlite(path.join(at, 'database.sqlite'))
          .exec(
            `ALTER TABLE crashreports RENAME TO others;
             CREATE VIEW crashreports AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id FROM n`,
          )
          .close();
      },
      /no table "crashreports"/,
    ],
    [
      'half a database',
      async (at) => {
        await sources.simpleBreakpad(at);
        await truncate(path.join(at, 'database.sqlite'), 5000);
      },
      /cannot be read/,
    ],
  ];
  for (const [title, build, sentence] of sentences) {
    test(`${title}: one sentence, and nothing is taken in`, async () => {
      const at = dirOf(`bad ${title}`);
      await build(at);
      const store = dirOf(`bad store ${title}`);
      const { code, out, err } = await mayday(store, 'import', at, '--quiet');
      assert.equal(code, 1);
      assert.equal(out, '');
      assert.match(err, sentence);
      assert.equal(err.trim().split('\n').length, 1);
      assert.deepEqual(await reportsOf(store), []);
    });
  }

  test('a format that it is not, and one that nobody knows', async () => {
    const wrong = await mayday(dirOf('x'), 'import', dirOf('source a Jami folder'), '--from', 'mayday');
    assert.equal(wrong.code, 1);
    assert.match(wrong.err, /holds no export/);
    const unknown = await mayday(dirOf('x'), 'import', dirOf('links'), '--from', 'gopher');
    assert.equal(unknown.code, 2);
    assert.match(unknown.err, /--from takes one of mayday, /);
  });

  test('a dump cannot end its part early and bring fields of its own', async () => {
    const source = dirOf('smuggling');
    await mkdir(source);
    const evil = Buffer.from(
      'MDMP\r\n------mayday-import\r\nContent-Disposition: form-data; name="prod"\r\n\r\nEvil\r\n',
    );
    await writeFile(path.join(source, 'a.dmp'), evil);
    await writeFile(path.join(source, 'a.dmp.info'), '{"prod":"Good\\r\\n------mayday-import--"}');
    await mayday(dirOf('smuggled'), 'import', source, '--quiet', '--queue-only');
    const [report] = await reportsOf(dirOf('smuggled'));
    assert.equal(Buffer.from(report?.bytes[0] ?? '', 'base64').compare(evil), 0);
    assert.deepEqual(
      report?.annotations.map(({ key }) => key),
      ['prod'],
    );
  });
});
