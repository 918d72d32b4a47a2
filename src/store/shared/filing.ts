// What of a processed report the writer thread needs to file it: made on the calling thread, every text and number bounded.
import { hash } from 'node:crypto';
import type { Grouping, ProcessedCrash, ProcessedReport } from '../../report/processed-report.ts';
import { factsOf } from './facts-of-crash.ts';
import type { CrashFacts } from './facts-of-crash.ts';
import { packProcessed } from './packed-report.ts';
import { isPassing } from './passing-values.ts';

/** A CrashKit payload can hold several crashes; further ones are shown with the report and not filed. */
const MAX_CRASHES = 500;
const MAX_VALUES = 100;
const MAX_MISSING = 256;
const MAX_TITLE = 255;
const MAX_MESSAGE = 1000;
const MAX_KEY = 200;
const MAX_ALIASES = 8;
const MAX_NAME = 100;
const MAX_VALUE = 200;
const MAX_CALLER = 100;
const MAX_COUNT = 1_000_000_000;
const DAY_MS = 24 * 60 * 60 * 1000;

/** A value to be counted, in its section. */
export interface FiledValue {
  readonly section: string;
  readonly key: string;
  readonly value: string;
  readonly protected: boolean;
}

/** One crash on its way to a bug. */
export interface CrashFiling {
  readonly source: Grouping['source'];
  readonly key: string;
  /** Keys that earlier versions gave to such a crash. */
  readonly aliases: readonly string[];
  readonly caseKey: string;
  /** The same crash with the frame that called the named one in key and title; null: there is none, or it never matters. */
  readonly caller: { readonly key: string; readonly signature: string; readonly step: string } | null;
  /** The package that it begins in where no frame is the program's own by the lists; '': one is; null: it does not tell. */
  readonly home: string | null;
  readonly signature: string;
  readonly signatureSteps: readonly string[];
  readonly kind: string;
  readonly language: string | null;
  readonly message: string;
  readonly path: string | null;
  readonly role: string | null;
  readonly context: string | null;
  /** 1: major. */
  readonly severity: number;
  readonly count: number;
  /** Days since 1970; null: the day of the report's arrival. */
  readonly day: number | null;
  readonly values: readonly FiledValue[];
  readonly facts: CrashFacts;
}

/** A processed report on its way to the writer thread. */
export interface Filing {
  readonly processor: string;
  readonly processedAt: number;
  readonly version: string | null;
  readonly platform: string | null;
  readonly installation: Uint8Array | null;
  /** What the client calls it; nothing keeps it but the report. */
  readonly installationName: string | null;
  readonly crashes: readonly CrashFiling[];
  readonly missing: readonly {
    readonly debugFile: string;
    readonly debugId: string;
    readonly codeFile: string | null;
    readonly codeId: string | null;
  }[];
  /** Length of the JSON, and its zstd frame. */
  readonly bytes: number;
  readonly packed: Uint8Array;
}

/** The filing of a processed report. */
export async function filingOf(processed: ProcessedReport): Promise<Filing> {
  return {
    processor: text(processed.processor, MAX_NAME),
    processedAt: Math.floor(processed.processedAt),
    version: name(processed.version),
    platform: name(processed.platform),
    installation: processed.installation ? hash8(processed.installation) : null,
    installationName: processed.installation ? processed.installation.toWellFormed() : null,
    crashes: processed.crashes.slice(0, MAX_CRASHES).map((crash) => crashOf(processed, crash)),
    missing: processed.missingSymbols.slice(0, MAX_MISSING).map((module) => ({
      debugFile: text(module.debugFile, MAX_TITLE),
      debugId: text(module.debugId, MAX_NAME).toUpperCase(),
      codeFile: module.codeFile ? text(module.codeFile, MAX_TITLE) : null,
      codeId: module.codeId ? text(module.codeId, MAX_NAME) : null,
    })),
    ...(await packProcessed(processed)),
  };
}

