// What tells of itself when everything around it is lost: the record at the end of a report's file, and the seal of its row.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { utcDay } from '../../../src/report/crash-id.ts';
import { readRecord, recordFrame } from '../../../src/store/embedded/disk/record-frame.ts';
import { originOf, readOrigin, sealOf } from '../../../src/store/shared/report-seal.ts';
import type { SealedColumns } from '../../../src/store/shared/report-seal.ts';
import { NOON, newReport, someBytes, storeReport } from '../conformance/report-builder.ts';
import { withStore } from './open-store.ts';

test('the first file of a report ends with what the report is, and is read as before', async () => {
  await withStore({ packedBytes: 0 }, async (store, dir) => {
    const report = newReport({ annotations: [{ key: 'note', value: 'schön' }], identity: 'x' });
    const data = someBytes(200_000);
    await storeReport(store, report, [
      { name: 'dump', data },
      { name: 'log', data: someBytes(10) },
    ]);
    const folder = path.join(dir, 'reports', utcDay(NOON), report.crashId);
    const [name = ''] = readdirSync(folder);
    const bytes = readFileSync(path.join(folder, name));
    const record = readRecord(bytes);
    assert.ok(record !== null);
    assert.equal(record['crashId'], report.crashId);
    assert.deepEqual(
      [record['account'], record['product'], record['protocol']],
      ['default', 'Piano', 'crashpad'],
    );
    assert.equal(record['annotationsJson'], '[["note","schön"]]');
    const opened = await store.reports.openAttachment(report.crashId, 'dump');
    assert.ok(opened !== null);
    assert.deepEqual(await buffer(opened.stream), data);
  });
});

test('a record with a flipped bit, or cut short, is none', () => {
  const frame = recordFrame({ crashId: 'x', text: 'y'.repeat(1000) }, null);
  assert.deepEqual(readRecord(frame), { crashId: 'x', text: 'y'.repeat(1000) });
  assert.equal(readRecord(frame.subarray(0, frame.length - 1)), null);
  for (let at = 8; at < frame.length; at += 1) {
    const damaged = Buffer.from(frame);
    damaged[at] = (damaged[at] ?? 0) ^ 0x10;
    assert.equal(readRecord(damaged), null, `byte ${at}`);
  }
});

test('the row of a report says where it belongs, under a seal that any change breaks', async () => {
  await withStore({}, async (store, dir) => {
    const report = newReport({ annotations: [{ key: 'note', value: 'n' }], identity: 'x', userAgent: null });
    await storeReport(store, report, [{ name: 'dump', data: someBytes(100) }]);
    const reader = new Database(path.join(dir, 'mayday.db'), { readonly: true });
    const row = reader
      .prepare<[], SealedColumns & { readonly origin: string; readonly seal: number }>(
        `SELECT origin, seal, crash_id AS crashId, schema, received_at AS receivedAt, version, platform, identity,
           installation, token, payload_kind AS payloadKind, encoding, body_bytes AS bodyBytes, user_agent AS userAgent,
           client_hash AS clientHash, throttle_rule AS throttleRule, throttle_action AS throttleAction,
           notes AS notesJson, attachments AS attachmentsJson, annotations AS annotationsJson FROM reports`,
      )
      .get();
    reader.close();
    assert.ok(row !== undefined);
    assert.deepEqual(readOrigin(row.origin), { account: 'default', product: 'Piano', protocol: 'crashpad' });
    assert.equal(row.origin, originOf({ account: 'default', product: 'Piano', protocol: 'crashpad' }));
    assert.equal(sealOf(row.origin, row), row.seal);
    const changes: readonly Partial<SealedColumns>[] = [
      { crashId: 'other' },
      { version: null },
      { userAgent: '' },
      { annotationsJson: '[["note","m"]]' },
      { receivedAt: row.receivedAt + 1 },
    ];
    for (const change of changes) assert.notEqual(sealOf(row.origin, { ...row, ...change }), row.seal);
  });
});

test('what is no origin is none', () => {
  for (const text of ['', '{}', '[]', '[1,2,3]', '["a","b"]', 'null'])
    assert.equal(readOrigin(text), null, text);
});
