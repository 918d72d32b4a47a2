// The ways of understanding a report, in the order in which they are asked: the first that finds its evidence decides.
import { annotationsWay } from './annotations.ts';
import { crashKitWay } from './crashkit.ts';
import { failuresWay } from './failures.ts';
import { goPanicWay } from './go-panic.ts';
import { javaWay } from './java.ts';
import { nativeWay } from './native.ts';
import { textTraceWay } from './text-trace.ts';
import type { Way } from './way.ts';

/**
 * Payloads of a protocol first. A Java trace comes before the minidump that stands beside it, which shows only how the
 * run-time ended itself.
 */
export const WAYS: readonly Way[] = [
  crashKitWay,
  goPanicWay,
  failuresWay,
  javaWay,
  nativeWay,
  textTraceWay,
  annotationsWay,
];
