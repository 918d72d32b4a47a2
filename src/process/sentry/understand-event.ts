// From an event of Sentry's clients to a crash (docs/protocols/sentry.md): exceptions with their causes, frames with the client's
// word of what is its own, the title, the key of the one grouping for all ways in.
import type { SymbolProvider } from '../../formats/symbols/symbol-provider.ts';
import type { TraceFormat } from '../../formats/trace/trace.ts';
import { asObject, own, type JsonObject } from '../../report/crashkit/json-object.ts';
import type {
  ProcessedException,
  ProcessedFrame,
  ProcessedReport,
  ProcessedThread,
} from '../../report/processed-report.ts';
import type { Report } from '../../report/report.ts';
import {
  levelOf,
  messageOf,
  releaseParts,
  repeats,
  type EventMessage,
} from '../../report/sentry/event-summary.ts';
import { textOf, timeOf } from '../../report/sentry/event-values.ts';
import {
  type CrashDraft,
  kindOfLanguage,
  notUnderstood,
  type OwnKey,
  type ReportFacts,
  type Understood,
} from '../crash-draft.ts';
import { readFingerprint } from '../grouping/client-fingerprint.ts';
import { boundedStack } from '../frames.ts';
import { hashedKey } from '../grouping/hashed-key.ts';
import { foldedMessage } from '../grouping/message-values.ts';
import { traceCrash } from '../evidence/trace-crash.ts';
import type { EvidenceInput } from '../evidence/evidence-source.ts';
import { exceptionsOf, languageOf, threadsOf, type EventException, type EventThread } from './event-model.ts';
import { classMappingIds, retraceEvent } from './event-classes.ts';
import { hasScripts, mapEvent } from './event-scripts.ts';
import type { Mappings } from '../symbols/source-maps/mapping-files.ts';
import { eventSections } from './event-sections.ts';
import { lacksNames, symbolicateEvent } from './event-symbols.ts';
import { eventTitle, plainEventTitle } from './event-title.ts';
import { eventFrame, eventTrace, exceptionKind } from './event-trace.ts';
import { causeChain } from './cause-chain.ts';
import { mainException } from './main-exception.ts';
import { isOwn } from './own-frame.ts';

/** Frames of further threads that are kept together. */
const MAX_THREAD_FRAMES = 5000;
const MAX_MESSAGE = 32_768;
const MAX_CLOCK_ERROR_MS = 60_000;

/** What of the input an event needs. */
export type EventInput = Pick<EvidenceInput, 'report' | 'product'> & {
  readonly symbols?: SymbolProvider | undefined;
  readonly mappings?: Mappings | undefined;
};

/** The crash of an event. */
export async function understandEvent(event: JsonObject, input: EventInput): Promise<Understood> {
  let threads = threadsOf(event);
  let exceptions = exceptionsOf(event, threads);
  let missing: ProcessedReport['missingSymbols'] = [];
  if (lacksNames(exceptions, threads)) {
    ({ exceptions, threads, missing } = await symbolicateEvent(
      event,
      { exceptions, threads },
      input.symbols,
    ));
  }
  const classMappings = input.mappings === undefined ? [] : classMappingIds(event);
  if (input.mappings !== undefined && classMappings.length > 0) {
    const retraced = await retraceEvent(classMappings, { exceptions, threads }, input.mappings);
    ({ exceptions, threads } = retraced);
    missing = [...missing, ...retraced.missing];
  }
  if (input.mappings !== undefined && hasScripts({ exceptions, threads })) {
    const mapped = await mapEvent(event, { exceptions, threads }, input.report, input.mappings);
    ({ exceptions, threads } = mapped);
    missing = [...missing, ...mapped.missing];
  }
  const message = messageOf(event);
  if (
    exceptions.length === 0 &&
    message === null &&
    threads.length === 0 &&
    textOf(event, 'level') === null
  ) {
    const fields = Object.keys(event).length;
    if (fields === 0) return notUnderstood('the event is empty');
  }
  const crash = crashOf(event, { exceptions, threads, message }, input);
  return { crashes: [crash], problem: null, facts: factsOf(event), notes: [], missingSymbols: missing };
}

