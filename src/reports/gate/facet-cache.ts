// The values that filters offer, kept for a few seconds: they change slowly and every list page needs them. Each by what whoever asks may
// see, so that nobody is offered a value of somebody else.
import { LRUCache } from 'lru-cache';
import type { ReportStore, Within } from '../../store/reports.ts';

export type Facets = Awaited<ReturnType<ReportStore['facets']>>;

const KEEP_MS = 5000;
/** Values offered for each filter. */
const OFFERED = 50;
/** Kinds of sight that are kept. */
const MAX_KEPT = 100;

export class FacetCache {
  readonly #reports: Pick<ReportStore, 'facets'>;
  readonly #now: () => number;
  readonly #kept = new LRUCache<string, { readonly at: number; readonly facets: Promise<Facets> }>({
    max: MAX_KEPT,
  });

  constructor(reports: Pick<ReportStore, 'facets'>, now: () => number) {
    this.#reports = reports;
    this.#now = now;
  }

  /** Of what is within; null: of everything. */
  async get(within: Within | null): Promise<Facets> {
    const now = this.#now();
    const key = JSON.stringify(within);
    const kept = this.#kept.get(key);
    if (kept !== undefined && now - kept.at <= KEEP_MS) return kept.facets;
    const facets = this.#reports.facets(OFFERED, within ?? undefined);
    // A failed read must not be served again for as long as a good one.
    facets.catch(() => this.#kept.delete(key));
    this.#kept.set(key, { at: now, facets });
    return facets;
  }
}
