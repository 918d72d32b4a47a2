// A stored report's row beside the columns of its seal: what has to be read where attachments or annotations change, so that the seal fits again.
import { sealOf } from '../../shared/report-seal.ts';
import type { SealedColumns } from '../../shared/report-seal.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

export interface SealableRow extends Omit<
  SealedColumns,
  'notesJson' | 'attachmentsJson' | 'annotationsJson'
> {
  readonly productId: number;
  readonly origin: string | null;
  readonly folderBytes: number;
  readonly notes: string;
  readonly attachments: string;
  readonly annotations: string;
  readonly gone: string | null;
}

const select = query<[id: number], SealableRow>(`
  SELECT kinds.product_id AS productId, reports.origin, reports.folder_bytes AS folderBytes, reports.crash_id AS crashId, reports.schema,
    reports.received_at AS receivedAt, reports.version, reports.platform, reports.identity,
    opened(reports.installation, 'reports.installation') AS installation, reports.token,
    reports.payload_kind AS payloadKind, reports.encoding, reports.body_bytes AS bodyBytes, opened(reports.user_agent, 'reports.user_agent') AS userAgent,
    reports.client_hash AS clientHash, reports.throttle_rule AS throttleRule, reports.throttle_action AS throttleAction,
    opened(reports.notes, 'reports.notes') AS notes, opened(reports.attachments, 'reports.attachments') AS attachments,
    opened(reports.annotations, 'reports.annotations') AS annotations, opened(reports.gone, 'reports.gone') AS gone
  FROM reports JOIN kinds ON kinds.id = reports.kind_id WHERE reports.id = ?`);

/** Null: the report is gone. */
export function sealableRow(connection: Connection, id: number): SealableRow | null {
  return select(connection).get(id) ?? null;
}

/** The seal of a row with other attachments or annotations; null: it has none. */
export function resealed(
  row: SealableRow,
  {
    attachmentsJson = row.attachments,
    annotationsJson = row.annotations,
  }: { readonly attachmentsJson?: string; readonly annotationsJson?: string },
): number | null {
  const { notes: notesJson, origin } = row;
  return origin === null ? null : sealOf(origin, { ...row, notesJson, attachmentsJson, annotationsJson });
}

const update = query<[attachments: string, folderBytes: number, seal: number | null, id: number]>(`
  UPDATE reports SET attachments = sealed(?, 'reports.attachments'), folder_bytes = ?, seal = ? WHERE id = ?`);

/** The same attachments lie elsewhere. */
export function moveAttachments(
  connection: Connection,
  id: number,
  {
    row,
    attachmentsJson,
    folderBytes = row.folderBytes,
  }: { readonly row: SealableRow; readonly attachmentsJson: string; readonly folderBytes?: number },
): void {
  update(connection).run(attachmentsJson, folderBytes, resealed(row, { attachmentsJson }), id);
}
