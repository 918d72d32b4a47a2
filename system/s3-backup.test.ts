// Backups in a bucket of a real S3 server: whole or none, whatever happens on the way, each content put once, and restored byte for byte.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { listBucketBackups, type Bucket } from '../src/store/embedded/backup/bucket-format.ts';
import type { MadeBackup } from '../src/store/embedded/backup/make-backup.ts';
import {
  makeBucketBackup,
  type BucketBackupSettings,
} from '../src/store/embedded/backup/make-bucket-backup.ts';
import { compareBucketBackup } from '../src/store/embedded/backup/compare-backup.ts';
import { restoreBackup } from '../src/store/embedded/backup/restore-backup.ts';
import { verifyStore } from '../src/store/embedded/backup/verify-store.ts';
import { nodeFiles, type Files } from '../src/store/embedded/disk/files.ts';
import { openEmbeddedStore } from '../src/store/embedded/open.ts';
import { S3Client, type S3Page } from '../src/store/s3/s3-client.ts';
import type { S3Settings } from '../src/store/s3/s3-request.ts';
import type { Store } from '../src/store/store.ts';
import { NOON, someBytes, storeReport } from '../test/store/conformance/report-builder.ts';
import { storeOptions } from '../test/store/embedded/open-store.ts';
import { recount } from '../test/store/faults/recount.ts';
import { NO_S3_SERVER, startS3Server, type S3Fault, type S3TestServer } from './s3-server.ts';

const QUIET = (): void => undefined;
/** In the database, in a pack, in a file of its own, in a file that is put in parts. */
const SIZES = [3000, 100_000, 700_000, 9_000_000];

