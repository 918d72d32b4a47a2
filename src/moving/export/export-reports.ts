// Records of reports: everything that came, byte for byte, newest first, page by page, so that what arrives meanwhile changes nothing.
import { parseQuery } from '../../search/query/parse-query.ts';
import type { ReportSearch, SearchedProduct } from '../../store/crash-search.ts';
import { ReadRefused, type Page, type ReportRow } from '../../store/reports.ts';
import type { Feedback } from '../../store/feedback.ts';
import type { Store } from '../../store/store.ts';
import { mailHashOf } from '../../store/shared/named-persons.ts';
import {
  isOfPerson,
  isOfReports,
  type ExportChoices,
  type ExportFilter,
  type ExportRecord,
} from './export-format.ts';
import type { ExportFolder } from './export-folder.ts';
import { ExportRefused } from './export-folder.ts';
import { isChosen } from './export-settings.ts';

/** Reports that are held in memory at once, with all their texts. */
const PAGE = 50;

/** One part: its records, and where the next begins; null: it was the last. */
export interface RecordPage {
  readonly records: readonly ExportRecord[];
  readonly next: string | null;
  /** Bytes that could not be read, or are not those that came, a sentence's part for each. */
  readonly lost?: readonly string[];
}

type ChosenReport = Pick<ReportRow, 'crashId' | 'receivedAt' | 'installation' | 'account' | 'product'>;

/** A page of chosen reports. */
export async function reportRows(
  store: Store,
  filter: ExportFilter,
  cursor: string | null,
): Promise<Page<ChosenReport>> {
  if (isOfPerson(filter)) return rowsOfPerson(store, filter, cursor);
  const page = { limit: PAGE, ...(cursor !== null && { cursor }) };
  if (filter.query === undefined) {
    const { account, product, installation, since, until } = filter;
    return store.reports.listReports(
      {
        ...(account !== undefined && { account }),
        ...(product !== undefined && { product }),
        ...(installation !== undefined && { installation }),
        ...(since !== undefined && { receivedFrom: since }),
        ...(until !== undefined && { receivedTo: until }),
      },
      page,
    );
  }
  const parsed = parseQuery(filter.query);
  if ('fault' in parsed) throw new ExportRefused(parsed.fault.problem);
  const products = await searchedProducts(store, filter);
  const result = await searched(store, { products, query: parsed.query, page, whole: true });
  if ('fault' in result) throw new ExportRefused(result.fault.problem);
  const { rows, next, complete } = result.found;
  // What it has not looked at may hold reports that nobody would miss.
  if (!complete) throw new ExportRefused(TOO_LONG);
  return { rows: rows.filter((row) => isWithin(row, filter)), next };
}

/** What an erasure of the same person would find. */
async function rowsOfPerson(
  store: Store,
  filter: ExportFilter,
  cursor: string | null,
): Promise<Page<ChosenReport>> {
  const { user = null, mail = null, mailHash = null, account = null, product = null } = filter;
  const wish = { kind: 'person', user, mail, mailHash, account, product } as const;
  const { crashIds, next } = await store.erasures.find(wish, Number(cursor ?? 0));
  const rows: ChosenReport[] = [];
  for (const crashId of crashIds) {
    const report = await store.reports.getReport(crashId);
    if (report !== null && isWithin(report, filter)) rows.push(report);
  }
  return { rows, next: next === null ? null : String(next) };
}

const TOO_LONG =
  'The search takes too long to find every report, and an export leaves none out in silence. Give the same command again to go on where the store was busy; else ask for less at a time, with --product, or with a time in the search (received:2026-05-01..2026-05-31)';

async function searched(store: Store, search: ReportSearch): ReturnType<Store['search']['searchReports']> {
  try {
    return await store.search.searchReports(search);
  } catch (error) {
    if (error instanceof ReadRefused) throw new ExportRefused(TOO_LONG, { cause: error });
    throw error;
  }
}

function isWithin({ receivedAt, installation }: ChosenReport, filter: ExportFilter): boolean {
  if (filter.installation !== undefined && installation !== filter.installation) return false;
  return receivedAt >= (filter.since ?? 0) && receivedAt < (filter.until ?? Number.POSITIVE_INFINITY);
}

async function searchedProducts(store: Store, filter: ExportFilter): Promise<readonly SearchedProduct[]> {
  return (await store.people.listProducts())
    .filter(({ account, name }) => isChosen(filter, account, name))
    .map(({ account, name }) => ({ account, product: name, publicNames: null, messages: true }));
}

