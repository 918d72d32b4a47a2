// `mayday repair`: whatever page is lost, everything else is saved, found or joined again, and nothing is deleted.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  cpSync,
  existsSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { repairStore } from '../../../src/store/embedded/repair/repair.ts';
import type { RepairResult } from '../../../src/store/embedded/repair/repair.ts';
import type { Store } from '../../../src/store/store.ts';
import { crash, fileReport } from '../conformance/processed-builder.ts';
import { NOON, chunks, someBytes, storeReport } from '../conformance/report-builder.ts';
import { recount } from '../faults/recount.ts';
import { thorough } from '../../thorough.ts';
import { newFolder, storeOptions } from './open-store.ts';
import { addUser } from '../conformance/add-user.ts';

const PAGE = 4096;
const REPORTS = 120;

/** What was put in, by crash id: SHA-256 of the attachment. */
type Stored = ReadonlyMap<string, string>;

/** A folder with reports of all sizes, filed and not, two products, people, blobs; checkpointed and closed. */
async function fill(dir: string): Promise<Stored> {
  const stored = new Map<string, string>();
  // What lies in packs has tests of its own (packs.test.ts).
  const store = await openEmbeddedStore(storeOptions(dir, { packedBytes: 0 }));
  for (let index = 0; index < REPORTS; index += 1) {
    const size = index % 20 === 0 ? 150_000 : 200 + index * 97;
    const data = someBytes(size, index + 1);
    const { crashId } = await storeReport(
      store,
      {
        receivedAt: NOON + index * 1000,
        product: index % 3 === 0 ? 'Organ' : 'Piano',
        version: `1.${index % 4}`,
        identity: `identity ${index}`,
        annotations: [{ key: 'text', value: `${index} `.repeat(index % 10 === 0 ? 3000 : 40) }],
      },
      [{ name: 'dump', data }],
    );
    stored.set(crashId, createHash('sha256').update(data).digest('hex'));
  }
  for (const key of ['one', 'two']) await fileReport(store, [crash(key)]);
  await addUser(store, { email: 'ada@example.org', name: 'Ada', role: 'admin', seesProtected: true });
  await store.intake.putBlob('default', 'Piano', 'blob', chunks(someBytes(150_000)));
  await store.close();
  const writable = new Database(path.join(dir, 'mayday.db'));
  writable.pragma('wal_checkpoint(TRUNCATE)');
  writable.close();
  return stored;
}

/** Crash ids of reports that are there and whole. */
async function wholeReports(dir: string): Promise<ReadonlyMap<string, string>> {
  const store = await openEmbeddedStore(storeOptions(dir, { housekeeping: false }));
  try {
    return await readAll(store);
  } finally {
    await store.close();
  }
}

async function readAll(store: Store): Promise<ReadonlyMap<string, string>> {
  const whole = new Map<string, string>();
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page: Awaited<ReturnType<Store['reports']['listReports']>> = await store.reports.listReports(
      {},
      cursor === undefined ? { limit: 200 } : { limit: 200, cursor },
    );
    for (const { crashId } of page.rows) {
      const opened = await store.reports.openAttachment(crashId, 'dump');
      if (opened === null) continue;
      // Damaged, and told so.
      const bytes = await buffer(opened.stream).catch(() => null);
      if (bytes !== null) whole.set(crashId, createHash('sha256').update(bytes).digest('hex'));
    }
    cursor = page.next;
  }
  return whole;
}

function pagesOf(database: string): number {
  return statSync(database).size / PAGE;
}

function spoil(database: string, page: number): void {
  const file = openSync(database, 'r+');
  writeSync(file, Buffer.alloc(PAGE, 0xa5), 0, PAGE, (page - 1) * PAGE);
  closeSync(file);
}

function rootOf(database: string, name: string): number {
  const reader = new Database(database, { readonly: true });
  const root = reader
    .prepare<[string], number>('SELECT rootpage FROM sqlite_schema WHERE name = ?')
    .pluck()
    .get(name);
  reader.close();
  return root ?? 0;
}

/** How many tables and indexes there are. */
function rootsOf(database: string): number {
  const reader = new Database(database, { readonly: true });
  const roots = reader
    .prepare<[], number>('SELECT count(*) FROM sqlite_schema WHERE rootpage > 0')
    .pluck()
    .get();
  reader.close();
  return roots ?? 0;
}

