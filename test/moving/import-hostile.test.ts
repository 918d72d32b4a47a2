// Sources and exports that somebody made to break an import, or that broke by themselves: an item is refused with its code, and the
// others come.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import {
  appendFile,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import Sqlite from 'better-sqlite3';
import { SourceFolder } from '../../src/moving/source-folder.ts';
import { occurrence } from '../process/report-of.ts';
import { NOON, storeReport } from '../store/conformance/report-builder.ts';
import * as sources from './foreign-sources.ts';
import { mayday, reportsOf, withStore, type ImportJson } from './moving-harness.ts';

let root = '';
const dirOf = (name: string): string => path.join(root, name);

before(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'mayday-hostile-'));
});
after(() => rm(root, { recursive: true, force: true }));

/** What `--json` says of an import that refuses some of it. */
async function imported(
  store: string,
  ...args: readonly string[]
): Promise<ImportJson & { readonly from: string }> {
  const { code, out, err } = await mayday(dirOf(store), 'import', ...args, '--json');
  assert.equal(err, '');
  assert.ok(code === 0 || code === 3, out);
  return JSON.parse(out) as ImportJson & { readonly from: string };
}

const counted = ({ refusals }: ImportJson) => refusals.map(({ code, count }) => [code, count]);

describe('a record that is nested more deeply than anything but a parser can follow is refused, and the others come', () => {
  const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;

  test('events of Sentry', async () => {
    const event = (id: string) => `{"event_id":"${id.repeat(32)}","platform":"python","message":"m"`;
    await writeFile(dirOf('deep.jsonl'), `${event('a')},"extra":{"a":${deep}}}\n${event('b')}}\n`);
    const told = await imported('deep sentry', dirOf('deep.jsonl'), '--queue-only');
    assert.deepEqual(counted(told), [['bad_record', 1]]);
    assert.equal(told.kinds['report']?.taken, 1);
  });

  test('fields beside a dump of Jami', async () => {
    const source = dirOf('deep jami');
    await sources.jami(source);
    await writeFile(path.join(source, '00000000-1111-4222-8333-444444444444.dmp.info'), `{"a":${deep}}`);
    const told = await imported('deep jami store', source, '--queue-only');
    assert.deepEqual(counted(told), [['bad_record', 1]]);
    assert.equal(told.kinds['report']?.taken, 2);
  });

  test('raw crashes of Socorro', async () => {
    const source = dirOf('deep socorro');
    await sources.socorroFiles(source);
    const id = '0bba929f-8721-460c-dead-a43c20260314';
    await writeFile(path.join(source, '20260314/name/0b/ba', `${id}.json`), `{"ProductName":${deep}}`);
    const told = await imported('deep socorro store', source, '--queue-only');
    assert.deepEqual(counted(told), [['bad_record', 1]]);
    assert.equal(told.kinds['report']?.taken, 1);
  });

  test('fields of a mini-breakpad-server', async () => {
    const source = dirOf('deep mini');
    await sources.miniBreakpad(source);
    await appendFile(
      path.join(source, 'pool/database/dirty/db'),
      `\n{"key":"00000003-1111-4222-8333-444444444443","val":{"time":${sources.MARCH},"fields":{"a":{"b":${deep}}}}}\n`,
    );
    const told = await imported('deep mini store', source, '--queue-only');
    assert.deepEqual(counted(told), [['bad_record', 1]]);
    assert.equal(told.kinds['report']?.taken, 2);
  });
});

describe('times that no report can have arrived at', () => {
  test('of rows of a simple-breakpad-server: the row is refused', async () => {
    const source = dirOf('far simple');
    await sources.simpleBreakpad(source);
    const database = new Sqlite(path.join(source, 'database.sqlite'));
    database.exec(`UPDATE crashreports SET createdAt = 9e15 WHERE id = 1;
      UPDATE crashreports SET createdAt = '+200000-01-01T00:00:00Z' WHERE id = 2`);
    database.close();
    const told = await imported('far simple store', source, '--queue-only');
    assert.deepEqual(counted(told), [['bad_record', 2]]);
    assert.equal(told.kinds['report']?.taken, 1);
  });

  test('of a raw crash of Socorro: the day in its id counts', async () => {
    const source = dirOf('far socorro');
    const [first] = await sources.socorroFiles(source);
    const file = path.join(source, '20260314/name/0b/ba', `${first?.crashId}.json`);
    const raw = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    await writeFile(
      file,
      JSON.stringify({ ...raw, submitted_timestamp: '+200000-01-01T00:00:00Z', timestamp: 9e10 }),
    );
    assert.deepEqual(counted(await imported('far socorro store', source, '--queue-only')), []);
    const times = (await reportsOf(dirOf('far socorro store'))).map(({ receivedAt }) => receivedAt);
    assert.deepEqual(times, [Date.UTC(2026, 2, 14), Date.UTC(2026, 2, 14)]);
  });

  test('of files before 1970: the report arrived then', async () => {
    const source = dirOf('old jami');
    await sources.jami(source);
    const before1970 = new Date(-5_000_000);
    await utimes(path.join(source, '00000000-1111-4222-8333-444444444444.dmp'), before1970, before1970);
    const told = await imported('old jami store', source, '--queue-only');
    assert.equal(told.kinds['report']?.taken, 3);
    const times = (await reportsOf(dirOf('old jami store'))).map(({ receivedAt }) => receivedAt);
    assert.equal(Math.min(...times), 0);
  });
});

