// Reports, labels, installations and modules for the ledger, found by prepared statements.
import type { ProcessedReport } from '../../../report/processed-report.ts';
import type { ReopenMode } from '../../bugs.ts';
import type { FiledCrash } from '../../queue.ts';
import type {
  FactKeyRecord,
  FiledRecord,
  LabelCrowd,
  LabelKind,
  LabelRecord,
  LabelUse,
  MissingModule,
  MovableReport,
} from '../../filing/rows.ts';
import { crashOf } from '../../shared/filing.ts';
import { unpackProcessedNow } from '../../shared/packed-report.ts';
import { query } from '../database/query.ts';
import { installationNumber } from '../database/installation-number.ts';
import { userAnnotation } from '../database/user-annotation.ts';
import { versionRules } from '../database/version-rules.ts';
import { heldReport } from '../queue/held-report.ts';
import type { Finders, Listers } from './finders.ts';

const answerOfLease = query<[crashId: string, leaseId: string], { reportId: number; events: string }>(`
  SELECT report_id AS reportId, events
  FROM reports JOIN processed_reports ON processed_reports.report_id = reports.id
  WHERE crash_id = ? AND state = 'processed' AND processed_reports.lease_id = ?`);

const movable = query<[crashId: string], MovableReport>(`
  SELECT id, received_at AS receivedAt, version FROM reports WHERE crash_id = ?`);

type StoredCrash = Omit<FiledRecord, 'valueIds'> & { readonly valueIds: string };

const selectFiled = query<[reportId: number], StoredCrash>(`
  SELECT
    report_id AS reportId, position, case_id AS caseId, key, case_key AS caseKey, signature, count, day,
    version_id AS versionId, platform_id AS platformId, installation, value_ids AS valueIds, moved_by AS movedBy,
    moved_at AS movedAt, seq
  FROM report_crashes WHERE report_id = ? ORDER BY position`);

const findLabel = query<[productId: number, what: string, name: string], LabelRecord>(`
  SELECT id, product_id AS productId, what, name, first_seen_at AS firstSeenAt
  FROM labels WHERE product_id = ? AND what = ? AND name = ?`);
const countLabels = query<[productId: number, what: string], number>(`
  SELECT count(*) FROM labels WHERE product_id = ? AND what = ?`);
const labelCrowds = query<[], LabelCrowd>(`
  SELECT product_id AS productId, what, count(*) AS count FROM labels GROUP BY product_id, what`);
const labelUses: Record<LabelKind, ReturnType<typeof query<[{ productId: number }], LabelUse>>> = {
  version: query(usesOf('version')),
  platform: query(usesOf('platform')),
};

function usesOf(what: LabelKind): string {
  return `
    SELECT labels.id, ifnull(sums.count, 0) AS count,
      ifnull(sums.lastDay, labels.first_seen_at / 86400000) AS lastDay
    FROM labels LEFT JOIN (
      SELECT ${what}_id AS id, sum(count) AS count, max(day) AS lastDay
      FROM product_series WHERE product_id = @productId GROUP BY ${what}_id
    ) AS sums ON sums.id = labels.id
    WHERE labels.product_id = @productId AND labels.what = '${what}'`;
}
const labelName = query<[id: number], string>(`SELECT name FROM labels WHERE id = ?`);

const countInBug = query<[bugId: number, installation: Uint8Array], number>(`
  SELECT count FROM bug_installations WHERE bug_id = ? AND installation = ?`);
const countInProduct = query<[productId: number, installation: Uint8Array], number>(`
  SELECT count FROM product_installations WHERE product_id = ? AND installation = ?`);
const installationsOfProduct = query<[id: number], number>(`SELECT installations FROM products WHERE id = ?`);
const reopenMode = query<[productId: number], ReopenMode>(`
  SELECT reopen_mode FROM product_rules WHERE product_id = ?`);

const MODULE_COLUMNS = `
  id, debug_file AS debugFile, debug_id AS debugId, code_file AS codeFile, code_id AS codeId, reports,
  last_seen_at AS lastSeenAt`;
const moduleByKey = query<[debugId: string, debugFile: string], MissingModule>(`
  SELECT ${MODULE_COLUMNS} FROM missing_symbols WHERE debug_id = ? AND debug_file = ?`);
const moduleById = query<[id: number], MissingModule>(`
  SELECT ${MODULE_COLUMNS} FROM missing_symbols WHERE id = ?`);
const modulesOfReport = query<[reportId: number], number>(`
  SELECT missing_id FROM report_missing WHERE report_id = ?`);

const selectKey = query<
  [section: string, name: string],
  Omit<FactKeyRecord, 'protected'> & { readonly protected: number }
