// Searching filed crashes: one question, and every number of the answer answers its filter.
import type { FirstMatchAsked, Timeline } from '../search/engine/count-timeline.ts';
import type { Answer } from '../search/engine/question.ts';
import type { Query } from '../search/query/query-tree.ts';
import type { QueryFault } from '../search/query/query-fault.ts';
import type { BugFilter, BugRow, BugState } from './bugs.ts';
import type { PageRequest, ReportRow } from './reports.ts';

/** A product as a reader may search it. */
export interface SearchedProduct {
  readonly account: string;
  readonly product: string;
  /** What the reader sees of what is protected: null: all of it, else names of annotations that are public. */
  readonly publicNames: readonly string[] | null;
  /** Whether titles and messages are seen. */
  readonly messages: boolean;
}

/** Keys are given by name: of a field, of a key that reports bring, or `section.name`. */
export interface SearchQuestion {
  readonly products: readonly SearchedProduct[];
  readonly query: Query;
  readonly facets: readonly {
    readonly key: string;
    readonly top: number;
    readonly distinct: string | null;
    readonly days: boolean;
    /** For each value, the most frequent values of another key among its crashes. */
    readonly within?: { readonly key: string; readonly top: number };
  }[];
  readonly histogram: 'day' | 'hour' | null;
  readonly distinct: readonly string[];
  readonly numbers: readonly string[];
  /** True: it may take as long as a question may, so that all is counted; else it stops after two seconds. */
  readonly whole?: boolean;
  readonly list: {
    readonly columns: readonly string[];
    readonly sort: { readonly key: string; readonly descending: boolean };
    readonly limit: number;
    /** What `SearchAnswer.next` said; null: from the beginning. */
    readonly cursor: string | null;
  } | null;
}

export interface SearchAnswer extends Omit<Answer, 'list'> {
  readonly list: Answer['list']['rows'];
  /** Where the list goes on; null: it ends here. */
  readonly next: string | null;
  /** Reports that are not processed yet, so that nothing of them is counted. */
  readonly waiting: number;
}

/** A key that can be searched for. */
export interface SearchKey {
  /** `section.name`, or the name of a field. */
  readonly name: string;
  readonly about: string;
  readonly isField: boolean;
  /** Its values stood in a protected section, if only once. */
  readonly isProtected: boolean;
}

/** Bugs whose crashes a query selects; counts, installations and bars of each row are those of the selected crashes. */
export interface FoundBugs extends Pick<SearchAnswer, 'counted' | 'existing'> {
  readonly rows: readonly BugRow[];
  readonly next: string | null;
  /** How many bugs of each state, whatever state is asked for. */
  readonly states: Readonly<Record<BugState, number>>;
  /** All crashes that the query selects. */
  readonly crashes: number;
  readonly complete: boolean;
}

export interface BugSearch {
  readonly products: readonly SearchedProduct[];
  readonly query: Query;
  /** `version` and `text` belong into the query. Order `count` goes by the selected crashes. */
  readonly filter: Omit<BugFilter, 'version' | 'text' | 'titlesOnlyWhereProtected'>;
  readonly page: PageRequest;
  /** Days (since 1970) whose counts rows have as `bars`. */
  readonly bars?: { readonly first: number; readonly days: number };
}

/** Reports of which a query selects a crash, newest first. */
export interface FoundReports extends Pick<
  SearchAnswer,
  'crashes' | 'complete' | 'counted' | 'existing' | 'waiting'
> {
  readonly rows: readonly ReportRow[];
  readonly next: string | null;
}

export interface ReportSearch {
  readonly products: readonly SearchedProduct[];
  readonly query: Query;
  /** As in `SearchQuestion`. */
  readonly whole?: boolean;
  readonly page: PageRequest;
}

/** Crashes of a time, minute by minute; `from` and `to` are minutes since 1970, the latter not inside. */
export interface TimelineSearch {
  readonly products: readonly SearchedProduct[];
  readonly query: Query;
  readonly from: number;
  readonly to: number;
  /** Whether installations are told as well. */
  readonly installations: boolean;
}

/** When the first crash of a bug that the query selects arrived in a time. */
export interface FirstMatchSearch {
  readonly products: readonly SearchedProduct[];
  readonly query: Query;
  readonly asked: readonly FirstMatchAsked[];
}

/** A search that somebody keeps. */
export interface SavedSearch {
  readonly id: number;
  /** E-mail address of whose it is. */
  readonly owner: string;
  readonly name: string;
  /** The page that it belongs to: search, bugs, reports. */
  readonly page: string;
  /** The query string of that page. */
  readonly query: string;
  readonly shared: boolean;
  readonly changedAt: number;
}

export interface SearchStore {
  /** Those of a person, and those that are shared, by name. */
  savedSearches(owner: string): Promise<readonly SavedSearch[]>;
  /** Its number; a second one of the same name replaces the first. Null: the person keeps too many. */
  saveSearch(saved: Omit<SavedSearch, 'id'>): Promise<number | null>;
  /** False: the person has no such search. */
  deleteSearch(owner: string, id: number): Promise<boolean>;
  /** What is wrong with a query for a reader of these products; null: it can be asked. */
  queryFault(
    products: readonly SearchedProduct[],
    asked: { readonly query: Query; readonly names: readonly string[] },
  ): Promise<QueryFault | null>;
  searchReports(
    search: ReportSearch,
  ): Promise<{ readonly found: FoundReports } | { readonly fault: QueryFault }>;
  searchBugs(search: BugSearch): Promise<{ readonly found: FoundBugs } | { readonly fault: QueryFault }>;
  /** Numbers of the bugs that `searchBugs` would list on all its pages, at most so many. */
  searchBugIds(
    search: Omit<BugSearch, 'page'>,
    limit: number,
  ): Promise<
    { readonly ids: readonly number[]; readonly complete: boolean } | { readonly fault: QueryFault }
  >;
  /** A fault: the query names a key that the reader does not know, or a value that fits no key. */
  search(
    question: SearchQuestion,
  ): Promise<{ readonly answer: SearchAnswer } | { readonly fault: QueryFault }>;
  /** Waits for nothing that is in the queue. Bounded in time: see `Timeline.complete`. */
  timeline(search: TimelineSearch): Promise<{ readonly timeline: Timeline } | { readonly fault: QueryFault }>;
  /** In the order of what is asked; null: no crash of the bug in that time is selected. */
  firstMatches(
    search: FirstMatchSearch,
  ): Promise<{ readonly times: readonly (number | null)[] } | { readonly fault: QueryFault }>;
  /** Different users that the stored crashes of each bug name, by number of the bug; 0: none does. Users are numbers: nothing is protected. */
  usersOfBugs(bugs: readonly number[]): Promise<ReadonlyMap<number, number>>;
  /**
   * The keys that a reader of these products knows, fields first. `onlyUsed`: without those that no crash of these products has, for readers
   * who may not know what others send.
   */
  searchKeys(
    products: readonly SearchedProduct[],
    options?: { readonly onlyUsed: boolean },
  ): Promise<readonly SearchKey[]>;
}
