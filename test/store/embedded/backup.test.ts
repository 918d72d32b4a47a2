// Backup, verify and restore: whatever happens meanwhile, a backup is whole or none, and what it holds comes back byte for byte.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { packTar } from 'modern-tar';
import { readMigrations } from '../../../src/store/embedded/database/migrate.ts';
import { makeArchive } from '../../../src/store/embedded/backup/make-archive.ts';
import { makeBackup } from '../../../src/store/embedded/backup/make-backup.ts';
import type { BackupSettings, MadeBackup } from '../../../src/store/embedded/backup/make-backup.ts';
import { compareSums, findBackup } from '../../../src/store/embedded/backup/compare-backup.ts';
import { restoreBackup } from '../../../src/store/embedded/backup/restore-backup.ts';
import { verifyStore } from '../../../src/store/embedded/backup/verify-store.ts';
import { requireDatabase } from '../../../src/store/embedded/database/sound-database.ts';
import { layoutOf } from '../../../src/store/embedded/disk/folder-layout.ts';
import { nodeFiles, type Files } from '../../../src/store/embedded/disk/files.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { repairStore } from '../../../src/store/embedded/repair/repair.ts';
import type { Store } from '../../../src/store/store.ts';
import { crash, fileReport } from '../conformance/processed-builder.ts';
import { NOON, chunks, someBytes, storeReport } from '../conformance/report-builder.ts';
import { recount } from '../faults/recount.ts';
import { newFolder, storeOptions } from './open-store.ts';

const QUIET = (): void => undefined;
/** In the database, in a pack, in a file of its own. */
const SIZES = [3000, 100_000, 700_000];

/** What is in a store: SHA-256 of the attachment by crash id. */
type Content = ReadonlyMap<string, string>;

async function put(store: Store, index: number): Promise<readonly [crashId: string, sha256: string]> {
  const data = someBytes(SIZES[index % SIZES.length] ?? 0, index + 1);
  const { crashId } = await storeReport(store, { identity: `identity ${index}` }, [{ name: 'dump', data }]);
  return [crashId, createHash('sha256').update(data).digest('hex')];
}

async function contentOf(dir: string): Promise<Content> {
  const store = await openEmbeddedStore(storeOptions(dir, { housekeeping: false }));
  const content = new Map<string, string>();
  try {
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page: Awaited<ReturnType<Store['reports']['listReports']>> = await store.reports.listReports(
        {},
        cursor === undefined ? { limit: 200 } : { limit: 200, cursor },
      );
      for (const { crashId } of page.rows) {
        const opened = await store.reports.openAttachment(crashId, 'dump');
        if (opened === null) continue;
        content.set(
          crashId,
          createHash('sha256')
            .update(await buffer(opened.stream))
            .digest('hex'),
        );
      }
      cursor = page.next;
    }
    return content;
  } finally {
    await store.close();
  }
}

let root = '';
let filled = '';
let content: Content = new Map();

before(async () => {
  root = await newFolder();
  filled = path.join(root, 'filled');
  const store = await openEmbeddedStore(storeOptions(filled, { housekeeping: false }));
  const stored = new Map<string, string>();
  for (let index = 0; index < 12; index += 1) stored.set(...(await put(store, index)));
  for (const key of ['one', 'two']) await fileReport(store, [crash(key)]);
  await store.intake.putBlob('default', 'Piano', 'blob', chunks(someBytes(150_000)));
  await store.close();
  content = stored;
});
after(() => rm(root, { recursive: true, force: true }));

let folders = 0;
function fresh(): string {
  folders += 1;
  return path.join(root, `folder-${folders}`);
}

let clock = NOON;
function backUp(dir: string, target: string, options: Partial<BackupSettings> = {}): Promise<MadeBackup> {
  // Names tell seconds.
  const now = (clock += 1000);
  return makeBackup({
    files: nodeFiles,
    dir,
    target,
    now: () => now,
    version: '9.9.9',
    keep: null,
    link: false,
    full: false,
    progress: QUIET,
    ...options,
  });
}

async function restored(from: string, name: string | null = null, files: Files = nodeFiles): Promise<string> {
  const dir = fresh();
  await restoreBackup({ files, from, name, dir, progress: QUIET });
  return dir;
}

async function wrongWith(dir: string): Promise<readonly string[]> {
  return (await verifyStore({ files: nodeFiles, dir, progress: QUIET })).wrong;
}

function inode(...parts: readonly string[]): number {
  return statSync(path.join(...parts)).ino;
}

/** All files below a folder, relative to it. */
function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}

const DIED = /made by the test|There is no room left/;