describe('a backup in a bucket', { skip: NO_S3_SERVER }, () => {
  let server: S3TestServer;
  let root = '';
  let filled = '';
  let buckets = 0;
  let folders = 0;
  let clock = NOON;
  /** By number: their sizes go round. */
  const crashIds: string[] = [];

  before(async () => {
    server = await startS3Server();
    root = mkdtempSync(path.join(tmpdir(), 'mayday-s3-backup-'));
    filled = fresh();
    const store = await openEmbeddedStore(storeOptions(filled, { housekeeping: false }));
    for (let index = 0; index < 8; index += 1) crashIds.push(await put(store, index));
    await store.close();
  });
  after(async () => {
    await server.stop();
    rmSync(root, { recursive: true, force: true });
  });
  beforeEach(() => {
    server.fault = () => null;
  });

  function fresh(): string {
    folders += 1;
    return path.join(root, `folder-${folders}`);
  }

  async function newBucket(): Promise<string> {
    buckets += 1;
    const name = `bucket-${buckets}`;
    await server.makeBucket(name);
    return name;
  }

  function bucketOf(name: string, settings: S3Settings = server.settings): Bucket {
    return { client: new S3Client(name, settings), prefix: 'store/one/', name: `s3://${name}/store/one` };
  }

  async function put(store: Store, index: number): Promise<string> {
    const data = someBytes(SIZES[index % SIZES.length] ?? 0, index + 1);
    return (await storeReport(store, { identity: `identity ${index}` }, [{ name: 'dump', data }])).crashId;
  }

  function backUp(
    dir: string,
    bucket: Bucket,
    options: Partial<BucketBackupSettings> = {},
  ): Promise<MadeBackup> {
    const now = (clock += 1000);
    return makeBucketBackup({
      files: nodeFiles,
      dir,
      bucket,
      now: () => now,
      version: '9.9.9',
      keep: null,
      full: false,
      progress: QUIET,
      ...options,
    });
  }

  async function restored(bucket: Bucket, name: string | null = null): Promise<string> {
    const dir = fresh();
    await restoreBackup({ files: nodeFiles, from: bucket, name, dir, progress: QUIET });
    return dir;
  }

  /** Everything that is wrong with a store: every attachment is read and compared with the sum that it came with. */
  async function wrongWith(dir: string): Promise<readonly string[]> {
    return [...(await verifyStore({ files: nodeFiles, dir, progress: QUIET })).wrong, ...recount(dir)];
  }

  async function reportsIn(dir: string): Promise<number> {
    return (await verifyStore({ files: nodeFiles, dir, progress: QUIET })).reports;
  }

  /** Keys of the contents in a bucket. */
  function partsIn(name: string): readonly string[] {
    return readdirSync(path.join(server.folder(name), 'store/one/parts'), { recursive: true })
      .map(String)
      .filter((each) => /[0-9a-f]{64}$/.test(each))
      .sort();
  }

  test('holds everything, puts each content once, and removes what no backup names any more', async () => {
    const name = await newBucket();
    const bucket = bucketOf(name);
    const dir = fresh();
    cpSync(filled, dir, { recursive: true, preserveTimestamps: true });
    const first = await backUp(dir, bucket);
    assert.equal(first.manifest.reports, 8);
    assert.equal(first.copied, first.manifest.bytes);
    assert.deepEqual((await compareBucketBackup(bucket, null, QUIET)).wrong, []);
    const one = await restored(bucket);
    assert.deepEqual(await wrongWith(one), []);
    assert.equal(await reportsIn(one), 8);
    assert.ok(!existsSync(path.join(dir, 'backup-scratch')));

    const store = await openEmbeddedStore(storeOptions(dir, { housekeeping: false }));
    await put(store, 102);
    for (const index of [3, 7]) assert.ok(await store.reports.deleteReport(crashIds[index] ?? ''));
    await store.close();
    const second = await backUp(dir, bucket);
    assert.ok(second.copied < first.copied / 3, `${second.copied} of ${first.copied}`);
    assert.equal(await reportsIn(await restored(bucket, first.name)), 8);
    const before = partsIn(name);
    const third = await backUp(dir, bucket, { keep: 1 });
    assert.deepEqual(third.removed, [first.name, second.name]);
    assert.deepEqual(
      (await listBucketBackups(bucket)).map((each) => each.name),
      [third.name],
    );
    const left = partsIn(name);
    assert.ok(left.length < before.length);
    assert.deepEqual(await wrongWith(await restored(bucket)), []);
    assert.deepEqual(await bucket.client.text('store/one/lock'), null);
  });

  test('keeps what it has just made, and what the one before needs, where lists lag behind', async () => {
    const name = await newBucket();
    const dir = fresh();
    cpSync(filled, dir, { recursive: true, preserveTimestamps: true });
    /** Shows only the backups that were finished when it was made, and from the second look on not even the newest of these. */
    class Lagging extends S3Client {
      #looks = 0;
      readonly #shown: readonly string[];

      constructor(shown: readonly string[]) {
        super(name, server.settings);
        this.#shown = shown;
      }

      override async *list(prefix: string, delimiter = ''): AsyncGenerator<S3Page> {
        if (delimiter !== '') this.#looks += 1;
        const shown = this.#looks > 1 ? this.#shown.slice(0, -1) : this.#shown;
        for await (const page of super.list(prefix, delimiter))
          yield { ...page, folders: page.folders.filter((each) => shown.includes(each)) };
      }
    }
    const bucket = bucketOf(name);
    await backUp(dir, bucket);
    const store = await openEmbeddedStore(storeOptions(dir, { housekeeping: false }));
    await put(store, 103);
    await store.close();
    const second = await backUp(dir, bucket);
    const shown = (await listBucketBackups(bucket)).map((each) => each.name);
    const third = await backUp(dir, { ...bucket, client: new Lagging(shown) }, { keep: 2 });
    assert.deepEqual(
      (await listBucketBackups(bucket)).map((each) => each.name),
      [second.name, third.name],
    );
    for (const each of [second, third]) {
      assert.deepEqual((await compareBucketBackup(bucket, each.name, QUIET)).wrong, []);
      assert.equal(await reportsIn(await restored(bucket, each.name)), 9);
    }
  });

  test('of a store from which reports go while it is put has every byte that its database names', async () => {
    const bucket = bucketOf(await newBucket());
    const dir = fresh();
    cpSync(filled, dir, { recursive: true });
    const store = await openEmbeddedStore(storeOptions(dir, { housekeeping: false }));
    const packed = [crashIds[1] ?? '', crashIds[5] ?? ''];
    let late = '';
    let copies = 0;
    const files: Files = {
      ...nodeFiles,
      async removeTree(file) {
        await nodeFiles.removeTree(file);
        if (file.endsWith('mayday.db.copying') && late === '') late = await put(store, 1001);
      },
      async rename(from, to) {
        await nodeFiles.rename(from, to);
        if (path.basename(to) !== 'mayday.db') return;
        copies += 1;
        await store.reports.deleteReport(copies === 1 ? late : (packed[0] ?? ''));
        if (copies === 1) await store.reports.deleteReport(packed[1] ?? '');
      },
    };
    const { manifest } = await backUp(dir, bucket, { files });
    await store.close();
    assert.deepEqual([manifest.missing, copies], [[], 2]);
    const copy = await restored(bucket);
    assert.deepEqual(await wrongWith(copy), []);
    assert.equal(await reportsIn(copy), 7, 'the one that went last was there at that moment');
  });

  test('that is killed at any request leaves the older ones whole and no half one, and the next goes on', async () => {
    const counted = bucketOf(await newBucket(), server.faulty);
    const from = server.requests();
    await backUp(filled, counted);
    const calls = server.requests() - from;
    const name = await newBucket();
    await backUp(filled, bucketOf(name));
    // The last ones only give the lock back.
    for (let call = 1; call < calls - 3; call += Math.ceil(calls / 12)) {
      const half = await newBucket();
      const begun = server.requests();
      server.fault = ({ number }) => (number > begun + call ? 'dead' : null);
      const dying = bucketOf(half, { ...server.faulty, attempts: 1 });
      await assert.rejects(() => backUp(filled, dying), /failed/, `request ${call}`);
      server.fault = () => null;
      assert.deepEqual(await listBucketBackups(bucketOf(half)), []);
      await assert.rejects(() => restored(bucketOf(half)), /has no finished backup/);
      const put = new Set(existsSync(path.join(server.folder(half), 'store/one/parts')) ? partsIn(half) : []);
      const next = await backUp(filled, bucketOf(half));
      assert.ok(put.size === 0 || next.copied < next.manifest.bytes, 'what was put is not put again');
      assert.deepEqual((await compareBucketBackup(bucketOf(half), null, QUIET)).wrong, []);
    }
  });

  test('gets through a bad network, and so does its restore', async () => {
    const bucket = bucketOf(await newBucket(), server.faulty);
    const faults: readonly S3Fault[] = ['500', 'dead', 'lost', 'cut'];
    server.fault = ({ number }) => (number % 3 === 0 ? (faults[(number / 3) % faults.length] ?? null) : null);
    await backUp(filled, bucket);
    assert.deepEqual((await compareBucketBackup(bucket, null, QUIET)).wrong, []);
    assert.deepEqual(await wrongWith(await restored(bucket)), []);
  });

  test('is restored as if nothing had been begun where that was cut short', async () => {
    const name = await newBucket();
    await backUp(filled, bucketOf(name));
    for (const call of [1, 3, 6, 9]) {
      const dir = fresh();
      const begun = server.requests();
      server.fault = ({ number }) => (number > begun + call ? 'dead' : null);
      const from = bucketOf(name, { ...server.faulty, attempts: 1 });
      const settings = { files: nodeFiles, name: null, dir, progress: QUIET };
      await assert.rejects(() => restoreBackup({ ...settings, from }), /failed/);
      server.fault = () => null;
      assert.deepEqual(existsSync(dir) ? readdirSync(dir) : [], []);
      await restoreBackup({ ...settings, from: bucketOf(name) });
      assert.deepEqual(await wrongWith(dir), []);
    }
  });

  test('whose contents are damaged or gone is told, not restored, and made whole by the next one', async () => {
    const name = await newBucket();
    const bucket = bucketOf(name);
    await backUp(filled, bucket);
    const part = path.join(server.folder(name), 'store/one/parts', partsIn(name)[0] ?? '');
    const whole = readFileSync(part);
    writeFileSync(part, Buffer.from(whole.map((byte) => byte ^ 0xff)));
    const [damaged = ''] = (await compareBucketBackup(bucket, null, QUIET)).wrong;
    assert.match(damaged, /^\S+ is damaged\.$/);
    const dir = fresh();
    const restore = { files: nodeFiles, from: bucket, name: null, dir, progress: QUIET };
    await assert.rejects(
      () => restoreBackup(restore),
      /is damaged: its bytes are not those that were written/,
    );
    assert.deepEqual(readdirSync(dir), []);
    await backUp(filled, bucket, { full: true });
    assert.deepEqual((await compareBucketBackup(bucket, null, QUIET)).wrong, []);
    await bucket.client.delete(`store/one/parts/${partsIn(name)[0] ?? ''}`);
    assert.match((await compareBucketBackup(bucket, null, QUIET)).wrong[0] ?? '', /^\S+ is missing\.$/);
    await assert.rejects(() => restoreBackup(restore), /of the backup s3:\S+ is missing/);
    await backUp(filled, bucket);
    assert.deepEqual((await compareBucketBackup(bucket, null, QUIET)).wrong, []);

    const { name: newest } = (await listBucketBackups(bucket)).at(-1) ?? { name: '' };
    const list = `store/one/backups/${newest}/files.jsonl.zst`;
    const listed = readFileSync(path.join(server.folder(name), list));
    for (const [bytes, sentence] of [
      [listed.subarray(0, listed.length >> 1), /its list of files is damaged/],
      [Buffer.from('PK'), /its list of files is damaged/],
    ] as const) {
      await bucket.client.put(list, bytes);
      await assert.rejects(() => restoreBackup(restore), sentence);
    }
    await assert.rejects(
      () => restored(bucket, '20200101T000000Z'),
      /has no finished backup 20200101T000000Z/,
    );
    await assert.rejects(() => restored({ ...bucket, prefix: 'other/' }), /has no finished backup\./);
    assert.deepEqual(readdirSync(dir), []);
  });

  test('is made by one at a time; a lock that a kill has left is taken over', async () => {
    const bucket = bucketOf(await newBucket());
    const both = await Promise.allSettled([backUp(filled, bucket), backUp(filled, bucket)]);
    assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    const held = (owner: string, at: number): Promise<void> =>
      bucket.client.put('store/one/lock', Buffer.from(JSON.stringify({ owner, nonce: 'other', at })));
    await held('another store', clock);
    await assert.rejects(
      () => backUp(filled, bucket),
      /The backup of another store works below s3:\/\/.*Nothing was changed/,
    );
    await held('another store', clock - 21 * 60_000);
    await backUp(filled, bucket);
    await held('', 0);
    await backUp(filled, bucket);
    // Somebody takes the place in the middle.
    const files: Files = {
      ...nodeFiles,
      async rename(from, to) {
        await nodeFiles.rename(from, to);
        if (path.basename(to) === 'mayday.db') await held('another store', clock);
      },
    };
    const before = await listBucketBackups(bucket);
    await assert.rejects(() => backUp(filled, bucket, { files }), /Another backup has begun to work/);
    assert.deepEqual(await listBucketBackups(bucket), before);
  });

  test('by the commands: made while a process is killed at random, verified, restored', async () => {
    const name = await newBucket();
    const url = `s3://${name}/nightly`;
    const run = async (
      args: readonly string[],
      {
        data = filled,
        killAfterMs = 0,
        env = {},
      }: { data?: string; killAfterMs?: number; env?: NodeJS.ProcessEnv } = {},
    ) => {
      const child = spawn(process.execPath, ['bin/mayday.js', ...args], {
        env: {
          PATH: process.env['PATH'],
          CRASH_REPORTS_DIR: data,
          SUBMIT_SERVER_PORT: '0',
          REPORTS_SERVER_PORT: '0',
          AWS_ACCESS_KEY_ID: 'key',
          AWS_SECRET_ACCESS_KEY: 'secret',
          AWS_ENDPOINT_URL_S3: server.settings.endpoint,
          ...env,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let said = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
      if (killAfterMs > 0) setTimeout(() => child.kill('SIGKILL'), killAfterMs);
      const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
      return { code: code ?? signal, said };
    };
    const tried = await Promise.all(
      [300, 600, 900].map(async (killAfterMs) => run(['backup', url], { killAfterMs })),
    );
    assert.ok(tried.some(({ code }) => code === 'SIGKILL'));
    const made = await run(['backup', '--quiet', '--keep', '2', url]);
    assert.equal(made.code, 0, made.said);
    assert.match(made.said, /^Backup \d{8}T\d{6}Z: 8 reports, /);
    const checked = await run(['verify', '--quiet', url]);
    assert.match(checked.said, /^s3:\/\/\S+: every file was compared with its sum\. All is well\.\n$/);
    const dir = fresh();
    await run(['restore', url], { data: dir, killAfterMs: 700 });
    const back = await run(['restore', '--quiet', url], { data: dir });
    if (!back.said.includes('is not empty')) assert.match(back.said, /^Restored s3:\/\/\S+ of \S+ into /);
    assert.deepEqual(await wrongWith(dir), []);
    const doctor = await run(['doctor'], { data: dir, env: { BACKUP_DIR: url } });
    assert.match(doctor.said, /ok {4}backup +the newest in s3:\/\/\S+ is of /);
    const noKey = await run(['backup', url], { env: { AWS_ACCESS_KEY_ID: '' } });
    assert.deepEqual(
      [noKey.code, /needs a key: set AWS_ACCESS_KEY_ID/.test(noKey.said)],
      [1, true],
      noKey.said,
    );
    const nowhere = await run(['backup', 's3://no-such-bucket/x']);
    assert.match(nowhere.said, /NoSuchBucket.*Make the bucket first/);
    const bad = await run(['restore', 's3://bucket/../x'], { data: fresh() });
    assert.match(bad.said, /is no path of plain names/);
  });
});
