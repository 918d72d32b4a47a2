// From a parsed stack trace of any language to a crash.
import type { Trace, TraceException, TraceThread } from '../../formats/trace/trace.ts';
import type { ProcessedException, ProcessedThread } from '../../report/processed-report.ts';
import { kindOfLanguage, type CrashDraft } from '../crash-draft.ts';
import { boundedStack, processedFrame } from '../frames.ts';
import { hashedKey } from '../grouping/hashed-key.ts';
import { firstTraceKey } from '../grouping/first-version/trace-key.ts';
import { frameName } from '../grouping/first-version/frame-name.ts';
import { keyedCrash } from '../grouping/keyed-crash.ts';
import type { EvidenceInput } from './evidence-source.ts';

/** Frames of a stack that tell one case from another. */
const MAX_CASE_FRAMES = 100;
const MAX_MESSAGE = 32_768;

/** What the caller knows beyond the trace. */
export interface TraceCrashOptions {
  readonly product: Pick<EvidenceInput['product'], 'engine' | 'irrelevant'>;
  readonly fingerprint: readonly string[] | null;
  /** True where the program itself says which frames are its own. */
  readonly isClaimedByClient?: boolean;
  /** The key that version 1 gave to the text that the trace stands in; absent: to the trace alone. */
  readonly firstKey?: string | null;
}

/** The crash of a trace that has at least one exception. */
export function traceCrash(
  trace: Trace,
  { product, fingerprint, isClaimedByClient = false, firstKey }: TraceCrashOptions,
): CrashDraft {
  const { format: language, exceptions } = trace;
  return {
    ...traceStacks(trace),
    ...keyedCrash(
      { language, exceptions, isClaimedByClient },
      { engine: product.engine, aliases: firstKeys(firstTraceKey(trace, product), firstKey ?? null) },
    ),
    caseKey: traceCaseKey(trace),
    fingerprint,
  };
}

/** The key of the text first: it is the one that was given. The trace's own is that of reports that held nothing else. */
function firstKeys(ofTrace: string, ofText: string | null): readonly string[] {
  return ofText === null || ofText === ofTrace ? [ofTrace] : [ofText, ofTrace];
}

/** Everything of a crash that does not depend on how it is named. */
export function traceStacks(
  trace: Trace,
): Omit<CrashDraft, 'signature' | 'signatureSteps' | 'ownKey' | 'plainTitle' | 'caseKey' | 'fingerprint'> {
  return {
    kind: kindOfLanguage(trace.format),
    language: trace.format,
    message: messageOf(trace).slice(0, MAX_MESSAGE),
    reason: trace.kind === '' ? null : trace.kind,
    address: trace.address,
    exceptions: trace.exceptions.map((exception) => traceException(exception)),
    threads: trace.threads.map((thread) => traceThread(thread)),
    sections: [],
    count: 1,
    date: null,
    severity: 'normal',
    role: null,
    context: null,
  };
}

/** What the exceptions say, root cause first as everywhere: the one that names the crash is among them. */
function messageOf({ exceptions, message }: Trace): string {
  const said = exceptions.map((exception) => exception.message).filter((one) => one !== '');
  return said.length === 0 ? message : [...new Set(said)].join('\n');
}

/** Cases of one bug differ by their exceptions and the names of their frames. */
export function traceCaseKey(trace: Trace): string {
  return hashedKey('C', [
    trace.format,
    trace.exceptions.map(({ kind, frames }) => [
      kind,
      frames.slice(0, MAX_CASE_FRAMES).map((frame) => frameName(trace.format, frame)),
    ]),
  ]);
}

function traceException(exception: TraceException): ProcessedException {
  const { frames, omittedFrames } = boundedStack(exception.frames);
  return {
    kind: exception.kind,
    message: exception.message,
    frames: frames.map((frame) => processedFrame(frame)),
    omittedFrames,
    data: [
      ...exception.data,
      ...exception.attached.map(
        (attached) => ['suppressed', `${attached.kind}: ${attached.message}`] as const,
      ),
    ],
  };
}

function traceThread({ name, state, crashed, frames, createdBy }: TraceThread): ProcessedThread {
  const kept = boundedStack(createdBy === null ? frames : [...frames, createdBy]);
  return {
    name,
    state: state === '' ? null : state,
    crashed,
    // The frames of the thread that crashed are those of the exception.
    frames: kept.frames.map((frame) => processedFrame(frame)),
    omittedFrames: kept.omittedFrames,
  };
}
