// From a stored report with its attachments to the processed report: dumps are walked, rules run, the first way that finds
// its evidence tells the crashes, and each crash is grouped. Pure given its input; time comes in. Never rejects for anything
// that a client can send.
import { faultPlace } from '../base/json-fault.ts';
import type { ProcessedMinidump } from '../formats/crash/processed-minidump.ts';
import {
  PROCESSED_SCHEMA,
  type ProcessedCrash,
  type ProcessedReport,
  type ProcessedSection,
} from '../report/processed-report.ts';
import { DEFAULT_DATA_RULES, type DataRules } from '../report/privacy/data-rules.ts';
import { applyDataRules } from './apply-data-rules.ts';
import { shownText } from '../report/crashkit/json-object.ts';
import { countedDay, MAX_DAYS_LATE } from '../report/occurrence-day.ts';
import type { Report } from '../report/report.ts';
import { type CrashDraft, notUnderstood, type Problem, type Understood } from './crash-draft.ts';
import { groupCrash, unprocessableGrouping } from './grouping/group-crash.ts';
import type { Mappings } from './symbols/source-maps/mapping-files.ts';
import { missingSymbolsOf } from './missing-symbols.ts';
import type { ProductSettings } from './product-settings.ts';
import { completed, factsOf } from './report-facts.ts';
import type { Values } from './rule.ts';
import { runRules } from './run-rules.ts';
import { EVIDENCE_SOURCES } from './evidence/evidence-registry.ts';
import type { EvidenceSource, EvidenceInput } from './evidence/evidence-source.ts';
import { walkDumps } from './walk-dumps.ts';
import type { DumpOptions, SentDumps } from './walk-dumps.ts';

/** Notes of the signature rules say nothing where something else has named the crash. */
const SIGNATURE_NOTE = 'SignatureGenerationRule:';
const MAX_NOTES = 200;
const MAX_NOTE_LENGTH = 1000;
const MAX_SECTION_VALUES = 200;
const MAX_SECTION_VALUE_LENGTH = 200;
const DAY_MS = 86_400_000;
/** Values of rules that are kept, and characters of one. */
const MAX_SHOWN = 200;
const MAX_SHOWN_TEXT = 1000;

/** What grouping rules may look at in a preview for somebody without the right to protected data. */
export interface RulesSee {
  /** Names of annotations. */
  readonly annotations: readonly string[];
  readonly messages: boolean;
}

/** A report to process. */
export interface PipelineInput extends SentDumps {
  /** Null or absent: grouping rules see everything. */
  readonly rulesSee?: RulesSee | null;
  /** Why wanted attachments are not among the parts. */
  readonly notes?: readonly string[];
}

/** What the pipeline needs beside the report. */
export interface PipelineOptions extends DumpOptions {
  readonly product: ProductSettings;
  /** What the product decides about its data; default: nothing. */
  readonly dataRules?: DataRules;
  /** Version of the processor, for the result. */
  readonly processor: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds from any origin, for timings. */
  readonly clock?: () => number;
  readonly mappings?: Mappings;
  readonly sources?: readonly EvidenceSource[];
}

/** Processes one report. */
export async function processReport(
  input: PipelineInput,
  options: PipelineOptions,
): Promise<ProcessedReport> {
  const ruledEvidence = applyDataRules(input.report, input.parts, options.dataRules ?? DEFAULT_DATA_RULES);
  const { report, parts } = ruledEvidence;
  const { product, clock = () => performance.now(), sources = EVIDENCE_SOURCES } = options;
  const timings: Record<string, number> = {};
  const notes: string[] = [...(input.notes ?? []), ...product.problems];

  let started = clock();
  const walked = await walkDumps(input, options, notes);
  const minidumps = new Map([...walked].map(([name, dump]) => [name, ruledEvidence.dump(dump)]));
  if (minidumps.size > 0) timings['minidump'] = clock() - started;

  // The rules speak of forms; annotations of payload protocols were made by the collector, and their payload says more.
  const isForm = report.protocol === 'crashpad' || report.protocol === 'socorro';
  const hasRules = isForm || (report.protocol === 'sentry' && minidumps.size > 0);
  const ruled = runRules(
    hasRules ? product.rules : [],
    {
      annotations: annotationsOf(report),
      dumps: report.attachments.map(({ name }) => name),
      found: foundOf(minidumps),
    },
    { now: clock },
  );
  Object.assign(timings, ruled.timings);

  started = clock();
  const { annotations, found } = ruled;
  const understood = await askEvidence(sources, {
    report,
    parts,
    minidumps,
    annotations,
    found,
    symbols: options.symbols,
    mappings: options.mappings,
    product,
  });
  timings['understand'] = clock() - started;
  notes.push(
    ...ruled.notes.filter((note) => understood.isNamedByRules === true || !note.startsWith(SIGNATURE_NOTE)),
    ...understood.notes,
  );

  const facts = completed(factsOf(report, annotations, found), understood.facts);
  const sections = isForm ? [...annotationSections(annotations), ...rulesSection(ruled.shown)] : [];
  const crashes =
    understood.problem === null
      ? understood.crashes.map((draft) =>
          crashOf(draft, {
            report,
            annotations,
            product,
            sections,
            notes,
            rulesSee: input.rulesSee ?? null,
          }),
        )
      : [unprocessableCrash(understood.problem, report, sections)];
  return {
    schema: PROCESSED_SCHEMA,
    processor: options.processor,
    processedAt: options.now(),
    status: understood.problem === null ? 'processed' : 'unprocessable',
    problem: understood.problem === null ? null : problemText(understood.problem),
    product: report.product,
    ...facts,
    crashes,
    ...(understood.log !== undefined && { log: understood.log }),
    crashReportKeys: crashReportKeys(report, found),
    notes: bounded(notes),
    timings: rounded(timings),
    minidumps: Object.fromEntries(minidumps),
    missingSymbols: [...missingSymbolsOf(minidumps.values()), ...(understood.missingSymbols ?? [])],
  };
}

