// Who pays when space is short, and with what. The product that is furthest above an equal share pays first, so that a flood of
// reports of one product evicts its own. Inside it the oldest reports go first, but of every case of a bug the first, the newest and a
// spread of others stay, so that bugs with many reports pay before those with few. Then the oldest, with the newest of open bugs after
// all others, and pinned ones last. Nothing goes that is younger than the grace time.
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

/** Kinds of a product that are looked at: those with the most reports. */
const MAX_KINDS = 64;
/** Reports of one kind and state, and of all of them together, that one step looks at. */
const OF_STREAM = 500;
const LOOKED_AT = 2000;

/** A product with what it takes. */
export interface Payer {
  readonly id: number;
  readonly storedBytes: number;
}

const storing = query<[], Payer>(`
  SELECT id, stored_bytes AS storedBytes FROM products WHERE stored_bytes > 0 ORDER BY stored_bytes DESC, id`);

/** The products that take at least an equal share, the one that takes most first. */
export function payersOf(connection: Connection): readonly Payer[] {
  const products = storing(connection).all();
  const share = products.reduce((sum, { storedBytes }) => sum + storedBytes, 0) / products.length;
  return products.filter(({ storedBytes }) => storedBytes >= share);
}

const largestKinds = query<[productId: number, limit: number], number>(`
  SELECT id FROM kinds WHERE product_id = ? AND queued + deferred + processed + failed > 0
  ORDER BY queued + deferred + processed + failed DESC LIMIT ?`);

const oldestOfStream = query<[kindId: number, state: string, before: number, limit: number], number>(`
  SELECT id FROM reports INDEXED BY reports_by_kind
  WHERE kind_id = ? AND state = ? AND id < ? ORDER BY id LIMIT ?`);

/** The oldest reports of a product that arrived before a key, about: of kinds with many reports. */
export function oldestOf(connection: Connection, productId: number, before: number): readonly number[] {
  const ids: number[] = [];
  for (const kindId of largestKinds(connection).pluck().all(productId, MAX_KINDS)) {
    for (const state of ['processed', 'queued', 'failed', 'deferred']) {
      ids.push(...oldestOfStream(connection).pluck().all(kindId, state, before, OF_STREAM));
    }
  }
  return ids.sort((a, b) => a - b).slice(0, LOOKED_AT);
}

const casesOf = query<[reportId: number], number>(`
  SELECT DISTINCT case_id FROM report_crashes WHERE report_id = ? LIMIT 8`);

interface Neighbours {
  readonly first: number;
  readonly newest: number;
  readonly before: number | null;
  readonly after: number | null;
}

const neighboursOf = query<[{ caseId: number; reportId: number }], Neighbours>(`
  SELECT
    (SELECT min(report_id) FROM report_crashes WHERE case_id = @caseId) AS first,
    (SELECT max(report_id) FROM report_crashes WHERE case_id = @caseId) AS newest,
    (SELECT max(report_id) FROM report_crashes WHERE case_id = @caseId AND report_id < @reportId) AS before,
    (SELECT min(report_id) FROM report_crashes WHERE case_id = @caseId AND report_id > @reportId) AS after`);

/** Thins cases out: asked for reports oldest first, it says which of them may go so that about `keep` of each case stay, evenly spread. */
export class Spread {
  readonly #connection: Connection;
  readonly #keep: number;
  /** By case: the report before the one that is asked for, among those that stay. What a step removes is still in the tables. */
  readonly #last = new Map<number, number>();

  constructor(connection: Connection, keep: number) {
    this.#connection = connection;
    this.#keep = Math.max(1, keep);
  }

  /** Whether the report may go; the caller then removes it. One that waits to be filed says nothing yet and may not. */
  mayGo(reportId: number): boolean {
    const cases = casesOf(this.#connection).pluck().all(reportId);
    const found = cases.map((caseId) => ({
      caseId,
      near: neighboursOf(this.#connection).get({ caseId, reportId }),
    }));
    const may =
      found.length > 0 &&
      found.every(({ caseId, near }) => near !== undefined && this.#isBetween(caseId, reportId, near));
    for (const { caseId, near } of found) {
      const before = this.#last.get(caseId) ?? near?.before ?? reportId;
      this.#last.set(caseId, may ? before : reportId);
    }
    return may;
  }

  #isBetween(caseId: number, reportId: number, { first, newest, before, after }: Neighbours): boolean {
    const last = this.#last.get(caseId) ?? before;
    if (reportId === first || reportId === newest || last === null || after === null) return false;
    // Keys are moments, so the gap that is left is a time.
    return after - last <= (newest - first) / this.#keep;
  }
}
