// Finds the reports of an erasure, a page at a time: by key of the report, so that a page goes on where the one before ended.
import type { ProcessedReport } from '../../../report/processed-report.ts';
import type { ErasablePage, ErasureWish } from '../../erasures.ts';
import { mailHashOf, mailOf, markOfName, personsIn, type SaidPair } from '../../shared/named-persons.ts';
import type { ErasableReport } from '../../shared/erased-test.ts';
import { unpackProcessedNow } from '../../shared/packed-report.ts';
import { firstKeyOf } from '../../shared/report-key.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

const PAGE = 2000;
/** Processed reports are unpacked one by one. */
const PERSON_PAGE = 200;

interface Found {
  readonly id: number;
  readonly crashId: string;
}

const ofProducts = query<
  [{ after: number; before: number; account: string | null; product: string | null; limit: number }],
  Found
>(`
  SELECT reports.id, crash_id AS crashId FROM reports
  JOIN kinds ON kinds.id = reports.kind_id JOIN products ON products.id = kinds.product_id
  JOIN accounts ON accounts.id = products.account_id
  WHERE reports.id > @after AND reports.id < @before
    AND (@account IS NULL OR accounts.name = @account) AND (@product IS NULL OR products.name = @product)
  ORDER BY reports.id LIMIT @limit`);
const everything = query<
  [{ after: number; account: string | null; product: string | null; limit: number }],
  Found & {
    readonly receivedAt: number;
    readonly account: string;
    readonly product: string;
    readonly annotations: string;
    readonly installation: string | null;
    readonly bytes: number;
    readonly data: Uint8Array | null;
  }
>(`
  SELECT reports.id, crash_id AS crashId, received_at AS receivedAt, accounts.name AS account, products.name AS product,
    opened(annotations, 'reports.annotations') AS annotations,
    opened(reports.installation, 'reports.installation') AS installation, ifnull(bytes, 0) AS bytes,
    opened(processed_reports.data, 'processed_reports.data') AS data
  FROM reports LEFT JOIN processed_reports ON processed_reports.report_id = reports.id
  JOIN kinds ON kinds.id = reports.kind_id JOIN products ON products.id = kinds.product_id
  JOIN accounts ON accounts.id = products.account_id
  WHERE reports.id > @after
    AND (@account IS NULL OR accounts.name = @account) AND (@product IS NULL OR products.name = @product)
  ORDER BY reports.id LIMIT @limit`);
const filedOf = query<[reportId: number, installation: Uint8Array], number>(`
  SELECT 1 FROM report_crashes WHERE report_id = ? AND installation = ? LIMIT 1`);

const nameNow = query<[name: string], string>(`
  SELECT accounts.name FROM account_names JOIN accounts ON accounts.id = account_names.account_id
  WHERE account_names.name = ?`);

/** Where a wish is to be erased: an account may have got another name since it was made. Wishes of an older version have neither. */
export function erasedOf(
  connection: Connection,
  { account = null, product = null }: { readonly account?: string | null; readonly product?: string | null },
): { readonly account: string | null; readonly product: string | null } {
  return {
    account: account === null ? null : (nameNow(connection).pluck().get(account) ?? account),
    product,
  };
}

/** The next page after a report's key; `unpacked`: reports that are unpacked for it at most. */
export function findErasable(
  connection: Connection,
  wish: ErasureWish,
  after: number,
  unpacked = PERSON_PAGE,
): ErasablePage {
  if (wish.kind === 'search') return { crashIds: [], next: null };
  const of = erasedOf(connection, wish);
  if (wish.kind === 'installation') {
    const rows = everything(connection).all({ after, ...of, limit: unpacked });
    // Some clients name it beside the report, others within; what it was filed under is kept as the beginning of a hash.
    const filedAs = markOfName(wish.installation);
    const found = rows.filter(
      ({ id, installation, data, bytes }) =>
        installation === wish.installation ||
        filedOf(connection).get(id, filedAs) !== undefined ||
        processedOf(data, bytes)?.installation === wish.installation,
    );
    return page(found, rows, unpacked);
  }
  if (wish.kind === 'person') {
    const rows = everything(connection).all({ after, ...of, limit: unpacked });
    const isNamed = namesPerson(wish);
    return page(
      rows.filter(({ annotations, data, bytes }) => isNamed(pairsOf(annotations, data, bytes))),
      rows,
      unpacked,
    );
  }
  const before = wish.kind === 'before' ? firstKeyOf(wish.before) : Number.MAX_SAFE_INTEGER;
  const rows = ofProducts(connection).all({ after, before, ...of, limit: PAGE });
  return page(rows, rows, PAGE);
}

function page(found: readonly Found[], looked: readonly Found[], size: number): ErasablePage {
  return {
    crashIds: found.map(({ crashId }) => crashId),
    next: looked.length < size ? null : (looked.at(-1)?.id ?? null),
  };
}

function namesPerson(
  wish: Pick<Extract<ErasureWish, { kind: 'person' }>, 'user' | 'mail' | 'mailHash'>,
): (pairs: Iterable<SaidPair>) => boolean {
  return (pairs) => {
    for (const { kind, value } of personsIn(pairs)) {
      if (kind === 'user' ? value === wish.user : isMailOf(wish, value)) return true;
    }
    return false;
  };
}

/** Whether a mail address is the one that is meant; for words of people. */
export function isMailOf(
  { mail, mailHash }: { readonly mail: string | null; readonly mailHash: string | null },
  address: string,
): boolean {
  const lower = mailOf(address);
  if (lower === '') return false;
  if (mail !== null && lower === mailOf(mail)) return true;
  return mailHash !== null && mailHashOf(lower) === mailHash.toLowerCase();
}

function* pairsOf(annotations: string, data: Uint8Array | null, bytes: number): Generator<SaidPair> {
  for (const [key, value] of JSON.parse(annotations) as [string, string][]) yield ['', key, value];
  for (const { sections } of processedOf(data, bytes)?.crashes ?? [])
    for (const { name, values } of sections) for (const [key, value] of values) yield [name, key, value];
}

function processedOf(data: Uint8Array | null, bytes: number): ProcessedReport | null {
  if (data === null) return null;
  try {
    return unpackProcessedNow(data, bytes);
  } catch {
    return null;
  }
}

const marksOf = query<[reportId: number], Uint8Array>(`
  SELECT DISTINCT installation FROM report_crashes WHERE report_id = ? AND installation IS NOT NULL`);

/** A page of all reports after a key, with what tells whether they were erased. */
export function erasableReports(
  connection: Connection,
  after: number,
  limit: number,
): { readonly rows: readonly ErasableReport[]; readonly next: number | null } {
  const all = everything(connection).all({ after, account: null, product: null, limit });
  const rows = all.map(
    ({
      id,
      crashId,
      receivedAt,
      account,
      product,
      annotations,
      installation,
      data,
      bytes,
    }): ErasableReport => {
      const within = processedOf(data, bytes)?.installation ?? null;
      return {
        ...{ crashId, account, product, at: receivedAt },
        installations: [installation, within].filter((name) => name !== null),
        marks: marksOf(connection).pluck().all(id),
        said: () => pairsOf(annotations, data, bytes),
      };
    },
  );
  return { rows, next: all.length < limit ? null : (all.at(-1)?.id ?? null) };
}