/** The records of a page; the bytes of attachments go into the folder as they come. */
export async function reportPage(
  store: Store,
  folder: ExportFolder,
  { filter, choices }: { readonly filter: ExportFilter; readonly choices: ExportChoices },
  cursor: string | null,
): Promise<RecordPage> {
  const { rows, next } = await reportRows(store, filter, cursor);
  const records: ExportRecord[] = [];
  const lost: string[] = [];
  for (let at = 0; at < rows.length; at += AT_ONCE) {
    const some = rows.slice(at, at + AT_ONCE);
    const made = await Promise.all(
      some.map(({ crashId }) => reportRecord(store, folder, choices, crashId, lost)),
    );
    records.push(...made.flatMap((record) => record ?? []));
  }
  return { records, next, lost };
}

/** Reports whose attachments are written at once: they wait for the same disk. */
const AT_ONCE = 8;

/** Null: it is gone since the page was read, pruned or deleted. */
async function reportRecord(
  store: Store,
  folder: ExportFolder,
  choices: ExportChoices,
  crashId: string,
  lost: string[],
): Promise<ExportRecord | null> {
  const report = await store.reports.getReport(crashId);
  if (report === null) return null;
  const { installationNumber: _number, ...fields } = report;
  const attachments: unknown[] = [];
  for (const attachment of report.attachments) {
    const opened = await store.reports.openAttachment(crashId, attachment.name);
    try {
      if (opened === null) throw new Error('it is not there');
      const { sha256, size } = attachment;
      await folder.putBlob(opened.stream, { sha256, size });
      attachments.push(attachment);
    } catch (error) {
      if (isOfTarget(error)) throw error;
      const why = error instanceof Error ? error.message : String(error);
      lost.push(`${attachment.name} of ${crashId}: ${why}`);
    }
  }
  const filed = await store.queue.getProcessed(crashId);
  return {
    record: 'report',
    ...fields,
    attachments,
    identity: await store.reports.identityOf(crashId),
    bugs: filed?.bugIds ?? [],
    ...(choices.processed && filed !== null && { processed: filed.processed }),
  };
}

/** The export's own disk is at fault, not an attachment. */
export function isOfTarget(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'EROFS' || code === 'EACCES' || code === 'EIO';
}

/**
 * What people said: of chosen products; of chosen reports where these are chosen by what they are, as an erasure of them would take it; and what
 * a chosen person said about others.
 */
export async function* feedbackRecords(store: Store, filter: ExportFilter): AsyncGenerator<ExportRecord> {
  if (!isOfReports(filter)) {
    yield* wordsOfProducts(store, filter, () => true);
    return;
  }
  const told = new Set<number>();
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await reportRows(store, filter, cursor ?? null);
    for (const { crashId } of page.rows)
      for (const { id, ...words } of await store.feedback.ofReport(crashId)) {
        if (told.has(id)) continue;
        told.add(id);
        yield { record: 'feedback', ...words };
      }
    cursor = page.next;
  }
  if (isOfPerson(filter))
    yield* wordsOfProducts(store, filter, ({ id, email }) => !told.has(id) && isSaidBy(filter, email));
}

async function* wordsOfProducts(
  store: Store,
  filter: ExportFilter,
  isWanted: (words: Feedback) => boolean,
): AsyncGenerator<ExportRecord> {
  for (const { account, name } of await store.people.listProducts()) {
    if (!isChosen(filter, account, name)) continue;
    const newestFirst = await store.feedback.ofProduct(account, name, MAX_FEEDBACK);
    // Oldest first, as they came: of too many a store keeps those that came last.
    for (const said of newestFirst.toReversed()) {
      if (!isWanted(said)) continue;
      const { id: _id, ...words } = said;
      if (words.at < (filter.since ?? 0) || words.at >= (filter.until ?? Number.POSITIVE_INFINITY)) continue;
      yield { record: 'feedback', ...words };
    }
  }
}

function isSaidBy({ mail, mailHash }: ExportFilter, address: string): boolean {
  const hash = mailHashOf(address);
  return (
    address !== '' && ((mail !== undefined && hash === mailHashOf(mail)) || hash === mailHash?.toLowerCase())
  );
}

const MAX_FEEDBACK = 100_000;
