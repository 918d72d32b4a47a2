// Store contract: bugs, their cases, counts and series, what people do with them, and the rules of products.
//
// States of a bug: `open` —close→ `closed` —new occurrence, by the product's reopening mode→ `open`; `open` or `closed` —ignore→ `ignored`
// —reopen, or the end of the ignoring (a date or a count)→ `open`. Ignored and closed bugs are still counted.
//
// Identity: a bug is found by the grouping keys that lead to it. When reprocessing gives reports another key:
// - a report whose new key leads to a bug moves there; one whose new key leads nowhere gets a new bug for it (with the state of
//   the old one), or, when it was the last stored report of its bug, brings the new key and title to that bug;
// - when the last stored report has left a bug and all of them went to one other bug, the two become one: the old bug, when the
//   other was made for its reports, else the other. The id that goes is a duplicate of the one that stays, and both keys lead there.
// Reports that were moved by hand, and cases that were split off, stay where people put them.
//
// Counts outlive their reports. Of bugs that have no stored report any more a large number is kept (of the embedded store a sixteenth of
// its limit): beyond it, those seen longest ago are forgotten unless a person has ever done something with them.
import type { ProcessedReport } from '../report/processed-report.ts';
import type { SourceSettings } from '../report/source/source-settings.ts';
import type { VersionCorrection, VersionScheme } from '../report/version-schemes.ts';
import type { Page, PageRequest, ProductName, ReportRow, Within } from './reports.ts';

export const BUG_STATES = ['open', 'closed', 'ignored'] as const;
export type BugState = (typeof BUG_STATES)[number];

/**
 * When a new occurrence (a report that arrived after the closing) reopens a closed bug; set for each product. `not_older`, the default:
 * its version is the one that the bug was closed in or a later one in the product's order, and any occurrence where it was closed in none.
 * `new_version`: its version was not seen in the product before the closing, or is the one that the bug was closed in.
 */
export const REOPEN_MODES = ['not_older', 'at_once', 'after_8_hours', 'new_version'] as const;
export type ReopenMode = (typeof REOPEN_MODES)[number];

/** One row of the bug list. */
export interface BugRow {
  readonly id: number;
  readonly account: string;
  readonly product: string;
  readonly title: string;
  readonly kind: string;
  /** The shortest message seen. */
  readonly message: string;
  readonly state: BugState;
  readonly severity: 'normal' | 'major';
  readonly roles: readonly string[];
  readonly count: number;
  readonly installations: number;
  /** Different users that its stored crashes name; absent where they were not counted (`SearchStore.usersOfBugs` does). */
  readonly users?: number;
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  /** Monday of the ISO week of the last occurrence, `yyyy-mm-dd`. */
  readonly lastWeek: string;
  /** Counts of the last 28 days, oldest first, ending today (UTC). */
  readonly last28Days: readonly number[];
  /** Counts of the days that a search asked for (`BugSearch.bars`). */
  readonly bars?: readonly number[];
  readonly assignee: string | null;
  readonly ticket: string | null;
  readonly closedInVersion: string | null;
  /** The oldest and the newest version in which it was seen, in the product's order; null: no crash named one. */
  readonly firstVersion: string | null;
  readonly lastVersion: string | null;
  /** By name, as the product counts them. */
  readonly platforms: readonly string[];
}

/** All of a bug but its lists. */
export interface Bug extends BugRow {
  readonly key: string;
  /** All keys that lead here: its own and those of bugs merged into it. */
  readonly keys: readonly string[];
  readonly language: string | null;
  /** The shortest request path seen (`PATH_INFO`). */
  readonly path: string | null;
  readonly closedAt: number | null;
  readonly ignoredUntil: number | null;
  /** The bug's own count that ends the ignoring. */
  readonly ignoredUntilCount: number | null;
  /** Where the bug went, when it was merged into another. */
  readonly duplicateOf: number | null;
  /** How the title came about. */
  readonly titleSteps: readonly string[];
  readonly createdAt: number;
  /** Crash id of the newest report that is still stored. */
  readonly newestReport: string | null;
  /** By how many callers its crashes came; null: they are not counted (the bug is older than the counting, or its key has no frame). */
  readonly callers: {
    readonly count: number;
    /** True: crashes that come by further callers become bugs of their own, with the caller in their key. */
    readonly areTakenAlong: boolean;
  } | null;
}