test('lines of an export that are no objects are refused, and the bugs of the others come', async () => {
  await withStore(dirOf('old'), (store) =>
    storeReport(store, { protocol: 'crashkit', payloadKind: 'json', receivedAt: NOON }, [
      { name: 'payload.json', kind: 'payload', data: Buffer.from(JSON.stringify([occurrence()])) },
    ]),
  );
  const target = dirOf('lines');
  assert.equal((await mayday(dirOf('old'), 'export', target, '--quiet')).code, 0);
  // A bug, so that the import looks for its reports.
  await writeFile(path.join(target, 'bug-000001.jsonl'), '{"record":"bug","id":"none"}\n');
  const part = path.join(target, 'report-000001.jsonl');
  await writeFile(part, `null\n7\n"text"\nno JSON\n[]\n${await readFile(part, 'utf8')}`);
  await describeAnew(target, ['report', 'bug']);
  const told = await imported('lines store', target);
  assert.deepEqual(counted(told), [['bad_record', 6]]);
  assert.equal(told.kinds['report']?.taken, 1);
});

/** Makes the manifest say what the first parts of these kinds are. */
async function describeAnew(target: string, kinds: readonly string[]): Promise<void> {
  const file = path.join(target, 'mayday-export.json');
  const manifest = JSON.parse(await readFile(file, 'utf8')) as { parts: { readonly kind: string }[] };
  manifest.parts = manifest.parts.filter(({ kind }) => !kinds.includes(kind));
  for (const kind of kinds) {
    const name = `${kind}-000001.jsonl`;
    const bytes = await readFile(path.join(target, name));
    const records = bytes.toString().split('\n').length - 1;
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    manifest.parts.push(Object.assign({ kind }, { file: name, records, bytes: bytes.length, sha256 }));
  }
  await writeFile(file, JSON.stringify(manifest));
}

test('symbols of a server that cuts the connection are refused as unreadable, and the import comes to its end', async () => {
  await sources.jami(dirOf('jami'));
  await imported('cut', dirOf('jami'));
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(200, { 'content-length': '1000000' });
    response.write(sources.SYMBOL_TEXT, () => response.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const told = await imported('cut', url);
    assert.ok(asked.length > 0, 'some are lacking');
    assert.deepEqual(counted(told), [['unreadable', asked.length]]);
    assert.match(told.refusals[0]?.examples[0] ?? '', /the server stopped in the middle/);
  } finally {
    server.close();
  }
});

test('whether a name is in a folder is asked of that name alone, and no link is followed', async (context) => {
  const at = dirOf('names');
  await mkdir(path.join(at, 'inside'), { recursive: true });
  await writeFile(path.join(at, 'inside/file'), '');
  await symlink(path.join(at, 'nowhere'), path.join(at, 'inside/link'));
  await symlink(path.join(at, 'inside'), path.join(at, 'door'));
  const folder = await SourceFolder.open(at);
  const listed = context.mock.method(fs.promises, 'opendir');
  syncBuiltinESMExports();
  try {
    const asked = [
      'inside',
      'inside/file',
      'inside/link',
      'door',
      'inside/none',
      'door/file',
      '..',
      'inside/..',
      'a/b',
    ];
    const answers = await Promise.all(asked.map((name) => folder.has(name)));
    assert.deepEqual(answers, [true, true, true, true, false, false, false, false, false]);
    assert.equal(listed.mock.callCount(), 0);
    await folder.names();
    assert.equal(listed.mock.callCount(), 1, 'listing is seen by this test');
  } finally {
    listed.mock.restore();
    syncBuiltinESMExports();
  }
});

describe('a link where one source looks for its own file', () => {
  test('as database.sqlite hides no Crashpad database', async () => {
    const source = dirOf('linked database');
    await sources.crashpadLinux(source);
    await symlink('/etc/hostname', path.join(source, 'database.sqlite'));
    assert.equal((await imported('linked database store', source, '--queue-only')).from, 'crashpad');
  });

  test('as a .json file hides no folder of symbols, nor events beside it', async () => {
    const source = dirOf('linked json');
    await sources.symbolTree(source);
    await symlink('/etc/hostname', path.join(source, 'a.json'));
    assert.equal((await imported('linked json store', source)).from, 'symbols');
    const events = dirOf('linked events');
    await sources.sentry(events);
    await symlink('/etc/hostname', path.join(events, 'a.json'));
    const told = await imported('linked events store', events, '--product', 'Web', '--queue-only');
    assert.equal(told.from, 'sentry');
    assert.equal(told.kinds['report']?.taken, 3);
  });

  test('as the database that was asked for is told in a sentence', async () => {
    const source = dirOf('asked database');
    await sources.simpleBreakpad(source);
    await rename(path.join(source, 'database.sqlite'), dirOf('moved.sqlite'));
    await symlink(dirOf('moved.sqlite'), path.join(source, 'database.sqlite'));
    const { code, err } = await mayday(
      dirOf('asked store'),
      'import',
      source,
      '--from',
      'simple-breakpad-server',
    );
    assert.equal(code, 1);
    assert.match(err, /database\.sqlite is a link/);
  });
});
