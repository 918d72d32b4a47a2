// What searches and counts know of a crash, from the processed report: the fixed fields, and every value that the report brought.
import type { ProcessedCrash, ProcessedFrame, ProcessedReport } from '../../report/processed-report.ts';
import type { FactValue } from '../../search/facts.ts';
import { NAMES_A_USER } from '../../search/fields.ts';
import type { FieldName } from '../../search/fields.ts';
import { LIST_SECTIONS } from './passing-values.ts';

const MAX_WORDS = 48;
const MAX_WORD = 200;
const MAX_VALUE = 1000;
const MAX_REPORTED = 200;
const MAX_NAME = 100;
/** Characters of all values that the report brought: a row stays a few kilobytes. */
const MAX_TEXT = 8192;

/** Fields that the processor knows; the rest (report, case, day, number of the installation) is known when it is filed. */
export type KnownFields = Partial<Readonly<Record<FieldName, FactValue>>>;

/** A value that the report brought, in its section. */
export interface ReportedFact {
  readonly section: string;
  readonly name: string;
  readonly protected: boolean;
  readonly value: string;
}

export interface CrashFacts {
  readonly fields: KnownFields;
  /** Who was hit, as the report names the person; only a number of it is kept among the fields. Null: it names nobody. */
  readonly user: string | null;
  readonly reported: readonly ReportedFact[];
}

export function factsOf(processed: ProcessedReport, crash: ProcessedCrash): CrashFacts {
  const reported = reportedFacts(crash);
  // Everybody sees a field: it is never taken from what is protected.
  const given = (wanted: string): string | null =>
    reported.find(({ name, protected: hidden }) => name === wanted && !hidden)?.value ?? null;
  const frames = framesOf(crash);
  const fields: Readonly<Partial<Record<FieldName, FactValue | null>>> = {
    version: processed.version,
    platform: processed.platform,
    os: processed.os,
    os_version: processed.osVersion,
    cpu: processed.cpu,
    channel: given('channel'),
    environment: given('environment'),
    process_type: processed.processType,
    build: processed.buildId,
    uptime: processed.uptimeSeconds,
    kind: crash.kind,
    language: crash.language,
    reason: crash.reason ?? crash.exceptions.at(-1)?.kind ?? null,
    message: crash.message,
    severity: crash.severity,
    role: crash.role,
    frame: words(frames.map((frame) => nameOf(frame))),
    module: words(frames.map((frame) => frame.module ?? frame.package)),
    file: words(frames.map(({ file }) => file)),
  };
  return { fields: present(fields), user: userOf(reported), reported };
}

/** What names a user in annotations, which stand in sections of other names. */
const ANNOTATED = ['user.id', 'user_id', 'userid'] as const;

function userOf(reported: readonly ReportedFact[]): string | null {
  for (const wanted of NAMES_A_USER) {
    const found = reported.find(({ section, name }) => section === 'user' && name === wanted);
    if (found !== undefined) return found.value;
  }
  for (const wanted of ANNOTATED) {
    const found = reported.find(({ name }) => name.toLowerCase() === wanted);
    if (found !== undefined) return found.value;
  }
  return null;
}

function present(fields: Readonly<Partial<Record<FieldName, FactValue | null>>>): KnownFields {
  const known: [string, FactValue][] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (value === null || value === '' || (Array.isArray(value) && value.length === 0)) continue;
    if (typeof value === 'number' && !Number.isFinite(value)) continue;
    known.push([name, typeof value === 'string' ? text(value, MAX_VALUE) : value]);
  }
  return Object.fromEntries(known);
}

/** The stack of the crash: the exceptions' where there are some, else the thread that crashed. */
function framesOf({ exceptions, threads }: ProcessedCrash): readonly ProcessedFrame[] {
  const ofExceptions = exceptions.flatMap(({ frames }) => frames);
  if (ofExceptions.length > 0) return ofExceptions;
  return (threads.find(({ crashed }) => crashed) ?? threads[0])?.frames ?? [];
}

function nameOf(frame: ProcessedFrame): string | null {
  if (frame.function === null) return null;
  return frame.class === null ? frame.function : `${frame.class}.${frame.function}`;
}

function words(given: readonly (string | null)[]): readonly string[] {
  const found = new Set<string>();
  for (const word of given) {
    if (word === null || word === '') continue;
    found.add(text(word, MAX_WORD));
    if (found.size === MAX_WORDS) break;
  }
  return [...found];
}

/** A name that stands twice in its section counts with its first value. */
function reportedFacts({ sections }: ProcessedCrash): readonly ReportedFact[] {
  const facts = new Map<string, ReportedFact>();
  let left = MAX_TEXT;
  for (const section of sections) {
    if (LIST_SECTIONS.has(section.name)) continue;
    for (const [name, value] of section.values) {
      if (value === '' || name === '') continue;
      const fact = {
        section: text(section.name, MAX_NAME),
        name: text(name, MAX_NAME),
        protected: section.protected,
        value: text(value, MAX_VALUE),
      };
      left -= fact.name.length + fact.value.length;
      if (left < 0 || facts.size === MAX_REPORTED) return [...facts.values()];
      const key = `${fact.section}\0${fact.name}`;
      if (!facts.has(key)) facts.set(key, fact);
    }
  }
  return [...facts.values()];
}

function text(value: string, max: number): string {
  return value.slice(0, max).toWellFormed();
}
