// One whole report by its crash id.
import type { ReportWithNumber } from '../../reports.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { fromRow } from '../../shared/report-row.ts';
import type { StoredReport } from '../../shared/report-row.ts';

const reportByCrashId = query<
  [crashId: string],
  StoredReport & { readonly installationNumber: number | null; readonly pinned: number }
>(`
  SELECT
    reports.schema, reports.crash_id AS crashId, accounts.name AS account, products.name AS product,
    kinds.protocol, reports.version, reports.platform, reports.received_at AS receivedAt, reports.state,
    reports.installation, reports.token, reports.payload_kind AS payloadKind, reports.encoding,
    reports.body_bytes AS bodyBytes, reports.user_agent AS userAgent, reports.client_hash AS clientHash,
    reports.throttle_rule AS throttleRule, reports.throttle_action AS throttleAction,
    reports.notes, reports.attachments, reports.annotations,
    reports.installation_number AS installationNumber, reports.pinned
  FROM reports
  JOIN kinds ON kinds.id = reports.kind_id
  JOIN products ON products.id = kinds.product_id
  JOIN accounts ON accounts.id = products.account_id
  WHERE reports.crash_id = ?`);

/** The report, or null. */
export function getReport(connection: Connection, crashId: string): ReportWithNumber | null {
  const row = reportByCrashId(connection).get(crashId);
  if (row === undefined) return null;
  const { installationNumber, pinned, ...report } = row;
  return { ...fromRow(report), installationNumber, pinned: pinned === 1 };
}
