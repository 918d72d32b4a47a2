// The keys that version 1 gave to traces. Bugs of that time are found by them; nothing new is filed under them.
import type { GoTrace } from '../../../formats/trace/go-panic.ts';
import type { Trace, TraceException } from '../../../formats/trace/trace.ts';
import type { FramePattern } from '../../signature/lists.ts';
import { hashedKey } from '../hashed-key.ts';
import { goFingerprint } from './go-fingerprint.ts';
import { traceSignature } from './trace-signature.ts';

/** What version 1 knew of a product. */
export type FirstProduct = { readonly irrelevant: FramePattern };

/** The key of a trace with at least one exception. */
export function firstTraceKey(trace: Trace, product: FirstProduct): string {
  const go = isGoTrace(trace) ? goFingerprint(trace) : null;
  if (go !== null) return hashedKey('G', go.parts);
  return hashedKey('T', [trace.format, traceSignature(withNames(trace), product).signature]);
}

/** Errors of Node with a code had the name of their class as their kind. */
function withNames(trace: Trace): Trace {
  const nameOf = ({ kind, data }: TraceException): string =>
    kind.startsWith('ERR_') ? (data.find(([name]) => name === 'name')?.[1] ?? kind) : kind;
  const last = trace.exceptions.at(-1);
  if (trace.format !== 'javascript' || last === undefined) return trace;
  return {
    ...trace,
    kind: nameOf(last),
    exceptions: trace.exceptions.map((exception) => ({ ...exception, kind: nameOf(exception) })),
  };
}

function isGoTrace(trace: Trace): trace is GoTrace {
  return trace.format === 'go' && 'subject' in trace;
}
