// The values that filters offer, kept for a few seconds: they change slowly and every list page needs them.
import type { ReportStore } from '../store/reports.ts';

export type Facets = Awaited<ReturnType<ReportStore['facets']>>;

const KEEP_MS = 5000;
/** Values offered for each filter. */
const OFFERED = 50;

export class FacetCache {
  readonly #reports: ReportStore;
  readonly #now: () => number;
  #kept: { readonly at: number; readonly facets: Promise<Facets> } | null = null;

  constructor(reports: ReportStore, now: () => number) {
    this.#reports = reports;
    this.#now = now;
  }

  async get(): Promise<Facets> {
    const now = this.#now();
    if (this.#kept === null || now - this.#kept.at > KEEP_MS) {
      const facets = this.#reports.facets(OFFERED);
      // A failed read must not be served again for as long as a good one.
      facets.catch(() => {
        this.#kept = null;
      });
      this.#kept = { at: now, facets };
    }
    return this.#kept.facets;
  }
}
