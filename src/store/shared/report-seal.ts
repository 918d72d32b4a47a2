// What makes a stored report tell of itself: its origin beside it, and a seal over everything that never changes. With both, a row
// that is found in a damaged database, wherever it lies, is known to be whole and whose it is.
import { crc32 } from 'node:zlib';
import type { NewReportRow } from './report-row.ts';

/** The columns that never change after a report was stored. */
export type SealedColumns = Pick<
  NewReportRow,
  | 'crashId'
  | 'schema'
  | 'receivedAt'
  | 'version'
  | 'platform'
  | 'identity'
  | 'installation'
  | 'token'
  | 'payloadKind'
  | 'encoding'
  | 'bodyBytes'
  | 'userAgent'
  | 'clientHash'
  | 'throttleRule'
  | 'throttleAction'
  | 'notesJson'
  | 'attachmentsJson'
  | 'annotationsJson'
>;

/** Where a report belongs, as a row holds it beside the numbers of other tables: JSON of account, product and protocol. */
export function originOf({
  account,
  product,
  protocol,
}: Pick<NewReportRow, 'account' | 'product' | 'protocol'>): string {
  return JSON.stringify([account, product, protocol]);
}

/** The inverse; null for anything else. */
export function readOrigin(
  text: string,
): { readonly account: string; readonly product: string; readonly protocol: string } | null {
  try {
    const [account, product, protocol] = JSON.parse(text) as readonly unknown[];
    if (typeof account !== 'string' || typeof product !== 'string' || typeof protocol !== 'string')
      return null;
    return { account, product, protocol };
  } catch {
    return null;
  }
}

/** CRC-32 over origin and columns. It tells damage, not forgery: whoever can write the file can write a seal. */
export function sealOf(origin: string, row: SealedColumns): number {
  const columns = [
    origin,
    row.crashId,
    row.schema,
    row.receivedAt,
    row.version,
    row.platform,
    row.identity === null ? null : Buffer.from(row.identity).toString('hex'),
    row.installation,
    row.token,
    row.payloadKind,
    row.encoding,
    row.bodyBytes,
    row.userAgent,
    row.clientHash,
    row.throttleRule,
    row.throttleAction,
    row.notesJson,
    row.attachmentsJson,
    '',
  ];
  // Unit separator between them, and a text of its own for null, so that no value can pass for another's end.
  const before = columns.map((value) => (value === null ? '\u0000' : String(value))).join('\u001f');
  // Annotations may be megabytes: they are not copied for it.
  return crc32(row.annotationsJson, crc32(before));
}
