// An encrypted store holds nothing of what clients sent in clear, reads it all back, and does not open without its key.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFile, readFile, readdir, rename, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { buffer } from 'node:stream/consumers';
import { spawnSync } from 'node:child_process';
import { makeBackup } from '../../../src/store/embedded/backup/make-backup.ts';
import { restoreBackup } from '../../../src/store/embedded/backup/restore-backup.ts';
import { verifyStore } from '../../../src/store/embedded/backup/verify-store.ts';
import { nodeFiles } from '../../../src/store/embedded/disk/files.ts';
import { repairStore } from '../../../src/store/embedded/repair/repair.ts';
import Database from 'better-sqlite3';
import { openDatabase } from '../../../src/store/embedded/database/open-database.ts';
import type { Connection } from '../../../src/store/embedded/database/query.ts';
import { KeptLedger } from '../../../src/store/embedded/filing/kept-ledger.ts';
import { newNames } from '../../../src/store/embedded/transaction/write-context.ts';
import { workOffRemovals } from '../../../src/store/embedded/write/removals.ts';
import { SealingBehind } from '../../../src/store/embedded/write/seal-behind.ts';
import { wrappedKeys } from '../../../src/store/embedded/database/data-keys.ts';
import { encryptionState } from '../../../src/store/embedded/secrets/encryption-state.ts';
import { beginEncryption, unlockStore } from '../../../src/store/embedded/secrets/unlock-store.ts';
import { someBytes, storeReport } from '../conformance/report-builder.ts';
import { layoutOf } from '../../../src/store/embedded/disk/folder-layout.ts';
import { rotateKeys } from '../../../src/store/embedded/secrets/rotate-keys.ts';
import { SecretsLocked } from '../../../src/store/shared/secret-box.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import type { Store } from '../../../src/store/store.ts';
import { wordsIn } from './gone.ts';
import { newFolder, storeOptions } from './open-store.ts';
import { keep, PLACES, wordOf } from './words-everywhere.ts';
import type { Place } from './words-everywhere.ts';

const SEAL_KILLED = path.join(import.meta.dirname, 'seal-killed.ts');
const ROTATE_KILLED = path.join(import.meta.dirname, 'rotate-killed.ts');
const STORE_ONE = path.join(import.meta.dirname, 'store-one.ts');

/** What SQL needs: grouping, names of keys, modules, roles (docs/encryption.md). */
const CLEAR: ReadonlySet<Place> = new Set([
  ...(['title', 'step', 'fingerprint', 'valuekey', 'role', 'module', 'home', 'annotationkey'] as const),
]);
const SEALED = PLACES.filter((place) => !CLEAR.has(place));
/** `keep` sends none of these. */
const UNSENT: ReadonlySet<Place> = new Set(['plain', 'frame', 'alias']);

async function withFolder(run: (open: (encrypt: boolean) => Promise<Store>, dir: string) => Promise<void>) {
  const dir = await newFolder();
  const stores: Store[] = [];
  try {
    await run(async (encrypt) => {
      const store = await openEmbeddedStore(storeOptions(dir, { segmentRows: 4, encrypt }));
      stores.push(store);
      return store;
    }, dir);
  } finally {
    for (const store of stores) await store.close();
    await rm(dir, { recursive: true, force: true });
  }
}

function foundIn(dir: string, of: string): readonly Place[] {
  return SEALED.filter((place) => wordsIn(dir, [wordOf(of, place)]).length > 0);
}

/** Every file of a folder, with its bytes as a hash. */
async function filesOf(dir: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    // SQLite's readers leave their marks in the memory that they share.
    if (!entry.isFile() || entry.name.endsWith('-shm')) continue;
    const file = path.join(entry.parentPath, entry.name);
    found.set(
      path.relative(dir, file),
      createHash('sha256')
        .update(await readFile(file))
        .digest('hex'),
    );
  }
  return found;
}