>(`SELECT id, section, name, protected FROM fact_keys WHERE section = ? AND name = ?`);
const countKeys = query<[], number>(`SELECT count(*) FROM fact_keys`);

/** Single rows. */
export const findReport = {
  heldReport: (connection, ...lease) => heldReport(connection, ...lease) ?? undefined,
  answerOfLease(connection, ...lease) {
    const answer = answerOfLease(connection).get(...lease);
    if (answer === undefined) return undefined;
    return { reportId: answer.reportId, events: JSON.parse(answer.events) as FiledCrash['event'][] };
  },
  report: (connection, crashId) => movable(connection).get(crashId),
  label: (connection, ...name) => findLabel(connection).get(...name),
  labelCount: (connection, ...of) =>
    countLabels(connection)
      .pluck()
      .get(...of),
  labelName: (connection, id) => labelName(connection).pluck().get(id),
  bugInstallation: (connection, ...of) =>
    countInBug(connection)
      .pluck()
      .get(...of),
  productInstallation: (connection, ...of) =>
    countInProduct(connection)
      .pluck()
      .get(...of),
  installationsOfProduct: (connection, id) => installationsOfProduct(connection).pluck().get(id),
  reopenMode: (connection, id) => reopenMode(connection).pluck().get(id),
  versionRules: (connection, id) => versionRules(connection, id),
  userAnnotation: (connection, id) => userAnnotation(connection, id) ?? undefined,
  module: (connection, ...key) => moduleByKey(connection).get(...key),
  moduleById: (connection, id) => moduleById(connection).get(id),
  factKey(connection, ...name) {
    const row = selectKey(connection).get(...name);
    return row === undefined ? undefined : { ...row, protected: row.protected === 1 };
  },
  factKeyCount: (connection) => countKeys(connection).pluck().get(),
  installationNumber,
} satisfies Partial<Finders>;

const selectUntold = query<
  [limit: number],
  {
    reportId: number;
    crashId: string;
    productId: number;
    receivedAt: number;
    bytes: number;
    data: Uint8Array | null;
  }
>(`
  SELECT
    reports.id AS reportId, crash_id AS crashId, kinds.product_id AS productId, received_at AS receivedAt,
    ifnull(bytes, 0) AS bytes,
    opened(processed_reports.data, 'processed_reports.data') AS data
  FROM (
    SELECT DISTINCT report_id FROM report_crashes INDEXED BY report_crashes_without_facts
    WHERE seq IS NULL ORDER BY report_id DESC LIMIT ?) AS untold
  JOIN reports ON reports.id = untold.report_id
  JOIN kinds ON kinds.id = reports.kind_id
  LEFT JOIN processed_reports ON processed_reports.report_id = reports.id`);

const selectStored = query<
  [{ bugId: number; title: string; limit: number }],
  { signature: string; position: number; bytes: number; data: Uint8Array | null }
>(`
  SELECT signature, position, ifnull(bytes, 0) AS bytes,
    opened(processed_reports.data, 'processed_reports.data') AS data
  FROM cases JOIN report_crashes ON report_crashes.case_id = cases.id
  LEFT JOIN processed_reports ON processed_reports.report_id = report_crashes.report_id
  WHERE cases.bug_id = @bugId ORDER BY signature = @title DESC, report_crashes.report_id DESC, position LIMIT @limit`);

/** Rows of one owner. */
export const listReportRows = {
  storedCrashes: (connection, bugId, title, limit) =>
    selectStored(connection)
      .all({ bugId, title, limit })
      .map(({ signature, position, data, bytes }) => {
        const processed = processedOf(data, bytes);
        const crash = processed?.crashes[position];
        return {
          signature,
          filing: processed === null || crash === undefined ? null : crashOf(processed, crash),
        };
      }),
  filedCrashes: (connection, reportId) => selectFiled(connection).all(reportId).map(filedOf),
  labelCrowds: (connection) => labelCrowds(connection).all(),
  labelUses: (connection, productId, what) => labelUses[what](connection).all({ productId }),
  modulesOfReport: (connection, reportId) => modulesOfReport(connection).pluck().all(reportId),
  withoutFacts: (connection, limit) =>
    selectUntold(connection)
      .all(limit)
      .map(({ reportId, crashId, productId, receivedAt, bytes, data }) => ({
        reportId,
        crashId,
        productId,
        receivedAt,
        processed: processedOf(data, bytes),
      })),
} satisfies Partial<Listers>;

function processedOf(data: Uint8Array | null, bytes: number): ProcessedReport | null {
  if (data === null) return null;
  try {
    return unpackProcessedNow(data, bytes);
  } catch {
    return null;
  }
}

function filedOf(row: StoredCrash): FiledRecord {
  return { ...row, valueIds: row.valueIds === '' ? [] : row.valueIds.split(' ').map(Number) };
}
