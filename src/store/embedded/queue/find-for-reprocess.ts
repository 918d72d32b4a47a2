// Which reports a filter of `mayday reprocess` finds, oldest first, by key. The narrowest index is taken: the reports of a bug, those
// that lack a module, or else all reports of a time.
import type { ReprocessFilter } from '../../queue.ts';
import type { Connection } from '../database/query.ts';
import { prepared } from '../database/prepared.ts';
import { productIdsWithin } from '../database/products-within.ts';
import { cursorAfter, keyOfCursor } from '../../shared/cursor.ts';
import { firstKeyAfter, firstKeyOf } from '../../shared/report-key.ts';

const MAX_PAGE = 10_000;

/** One page, and how many there are in all pages. */
export function findForReprocess(
  connection: Connection,
  filter: ReprocessFilter,
  page: { readonly limit: number; readonly cursor: string | null },
): { readonly crashIds: readonly string[]; readonly next: string | null; readonly total: number } {
  const limit = Math.min(Math.max(Math.floor(page.limit), 1), MAX_PAGE);
  const parameters = {
    account: filter.account ?? null,
    product: filter.product ?? null,
    protocol: filter.protocol ?? null,
    signature: filter.signature ?? null,
    bugId: filter.bugId ?? null,
    state: filter.state ?? null,
    debugId: filter.missingDebugId?.toUpperCase() ?? null,
    fromKey: filter.receivedFrom === undefined ? 0 : firstKeyOf(filter.receivedFrom),
    toKey: filter.receivedTo === undefined ? Number.MAX_SAFE_INTEGER : firstKeyAfter(filter.receivedTo),
    receivedFrom: filter.receivedFrom ?? 0,
    receivedTo: filter.receivedTo ?? Number.MAX_SAFE_INTEGER,
    after: keyOfCursor(page.cursor ?? undefined) ?? 0,
    products: JSON.stringify(productIdsWithin(connection, { within: filter.within }) ?? []),
    limit: limit + 1,
  };
  const found = `FROM reports ${restrictions(filter)}`;
  const rows = prepared<typeof parameters, { id: number; crashId: string }>(
    connection,
    `SELECT reports.id, reports.crash_id AS crashId ${found} AND reports.id > @after ORDER BY reports.id LIMIT @limit`,
  ).all(parameters);
  const total = prepared<typeof parameters, number>(connection, `SELECT count(*) ${found}`)
    .pluck()
    .get(parameters);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    crashIds: shown.map(({ crashId }) => crashId),
    next: rows.length > limit && last !== undefined ? cursorAfter(last.id) : null,
    total: total ?? 0,
  };
}

function restrictions(filter: ReprocessFilter): string {
  const conditions = [
    'reports.id >= @fromKey AND reports.id < @toKey',
    'reports.received_at >= @receivedFrom AND reports.received_at < @receivedTo',
  ];
  if (filter.state !== undefined) conditions.push('reports.state = @state');
  if (filter.account !== undefined || filter.product !== undefined || filter.protocol !== undefined) {
    conditions.push(`reports.kind_id IN (
      SELECT kinds.id FROM kinds
      JOIN products ON products.id = kinds.product_id
      JOIN accounts ON accounts.id = products.account_id
      WHERE accounts.name = ifnull(@account, accounts.name) AND products.name = ifnull(@product, products.name)
        AND kinds.protocol = ifnull(@protocol, kinds.protocol))`);
  }
  if (filter.within !== undefined) {
    conditions.push(`reports.kind_id IN (
      SELECT id FROM kinds WHERE product_id IN (SELECT value FROM json_each(@products)))`);
  }
  if (filter.bugId !== undefined) {
    conditions.push(`reports.id IN (
      SELECT report_id FROM report_crashes
      WHERE case_id IN (SELECT id FROM cases WHERE bug_id = @bugId))`);
  }
  if (filter.missingDebugId !== undefined) {
    conditions.push(`reports.id IN (
      SELECT report_missing.report_id
      FROM missing_symbols JOIN report_missing ON report_missing.missing_id = missing_symbols.id
      WHERE missing_symbols.debug_id = @debugId)`);
  }
  if (filter.signature !== undefined) {
    conditions.push(`EXISTS (
      SELECT 1 FROM report_crashes WHERE report_id = reports.id AND signature = @signature)`);
  }
  return `WHERE ${conditions.join('\n  AND ')}`;
}
