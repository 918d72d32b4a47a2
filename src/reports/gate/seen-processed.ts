// What a person may see of a processed report. Protected: sections marked so, local variables, data of exceptions, notes that may
// quote values, and what a minidump holds beside its stacks and modules (registers, annotations, handles, paths): an allow-list, so
// that a new field of the processor is not shown by oversight. Messages, where the product protects them.
import type {
  ProcessedCrash,
  ProcessedFrame,
  ProcessedLog,
  ProcessedReport,
} from '../../report/processed-report.ts';
import { publicNotes } from './public-notes.ts';
import { seenGrouping, seenSteps } from './seen-grouping.ts';
import type { Sight } from './sight.ts';

type ProcessedSight = Pick<Sight, 'all' | 'messages'>;
type Fields = Readonly<Record<string, unknown>>;

/** The keys of a processed minidump that everybody may see; `threads` loses its protected parts. */
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
export function seenProcessed(processed: ProcessedReport, sight: ProcessedSight): ProcessedReport {
  if (sight.all) return processed;
  return {
    ...processed,
    installation: null,
    notes: publicNotes(processed.notes),
    ...(processed.log !== undefined && { log: seenLog(processed.log, sight) }),
    crashes: processed.crashes.map((crash) => seenCrash(crash, sight)),
    minidumps: Object.fromEntries(
      Object.entries(processed.minidumps).map(([name, dump]) => [name, seenDump(dump, sight)]),
    ),
  };
}

export function seenCrash(crash: ProcessedCrash, sight: ProcessedSight): ProcessedCrash {
  if (sight.all) return crash;
  return {
    ...crash,
    message: sight.messages ? crash.message : '',
    signatureSteps: seenSteps(crash.signatureSteps, sight),
    grouping: seenGrouping(crash.grouping, sight),
    exceptions: crash.exceptions.map((exception) => ({
      ...exception,
      message: sight.messages ? exception.message : '',
      data: [],
      frames: exception.frames.map(seenFrame),
    })),
    threads: crash.threads.map((thread) => ({ ...thread, frames: thread.frames.map(seenFrame) })),
    sections: crash.sections.filter((section) => !section.protected),
  };
}

/** Where the crash stood in a text is no secret; what else stood there has its message and its line, which may quote arguments. */
function seenLog(log: ProcessedLog, sight: ProcessedSight): ProcessedLog {
  return {
    ...log,
    others: log.others.map((other) => ({
      ...other,
      message: sight.messages ? other.message : '',
      frame: null,
    })),
  };
}

function seenFrame(frame: ProcessedFrame): ProcessedFrame {
  // What a source map told of a source is as private as the map.
  return { ...frame, locals: null, source: frame.minified === undefined ? frame.source : null };
}

function seenDump(dump: unknown, sight: ProcessedSight): unknown {
  if (!isFields(dump)) return null;
  const seen: Record<string, unknown> = {};
  for (const key of PUBLIC_DUMP_KEYS) if (Object.hasOwn(dump, key)) seen[key] = dump[key];
  if ('threads' in seen) seen['threads'] = withoutRegisters(seen['threads']);
  if (!sight.messages && isFields(seen['crash_info'])) {
    seen['crash_info'] = { ...seen['crash_info'], assertion: null };
  }
  const mayday = dump['mayday'];
  if (isFields(mayday)) seen['mayday'] = seenMayday(mayday);
  return seen;
}

/** Of what Mayday adds: why a dump could not be read, and the state of symbols; no path, no mapping's name, no annotation. */
function seenMayday({ error, modules }: Fields): Fields {
  const list: readonly unknown[] = Array.isArray(modules) ? modules : [];
  return {
    error: typeof error === 'string' ? error : null,
    modules: list.map((module) => {
      const { symbols, has_cfi, partial } = isFields(module) ? module : ({} as Fields);
      return { symbols, has_cfi, partial };
    }),
  };
}

/** Registers stand on frames of `crashing_thread` only, which is left out; should they ever stand here, they go. */
function withoutRegisters(threads: unknown): unknown {
  return JSON.parse(
    JSON.stringify(threads ?? null, (key, value: unknown) =>
      key === 'registers' || key === 'last_error_value' ? undefined : value,
    ),
  );
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
