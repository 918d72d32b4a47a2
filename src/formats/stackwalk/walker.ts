// Walks the threads of one dump: frame after frame by the CPU's techniques, then names for the frames that are kept.
//
// One step: techniques in order; the first that gives a believable caller decides. Unwind information that is wrong gives way to the
// frame pointer, and that to scanning; only a technique that knows the bottom of a stack ends the walk by itself.
// Symbols load when a step first touches a module: where they come asynchronously, the step is repeated afterwards.
import type { InlinedCall, ModuleSymbols, SourceLocation } from '../symbols/module-symbols.ts';
import { CPUS } from './cpu/cpu-registry.ts';
import { ModuleSymbolTable } from './module-symbol-table.ts';
import { ModuleTable } from './module-table.ts';
import { isSignalTrampoline } from './signal-trampoline.ts';
import { isBottomFunction } from './stack-bottom.ts';
import { StackMemory } from './stack-memory.ts';
import type { Callee, Caller, Cpu, UnwindScope } from './technique.ts';
import { UnloadedModules } from './unloaded-modules.ts';
import {
  DEFAULT_WALK_LIMITS,
  type ModuleSymbolState,
  type RegisterValues,
  type StackWalker,
  type StackWalkerOptions,
  type ThreadState,
  type Walk,
  type WalkFrame,
  type WalkLimits,
  type WalkNote,
} from './walk.ts';

/** Addresses below are never code: a return address there ends a stack. */
const FIRST_PAGE = 4096n;

/** Handlers of one thread that interrupted each other, at most: more are a signal frame that leads to itself. */
const MAX_SIGNALS = 64;

/** A frame before it is named. */
type RawFrame = Callee & {
  readonly index: number;
  readonly resumeAddress: bigint;
  /** What the technique that found the caller knows this frame to be: with the frame, so that it goes with it. */
  calleeName?: string | undefined;
};

/** A walker for the threads of one dump; module symbols are shared between them. */
export function createStackWalker(options: StackWalkerOptions): StackWalker {
  return new DumpWalker(options);
}

class DumpWalker implements StackWalker {
  private readonly options: StackWalkerOptions;
  private readonly cpu: Cpu;
  private readonly limits: WalkLimits;
  private readonly modules: ModuleTable;
  private readonly unloaded: UnloadedModules;
  private readonly symbols: ModuleSymbolTable;
  /** Notes that symbol loading left since the current thread began. */
  private readonly symbolNotes = new Set<WalkNote>();
  private totalFrames = 0;
  private totalKept = 0;
  private totalInlines = 0;

  constructor(options: StackWalkerOptions) {
    this.options = options;
    this.cpu = CPUS[options.cpu];
    this.limits = { ...DEFAULT_WALK_LIMITS, ...options.limits };
    this.modules = new ModuleTable(options.modules);
    this.unloaded = new UnloadedModules(options.unloadedModules ?? []);
    this.symbols = new ModuleSymbolTable(
      options.modules,
      options.symbols,
      this.limits.maxModulesWithSymbols,
      this.symbolNotes,
    );
  }

  async walk(thread: ThreadState): Promise<Walk> {
    const notes = new Set<WalkNote>();
    const kept = this.keptFrames();
    const first = this.firstFrame(thread.registers);
    if (first === null) notes.add('no_context');
    else if (thread.stack === null) {
      notes.add('no_stack_memory');
      kept.add(first);
    } else {
      await this.unwind(first, this.scopeOf(thread.stack), kept, notes);
    }
    const frames: WalkFrame[] = [];
    for (const raw of kept.frames()) frames.push(await this.name(raw, notes));
    this.totalKept += frames.length;
    if (kept.isCurtailed && kept.omitted() !== null) notes.add('total_frame_limit');
    for (const note of this.symbolNotes) notes.add(note);
    this.symbolNotes.clear();
    return { frames, frameCount: kept.count, omitted: kept.omitted(), notes: [...notes] };
  }

  symbolStates(): readonly ModuleSymbolState[] {
    return this.options.modules.map((_, index) => this.symbols.state(index));
  }

  /** Room for the head and the tail of the next thread, as far as the earlier ones have left any. */
  private keptFrames(): KeptFrames {
    const { keepHead, keepTail, maxKeptFramesTotal } = this.limits;
    const room = maxKeptFramesTotal - this.totalKept;
    if (room >= keepHead + keepTail) return new KeptFrames(keepHead, keepTail);
    const tail = Math.max(0, Math.min(keepTail, Math.floor(room / 2)));
    return new KeptFrames(Math.max(1, Math.min(keepHead, room - tail)), tail, true);
  }

