// One report becomes a row. Its files, if it has any, already lie durably in their final folder.
import { StorageError } from '../../intake.ts';
import { query } from '../database/query.ts';
import { firstKeyAfter, firstKeyOf } from '../../shared/report-key.ts';
import { originOf, sealOf } from '../../shared/report-seal.ts';
import { RETIRED } from '../../shared/report-row.ts';
import type { NewReportRow } from '../../shared/report-row.ts';
import { installationNumber } from '../database/installation-number.ts';
import { ROW_BYTES, tallyState, tallyStored } from '../transaction/write-context.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { kindOf } from './kinds.ts';
import { dropEntry, placeInPack } from './pack-rows.ts';
import { requireProductId } from '../transaction/product-rows.ts';

const insertReport = query<unknown[]>(`
  INSERT INTO reports (
    id, crash_id, kind_id, state, loose, schema, received_at, version, platform, identity, installation,
    installation_number, token, payload_kind, encoding, body_bytes, user_agent, client_hash, throttle_rule, throttle_action,
    folder_bytes, attachment_bytes, attachment_count, note_count, jami, notes, attachments, annotations,
    origin, seal
  ) VALUES (
    ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, sealed(?, 'reports.installation'), ?,
    ?, ?, ?, ?, sealed(?, 'reports.user_agent'), ?, ?, ?,
    ?, ?, ?, ?, sealed(?, 'reports.jami'), sealed(?, 'reports.notes'), sealed(?, 'reports.attachments'),
    sealed(CAST(? AS TEXT), 'reports.annotations'),
    ?, ?
  ) ON CONFLICT DO NOTHING`);

const crashIdOfIdentity = query<[identity: Uint8Array | null], string>(`
  SELECT crash_id FROM reports WHERE identity = ?`);

const insertData = query<[reportId: number, compressed: number, data: Uint8Array]>(`
  INSERT INTO report_data (report_id, compressed, data) VALUES (?, ?, sealed(?, 'report_data.data'))`);

const deleteRow = query<[id: number]>(`DELETE FROM reports WHERE id = ?`);

const insertPending = query<[reportId: number]>(`INSERT INTO search_pending (report_id) VALUES (?)`);

const highestKey = query<[from: number, before: number], number | null>(`
  SELECT max(id) FROM reports WHERE id >= ? AND id < ?`);

/** `[]` as JSON: a report without annotations has nothing to search. */
const NO_ANNOTATIONS = '[]';

/**
 * Stores a report in the running transaction. Gives null, `RETIRED`, or the crash id of the report that has its identity or crash id
 * already: results cross threads in their thousands.
 */
export function commitReport(context: WriteContext, row: NewReportRow): string | null {
  const { connection, tally } = context;
  if (Date.now() > row.commitBefore) {
    throw new StorageError('the report waited too long to be committed', { reason: 'failed' });
  }
  const productId = requireProductId(context, row.account, row.product);
  const kind = kindOf(context, productId, row.protocol, row.version, row.platform);
  const id = nextKey(context, row.receivedAt);
  const origin = originOf(row);
  const { changes } = insertReport(connection).run(
    id,
    row.crashId,
    kind.id,
    row.state,
    kind.mixed ? 1 : 0,
    row.schema,
    row.receivedAt,
    row.version,
    row.platform,
    row.identity,
    row.installation,
    row.installation === null ? null : installationNumber(connection, productId, row.installation),
    row.token,
    row.payloadKind,
    row.encoding,
    row.bodyBytes,
    row.userAgent,
    row.clientHash,
    row.throttleRule,
    row.throttleAction,
    row.folderBytes,
    row.attachmentBytes,
    row.attachmentCount,
    row.noteCount,
    row.jamiJson,
    row.notesJson,
    row.attachmentsJson,
    row.annotationsJson,
    origin,
    sealOf(origin, row),
  );
  if (changes === 0) {
    if (row.pack !== null) dropEntry(context, row.pack);
    return crashIdOfIdentity(connection).pluck().get(row.identity) ?? row.crashId;
  }
  if (row.pack !== null && !placeInPack(context, id, row.pack)) {
    deleteRow(connection).run(id);
    return RETIRED;
  }
  context.nextKeys.set(firstKeyOf(row.receivedAt), id + 1);
  if (row.data !== null) {
    // Each attachment in there is coded for itself; 1 stands for what an earlier version compressed as a whole.
    insertData(connection).run(id, 0, row.data);
  }
  if (row.annotationsJson !== NO_ANNOTATIONS) insertPending(connection).run(id);
  tallyState(tally, kind.id, row.state, 1);
  tally.reportFolderBytes += row.folderBytes;
  const files = row.folderBytes + (row.pack?.bytes ?? 0);
  const stored = files + byteLength(row.annotationsJson) + (row.data?.length ?? 0);
  tallyStored(tally, productId, stored + ROW_BYTES);
  const minute = Math.floor(row.receivedAt / 60_000);
  tally.arrivals.set(minute, (tally.arrivals.get(minute) ?? 0) + 1);
  tally.lastReport.set(productId, Math.max(tally.lastReport.get(productId) ?? 0, row.receivedAt));
  return null;
}

function byteLength(text: string | Uint8Array): number {
  return typeof text === 'string' ? Buffer.byteLength(text) : text.length;
}

function nextKey({ connection, nextKeys }: WriteContext, receivedAt: number): number {
  const first = firstKeyOf(receivedAt);
  const next = nextKeys.get(first);
  if (next !== undefined) return next;
  const highest = highestKey(connection).pluck().get(first, firstKeyAfter(receivedAt)) ?? null;
  return highest === null ? first : highest + 1;
}
