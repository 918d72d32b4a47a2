// One whole report by its crash id, and crash ids by their beginning.
import type { ProductName, ReportWithNumber, Within } from '../../reports.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { withoutPlace } from '../../shared/attachment-json.ts';
import { besides, joinedAttachments } from './joined-attachments.ts';
import { productIdsWithin } from '../database/products-within.ts';
import { fromRow } from '../../shared/report-row.ts';
import type { StoredReport } from '../../shared/report-row.ts';

const reportByCrashId = query<
  [crashId: string],
  StoredReport & {
    readonly installationNumber: number | null;
    readonly pinned: number;
    readonly identity: Uint8Array | null;
  }
>(`
  SELECT
    reports.schema, reports.crash_id AS crashId, accounts.name AS account, products.name AS product,
    kinds.protocol, reports.version, reports.platform, reports.received_at AS receivedAt, reports.state,
    opened(reports.installation, 'reports.installation') AS installation, reports.token, reports.payload_kind AS payloadKind, reports.encoding,
    reports.body_bytes AS bodyBytes, opened(reports.user_agent, 'reports.user_agent') AS userAgent, reports.client_hash AS clientHash,
    reports.throttle_rule AS throttleRule, reports.throttle_action AS throttleAction,
    opened(reports.notes, 'reports.notes') AS notes, opened(reports.attachments, 'reports.attachments') AS attachments,
    opened(reports.annotations, 'reports.annotations') AS annotations,
    opened(reports.gone, 'reports.gone') AS gone,
    reports.installation_number AS installationNumber, reports.pinned, reports.identity
  FROM reports
  JOIN kinds ON kinds.id = reports.kind_id
  JOIN products ON products.id = kinds.product_id
  JOIN accounts ON accounts.id = products.account_id
  WHERE reports.crash_id = ?`);

/** The report, or null. */
export function getReport(connection: Connection, crashId: string): ReportWithNumber | null {
  const row = reportByCrashId(connection).get(crashId);
  if (row === undefined) return null;
  const { installationNumber, pinned, identity, ...stored } = row;
  const report = fromRow(stored);
  const joined = identity === null ? [] : joinedAttachments(connection, identity);
  const attachments =
    joined.length === 0
      ? report.attachments
      : [
          ...report.attachments,
          ...besides(joined, report.attachments).map((each) => withoutPlace({ ...each, offset: null })),
        ];
  return { ...report, attachments, installationNumber, pinned: pinned === 1 };
}

const identityByCrashId = query<[crashId: string], Uint8Array | null>(`
  SELECT identity FROM reports WHERE crash_id = ?`);

/** See the contract. */
export function identityOf(connection: Connection, crashId: string): string | null {
  const identity = identityByCrashId(connection).pluck().get(crashId) ?? null;
  return identity === null ? null : Buffer.from(identity).toString('hex');
}

const crashIdsBetween = query<[from: string, to: string, limit: number], string>(`
  SELECT crash_id FROM reports WHERE crash_id >= ? AND crash_id < ? ORDER BY crash_id LIMIT ?`);
const crashIdsBetweenOf = query<[from: string, to: string, products: string, limit: number], string>(`
  SELECT crash_id FROM reports JOIN kinds ON kinds.id = reports.kind_id
  WHERE crash_id >= ? AND crash_id < ? AND kinds.product_id IN (SELECT value FROM json_each(?))
  ORDER BY crash_id LIMIT ?`);

const productOfReport = query<[crashId: string], ProductName>(`
  SELECT accounts.name AS account, products.name AS product
  FROM reports
  JOIN kinds ON kinds.id = reports.kind_id
  JOIN products ON products.id = kinds.product_id
  JOIN accounts ON accounts.id = products.account_id
  WHERE reports.crash_id = ?`);

/** See the contract. */
export function productOf(connection: Connection, crashId: string): ProductName | null {
  return productOfReport(connection).get(crashId) ?? null;
}

/** See the contract. */
export function crashIdsFrom(
  connection: Connection,
  beginning: string,
  limit: number,
  within?: Within,
): readonly string[] {
  // No digit and no hyphen comes after a letter behind "f".
  const products = productIdsWithin(connection, { within });
  if (products !== null)
    return crashIdsBetweenOf(connection)
      .pluck()
      .all(beginning, `${beginning}g`, JSON.stringify(products), limit);
  return crashIdsBetween(connection).pluck().all(beginning, `${beginning}g`, limit);
}