describe('a store that is encrypted at rest', () => {
  test('holds no word of what clients sent in clear, where one that is not holds them all', async () => {
    for (const encrypt of [false, true]) {
      await withFolder(async (open, dir) => {
        const store = await open(encrypt);
        for (let n = 0; n < 6; n += 1) await keep(store, `r${n}`);
        const before = foundIn(dir, 'r0');
        await store.maintenance.prune();
        const found = new Set([...before, ...foundIn(dir, 'r0')]);
        const expected = encrypt ? [] : SEALED.filter((place) => !UNSENT.has(place));
        assert.deepEqual(
          expected.filter((place) => !found.has(place)),
          [],
        );
        if (encrypt) assert.deepEqual([...found], []);
      });
    }
  });

  test('gives everything back as it came, also when it is opened again', async () => {
    await withFolder(async (open) => {
      const first = await open(true);
      const { crashId, bugId } = await keep(first, 'back');
      await first.close();
      const store = await open(false);
      const report = await store.reports.getReport(crashId);
      assert.equal(report?.annotations[0]?.value, `words ${wordOf('back', 'annotation')}`);
      assert.deepEqual(
        [report?.notes, report?.userAgent, report?.installation],
        [[wordOf('back', 'note')], wordOf('back', 'agent'), wordOf('back', 'guid')],
      );
      for (const name of ['small', 'packed', 'filed'] as const) {
        const opened = await store.reports.openAttachment(crashId, name);
        assert.ok(opened !== null);
        const bytes = await buffer(opened.stream);
        assert.equal(createHash('sha256').update(bytes).digest('hex'), opened.info.sha256);
      }
      const bug = await store.bugs.getBug(bugId);
      assert.equal(bug?.message, `it says ${wordOf('back', 'message')}`);
      const page = await store.reports.listReports({ text: wordOf('back', 'annotation') }, { limit: 5 });
      assert.deepEqual(
        page.rows.map((row) => row.crashId),
        [crashId],
      );
    });
  });

  test('does not open without its key, or with another one, and nothing of it changes', async () => {
    await withFolder(async (open, dir) => {
      const store = await open(true);
      const { crashId } = await keep(store, 'locked');
      await store.close();
      const keys = path.join(dir, 'mayday.keys');
      await rename(keys, `${keys}.away`);
      const before = await filesOf(dir);
      await assert.rejects(
        open(true),
        (error: Error) => error instanceof SecretsLocked && /is missing/.test(error.message),
      );
      assert.deepEqual(await filesOf(dir), before);
      await writeFile(keys, `${Buffer.alloc(32, 7).toString('base64')}\n`);
      const other = await filesOf(dir);
      await assert.rejects(
        open(true),
        (error: Error) => error instanceof SecretsLocked && /do not open/.test(error.message),
      );
      assert.deepEqual(await filesOf(dir), other);
      await rename(`${keys}.away`, keys);
      assert.ok((await (await open(true)).reports.getReport(crashId)) !== null);
    });
  });
});

describe('the beginning of encryption', () => {
  test('is for servers, and for a command that makes the store', async () => {
    for (const isNew of [false, true]) {
      await withFolder(async (open, dir) => {
        const server = isNew ? null : await open(false);
        const options = storeOptions(dir, { encrypt: true, limitsOf: 'command' });
        await (await openEmbeddedStore(options)).close();
        const { crashId } = await keep(server ?? (await open(false)), 'beside');
        assert.equal(foundIn(dir, 'beside').length > 0, !isNew);
        assert.equal(encryptionState(layoutOf(dir)).dataKeys.length, isNew ? 1 : 0);
        assert.ok((await (server ?? (await open(false))).reports.getReport(crashId)) !== null);
      });
    }
  });

  test('stops a server that runs in clear on the same folder', async () => {
    await withFolder(async (_open, dir) => {
      const unusable = Promise.withResolvers<null>();
      const clear = await openEmbeddedStore(storeOptions(dir, { unusable: () => unusable.resolve(null) }));
      try {
        const database = new Database(path.join(dir, 'mayday.db'));
        // As the other one leaves it when it has sealed all that was there.
        database.exec(`INSERT INTO data_keys (id, wrapped, created_at) VALUES ('other', 'sealed', 1)`);
        await unusable.promise;
        await assert.rejects(keep(clear, 'late'), /encrypted by another process/);
        const behind = database.prepare(`SELECT value FROM settings WHERE name = 'sealing_behind'`).pluck();
        assert.equal(String(behind.get()), '{"table":0,"after":0,"packs":0}');
        database.close();
      } finally {
        await clear.close();
      }
    });
  });

  test('makes one key where two begin at once, and none where it cannot be written what is to be sealed', async () => {
    await withFolder(async (open, dir) => {
      await (await open(false)).close();
      const layout = layoutOf(dir);
      const settings = { readonly: false, cacheBytes: 1024 * 1024, walBytes: 1024 * 1024 };
      const [one, other] = [openDatabase(layout.database, settings), openDatabase(layout.database, settings)];
      one.exec(
        `CREATE TRIGGER full BEFORE INSERT ON settings WHEN new.name = 'sealing_behind' BEGIN SELECT RAISE(ABORT, 'full'); END`,
      );
      assert.throws(() => beginEncryption(one, { layout }), /full/);
      assert.deepEqual(wrappedKeys(one), []);
      one.exec('DROP TRIGGER full');
      const key = Buffer.alloc(32, 7).toString('base64');
      const first = { layout, command: () => key };
      const second = {
        layout,
        command() {
          // The other one begins when this one has seen that nobody has.
          beginEncryption(other, first);
          return key;
        },
      };
      assert.equal(beginEncryption(one, second), false);
      assert.equal(wrappedKeys(one).length, 1);
      one.close();
      other.close();
    });
  });

  test('keeps the limit of the store while older rows grow', async () => {
    await withFolder(async (_open, dir) => {
      const maxBytes = 8 * 1024 ** 2;
      const clear = await openEmbeddedStore(storeOptions(dir, { maxBytes, housekeeping: false }));
      for (let n = 0; n < 900; n += 1) {
        const value = createHash('sha512').update(String(n)).digest('hex').repeat(64);
        await storeReport(clear, { annotations: [{ key: 'comments', value }] });
      }
      await clear.maintenance.prune();
      await clear.close();
      const store = await openEmbeddedStore(
        storeOptions(dir, { maxBytes, housekeeping: false, encrypt: true }),
      );
      try {
        const { usedBytes } = await store.reports.status();
        assert.ok(usedBytes > maxBytes / 2);
        await store.maintenance.prune();
        const after = await store.reports.status();
        assert.ok(after.usedBytes <= maxBytes, `${after.usedBytes} of ${maxBytes}`);
        assert.ok(after.reports > 0);
      } finally {
        await store.close();
      }
    });
  });
});