/** From its call `from` on nothing works any more, as for a process that was killed. */
function dyingFiles(from: number, code = 'EIO'): { readonly files: Files; readonly calls: () => number } {
  let calls = 0;
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    calls += 1;
    if (calls > from) throw Object.assign(new Error(`${code}: made by the test`), { code });
    return work();
  };
  const files = Object.fromEntries(
    Object.entries(nodeFiles).map(([name, method]) => [
      name,
      (...args: unknown[]) =>
        guarded(async () => {
          const result = await (method as (...args: unknown[]) => Promise<unknown>).apply(nodeFiles, args);
          if (name !== 'create') return result;
          const out = result as Awaited<ReturnType<Files['create']>>;
          return {
            write: (chunk: Uint8Array) => guarded(() => out.write(chunk)),
            writeAll: (all: readonly Uint8Array[]) => guarded(() => out.writeAll(all)),
            sync: () => guarded(() => out.sync()),
            close: () => out.close(),
          };
        }),
    ]),
  ) as unknown as Files;
  return { files, calls: () => calls };
}

describe('a backup', () => {
  it('holds everything, tells so by sums that sha256sum reads, and comes back byte for byte', async () => {
    const target = fresh();
    const { name, manifest } = await backUp(filled, target);
    assert.equal(manifest.reports, 14);
    assert.equal(manifest.mayday, '9.9.9');
    const backup = path.join(target, name);
    for (const line of readFileSync(path.join(backup, 'SHA256SUMS'), 'utf8').trimEnd().split('\n')) {
      const [sum = '', file = ''] = line.split('  ');
      assert.equal(
        createHash('sha256')
          .update(readFileSync(path.join(backup, file)))
          .digest('hex'),
        sum,
        file,
      );
    }
    assert.deepEqual(await compareSums(nodeFiles, backup, QUIET), []);
    assert.deepEqual(await wrongWith(backup), []);
    assert.deepEqual(
      filesBelow(backup).filter((file) => /-(?:wal|shm)$/.test(file)),
      [],
      'looking at it leaves nothing in it',
    );
    const dir = await restored(target);
    assert.deepEqual(await wrongWith(dir), []);
    assert.deepEqual(await contentOf(dir), content);
    assert.deepEqual(recount(dir), []);
  });

  it('of a store in use is that of one moment, while reports come, go and are packed anew', async () => {
    const dir = fresh();
    const target = fresh();
    cpSync(filled, dir, { recursive: true });
    const store = await openEmbeddedStore(storeOptions(dir));
    const stored = new Map(content);
    const ids = [...content.keys()];
    const state = { busy: true };
    const work = (async () => {
      for (let index = 100; state.busy && index < 400; index += 1) {
        const [crashId, sha256] = await put(store, index);
        stored.set(crashId, sha256);
        // Every second one that came before goes.
        const gone = index % 2 === 0 ? ids.shift() : undefined;
        if (gone !== undefined) await store.reports.deleteReport(gone);
        ids.push(crashId);
        if (index % 20 === 0) await store.maintenance.prune();
      }
    })();
    const names: string[] = [];
    for (let round = 0; round < 3; round += 1) names.push((await backUp(dir, target)).name);
    state.busy = false;
    await work;
    await store.close();
    for (const name of names) {
      assert.deepEqual(await compareSums(nodeFiles, path.join(target, name), QUIET), []);
      const copy = await restored(target, name);
      assert.deepEqual(await wrongWith(copy), []);
      assert.deepEqual(recount(copy), []);
      for (const [crashId, sha256] of await contentOf(copy)) assert.equal(sha256, stored.get(crashId));
    }
  });

  it('of a store from which reports go while it is copied has every byte that its database names', async () => {
    for (const compacts of [false, true]) {
      const dir = fresh();
      const target = fresh();
      cpSync(filled, dir, { recursive: true });
      const store = await openEmbeddedStore(storeOptions(dir, { housekeeping: false }));
      const packed = [...content.keys()].filter((_, index) => index % SIZES.length === 1);
      const late: string[] = [];
      const go = async (crashId = ''): Promise<unknown> => store.reports.deleteReport(crashId);
      // What happens before the database is copied, and when it has been, again and again.
      const before = [async () => late.push((await put(store, 1000))[0], (await put(store, 1003))[0])];
      const after = [
        // One that the first pass has had, and one that came after it.
        async () => [await go(packed[0]), await go(late[0]), compacts && (await store.maintenance.prune())],
        async () => [await go(packed[1])],
        async () => [await put(store, 1006), await go(packed[2])],
      ];
      let copies = 0;
      const files: Files = {
        ...nodeFiles,
        async removeTree(file) {
          await nodeFiles.removeTree(file);
          if (file.endsWith('mayday.db.copying')) await before.shift()?.();
        },
        async rename(from, to) {
          await nodeFiles.rename(from, to);
          if (path.basename(to) !== 'mayday.db') return;
          copies += 1;
          await after.shift()?.();
        },
      };
      const { name, manifest } = await backUp(dir, target, { files });
      await store.close();
      assert.deepEqual(manifest.missing, []);
      assert.equal(copies, compacts ? 3 : 2, 'what came and went behind the first pass needs another moment');
      assert.deepEqual(await wrongWith(path.join(target, name)), []);
      const copy = await restored(target);
      assert.deepEqual(await wrongWith(copy), []);
      assert.deepEqual(recount(copy), []);
      const found = await contentOf(copy);
      assert.equal(found.get(packed[0] ?? ''), undefined);
      // Of the last moment of the database.
      assert.equal(found.get(packed[1] ?? ''), compacts ? undefined : content.get(packed[1] ?? ''));
      assert.equal(found.get(packed[2] ?? ''), content.get(packed[2] ?? ''));
      assert.equal(found.has(late[1] ?? ''), true);
    }
  });

  it('of a store with a pack that was cut off says so, and holds what is left', async () => {
    const dir = fresh();
    cpSync(filled, dir, { recursive: true });
    const pack = firstOf(dir, 'packs');
    truncateSync(path.join(dir, pack), 150_000);
    const target = fresh();
    const { manifest } = await backUp(dir, target);
    assert.deepEqual(manifest.missing, [pack]);
    const copy = await restored(target);
    const wrong = await wrongWith(copy);
    assert.ok(wrong.includes(`${pack} is missing or too short.`));
    const unread = wrong.filter((each) => /^Attachment dump of report .* cannot be read/.test(each));
    assert.equal(unread.length, 3, 'the first in the pack is there');
    const after = repairStore(copy, NOON + 1000);
    assert.equal(after.withoutFiles.length, 3);
  });

  it('shares what has not changed with the one before, and stands without it', async () => {
    const dir = fresh();
    const target = fresh();
    cpSync(filled, dir, { recursive: true, preserveTimestamps: true });
    const first = await backUp(dir, target);
    const store = await openEmbeddedStore(storeOptions(dir, { housekeeping: false }));
    const [crashId, sha256] = await put(store, 2);
    await store.close();
    const second = await backUp(dir, target);
    const shared = filesBelow(path.join(target, first.name)).filter((file) => file.startsWith('reports'));
    assert.ok(shared.length > 0);
    for (const file of shared)
      assert.equal(inode(target, second.name, file), inode(target, first.name, file), file);
    assert.ok(second.copied < first.copied / 2, `${second.copied} of ${first.copied}`);
    const third = await backUp(dir, target, { keep: 1 });
    assert.deepEqual(third.removed, [first.name, second.name]);
    assert.deepEqual(
      readdirSync(target).filter((name) => name.startsWith('2026')),
      [third.name],
    );
    assert.deepEqual(await contentOf(await restored(target)), new Map([...content, [crashId, sha256]]));
  });

  it('is the newest one whatever the clock says, and removes the oldest', async () => {
    const target = fresh();
    const first = await backUp(filled, target);
    const second = await backUp(filled, target, { now: () => Date.parse('2030-01-01T00:00:00Z') });
    assert.equal(second.ahead, null);
    // A removal of an older one that was killed.
    mkdirSync(path.join(target, '20250101T000000Z/packs'), { recursive: true });
    const behind = () => Date.parse('2026-12-01T00:00:00Z');
    const third = await backUp(filled, target, { now: behind, keep: 2 });
    assert.deepEqual(
      [third.name, third.ahead, third.removed],
      ['20300101T000001Z', '20300101T000000Z', [first.name]],
    );
    assert.equal(third.manifest.startedAt, '2026-12-01T00:00:00.000Z');
    assert.deepEqual(
      readdirSync(target).filter((name) => name.startsWith('20')),
      [second.name, third.name],
    );
    assert.equal(await findBackup(nodeFiles, target, null), path.join(target, third.name));
  });

  it('is no sign of a wrong clock where several are begun within one second', async () => {
    const target = fresh();
    const now = () => Date.parse('2026-12-01T00:00:00Z');
    const made = [];
    for (let n = 0; n < 3; n += 1) made.push(await backUp(filled, target, { now }));
    assert.deepEqual(
      made.map(({ name, ahead }) => [name, ahead]),
      ['20261201T000000Z', '20261201T000001Z', '20261201T000002Z'].map((name) => [name, null]),
    );
  });

  it('inherits damage of the one before, unless all is to be read again', async () => {
    const target = fresh();
    const first = await backUp(filled, target);
    const harmed = firstOf(path.join(target, first.name), 'blobs');
    const { atimeMs, mtimeMs } = statSync(path.join(target, first.name, harmed));
    flip(path.join(target, first.name, harmed));
    utimesSync(path.join(target, first.name, harmed), atimeMs / 1000, mtimeMs / 1000);
    const second = await backUp(filled, target);
    assert.deepEqual(await compareSums(nodeFiles, path.join(target, second.name), QUIET), [
      `${harmed} is damaged.`,
    ]);
    const third = await backUp(filled, target, { full: true });
    assert.deepEqual(await compareSums(nodeFiles, path.join(target, third.name), QUIET), []);
    assert.equal(third.copied, third.manifest.bytes);
  });

  it('gives files a second name where it may, but not packs, which change', async () => {
    const target = fresh();
    const { name } = await backUp(filled, target, { link: true });
    for (const file of filesBelow(path.join(target, name))) {
      if (!existsSync(path.join(filled, file))) continue;
      const isSame = inode(target, name, file) === inode(filled, file);
      assert.equal(isSame, !file.startsWith('packs') && file !== 'mayday.db', file);
    }
  });

  it('that is killed at any step leaves the older ones whole and no half one, and the next goes on', async () => {
    const target = fresh();
    await backUp(filled, target);
    const { files, calls } = dyingFiles(Number.MAX_SAFE_INTEGER);
    const whole = fresh();
    await backUp(filled, whole, { files });
    for (let call = 0; call < calls(); call += Math.max(1, Math.floor(calls() / 12))) {
      const dying = dyingFiles(call, call % 2 === 0 ? 'EIO' : 'ENOSPC');
      const half = fresh();
      await assert.rejects(() => backUp(filled, half, { files: dying.files }), DIED);
      for (const name of existsSync(half) ? readdirSync(half) : [])
        assert.ok(!existsSync(path.join(half, name, 'manifest.json')) || name === 'unfinished', name);
      const { name } = await backUp(filled, half);
      assert.deepEqual(await compareSums(nodeFiles, path.join(half, name), QUIET), []);
      assert.deepEqual(
        filesBelow(path.join(half, name)),
        filesBelow(path.join(whole, readdirSync(whole).find((each) => each.startsWith('2026')) ?? '')),
      );
      rmSync(half, { recursive: true });
    }
  });

  it('says what the store had lost before, and holds the rest', async () => {
    const dir = fresh();
    cpSync(filled, dir, { recursive: true });
    const lost = filesBelow(dir).find((file) => file.startsWith('reports')) ?? '';
    rmSync(path.join(dir, lost));
    const target = fresh();
    const { manifest, name } = await backUp(dir, target);
    assert.deepEqual(manifest.missing, [lost]);
    assert.deepEqual(await compareSums(nodeFiles, path.join(target, name), QUIET), [
      `${lost} had been lost before the backup was made.`,
    ]);
    assert.equal((await contentOf(await restored(target))).size, content.size - 1);
  });

  it('is refused into the store itself, by two at once, and for a database of another version', async () => {
    await assert.rejects(() => backUp(filled, path.join(filled, 'backups')), /must lie apart/);
    const target = fresh();
    const both = await Promise.allSettled([backUp(filled, target), backUp(filled, target)]);
    assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    const newer = fresh();
    cpSync(filled, newer, { recursive: true });
    const database = new Database(path.join(newer, 'mayday.db'));
    database.prepare(`INSERT INTO migrations VALUES (9999, 'later', 0)`).run();
    database.close();
    await assert.rejects(
      () => backUp(newer, fresh()),
      /made by a newer version of Mayday \(its schema is 9999/,
    );
  });
});

describe('a restore', () => {
  let target = '';
  let backup = '';
  before(async () => {
    target = fresh();
    backup = path.join(target, (await backUp(filled, target)).name);
  });

  it('that is killed at any step begins again, and no server starts on half of it', async () => {
    const { files, calls } = dyingFiles(Number.MAX_SAFE_INTEGER);
    await restored(target, null, files);
    for (let call = 0; call < calls(); call += Math.max(1, Math.floor(calls() / 12))) {
      const dir = fresh();
      const dying = dyingFiles(call);
      const settings = { from: target, name: null, dir, progress: QUIET };
      await assert.rejects(() => restoreBackup({ ...settings, files: dying.files }), /made by the test/);
      if (existsSync(path.join(dir, 'mayday.db'))) {
        // Only the last steps, which tidy up, were missing.
        assert.deepEqual(await contentOf(dir), content);
      } else {
        const begun = existsSync(path.join(dir, 'restoring'));
        if (begun) {
          const before = filesBelow(dir);
          await assert.rejects(
            () => openEmbeddedStore(storeOptions(dir)),
            /is under way, or was cut short\. Wait for it/,
          );
          assert.deepEqual(filesBelow(dir), before);
        }
        await restoreBackup({ ...settings, files: nodeFiles });
        assert.deepEqual(await wrongWith(dir), []);
      }
      rmSync(dir, { recursive: true });
    }
  });

  it('beside another one, or beside a server that is started, spoils neither', async () => {
    const dir = fresh();
    const settings = { files: nodeFiles, from: target, name: null, dir, progress: QUIET };
    let others = 0;
    const progress = (done: number): void => {
      if (done !== 3) return;
      others += 1;
      assert.throws(() => requireDatabase(layoutOf(dir)), /is under way, or was cut short/);
    };
    const first = restoreBackup({ ...settings, progress });
    const second = restoreBackup({ ...settings, progress });
    const both = await Promise.allSettled([first, second]);
    assert.equal(others, 1);
    const [{ reason: why } = { reason: null }] = both.flatMap((each) =>
      each.status === 'rejected' ? [each as { readonly reason: unknown }] : [],
    );
    assert.match(String(why), /Another process works there/);
    assert.deepEqual(await contentOf(dir), content);
  });

  it('that finds a store there at its end leaves that as it is', async () => {
    const dir = fresh();
    const settings = { files: nodeFiles, from: target, name: null, dir, progress: QUIET };
    const progress = (done: number, total: number): void => {
      if (done !== total) return;
      mkdirSync(path.join(dir, 'reports/20261130/one'), { recursive: true });
      writeFileSync(path.join(dir, 'mayday.db'), 'of a server that had begun to start');
    };
    await assert.rejects(() => restoreBackup({ ...settings, progress }), /came into the data folder/);
    assert.deepEqual(readdirSync(dir).sort(), ['mayday.db', 'reports']);
    assert.equal(readFileSync(path.join(dir, 'mayday.db'), 'utf8'), 'of a server that had begun to start');
  });

  it('whose last step fails keeps what it has moved for the next, which takes nothing for its own that is not', async () => {
    const dir = fresh();
    const settings = { from: target, name: null, dir, progress: QUIET };
    let renames = 0;
    const files: Files = {
      ...nodeFiles,
      async rename(from, to) {
        if (path.dirname(to) === dir && (renames += 1) === 3)
          throw Object.assign(new Error('EIO: made by the test'), { code: 'EIO' });
        await nodeFiles.rename(from, to);
      },
    };
    await assert.rejects(() => restoreBackup({ ...settings, files }), /made by the test/);
    assert.deepEqual(readdirSync(dir).sort(), ['packs', 'reports', 'restoring']);
    // Somebody's: a restore has it still waiting.
    mkdirSync(path.join(dir, 'blobs'));
    await assert.rejects(() => restoreBackup({ ...settings, files: nodeFiles }), /is not empty/);
    assert.deepEqual(readdirSync(dir).sort(), ['blobs', 'packs', 'reports', 'restoring']);
    rmSync(path.join(dir, 'blobs'), { recursive: true });
    await restoreBackup({ ...settings, files: nodeFiles });
    assert.deepEqual(await contentOf(dir), content);
  });

  it('that was killed is gone on with: what is there already is compared and not copied again', async () => {
    const dir = fresh();
    const settings = { from: target, name: null, dir, progress: QUIET };
    const { files, calls } = dyingFiles(Number.MAX_SAFE_INTEGER);
    await restored(target, null, files);
    const dying = dyingFiles(Math.floor(calls() / 2));
    await assert.rejects(() => restoreBackup({ ...settings, files: dying.files }), /made by the test/);
    const waiting = filesBelow(path.join(dir, 'restoring')).filter((file) => file !== 'lock');
    assert.ok(waiting.length > 1, String(waiting));
    // One that is not as it should be, and one of another backup.
    flip(path.join(dir, 'restoring', waiting[0] ?? ''));
    mkdirSync(path.join(dir, 'restoring/symbols/other'), { recursive: true });
    writeFileSync(path.join(dir, 'restoring/symbols/other/text'), 'of another backup');
    const copied: string[] = [];
    const watching: Files = {
      ...nodeFiles,
      async rename(from, to) {
        if (from.endsWith('.copying')) copied.push(path.relative(path.join(dir, 'restoring'), to));
        await nodeFiles.rename(from, to);
      },
    };
    await restoreBackup({ ...settings, files: watching });
    const whole = filesBelow(backup).filter((file) => !/^(?:manifest\.json|SHA256SUMS)$/.test(file));
    assert.deepEqual(
      copied.toSorted(),
      whole.filter((file) => file === waiting[0] || !waiting.includes(file)).toSorted(),
    );
    assert.ok(!existsSync(path.join(dir, 'symbols/other/text')));
    assert.deepEqual(await contentOf(dir), content);
  });

  it('overwrites nothing', async () => {
    const dir = fresh();
    cpSync(filled, dir, { recursive: true });
    const before = filesBelow(dir);
    await assert.rejects(
      () => restoreBackup({ files: nodeFiles, from: target, name: null, dir, progress: QUIET }),
      /is not empty/,
    );
    assert.deepEqual(filesBelow(dir), before);
    // A store that has lost its database, with what a restore that was killed at its very end has left.
    rmSync(path.join(dir, 'mayday.db'));
    mkdirSync(path.join(dir, 'restoring'));
    await assert.rejects(
      () => restoreBackup({ files: nodeFiles, from: target, name: null, dir, progress: QUIET }),
      /is not empty/,
    );
    assert.deepEqual(
      filesBelow(dir),
      before.filter((file) => file !== 'mayday.db'),
    );
  });

  it('of what is half, damaged, newer or no backup gives a sentence, and leaves nothing', async () => {
    const harms: readonly (readonly [RegExp, (folder: string) => void])[] = [
      [/no manifest\.json, which is written last/, (folder) => rmSync(path.join(folder, 'manifest.json'))],
      [/manifest\.json is damaged/, (folder) => writeFileSync(path.join(folder, 'manifest.json'), '{')],
      [/is not one of Mayday's/, (folder) => writeFileSync(path.join(folder, 'manifest.json'), '[]')],
      [
        /newer version of Mayday \(its format is 99/,
        (folder) =>
          edit(path.join(folder, 'manifest.json'), (text) => text.replace('"format": 1', '"format": 99')),
      ],
      [
        /newer version of Mayday \(its schema is 9999/,
        (folder) =>
          edit(path.join(folder, 'manifest.json'), (text) => text.replace(/"schema": \d+/, '"schema": 9999')),
      ],
      [
        /SHA256SUMS names \d+ files, and it was made of/,
        (folder) => edit(path.join(folder, 'SHA256SUMS'), (text) => text.replace(/^.*blobs.*\n/m, '')),
      ],
      [
        /names no file of a backup/,
        (folder) =>
          edit(path.join(folder, 'SHA256SUMS'), (text) => text.replace(/blobs\//, 'blobs/../../../')),
      ],
      [
        /names no file of a backup/,
        (folder) => writeFileSync(path.join(folder, 'SHA256SUMS'), 'PK\u0003\u0004'),
      ],
      [/its bytes are not those/, (folder) => flip(path.join(folder, firstOf(folder, 'reports')))],
      [/its bytes are not those/, (folder) => truncateSync(path.join(folder, 'mayday.db'), 4096)],
      [
        /packs.* of the backup .* is missing/,
        (folder) => rmSync(path.join(folder, firstOf(folder, 'packs'))),
      ],
    ];
    for (const [sentence, harm] of harms) {
      const folder = fresh();
      cpSync(backup, folder, { recursive: true });
      harm(folder);
      const dir = fresh();
      await assert.rejects(
        () => restoreBackup({ files: nodeFiles, from: folder, name: null, dir, progress: QUIET }),
        sentence,
      );
      assert.deepEqual(existsSync(dir) ? readdirSync(dir) : [], [], String(sentence));
    }
    await assert.rejects(() => restored(path.join(root, 'nothing')), /There is no/);
    await assert.rejects(
      () => restored(target, '20200101T000000Z'),
      /has no finished backup 20200101T000000Z/,
    );
  });

  it('of an older version opens with this one', async () => {
    const old = fresh();
    const { name } = await backUp(filled, old);
    const folder = path.join(old, name);
    // A store that the first version made: its own tables, and nothing in them.
    rmSync(path.join(folder, 'mayday.db'));
    for (const top of ['reports', 'packs', 'blobs', 'symbols'])
      rmSync(path.join(folder, top), { recursive: true, force: true });
    const database = new Database(path.join(folder, 'mayday.db'));
    const [first] = readMigrations();
    database.exec(
      'CREATE TABLE migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT',
    );
    database.exec(first?.sql ?? '');
    database.prepare('INSERT INTO migrations VALUES (?, ?, ?)').run(first?.number, first?.name, NOON);
    database.close();
    const sum = createHash('sha256')
      .update(readFileSync(path.join(folder, 'mayday.db')))
      .digest('hex');
    writeFileSync(path.join(folder, 'SHA256SUMS'), `${sum}  mayday.db\n`);
    edit(path.join(folder, 'manifest.json'), (text) =>
      text.replace(/"schema": \d+/, '"schema": 1').replace(/"files": \d+/, '"files": 1'),
    );
    assert.equal((await contentOf(await restored(old))).size, 0);
  });
});

describe('a backup in one file', () => {
  let archive = '';
  before(async () => {
    archive = `${fresh()}.tar.zst`;
    await makeArchive({
      files: nodeFiles,
      dir: filled,
      target: archive,
      now: () => NOON,
      version: '9.9.9',
      progress: QUIET,
    });
  });

  it('is made by one at a time, whole or not at all, and never in the place of a folder', async () => {
    const target = `${fresh()}.tar.zst`;
    const settings = { dir: filled, target, now: () => NOON, version: '9.9.9', progress: QUIET };
    const make = (files: Files = nodeFiles) => makeArchive({ ...settings, files });
    const both = await Promise.allSettled([make(), make()]);
    assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    assert.deepEqual(await compareSums(nodeFiles, target, QUIET), []);
    const counting = dyingFiles(Number.MAX_SAFE_INTEGER);
    await makeArchive({ ...settings, target: `${fresh()}.tar.zst`, files: counting.files });
    // How often the archive is written to is not always the same: the last calls are left out.
    for (let call = 0; call < counting.calls() * 0.8; call += Math.ceil(counting.calls() / 8)) {
      const other = `${fresh()}.tar.zst`;
      writeFileSync(other, 'the one before');
      const { files } = dyingFiles(call, 'ENOSPC');
      await assert.rejects(() => makeArchive({ ...settings, target: other, files }), DIED);
      assert.equal(readFileSync(other, 'utf8'), 'the one before', `call ${call}`);
      await makeArchive({ ...settings, target: other, files: nodeFiles });
      assert.deepEqual(await compareSums(nodeFiles, other, QUIET), []);
    }
    await make();
    assert.deepEqual(await compareSums(nodeFiles, target, QUIET), []);
    assert.deepEqual(
      readdirSync(path.dirname(target)).filter((name) => name.startsWith(path.basename(target))),
      [path.basename(target)],
    );
    mkdirSync(path.join(root, 'folder.tar.zst'));
    await assert.rejects(
      () => makeArchive({ ...settings, files: nodeFiles, target: path.join(root, 'folder.tar.zst') }),
      /is a folder\./,
    );
    assert.deepEqual(readdirSync(path.join(root, 'folder.tar.zst')), []);
  });

  it('holds the same, leaves nothing beside it, and is compared and restored', async () => {
    assert.equal(existsSync(`${archive}.unfinished`), false);
    assert.deepEqual(await compareSums(nodeFiles, archive, QUIET), []);
    const dir = await restored(archive);
    assert.deepEqual(await wrongWith(dir), []);
    assert.deepEqual(await contentOf(dir), content);
  });

  it('that is cut short, damaged, foreign or hostile gives a sentence, and leaves nothing', async () => {
    const whole = readFileSync(archive);
    const flipped = Buffer.from(whole);
    flipped.writeUInt8((flipped[whole.length >> 1] ?? 0) ^ 0xff, whole.length >> 1);
    const manifest = readFileSync(await manifestOf());
    const file = (name: string, data: Uint8Array | string) => ({
      header: { name, size: Buffer.byteLength(data), type: 'file' as const },
      body: data,
    });
    const sums = (...names: readonly string[]): string =>
      names.map((name) => `${'0'.repeat(64)}  ${name}\n`).join('');
    const link = {
      header: { name: 'reports/a', size: 0, type: 'symlink' as const, linkname: '/etc/passwd' },
    };
    const tar = async (...entries: Parameters<typeof packTar>[0]): Promise<Buffer> =>
      zstdCompressSync(await packTar(entries));
    const cases: readonly (readonly [RegExp, Uint8Array])[] = [
      [/is no whole backup/, whole.subarray(0, whole.length >> 1)],
      [/is no whole backup/, flipped],
      [/is no whole backup/, Buffer.from('PK\u0003\u0004 a zip')],
      [/it is empty|is no whole backup/, Buffer.alloc(0)],
      [/does not begin with manifest/, await tar(file('reports/x', 'x'))],
      [/holds reports\/a, which is no file/, await tar(link)],
      [
        /holds reports\/a, which is no file/,
        await tar(file('manifest.json', manifest), file('SHA256SUMS', sums('mayday.db', 'reports/a')), link),
      ],
      [
        /names no file of a backup/,
        await tar(file('manifest.json', manifest), file('SHA256SUMS', sums('mayday.db', '../../x'))),
      ],
      [
        /which its SHA256SUMS does not name/,
        await tar(file('manifest.json', manifest), file('SHA256SUMS', sums('mayday.db')), file('../x', 'x')),
      ],
      [
        /its mayday\.db is damaged/,
        await tar(
          file('manifest.json', manifest),
          file('SHA256SUMS', sums('mayday.db')),
          file('mayday.db', 'x'),
        ),
      ],
      [
        /2 files of it are missing/,
        await tar(file('manifest.json', manifest), file('SHA256SUMS', sums('mayday.db', 'reports/a'))),
      ],
    ];
    for (const [sentence, bytes] of cases) {
      const bad = `${fresh()}.tar.zst`;
      writeFileSync(bad, bytes);
      const dir = fresh();
      await assert.rejects(
        () => restoreBackup({ files: nodeFiles, from: bad, name: null, dir, progress: QUIET }),
        sentence,
      );
      assert.deepEqual(existsSync(dir) ? readdirSync(dir) : [], [], String(sentence));
    }
  });
});

describe('verify', () => {
  it('finds every kind of harm, and nothing where there is none', async () => {
    assert.deepEqual(await wrongWith(filled), []);
    const harms: readonly (readonly [RegExp, (dir: string) => void])[] = [
      [
        /Attachment dump of report .* (?:cannot be read|has other bytes)/,
        (dir) => flip(path.join(dir, firstOf(dir, 'reports'))),
      ],
      [
        /Attachment dump of report .* (?:cannot be read|has other bytes)/,
        (dir) => flip(path.join(dir, firstOf(dir, 'packs')), 60_000),
      ],
      [/^reports.* is missing or too short/, (dir) => rmSync(path.join(dir, firstOf(dir, 'reports')))],
      [
        /^packs.* is missing or too short/,
        (dir) => truncateSync(path.join(dir, firstOf(dir, 'packs')), 5000),
      ],
      [/^blobs.* is missing/, (dir) => rmSync(path.join(dir, firstOf(dir, 'blobs')))],
      [
        /Counts are wrong: crashes of a bug, by its cases/,
        (dir) => change(dir, 'UPDATE bugs SET count = count + 1'),
      ],
      [/Counts are wrong: reports of a kind/, (dir) => change(dir, 'UPDATE kinds SET queued = queued + 1')],
      [/The database is damaged/, (dir) => spoil(path.join(dir, 'mayday.db'))],
    ];
    for (const [sentence, harm] of harms) {
      const dir = fresh();
      cpSync(filled, dir, { recursive: true });
      change(dir, 'SELECT 1');
      harm(dir);
      assert.ok(
        (await wrongWith(dir)).some((each) => sentence.test(each)),
        `${String(sentence)}: ${JSON.stringify(await wrongWith(dir))}`,
      );
    }
  });
});

async function manifestOf(): Promise<string> {
  const target = fresh();
  const { name } = await backUp(filled, target);
  const copy = fresh();
  renameSync(path.join(target, name), copy);
  return path.join(copy, 'manifest.json');
}

function edit(file: string, change: (text: string) => string): void {
  const text = readFileSync(file, 'utf8');
  assert.notEqual(change(text), text);
  rmSync(file);
  writeFileSync(file, change(text));
}

function firstOf(folder: string, top: string): string {
  const found = filesBelow(folder).find((file) => file.startsWith(top));
  assert.ok(found !== undefined, top);
  return found;
}

function flip(file: string, at = statSync(file).size >> 1): void {
  const bytes = readFileSync(file);
  const handle = openSync(file, 'r+');
  writeSync(handle, Buffer.from([(bytes[at] ?? 0) ^ 0xff]), 0, 1, at);
  closeSync(handle);
}

/** Runs a statement, and folds the log back, so that a test can harm the file itself. */
function change(dir: string, sql: string): void {
  const database = new Database(path.join(dir, 'mayday.db'));
  if (sql.startsWith('SELECT')) database.prepare(sql).get();
  else database.prepare(sql).run();
  database.pragma('wal_checkpoint(TRUNCATE)');
  database.close();
}

function spoil(database: string): void {
  const handle = openSync(database, 'r+');
  const pages = statSync(database).size / 4096;
  for (let page = 2; page < pages; page += 3)
    writeSync(handle, Buffer.alloc(4096, 0xa5), 0, 4096, page * 4096);
  closeSync(handle);
}