/** A report that could not be processed for a reason outside of the pipeline: it killed its worker. */
export function unprocessable(
  report: Report,
  problem: Problem,
  { processor, now }: Pick<PipelineOptions, 'processor' | 'now'>,
): ProcessedReport {
  return {
    schema: PROCESSED_SCHEMA,
    processor,
    processedAt: now(),
    status: 'unprocessable',
    problem: problemText(problem),
    product: report.product,
    ...factsOf(report, {}, {}),
    crashes: [unprocessableCrash(problem, report, [])],
    crashReportKeys: [],
    notes: [],
    timings: {},
    minidumps: {},
    missingSymbols: [],
  };
}

/** Annotations as rules expect them, with what the collector adds. */
function annotationsOf(report: Report): Values {
  const values: Record<string, unknown> = {};
  for (const { key, value } of report.annotations) set(values, key, value);
  values['submitted_timestamp'] ??= new Date(report.receivedAt).toISOString();
  values['uuid'] = report.crashId;
  return values;
}

/** The values with these names. */
function only(values: Values, names: readonly string[]): Values {
  const seen: Record<string, unknown> = {};
  for (const name of names) if (Object.hasOwn(values, name)) set(seen, name, values[name]);
  return seen;
}

/** Sets an own property even where its name is `__proto__`. */
function set(target: object, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  else (target as Record<string, unknown>)[key] = value;
}

function foundOf(minidumps: ReadonlyMap<string, ProcessedMinidump>): Values {
  const [first, ...further] = minidumps;
  if (first === undefined) return {};
  const [, dump] = first;
  return {
    json_dump: dump,
    ...(dump.status !== 'OK' && { mdsw_status_string: dump.status }),
    additional_minidumps: further.map(([name]) => name),
    ...Object.fromEntries(further.map(([name, json]) => [name, { json_dump: json }])),
  };
}

/** The first way that finds crashes; else the first problem; else that there is nothing to go by. */
async function askEvidence(sources: readonly EvidenceSource[], input: EvidenceInput): Promise<Understood> {
  let problem: Understood | null = null;
  const notes: string[] = [];
  for (const source of sources) {
    let understood: Understood | null = null;
    try {
      const answer = source.understand(input);
      // Most sources answer at once; a turn of the event loop for each would cost more than they do.
      understood = answer instanceof Promise ? await answer : answer;
    } catch (error) {
      notes.push(`${source.name}: failed: ${error instanceof Error ? error.message : String(error)}`);
      // The message becomes that of a bug, which everybody reads; what the error says may quote the report.
      problem ??= notUnderstood('the processor failed at it', faultPlace(error));
    }
    if (understood === null) continue;
    notes.push(...understood.notes);
    if (understood.crashes.length > 0) return { ...understood, notes };
    problem ??= understood;
  }
  if (problem !== null) return { ...problem, notes };
  return {
    crashes: [],
    problem: {
      reason: input.report.attachments.some(({ kind }) => kind === 'minidump')
        ? 'the minidump could not be read'
        : 'the report holds neither a minidump nor a stack trace',
      detail: '',
    },
    facts: {},
    notes,
  };
}

