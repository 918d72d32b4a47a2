// The seam between a dump and the stack walker: what a walk needs, and what it gives. `createStackWalker` (walker.ts)
// implements it; minidump processing fills the input and renders the output.
import type { ByteReader } from '../../base/byte-reader.ts';
import type { InlinedCall } from '../symbols/module-symbols.ts';
import type { SymbolProvider } from '../symbols/symbol-provider.ts';

/** Instruction sets that can be unwound. Register names are those of `cpu/<kind>.ts`. */
export type CpuKind = 'x86' | 'amd64' | 'arm' | 'arm64' | 'mips' | 'mips64';

/** Systems whose conventions change a walk. */
export type WalkOs = 'windows' | 'macos' | 'ios' | 'linux' | 'android' | 'other';

/** How a frame was found, best first; the same words as in the JSON output. */
export type Trust = 'context' | 'cfi' | 'cfi_scan' | 'frame_pointer' | 'leaf' | 'scan';

/** Valid registers by lower-case name (`rip`, `esp`, `x0`, `lr`, `pc`, …); an unknown register is absent. */
export type RegisterValues = ReadonlyMap<string, bigint>;

/** Captured bytes of the crashed process, in its byte order. */
export type MemoryRegion = {
  readonly start: bigint;
  readonly bytes: ByteReader;
};

/** A module that was loaded when the process died. */
export type WalkModule = {
  readonly base: bigint;
  readonly size: bigint;
  readonly name: string;
  readonly debugFile: string | null;
  readonly debugId: string | null;
  readonly codeFile: string | null;
  readonly codeId: string | null;
};

/** A module that had been unloaded before. */
export type WalkUnloadedModule = {
  readonly base: bigint;
  readonly size: bigint;
  readonly name: string;
};

/** Bounds of one dump's walks. */
export type WalkLimits = {
  /** Frames walked in one thread, at most. */
  readonly maxFramesPerThread: number;
  /** Frames walked over all threads of one walker, at most. */
  readonly maxFramesTotal: number;
  /** Frames found by scanning in one thread, at most. */
  readonly maxScannedFramesPerThread: number;
  /** Frames kept at the top and at the bottom of a thread that has more. */
  readonly keepHead: number;
  readonly keepTail: number;
  /** Frames kept over all threads; a thread that comes after them keeps its frame 0. */
  readonly maxKeptFramesTotal: number;
  /** Inlined calls kept for one frame and over all threads. */
  readonly maxInlinesPerFrame: number;
  readonly maxInlinesTotal: number;
  /** Modules whose symbols are asked for. */
  readonly maxModulesWithSymbols: number;
};

/** The limits of MINIDUMP processing unless told otherwise. */
export const DEFAULT_WALK_LIMITS: WalkLimits = {
  // A stack of 8 MB, as systems give a main thread, has room for as many frames of 40 bytes.
  maxFramesPerThread: 200_000,
  maxFramesTotal: 400_000,
  maxScannedFramesPerThread: 1024,
  keepHead: 250,
  keepTail: 250,
  maxKeptFramesTotal: 20_000,
  maxInlinesPerFrame: 256,
  maxInlinesTotal: 50_000,
  maxModulesWithSymbols: 64,
};

/** What all threads of a dump have in common. */
export type StackWalkerOptions = {
  readonly cpu: CpuKind;
  readonly os: WalkOs;
  /** In the order of the dump; one that lies inside another is found there, one that only starts inside another is not. */
  readonly modules: readonly WalkModule[];
  readonly unloadedModules?: readonly WalkUnloadedModule[];
  readonly symbols?: SymbolProvider;
  /** Memory outside the thread's own stack: the region that holds `address`, or null. */
  readonly regionAt?: (address: bigint) => MemoryRegion | null;
  /** Whether memory at `address` could be executed, as the dump's list of mappings says; null: it says nothing. */
  readonly isExecutable?: (address: bigint) => boolean | null;
  readonly limits?: Partial<WalkLimits>;
  /** Asked once for each frame; true stops all walking (a deadline). */
  readonly isOver?: () => boolean;
};

/** One thread to walk. */
export type ThreadState = {
  readonly registers: RegisterValues;
  /** The memory that holds the stack pointer; null gives frame 0 alone. */
  readonly stack: MemoryRegion | null;
};

/** An unloaded module that once covered a frame's address, with the frame's offsets in it (ascending, 64 at most). */
export type UnloadedModuleHit = {
  readonly name: string;
  readonly offsets: readonly bigint[];
};

/** One physical frame. */
export type WalkFrame = {
  /** Position in the whole stack, also when frames in the middle were left out. */
  readonly index: number;
  readonly trust: Trust;
  /** The address to name: the pc on frame 0, an address inside the call instruction above it. */
  readonly instruction: bigint;
  /** The pc itself: where execution would go on. */
  readonly resumeAddress: bigint;
  /** Index into `StackWalkerOptions.modules`, or null. */
  readonly moduleIndex: number | null;
  readonly function: string | null;
  readonly functionBase: bigint | null;
  readonly file: string | null;
  readonly line: number | null;
  /** Innermost first. */
  readonly inlines: readonly InlinedCall[];
  readonly registers: RegisterValues;
  /** Only where no loaded module covers the frame. */
  readonly unloadedModules: readonly UnloadedModuleHit[];
};

/** Why a stack is not all that it could be. */
export type WalkNote =
  | 'no_context' // the program counter is unknown
  | 'no_stack_memory' // nothing to unwind with
  | 'frame_limit' // the thread has (or pretends to have) more frames than are walked
  | 'total_frame_limit'
  | 'scan_limit'
  | 'inline_limit'
  | 'symbol_module_limit'
  | 'symbol_budget_limit' // the provider gave no more
  | 'symbol_provider_failed'
  | 'deadline';

/** A walked thread. */
export type Walk = {
  /** Head and tail; where `omitted` is set, frames are missing between them. */
  readonly frames: readonly WalkFrame[];
  /** How many frames were walked, kept or not. */
  readonly frameCount: number;
  readonly omitted: { readonly from: number; readonly count: number } | null;
  readonly notes: readonly WalkNote[];
};

/** What became of the symbols of one module. */
export type ModuleSymbolState =
  | { readonly state: 'not_asked' | 'missing' | 'failed' | 'over_limit' }
  | {
      readonly state: 'loaded';
      readonly corrupt: boolean;
      readonly skippedLines: number;
      readonly hasCfi: boolean;
      /** Some debug files of the build are there, and another one would bring lines or unwind rows. */
      readonly isPartial: boolean;
    };

/** Walks the threads of one dump. */
export interface StackWalker {
  /** Never throws on bad input and never rejects; what went wrong is in `notes`. */
  walk(thread: ThreadState): Promise<Walk>;
  /** One state for each module, in the order of `StackWalkerOptions.modules`. */
  symbolStates(): readonly ModuleSymbolState[];
}
