// What can be asked of the selected crashes, and what is answered. Every number answers the same selection.
import type { CompareVersions } from '../../report/version-schemes.ts';
import type { FactValue } from '../facts.ts';
import type { Counted } from './counted.ts';
import type { BoundQuery } from '../query/bind-query.ts';

export interface Question {
  readonly query: BoundQuery;
  /** How often each value of a key, the most frequent first. */
  readonly facets: readonly FacetQuestion[];
  /** Crashes by time: by the day of the crash, or by the hour of arrival. */
  readonly histogram: 'day' | 'hour' | null;
  /** How many different values of each key. */
  readonly distinct: readonly number[];
  /** Least, greatest and percentiles of keys that are numbers. */
  readonly numbers: readonly number[];
  readonly list: ListQuestion | null;
}

export interface FacetQuestion {
  readonly key: number;
  /** At most so many values. */
  readonly top: number;
  /** Different values of this key, for each value: installations, for most. */
  readonly distinct: number | null;
  /** Crashes by day, for each value. */
  readonly days: boolean;
  /** For each value, the most frequent values of another key among its crashes. */
  readonly within?: { readonly key: number; readonly top: number };
}

export interface ListQuestion {
  /** Values to give with each row. */
  readonly columns: readonly number[];
  readonly sort: {
    readonly key: number;
    readonly descending: boolean;
    /** For texts; absent: by their characters. */
    readonly order?: CompareVersions;
  };
  readonly limit: number;
  /** Rows behind this place only; what `next` said. */
  readonly after: Place | null;
}

/** A row's place in a sorted list: its value, and what tells equal ones apart. */
export interface Place {
  readonly value: string | number | null;
  readonly report: number;
  readonly position: number;
}

export interface Answer extends Counted {
  /** Crashes, and the rows (crashes of reports) that say so: clients count several as one. */
  readonly crashes: number;
  readonly rows: number;
  readonly facets: readonly Facet[];
  /** `[time, crashes]` in order; days since 1970, or hours. */
  readonly histogram: readonly (readonly [time: number, crashes: number])[];
  readonly distinct: readonly number[];
  readonly numbers: readonly (NumberSummary | null)[];
  readonly list: { readonly rows: readonly ListedRow[]; readonly next: Place | null };
}

export interface Facet {
  readonly values: readonly FacetValue[];
  /** How many different values there are, listed or not. */
  readonly different: number;
  /** Crashes without the key. */
  readonly absent: number;
}

export interface FacetValue {
  readonly value: string | number;
  readonly crashes: number;
  readonly distinct: number;
  /** `[day, crashes]` in order. */
  readonly days: readonly (readonly [day: number, crashes: number])[];
  readonly within: readonly { readonly value: string | number; readonly crashes: number }[];
}

export interface NumberSummary {
  readonly count: number;
  readonly least: number;
  readonly greatest: number;
  readonly mean: number;
  /** By share of 100. */
  readonly percentiles: Readonly<Record<'p5' | 'p25' | 'p50' | 'p75' | 'p95', number>>;
}

export interface ListedRow {
  readonly report: number;
  readonly position: number;
  /** In the order of `columns`; null: absent. */
  readonly values: readonly (FactValue | null)[];
}