/** In packs and in files of their own. */
const IN_FILES: readonly Place[] = ['packed', 'filed'];

describe('a store that was not encrypted before', () => {
  test('seals all that it has, however often that is killed, and leaves none of it in clear', async () => {
    await withFolder(async (open, dir) => {
      const clear = await open(false);
      const kept: { crashId: string; bugId: number }[] = [];
      for (let n = 0; n < 6; n += 1) kept.push(await keep(clear, `r${n}`));
      await clear.maintenance.prune();
      await clear.close();
      assert.ok(foundIn(dir, 'r0').length > 10);
      const begun = await openEmbeddedStore(storeOptions(dir, { encrypt: true, housekeeping: false }));
      assert.equal((await begun.reports.status()).sealing, 'reports');
      await begun.close();
      for (const steps of ['0', '1', '4', '9', '30', '40', '50', '55'])
        assert.equal(spawnSync(process.execPath, [SEAL_KILLED, dir, steps]).signal, 'SIGKILL');
      const store = await open(true);
      await store.maintenance.prune();
      for (let n = 0; n < kept.length; n += 1) assert.deepEqual(foundIn(dir, `r${n}`), []);
      const { behind, clearFiles } = encryptionState(layoutOf(dir));
      assert.deepEqual([behind, clearFiles, (await store.reports.status()).sealing], [null, 0, null]);
      for (const [n, { crashId, bugId }] of kept.entries()) {
        const report = await store.reports.getReport(crashId);
        assert.equal(report?.annotations[0]?.value, `words ${wordOf(`r${n}`, 'annotation')}`);
        assert.equal((await store.bugs.getBug(bugId))?.message, `it says ${wordOf(`r${n}`, 'message')}`);
        for (const name of ['small', ...IN_FILES]) {
          const opened = await store.reports.openAttachment(crashId, name);
          assert.ok(opened !== null);
          const hash = createHash('sha256')
            .update(await buffer(opened.stream))
            .digest('hex');
          assert.equal(hash, opened.info.sha256);
        }
      }
      const { crashId } = await keep(store, 'later');
      await store.maintenance.prune();
      assert.deepEqual(foundIn(dir, 'later'), []);
      assert.ok((await store.reports.getReport(crashId)) !== null);
    });
  });
});

