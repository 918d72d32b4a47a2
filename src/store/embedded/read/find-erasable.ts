// Finds the reports of an erasure, a page at a time: by key of the report, so that a page goes on where the one before ended.
import { hash } from 'node:crypto';
import type { ProcessedReport } from '../../../report/processed-report.ts';
import type { ErasablePage, ErasureWish } from '../../erasures.ts';
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
    readonly annotations: string;
    readonly installation: string | null;
    readonly bytes: number;
    readonly data: Uint8Array | null;
  }
>(`
  SELECT reports.id, crash_id AS crashId, annotations, installation, ifnull(bytes, 0) AS bytes, processed_reports.data
  FROM reports LEFT JOIN processed_reports ON processed_reports.report_id = reports.id
  JOIN kinds ON kinds.id = reports.kind_id JOIN products ON products.id = kinds.product_id
  JOIN accounts ON accounts.id = products.account_id
  WHERE reports.id > @after
    AND (@account IS NULL OR accounts.name = @account) AND (@product IS NULL OR products.name = @product)
  ORDER BY reports.id LIMIT @limit`);
const filedOf = query<[reportId: number, installation: Uint8Array], number>(`
  SELECT 1 FROM report_crashes WHERE report_id = ? AND installation = ? LIMIT 1`);

/** The next page after a report's key; `unpacked`: reports that are unpacked for it at most. */
export function findErasable(
  connection: Connection,
  wish: ErasureWish,
  after: number,
  unpacked = PERSON_PAGE,
): ErasablePage {
  if (wish.kind === 'search') return { crashIds: [], next: null };
  // Wishes of an older version have neither.
  const of = { account: wish.account ?? null, product: wish.product ?? null };
  if (wish.kind === 'installation') {
    const rows = everything(connection).all({ after, ...of, limit: unpacked });
    // Some clients name it beside the report, others within; what it was filed under is kept as the beginning of a hash.
    const filedAs = hash('sha256', wish.installation.toWellFormed(), 'buffer').subarray(0, 8);
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

/** What a report says: section (empty: an annotation), key, value. */
type Pair = readonly [section: string, key: string, value: string];

/** Keys by which programs name their users; a number alone could stand for anything elsewhere. */
const NAMES_USER =
  /(?:^|[._\- ])(?:user|uid|login|account|member|customer|person)(?:[._\- ]?(?:id|name|guid|uuid))?$/i;

function namesPerson(
  wish: Pick<Extract<ErasureWish, { kind: 'person' }>, 'user' | 'mail' | 'mailHash'>,
): (pairs: Iterable<Pair>) => boolean {
  const mail = wish.mail?.trim().toLowerCase() ?? null;
  const mailHash = wish.mailHash?.toLowerCase() ?? null;
  return (pairs) => {
    for (const [section, key, value] of pairs) {
      if (
        wish.user !== null &&
        value === wish.user &&
        (section.toLowerCase() === 'user' || NAMES_USER.test(key))
      )
        return true;
      if (mail === null && mailHash === null) continue;
      const lower = value.trim().toLowerCase();
      if (!lower.includes('@')) continue;
      if (lower === mail || (mailHash !== null && hash('sha256', lower) === mailHash)) return true;
    }
    return false;
  };
}

/** Whether a mail address is the one that is meant; for words of people. */
export function isMailOf(
  { mail, mailHash }: { readonly mail: string | null; readonly mailHash: string | null },
  address: string,
): boolean {
  const lower = address.trim().toLowerCase();
  if (lower === '') return false;
  return lower === mail?.trim().toLowerCase() || hash('sha256', lower) === mailHash?.toLowerCase();
}

function* pairsOf(annotations: string, data: Uint8Array | null, bytes: number): Generator<Pair> {
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
