// The report list: newest first, by key, with any combination of filters.
//
// A filter on product, protocol, version, platform or state selects kinds (see the schema); each kind with a state is a
// stream of keys in an index. Few streams are merged: one seek each, whatever the number of reports. Many streams usually
// mean that most reports match, so the newest reports are looked through first. What no index answers exactly (words with
// other filters, an installation with other filters) is checked row by row, at most SCAN_ROWS rows for one page: then a
// page may be short, or empty, with a cursor that goes on.
import type { Protocol, ReportState } from '../../../report/report.ts';
import type { JamiFields } from '../../../report/jami.ts';
import type { Page, PageRequest, ReportFilter, ReportRow } from '../../reports.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { firstKeyAfter, firstKeyOf } from '../../shared/report-key.ts';
import { cursorAfter, keyOfCursor } from '../../shared/cursor.ts';
import { candidateKeys } from './candidate-keys.ts';
import type { KeyRange } from './candidate-keys.ts';
import { listPublicMatches } from './list-public-matches.ts';
import { matchingStreams } from './matching-streams.ts';
import type { Stream } from './matching-streams.ts';
import { matchesWords, searchWords } from '../../shared/search-words.ts';

/** Rows looked at for one page. */
const SCAN_ROWS = 2000;
const MAX_PAGE = 200;

interface ListedReport {
  readonly id: number;
  readonly crashId: string;
  readonly account: string;
  readonly product: string;
  readonly protocol: Protocol;
  readonly version: string | null;
  readonly platform: string | null;
  readonly receivedAt: number;
  readonly state: ReportState;
  readonly attachmentCount: number;
  readonly size: number;
  readonly noteCount: number;
  readonly installation: string | null;
  readonly installationNumber: number | null;
  readonly jami: string | null;
  readonly bugId: number | null;
  readonly signature: string | null;
  readonly foundPlatform: string | null;
}

const listedReport = query<[id: number], ListedReport>(`
  SELECT
    reports.id, reports.crash_id AS crashId, accounts.name AS account, products.name AS product, kinds.protocol,
    reports.version, reports.platform, reports.received_at AS receivedAt, reports.state,
    reports.attachment_count AS attachmentCount, reports.attachment_bytes AS size, reports.note_count AS noteCount,
    opened(reports.installation, 'reports.installation') AS installation,
    reports.installation_number AS installationNumber, opened(reports.jami, 'reports.jami') AS jami,
    ifnull(bugs.duplicate_of, bugs.id) AS bugId, report_crashes.signature, labels.name AS foundPlatform
  FROM reports
  JOIN kinds ON kinds.id = reports.kind_id
  JOIN products ON products.id = kinds.product_id
  JOIN accounts ON accounts.id = products.account_id
  LEFT JOIN report_crashes ON report_crashes.report_id = reports.id AND report_crashes.position = 0
  LEFT JOIN cases ON cases.id = report_crashes.case_id
  LEFT JOIN bugs ON bugs.id = cases.bug_id
  LEFT JOIN labels ON labels.id = report_crashes.platform_id
  WHERE reports.id = ?`);

/** What decides whether a report is in; cheaper to read than a row of the list. */
interface Decisive {
  readonly kindId: number;
  readonly state: ReportState;
  readonly receivedAt: number;
  readonly version: string | null;
  readonly platform: string | null;
  readonly installation: string | null;
  readonly installationNumber: number | null;
}

const decisiveFields = query<[id: number], Decisive>(`
  SELECT kind_id AS kindId, state, received_at AS receivedAt, version, platform,
    opened(installation, 'reports.installation') AS installation,
    installation_number AS installationNumber
  FROM reports WHERE id = ?`);

const annotationsOf = query<[id: number], string>(`
  SELECT opened(annotations, 'reports.annotations') FROM reports WHERE id = ?`);