/** Steps of sealing in this process, at most `most`, removals worked off in between; gives how many there were before it had to wait or was done. */
async function sealIn(
  dir: string,
  most: number,
  {
    before,
    between,
  }: {
    readonly before?: (connection: Connection) => void;
    readonly between?: (connection: Connection) => Promise<void>;
  },
): Promise<number> {
  const begun = await openEmbeddedStore(storeOptions(dir, { encrypt: true, housekeeping: false }));
  const layout = layoutOf(dir);
  const connection = openDatabase(layout.database, {
    readonly: false,
    cacheBytes: 1024 * 1024,
    walBytes: 1024 * 1024,
  });
  try {
    before?.(connection);
    const writer = { connection, layout, names: newNames(), kept: new KeptLedger() };
    const sealing = new SealingBehind(1024 * 1024, () => undefined);
    for (let steps = 0; steps < most; steps += 1) {
      if ((await sealing.step(writer)) !== 'more') return steps;
      await workOffRemovals(writer, Date.now() + 1);
      await between?.(connection);
    }
    return most;
  } finally {
    connection.close();
    await begun.close();
  }
}

describe('the sealing of what was there before', () => {
  test('comes to its end where the clock of the machine was ahead when the key was made', async () => {
    await withFolder(async (open, dir) => {
      const clear = await open(false);
      for (let n = 0; n < 12; n += 1) await one(clear, `r${n}`, 'packed', 200_000);
      await clear.close();
      const steps = await sealIn(dir, 400, {
        before: (connection) => {
          connection.prepare('UPDATE data_keys SET created_at = created_at + 3600000').run();
        },
      });
      assert.ok(steps < 400, `${steps} steps`);
      for (let n = 0; n < 12; n += 1) assert.deepEqual(foundIn(dir, `r${n}`), []);
      const { behind, clearFiles, unsealed } = encryptionState(layoutOf(dir));
      assert.deepEqual([behind, clearFiles, unsealed], [null, 0, 0]);
    });
  });

  test('comes to its end where the file of a large attachment is empty', async () => {
    await withFolder(async (open, dir) => {
      const clear = await open(false);
      await one(clear, 'empty', 'filed', 900_000);
      await one(clear, 'whole', 'filed', 900_000);
      await clear.close();
      const reports = path.join(dir, 'reports');
      const files = await readdir(reports, { recursive: true, withFileTypes: true });
      for (const entry of files.filter((each) => each.isFile())) {
        const file = path.join(entry.parentPath, entry.name);
        if ((await readFile(file)).includes(wordOf('empty', 'filed'))) await truncate(file, 0);
      }
      const steps = await sealIn(dir, 400, {
        before: (connection) => {
          // As versions before frames wrote it.
          connection
            .prepare(
              `UPDATE reports SET attachments = json_remove(attachments, '$[0].coding', '$[0].stored')`,
            )
            .run();
        },
      });
      assert.ok(steps < 400, `${steps} steps`);
      assert.deepEqual(foundIn(dir, 'whole'), []);
      const { behind, unsealed } = encryptionState(layoutOf(dir));
      assert.deepEqual([behind, unsealed], [null, 0]);
    });
  });
});

