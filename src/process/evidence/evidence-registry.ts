// The ways of understanding a report, in the order in which they are asked: the first that finds its evidence decides.
import { annotationsEvidence } from './annotations.ts';
import { crashKitEvidence } from './crashkit-evidence.ts';
import { failuresEvidence } from './failures.ts';
import { goPanicEvidence } from './go-panic-evidence.ts';
import { javaEvidence } from './java.ts';
import { nativeEvidence } from './native.ts';
import { sentryEvidence } from './sentry-evidence.ts';
import { textTraceEvidence } from './text-trace.ts';
import type { EvidenceSource } from './evidence-source.ts';

/**
 * Payloads of a protocol first. A Java trace comes before the minidump that stands beside it, which shows only how the
 * run-time ended itself.
 */
export const EVIDENCE_SOURCES: readonly EvidenceSource[] = [
  crashKitEvidence,
  sentryEvidence,
  goPanicEvidence,
  failuresEvidence,
  javaEvidence,
  nativeEvidence,
  textTraceEvidence,
  annotationsEvidence,
];