/** A bug that was merged into another one. */
export interface MergedBug {
  readonly id: number;
  readonly title: string;
  /** Null: reprocessing brought them together. */
  readonly by: string | null;
  readonly at: number;
  readonly canBeUndone: boolean;
}

/** A merge that was undone. */
export interface Unmerged {
  readonly from: number;
  readonly into: number;
  /** Crashes since the merge that went back with `from`, because its keys led them. */
  readonly cameAlong: number;
  /** Crashes since the merge that stay in `into`. */
  readonly stayed: number;
}

/** A package in which crashes of a product begin that have no frame of its own by the lists. */
export interface ProductPackage {
  /** `java:org.apache.shop`; empty: crashes that have frames of their own. */
  readonly name: string;
  readonly count: number;
  /** Since when it is taken for the product's own; null: it is not. */
  readonly learnedAt: number | null;
}

/** A distinct full stack, severity or context inside a bug. */
export interface BugCase {
  readonly id: number;
  readonly caseKey: string;
  readonly count: number;
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  readonly severity: 'normal' | 'major';
  readonly context: string | null;
  /** A report of the case that is still stored. */
  readonly sample: string | null;
}

export interface SeriesPoint {
  readonly day: string;
  readonly version: string | null;
  readonly platform: string | null;
  readonly count: number;
}

/** A version on a platform; null: no crash of these said it. */
export interface BugPlace {
  readonly version: string | null;
  readonly platform: string | null;
  readonly count: number;
}

/** How often a value of a key was seen, in the section in which the page shows it. The number of values is bounded. */
export interface BugValue {
  readonly section: string;
  readonly key: string;
  /** Null: all further values of the key together. */
  readonly value: string | null;
  readonly count: number;
  readonly protected: boolean;
}

export interface BugEvent {
  readonly at: number;
  /** Name of the person; null: Mayday itself. */
  readonly by: string | null;
  /** `created`, `closed`, `reopened`, `ignored`, `assigned`, `ticket`, `comment`, `merged`, `unmerged`, `split`, `moved`, `renamed`. */
  readonly what: string;
  /** What it says, or from → to. */
  readonly detail: string;
}

/** What a list of bugs can be sorted by; `week`: by week of the last occurrence, new ones first, then by count. */
export const BUG_ORDERS = [
  ...(['week', 'count', 'installations', 'users', 'last_seen', 'first_seen', 'title'] as const),
  ...(['product', 'days', 'versions', 'platforms', 'kind', 'assignee'] as const),
] as const;
export type BugOrder = (typeof BUG_ORDERS)[number];
/** These begin with A; the others with the greatest, the newest, the last. What a bug has nothing of comes last either way. */
export const TEXT_ORDERS: ReadonlySet<BugOrder> = new Set([
  'title',
  'product',
  'platforms',
  'kind',
  'assignee',
]);

export interface BugFilter {
  readonly within?: Within;
  readonly account?: string;
  readonly product?: string;
  readonly state?: BugState;
  readonly assignee?: string;
  readonly severity?: 'normal' | 'major';
  readonly version?: string;
  readonly kind?: string;
  readonly seenFrom?: number;
  /** Bugs first seen, or reopened, since. */
  readonly newSince?: number;
  /** Words in title and message, case-insensitively. */
  readonly text?: string;
  /** In products that protect messages, words are looked for in titles alone. */
  readonly titlesOnlyWhereProtected?: boolean;
  readonly order?: BugOrder;
  /** The other way round: numbers and times from the least, texts from Z. */
  readonly reversed?: boolean;
}

export interface ProductOverview {
  /** By day and version, the last `days` days. */
  readonly series: readonly SeriesPoint[];
  readonly topBugs: readonly BugRow[];
  readonly newBugs: readonly BugRow[];
  readonly reopenedBugs: readonly BugRow[];
  readonly installations: number;
  readonly crashes: number;
}