interface EventParts {
  readonly exceptions: readonly EventException[];
  readonly threads: readonly EventThread[];
  readonly message: EventMessage | null;
}

function crashOf(event: JsonObject, parts: EventParts, input: EventInput): CrashDraft {
  const { exceptions, threads, message } = parts;
  const language = languageOf(textOf(event, 'platform'));
  const mainIndex = mainException(exceptions);
  const main = exceptions[mainIndex] ?? null;
  const chain = causeChain(exceptions, mainIndex);
  const { interesting } = input.product;
  const stacks = new Map(
    exceptions.map((one) => [one, one.frames.map((frame) => eventFrame(frame, interesting))]),
  );
  const title = eventTitle(main, message, { isNative: language === 'c++' });
  const fingerprint = readFingerprint(own(event, 'fingerprint')) ?? readFingerprint(own(event, 'checksum'));
  const format: TraceFormat = language ?? 'c++';
  const draft = traceCrash(eventTrace(chain, stacks, format), {
    product: input.product,
    fingerprint,
    isClaimedByClient: true,
  });
  const hasFrames = [...stacks.values()].some((frames) => frames.length > 0);
  const isMessage = main === null || main.type === null || saysNoPlace(main);
  const keyed: { readonly ownKey: OwnKey; readonly caseKey: string } =
    hasFrames && !isMessage ? draft : { ownKey: textKey(chain, message, format), caseKey: draft.caseKey };
  return {
    ...draft,
    ...keyed,
    kind: language === null ? 'other' : kindOfLanguage(language),
    language,
    signature: title,
    plainTitle: plainEventTitle(main, textOf(event, 'logger'), { isNative: language === 'c++' }),
    signatureSteps: titleSteps(main, exceptions, message),
    message: saidBy(exceptions, message),
    reason: main === null ? null : exceptionKind(main, language) || null,
    address: null,
    exceptions: exceptions.map((exception) =>
      processedException(exception, stacks.get(exception) ?? [], language),
    ),
    threads: processedThreads(threads, exceptions, input),
    sections: eventSections(event),
    count: 1,
    date: dayOf(event, input.report),
    severity: isMajor(event, exceptions) ? 'major' : 'normal',
    role: null,
    // The transaction is a protected annotation: routes and jobs may be named after people.
    context: null,
  };
}

/**
 * A value that was thrown or rejected and is no exception has no stack: the client made one where it heard of it. Where that has no frame
 * of the program, all such values of a program have the same, and only what they say tells them apart.
 */
function saysNoPlace({ mechanism, frames }: EventException): boolean {
  return (
    mechanism.synthetic &&
    frames.length > 0 &&
    frames.every((frame) => isOwn(frame) === false && frame.language !== 'c++')
  );
}

/** Without a stack: the type, and what it says without its values; of a message its template, where one was sent. */
function textKey(
  exceptions: readonly EventException[],
  message: EventMessage | null,
  format: TraceFormat,
): OwnKey {
  const [root] = exceptions;
  const text =
    message?.template ??
    foldedMessage(root === undefined || root.value === '' ? (message?.text ?? '') : root.value).text;
  const kind = root?.type ?? 'message';
  const because =
    message?.template == null
      ? 'What it says without its values is its key: it has no exception with a stack.'
      : 'The template of the message is its key.';
  return { key: hashedKey('M', [format, kind, text]), source: 'signature', because };
}

function titleSteps(
  main: EventException | null,
  exceptions: readonly EventException[],
  message: EventMessage | null,
): readonly string[] {
  if (main === null)
    return [message === null ? 'the event has neither exception nor message' : 'the event is a message'];
  const place = exceptions.indexOf(main);
  const why =
    main.mechanism.id === 0
      ? 'the client says that it is the one that was caught'
      : place === exceptions.length - 1
        ? 'it is the last of the chain'
        : 'all members of the exception group are alike, and it is the first';
  return [
    `"${(main.type ?? 'an exception without a type').slice(0, 200)}" names the event: ${why}`,
    ...(main.mechanism.synthetic ? ['its type is synthetic'] : []),
  ];
}

