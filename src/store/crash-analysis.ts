// Store contract: what the filed crashes say beyond counts. Top crashers with their movement, values that go with a bug, bugs on the rise,
// the release that brought a bug.
import type { Correlation, Correlations } from '../search/engine/correlate.ts';
import type { Counted } from '../search/engine/counted.ts';
import type { QueryFault } from '../search/query/query-fault.ts';
import type { Query } from '../search/query/query-tree.ts';
import type { Rise, Spike } from '../search/statistics/trend.ts';
import type { BugFilter, BugRow } from './bugs.ts';
import type { SearchedProduct } from './crash-search.ts';

/** Bugs by their crashes in a period, and their place in the equal period before. */
export interface TopSearch {
  readonly products: readonly SearchedProduct[];
  readonly query: Query;
  readonly filter: Omit<BugFilter, 'version' | 'text' | 'titlesOnlyWhereProtected' | 'order'>;
  /** The period ends now. */
  readonly periodMs: number;
  readonly by: 'crashes' | 'installations';
  readonly limit: number;
}

export interface TopBug {
  readonly rank: number;
  /** Null: it had no crash in the period before. */
  readonly rankBefore: number | null;
  /** Counts, installations and bars are those of the selected crashes of the period. */
  readonly bug: BugRow;
  readonly crashesBefore: number;
  readonly installationsBefore: number;
}

/** `complete`, `counted` and `existing`: of the period of which the smaller part was counted. */
export interface TopCrashers extends Counted {
  readonly rows: readonly TopBug[];
  /** Of all that was selected: what shares are of. */
  readonly crashes: number;
  readonly crashesBefore: number;
  readonly bugs: number;
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
}

/** A bug that is on the rise. */
export interface BugTrend {
  readonly bugId: number;
  /** Today against such days. */
  readonly spike: Spike | null;
  /** This week against the three before. */
  readonly rise: Rise | null;
  /** Different installations in the last seven days. */
  readonly installations: number;
}

/** Keys by name: of a field, or `section.name`. */
export interface NamedCorrelation extends Omit<Correlation, 'key'> {
  readonly key: string;
}

export interface CorrelationsFound extends Omit<Correlations, 'values'> {
  readonly values: readonly NamedCorrelation[];
}

/** The oldest release that has the bug, and whether an older one would have shown it. */
export interface Origin {
  readonly version: string;
  /** The release before it; null: the bug is as old as the oldest one that crashed. */
  readonly before: string | null;
  /** Installations with a crash of older releases, of this one, and of those the ones with the bug. */
  readonly olderInstallations: number;
  readonly installations: number;
  readonly affected: number;
  /** How likely older releases had none by chance; below 0.05 the release brought the bug. */
  readonly p: number;
}

export interface AnalysisStore {
  /** A fault: the query names what the reader does not know, or a value that fits no key. */
  topCrashers(search: TopSearch): Promise<{ readonly top: TopCrashers } | { readonly fault: QueryFault }>;
  /** Values that a bug's crashes have more often than others of its product, under the same query. */
  correlations(asked: {
    readonly product: SearchedProduct;
    readonly bugId: number;
    readonly query: Query;
  }): Promise<{ readonly found: CorrelationsFound } | { readonly fault: QueryFault }>;
  /** Bugs of a product that are on the rise, the strongest first; at most a few minutes old. */
  trends(product: { readonly account: string; readonly product: string }): Promise<readonly BugTrend[]>;
  /** Null: no crash of the bug names a version, or no stored report has one. */
  originOf(bugId: number): Promise<Origin | null>;
}