/** A rule of a product that decides the grouping key before the stack does. */
export interface GroupingRule {
  readonly name: string;
  /** All that are given must hold; texts are case-insensitive substrings, or `/regular expressions/`. */
  readonly when: {
    readonly signature?: string;
    readonly message?: string;
    readonly kind?: string;
    readonly frame?: string;
    readonly annotation?: Readonly<Record<string, string>>;
  };
  /** The key; `{signature}`, `{kind}`, `{message}` and `{annotation.NAME}` are filled in. */
  readonly key: string;
}

/** What people did with a bug in another store, from which it moves here. */
export interface MovedBug extends Pick<
  Bug,
  'state' | 'closedAt' | 'closedInVersion' | 'ignoredUntil' | 'ignoredUntilCount' | 'assignee' | 'ticket'
> {
  /** Lines of its history, oldest first. */
  readonly events: readonly BugEvent[];
}

/** What a product decides about processing and bugs. */
export interface ProductRules {
  readonly reopenMode: ReopenMode;
  /** The order of its versions, in lists, searches and reopening. */
  readonly versionScheme: VersionScheme;
  readonly versionCorrections: readonly VersionCorrection[];
  /** CrashKit's list: whole dot segments, `!` makes interesting. */
  readonly uninterestingPackages: readonly string[];
  readonly groupingRules: readonly GroupingRule[];
  /** Additions to the signature lists: irrelevant, prefix, sentinel, line numbers. */
  readonly signatureLists: Readonly<
    Record<'irrelevant' | 'prefix' | 'sentinels' | 'line_numbers', readonly string[]>
  >;
  /** Own and foreign frames, `+package:org.shop`, `-path:/srv/vendor`, `-module:libx.so`: the first that matches decides. */
  readonly frameRules: readonly string[];
  /** Packages that the product was seen to live in, `java:org.apache.shop`. Read only: `frameRules` come before them. */
  readonly learnedPackages: readonly string[];
  /** `socorro`, `crashkit`: names and groups crashes as those do, for products that bring a history. */
  readonly signatureMode: 'mayday' | 'socorro' | 'crashkit';
  /** `protected`: messages of crashes are for people with the right to protected data, and titles are made without them. */
  readonly messages: 'public' | 'protected';
  /** The name of the annotation, or `section.name`, that tells its users apart; null, or where a report lacks it: the usual names. */
  readonly userAnnotation: string | null;
  readonly ticketTracker: string | null;
  /** URL with `%s`, or the base URL of a known tracker. */
  readonly ticketUrl: string | null;
  /** Where its source lies. */
  readonly source: SourceSettings;
}

/** Where filing would put a crash. */
export interface WouldFile {
  /** The bug that it is in; null: the report was not filed yet. */
  readonly from: number | null;
  /** Null: a new bug. */
  readonly to: number | null;
  /** Crashes with the same one would go to one new bug. */
  readonly key: string;
  readonly title: string;
}

/** A filing that is tried out: it remembers what it did with the reports before, and nothing of it is stored. */
export interface FilingPreview {
  /** For each crash of the report; empty where the report is gone. */
  file(crashId: string, processed: ProcessedReport): Promise<readonly WouldFile[]>;
  /** How many crashes of stored reports a bug has. */
  storedCrashes(bugId: number): Promise<number>;
}

/** A bug whose stack is like that of another. */
export interface SimilarBug {
  readonly bugId: number;
  /** From 0 to 1, where the stacks are the same. */
  readonly similarity: number;
}