function saidBy(exceptions: readonly EventException[], message: EventMessage | null): string {
  const said = exceptions.map(({ value }) => value).filter((value) => value !== '');
  // A log record with an exception may say something of its own.
  const all = message === null || repeats(message, exceptions) ? said : [...said, message.text];
  return [...new Set(all)].join('\n').slice(0, MAX_MESSAGE);
}

function processedException(
  exception: EventException,
  stack: readonly ProcessedFrame[],
  language: TraceFormat | null,
): ProcessedException {
  const { frames, omittedFrames } = boundedStack(stack);
  const { type, handled, source } = exception.mechanism;
  const data: (readonly [string, string])[] = [];
  if (type !== null) data.push(['mechanism', type]);
  if (handled !== null) data.push(['handled', handled ? 'yes' : 'no']);
  if (source !== null) data.push(['source', source]);
  return {
    kind: exceptionKind(exception, language),
    message: exception.value,
    frames,
    omittedFrames,
    data: [...data, ...exception.mechanism.data],
  };
}

function processedThreads(
  threads: readonly EventThread[],
  exceptions: readonly EventException[],
  { product }: EventInput,
): readonly ProcessedThread[] {
  let left = MAX_THREAD_FRAMES;
  const shown = exceptions.at(-1)?.frames;
  return threads.map((thread) => {
    // A stack that is the exception's is not shown twice.
    const own_ = thread.frames.length > 0 || !thread.crashed ? thread.frames : (shown ?? []);
    const { frames, omittedFrames } = boundedStack(own_);
    const kept = frames.slice(0, left);
    left -= kept.length;
    return {
      name: thread.name ?? (thread.id === null ? 'thread' : `thread ${thread.id}`),
      state: thread.state ?? (thread.current && !thread.crashed ? 'current' : null),
      crashed: thread.crashed,
      frames: kept.map((frame) => eventFrame(frame, product.interesting)),
      omittedFrames: omittedFrames + frames.length - kept.length,
    };
  });
}

const MAJOR_LEVELS: ReadonlySet<string> = new Set(['fatal', 'critical']);

function isMajor(event: JsonObject, exceptions: readonly EventException[]): boolean {
  return (
    MAJOR_LEVELS.has(levelOf(event) ?? '') || exceptions.some(({ mechanism }) => mechanism.handled === false)
  );
}

/** The day of the event, by the client's clock set right by when it sent the envelope. */
function dayOf(event: JsonObject, report: Report): string | null {
  const at = timeOf(own(event, 'timestamp'));
  if (at === null) return null;
  const sentAt = timeOf(report.annotations.find(({ key }) => key === 'sent_at')?.value);
  const error = sentAt === null ? 0 : sentAt - report.receivedAt;
  const corrected = Math.abs(error) > MAX_CLOCK_ERROR_MS ? at - error : at;
  return new Date(Math.max(0, corrected)).toISOString().slice(0, 10);
}

/** What the event says of program and machine. */
export function factsOf(event: JsonObject): Partial<ReportFacts> {
  const contexts = asObject(own(event, 'contexts')) ?? {};
  const context = (name: string): JsonObject => asObject(own(contexts, name)) ?? {};
  const os = context('os');
  const device = context('device');
  const release = releaseParts(textOf(event, 'release'), textOf(event, 'dist'));
  const started = timeOf(own(context('app'), 'app_start_time'));
  const at = timeOf(own(event, 'timestamp'));
  const user = asObject(own(event, 'user'));
  return {
    version: release.version,
    buildId: release.build,
    os: textOf(os, 'name')?.slice(0, 100) ?? null,
    osVersion: textOf(os, 'version')?.slice(0, 200) ?? null,
    cpu: (textOf(device, 'arch') ?? textOf(context('cpu'), 'arch'))?.slice(0, 50) ?? null,
    installation: user === null ? null : (textOf(user, 'id')?.slice(0, 500) ?? null),
    uptimeSeconds: started === null || at === null || at < started ? null : Math.floor((at - started) / 1000),
  };
}
