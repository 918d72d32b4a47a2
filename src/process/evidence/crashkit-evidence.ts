// CrashKit payloads of both APIs: several occurrences in one report are several crashes.
import type { Trace } from '../../formats/trace/trace.ts';
import { asText, own } from '../../report/crashkit/json-object.ts';
import { isClientLibraryFrame } from '../../report/crashkit/client-library.ts';
import type { CrashKitException, CrashKitLocation } from '../../report/crashkit/occurrence.ts';
import type {
  ProcessedException,
  ProcessedFrame,
  ProcessedReport,
  ProcessedSection,
} from '../../report/processed-report.ts';
import {
  type CrashDraft,
  kindOfLanguage,
  notUnderstood,
  type ReportFacts,
  type Understood,
} from '../crash-draft.ts';
import type { CrashKitOccurrence, SectionId } from '../crashkit/understood-occurrence.ts';
import { understandBody } from '../crashkit/understand.ts';
import { boundedStack, processedFrame } from '../frames.ts';
import { keyedCrash } from '../grouping/keyed-crash.ts';
import type { GroupingFrame, StackedCrash } from '../grouping/stacked-crash.ts';
import type { Mappings } from '../symbols/source-maps/mapping-files.ts';
import { mappedExceptions } from './trace-scripts.ts';
import { traceInMessages } from './message-trace.ts';
import { traceCrash } from './trace-crash.ts';
import { partText, type EvidenceInput, type EvidenceSource } from './evidence-source.ts';

const PAYLOAD = 'payload.json';
/** Crashes of one report; what is beyond is noted. */
const MAX_CRASHES = 1000;
const MAX_NAME = 1000;
const MAX_MESSAGE = 32_768;
const MAX_CONTEXT = 200;

/** The payload of the CrashKit protocols. */
export const crashKitEvidence: EvidenceSource = {
  name: 'crashkit',
  understand: (input) => {
    const { report, product } = input;
    if (report.protocol !== 'crashkit' && report.protocol !== 'crashkit1') return null;
    const body = partText(input, PAYLOAD);
    if (body === null) return notUnderstood('the payload could not be read');
    const { occurrences, problems } = understandBody(body, { interesting: product.interesting });
    if (occurrences.length === 0) {
      const [problem = 'the payload holds no occurrence'] = problems;
      const [reason = '', ...detail] = problem.split(': ');
      return notUnderstood(reasonOf(reason), detail.join(': '), problems.slice(1));
    }
    const merged = [...mergeEqual(occurrences)].slice(0, MAX_CRASHES);
    const understood = (
      all: readonly CrashKitOccurrence[],
      missing: ProcessedReport['missingSymbols'],
    ): Understood => ({
      crashes: all.map((occurrence) => draftOf(occurrence, product)),
      problem: null,
      facts: factsOf(occurrences),
      notes: [...problems, ...new Set(occurrences.flatMap(({ notes }) => notes))],
      missingSymbols: missing,
    });
    const { mappings } = input;
    if (mappings === undefined || !merged.some(({ language }) => language === 'javascript'))
      return understood(merged, []);
    return mapOccurrences(merged, input, mappings).then(({ mapped, missing }) => understood(mapped, missing));
  },
};

/** Places in scripts become places in their sources. */
async function mapOccurrences(
  occurrences: readonly CrashKitOccurrence[],
  { report }: EvidenceInput,
  mappings: Mappings,
): Promise<{
  readonly mapped: readonly CrashKitOccurrence[];
  readonly missing: ProcessedReport['missingSymbols'];
}> {
  const mapped: CrashKitOccurrence[] = [];
  const missing = new Map<string, ProcessedReport['missingSymbols'][number]>();
  for (const occurrence of occurrences) {
    const { language, exceptions, version } = occurrence;
    if (language !== 'javascript') {
      mapped.push(occurrence);
      continue;
    }
    const found = await mappedExceptions(exceptions, version ?? report.version, report, mappings);
    mapped.push({ ...occurrence, exceptions: found.mapped });
    for (const one of found.missing) missing.set(one.debugId, one);
  }
  return { mapped, missing: [...missing.values()] };
}

/** Problems name the item that they are about; the reason must not. */
function reasonOf(problem: string): string {
  if (problem.startsWith('the payload')) return problem;
  return problem.includes('is not an object')
    ? 'the payload holds no report object'
    : 'no occurrence holds an exception';
}

