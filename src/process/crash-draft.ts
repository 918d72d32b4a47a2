// What a way of understanding makes of a report, before its crashes are grouped and counted.
import type {
  CrashKind,
  Grouping,
  ProcessedCrash,
  ProcessedLog,
  ProcessedReport,
} from '../report/processed-report.ts';

/** The key that the crash itself suggests; the product's rules and the client's fingerprint come before it. */
export interface OwnKey {
  readonly key: string;
  readonly source: 'stack' | 'signature';
  /** One sentence. */
  readonly because: string;
  /** Keys that older versions, or another way of grouping, gave to such a crash: where one leads to a bug, the crash belongs there. */
  readonly aliases?: readonly string[];
  /** See `Grouping`. */
  readonly caller?: Grouping['caller'];
  readonly home?: string;
  readonly parts?: Grouping['parts'];
}

/** One crash, understood but not yet grouped. */
export interface CrashDraft extends Omit<ProcessedCrash, 'grouping' | 'day'> {
  readonly ownKey: OwnKey;
  /** The title without the words of a message, where `signature` has some; null: it has none. */
  readonly plainTitle: string | null;
  /** From the full stack, severity and context: tells the cases of a bug apart. */
  readonly caseKey: string;
  /** What the client says makes crashes the same; null where it says nothing. */
  readonly fingerprint: readonly string[] | null;
  /** The day that the client named, `yyyy-mm-dd`. */
  readonly date: string | null;
}

/** Why nothing can be made of a report. */
export interface Problem {
  /** Of a closed vocabulary: reports with the same reason are one bug. */
  readonly reason: string;
  /** What is special about this report; may be empty. */
  readonly detail: string;
}

/** What the report says about program and machine; null where it does not. */
export type ReportFacts = Pick<
  ProcessedReport,
  | 'version'
  | 'platform'
  | 'os'
  | 'osVersion'
  | 'cpu'
  | 'installation'
  | 'buildId'
  | 'processType'
  | 'uptimeSeconds'
>;

/** A report as one way understands it: crashes, or the problem that there are none. */
export interface Understood {
  readonly crashes: readonly CrashDraft[];
  /** Null exactly where there are crashes. */
  readonly problem: Problem | null;
  readonly facts: Partial<ReportFacts>;
  readonly notes: readonly string[];
  /** True where the signature rules have named the crash; their notes are then worth keeping. */
  readonly isNamedByRules?: boolean;
  /** Where the crash stands in a text of the report. */
  readonly log?: ProcessedLog;
  /** Modules whose symbols were asked for in vain, beside those of the minidumps. */
  readonly missingSymbols?: ProcessedReport['missingSymbols'];
}

/** A report of which nothing can be made. */
export function notUnderstood(reason: string, detail = '', notes: readonly string[] = []): Understood {
  return { crashes: [], problem: { reason, detail }, facts: {}, notes };
}

const KINDS: Readonly<Record<string, CrashKind>> = {
  native: 'native',
  c: 'native',
  'c++': 'native',
  cpp: 'native',
  rust: 'native',
  swift: 'native',
  haskell: 'native',
  go: 'go',
  java: 'java',
  kotlin: 'java',
  scala: 'java',
  javascript: 'javascript',
  typescript: 'javascript',
  js: 'javascript',
  python: 'python',
  php: 'php',
  ruby: 'ruby',
  dotnet: 'dotnet',
  csharp: 'dotnet',
  'c#': 'dotnet',
  '.net': 'dotnet',
};

/** The kind of crash in a language as clients name it. */
export function kindOfLanguage(language: string): CrashKind {
  const name = language.trim().toLowerCase();
  return Object.hasOwn(KINDS, name) ? (KINDS[name] ?? 'other') : 'other';
}