/** Runs `harm` and a repair on a copy of the filled folder; then the store opens, counts are right, and `check` looks at the rest. */
async function afterHarm(
  filled: string,
  harm: (database: string, dir: string) => void,
  check: (result: RepairResult, whole: ReadonlyMap<string, string>, dir: string) => void | Promise<void>,
): Promise<void> {
  const dir = await newFolder();
  try {
    cpSync(filled, dir, { recursive: true });
    const database = path.join(dir, 'mayday.db');
    harm(database, dir);
    const harmed = existsSync(database) ? readFileSync(database) : null;
    const result = repairStore(dir, NOON);
    if (harmed !== null && result.kept !== null) {
      assert.deepEqual(
        readFileSync(path.join(dir, result.kept, 'mayday.db')),
        harmed,
        'the old database is kept as it was',
      );
    }
    const whole = await wholeReports(dir);
    assert.deepEqual(recount(dir), []);
    await check(result, whole, dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

test('a repair saves everything that the damage left', async (t) => {
  const filled = await newFolder();
  try {
    const stored = await fill(filled);
    const all = stored.size + 2;

    await t.test('a sound store is left as it is', async () => {
      await afterHarm(
        filled,
        () => undefined,
        (result) => {
          assert.deepEqual([result.sound, result.kept, result.reports], [true, null, all]);
        },
      );
    });

    for (const table of ['reports', 'report_data', 'kinds', 'products', 'accounts']) {
      await t.test(`with the root of ${table} lost every report is whole, under its product`, async () => {
        await afterHarm(
          filled,
          (database) => spoil(database, rootOf(database, table)),
          async (result, whole, dir) => {
            assert.equal(result.sound, false);
            // Small tables lie on their root page: what is on it is gone, and reports tell their product themselves.
            const lost = [...stored].filter(([crashId, digest]) => whole.get(crashId) !== digest);
            assert.deepEqual(lost, []);
            const store = await openEmbeddedStore(storeOptions(dir, { housekeeping: false }));
            const { rows } = await store.reports.listReports({ product: 'Organ' }, { limit: 200 });
            assert.equal(rows.length, 40);
            await store.close();
          },
        );
      });
    }

    for (const table of ['fact_keys', 'facts_tail']) {
      await t.test(`with the root of ${table} lost searches find every filed crash again`, async () => {
        await afterHarm(
          filled,
          (database) => spoil(database, rootOf(database, table)),
          async (_result, _whole, dir) => {
            const store = await openEmbeddedStore(storeOptions(dir, { housekeeping: false }));
            await store.maintenance.prune();
            const found = await store.search.search({
              products: [{ account: 'default', product: 'Piano', publicNames: null, messages: true }],
              query: { is: 'and', of: [] },
              facets: [],
              histogram: null,
              distinct: ['bug'],
              numbers: [],
              list: null,
            });
            await store.close();
            assert.ok('answer' in found);
            assert.deepEqual([found.answer.rows, found.answer.distinct], [2, [2]]);
          },
        );
      });
    }

    for (const index of ['reports_by_crash_id', 'reports_by_identity', 'bugs_by_count']) {
      await t.test(`with the index ${index} lost nothing is`, async () => {
        await afterHarm(
          filled,
          (database) => spoil(database, rootOf(database, index)),
          (_result, whole) => {
            for (const [crashId, digest] of stored) assert.equal(whole.get(crashId), digest, crashId);
          },
        );
      });
    }

    await t.test(
      'with the first page lost, which says where everything is, every report is whole and people can sign in',
      async () => {
        await afterHarm(
          filled,
          (database) => spoil(database, 1),
          async (_result, whole, dir) => {
            for (const [crashId, digest] of stored) assert.equal(whole.get(crashId), digest, crashId);
            const store = await openEmbeddedStore(storeOptions(dir, { housekeeping: false }));
            assert.equal((await store.people.userByEmail('ada@example.org'))?.name, 'Ada');
            assert.deepEqual(await store.intake.missingBlobs('default', 'Piano', ['blob']), []);
            await store.close();
          },
        );
      },
    );

    await t.test('any page that is lost takes no more than what lay on it', async () => {
      const pages = pagesOf(path.join(filled, 'mayday.db'));
      // The pages of all tables and indexes come in turn.
      for (let page = 2; page <= pages; page += thorough ? 11 : 67) {
        await afterHarm(
          filled,
          (database) => spoil(database, page),
          (result, whole) => {
            const lost = [...stored].filter(([crashId, digest]) => whole.get(crashId) !== digest);
            assert.ok(lost.length <= 25, `page ${page}: ${lost.length} reports are lost`);
            const told =
              result.altered.length +
              result.tables.reduce((sum, each) => sum + each.lostPages + each.lostRows, 0);
            assert.ok(lost.length === 0 || told > 0, `page ${page}: the loss is told`);
          },
        );
      }
    });

    await t.test('a database that is gone gives back the reports with files, as they were', async () => {
      await afterHarm(
        filled,
        (database) => rmSync(database),
        async (result, whole, dir) => {
          assert.equal(result.kept, 'damaged-20260314-120000');
          assert.equal(result.joined.length, 6);
          for (const crashId of result.joined) assert.equal(whole.get(crashId), stored.get(crashId));
          const store = await openEmbeddedStore(storeOptions(dir, { housekeeping: false }));
          const report = await store.reports.getReport(result.joined[0] ?? '');
          assert.deepEqual([report?.product, report?.version], ['Organ', '1.0']);
          assert.equal(report?.annotations[0]?.key, 'text');
          await store.close();
          assert.equal(result.unclaimed.length, 1, 'the blob, whose product nobody knows');
          assert.equal(readdirSync(path.join(dir, result.aside, 'blobs')).length, 1);
        },
      );
    });

    await t.test('half a database gives back what its half holds', async () => {
      await afterHarm(
        filled,
        (database) => {
          // Tables and indexes begin with a page each, whatever their number: half of what comes behind these is lost.
          const roots = rootsOf(database);
          truncateSync(database, (roots + Math.floor((pagesOf(database) - roots) / 2)) * PAGE);
        },
        (result, whole) => {
          assert.ok(whole.size > 20, `${whole.size} reports`);
          for (const [crashId, digest] of whole) {
            if (stored.has(crashId)) assert.equal(digest, stored.get(crashId));
          }
          assert.ok(result.tables.some(({ lostPages }) => lostPages > 0));
        },
      );
    });

    await t.test('what was deleted does not come back', async () => {
      const [deleted = ''] = [...stored.keys()].slice(3);
      await afterHarm(
        filled,
        (database) => {
          const writable = new Database(database);
          writable.prepare('DELETE FROM reports WHERE crash_id = ?').run(deleted);
          writable.pragma('wal_checkpoint(TRUNCATE)');
          writable.close();
          spoil(database, rootOf(database, 'reports_by_crash_id'));
        },
        (_result, whole) => {
          assert.equal(whole.has(deleted), false);
          assert.equal(whole.size, stored.size - 1);
        },
      );
    });

    await t.test('reports that are only in the log are saved with it', async () => {
      const dir = await newFolder();
      const copy = await newFolder();
      try {
        cpSync(filled, dir, { recursive: true });
        const store = await openEmbeddedStore(storeOptions(dir, { housekeeping: false }));
        const { crashId } = await storeReport(store, {}, [{ name: 'dump', data: someBytes(3000, 77) }]);
        cpSync(dir, copy, { recursive: true });
        await store.close();
        assert.ok(existsSync(path.join(copy, 'mayday.db-wal')));
        spoil(path.join(copy, 'mayday.db'), 1);
        spoil(path.join(copy, 'mayday.db'), rootOf(path.join(filled, 'mayday.db'), 'bug_keys'));
        repairStore(copy, NOON);
        assert.ok((await wholeReports(copy)).has(crashId));
      } finally {
        await rm(dir, { recursive: true, force: true });
        await rm(copy, { recursive: true, force: true });
      }
    });

    await t.test(
      'a folder of an earlier version, which does not tell what it was, is joined by its files',
      async () => {
        await afterHarm(
          filled,
          (database, dir) => {
            rmSync(database);
            for (const day of readdirSync(path.join(dir, 'reports'))) {
              for (const crashId of readdirSync(path.join(dir, 'reports', day))) {
                const file = path.join(dir, 'reports', day, crashId, 'dump.zst');
                const bytes = readFileSync(file);
                const record = bytes.readUInt32LE(bytes.length - 12) + 24;
                writeFileSync(file, bytes.subarray(0, bytes.length - record));
              }
            }
          },
          (result, whole) => {
            assert.equal(result.joined.length, 6);
            for (const crashId of result.joined) assert.equal(whole.get(crashId), stored.get(crashId));
          },
        );
      },
    );

    await t.test('garbage in place of a database throws nothing', async () => {
      for (const garbage of [Buffer.alloc(3), Buffer.alloc(50_000, 0x0d), Buffer.alloc(40_960, 5)]) {
        await afterHarm(
          filled,
          (database) => writeFileSync(database, garbage),
          (result) => assert.equal(result.joined.length, 6),
        );
      }
      copyFileSync(path.join(filled, 'mayday.db'), path.join(filled, 'copy'));
      rmSync(path.join(filled, 'copy'));
    });
  } finally {
    await rm(filled, { recursive: true, force: true });
  }
});
