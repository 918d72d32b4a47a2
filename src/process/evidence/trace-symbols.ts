// Gives names to the frames of native text that have none: by module, build id and offset, from the same symbols as
// minidumps.
import { debugIdsOf } from '../../formats/native-text/build-id.ts';
import type { ModuleSymbols } from '../../formats/symbols/module-symbols.ts';
import type { SymbolProvider } from '../../formats/symbols/symbol-provider.ts';
import type { Trace, TraceFrame, TraceModule } from '../../formats/trace/trace.ts';
import type { ProcessedReport } from '../../report/processed-report.ts';

const MAX_MODULES = 64;
const MAX_FRAMES = 4000;
/** Offsets beyond are no offsets in a file. */
const MAX_OFFSET = 2 ** 40;

/** A trace with names, and the modules whose symbols were looked for in vain. */
export interface NamedTrace {
  readonly trace: Trace;
  readonly missing: ProcessedReport['missingSymbols'];
}

/** Names frames without a function. A trace that has none of them answers at once. */
export function withSymbols(
  trace: Trace,
  provider: SymbolProvider | undefined,
): NamedTrace | Promise<NamedTrace> {
  return provider === undefined || !hasNameless(trace) ? { trace, missing: [] } : lookedUp(trace, provider);
}

async function lookedUp(trace: Trace, provider: SymbolProvider): Promise<NamedTrace> {
  const modules = new Map<string, ModuleSymbols | null>();
  const missing = new Map<string, ProcessedReport['missingSymbols'][number]>();
  const byName = new Map(trace.modules.map((module) => [module.name, module]));
  let left = MAX_FRAMES;

  async function symbolsOf(module: string, buildId: string): Promise<ModuleSymbols | null> {
    const debugFile = module.slice(Math.max(module.lastIndexOf('/'), module.lastIndexOf('\\')) + 1);
    const key = `${debugFile}/${buildId}`;
    const known = modules.get(key);
    if (known !== undefined || modules.size >= MAX_MODULES) return known ?? null;
    let found: ModuleSymbols | null = null;
    const debugIds = debugIdsOf(buildId);
    for (const debugId of debugIds) {
      try {
        found ??= (await provider.load({ debugFile, debugId, codeFile: debugFile, codeId: buildId })) ?? null;
      } catch {
        // A provider that fails has no symbols now; the frame stays as it was sent.
      }
    }
    modules.set(key, found);
    const [debugId] = debugIds;
    if (found === null && debugId !== undefined)
      missing.set(key, { debugFile, debugId, codeFile: debugFile, codeId: buildId });
    return found;
  }

  async function named(frames: readonly TraceFrame[]): Promise<readonly TraceFrame[]> {
    const result: TraceFrame[] = [];
    for (const frame of frames) {
      const place = frame.function === null && left > 0 ? placeOf(frame, byName) : null;
      const symbols = place === null ? null : await symbolsOf(place.module, place.buildId);
      left -= place === null ? 0 : 1;
      result.push(...(symbols === null || place === null ? [frame] : located(frame, symbols, place.offset)));
    }
    return result;
  }

  const exceptions = [];
  for (const exception of trace.exceptions)
    exceptions.push(Object.assign({}, exception, { frames: await named(exception.frames) }));
  const threads = [];
  for (const thread of trace.threads)
    threads.push(Object.assign({}, thread, { frames: await named(thread.frames) }));
  return { trace: { ...trace, exceptions, threads }, missing: [...missing.values()] };
}

function hasNameless({ exceptions, threads }: Trace): boolean {
  const isNameless = (frame: TraceFrame): boolean =>
    frame.function === null &&
    frame.module !== null &&
    (frame.moduleOffset !== null || frame.address !== null);
  return (
    exceptions.some(({ frames }) => frames.some(isNameless)) ||
    threads.some(({ frames }) => frames.some(isNameless))
  );
}

/** Module, build id and offset of a frame: its own words, else those of the list of modules. */
function placeOf(
  frame: TraceFrame,
  modules: ReadonlyMap<string, TraceModule>,
): { readonly module: string; readonly buildId: string; readonly offset: number } | null {
  if (frame.module === null) return null;
  const listed = modules.get(frame.module);
  const buildId = frame.buildId ?? listed?.buildId ?? null;
  if (buildId === null) return null;
  const offset = offsetOf(frame, listed);
  if (offset === null || offset < 0 || offset > MAX_OFFSET) return null;
  return { module: frame.module, buildId, offset };
}

function offsetOf(frame: TraceFrame, listed: TraceModule | undefined): number | null {
  if (frame.moduleOffset !== null) return Number(frame.moduleOffset);
  if (frame.address === null || listed?.base === null || listed?.base === undefined) return null;
  return Number(BigInt(frame.address) - BigInt(listed.base));
}

/** The frame with its name; calls that were inlined become frames of their own, innermost first. */
function located(frame: TraceFrame, symbols: ModuleSymbols, offset: number): readonly TraceFrame[] {
  const found = symbols.locate(offset);
  if (found === null) return [frame];
  return [
    ...found.inlines.map((inline) => ({
      ...frame,
      function: inline.function,
      file: inline.file,
      line: inline.line,
    })),
    { ...frame, function: found.function, file: found.file ?? frame.file, line: found.line ?? frame.line },
  ];
}
