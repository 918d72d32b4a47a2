// Commands with an environment of their own on a store that a server keeps larger and longer.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { after, beforeEach, test } from 'node:test';
import Database from 'better-sqlite3';
import { UsageError } from '../../src/cli/arguments.ts';
import type { Command } from '../../src/cli/command.ts';
import { command as exportCommand } from '../../src/cli/commands/export-command.ts';
import { command as prune } from '../../src/cli/commands/prune-command.ts';
import { layoutOf } from '../../src/store/embedded/disk/folder-layout.ts';
import { openEmbeddedStore } from '../../src/store/embedded/open.ts';
import { servedLimitsOf } from '../../src/store/embedded/served-limits.ts';
import type { Store } from '../../src/store/store.ts';
import { NOON, eventually, storeReport } from '../store/conformance/report-builder.ts';
import { newFolder, storeOptions } from '../store/embedded/open-store.ts';

const MEBIBYTE = 1024 * 1024;
const REPORTS = 12;
/** A shell that knows nothing of the server: 8 MB and a day, while the server keeps 64 MB for ever. */
const SMALL = {
  MAX_REPORTS_SIZE_MB: '8',
  KEEP_DAYS: '1',
  KEEP_AUDIT_DAYS: '1',
  KEEP_VERSIONS_DAYS: '1',
  KEEP_IDLE_PRODUCTS_DAYS: '1',
  MAX_AUTO_PRODUCTS: '1',
  INBOX_SIZE: '10',
  PRUNE_GRACE_MINUTES: '0',
};

const folders: string[] = [];
let dir = '';

async function run(
  command: Command,
  args: readonly string[],
  env: Record<string, string> = SMALL,
): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await command.run(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    env: { CRASH_REPORTS_DIR: dir, LOG_LEVEL: 'silent', ...env },
    terminal: false,
  });
  return { code, out, err };
}

async function serving<T>(use: (store: Store) => Promise<T>): Promise<T> {
  const store = await openEmbeddedStore(storeOptions(dir, { maxBytes: 64 * MEBIBYTE, packedBytes: 0 }));
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

async function kept(): Promise<number> {
  return (await serving((store) => store.reports.status())).reports;
}

async function exportInto(folder: string) {
  return run(exportCommand, [path.join(dir, '..', folder), '--json']);
}

beforeEach(async () => {
  dir = path.join(await newFolder(), 'data');
  folders.push(path.dirname(dir));
  await serving(async (store) => {
    for (let index = 0; index < REPORTS; index += 1)
      await storeReport(store, { product: `Product ${index % 3}`, receivedAt: NOON + index * 1000 }, [
        { name: 'dump', data: randomBytes(MEBIBYTE) },
      ]);
    await store.audit.record({
      who: { person: null, way: 'command', token: null },
      ...{ what: 'old', object: '', network: '', outcome: 'done', detail: {} },
    });
  });
});

after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

test('a command with smaller limits than the server removes nothing that the server keeps', async () => {
  const { code } = await exportInto('export');
  assert.equal(code, 0);
  assert.equal(await kept(), REPORTS);
  assert.equal((await serving((store) => store.people.listProducts())).length, 3);
});

test('on a store that no server of this version served, a command removes nothing either', async () => {
  const database = new Database(layoutOf(dir).database);
  assert.equal(database.prepare(`DELETE FROM settings WHERE name = 'served_limits'`).run().changes, 1);
  database.close();
  assert.equal((await exportInto('export')).code, 0);
  assert.equal(servedLimitsOf(dir), null, 'a command does not speak for a server');
  assert.equal(await kept(), REPORTS);
});

test('a server that is started with a smaller limit prunes to it, and commands heed that one', async () => {
  const store = await openEmbeddedStore(storeOptions(dir, { maxBytes: 8 * MEBIBYTE, packedBytes: 0 }));
  try {
    await storeReport(store, { receivedAt: NOON + 60_000 }, []);
    await eventually(
      async () => (await store.reports.status()).reports,
      (reports) => reports < REPORTS,
    );
  } finally {
    await store.close();
  }
  assert.equal(servedLimitsOf(dir)?.maxBytes, 8 * MEBIBYTE);
});

test('prune with smaller limits than the server removes nothing, says so, and wants them given', async () => {
  const refused = await run(prune, []);
  assert.equal(refused.code, 2);
  assert.match(refused.err, /^The server keeps 64 MB here, and MAX_REPORTS_SIZE_MB of this command is 8:/m);
  assert.match(
    refused.err,
    /^The server keeps reports whatever their age, and KEEP_DAYS of this command is 1:/m,
  );
  assert.match(refused.err, /^Nothing was removed\.$/m);
  assert.equal(await kept(), REPORTS);

  const one = await run(prune, ['--max-size-mb', '8']);
  assert.equal(one.code, 2);
  assert.doesNotMatch(one.err, /MAX_REPORTS_SIZE_MB/);
  assert.equal(await kept(), REPORTS);

  const bySize = await run(prune, ['--max-size-mb', '8', '--keep-days', '0', '--json']);
  assert.equal(bySize.code, 0, bySize.err);
  const removed = (JSON.parse(bySize.out) as { readonly reports: number }).reports;
  assert.ok(removed > 0 && removed < REPORTS, `${removed} removed`);
  assert.equal(await kept(), REPORTS - removed);

  const byAge = await run(prune, ['--max-size-mb', '8', '--keep-days', '1']);
  assert.equal(byAge.code, 0, byAge.err);
  assert.equal(await kept(), 0);
});

test("prune with the server's settings needs no more than them, and a limit that is none is a usage error", async () => {
  const done = await run(prune, ['--json'], { MAX_REPORTS_SIZE_MB: '64' });
  assert.equal(done.code, 0, done.err);
  assert.equal(await kept(), REPORTS);
  await assert.rejects(run(prune, ['--max-size-mb', '0']), UsageError);
  await assert.rejects(run(prune, ['--keep-days', 'all']), UsageError);
});