describe('sealing a file that the store has no room for', () => {
  test('is put off and counted: no report goes for it, and those behind it are sealed', async () => {
    const dir = await newFolder();
    const maxBytes = 24 * 1024 * 1024;
    try {
      const clear = await openEmbeddedStore(storeOptions(dir, { maxBytes, encrypt: false }));
      const { crashId } = await one(clear, 'large', 'filed', 12_000_000);
      await one(clear, 'behind', 'filed', 900_000);
      await clear.close();
      const store = await openEmbeddedStore(storeOptions(dir, { maxBytes, encrypt: true }));
      await store.maintenance.prune();
      assert.ok((await store.reports.getReport(crashId)) !== null);
      await store.close();
      assert.deepEqual(wordsIn(dir, [wordOf('behind', 'filed')]), []);
      assert.equal(encryptionState(layoutOf(dir)).unsealed, 1);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });
});

describe('a report that goes while it is sealed', () => {
  test('leaves nothing of what was written for it', async () => {
    await withFolder(async (open, dir) => {
      const clear = await open(false);
      const { crashId } = await one(clear, 'gone', 'filed', 9_000_000);
      await one(clear, 'next', 'filed', 900_000);
      await clear.close();
      const drafts = path.join(dir, 'incoming');
      let wasThere = false;
      await sealIn(dir, 400, {
        between: async (connection) => {
          const isThere = (await readdir(drafts)).some((name) => name.startsWith('sealed-'));
          if (!isThere || wasThere) return;
          wasThere = true;
          connection.prepare('DELETE FROM reports WHERE crash_id = ?').run(crashId);
        },
      });
      assert.ok(wasThere);
      assert.deepEqual(
        (await readdir(drafts)).filter((name) => name.startsWith('sealed-')),
        [],
      );
      assert.deepEqual(wordsIn(dir, [wordOf('next', 'filed')]), []);
    });
  });

  test('is begun again where the sweep took what was written, and is sealed', async () => {
    await withFolder(async (open, dir) => {
      const clear = await open(false);
      await one(clear, 'swept', 'filed', 9_000_000);
      await clear.close();
      const drafts = path.join(dir, 'incoming');
      let taken = 0;
      await sealIn(dir, 400, {
        between: async () => {
          const draft = (await readdir(drafts)).find((name) => name.startsWith('sealed-'));
          if (draft === undefined || (await readdir(path.join(drafts, draft))).length === 0 || taken > 0)
            return;
          taken += 1;
          await rm(path.join(drafts, draft), { recursive: true });
        },
      });
      assert.equal(taken, 1);
      assert.deepEqual(wordsIn(dir, [wordOf('swept', 'filed')]), []);
      assert.equal(encryptionState(layoutOf(dir)).unsealed, 0);
    });
  });
});

describe('an attachment that is damaged in clear', () => {
  for (const [name, folder] of [
    ['packed', 'packs'],
    ['filed', 'reports'],
  ] as const) {
    test(`in ${folder}/ is sealed with its damage: it opens no more than before, and the others come back`, async () => {
      await withFolder(async (open, dir) => {
        const clear = await open(false);
        const length = folder === 'packs' ? 150_000 : 900_000;
        const [broken, whole] = [
          await one(clear, 'broken', name, length),
          await one(clear, 'whole', name, length),
        ];
        await clear.close();
        await damage(path.join(dir, folder), wordOf('broken', name));
        const read = async (store: Store, crashId: string): Promise<Buffer> => {
          const opened = await store.reports.openAttachment(crashId, name);
          assert.ok(opened !== null);
          return buffer(opened.stream);
        };
        const store = await open(true);
        await store.maintenance.prune();
        await assert.rejects(read(store, broken.crashId));
        assert.ok((await read(store, whole.crashId)).includes(wordOf('whole', name)));
        assert.deepEqual([...foundIn(dir, 'broken'), ...foundIn(dir, 'whole')], []);
        const { behind, clearFiles, unsealed } = encryptionState(layoutOf(dir));
        assert.deepEqual([behind, clearFiles, unsealed], [null, 0, 0]);
      });
    });
  }

  test('or whose pack ends early is passed over, told of and counted, and the others are sealed', async () => {
    await withFolder(async (open, dir) => {
      const clear = await open(false);
      await one(clear, 'short', 'packed', 150_000);
      const { crashId } = await keep(clear, 'whole');
      await clear.close();
      const packs = path.join(dir, 'packs');
      const [name = ''] = await readdir(packs);
      const bytes = await readFile(path.join(packs, name));
      await writeFile(path.join(packs, name), bytes.subarray(0, bytes.length / 2));
      const store = await open(true);
      await store.maintenance.prune();
      const { behind, unsealed } = encryptionState(layoutOf(dir));
      assert.deepEqual([behind?.at, unsealed], ['the log', 1]);
      assert.deepEqual(foundIn(dir, 'whole'), []);
      const filed = await store.reports.openAttachment(crashId, 'filed');
      assert.ok(filed !== null && (await buffer(filed.stream)).length === filed.info.size);
    });
  });
});

/** A report with one attachment that begins with its word: alone, it lies in a pack, or in a file where it is larger. */
async function one(store: Store, of: string, name: Place, length: number): Promise<{ crashId: string }> {
  const data = Buffer.concat([Buffer.from(wordOf(of, name)), someBytes(length)]);
  return storeReport(store, {}, [{ name, data }]);
}

/** Changes a byte behind the place where a word stands. */
async function damage(folder: string, word: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const bytes = await readFile(file);
    const at = bytes.indexOf(word);
    if (at === -1) continue;
    bytes[at + word.length + 500] = (bytes[at + word.length + 500] ?? 0) ^ 0xff;
    await writeFile(file, bytes);
    return;
  }
  assert.fail(`no file of ${folder} has ${word}`);
}

