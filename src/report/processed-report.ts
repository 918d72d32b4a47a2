// The processed report: what the processor made of a stored report. Derived, so it can be made again with better code.
// The shape has a version (PROCESSED_SCHEMA); a change adds an entry in docs/report-format.md. Old ones are not upgraded
// but made again (`mayday reprocess`).

/** Version of the stored shape of a processed report. */
export const PROCESSED_SCHEMA = 1;

/** What kind of crash it is; decides how frames are shown. */
export type CrashKind =
  | 'native'
  | 'go'
  | 'java'
  | 'javascript'
  | 'python'
  | 'php'
  | 'ruby'
  | 'dotnet'
  | 'other';

/** How a frame of a native stack was found; `given` where the client sent the frame itself. */
export type FrameTrust =
  | 'context'
  | 'cfi'
  | 'cfi_scan'
  | 'frame_pointer'
  | 'leaf'
  | 'scan'
  | 'prewalked'
  | 'inline'
  | 'given'
  | 'none';

/** One call, whatever the language. Absent knowledge is null. Everything is text from outside. */
export interface ProcessedFrame {
  readonly function: string | null;
  readonly class: string | null;
  readonly package: string | null;
  readonly module: string | null;
  readonly file: string | null;
  /** 1-based. */
  readonly line: number | null;
  readonly column: number | null;
  /** Whether it is the application's own code; null: not known. */
  readonly inApp: boolean | null;
  readonly trust: FrameTrust;
  /** Native: instruction address and offset in the module, `0x…`. */
  readonly address: string | null;
  readonly moduleOffset: string | null;
  /** Source lines with the frame's own line in the middle (an odd number). */
  readonly source: readonly string[] | null;
  readonly locals: readonly (readonly [name: string, value: string])[] | null;
  /** Where a mapped frame stood in what runs: `app.min.js:1:187`, `a.b.c.a`. */
  readonly minified?: string;
  /** Why a frame of a minified script is not mapped, in a sentence. */
  readonly unmapped?: string;
}

/** One exception of a chain, root cause first. */
export interface ProcessedException {
  readonly kind: string;
  readonly message: string;
  /** Innermost first. */
  readonly frames: readonly ProcessedFrame[];
  /** Frames that were left out of the middle. */
  readonly omittedFrames: number;
  readonly data: readonly (readonly [name: string, value: string])[];
}

/** A further thread or goroutine. */
export interface ProcessedThread {
  readonly name: string;
  readonly state: string | null;
  readonly crashed: boolean;
  readonly frames: readonly ProcessedFrame[];
  readonly omittedFrames: number;
}

/** Named values in a section of the page: environment, request (GET, POST, cookies, session), user, host, … */
export interface ProcessedSection {
  readonly name: string;
  /** `protected`: only people with the right see it. */
  readonly protected: boolean;
  readonly values: readonly (readonly [name: string, value: string])[];
}

/** Where the grouping key comes from: a person always gets an answer to "why is this here". */
export interface Grouping {
  /** Stable key within the product. */
  readonly key: string;
  readonly source: 'client_fingerprint' | 'product_rule' | 'stack' | 'signature' | 'unprocessable';
  /** One sentence. */
  readonly because: string;
  /** Name of the product's rule where one decided. */
  readonly rule: string | null;
  /** Distinguishes cases inside a bug: full stack, severity, context. */
  readonly caseKey: string;
  /** Keys that older versions of the processor, or another way of grouping, gave to such a crash; a bug that has one is its bug. */
  readonly aliases?: readonly string[];
  /** The frame that called the one which names the crash, and the key with it: what new bugs get where a frame has many callers. */
  readonly caller?: { readonly key: string; readonly frame: string };
  /** `java:org.apache.shop`: the library that a crash without own frames begins in; empty: it has own frames. */
  readonly home?: string;
  /** What the key is made of; absent where it is not made of a stack. */
  readonly parts?: KeyParts;
}