export interface BugStore {
  /** Bugs that went into others, and those that lost all their reports to others, are not listed. */
  listBugs(filter: BugFilter, page: PageRequest): Promise<Page<BugRow>>;
  countBugs(filter: Omit<BugFilter, 'state'>): Promise<Readonly<Record<BugState, number>>>;
  /** Numbers of the bugs that a list would have on all its pages, at most so many. */
  bugIds(filter: BugFilter, limit: number): Promise<readonly number[]>;
  getBug(id: number): Promise<Bug | null>;
  /** Rows of the list, in the order of the numbers; numbers of no bug are left out. At most 2,000 are looked at. */
  rowsOf(ids: readonly number[]): Promise<readonly BugRow[]>;
  /** The product of a bug, or null. */
  productOf(id: number): Promise<ProductName | null>;
  /** Where a bug's id leads today: itself, or what it was merged into; null: no such bug. */
  resolveBug(id: number): Promise<number | null>;
  /**
   * By crashes, the most frequent first. `crashes`: what a filter counts for each row of the table of cases; counts are these, and cases without
   * any are left out. Bugs that were merged can have several rows of one case.
   */
  casesOf(
    id: number,
    limit: number,
    crashes?: readonly (readonly [row: number, crashes: number])[],
  ): Promise<readonly BugCase[]>;
  seriesOf(id: number, days: number): Promise<readonly SeriesPoint[]>;
  /** By frequency, at most `perKey` values of each key. */
  valuesOf(id: number, perKey: number): Promise<readonly BugValue[]>;
  /** Newest version first, in the product's order; crashes that name none come last. First and last seen to the day. */
  versionsOf(id: number): Promise<
    readonly {
      readonly version: string | null;
      readonly count: number;
      readonly firstSeenAt: number;
      readonly lastSeenAt: number;
    }[]
  >;
  reportsOf(id: number, page: PageRequest): Promise<Page<ReportRow>>;
  /** Crash ids of the next newer and older stored report of a bug; null: there is none. */
  reportNeighbours(
    id: number,
    crashId: string,
  ): Promise<{ readonly newer: string | null; readonly older: string | null }>;
  /** How often it crashed in each version on each platform, of all time. */
  placesOf(id: number): Promise<readonly BugPlace[]>;
  eventsOf(id: number, limit: number): Promise<readonly BugEvent[]>;
  overview(account: string, product: string, days: number): Promise<ProductOverview>;

  /** Keeps the stack of a bug's first crash, as a hash of each frame, innermost first, for `similarBugs`; a bug that has one keeps it. */
  noteStack(id: number, frames: readonly number[]): Promise<void>;
  /** Other bugs of the product with similar stacks, the most similar first. Suggestions: nothing is merged by itself. */
  similarBugs(id: number, limit: number): Promise<readonly SimilarBug[]>;

  closeBug(id: number, by: string, options: { readonly inVersion: string | null }): Promise<boolean>;
  reopenBug(id: number, by: string): Promise<boolean>;
  ignoreBug(
    id: number,
    by: string,
    options: { readonly until: number | null; readonly untilCount: number | null },
  ): Promise<boolean>;
  assignBug(id: number, by: string, assignee: string | null): Promise<boolean>;
  setTicket(id: number, by: string, ticket: string | null): Promise<boolean>;
  commentBug(id: number, by: string, text: string): Promise<boolean>;
  /** What people did with the bug in another store: its state as it was there, and the lines of its history at their times. */
  takeOverBug(id: number, moved: MovedBug): Promise<boolean>;
  /** Moves everything of `from` into `into`; later reports follow. Counts are added, never lost. False: other product, or gone. */
  mergeBugs(from: number, into: number, by: string): Promise<boolean>;
  /**
   * Undoes a person's merge: what `from` had goes back to it, what came since goes where its key leads now. Null: it was not merged by a
   * person, or what it was merged into was itself merged since.
   */
  unmergeBug(from: number, by: string): Promise<Unmerged | null>;
  /** Bugs that went into this one, the last first. */
  mergesOf(id: number, limit: number): Promise<readonly MergedBug[]>;
  /** A case becomes a bug of its own, with what it counted; gives the new bug. Later reports of the case follow. */
  splitCase(id: number, caseId: number, by: string): Promise<number | null>;
  /** Files one report under another bug of the product, for good (reprocessing keeps it there). */
  moveReport(crashId: string, into: number, by: string): Promise<boolean>;
  /** Tries out where processed reports would be filed: what `complete` would do with them, one after the other. */
  previewFiling(): FilingPreview;
  /** Why a report is under its bug: the stored grouping, and moves and merges that led here. */
  whyHere(crashId: string): Promise<readonly string[]>;

  /** Where crashes of the product begin, the most frequent first: of its first thousand. */
  packagesOf(account: string, product: string): Promise<readonly ProductPackage[]>;
  productRules(account: string, product: string): Promise<ProductRules>;
  setProductRules(account: string, product: string, rules: ProductRules): Promise<boolean>;
  /** The rules that the last change replaced; null where there was none. Setting them undoes it, and can be undone itself. */
  previousProductRules(account: string, product: string): Promise<ProductRules | null>;
}