describe('a change of the keys of an encrypted store', () => {
  for (const step of ['key', 'sealed']) {
    test(`that is killed after the step "${step}" loses nothing, with a new data key, too`, async () => {
      await withFolder(async (open, dir) => {
        const store = await open(true);
        const { crashId } = await keep(store, 'before');
        for (const what of ['', 'data'])
          assert.equal(spawnSync(process.execPath, [ROTATE_KILLED, dir, step, what]).signal, 'SIGKILL');
        // Beside a server that runs.
        assert.ok((await store.reports.getReport(crashId)) !== null);
        await store.close();
        const source = { layout: layoutOf(dir) };
        assert.deepEqual(rotateKeys(source, undefined, { data: true }).unopened, []);
        const next = await open(true);
        assert.equal(
          (await next.reports.getReport(crashId))?.annotations[0]?.value,
          `words ${wordOf('before', 'annotation')}`,
        );
        await keep(next, 'after');
        assert.deepEqual(foundIn(dir, 'after'), []);
      });
    });
  }

  test('makes a data key that a server beside it opens with, too', async () => {
    await withFolder(async (open, dir) => {
      const first = await open(true);
      await keep(first, 'one');
      rotateKeys({ layout: layoutOf(dir) }, undefined, { data: true });
      // Another process would do this with the new key, which the first one has not seen.
      const source = spawnSync(process.execPath, [STORE_ONE, dir], { encoding: 'utf8' });
      const crashId = source.stdout.trim();
      const report = await first.reports.getReport(crashId);
      assert.equal(report?.annotations[0]?.value, `words ${wordOf('other', 'annotation')}`);
    });
  });
});

describe('an encrypted store', () => {
  test('is backed up as it is, restored, and verified with its keys alone', async () => {
    await withFolder(async (open, dir) => {
      const store = await open(true);
      const { crashId } = await keep(store, 'saved');
      await store.maintenance.prune();
      const target = path.join(dir, '..', `${path.basename(dir)}-backup`);
      const to = `${target}-restored`;
      const same = { files: nodeFiles, progress: () => undefined };
      try {
        const settings = { ...same, now: Date.now, version: '1', keep: null, link: false, full: false };
        await makeBackup({ ...settings, dir, target });
        assert.deepEqual(foundIn(target, 'saved'), []);
        await restoreBackup({ ...same, from: target, name: null, dir: to });
        await assert.rejects(openEmbeddedStore(storeOptions(to)), SecretsLocked);
        await copyFile(path.join(dir, 'mayday.keys'), path.join(to, 'mayday.keys'));
        unlockStore({ layout: layoutOf(to) });
        assert.deepEqual((await verifyStore({ ...same, dir: to })).wrong, []);
        const back = await openEmbeddedStore(storeOptions(to));
        try {
          const report = await back.reports.getReport(crashId);
          assert.equal(report?.annotations[0]?.value, `words ${wordOf('saved', 'annotation')}`);
        } finally {
          await back.close();
        }
      } finally {
        for (const folder of [target, to]) await rm(folder, { recursive: true, force: true });
      }
    });
  });

  test('is repaired: reports that lost their database come back from their files, sealed', async () => {
    await withFolder(async (open, dir) => {
      const store = await open(true);
      const { crashId } = await keep(store, 'mended');
      await store.close();
      for (const suffix of ['', '-wal', '-shm', '.map'])
        await rm(path.join(dir, `mayday.db${suffix}`), { force: true });
      const result = repairStore(dir, Date.now());
      assert.deepEqual(result.joined, [crashId]);
      const mended = await open(false);
      const report = await mended.reports.getReport(crashId);
      assert.equal(report?.annotations[0]?.value, `words ${wordOf('mended', 'annotation')}`);
      assert.deepEqual(foundIn(dir, 'mended'), []);
    });
  });

  test('is repaired: rows that a damaged database still holds are taken over, and stay sealed', async () => {
    await withFolder(async (open, dir) => {
      const store = await open(true);
      const ids: string[] = [];
      for (let n = 0; n < 4; n += 1) ids.push((await keep(store, `r${n}`)).crashId);
      await store.maintenance.prune();
      await store.close();
      const database = path.join(dir, 'mayday.db');
      const bytes = await readFile(database);
      // The schema's own page: SQLite opens nothing of it any more.
      bytes.fill(0xff, 100, 200);
      await writeFile(database, bytes);
      const result = repairStore(dir, Date.now());
      assert.equal(result.reports, 4);
      assert.deepEqual(result.altered, []);
      const mended = await open(false);
      for (const [n, id] of ids.entries()) {
        const report = await mended.reports.getReport(id);
        assert.equal(report?.annotations[0]?.value, `words ${wordOf(`r${n}`, 'annotation')}`);
      }
    });
  });
});
