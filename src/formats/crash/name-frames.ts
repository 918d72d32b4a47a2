// Names frames of a dump that was walked before, by the offsets in their modules: the dump is gone, and symbols came later. No frame is walked anew, and
// none that has a name loses it: without memory nobody can tell whether other frames would have been found.
import type { ModuleSymbols, SourceLocation } from '../symbols/module-symbols.ts';
import type { SymbolProvider, SymbolRequest } from '../symbols/symbol-provider.ts';
import type { FrameJson, ModuleJson, ProcessedMinidump, ThreadJson } from './processed-minidump.ts';

/** Of one dump; as walks ask for at most, others stay without. */
const MAX_MODULES = 500;
/** Inlined calls of one frame that are kept. */
const MAX_INLINES = 64;

/** The dump with the names that there are now; the same where there are none. `isOver`: true ends it (a deadline). */
export async function nameFrames(
  dump: ProcessedMinidump,
  symbols: SymbolProvider,
  isOver: () => boolean = () => false,
): Promise<ProcessedMinidump> {
  const moduleOf = modulesByPlace(dump);
  const found = new Map<number, ModuleSymbols>();
  let asked = 0;
  for (const index of unnamedModules(dump, moduleOf)) {
    if (isOver() || asked >= MAX_MODULES) break;
    const request = requestOf(dump, index);
    if (request === null) continue;
    asked += 1;
    try {
      const loaded = await symbols.load(request);
      if (loaded !== null) found.set(index, loaded);
    } catch {
      // As in a walk: no symbols now.
    }
  }
  if (found.size === 0) return dump;
  const named = <T extends ThreadJson>(thread: T): T => ({
    ...thread,
    frames: thread.frames.map((frame) => namedFrame(frame, moduleOf, found)),
  });
  const { crashing_thread: crashing } = dump;
  return {
    ...dump,
    threads: dump.threads.map(named),
    ...(crashing !== undefined && { crashing_thread: named(crashing) }),
    modules: dump.modules.map((module, index) => withSymbols(module, found.get(index))),
    mayday: {
      ...dump.mayday,
      modules: dump.mayday.modules.map((module, index) => {
        const now = found.get(index);
        return now === undefined
          ? module
          : { ...module, symbols: 'loaded' as const, skipped_lines: now.facts.skippedLines };
      }),
    },
  };
}

/** Modules in which frames have no name; those that had symbols know no better ones. */
function unnamedModules(dump: ProcessedMinidump, moduleOf: ModuleOf): readonly number[] {
  const found = new Set<number>();
  for (const { frames } of dump.threads) {
    for (const frame of frames) {
      const index = frame.function === null ? moduleOf(frame) : null;
      if (index !== null && dump.mayday.modules[index]?.symbols !== 'loaded') found.add(index);
    }
  }
  return [...found];
}

/** The number of a frame's module; null: it is in none. */
type ModuleOf = (frame: FrameJson) => number | null;

/** Modules by where they lay: several may have one name. */
function modulesByPlace({ modules }: ProcessedMinidump): ModuleOf {
  const places = new Map<string, number>();
  for (const [index, { filename, base_addr: base }] of modules.entries()) {
    const place = `${BigInt(base)} ${filename}`;
    if (!places.has(place)) places.set(place, index);
  }
  return ({ module, offset, module_offset: within }) =>
    module === null || within === null
      ? null
      : (places.get(`${BigInt(offset) - BigInt(within)} ${module}`) ?? null);
}

function requestOf({ modules, mayday }: ProcessedMinidump, index: number): SymbolRequest | null {
  const module = modules[index];
  if (module === undefined) return null;
  const debugId = idOf(module.debug_id);
  const codeId = idOf(module.code_id);
  if (debugId === null && codeId === null) return null;
  return {
    debugFile: module.debug_file === '' ? null : module.debug_file,
    debugId,
    codeFile: mayday.modules[index]?.code_file ?? module.filename,
    codeId,
  };
}

/** Zeros stand for no id. */
function idOf(id: string): string | null {
  return /^0*$/.test(id) ? null : id;
}

function namedFrame(
  frame: FrameJson,
  moduleOf: ModuleOf,
  found: ReadonlyMap<number, ModuleSymbols>,
): FrameJson {
  if (frame.function !== null || frame.module_offset === null) return frame;
  const index = moduleOf(frame);
  const offset = Number(BigInt(frame.module_offset));
  const location = index === null ? null : (found.get(index)?.locate(offset) ?? null);
  return location === null ? frame : placed(frame, location, offset);
}

function placed(frame: FrameJson, location: SourceLocation, offset: number): FrameJson {
  const inlines = location.inlines.slice(0, MAX_INLINES);
  // As wide as other offsets of this dump.
  const width = (frame.module_offset ?? '').length - 2;
  return {
    ...frame,
    function: location.function,
    function_offset: `0x${(offset - location.functionOffset).toString(16).padStart(width, '0')}`,
    file: location.file,
    line: location.line,
    inlines:
      inlines.length === 0
        ? null
        : inlines.map((inline) => ({ function: inline.function, file: inline.file, line: inline.line })),
    missing_symbols: false,
  };
}

function withSymbols(module: ModuleJson, symbols: ModuleSymbols | undefined): ModuleJson {
  if (symbols === undefined) return module;
  return {
    ...module,
    missing_symbols: false,
    loaded_symbols: true,
    corrupt_symbols: symbols.facts.skippedLines > 0,
  };
}
