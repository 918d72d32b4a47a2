// The glue between a parsed dump and the stack walker: which registers and which stack memory each thread starts with.
import type { SymbolProvider } from '../symbols/symbol-provider.ts';
import type {
  CpuKind as WalkCpu,
  MemoryRegion as WalkRegion,
  ModuleSymbolState,
  StackWalkerOptions,
  Walk,
  WalkLimits,
  WalkOs,
} from '../stackwalk/walk.ts';
import { createStackWalker } from '../stackwalk/walker.ts';
import type { CpuContext } from '../minidump/cpu-context.ts';
import { type Minidump, contextOf } from '../minidump/minidump.ts';
import type { OsKind } from '../minidump/streams/system-info.ts';
import type { MinidumpThread } from '../minidump/streams/threads.ts';
import { type CrashMemory, memoryMappings } from './crash-memory.ts';
import { FrameRenderer } from './frame-renderer.ts';
import { baseName, shortName } from './module-names.ts';
import type { FrameJson } from './processed-minidump.ts';

/** What a walk may use and how long it may go on. */
export interface WalkOptions {
  readonly symbols?: SymbolProvider;
  readonly walkLimits?: Partial<WalkLimits>;
  /** Asked once for each frame; true ends all walking. */
  readonly isOver?: () => boolean;
}

/** One thread of the dump, walked. */
export interface WalkedThread {
  readonly thread: MinidumpThread;
  readonly state: 'walked' | 'skipped' | 'no_context';
  readonly context: CpuContext | null;
  /** Rendered at once: the registers of every frame of a hostile dump would fill the memory. */
  readonly frames: readonly FrameJson[];
  /** What the walk left out; null where there was nothing to walk. */
  readonly walk: Omit<Walk, 'frames'> | null;
}

/** All threads of a dump. */
export interface ThreadWalks {
  readonly threads: readonly WalkedThread[];
  /** Index of the thread that crashed or asked for the dump. */
  readonly crashingThread: number | null;
  /** In the order of the dump's modules; null where no walker runs on this processor. */
  readonly symbolStates: readonly ModuleSymbolState[] | null;
}

/** Walks every thread except the one that wrote the dump. */
export async function walkThreads(
  dump: Minidump,
  memory: CrashMemory,
  options: WalkOptions,
): Promise<ThreadWalks> {
  const cpu = walkCpu(dump);
  const walker = cpu === null ? null : createStackWalker(walkerOptions(dump, memory, cpu, options));
  const renderer = new FrameRenderer(dump);
  const all = dump.threads ?? [];
  const crashing = crashingIndex(dump);
  const walkOne = async (thread: MinidumpThread, isCrashing: boolean): Promise<WalkedThread> => {
    if (dump.breakpadInfo?.dumpThreadId === thread.id)
      return { thread, state: 'skipped', context: null, frames: [], walk: null };
    const own = contextOf(dump, thread.context);
    // The thread list of a crash holds the handler's registers; the exception holds those of the crash itself.
    const context = isCrashing ? (contextOf(dump, dump.exception?.context ?? null) ?? own) : own;
    if (context === null) return { thread, state: 'no_context', context, frames: [], walk: null };
    if (walker === null) {
      // Processors that nobody unwinds still show where the thread was.
      const frames = [renderer.contextOnly(context.instructionPointer)];
      return { thread, state: 'walked', context, frames, walk: null };
    }
    const stack = stackOf(thread, context, memory);
    const { frames, ...walk } = await walker.walk({ registers: context.registers, stack });
    return { thread, state: 'walked', context, frames: frames.map((frame) => renderer.render(frame)), walk };
  };
  // First of all: the budgets of a dump must not be used up before the walk that everybody wants to see.
  const first = crashing === null ? undefined : all[crashing];
  const crashed = first === undefined ? null : await walkOne(first, true);
  const threads: WalkedThread[] = [];
  for (const [index, thread] of all.entries()) {
    threads.push(index === crashing && crashed !== null ? crashed : await walkOne(thread, false));
  }
  const isShown = crashed !== null && crashed.state !== 'skipped';
  return {
    threads,
    crashingThread: isShown ? crashing : null,
    symbolStates: walker?.symbolStates() ?? null,
  };
}

