// Real dumps for the walker: parsed by formats/minidump, walked thread by thread, symbols from a tree of .sym files.
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { contextOf, type Minidump, parseMinidump } from '../../../src/formats/minidump/minidump.ts';
import type { MinidumpThread } from '../../../src/formats/minidump/streams/threads.ts';
import { createStackWalker } from '../../../src/formats/stackwalk/walker.ts';
import type {
  CpuKind,
  MemoryRegion,
  StackWalker,
  ThreadState,
  Walk,
  WalkOs,
} from '../../../src/formats/stackwalk/walk.ts';
import { MemorySymbols } from '../../../src/formats/symbols/memory-symbols.ts';
import type { SymbolProvider } from '../../../src/formats/symbols/symbol-provider.ts';

/** All symbol files of trees laid out as `<file>/<id>/<file>.sym`. */
export function symbolTree(...roots: readonly string[]): MemorySymbols {
  const symbols = new MemorySymbols();
  for (const file of roots.flatMap((root) => globSync(`${root}/**/*.sym`))) {
    const [debugFile = '', debugId = ''] = file.split(path.sep).slice(-3);
    symbols.add(readFileSync(file), { debugFile, debugId });
  }
  return symbols;
}

const OPERATING_SYSTEMS: ReadonlySet<string> = new Set(['windows', 'macos', 'ios', 'linux', 'android']);
const CPUS: ReadonlySet<string> = new Set(['x86', 'amd64', 'arm', 'arm64', 'mips', 'mips64']);

/** A dump that is ready to be walked. */
export type DumpScene = {
  readonly dump: Minidump;
  readonly threads: readonly (ThreadState & { readonly id: number })[];
  readonly walker: (symbols?: SymbolProvider) => StackWalker;
};

/** Null for a dump that has no threads, or of a CPU that cannot be unwound. */
export function dumpScene(bytes: Uint8Array): DumpScene | null {
  const parsed = parseMinidump(bytes);
  if (!parsed.ok) return null;
  const { dump } = parsed;
  const regions = dump.memory.map(({ base, bytes: content }): MemoryRegion => ({
    start: base,
    bytes: content,
  }));
  const regionAt = (address: bigint): MemoryRegion | null =>
    regions.find(
      ({ start, bytes: content }) => address >= start && address < start + BigInt(content.length),
    ) ?? null;
  const contexts = (dump.threads ?? []).map((thread) => ({ thread, context: crashContext(dump, thread) }));
  const cpu = contexts.find(({ context }) => context !== null)?.context?.cpu;
  const os = dump.systemInfo?.os ?? 'other';
  if (cpu === undefined || !CPUS.has(cpu)) return null;
  return {
    dump,
    threads: contexts.map(({ thread, context }) => ({
      id: thread.id,
      registers: context?.registers ?? new Map(),
      stack: stackOf(thread, context?.stackPointer ?? 0n, regionAt),
    })),
    walker: (symbols) =>
      createStackWalker({
        cpu: cpu as CpuKind,
        os: OPERATING_SYSTEMS.has(os) ? (os as WalkOs) : 'other',
        modules: dump.modules.map((module) => Object.assign({ name: module.codeFile }, module)),
        unloadedModules: dump.unloadedModules.map((module) =>
          Object.assign({ name: module.codeFile }, module),
        ),
        regionAt,
        ...(symbols === undefined ? {} : { symbols }),
      }),
  };
}

/** Walks all threads. */
export async function walkAll(scene: DumpScene, symbols?: SymbolProvider): Promise<Walk[]> {
  const walker = scene.walker(symbols);
  const walks: Walk[] = [];
  for (const thread of scene.threads) walks.push(await walker.walk(thread));
  return walks;
}

/** The crashed thread's registers are those of the exception: the thread's own are from the handler. */
function crashContext(dump: Minidump, thread: MinidumpThread): ReturnType<typeof contextOf> {
  const { exception } = dump;
  const crashed = exception?.threadId === thread.id ? contextOf(dump, exception.context) : null;
  return crashed ?? contextOf(dump, thread.context);
}

function stackOf(
  thread: MinidumpThread,
  stackPointer: bigint,
  regionAt: (address: bigint) => MemoryRegion | null,
): MemoryRegion | null {
  const { stack, stackBase } = thread;
  const own = stack === null ? null : { start: stackBase, bytes: stack };
  const holdsPointer =
    own !== null && stackPointer >= stackBase && stackPointer < stackBase + BigInt(own.bytes.length);
  return holdsPointer ? own : (regionAt(stackPointer) ?? own);
}
