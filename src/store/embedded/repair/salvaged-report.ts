// Checks the row of a report from a damaged database before it is used again: what is not what it should be is left out, and said.
import { isCrashId } from '../../../report/crash-id.ts';
import { sealOf } from '../../shared/report-seal.ts';
import type { SealedColumns } from '../../shared/report-seal.ts';
import type { Value } from './cell.ts';

/** A row by names of columns. */
export type NamedRow = Readonly<Record<string, Value>>;

/** A row that can be used, and what is wrong with it, in a few words; null: it is as it was stored, as far as can be told. */
export interface CheckedReport {
  readonly row: NamedRow;
  readonly crashId: string;
  readonly problem: string | null;
}

const JSON_COLUMNS = ['notes', 'attachments', 'annotations'] as const;

/** Null: it is no report. */
export function checkReport(row: NamedRow): CheckedReport | null {
  const crashId = row['crash_id'];
  if (typeof crashId !== 'string' || !isCrashId(crashId)) return null;
  const broken = JSON_COLUMNS.filter((column) => !isArray(row[column]));
  if (broken.length > 0) {
    const emptied = Object.fromEntries(broken.map((column) => [column, '[]']));
    return {
      row: { ...row, ...emptied, seal: null },
      crashId,
      problem: `its ${broken.join(' and ')} cannot be read`,
    };
  }
  // Rows of earlier versions have no seal.
  const altered = row['seal'] !== null && !isSealed(row);
  return { row, crashId, problem: altered ? 'parts of it were changed by the damage' : null };
}

/** Whether a row proves by its seal that it is a whole report: then it may be taken wherever it was found. */
export function isSealed(row: NamedRow): boolean {
  const { origin, seal } = row;
  const sealed = sealedColumns(row);
  return (
    typeof origin === 'string' &&
    typeof seal === 'number' &&
    sealed !== null &&
    sealOf(origin, sealed) === seal
  );
}

function sealedColumns(row: NamedRow): SealedColumns | null {
  const text = (name: string): string => (typeof row[name] === 'string' ? row[name] : '');
  const maybe = (name: string): string | null => (typeof row[name] === 'string' ? row[name] : null);
  const number = (name: string): number => (typeof row[name] === 'number' ? row[name] : -1);
  const identity = row['identity'];
  return {
    crashId: text('crash_id'),
    schema: number('schema'),
    receivedAt: number('received_at'),
    version: maybe('version'),
    platform: maybe('platform'),
    identity: Buffer.isBuffer(identity) ? identity : null,
    installation: maybe('installation'),
    token: maybe('token'),
    payloadKind: text('payload_kind'),
    encoding: text('encoding'),
    bodyBytes: number('body_bytes'),
    userAgent: maybe('user_agent'),
    clientHash: maybe('client_hash'),
    throttleRule: text('throttle_rule'),
    throttleAction: text('throttle_action'),
    notesJson: text('notes'),
    attachmentsJson: text('attachments'),
    annotationsJson: text('annotations'),
  };
}

function isArray(value: Value | undefined): boolean {
  if (typeof value !== 'string') return false;
  try {
    return Array.isArray(JSON.parse(value));
  } catch {
    return false;
  }
}
