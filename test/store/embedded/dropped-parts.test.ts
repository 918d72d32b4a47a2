// Parts that went before their report are in no file of the data folder, plain or compressed; what is left is whole, counted right, and sealed.
import assert from 'node:assert/strict';
import { open, rm } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { createLog } from '../../../src/base/log.ts';
import { DEFAULT_DATA_RULES } from '../../../src/report/privacy/data-rules.ts';
import { isSealed } from '../../../src/store/embedded/repair/salvaged-report.ts';
import type { NamedRow } from '../../../src/store/embedded/repair/salvaged-report.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { READ_DUMP } from '../conformance/kept-parts.ts';
import { complete, crash, processedReport } from '../conformance/processed-builder.ts';
import { someBytes, storeReport } from '../conformance/report-builder.ts';
import { wordsIn } from './gone.ts';
import { newFolder, storeOptions } from './open-store.ts';

const DUMP = 'upload_file_minidump';
const DAY_MS = 86_400_000;
const word = (of: string): Buffer => Buffer.from(`Zq${of}Xw`);

/** A place in the row, in a pack, in a file. */
const FILLINGS = [0, 150_000, 1_500_000] as const;

test('dumps and annotations leave no byte in any file, and no report that is not whole', async () => {
  const dir = await newFolder();
  let store = await openEmbeddedStore(
    storeOptions(dir, { publicAnnotations: ['Version'], housekeeping: false }),
  );
  try {
    await store.intake.createProduct('default', 'Piano');
    const dataRules = { ...DEFAULT_DATA_RULES, dumps: 'stacks', protectedDays: 3 } as const;
    await store.people.updateProduct('default', 'Piano', { dataRules });
    const gone: string[] = [];
    const kept: string[] = [];
    let number = 0;
    for (const ofDump of FILLINGS) {
      for (const ofOther of FILLINGS) {
        number += 1;
        const [inDump, inNote, inPayload] = [`dump${number}`, `note${number}`, `payload${number}`];
        gone.push(...[inDump, inNote, inPayload].map((one) => word(one).toString()));
        kept.push(word(`kept${number}`).toString());
        const { crashId } = await storeReport(
          store,
          {
            receivedAt: Date.now() - 5 * DAY_MS,
            annotations: [
              { key: 'comments', value: word(inNote).toString() },
              { key: 'Version', value: '1' },
            ],
          },
          [
            { name: 'log', data: Buffer.concat([word(`kept${number}`), someBytes(ofOther, number)]) },
            { name: DUMP, kind: 'minidump', data: Buffer.concat([word(inDump), someBytes(ofDump, number)]) },
            {
              name: 'payload.json',
              kind: 'payload',
              data: Buffer.from(JSON.stringify({ a: word(inPayload).toString() })),
            },
          ],
        );
        await complete(store, crashId, processedReport([crash('a')], { minidumps: { [DUMP]: READ_DUMP } }));
      }
    }
    await store.maintenance.prune();
    assert.deepEqual(wordsIn(dir, gone), []);
    const found = wordsIn(dir, kept).map((line) => line.slice(line.indexOf(': ') + 2));
    assert.deepEqual([...new Set(found)].toSorted(), kept.toSorted());

    // Counts that were kept while parts went are those that a look at everything finds.
    const database = new Database(path.join(dir, 'mayday.db'), { readonly: true });
    try {
      const rows = database.prepare('SELECT * FROM reports').all() as NamedRow[];
      assert.equal(rows.length, 9);
      for (const row of rows) assert.ok(isSealed(row), String(row['attachments']));
      const folders = database.prepare('SELECT sum(folder_bytes) FROM reports').pluck().get();
      assert.ok(Number(folders) > 0, 'some have files left');
    } finally {
      database.close();
    }
    await store.close();
    store = await openEmbeddedStore(storeOptions(dir, { housekeeping: false }));
    const { rows } = await store.reports.listReports({}, { limit: 20 });
    for (const { crashId } of rows) {
      const opened = await store.reports.openAttachment(crashId, 'log');
      assert.ok(opened !== null);
      let size = 0;
      for await (const chunk of opened.stream as AsyncIterable<Uint8Array>) size += chunk.length;
      assert.equal(size, opened.info.size);
      await store.reports.deleteReport(crashId);
    }
    await store.maintenance.prune();
    const after = new Database(path.join(dir, 'mayday.db'), { readonly: true });
    try {
      const left = after.prepare('SELECT stored_bytes FROM products WHERE name = ?').pluck().get('Piano');
      assert.equal(left, 0, 'what was counted for the product came off again to the byte');
    } finally {
      after.close();
    }
  } finally {
    await store.close();
    await rm(dir, { recursive: true, force: true });
  }
});

