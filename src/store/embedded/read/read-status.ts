// Counts for the status page and values for the filters: from maintained counters, never by scanning reports.
import type { ReportState } from '../../../report/report.ts';
import type { ProductName, Within } from '../../reports.ts';
import { productIdsWithin } from '../database/products-within.ts';
import { query } from '../database/query.ts';
import { nameOfPlace, readSealingBehind } from '../database/sealing-behind.ts';
import type { Connection } from '../database/query.ts';

const sumOfKinds = query<[{ whole: number; products: string }], Readonly<Record<ReportState, number>>>(`
  SELECT
    ifnull(sum(queued), 0) AS queued, ifnull(sum(deferred), 0) AS deferred,
    ifnull(sum(processed), 0) AS processed, ifnull(sum(failed), 0) AS failed
  FROM kinds WHERE @whole OR product_id IN (SELECT value FROM json_each(@products))`);

/** Stored reports by state. */
export function reportsByState(
  connection: Connection,
  within?: Within,
): Readonly<Record<ReportState, number>> {
  const ids = productIdsWithin(connection, { within });
  const asked = { whole: ids === null ? 1 : 0, products: JSON.stringify(ids ?? []) };
  return sumOfKinds(connection).get(asked) ?? { queued: 0, deferred: 0, processed: 0, failed: 0 };
}

const arrivalsSince = query<[minute: number], number>(`
  SELECT ifnull(sum(count), 0) FROM arrivals WHERE minute > ?`);

/** Reports that arrived in the last so many minutes, to the minute. */
export function reportsWithin(connection: Connection, minutes: number, now: number): number {
  return (
    arrivalsSince(connection)
      .pluck()
      .get(Math.floor(now / 60_000) - minutes) ?? 0
  );
}

const oldest = query<[], number>(`SELECT received_at FROM reports ORDER BY id LIMIT 1`);
const newest = query<[], number>(`SELECT received_at FROM reports ORDER BY id DESC LIMIT 1`);

/** When the oldest and the newest stored report arrived. */
export function reportSpan(connection: Connection): {
  readonly oldestReportAt: number | null;
  readonly newestReportAt: number | null;
} {
  return {
    oldestReportAt: oldest(connection).pluck().get() ?? null,
    newestReportAt: newest(connection).pluck().get() ?? null,
  };
}

const selectPruned = query<[], number>(`SELECT pruned FROM totals`);
const selectSchema = query<[], number>(`SELECT max(number) FROM migrations`);

/** Reports removed by size or age, ever. */
export function prunedReports(connection: Connection): number {
  return selectPruned(connection).pluck().get() ?? 0;
}

/** The number of the newest migration that was applied. */
export function schemaVersion(connection: Connection): number {
  return selectSchema(connection).pluck().get() ?? 0;
}

/** What from before the store was encrypted is being sealed; null: nothing is left. */
export function sealingNow(connection: Connection): string | null {
  const at = readSealingBehind(connection);
  return at === null ? null : nameOfPlace(at);
}

const frequentProducts = query<[{ limit: number; whole: number; products: string }], ProductName>(`
  SELECT accounts.name AS account, products.name AS product
  FROM kinds
  JOIN products ON products.id = kinds.product_id
  JOIN accounts ON accounts.id = products.account_id
  WHERE @whole OR kinds.product_id IN (SELECT value FROM json_each(@products))
  GROUP BY products.id
  HAVING sum(queued + deferred + processed + failed) > 0
  ORDER BY sum(queued + deferred + processed + failed) DESC, products.id LIMIT @limit`);

const frequentVersions = query<[{ limit: number; whole: number; products: string }], string>(`
  SELECT version FROM kinds WHERE version IS NOT NULL AND (@whole OR product_id IN (SELECT value FROM json_each(@products)))
  GROUP BY version HAVING sum(queued + deferred + processed + failed) > 0
  ORDER BY sum(queued + deferred + processed + failed) DESC, version LIMIT @limit`);

const frequentPlatforms = query<[{ limit: number; whole: number; products: string }], string>(`
  SELECT platform FROM kinds WHERE platform IS NOT NULL AND (@whole OR product_id IN (SELECT value FROM json_each(@products)))
  GROUP BY platform HAVING sum(queued + deferred + processed + failed) > 0
  ORDER BY sum(queued + deferred + processed + failed) DESC, platform LIMIT @limit`);

/** Values for the filters of a list, most frequent first. */
export function facets(
  connection: Connection,
  limit: number,
  within?: Within,
): {
  readonly products: readonly ProductName[];
  readonly versions: readonly string[];
  readonly platforms: readonly string[];
} {
  const ids = productIdsWithin(connection, { within });
  const asked = { limit, whole: ids === null ? 1 : 0, products: JSON.stringify(ids ?? []) };
  return {
    products: frequentProducts(connection).all(asked),
    versions: frequentVersions(connection).pluck().all(asked),
    platforms: frequentPlatforms(connection).pluck().all(asked),
  };
}