function crashOf(
  draft: CrashDraft,
  {
    report,
    annotations,
    product,
    sections,
    notes,
    rulesSee,
  }: {
    readonly report: Report;
    readonly annotations: Values;
    readonly product: ProductSettings;
    readonly sections: readonly ProcessedSection[];
    readonly notes: string[];
    readonly rulesSee: RulesSee | null;
  },
): ProcessedCrash {
  return {
    kind: draft.kind,
    language: draft.language,
    signature: product.protectsMessages ? (draft.plainTitle ?? draft.signature) : draft.signature,
    signatureSteps: draft.signatureSteps,
    message: draft.message,
    reason: draft.reason,
    address: draft.address,
    exceptions: draft.exceptions,
    threads: draft.threads,
    sections: sections.length === 0 ? draft.sections : [...draft.sections, ...sections],
    grouping: groupCrash(
      rulesSee === null || rulesSee.messages ? draft : { ...draft, message: '' },
      product.groupingRules,
      rulesSee === null ? annotations : only(annotations, rulesSee.annotations),
    ),
    count: draft.count,
    day: dayOf(draft.date, report.receivedAt, notes),
    severity: draft.severity,
    role: draft.role,
    context: draft.context,
  };
}

let lastDay = { number: Number.NaN, text: '' };

/** Reports of one day come one after the other. */
function dayOfTime(time: number): string {
  const number = Math.floor(time / DAY_MS);
  if (lastDay.number !== number) lastDay = { number, text: new Date(time).toISOString().slice(0, 10) };
  return lastDay.text;
}

/** The client's day, or the day of arrival where the client's cannot be believed. */
function dayOf(date: string | null, receivedAt: number, notes: string[]): string {
  const arrival = dayOfTime(receivedAt);
  if (date === null || date === arrival) return arrival;
  const sent = Date.parse(`${date}T00:00:00Z`) / DAY_MS;
  if (countedDay(sent, receivedAt) === sent) return date;
  const why =
    sent * DAY_MS > receivedAt
      ? 'lies in the future'
      : `lies more than ${MAX_DAYS_LATE} days before the report came`;
  notes.push(`date: ${date} ${why}; the day of arrival counts`);
  return arrival;
}

function unprocessableCrash(
  problem: Problem,
  report: Report,
  sections: readonly ProcessedSection[],
): ProcessedCrash {
  return {
    kind: 'other',
    language: null,
    signature: `could not be processed: ${problem.reason}`,
    signatureSteps: [],
    message: problemText(problem),
    reason: null,
    address: null,
    exceptions: [],
    threads: [],
    sections,
    grouping: unprocessableGrouping(problem),
    count: 1,
    day: dayOfTime(report.receivedAt),
    severity: 'normal',
    role: null,
    context: null,
  };
}

function problemText({ reason, detail }: Problem): string {
  return (detail === '' ? reason : `${reason}: ${detail}`).slice(0, MAX_NOTE_LENGTH);
}

/** What rules found for people to see. It may come from annotations that are protected. */
function rulesSection(shown: Values): readonly ProcessedSection[] {
  const values = Object.entries(shown)
    .flatMap(([key, value]) =>
      (Array.isArray(value) ? value : [value]).map((one: unknown) => [key, one] as const),
    )
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .slice(0, MAX_SHOWN)
    .map(([key, value]) => [key, shownText(value).slice(0, MAX_SHOWN_TEXT)] as const);
  return values.length === 0 ? [] : [{ name: 'rules', protected: true, values }];
}

/** Annotations as a section, for the values that a bug shows by frequency; long ones are no values to count. */
function annotationSections(annotations: Values): readonly ProcessedSection[] {
  const values = Object.entries(annotations)
    .flatMap(([key, value]) =>
      typeof value === 'string' &&
      value !== '' &&
      value.length <= MAX_SECTION_VALUE_LENGTH &&
      key !== 'uuid' &&
      key !== 'submitted_timestamp'
        ? [[key, value] as const]
        : [],
    )
    .slice(0, MAX_SECTION_VALUES);
  return values.length === 0 ? [] : [{ name: 'annotations', protected: true, values }];
}

/** Without those that the pipeline itself added; payload protocols have no rule that lists them. */
function crashReportKeys(report: Report, found: Values): readonly string[] {
  const sent = [...report.annotations.map(({ key }) => key), ...report.attachments.map(({ name }) => name)];
  const listed = found['crash_report_keys'];
  if (!Array.isArray(listed)) return [...new Set(sent)].toSorted((a, b) => (a < b ? -1 : 1));
  const added = new Set(['uuid', 'submitted_timestamp'].filter((name) => !sent.includes(name)));
  return listed.map(String).filter((name) => !added.has(name));
}

function bounded(notes: readonly string[]): readonly string[] {
  return [...new Set(notes)].slice(0, MAX_NOTES).map((note) => note.slice(0, MAX_NOTE_LENGTH));
}

/** Whole microseconds: more would be noise, and takes room in every stored report. Rules that took less are left out. */
function rounded(timings: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const result: Record<string, number> = {};
  for (const [name, value] of Object.entries(timings)) {
    const micros = Math.round(value * 1000);
    if (micros >= 10) result[name] = micros / 1000;
  }
  return result;
}
