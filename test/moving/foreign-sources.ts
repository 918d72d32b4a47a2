// Builders of what other programs keep, by the layouts that their own code writes (each is named where it is built).
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import Sqlite from 'better-sqlite3';
import { demoMinidump } from '../../src/client/demo/demo-minidump.ts';
import { writeCrashpadMeta } from '../../src/client/uploader/crashpad-meta.ts';
import { crashpadDump } from '../../system/client/reports.ts';

export const MARCH = Date.UTC(2026, 2, 14, 12);

/** Dumps that differ, and are no two the same. */
export function dump(number: number): Buffer {
  return Buffer.from(demoMinidump(MARCH + number * 1000));
}

async function put(file: string, bytes: string | Uint8Array, at = MARCH): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, bytes);
  await utimes(file, at / 1000, at / 1000);
}

/** What a report has to be once it is taken in. */
export interface Expected {
  readonly receivedAt: number;
  readonly product: string;
  readonly version: string | null;
  readonly dump: Buffer | null;
  readonly crashId?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

type Built = Promise<readonly Expected[]>;

/** `crashpad_submit_server.py` of jami-client-qt: the dump under the client's file name, `request.form` as `.info`. */
export async function jami(dir: string): Built {
  const expected: Expected[] = [];
  for (const number of [0, 1, 2]) {
    const name = `0000000${number}-1111-4222-8333-444444444444.dmp`;
    const info = {
      build_id: '202410021437',
      client_sha: '77149ebd62',
      guid: `50c4218a-bcb9-48a9-8093-a06e6435cd6${number}`,
      jamicore_sha: 'cbf8f0af6',
      platform: 'Ubuntu 22.04.4 LTS_x86_64',
    };
    const receivedAt = MARCH + number * 60_000;
    await put(path.join(dir, name), dump(number), receivedAt);
    await put(path.join(dir, `${name}.info`), JSON.stringify(info, null, 4));
    const platform = info.platform;
    expected.push({
      receivedAt,
      product: 'default',
      version: null,
      dump: dump(number),
      annotations: { platform },
    });
  }
  return expected;
}

/** Tables as Sequelize makes them of the models in simple-breakpad-server's `src/model/`, with a custom field and file. */
export async function simpleBreakpad(dir: string): Built {
  await mkdir(dir, { recursive: true });
  const database = new Sqlite(path.join(dir, 'database.sqlite'));
  database.exec(`
    CREATE TABLE \`crashreports\` (\`id\` INTEGER PRIMARY KEY AUTOINCREMENT, \`product\` VARCHAR(255), \`version\` VARCHAR(255),
      \`upload_file_minidump\` BLOB, \`comment\` VARCHAR(255), \`log\` BLOB, \`createdAt\` DATETIME NOT NULL, \`updatedAt\` DATETIME NOT NULL);
    CREATE TABLE \`symfiles\` (\`id\` INTEGER PRIMARY KEY AUTOINCREMENT, \`os\` VARCHAR(255), \`name\` VARCHAR(255), \`code\` VARCHAR(255),
      \`arch\` VARCHAR(255), \`contents\` TEXT, \`createdAt\` DATETIME NOT NULL, \`updatedAt\` DATETIME NOT NULL,
      UNIQUE (os, name, code, arch));`);
  const insert = database.prepare('INSERT INTO crashreports VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  const expected: Expected[] = [];
  for (const number of [1, 2, 3]) {
    const receivedAt = MARCH + number * 3_600_000 + 140;
    const written = new Date(receivedAt).toISOString().replace('T', ' ').replace('Z', ' +00:00');
    insert.run(
      number,
      'App',
      `1.${number}`,
      dump(number),
      `it "broke"\r\n`,
      Buffer.from(`log ${number}`),
      written,
      written,
    );
    expected.push({
      receivedAt,
      product: 'App',
      version: `1.${number}`,
      dump: dump(number),
      annotations: { comment: `it "broke"\r\n` },
    });
  }
  const now = '2026-03-14 12:00:00.000 +00:00';
  database
    .prepare('INSERT INTO symfiles VALUES (1, ?, ?, ?, ?, ?, ?, ?)')
    .run('Linux', 'app', SYMBOL_ID, 'x86_64', SYMBOL_TEXT, now, now);
  database.close();
  return expected;
}

export const SYMBOL_ID = '0123456789ABCDEF0123456789ABCDEF0';
export const SYMBOL_TEXT = `MODULE Linux x86_64 ${SYMBOL_ID} app\nFILE 0 a.c\nFUNC 1000 10 0 main\n1000 10 1 0\n`;

/** node-dirty's log with mini-breakpad-server's records; one was written twice, one deleted, and the last line was cut short. */
export async function miniBreakpad(dir: string): Built {
  const lines: string[] = [];
  const expected: Expected[] = [];
  for (const number of [1, 2]) {
    const id = `0000000${number}-1111-4222-8333-44444444444${number}`;
    const time = MARCH + number * 1000;
    const record = (ver: string) => ({
      key: id,
      val: {
        time,
        path: '/tmp/x',
        sender: { ua: 'Breakpad/1.0', ip: '192.0.2.1' },
        fields: { prod: 'Atom', ver },
      },
    });
    lines.push(JSON.stringify(record('0.0')), JSON.stringify(record('0.9')));
    await put(path.join(dir, 'pool/files/minidump', id), dump(number));
    expected.push({ receivedAt: time, product: 'Atom', version: '0.9', dump: dump(number) });
  }
  lines.push('{"key":"deleted","val":{"time":1,"fields":{}}}', '{"key":"deleted"}', '{"key":"cut');
  await put(path.join(dir, 'pool/database/dirty/db'), lines.join('\n'));
  await put(path.join(dir, `pool/symbols/app/${SYMBOL_ID}/app.sym`), SYMBOL_TEXT);
  return expected;
}

/** `FSPermanentStorage` of socorro/external/fs/crashstorage.py. */
export async function socorroFiles(dir: string): Built {
  const id = '0bba929f-8721-460c-dead-a43c20260314';
  const other = '1bba929f-8721-460c-dead-a43c21260314';
  const at = (one: string) => path.join(dir, '20260314', 'name', one.slice(0, 2), one.slice(2, 4), one);
  const raw = (ver: string) => ({
    ProductName: 'Firefox',
    Version: ver,
    version: 2,
    uuid: id,
    submitted_timestamp: '2026-03-14T13:14:15.5+00:00',
    metadata: { collector_notes: [], dump_checksums: {}, payload: 'multipart' },
    Vendor: 'Mozilla',
    TelemetryEnvironment: '{"a":1}',
  });
  await put(`${at(id)}.json`, JSON.stringify(raw('120.0')));
  await put(`${at(id)}.dump`, dump(1));
  await put(`${at(id)}.browser.dump`, dump(2));
  await put(`${at(id)}.jsonz`, 'a processed crash');
  await put(
    `${at(other)}.json`,
    JSON.stringify({ ...raw('121.0'), uuid: other, submitted_timestamp: undefined }),
  );
  return [
    {
      crashId: id,
      receivedAt: Date.parse('2026-03-14T13:14:15.5Z'),
      product: 'Firefox',
      version: '120.0',
      dump: dump(1),
      annotations: { Vendor: 'Mozilla', TelemetryEnvironment: '{"a":1}' },
    },
    { crashId: other, receivedAt: Date.UTC(2026, 2, 14), product: 'Firefox', version: '121.0', dump: null },
  ];
}

/** `FSCrashStorage` of antenna/ext/fs/crashstorage.py. */
export async function socorroCollector(dir: string): Built {
  const [id, bare] = ['3bba929f-8721-460c-8ead-a43c20260314', '4bba929f-8721-460c-8ead-a43c20260314'];
  const day = path.join(dir, '20260314');
  const raw = (version: string) => ({
    ProductName: 'Fenix',
    Version: version,
    submitted_timestamp: '2026-03-14T10:00:00Z',
    metadata: { payload: 'multipart' },
  });
  await put(path.join(day, `raw_crash/${id}.json`), JSON.stringify(raw('10')));
  await put(
    path.join(day, `dump_names/${id}.json`),
    JSON.stringify(['memory_report', 'upload_file_minidump']),
  );
  await put(path.join(day, `upload_file_minidump/${id}`), dump(8));
  await put(path.join(day, `memory_report/${id}`), 'what it used');
  await put(path.join(day, `raw_crash/${bare}.json`), JSON.stringify(raw('11')));
  await put(path.join(day, `dump_names/${bare}.json`), '[]');
  const receivedAt = Date.UTC(2026, 2, 14, 10);
  return [
    { crashId: id ?? '', receivedAt, product: 'Fenix', version: '10', dump: dump(8) },
    { crashId: bare ?? '', receivedAt, product: 'Fenix', version: '11', dump: null },
  ];
}

/** A copy of the bucket that Socorro's collector writes (`v1/raw_crash/…`, `v1/dump_names/…`, `v1/dump/…`). */
export async function socorroBucket(dir: string): Built {
  const id = '2bba929f-8721-460c-dead-a43c20260314';
  const raw = { ProductName: 'Fenix', Version: '9', submitted_timestamp: '2026-03-14T10:00:00Z' };
  await put(path.join(dir, `v1/raw_crash/20260314/${id}`), JSON.stringify(raw));
  await put(
    path.join(dir, `v1/dump_names/${id}`),
    JSON.stringify(['upload_file_minidump', 'upload_file_minidump_content']),
  );
  await put(path.join(dir, `v1/dump/${id}`), dump(5));
  await put(path.join(dir, `v1/upload_file_minidump_content/${id}`), dump(6));
  return [
    { crashId: id, receivedAt: Date.UTC(2026, 2, 14, 10), product: 'Fenix', version: '9', dump: dump(5) },
  ];
}

const UUIDS = [1, 2, 3].map((number) => `a000000${number}-1111-4222-8333-444444444444`);
const annotated = (number: number): Buffer => crashpadDump({ prod: 'Player', ver: `2.${number}` }, number);

/** crashpad's client/crash_report_database_generic.cc. */
export async function crashpadLinux(dir: string): Built {
  const expected: Expected[] = [];
  await mkdir(path.join(dir, 'new'), { recursive: true });
  for (const [index, state] of (['pending', 'completed'] as const).entries()) {
    const id = UUIDS[index] ?? '';
    const created = MARCH / 1000 + index * 60;
    const meta = { attempts: 0, lastAttempt: 0, created, uploaded: false, uploadRequested: false, id: '' };
    await put(path.join(dir, state, `${id}.dmp`), annotated(index));
    await put(path.join(dir, state, `${id}.meta`), writeCrashpadMeta(meta));
    expected.push({
      receivedAt: created * 1000,
      product: 'Player',
      version: `2.${index}`,
      dump: annotated(index),
    });
  }
  await put(path.join(dir, 'attachments', UUIDS[0] ?? '', 'log.txt'), 'what it wrote');
  await put(path.join(dir, 'settings.dat'), Buffer.alloc(40));
  return expected;
}

/** crashpad's client/crash_report_database_mac.mm: the same folders, without `.meta`. */
export async function crashpadMac(dir: string): Built {
  await mkdir(path.join(dir, 'new'), { recursive: true });
  await mkdir(path.join(dir, 'pending'), { recursive: true });
  await put(path.join(dir, 'completed', `${UUIDS[0]}.dmp`), annotated(7), MARCH + 5000);
  return [{ receivedAt: MARCH + 5000, product: 'Player', version: '2.7', dump: annotated(7) }];
}

/** crashpad's client/crash_report_database_win.cc. */
export async function crashpadWindows(dir: string): Built {
  const names = [0, 1].map((index) => `${UUIDS[index]}.dmp`);
  const strings = Buffer.from(`${names.join('\0')}\0\0`);
  const head = Buffer.alloc(16);
  head.write('DAPC', 'latin1');
  head.writeUInt32LE(1, 4);
  head.writeUInt32LE(names.length, 8);
  const records = names.map((_name, index) => {
    const record = Buffer.alloc(56);
    record.writeUInt32LE(index * (names[0]?.length ?? 0) + index, 16);
    record.writeUInt32LE(strings.length - 1, 20);
    record.writeBigInt64LE(BigInt(MARCH / 1000 + index), 24);
    record.writeInt32LE(index * 2, 44);
    return record;
  });
  await put(path.join(dir, 'metadata'), Buffer.concat([head, ...records, strings]));
  for (const [index, name] of names.entries())
    await put(path.join(dir, 'reports', name), annotated(index + 10));
  return [0, 1].map((index) => ({
    receivedAt: MARCH + index * 1000,
    product: 'Player',
    version: `2.${index + 10}`,
    dump: annotated(index + 10),
  }));
}

const exception = {
  values: [
    {
      type: 'KeyError',
      value: "'x'",
      stacktrace: { frames: [{ function: 'f', filename: 'a.py', lineno: 3 }] },
    },
  ],
};

/** As SDKs send them, as an export of a table has them, and as Sentry's API shows them. */
export async function sentry(dir: string): Built {
  const event = (id: string) => ({
    event_id: id.repeat(32),
    platform: 'python',
    release: 'web@1.0',
    exception,
  });
  const shown = {
    id: 'c'.repeat(32),
    eventID: 'c'.repeat(32),
    platform: 'python',
    dateCreated: '2026-03-14T11:00:00Z',
    dateReceived: '2026-03-14T11:00:05Z',
    release: { version: '3.0' },
    tags: [{ key: 'environment', value: 'prod' }],
    entries: [
      {
        type: 'exception',
        data: {
          values: [
            {
              type: 'KeyError',
              value: '1',
              stacktrace: { frames: [{ function: 'g', absPath: '/a.py', lineNo: 9 }] },
            },
          ],
        },
      },
    ],
  };
  const lines = [
    { ...event('a'), timestamp: MARCH / 1000 },
    {
      id: 7,
      digested_at: '2026-03-14T12:30:00Z',
      data: JSON.stringify({ ...event('b'), release: 'web@2.0' }),
    },
    shown,
  ];
  await put(
    path.join(dir, 'events.jsonl'),
    `${lines.map((line) => JSON.stringify(line)).join('\n')}\nnonsense\n`,
  );
  return [
    { receivedAt: MARCH, product: 'Web', version: '1.0', dump: null },
    { receivedAt: Date.UTC(2026, 2, 14, 12, 30), product: 'Web', version: '2.0', dump: null },
    { receivedAt: Date.UTC(2026, 2, 14, 11, 0, 5), product: 'Web', version: '3.0', dump: null },
  ];
}

export async function symbolTree(dir: string): Promise<void> {
  await put(path.join(dir, `app/${SYMBOL_ID}/app.sym`), SYMBOL_TEXT);
}