  private scopeOf(stack: NonNullable<ThreadState['stack']>): UnwindScope {
    const { cpu, modules, options } = this;
    return {
      cpu,
      os: options.os,
      memory: new StackMemory(stack, cpu.pointerBytes, options.regionAt ?? (() => null)),
      modules,
      mayBeCode: (address) => options.isExecutable?.(address) !== false,
      symbolsOf: (index) => this.symbols.get(index),
    };
  }

  private firstFrame(registers: RegisterValues): RawFrame | null {
    const pc = registers.get(this.cpu.pc);
    if (pc === undefined) return null;
    return {
      index: 0,
      registers,
      instruction: pc,
      resumeAddress: pc,
      trust: 'context',
      isExact: true,
      moduleIndex: this.modules.find(pc),
      grandCalleeParameterSize: null,
    };
  }

  private async unwind(
    first: RawFrame,
    scope: UnwindScope,
    kept: KeptFrames,
    notes: Set<WalkNote>,
  ): Promise<void> {
    const { limits, options } = this;
    let scanned = 0;
    let signals = 0;
    for (let frame: RawFrame | null = first; frame !== null;) {
      kept.add(frame);
      this.totalFrames++;
      if (options.isOver?.() === true) notes.add('deadline');
      else if (kept.count >= limits.maxFramesPerThread) notes.add('frame_limit');
      else if (this.totalFrames >= limits.maxFramesTotal) notes.add('total_frame_limit');
      if (notes.size > 0) return;

      let caller = this.step(frame, scope);
      while (this.symbols.pending !== null) {
        const { pending } = this.symbols;
        this.symbols.pending = null;
        await pending;
        caller = this.step(frame, scope);
      }
      if (caller?.trust === 'scan' && ++scanned > limits.maxScannedFramesPerThread) {
        notes.add('scan_limit');
        return;
      }
      if (caller?.interrupted === true && ++signals > MAX_SIGNALS) {
        notes.add('frame_limit');
        return;
      }
      frame.calleeName = caller?.calleeName;
      frame = caller === null ? null : await this.atSignal(this.callerFrame(frame, caller), scope);
    }
  }

  /** The caller of a frame, or null at the end of the stack. */
  private step(frame: RawFrame, scope: UnwindScope): Caller | null {
    if (this.isBottom(frame)) return null;
    for (const technique of [...this.cpu.techniques, this.cpu.scan]) {
      const found = technique(frame, scope);
      if (found === 'end') return null;
      if (found === null) continue;
      const pc = found.registers.get(this.cpu.pc) ?? 0n;
      // A handler may have a stack of its own, above or below that of the code that it interrupted.
      const advances = found.interrupted === true || this.cpu.advances(frame, found);
      if (pc >= FIRST_PAGE && scope.mayBeCode(pc) && advances) return found;
      // The last of a chain of frame records returns to zero. On the first frame the register may have held anything.
      if (pc < FIRST_PAGE && found.trust === 'frame_pointer' && frame.index > 0) return null;
    }
    return null;
  }

  /** True for a function that starts a process or a thread: whatever lies behind it is left over. */
  private isBottom(frame: RawFrame): boolean {
    if (frame.moduleIndex === null) return false;
    const offset = this.modules.offset(frame.moduleIndex, frame.instruction);
    const name = this.symbols.get(frame.moduleIndex)?.locate(offset)?.function;
    return name !== undefined && isBottomFunction(name, this.modules.get(frame.moduleIndex)?.name ?? '');
  }

  private callerFrame(frame: RawFrame, caller: Caller): RawFrame {
    const pc = caller.registers.get(this.cpu.pc) ?? 0n;
    const instruction = caller.interrupted === true ? pc : pc - this.cpu.callDistance;
    return {
      index: frame.index + 1,
      registers: caller.registers,
      instruction,
      resumeAddress: pc,
      trust: caller.trust,
      isExact: caller.interrupted === true,
      moduleIndex: this.modules.find(instruction),
      grandCalleeParameterSize: this.cpu.kind === 'x86' ? this.parameterSize(frame) : 0,
    };
  }