/** One crash of a processed report. */
export function crashOf(processed: ProcessedReport, crash: ProcessedCrash): CrashFiling {
  return {
    source: crash.grouping.source,
    key: keyText(crash.grouping.key),
    aliases: (crash.grouping.aliases ?? []).slice(0, MAX_ALIASES).map((alias) => keyText(alias)),
    caseKey: keyText(crash.grouping.caseKey),
    caller: callerOf(crash),
    home: crash.grouping.home === undefined ? null : text(crash.grouping.home, MAX_NAME),
    signature: text(crash.signature, MAX_TITLE) || '(no signature)',
    signatureSteps: crash.signatureSteps.slice(0, 50).map((step) => text(step, MAX_MESSAGE)),
    kind: text(crash.kind, MAX_NAME),
    language: name(crash.language),
    message: text(crash.message, MAX_MESSAGE),
    path: pathOf(crash),
    role: name(crash.role),
    context: crash.context ? text(crash.context, MAX_VALUE) : null,
    severity: crash.severity === 'major' ? 1 : 0,
    count: Number.isFinite(crash.count) ? Math.min(Math.max(Math.floor(crash.count), 1), MAX_COUNT) : 1,
    day: dayNumber(crash.day),
    values: valuesOf(crash),
    facts: factsOf(processed, crash),
  };
}

/** A title has room for the caller. */
function callerOf({ grouping: { caller }, signature }: ProcessedCrash): CrashFiling['caller'] {
  if (caller === undefined) return null;
  const from = ` (from ${text(caller.frame, MAX_CALLER)})`;
  return {
    key: keyText(caller.key),
    signature: `${text(signature, MAX_TITLE - from.length)}${from}`,
    step: `"${text(caller.frame, MAX_VALUE)}" joins the key, because its frame is reached from many places.`,
  };
}

/** A value that stands twice in its section counts once. */
function valuesOf(crash: ProcessedCrash): readonly FiledValue[] {
  const values = new Map<string, FiledValue>();
  for (const section of crash.sections) {
    for (const [key, value] of section.values) {
      if (isPassing(section.name, key)) continue;
      if (values.size === MAX_VALUES) return [...values.values()];
      const filed = {
        section: text(section.name, MAX_NAME),
        key: text(key, MAX_NAME),
        value: text(value, MAX_VALUE),
        protected: section.protected,
      };
      values.set(JSON.stringify([filed.section, filed.key, filed.value]), filed);
    }
  }
  return [...values.values()];
}

/** The path of the request that crashed, as CGI names it. */
function pathOf(crash: ProcessedCrash): string | null {
  for (const { values } of crash.sections) {
    const found = values.find(([key]) => key === 'PATH_INFO');
    if (found !== undefined && found[1] !== '') return text(found[1], MAX_MESSAGE);
  }
  return null;
}

/** Days since 1970 of `yyyy-mm-dd`; null for anything else. */
export function dayNumber(day: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return null;
  const ms = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(ms) ? null : ms / DAY_MS;
}

/** Keys are compared, not shown: a long one is kept by its hash. An empty one is reserved. */
function keyText(key: string): string {
  if (key === '') return '-';
  const wellFormed = key.toWellFormed();
  return wellFormed.length <= MAX_KEY ? wellFormed : `sha256:${hash('sha256', wellFormed, 'hex')}`;
}

/** Names that stand for "none" when they are empty. */
function name(value: string | null): string | null {
  return value === null || value === '' ? null : text(value, MAX_NAME);
}

function text(value: string, max: number): string {
  return value.slice(0, max).toWellFormed();
}

/** What counts tell installations apart by: 8 bytes are enough, and nobody reads them back. */
function hash8(installation: string): Uint8Array {
  return hash('sha256', installation.toWellFormed(), 'buffer').subarray(0, 8);
}

/** Keys of which nobody can read anything: hashes of their parts, and those that are concealed already. */
const UNREADABLE = /^(?:[A-Z]\d*\.?[0-9a-f]{40}(?:\.c\d+)?|sha256:[0-9a-f]{64}|unprocessable|-|)$/;

/** What a key is kept as when the last report that had it is gone for good; it still leads such crashes to their bug. */
export function concealedKey(key: string): string {
  return UNREADABLE.test(key) ? key : `sha256:${hash('sha256', key, 'hex')}`;
}