/** Occurrences that differ in nothing but their number are one, with the sum of the numbers. */
function mergeEqual(occurrences: readonly CrashKitOccurrence[]): Iterable<CrashKitOccurrence> {
  // Those of different cases differ, and what else they have need not be compared.
  if (new Set(occurrences.map(({ caseKey }) => caseKey)).size === occurrences.length) return occurrences;
  const merged = new Map<string, CrashKitOccurrence>();
  for (const occurrence of occurrences) {
    const key = JSON.stringify([occurrence.bugKey, occurrence.occurrenceKey, occurrence.fingerprint]);
    const known = merged.get(key);
    merged.set(key, known === undefined ? occurrence : { ...known, count: known.count + occurrence.count });
  }
  return merged.values();
}

function draftOf(
  occurrence: CrashKitOccurrence,
  product: Pick<EvidenceInput['product'], 'engine' | 'irrelevant' | 'keyMode'>,
): CrashDraft {
  const { definitive, language } = occurrence;
  const exceptions = occurrence.exceptions.map((exception) => processedException(exception));
  const keyed = keyedCrash(stackedCrash(occurrence, exceptions), {
    engine: product.engine,
    aliases: [occurrence.bugKey],
  });
  const trace = product.keyMode === 'crashkit' ? null : traceInMessages(occurrence.exceptions);
  if (trace !== null) return draftOfTrace(trace, occurrence, { product, keys: [keyed.ownKey.key] });
  return {
    ...(product.keyMode === 'crashkit' ? originalKey(occurrence, keyed.ownKey.key) : keyed),
    kind: kindOfLanguage(language),
    language,
    message: shortestMessage(exceptions),
    reason: definitive.name === '' ? null : definitive.name.slice(0, MAX_NAME),
    address: null,
    exceptions,
    threads: [],
    sections: sectionsOf(occurrence),
    count: occurrence.count,
    date: occurrence.date,
    severity: occurrence.severity,
    role: occurrence.role.slice(0, MAX_CONTEXT),
    context: occurrence.context.slice(0, MAX_CONTEXT),
    caseKey: occurrence.caseKey,
    fingerprint: occurrence.fingerprint,
  };
}

/** The crash of a trace that a message holds; `keys` are those that the payload has without it. */
function draftOfTrace(
  trace: Trace,
  occurrence: CrashKitOccurrence,
  {
    product,
    keys,
  }: {
    readonly product: Pick<EvidenceInput['product'], 'engine' | 'irrelevant'>;
    readonly keys: readonly string[];
  },
): CrashDraft {
  const crash = traceCrash(trace, { product, fingerprint: occurrence.fingerprint });
  const { ownKey } = crash;
  return {
    ...crash,
    ownKey: { ...ownKey, aliases: [...(ownKey.aliases ?? []), ...keys, occurrence.bugKey] },
    signatureSteps: [
      'The stack stands in the message of the exception, which has none of its own.',
      ...crash.signatureSteps,
    ],
    sections: sectionsOf(occurrence),
    count: occurrence.count,
    date: occurrence.date,
    severity: occurrence.severity,
    role: occurrence.role.slice(0, MAX_CONTEXT),
    context: occurrence.context.slice(0, MAX_CONTEXT),
    caseKey: occurrence.caseKey,
  };
}

/** The shortest message of an exception and its causes, as the original server has it: a wrapper repeats the words of its cause. */
function shortestMessage(exceptions: readonly ProcessedException[]): string {
  const messages = exceptions.map(({ message }) => message).filter((message) => message !== '');
  return messages.reduce(
    (shortest, message) => (message.length < shortest.length ? message : shortest),
    messages[0] ?? '',
  );
}

/** Key and title as the original server gave them. */
function originalKey(
  { bugKey, signature, definitive }: CrashKitOccurrence,
  ownKey: string,
): Pick<CrashDraft, 'ownKey' | 'signature' | 'plainTitle' | 'signatureSteps'> {
  return {
    signature,
    plainTitle: null,
    signatureSteps: [
      `"${definitive.name.slice(0, MAX_NAME)}" is the exception at the definitive location.`,
      `The location was chosen because ${definitive.because}.`,
    ],
    ownKey: {
      key: bugKey,
      source: 'stack',
      because: `Language, exception name and definitive location are its key; the location was chosen because ${definitive.because}.`,
      aliases: [ownKey],
    },
  };
}