/** In the head of an entry, and in the bytes of an attachment: somewhere in its middle. */
const DAMAGED = [
  ['at its head', 12],
  ['in its body', 40_000],
] as const;
for (const [where, offset] of DAMAGED) {
  test(`a report whose entry in a pack is damaged ${where} stays whole and is told of, while others lose their parts`, async () => {
    const dir = await newFolder();
    const lines: string[] = [];
    const log = createLog('silent');
    log.error = (fields: unknown) => void lines.push(JSON.stringify(fields));
    const store = await openEmbeddedStore(
      storeOptions(dir, { publicAnnotations: ['Version'], housekeeping: false, log }),
    );
    try {
      await store.intake.createProduct('default', 'Piano');
      await store.people.updateProduct('default', 'Piano', {
        dataRules: { ...DEFAULT_DATA_RULES, protectedDays: 3 },
      });
      const ids: string[] = [];
      for (let n = 0; n < 5; n += 1) {
        const annotations = [{ key: 'comments', value: word(`note${n}`).toString() }];
        const receivedAt = Date.now() - 5 * DAY_MS;
        const parts = [{ name: 'log', data: someBytes(90_000, n) }];
        const { crashId } = await storeReport(store, { receivedAt, annotations }, parts);
        await complete(store, crashId, processedReport([crash('a')]));
        ids.push(crashId);
      }
      const database = new Database(path.join(dir, 'mayday.db'));
      const entryOf = database.prepare(
        'SELECT packs.name, report_packs.at FROM report_packs JOIN packs ON packs.id = pack_id JOIN reports ON reports.id = report_id WHERE crash_id = ?',
      );
      const attachmentsOf = database.prepare(
        'SELECT attachments, annotations FROM reports WHERE crash_id = ?',
      );
      const damaged = String(ids[2]);
      const entry = entryOf.get(damaged) as { name: string; at: number };
      const before = attachmentsOf.get(damaged);
      const pack = await open(path.join(dir, 'packs', entry.name), 'r+');
      await pack.write(Buffer.alloc(16, 0xff), 0, 16, entry.at + offset);
      await pack.close();
      await store.maintenance.prune();
      const left = [];
      for (const id of ids) left.push((await store.reports.getReport(id))?.annotations.length);
      assert.deepEqual(left, [0, 0, 1, 0, 0]);
      assert.deepEqual(attachmentsOf.get(damaged), before);
      assert.deepEqual(
        lines
          .filter((line) => line.includes(damaged))
          .map((line) => /entry at \d+ of \S+ is damaged/.test(line)),
        [true],
      );
      database.close();
    } finally {
      await store.close();
      await rm(dir, { recursive: true, force: true });
    }
  });
}

test('a prune that cannot go on says so, and does not pass for one that found nothing', async () => {
  const dir = await newFolder();
  const store = await openEmbeddedStore(storeOptions(dir, { housekeeping: false }));
  try {
    const database = new Database(path.join(dir, 'mayday.db'));
    database.exec('ALTER TABLE removals RENAME TO removals_away');
    await assert.rejects(store.maintenance.prune(), /could not keep the store in order: no such table/);
    database.exec('ALTER TABLE removals_away RENAME TO removals');
    database.close();
    assert.deepEqual(await store.maintenance.prune(), { reports: 0, bytes: 0, orphanFiles: 0 });
  } finally {
    await store.close();
    await rm(dir, { recursive: true, force: true });
  }
});
