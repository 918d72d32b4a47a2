// What an engine does for the ledger: finds rows, writes changes, runs set-based statements. All of it happens inside the one
// transaction that files at that moment, and sees what `write` and `bulk` did in it before. No method decides anything.
import type { ProcessedReport } from '../../report/processed-report.ts';
import type { VersionRules } from '../../report/version-schemes.ts';
import type { ReopenMode } from '../bugs.ts';
import type { FiledCrash } from '../queue.ts';
import type { Changes } from './changes.ts';
import type {
  BugRecord,
  CaseRecord,
  FactKeyRecord,
  FiledRecord,
  HeldReport,
  LabelCrowd,
  LabelKind,
  LabelRecord,
  LabelUse,
  MergeRecord,
  MissingModule,
  MovableReport,
  StoredCrash,
  ValueRecord,
} from './rows.ts';

/** Single rows, by what finds them. */
export interface Loads {
  /** The queued report that this lease holds. */
  readonly heldReport: (crashId: string, leaseId: string) => HeldReport;
  /** The end of processing under this lease, while nobody has processed the report again. */
  readonly answerOfLease: (
    crashId: string,
    leaseId: string,
  ) => { readonly reportId: number; readonly events: readonly FiledCrash['event'][] };
  readonly report: (crashId: string) => MovableReport;
  readonly bug: (id: number) => BugRecord;
  /** Where a key leads for a case, or (case key '') in general. */
  readonly bugOfKey: (productId: number, key: string, caseKey: string) => number;
  /** What a person's merge moved out of this bug; none where it was made before merges could be undone. */
  readonly merge: (from: number) => MergeRecord;
  readonly case: (id: number) => CaseRecord;
  /** Of several cases with the key (a merge brings them together) the oldest. */
  readonly caseOfKey: (bugId: number, caseKey: string) => CaseRecord;
  readonly caseCount: (bugId: number) => number;
  /** The highest severity of the cases of a bug with this key. */
  readonly severityOfCases: (bugId: number, caseKey: string) => number;
  /** Whether the bug has a stored crash beside this one. */
  readonly otherCrash: (bugId: number, reportId: number, position: number) => true;
  readonly label: (productId: number, what: LabelKind, name: string) => LabelRecord;
  readonly labelCount: (productId: number, what: LabelKind) => number;
  readonly labelName: (id: number) => string;
  readonly value: (id: number) => ValueRecord;
  /** How many crashes of the bug, of the product, name the installation. */
  readonly bugInstallation: (bugId: number, installation: Uint8Array) => number;
  readonly productInstallation: (productId: number, installation: Uint8Array) => number;
  readonly installationsOfProduct: (productId: number) => number;
  readonly reopenMode: (productId: number) => ReopenMode;
  readonly versionRules: (productId: number) => VersionRules;
  readonly userAnnotation: (productId: number) => string;
  readonly module: (debugId: string, debugFile: string) => MissingModule;
  readonly moduleById: (id: number) => MissingModule;
  readonly reportlessBugCount: () => number;
  readonly factKey: (section: string, name: string) => FactKeyRecord;
  readonly factKeyCount: () => number;
  /** The number under which people see an installation of a product. */
  readonly installationNumber: (productId: number, installation: string) => number;
}

/** Several rows of one owner. */
export interface Lists {
  readonly filedCrashes: (reportId: number) => FiledRecord;
  readonly valuesOfKey: (caseId: number, section: string, key: string) => ValueRecord;
  readonly generalKeys: (bugId: number) => string;
  readonly callersOfKey: (
    productId: number,
    key: string,
  ) => { readonly caller: string; readonly count: number };
  readonly packagesOfProduct: (productId: number) => {
    readonly name: string;
    readonly count: number;
    readonly learnedAt: number | null;
  };
  /** Case keys of a bug, without repetition, at most two. */
  readonly caseKeys: (bugId: number) => string;
  readonly modulesOfReport: (reportId: number) => number;
  /** Where reprocessing took reports of a bug, at most two. */
  readonly departuresOf: (bugId: number) => number;
  /** Processed reports, newest first, whose crashes have no facts yet. */
  readonly withoutFacts: (limit: number) => {
    readonly reportId: number;
    readonly crashId: string;
    readonly productId: number;
    readonly receivedAt: number;
    /** Null: it cannot be read. */
    readonly processed: ProcessedReport | null;
  };
  /** How many versions and platforms each product has. */
  readonly labelCrowds: () => LabelCrowd;
  /** What was counted under each of them. */
  readonly labelUses: (productId: number, what: LabelKind) => LabelUse;
  readonly bugsWithNewest: (reportId: number) => number;
  /** Bugs that lost a report for good, and whose words were not made again since. */
  readonly staleBugs: (limit: number) => number;
  /** Crashes of stored reports of a bug: those with this title first, then the newest. */
  readonly storedCrashes: (bugId: number, title: string, limit: number) => StoredCrash;
  /** Bugs in which reports are by now that were in this one, and whose words it may still have; some at most. */
  readonly wordsLeftTo: (bugId: number) => number;
  readonly duplicatesOf: (bugId: number) => number;
  readonly ignoringEnded: (now: number, limit: number) => number;
  /** Without a stored report and never touched by a person, those seen longest ago first. */
  readonly forgettableBugs: (limit: number) => number;
}

