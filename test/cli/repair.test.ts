// `mayday repair` as an operator meets it: what it says, what it leaves, its exit codes.
import assert from 'node:assert/strict';
import { closeSync, existsSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { command } from '../../src/cli/commands/repair-command.ts';
import { openEmbeddedStore } from '../../src/store/embedded/open.ts';
import { someBytes, storeReport } from '../store/conformance/report-builder.ts';
import { newFolder, storeOptions } from '../store/embedded/open-store.ts';
import { addUser } from '../store/conformance/add-user.ts';

const PAGE = 4096;
/** Large attachments have files, small ones lie in the database; one of each is deleted. */
const LARGE = 4;
const SMALL = 40;

async function withReports(run: (dir: string) => Promise<void>): Promise<void> {
  const dir = await newFolder();
  try {
    const store = await openEmbeddedStore(storeOptions(dir, { housekeeping: false }));
    const ids: string[] = [];
    for (let index = 0; index < LARGE + SMALL; index += 1) {
      const data = someBytes(index < LARGE ? 150_000 : 3000, index + 1);
      ids.push((await storeReport(store, { identity: `i${index}` }, [{ name: 'dump', data }])).crashId);
    }
    for (const id of [ids[0], ids[LARGE]]) await store.reports.deleteReport(id ?? '');
    await addUser(store, { email: 'ada@example.org', name: 'Ada', role: 'admin', seesProtected: true });
    await store.maintenance.prune();
    await store.close();
    const database = new Database(path.join(dir, 'mayday.db'));
    database.pragma('wal_checkpoint(TRUNCATE)');
    database.close();
    await run(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function repair(
  dir: string,
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  let [out, err] = ['', ''];
  const env = { CRASH_REPORTS_DIR: dir, SUBMIT_SERVER_PORT: '0', REPORTS_SERVER_PORT: '0' };
  const code = await command.run(args, {
    out: (text) => (out += text),
    err: (text) => (err += text),
    env,
    terminal: false,
  });
  return { code, out: out.replaceAll(/\d{8}-\d{6}/g, 'TIME').replaceAll(dir, 'DIR'), err };
}

function spoilRoot(dir: string, table: string): void {
  const file = path.join(dir, 'mayday.db');
  const database = new Database(file, { readonly: true });
  const root = Number(
    database.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').pluck().get(table),
  );
  database.close();
  const handle = openSync(file, 'r+');
  writeSync(handle, Buffer.alloc(PAGE, 0xa5), 0, PAGE, (root - 1) * PAGE);
  closeSync(handle);
}

test('a sound store is told to be sound and left alone', async () => {
  await withReports(async (dir) => {
    // Whoever opens a database leaves an empty log beside it.
    const names = (): readonly string[] => readdirSync(dir).filter((name) => !/-(wal|shm)$/.test(name));
    const before = names();
    const { code, out } = await repair(dir);
    assert.equal(code, 0);
    assert.equal(
      out,
      'Nothing is damaged: 42 reports, and every file belongs to one. Nothing was changed.\n',
    );
    assert.deepEqual(names(), before);
  });
});

test('of a database that is gone it says what is left, what is lost, and what to do', async () => {
  await withReports(async (dir) => {
    for (const suffix of ['', '-wal', '-shm', '.map'])
      rmSync(path.join(dir, `mayday.db${suffix}`), { force: true });
    const { code, out } = await repair(dir);
    assert.equal(code, 0);
    assert.match(out, /^Before: no database/);
    assert.match(
      out,
      /Now: {4}3 reports: 0 by their rows, 0 that nothing led to any more, 3 by their files alone\./,
    );
    assert.match(out, /Lost with the database: reports without a file .* people, rules and bugs\./);
    assert.match(out, /3 reports have a row again, by their files:\n( {2}[0-9a-f-]{36}\n){3}/);
    assert.match(out, /Start the servers again/);
    assert.doesNotMatch(out, /is kept in/);
  });
});

test('of a damaged database it says what was saved; the old one lies in one folder, with everything that belongs to it', async () => {
  await withReports(async (dir) => {
    spoilRoot(dir, 'tokens');
    spoilRoot(dir, 'report_data');
    const dry = await repair(dir, '--dry-run');
    assert.equal(dry.code, 0);
    assert.match(dry.out, /^This is what a repair would do; nothing was changed\.\n/);
    assert.deepEqual(
      readdirSync(dir).filter((name) => /damaged|repaired|unclaimed/.test(name)),
      [],
    );
    const { out } = await repair(dir);
    for (const line of dry.out.trim().split('\n').slice(2)) assert.ok(out.includes(line), line);
    assert.match(out, /^Before: a database that leads to 42 reports\.\nNow: {4}42 reports: 42 by their rows/);
    assert.match(out, /Saved as well: .*people \(1\)/);
    assert.match(out, /Nothing could be read of: API tokens\./);
    assert.match(out, /The old database is kept in DIR\/damaged-TIME, with its log\./);
    assert.match(out, /Nothing is erased from what was kept: reports that were deleted lately, and whatever/);
    assert.match(out, /remove what was kept: rm -r DIR\/damaged-TIME\n$/);
    const folder = readdirSync(dir).find((name) => name.startsWith('damaged-')) ?? '';
    assert.ok(existsSync(path.join(dir, folder, 'mayday.db')));
    assert.deepEqual(
      readdirSync(dir).filter((name) => name.startsWith('mayday.db')),
      ['mayday.db'],
    );
    assert.match((await repair(dir)).out, /^Nothing is damaged: 42 reports/);
  });
});

test('reports whose small attachments are lost are named', async () => {
  await withReports(async (dir) => {
    const database = new Database(path.join(dir, 'mayday.db'));
    const [lost] = database.prepare<[], number>('SELECT report_id FROM report_data').pluck().all();
    database.prepare('DELETE FROM report_data WHERE report_id = ?').run(lost);
    const crashId = database.prepare('SELECT crash_id FROM reports WHERE id = ?').pluck().get(lost);
    database.close();
    const { out } = await repair(dir);
    assert.ok(
      out.includes(
        `1 reports have lost their small attachments, which lay in the database:\n  ${String(crashId)}\n`,
      ),
      out,
    );
  });
});

test('a folder that is not there and settings that are wrong have their exit codes', async () => {
  assert.equal((await repair('/nowhere/at/all')).code, 1);
  const env = { CRASH_REPORTS_DIR: '/tmp', SUBMIT_SERVER_PORT: 'x' };
  const io = { out: () => undefined, err: () => undefined, env, terminal: false };
  assert.equal(await command.run([], io), 2);
});
