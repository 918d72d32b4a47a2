// A report as the contract gives it ↔ its row.
import { hash } from 'node:crypto';
import { REPORT_SCHEMA } from '../../report/report.ts';
import type {
  Annotation,
  GoneParts,
  PayloadKind,
  Protocol,
  Report,
  ReportState,
  ThrottleResult,
} from '../../report/report.ts';
import { movedKey } from '../intake.ts';
import type { NewReport } from '../intake.ts';
import { jamiFields } from '../../report/jami.ts';
import { attachmentsFromJson, attachmentsToJson, withoutPlace } from './attachment-json.ts';
import type { StoredAttachment } from './attachment-json.ts';

/** A report on its way into the store; texts ending in `Json` are ready to be stored. */
export interface NewReportRow {
  readonly crashId: string;
  readonly account: string;
  readonly product: string;
  readonly protocol: Protocol;
  readonly state: ReportState;
  readonly schema: number;
  readonly receivedAt: number;
  readonly version: string | null;
  readonly platform: string | null;
  readonly identity: Uint8Array | null;
  readonly installation: string | null;
  readonly token: string | null;
  readonly payloadKind: string;
  readonly encoding: string;
  readonly bodyBytes: number;
  readonly userAgent: string | null;
  readonly clientHash: string | null;
  readonly throttleRule: string;
  readonly throttleAction: string;
  readonly folderBytes: number;
  readonly attachmentBytes: number;
  readonly attachmentCount: number;
  readonly noteCount: number;
  readonly jamiJson: string | null;
  readonly notesJson: string;
  readonly attachmentsJson: string;
  /** Where it is large it is UTF-8 on the writer thread's side: it crosses as bytes, and no further string is made of it. */
  readonly annotationsJson: string | Uint8Array;
  /** The small attachments, one after the other. */
  readonly data: Uint8Array | null;
  /** Where its larger attachments lie in a pack; null: none do. */
  readonly pack: PlaceInPack | null;
  /** Not committed after this moment: the sweep may then take the report's folder for an orphan. */
  readonly commitBefore: number;
}

/** An entry of a pack: the name of the file, where its head begins, and what it takes. */
export interface PlaceInPack {
  readonly pack: string;
  readonly at: number;
  readonly bytes: number;
}

/** What became of a report whose pack was taken out of use meanwhile: its entry has to be appended to another one. */
export const RETIRED = 'retired';

/** What the draft knows beside the report itself. */
export interface Placement {
  readonly attachments: readonly StoredAttachment[];
  readonly data: Uint8Array | null;
  readonly pack: PlaceInPack | null;
  readonly folderBytes: number;
  readonly commitBefore: number;
}

/** The row of a new report. */
export function toRow(report: NewReport, placement: Placement): NewReportRow {
  const { attachments, data, pack, folderBytes, commitBefore } = placement;
  const jami = jamiFields(report.annotations);
  return {
    crashId: report.crashId,
    account: report.account,
    product: report.product,
    protocol: report.protocol,
    state: report.state,
    schema: REPORT_SCHEMA,
    receivedAt: Math.floor(report.receivedAt),
    version: report.version,
    platform: report.platform,
    identity: report.identity === null ? null : identityKey(report.identity),
    installation: report.installation,
    token: report.token,
    payloadKind: report.payloadKind,
    encoding: report.encoding,
    bodyBytes: report.bodyBytes,
    userAgent: report.userAgent,
    clientHash: report.clientHash,
    throttleRule: report.throttle.rule,
    throttleAction: report.throttle.action,
    folderBytes,
    attachmentBytes: attachments.reduce((sum, { size }) => sum + size, 0),
    attachmentCount: attachments.length,
    noteCount: report.notes.length,
    jamiJson: jami === null ? null : JSON.stringify(jami),
    notesJson: JSON.stringify(report.notes),
    attachmentsJson: attachmentsToJson(attachments),
    annotationsJson: JSON.stringify(report.annotations.map(({ key, value }) => [key, value])),
    data,
    pack,
    commitBefore,
  };
}

/** Everything of a row but its bytes, their place and its moment: what the record beside its files holds (JSON). */
export function toRecord(row: NewReportRow): Readonly<Record<string, unknown>> {
  const { identity, data: _data, pack: _pack, commitBefore: _commitBefore, ...same } = row;
  return { ...same, identity: identity === null ? null : Buffer.from(identity).toString('hex') };
}

/** What the unique index holds of a client identity: 16 bytes keep the index small and cannot be forged in practice. */
export function identityKey(identity: string): Uint8Array {
  const moved = movedKey(identity);
  if (moved !== null) return Buffer.from(moved, 'hex');
  return hash('sha256', identity, 'buffer').subarray(0, 16);
}

/** Columns of a whole report, named as `SELECT` in read/get-report.ts names them. */
export interface StoredReport {
  readonly schema: typeof REPORT_SCHEMA;
  readonly crashId: string;
  readonly account: string;
  readonly product: string;
  readonly protocol: Protocol;
  readonly version: string | null;
  readonly platform: string | null;
  readonly receivedAt: number;
  readonly state: ReportState;
  readonly installation: string | null;
  readonly token: string | null;
  readonly payloadKind: PayloadKind;
  readonly encoding: string;
  readonly bodyBytes: number;
  readonly userAgent: string | null;
  readonly clientHash: string | null;
  readonly throttleRule: string;
  readonly throttleAction: ThrottleResult['action'];
  readonly notes: string;
  readonly attachments: string;
  readonly annotations: string;
  readonly gone: string | null;
}

/** The report of a row. */
export function fromRow(row: StoredReport): Report {
  const { throttleRule, throttleAction, notes, attachments, annotations, gone, ...same } = row;
  return {
    ...same,
    throttle: { rule: throttleRule, action: throttleAction },
    notes: JSON.parse(notes) as string[],
    attachments: attachmentsFromJson(attachments).map(withoutPlace),
    annotations: annotationsFromJson(annotations),
    ...(gone !== null && { gone: JSON.parse(gone) as GoneParts }),
  };
}

/** The annotations of a row. */
export function annotationsFromJson(text: string): readonly Annotation[] {
  return (JSON.parse(text) as (readonly [string, string])[]).map(([key, value]) => ({ key, value }));
}

/** The annotations of a row of which `length` letters were read, or all of them: the last one may be cut. */
export function beginningFromJson(text: string, length: number): readonly Annotation[] {
  if (text.length < length) return annotationsFromJson(text);
  // An escape that was cut goes; what is open where the text ends is closed: `[["key","va`.
  const start = text.replace(/((?<!\\)(?:\\\\)*)\\(?:u[0-9a-f]{0,3})?$/, '$1');
  for (const end of CLOSINGS) {
    try {
      const read = JSON.parse(start + end) as (readonly [string?, string?])[];
      return read.flatMap(([key, value = '']) => (key === undefined ? [] : [{ key, value }]));
    } catch {
      // It was open in another way.
    }
  }
  return [];
}

/** In a value or key, behind one of them, behind a pair, between key and value, between pairs, nowhere. */
const CLOSINGS = ['"]]', ']]', ']', '""]]', '[]]', ''] as const;
