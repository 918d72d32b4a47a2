// The keys that version 1 gave to traces. Bugs of that time are found by them; nothing new is filed under them.
import type { GoTrace } from '../../../formats/trace/go-panic.ts';
import type { Trace } from '../../../formats/trace/trace.ts';
import type { FramePattern } from '../../signature/lists.ts';
import { hashedKey } from '../hashed-key.ts';
import { goFingerprint } from './go-fingerprint.ts';
import { traceSignature } from './trace-signature.ts';

/** The key of a trace with at least one exception. */
export function firstTraceKey(trace: Trace, product: { readonly irrelevant: FramePattern }): string {
  const go = isGoTrace(trace) ? goFingerprint(trace) : null;
  if (go !== null) return hashedKey('G', go.parts);
  return hashedKey('T', [trace.format, traceSignature(trace, product).signature]);
}

function isGoTrace(trace: Trace): trace is GoTrace {
  return trace.format === 'go' && 'subject' in trace;
}
