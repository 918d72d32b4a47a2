// From a text to a crash, whatever the text came with: the reader of logs finds the trace, symbols name its frames, and
// the report keeps where it stood and what else was there.
import type { LogReading, LogSegment } from '../../formats/logs/log-segment.ts';
import type { GoTrace } from '../../formats/trace/go-panic.ts';
import type { Trace, TraceFormat } from '../../formats/trace/trace.ts';
import type { LogPlace, OtherTrace, ProcessedLog } from '../../report/processed-report.ts';
import { readFingerprint } from '../grouping/client-fingerprint.ts';
import { firstTextKey } from '../grouping/first-version/first-text-key.ts';
import type { CrashDraft, Understood } from '../crash-draft.ts';
import type { EvidenceInput } from './evidence-source.ts';
import { traceCrash } from './trace-crash.ts';
import { withMaps } from './trace-scripts.ts';
import { type NamedTrace, withSymbols } from './trace-symbols.ts';

const MAX_OTHERS = 20;
const MAX_WORDS = 300;

/** Whose text was read. */
export interface LogSource extends Pick<ProcessedLog, 'source' | 'name'> {
  readonly text: string;
  /** The language that version 1 took the text for, without looking. */
  readonly firstFormat?: TraceFormat;
}

/** What a reading tells of a report; null where it found no crash. */
export function understoodLog(
  reading: LogReading,
  source: LogSource,
  input: EvidenceInput,
): Understood | Promise<Understood> | null {
  const { crash } = reading;
  if (crash === null) return null;
  const named =
    crash.trace.format === 'javascript' && input.mappings !== undefined
      ? withMaps(crash.trace, input.report, input.mappings).then(({ mapped, missing }) => ({
          trace: mapped,
          missing,
        }))
      : withSymbols(crash.trace, input.symbols);
  return named instanceof Promise
    ? named.then((late) => understood(reading, crash, late, source, input))
    : understood(reading, crash, named, source, input);
}

function understood(
  reading: LogReading,
  crash: LogSegment,
  { trace, missing }: NamedTrace,
  source: LogSource,
  input: EvidenceInput,
): Understood {
  return {
    crashes: [crashOfTrace(trace, { ...source, isBare: reading.isBare }, input)],
    problem: null,
    facts: {},
    notes: [...reading.notes, ...trace.notes],
    log: processedLog(reading, crash, source),
    missingSymbols: missing,
  };
}

/** The crash of a trace of any language. */
function crashOfTrace(
  trace: Trace,
  { text, isBare, firstFormat }: LogSource & Pick<LogReading, 'isBare'>,
  { annotations, product }: EvidenceInput,
): CrashDraft {
  const fingerprint = readFingerprint(annotations['fingerprint']);
  const crash = traceCrash(trace, {
    product,
    fingerprint,
    firstKey: firstTextKey(
      { text, isBare, ...(firstFormat !== undefined && { format: firstFormat }) },
      trace,
      product,
    ),
  });
  return isGoTrace(trace) ? { ...crash, reason: trace.signal ?? crash.reason } : crash;
}

/** What the run-time printed itself has its signal; the stacks of loggers have none. */
function isGoTrace(trace: Trace): trace is GoTrace {
  return trace.format === 'go' && 'signal' in trace;
}

function processedLog({ segments }: LogReading, crash: LogSegment, source: LogSource): ProcessedLog {
  return {
    source: source.source,
    name: source.name,
    place: placeOf(crash),
    others: segments
      .filter((segment) => segment !== crash)
      .slice(-MAX_OTHERS)
      .map((segment) => otherTrace(segment)),
  };
}

function placeOf({ start, end, firstLine, lastLine }: LogSegment): LogPlace {
  return { start, end, firstLine, lastLine };
}

function otherTrace(segment: LogSegment): OtherTrace {
  const { trace, fate } = segment;
  const frame = trace.exceptions.find(({ frames }) => frames.length > 0)?.frames[0];
  return {
    ...placeOf(segment),
    language: trace.format,
    kind: trace.kind.slice(0, MAX_WORDS),
    message: (trace.message.split('\n', 1)[0] ?? '').slice(0, MAX_WORDS),
    frame: frame === undefined ? null : frame.raw.slice(0, MAX_WORDS),
    fate,
  };
}