/** What a key is made of, in words. */
export interface KeyParts {
  readonly kind: string;
  /** Innermost first. */
  readonly frames: readonly string[];
  /** Without the values in it; null where it is no part. */
  readonly message: string | null;
}

/** One crash of a report. Most reports hold one; a CrashKit payload can hold several. */
export interface ProcessedCrash {
  readonly kind: CrashKind;
  readonly language: string | null;
  /** The title of its bug, at most 255 characters. */
  readonly signature: string;
  /** How the signature came about, step by step. */
  readonly signatureSteps: readonly string[];
  readonly message: string;
  /** Crash reason of a native crash, or kind of the exception. */
  readonly reason: string | null;
  readonly address: string | null;
  readonly exceptions: readonly ProcessedException[];
  readonly threads: readonly ProcessedThread[];
  readonly sections: readonly ProcessedSection[];
  readonly grouping: Grouping;
  /** Occurrences that the client has merged into this one; at least 1. */
  readonly count: number;
  /** The day on which it counts, `yyyy-mm-dd` (UTC). */
  readonly day: string;
  readonly severity: 'normal' | 'major';
  readonly role: string | null;
  readonly context: string | null;
}

/** Where in a text of the report a crash was read, and what else stands there. */
export interface ProcessedLog {
  /** Whose text it was: an annotation's or an attachment's, by name. */
  readonly source: 'annotation' | 'attachment';
  readonly name: string;
  readonly place: LogPlace;
  /** Other traces of the same text, in its order. */
  readonly others: readonly OtherTrace[];
}

/** A range of characters in a text, `end` exclusive, and its lines from 1. */
export interface LogPlace {
  readonly start: number;
  readonly end: number;
  readonly firstLine: number;
  readonly lastLine: number;
}

/** A trace that is not the crash: what it says, and where it stands. */
export interface OtherTrace extends LogPlace {
  readonly language: string;
  readonly kind: string;
  readonly message: string;
  /** Its innermost frame, as it stands in the text; null where it has none. */
  readonly frame: string | null;
  /** `ended`, `thread`, `logged` or `handled`: what the text says of the program's end. */
  readonly fate: string;
}

/** What the processor made of one stored report. */
export interface ProcessedReport {
  readonly schema: typeof PROCESSED_SCHEMA;
  /** Version of the processor that made it. */
  readonly processor: string;
  /** Milliseconds since 1970, UTC. */
  readonly processedAt: number;
  /** `unprocessable`: the report cannot be understood; `problem` says why, and it waits for a better processor. */
  readonly status: 'processed' | 'unprocessable';
  readonly problem: string | null;
  readonly product: string;
  readonly version: string | null;
  readonly platform: string | null;
  readonly os: string | null;
  readonly osVersion: string | null;
  readonly cpu: string | null;
  readonly installation: string | null;
  readonly buildId: string | null;
  readonly processType: string | null;
  /** Seconds that the program had run; null where unknown. */
  readonly uptimeSeconds: number | null;
  /** At least one. */
  readonly crashes: readonly ProcessedCrash[];
  /** Where the crash stands in a text of the report; absent where it was not read from one. */
  readonly log?: ProcessedLog;
  /** The names of everything that came with the report (Socorro's `crash_report_keys`), sorted. */
  readonly crashReportKeys: readonly string[];
  readonly notes: readonly string[];
  /** Milliseconds by rule. */
  readonly timings: Readonly<Record<string, number>>;
  /** The processed minidumps by attachment name: a superset of `minidump-stackwalk --json` each. */
  readonly minidumps: Readonly<Record<string, unknown>>;
  /** Debug files and ids whose symbols were missing, so that their arrival finds this report. */
  readonly missingSymbols: readonly {
    readonly debugFile: string;
    readonly debugId: string;
    readonly codeFile?: string | null;
    readonly codeId?: string | null;
  }[];
}