  /**
   * A trampoline of signal handlers was not called from the address before its own, which belongs to whatever stands before it: it is
   * looked up where it is.
   */
  private async atSignal(frame: RawFrame, scope: UnwindScope): Promise<RawFrame> {
    const { resumeAddress } = frame;
    if (frame.instruction === resumeAddress) return frame;
    let found = isSignalTrampoline(resumeAddress, scope);
    while (this.symbols.pending !== null) {
      const { pending } = this.symbols;
      this.symbols.pending = null;
      await pending;
      found = isSignalTrampoline(resumeAddress, scope);
    }
    return found
      ? { ...frame, instruction: resumeAddress, moduleIndex: this.modules.find(resumeAddress) }
      : frame;
  }

  /** Bytes of arguments that a frame takes: unwinding its caller's caller needs them (STACK WIN). */
  private parameterSize(frame: RawFrame): number {
    if (frame.moduleIndex === null) return 0;
    const symbols = this.symbols.get(frame.moduleIndex);
    if (symbols === null) return 0;
    const offset = this.modules.offset(frame.moduleIndex, frame.instruction);
    const win = symbols.winFrameDataAt(offset) ?? symbols.winFpoAt(offset);
    return win?.parameterSize ?? symbols.locate(offset)?.parameterSize ?? 0;
  }

  private async name(raw: RawFrame, notes: Set<WalkNote>): Promise<WalkFrame> {
    const known = raw.calleeName;
    // A trampoline that only its frame proved is where it is, like those that were known before.
    const instruction = known === undefined ? raw.instruction : raw.resumeAddress;
    const moduleIndex = known === undefined ? raw.moduleIndex : this.modules.find(instruction);
    let symbols: ModuleSymbols | null = null;
    if (moduleIndex !== null) {
      symbols = this.symbols.get(moduleIndex);
      while (this.symbols.pending !== null) {
        const { pending } = this.symbols;
        this.symbols.pending = null;
        await pending;
        symbols = this.symbols.get(moduleIndex);
      }
    }
    const location =
      moduleIndex === null || known !== undefined
        ? null
        : (symbols?.locate(this.modules.offset(moduleIndex, instruction)) ?? null);
    const base = moduleIndex === null ? 0n : (this.modules.get(moduleIndex)?.base ?? 0n);
    return {
      index: raw.index,
      trust: raw.trust,
      instruction,
      resumeAddress: raw.resumeAddress,
      moduleIndex,
      function: known ?? location?.function ?? null,
      functionBase: location === null ? null : base + BigInt(location.functionOffset),
      file: location?.file ?? null,
      line: location?.line ?? null,
      inlines: this.inlinesOf(location, notes),
      registers: raw.registers,
      unloadedModules: moduleIndex === null ? this.unloaded.find(instruction) : [],
    };
  }

  private inlinesOf(location: SourceLocation | null, notes: Set<WalkNote>): readonly InlinedCall[] {
    const inlines = location?.inlines ?? [];
    const allowed = Math.min(this.limits.maxInlinesPerFrame, this.limits.maxInlinesTotal - this.totalInlines);
    this.totalInlines += Math.min(inlines.length, allowed);
    if (inlines.length <= allowed) return inlines;
    notes.add('inline_limit');
    return inlines.slice(0, allowed);
  }
}

/** The head and the tail of a stack of any length. */
class KeptFrames {
  count = 0;
  /** Keeps less than the limits of one thread allow. */
  readonly isCurtailed: boolean;
  private readonly keepHead: number;
  private readonly keepTail: number;
  private readonly head: RawFrame[] = [];
  /** A ring: the frame with index i is at (i − head) mod keepTail. */
  private readonly tail: RawFrame[] = [];

  constructor(keepHead: number, keepTail: number, isCurtailed = false) {
    this.isCurtailed = isCurtailed;
    this.keepHead = keepHead;
    this.keepTail = keepTail;
  }

  add(frame: RawFrame): void {
    if (this.count < this.keepHead) this.head.push(frame);
    else if (this.keepTail > 0) this.tail[(this.count - this.keepHead) % this.keepTail] = frame;
    this.count++;
  }

  frames(): RawFrame[] {
    return [...this.head, ...this.tail.toSorted((a, b) => a.index - b.index)];
  }

  omitted(): Walk['omitted'] {
    const count = this.count - this.head.length - this.tail.length;
    return count > 0 ? { from: this.head.length, count } : null;
  }
}
