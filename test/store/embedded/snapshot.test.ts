// A read of several questions sees one moment, whatever is written meanwhile.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { inSnapshot } from '../../../src/store/embedded/database/snapshot.ts';

test('what is written between two questions of one read is seen by neither', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'mayday-snapshot-'));
  const file = path.join(folder, 'x.db');
  const writer = new Database(file);
  writer.pragma('journal_mode = WAL');
  writer.exec(`CREATE TABLE reports (state TEXT); INSERT INTO reports VALUES ('queued')`);
  const reader = new Database(file, { readonly: true });
  const count = (state: string) =>
    reader.prepare(`SELECT count(*) FROM reports WHERE state = ?`).pluck().get(state) as number;
  try {
    const seen = inSnapshot(reader, () => {
      const processed = count('processed');
      writer.exec(`UPDATE reports SET state = 'processed'`);
      return processed + inSnapshot(reader, () => count('queued'));
    });
    assert.equal(seen, 1);
    assert.equal(count('processed'), 1);
    assert.throws(() => inSnapshot(reader, () => assert.fail()));
    assert.equal(reader.inTransaction, false);
  } finally {
    reader.close();
    writer.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
