// What a person may see of a processed report. Protected: sections marked so, local variables, data of exceptions, and what a
// minidump holds beside its stacks and modules (registers, annotations, handles, paths): an allow-list, so that a new field of
// the processor is not shown by oversight.
import type { ProcessedCrash, ProcessedFrame, ProcessedReport } from '../../report/processed-report.ts';
import type { Person } from '../auth/person.ts';

/** The keys of a processed minidump that everybody may see; `threads` and `modules` lose their protected parts. */
const PUBLIC_DUMP_KEYS = [
  'status',
  'crash_info',
  'system_info',
  'thread_count',
  'threads',
  'main_module',
  'modules',
  'unloaded_modules',
] as const;

/** The processed report without what a person may not see. */
export function seenProcessed(processed: ProcessedReport, person: Person): ProcessedReport {
  if (person.seesProtected) return processed;
  return {
    ...processed,
    crashes: processed.crashes.map(seenCrash),
    minidumps: Object.fromEntries(
      Object.entries(processed.minidumps).map(([name, dump]) => [name, seenDump(dump)]),
    ),
  };
}

function seenCrash(crash: ProcessedCrash): ProcessedCrash {
  return {
    ...crash,
    exceptions: crash.exceptions.map((exception) => ({
      ...exception,
      data: [],
      frames: exception.frames.map(seenFrame),
    })),
    threads: crash.threads.map((thread) => ({ ...thread, frames: thread.frames.map(seenFrame) })),
    sections: crash.sections.filter((section) => !section.protected),
  };
}

function seenFrame(frame: ProcessedFrame): ProcessedFrame {
  return { ...frame, locals: null };
}

function seenDump(dump: unknown): unknown {
  if (typeof dump !== 'object' || dump === null) return null;
  const known = dump as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    PUBLIC_DUMP_KEYS.filter((key) => Object.hasOwn(known, key)).map((key) => [
      key,
      key === 'threads' ? withoutRegisters(known[key]) : known[key],
    ]),
  );
}

/** Registers stand on frames of `crashing_thread` only, which is left out; should they ever stand here, they go. */
function withoutRegisters(threads: unknown): unknown {
  return JSON.parse(
    JSON.stringify(threads ?? null, (key, value: unknown) =>
      key === 'registers' || key === 'last_error_value' ? undefined : value,
    ),
  );
}