/** The stacks as the engine takes them: without the frames of the client library, unless there are no others. */
function stackedCrash(
  { language, exceptions }: CrashKitOccurrence,
  processed: readonly ProcessedException[],
): StackedCrash {
  const foreign = new Set<CrashKitLocation>();
  let hasOthers = false;
  for (const { locations } of exceptions) {
    for (const location of locations) {
      if (isClientLibraryFrame(language, location)) foreign.add(location);
      else hasOthers = true;
    }
  }
  const isMixed = foreign.size > 0 && hasOthers;
  // Where a client has no package it sends a path in its place; languages with packages always have one.
  const hasPaths = language !== 'java' && language !== 'csharp' && language !== 'go';
  return {
    language,
    isClaimedByClient: true,
    messageOnlyWithoutFrames: true,
    exceptions: exceptions.map(({ locations }, index) => {
      const { kind, message, frames } = processed[index] ?? { kind: '', message: '', frames: [] };
      const own = isMixed
        ? locations
            .filter((location) => !foreign.has(location))
            .map((location) => processedLocation(location))
        : frames;
      return { kind, message, frames: hasPaths ? own.map((frame) => withoutPath(frame)) : own };
    }),
  };
}

/** A path is no part of a name. */
function withoutPath(frame: ProcessedFrame): GroupingFrame {
  const isPath = frame.package !== null && /[\\/]|\.(?:php|inc|js|mjs|py|rb|html?)$/.test(frame.package);
  return isPath ? { ...frame, package: null, file: frame.package } : frame;
}

function processedException({ name, message, locations, data }: CrashKitException): ProcessedException {
  const { frames, omittedFrames } = boundedStack(locations);
  return {
    kind: name.slice(0, MAX_NAME),
    message: message.slice(0, MAX_MESSAGE),
    frames: frames.map((location) => processedLocation(location)),
    omittedFrames,
    data: Object.entries(data),
  };
}

function processedLocation(location: CrashKitLocation): ProcessedFrame {
  // Where there is but one name it is the method's; the original server kept it as the class.
  const alone = location.method === '' && location.className !== null;
  const locals = Object.entries(location.locals);
  return processedFrame({
    function: cut(alone ? location.className : location.method),
    class: alone ? null : cut(location.className),
    package: location.package === location.file ? null : cut(location.package),
    module: cut(location.module),
    file: cut(location.file),
    line: location.line > 0 ? location.line : null,
    column: location.column,
    inApp: location.claimed ? true : location.claimedBy === null ? null : false,
    source: location.source.length === 0 ? null : location.source,
    locals: locals.length === 0 ? null : locals,
    minified: location.minified,
    unmapped: location.unmapped,
  });
}

function cut(text: string | null): string | null {
  return text === null || text === '' ? null : text.slice(0, MAX_NAME);
}

/** Sections whose values speak of the program and not of a person. */
const PUBLIC_SECTIONS: ReadonlySet<SectionId> = new Set(['version']);
/** Names in the environment that speak of the machine in general; everything else there can be private (paths, hosts, tokens). */
const PUBLIC_ENVIRONMENT =
  /^(?:os|java|php|python|ruby|node|dotnet|go|browser|product|cpu|jvm|runtime|platform|language|framework|django)(?:[._](?:name|version|vendor|arch|dist|build|kernel_name|kernel_version|implementation|sapi|release|type|count|vm_name|vm_version|vm_vendor))?$/;

function isPublicEnvironment(key: string): boolean {
  // The moment of the crash and the name of the environment, which Mayday's own libraries send.
  return key === 'time' || key === 'name' || PUBLIC_ENVIRONMENT.test(key);
}

function sectionsOf({ sections }: CrashKitOccurrence): readonly ProcessedSection[] {
  return sections.flatMap(({ id, entries }): ProcessedSection[] => {
    const open: [key: string, value: string][] = [];
    const closed: [key: string, value: string][] = [];
    if (id !== 'environment') {
      const values = entries.map(({ key, value }) => [key, value] as const);
      return [{ name: id, protected: !PUBLIC_SECTIONS.has(id), values }];
    }
    for (const { key, value } of entries) (isPublicEnvironment(key) ? open : closed).push([key, value]);
    return [
      { name: id, protected: false, values: open },
      { name: id, protected: true, values: closed },
    ].filter((section) => section.values.length > 0);
  });
}

/** What the first occurrence that says something says. */
function factsOf(occurrences: readonly CrashKitOccurrence[]): Partial<ReportFacts> {
  const first = (read: (occurrence: CrashKitOccurrence) => string | null): string | null => {
    for (const occurrence of occurrences) {
      const value = read(occurrence);
      if (value !== null && value !== '') return value;
    }
    return null;
  };
  const env = (name: string): string | null => first((occurrence) => asText(own(occurrence.env, name)));
  return {
    version: first(({ version }) => version),
    os: env('os_name') ?? env('os_dist') ?? env('os_kernel_name') ?? env('browser_os'),
    osVersion: env('os_version') ?? env('os_kernel_version'),
    cpu: env('cpu_arch') ?? env('os_arch'),
    installation: first(({ hostId }) => hostId),
  };
}