/** Set-based changes. Called after `write` has brought everything; the ledger forgets the bugs afterwards. */
export interface Bulks {
  /** Writes down what a merge is about to move, and `seen` (JSON) of the bug that it goes into. */
  readonly noteMerge: (from: number, into: number, seen: string) => void;
  /**
   * Moves back what was written down, as far as it is still there, and cases that came since and hold nothing but crashes of the keys
   * that go back; forgets the merge.
   */
  readonly undoMerge: (from: number, into: number) => void;
  readonly moveCases: (from: number, into: number) => void;
  readonly moveCase: (from: number, into: number, caseKey: string) => void;
  readonly moveEvents: (from: number, into: number) => void;
  readonly moveKeys: (from: number, into: number) => void;
  readonly moveKeysOfCase: (from: number, into: number, caseKey: string) => void;
  readonly moveDuplicates: (from: number, into: number) => void;
  readonly moveMadeFor: (from: number, into: number) => void;
  /** Departures to and from the bug, without doubles and without circles of one. */
  readonly moveDepartures: (from: number, into: number) => void;
  /** Of one event of both bugs, that of `from` stays. */
  readonly movePendingNotices: (from: number, into: number) => void;
  /** Series, days, installations and counts of a bug from its cases. */
  readonly recount: (bugId: number) => void;
  /** When a bug was first and last seen, and in which versions, from its cases; without cases it keeps what it had. */
  readonly refreshSpan: (bugId: number) => void;
  readonly refreshNewest: (bugId: number) => void;
  /** Reports went from one bug to another, and the first may still have their words. */
  readonly noteWordsLeft: (from: number, to: number) => void;
  /** All that is only known with a report, and what it contributed beside counts; its bugs are stale then, and those that may have its words. */
  readonly removeFiled: (reportId: number) => void;
  /** The same, but public values and rows of facts stay with what `thinRow` leaves of them. */
  readonly thinFiled: (reportId: number) => void;
  /** Moves what was counted under labels to another in all series, in what reports say that they added; then those labels are gone. */
  readonly moveLabels: (productId: number, what: LabelKind, ids: readonly number[], into: number) => void;
  /** Keys and contexts that no stored report has become hashes, titles in lines of history go; the bug is stale no longer. */
  readonly concealWords: (bugId: number) => void;
  /** A bug with everything that belongs to it, those merged into it included. */
  readonly removeBug: (bugId: number) => void;
}

/** Tables whose rows get their ids from the ledger. */
export type NumberedTable =
  | 'bugs'
  | 'cases'
  | 'case_values'
  | 'labels'
  | 'missing_symbols'
  | 'fact_keys'
  | 'facts_tail';

export interface Backing {
  load<N extends keyof Loads>(name: N, ...args: Parameters<Loads[N]>): Promise<ReturnType<Loads[N]> | null>;
  list<N extends keyof Lists>(
    name: N,
    ...args: Parameters<Lists[N]>
  ): Promise<readonly ReturnType<Lists[N]>[]>;
  /** Writes what the ledger gathered; each change once, also when it came about in many steps. */
  write(changes: Changes): Promise<void>;
  bulk<N extends keyof Bulks>(name: N, ...args: Parameters<Bulks[N]>): Promise<void>;
  /** Ids that nobody else uses, from `first` to `last`; asked again when they are used up, and in every transaction. */
  ids(table: NumberedTable): Promise<{ readonly first: number; readonly last: number }>;
}
