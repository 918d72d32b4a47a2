// Java and Kotlin crashes told by annotations: `JavaStackTrace` (text) and `JavaException` (structured, Sentry's form).
import { readLog } from '../../formats/logs/read-log.ts';
import { parseJavaTrace } from '../../formats/trace/java-trace.ts';
import { traceFrame, type Trace, type TraceException } from '../../formats/trace/trace.ts';
import type { CrashDraft } from '../crash-draft.ts';
import { readFingerprint } from '../grouping/client-fingerprint.ts';
import { firstTextKey } from '../grouping/first-version/first-text-key.ts';
import { hashedKey } from '../grouping/hashed-key.ts';
import { listAt, textAt, valueAt } from '../rule.ts';
import { traceCrash } from './trace-crash.ts';
import { type EvidenceSource, type EvidenceInput } from './evidence-source.ts';

const MAX_EXCEPTIONS = 100;

/** Whether a report carries a Java trace in its annotations. */
export function hasJavaAnnotation(annotations: Readonly<Record<string, unknown>>): boolean {
  return Boolean(annotations['JavaStackTrace']) || Boolean(annotations['JavaException']);
}

/** The Java annotations. */
export const javaEvidence: EvidenceSource = {
  name: 'java',
  understand: (input) => {
    if (!hasJavaAnnotation(input.annotations)) return null;
    const structured = structuredTrace(input.found['java_exception_raw']);
    const { trace, firstKey } =
      structured === null ? textTrace(input) : { trace: structured, firstKey: null };
    if (trace === null || trace.exceptions.length === 0) return null;
    return {
      crashes: [named(trace, firstKey, input)],
      problem: null,
      facts: {},
      notes: trace.notes,
      isNamedByRules: input.product.signatureMode === 'socorro',
    };
  },
};

/** Through the reader of logs, because programs attach what their logger wrote; what it finds nothing in is believed to be a trace. */
function textTrace({ annotations, product }: EvidenceInput): {
  readonly trace: Trace | null;
  readonly firstKey: string | null;
} {
  const text = annotations['JavaStackTrace'];
  if (typeof text !== 'string') return { trace: null, firstKey: null };
  const { crash, isBare } = readLog(text);
  return crash !== null && crash.trace.format === 'java' && crash.trace.kind !== ''
    ? { trace: crash.trace, firstKey: firstTextKey({ text, isBare, format: 'java' }, crash.trace, product) }
    : { trace: parseJavaTrace(text), firstKey: null };
}

/** In `socorro` mode the rules have named the crash as Socorro does, from its first two lines. */
function named(
  trace: Trace,
  firstKey: string | null,
  { annotations, found, product }: EvidenceInput,
): CrashDraft {
  const crash = traceCrash(trace, {
    product,
    firstKey,
    fingerprint: readFingerprint(annotations['fingerprint']),
    // The structured form says of frames whether they are the program's own.
    isClaimedByClient: found['java_exception_raw'] !== undefined,
  });
  const signature = textAt(found, 'signature');
  if (product.signatureMode !== 'socorro' || signature === null || signature === '') return crash;
  return {
    ...crash,
    signature,
    plainTitle: null,
    signatureSteps: (textAt(found, 'signature_debug') ?? '').split('\n'),
    ownKey: {
      key: hashedKey('S', ['java', signature]),
      source: 'signature',
      because: 'Its signature is its key.',
      aliases: [crash.ownKey.key, ...(crash.ownKey.aliases ?? [])],
    },
  };
}

/** `exception.values`: the one that was thrown first, then its causes; frames innermost first. */
function structuredTrace(exception: unknown): Trace | null {
  const values = listAt(exception, 'exception.values').slice(0, MAX_EXCEPTIONS);
  const exceptions = values.map((value, index): TraceException => {
    const type = textAt(value, 'stacktrace.type') ?? textAt(value, 'type') ?? 'Unknown';
    const module = textAt(value, 'stacktrace.module') ?? textAt(value, 'module') ?? '';
    return {
      kind: module === '' ? type : `${module}.${type}`,
      message: textAt(value, 'stacktrace.value') ?? textAt(value, 'value') ?? '',
      link: index === 0 ? 'thrown' : 'cause',
      frames: listAt(value, 'stacktrace.frames').map((frame) => structuredFrame(frame)),
      attached: [],
      data: [],
    };
  });
  const [thrown] = exceptions;
  if (thrown === undefined) return null;
  return {
    format: 'java',
    dialect: null,
    kind: thrown.kind,
    message: thrown.message,
    exceptions: exceptions.toReversed(),
    threads: [],
    data: [],
    address: null,
    modules: [],
    notes: [],
  };
}

function structuredFrame(frame: unknown): ReturnType<typeof traceFrame> {
  const owner = textAt(frame, 'module') ?? '';
  const dot = owner.lastIndexOf('.');
  const line = valueAt(frame, 'lineno');
  const inApp = valueAt(frame, 'in_app');
  const called = textAt(frame, 'function');
  return traceFrame(`${owner}.${called ?? ''}`, {
    function: called,
    class: owner.slice(dot + 1) || null,
    package: dot < 0 ? null : owner.slice(0, dot),
    file: textAt(frame, 'filename'),
    line: typeof line === 'number' && Number.isInteger(line) && line > 0 ? line : null,
    inApp: typeof inApp === 'boolean' ? inApp : null,
  });
}