/** One page of the list. */
export function listReports(
  connection: Connection,
  filter: ReportFilter,
  page: PageRequest,
): Page<ReportRow> {
  const limit = Math.min(Math.max(Math.floor(page.limit), 1), MAX_PAGE);
  const words = searchWords(filter.text);
  const range = keyRange(filter, keyOfCursor(page.cursor));
  const streams = matchingStreams(connection, filter);
  const included = kindTest(streams);
  const { textIn } = filter;
  if (textIn !== undefined && words.length > 0) {
    const search = { filter: { ...filter, textIn }, range, streams, words, wanted: limit + 1 };
    return listPublicMatches(connection, search, { limit }, (key) => {
      const decisive = decisiveFields(connection).get(key);
      const isIn = decisive !== undefined && included(decisive) && matches(decisive, filter);
      return isIn ? listedRow(connection, key) : null;
    });
  }
  const rows: ReportRow[] = [];
  let looked = 0;
  let last = 0;
  // One row more than the page tells whether there is a next page.
  for (const key of candidateKeys(connection, { filter, range, streams, words, wanted: limit + 1 })) {
    if (looked === SCAN_ROWS || rows.length === limit) return { rows, next: cursorAfter(last) };
    const decisive = decisiveFields(connection).get(key);
    const isIncluded = decisive !== undefined && included(decisive);
    // What whoever asks may not see shows in no cursor, and in no shorter page.
    if (filter.within !== undefined && !isIncluded) continue;
    looked += 1;
    last = key;
    if (!isIncluded || !matches(decisive, filter)) continue;
    if (words.length > 0 && !matchesWords(annotationsOf(connection).pluck().get(key) ?? '[]', words))
      continue;
    const row = listedRow(connection, key);
    if (row !== null) rows.push(row);
  }
  return { rows, next: null };
}

/** The keys that time and cursor leave: `from` ≤ key < `before`. */
function keyRange({ receivedFrom, receivedTo }: ReportFilter, cursor: number | null): KeyRange {
  const from = receivedFrom === undefined ? 0 : firstKeyOf(receivedFrom);
  const before = receivedTo === undefined ? Number.MAX_SAFE_INTEGER : firstKeyAfter(receivedTo);
  return { from, before: cursor === null ? before : Math.min(before, cursor) };
}

/** Whether a report is of a kind and state that the streams include. */
function kindTest(streams: readonly Stream[] | null): (report: Decisive) => boolean {
  if (streams === null) return () => true;
  const names = new Set(streams.map(({ kindId, state }) => `${kindId} ${state}`));
  return ({ kindId, state }) => names.has(`${kindId} ${state}`);
}

/** What kinds do not decide: time to the millisecond, the installation, and the fields of mixed kinds. */
function matches(report: Decisive, filter: ReportFilter): boolean {
  return (
    (filter.version === undefined || filter.version === report.version) &&
    (filter.platform === undefined || filter.platform === report.platform) &&
    (filter.installation === undefined || filter.installation === report.installation) &&
    (filter.installationNumber === undefined || filter.installationNumber === report.installationNumber) &&
    (filter.receivedFrom === undefined || filter.receivedFrom <= report.receivedAt) &&
    (filter.receivedTo === undefined || filter.receivedTo > report.receivedAt)
  );
}

/** One row of the list by its key. */
export function listedRow(connection: Connection, key: number): ReportRow | null {
  const row = listedReport(connection).get(key);
  return row === undefined ? null : toListRow(row);
}

function toListRow(row: ListedReport): ReportRow {
  return {
    crashId: row.crashId,
    account: row.account,
    product: row.product,
    protocol: row.protocol,
    version: row.version,
    platform: row.platform,
    receivedAt: row.receivedAt,
    state: row.state,
    attachmentCount: row.attachmentCount,
    size: row.size,
    noteCount: row.noteCount,
    installation: row.installation,
    installationNumber: row.installationNumber,
    crash:
      row.bugId === null || row.signature === null
        ? null
        : {
            bugId: row.bugId,
            signature: row.signature,
            platform: row.foundPlatform === '' ? null : row.foundPlatform,
          },
    jami: row.jami === null ? null : (JSON.parse(row.jami) as JamiFields),
  };
}
