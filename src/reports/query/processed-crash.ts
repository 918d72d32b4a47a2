// The processed report and the crash, exception or thread in it that a query string names.
import type { ProcessedCrash, ProcessedFrame, ProcessedReport } from '../../report/processed-report.ts';
import type { SeenStore } from '../gate/gate.ts';

/** A whole number of a query string; 0 where there is none. */
export function readPosition(params: URLSearchParams, name: string): number {
  const value = params.get(name) ?? '';
  return /^\d{1,7}$/.test(value) ? Number(value) : 0;
}

/** Null where the report is not processed or has no such crash. */
export async function namedCrash(
  seen: SeenStore,
  crashId: string,
  params: URLSearchParams,
): Promise<{
  readonly processed: ProcessedReport;
  readonly crash: ProcessedCrash;
  readonly position: number;
} | null> {
  const found = await seen.getProcessed(crashId);
  const position = readPosition(params, 'crash');
  const crash = found?.processed.crashes[position];
  return found === null || crash === undefined ? null : { processed: found.processed, crash, position };
}

/** One stack of a crash: `exception=N` or `thread=N`; else the first there is. */
export function namedStack(
  crash: ProcessedCrash,
  params: URLSearchParams,
): { readonly name: string; readonly frames: readonly ProcessedFrame[]; readonly omitted: number } | null {
  const wantsThread = params.has('thread') || (crash.exceptions.length === 0 && !params.has('exception'));
  if (wantsThread) {
    const thread = crash.threads[readPosition(params, 'thread')];
    return thread === undefined
      ? null
      : { name: thread.name, frames: thread.frames, omitted: thread.omittedFrames };
  }
  const exception = crash.exceptions[readPosition(params, 'exception')];
  return exception === undefined
    ? null
    : { name: exception.kind, frames: exception.frames, omitted: exception.omittedFrames };
}
