// An event's exceptions as a trace, for the one grouping of all ways in: names split as each language writes them.
import { traceFrame } from '../../formats/trace/trace.ts';
import type { Trace, TraceException, TraceFormat, TraceFrame } from '../../formats/trace/trace.ts';
import type { ProcessedFrame } from '../../report/processed-report.ts';
import type { PackageFilter } from '../../report/crashkit/packages.ts';
import { processedFrame } from '../frames.ts';
import type { EventException, EventFrame } from './event-model.ts';
import { isOwn } from './own-frame.ts';

/** The names of one frame. */
interface Names {
  readonly function: string | null;
  readonly class: string | null;
  readonly package: string | null;
  readonly module: string | null;
}

/** What a frame is called, as the processed report and the trace say it. */
function namesOf({ function: called, module, package: binary, language }: EventFrame): Names {
  switch (language) {
    case 'java': {
      const dot = module?.lastIndexOf('.') ?? -1;
      return {
        function: called,
        class: module === null ? null : module.slice(dot + 1),
        package: module === null || dot === -1 ? null : module.slice(0, dot),
        module: null,
      };
    }
    case 'php': {
      const match = called === null ? null : /^(?:(.{1,800})\\)?([^\\]{1,400})::([^:]{1,400})$/s.exec(called);
      if (match === null) return { function: called, class: null, package: null, module };
      return { function: match[3] ?? null, class: match[2] ?? null, package: match[1] ?? null, module };
    }
    case 'go': {
      const match =
        called === null
          ? null
          : /^\(?(\*?[A-Za-z_]\w{0,200}(?:\[[^\]]{0,200}\])?)\)?\.(.{1,400})$/s.exec(called);
      const isMethod = match !== null && !/^func\d/.test(match[2] ?? '') && called?.startsWith('(') === true;
      return {
        function: isMethod ? (match[2] ?? null) : called,
        class: isMethod ? (match[1] ?? null) : null,
        package: module,
        module: null,
      };
    }
    case 'dotnet': {
      const dot = module?.lastIndexOf('.') ?? -1;
      return {
        function: called,
        class: module === null ? null : module.slice(dot + 1),
        package: module === null || dot === -1 ? null : module.slice(0, dot),
        module: binary,
      };
    }
    case 'python':
      return { function: called, class: null, package: module, module: null };
    case 'c++':
    case 'rust':
      return { function: called, class: null, package: null, module: baseName(binary) };
    default:
      return { function: called, class: null, package: null, module };
  }
}

function baseName(path: string | null): string | null {
  return path === null ? null : path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

/** A frame of the processed report; `interesting` decides where neither the client nor what is known does. */
export function eventFrame(frame: EventFrame, interesting: PackageFilter): ProcessedFrame {
  const names = namesOf(frame);
  return processedFrame({
    ...names,
    file: frame.file,
    line: frame.line,
    column: frame.column,
    inApp: ownOf(frame, names, interesting),
    address: frame.address === null ? null : `0x${frame.address.toString(16).padStart(16, '0')}`,
    source: frame.source,
    locals: frame.locals,
    ...(frame.minified !== undefined && { minified: frame.minified }),
    ...(frame.unmapped !== undefined && { unmapped: frame.unmapped }),
  });
}

function ownOf(frame: EventFrame, names: Names, interesting: PackageFilter): boolean | null {
  const own = isOwn(frame);
  if (own !== null) return own;
  const name = frame.module ?? names.package;
  return name !== null && !interesting(name) ? false : null;
}

/** The exceptions as a trace. Its frames are those of the processed report. */
export function eventTrace(
  exceptions: readonly EventException[],
  stacks: ReadonlyMap<EventException, readonly ProcessedFrame[]>,
  format: TraceFormat,
): Trace {
  const made = exceptions.map((exception, index): TraceException => ({
    kind: exceptionKind(exception, format),
    message: exception.value,
    link: index === exceptions.length - 1 ? 'thrown' : 'cause',
    frames: (stacks.get(exception) ?? []).map((frame) => tracedFrame(frame, format)),
    attached: [],
    data: [],
  }));
  const last = made.at(-1);
  return {
    format,
    dialect: null,
    kind: last?.kind ?? '',
    message: last?.message ?? '',
    exceptions: made,
    threads: [],
    data: [],
    address: null,
    modules: [],
    notes: [],
  };
}

/** Java and Python name a type by its module, as their own traces do; the others' types are whole. */
export function exceptionKind({ type, module }: EventException, format: TraceFormat | null): string {
  if (type === null) return '';
  if (module === null || module === '' || type.startsWith(`${module}.`)) return type;
  if (format === 'java') return `${module}.${type}`;
  return format === 'python' && module !== 'builtins' && module !== '__builtin__'
    ? `${module}.${type}`
    : type;
}

function tracedFrame(frame: ProcessedFrame, format: TraceFormat): TraceFrame {
  const raw = [frame.package, frame.class, frame.function, frame.file]
    .filter((part) => part !== null)
    .join(' ');
  return traceFrame(raw, {
    function: frame.function,
    class: frame.class,
    // A Python frame's name comes from its file.
    package: format === 'python' || format === 'ruby' ? null : frame.package,
    module: frame.module,
    file: frame.file,
    line: frame.line,
    column: frame.column,
    inApp: frame.inApp,
    address: frame.address,
  });
}
