// An export that cannot be whole says so: what is not in it is named, or nothing is finished.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import Sqlite from 'better-sqlite3';
import { ExportRefused } from '../../src/moving/export/export-folder.ts';
import { writeExport } from '../../src/moving/export/write-export.ts';
import type { ReportSearch } from '../../src/store/crash-search.ts';
import { ReadRefused } from '../../src/store/reports.ts';
import type { Store } from '../../src/store/store.ts';
import { occurrence } from '../process/report-of.ts';
import { NOON, someBytes, storeReport } from '../store/conformance/report-builder.ts';
import { SYMBOL_ID, symbolTree } from './foreign-sources.ts';
import { mayday, processAll, reportsOf, withStore, type ImportJson } from './moving-harness.ts';

let root = '';
const dirOf = (name: string): string => path.join(root, name);

before(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'mayday-whole-'));
});
after(() => rm(root, { recursive: true, force: true }));

describe('an export by a search', () => {
  before(async () => {
    await withStore(dirOf('searched'), async (store) => {
      await storeReport(store, { protocol: 'crashkit', payloadKind: 'json', receivedAt: NOON }, [
        { name: 'payload.json', kind: 'payload', data: Buffer.from(JSON.stringify([occurrence()])) },
      ]);
    });
    await processAll(dirOf('searched'));
  });

  /** Exports with a store whose searches of reports answer as they do on a machine that is too slow. */
  async function exported(
    target: string,
    searchReports: (search: ReportSearch, store: Store) => ReturnType<Store['search']['searchReports']>,
  ) {
    return withStore(dirOf('searched'), (store) =>
      writeExport({
        store: {
          ...store,
          search: { ...store.search, searchReports: (search) => searchReports(search, store) },
        },
        dir: dirOf(target),
        madeBy: 'test',
        now: () => NOON,
        filter: { query: 'version:1.0' },
        choices: { processed: false, passwords: false, symbols: false },
        progress: () => undefined,
        isInterrupted: () => false,
      }),
    );
  }

  test('asks to have all of it looked at, as long as that may take', async () => {
    const asked: ReportSearch[] = [];
    const { records } = await exported('asked', (search, store) => {
      asked.push(search);
      return store.search.searchReports(search);
    });
    assert.equal(records.report, 1);
    // Once for the reports, and once for what people said about them.
    assert.deepEqual(
      asked.map(({ whole }) => whole),
      [true, true],
    );
  });

  test('whose search was stopped before its end is refused, and not finished', async () => {
    await assert.rejects(
      exported('stopped', async (search, store) => {
        const answer = await store.search.searchReports(search);
        return 'fault' in answer ? answer : { found: { ...answer.found, complete: false } };
      }),
      (error) => error instanceof ExportRefused && /takes too long/.test(error.message),
    );
    const { code, err } = await mayday(dirOf('stopped store'), 'import', dirOf('stopped'));
    assert.equal(code, 1);
    assert.match(err, /cut short/);
  });

  test('whose search was ended at its limit of time is refused with the same sentence', async () => {
    await assert.rejects(
      exported('ended', () => Promise.reject(new ReadRefused('took_too_long'))),
      (error) => error instanceof ExportRefused && /takes too long/.test(error.message),
    );
  });
});

/** Changes one byte of the attachments that lie in rows, where these bytes are. */
function rot(dir: string, bytes: Buffer): void {
  const database = new Sqlite(path.join(dir, 'mayday.db'));
  const rows = database
    .prepare<[], { id: number; data: Buffer }>('SELECT report_id AS id, data FROM report_data')
    .all();
  const row = rows.find(({ data }) => data.includes(bytes));
  assert.ok(row);
  const at = row.data.indexOf(bytes);
  row.data[at] = (row.data[at] ?? 0) ^ 1;
  database.prepare('UPDATE report_data SET data = ? WHERE report_id = ?').run(row.data, row.id);
  database.close();
}

describe('an export of a store that has lost bytes', () => {
  test('names attachments that have rotted and leaves them out, and the rest of their reports moves', async () => {
    // Small, so that it is stored as it came, without the checksum of a compressed frame.
    const bytes = someBytes(300, 5);
    await withStore(dirOf('rotten'), (store) =>
      storeReport(store, { receivedAt: NOON, state: 'deferred' }, [
        { name: 'core', kind: 'file', data: bytes },
        { name: 'log', kind: 'file', data: someBytes(300, 6) },
      ]),
    );
    rot(dirOf('rotten'), bytes);
    const target = dirOf('of the rotten');
    const { code, err } = await mayday(dirOf('rotten'), 'export', target, '--quiet');
    assert.equal(code, 1);
    assert.match(err, /^Not exported: core of [0-9a-f-]{36}: its bytes are not those that came/);
    assert.equal(err.trim().split('\n').length, 1);
    const files = await readdir(target, { recursive: true, withFileTypes: true });
    const blobs = files.filter((one) => one.isFile() && one.parentPath.includes('blobs'));
    assert.equal(blobs.length, 1);
    assert.deepEqual(
      files.filter(({ name }) => name.startsWith('.incoming-')),
      [],
    );
    const moved = await mayday(dirOf('moved'), 'import', target, '--json');
    assert.equal((JSON.parse(moved.out) as ImportJson).kinds['report']?.taken, 1);
    const [report] = await reportsOf(dirOf('moved'));
    assert.deepEqual(
      report?.attachments.map(({ name }) => name),
      ['log'],
    );
  });

  test('names symbols whose file is gone', async () => {
    await symbolTree(dirOf('tree'));
    assert.equal((await mayday(dirOf('symbols'), 'import', dirOf('tree'), '--quiet')).code, 0);
    const entries = await readdir(path.join(dirOf('symbols'), 'symbols'), {
      recursive: true,
      withFileTypes: true,
    });
    for (const { parentPath, name } of entries.filter((entry) => entry.isFile()))
      await rm(path.join(parentPath, name));
    const { code, err } = await mayday(dirOf('symbols'), 'export', dirOf('of symbols'), '--quiet');
    assert.equal(code, 1);
    assert.equal(err, `Not exported: symbols app ${SYMBOL_ID}: its file is not there\n`);
  });
});