/** The thread that crashed or asked for the dump. */
function crashingIndex({ threads, exception, breakpadInfo }: Minidump): number | null {
  const id = exception?.threadId ?? breakpadInfo?.requestingThreadId ?? null;
  const index = id === null ? -1 : (threads ?? []).findLastIndex((thread) => thread.id === id);
  return index === -1 ? null : index;
}

/**
 * The memory that a thread's stack pointer points into: its own stack as the thread list gives it, unless the stack
 * pointer is elsewhere (a signal stack, a fiber) and the dump has that memory; or the thread list has none.
 */
function stackOf(thread: MinidumpThread, context: CpuContext, memory: CrashMemory): WalkRegion | null {
  const own = thread.stack === null ? null : { start: thread.stackBase, bytes: thread.stack };
  const pointer = context.stackPointer;
  if (own !== null && pointer >= own.start && pointer < own.start + BigInt(own.bytes.length)) return own;
  const around = memory.regionAt(pointer) ?? (own === null ? memory.regionAt(thread.stackBase) : null);
  return around === null ? own : { start: around.base, bytes: around.bytes };
}

function walkerOptions(
  dump: Minidump,
  memory: CrashMemory,
  cpu: WalkCpu,
  options: WalkOptions,
): StackWalkerOptions {
  return {
    cpu,
    os: walkOs(dump.systemInfo?.os ?? 'unknown'),
    modules: dump.modules.map((module) => ({
      base: module.base,
      size: module.size,
      name: baseName(module.codeFile),
      // MinGW programs have no CodeView record; their symbols are filed under the name of the code file.
      debugFile: baseName(module.debugFile === '' ? module.codeFile : module.debugFile),
      debugId: module.debugId,
      codeFile: baseName(module.codeFile),
      codeId: module.codeId,
    })),
    unloadedModules: dump.unloadedModules.map(({ base, size, codeFile }) => ({
      base,
      size,
      name: shortName(codeFile),
    })),
    regionAt: (address) => {
      const region = memory.regionAt(address);
      return region === null ? null : { start: region.base, bytes: region.bytes };
    },
    isExecutable: executability(dump),
    ...(options.symbols === undefined ? {} : { symbols: options.symbols }),
    ...(options.walkLimits === undefined ? {} : { limits: options.walkLimits }),
    ...(options.isOver === undefined ? {} : { isOver: options.isOver }),
  };
}

/**
 * What the dump's mappings say about an address. Those of an emulated program (QEMU) are the emulator's, in which no code of the program
 * is executable: they say nothing.
 */
function executability(dump: Minidump): (address: bigint) => boolean | null {
  const mappings = memoryMappings(dump);
  const [program] = dump.modules;
  const isOfProgram =
    program !== undefined &&
    mappings
      .byAddress()
      .some(
        ({ base, size, executable }) =>
          executable && base < program.base + program.size && base + size > program.base,
      );
  return (address) => (isOfProgram ? (mappings.at(address)?.executable ?? null) : null);
}

function walkCpu(dump: Minidump): WalkCpu | null {
  const cpu = dump.systemInfo?.cpu;
  switch (cpu) {
    case 'x86':
    case 'amd64':
    case 'arm':
    case 'arm64':
    case 'mips':
    case 'mips64':
      return cpu;
    default:
      return null;
  }
}

function walkOs(os: OsKind): WalkOs {
  switch (os) {
    case 'windows':
    case 'macos':
    case 'ios':
    case 'linux':
    case 'android':
      return os;
    default:
      return 'other';
  }
}
