// A report's row again, out of the record that stands beside its bytes (disk/record-frame.ts).
import { PROTOCOLS } from '../../../report/report.ts';
import { attachmentsToJson } from '../../shared/attachment-json.ts';
import type { StoredAttachment } from '../../shared/attachment-json.ts';
import { firstKeyAfter, firstKeyOf } from '../../shared/report-key.ts';
import { originOf } from '../../shared/report-seal.ts';
import { query, type Connection } from '../database/query.ts';
import { sealedParameters } from '../database/sealed-columns.ts';
import { statements } from '../database/statements.ts';
import type { NamedRow } from './salvaged-report.ts';

/** Columns by names of the record's fields. Small attachments lay in the database and are lost with it; `isThere` says of which bytes are left. */
export function rowOfRecord(
  record: Readonly<Record<string, unknown>>,
  isThere: (attachment: StoredAttachment) => boolean,
  folderBytes: number,
): NamedRow | null {
  const text = (name: string): string => (typeof record[name] === 'string' ? record[name] : '');
  const maybe = (name: string): string | null => (typeof record[name] === 'string' ? record[name] : null);
  const number = (name: string): number =>
    Number.isSafeInteger(record[name]) ? (record[name] as number) : 0;
  const protocol = PROTOCOLS.find((each) => each === record['protocol']);
  const all = listOf(text('attachmentsJson')) as readonly StoredAttachment[] | null;
  const notes = listOf(text('notesJson')) as readonly string[] | null;
  if (protocol === undefined || all === null || notes === null || listOf(text('annotationsJson')) === null)
    return null;
  const kept = all.filter(isThere);
  const lost = all.filter((attachment) => !kept.includes(attachment)).map(({ name }) => name);
  const told = lost.map((name) => `The attachment ${name} was lost with the database.`);
  const identity = maybe('identity');
  return {
    crash_id: text('crashId'),
    state: text('state') === 'deferred' ? 'deferred' : 'queued',
    schema: number('schema'),
    received_at: number('receivedAt'),
    version: maybe('version'),
    platform: maybe('platform'),
    identity: identity === null ? null : Buffer.from(identity, 'hex'),
    installation: maybe('installation'),
    token: maybe('token'),
    payload_kind: text('payloadKind'),
    encoding: text('encoding'),
    body_bytes: number('bodyBytes'),
    user_agent: maybe('userAgent'),
    client_hash: maybe('clientHash'),
    throttle_rule: text('throttleRule'),
    throttle_action: text('throttleAction'),
    folder_bytes: folderBytes,
    attachment_bytes: kept.reduce((sum, { size }) => sum + size, 0),
    attachment_count: kept.length,
    note_count: notes.length + told.length,
    jami: maybe('jamiJson'),
    notes: JSON.stringify([...notes, ...told]),
    attachments: attachmentsToJson(kept),
    annotations: text('annotationsJson'),
    origin: originOf({ account: text('account'), product: text('product'), protocol }),
  };
}

const highestKey = query<[from: number, before: number], number | null>(`
  SELECT max(id) FROM reports WHERE id >= ? AND id < ?`);
const columnsOfReports = query<[], string>(`SELECT name FROM pragma_table_info('reports')`);

/** Rows get their kind afterwards (`giveKinds`). False: another report has this identity. */
export function insertRow(target: Connection, row: NamedRow): boolean {
  const receivedAt = Number(row['received_at']);
  const first = firstKeyOf(receivedAt);
  const highest = highestKey(target).pluck().get(first, firstKeyAfter(receivedAt)) ?? null;
  const whole: NamedRow = {
    ...row,
    id: highest === null ? first : highest + 1,
    kind_id: -1,
    loose: 0,
    attempts: 0,
    pinned: 0,
  };
  const columns = columnsOfReports(target)
    .pluck()
    .all()
    .filter((column) => whole[column] !== undefined);
  return (
    statements
      .prepare<unknown[], never>(
        target,
        `INSERT OR IGNORE INTO reports (${columns.join(', ')}) VALUES (${sealedParameters('reports', columns)})`,
      )
      .run(...columns.map((column) => whole[column])).changes > 0
  );
}

function listOf(text: string): readonly unknown[] | null {
  try {
    const value = JSON.parse(text) as unknown;
    return Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
