// Which module covers an address, and the symbols of each, loaded when they are first asked for.
import type { ModuleSymbols } from '../symbols/module-symbols.ts';
import type { SymbolProvider } from '../symbols/symbol-provider.ts';
import type {
  ModuleSymbolState,
  UnloadedModuleHit,
  WalkModule,
  WalkNote,
  WalkUnloadedModule,
} from './walk.ts';

/** Ids that say nothing: symbols must never match them. */
const NIL_ID = /^0*$/;

/** A module in lookup order. */
type Range = { readonly start: bigint; readonly end: bigint; readonly index: number };

/** The modules of a dump, by address. */
export class ModuleTable {
  /** The lowest and highest address in any module, rounded outwards: a sieve for words that cannot be code. */
  readonly lowest: number;
  readonly highest: number;
  /** End of the highest module. */
  readonly highestEnd: bigint;
  /** How many bits an address in any module needs. */
  readonly addressBits: number;
  private readonly modules: readonly WalkModule[];
  private readonly ranges: readonly Range[];

  constructor(modules: readonly WalkModule[]) {
    this.modules = modules;
    const sorted = modules
      .map((module, index) => ({ start: module.base, end: module.base + module.size, index }))
      .filter((range) => range.end > range.start && range.end <= 1n << 64n)
      .sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : a.index - b.index));
    // A module that starts inside the one before it is a lie or a leftover: the first stays.
    const ranges: Range[] = [];
    for (const range of sorted) {
      if (range.start >= (ranges.at(-1)?.end ?? 0n)) ranges.push(range);
    }
    this.ranges = ranges;
    this.lowest = Number(ranges[0]?.start ?? 0n);
    this.highestEnd = ranges.at(-1)?.end ?? 0n;
    this.addressBits = this.highestEnd === 0n ? 0 : (this.highestEnd - 1n).toString(2).length;
    this.highest = ranges.length === 0 ? -1 : Number(this.highestEnd);
  }

  /** Index of the module that covers `address`, or null. */
  find(address: bigint): number | null {
    let low = 0;
    let high = this.ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const range = this.ranges[middle];
      if (range !== undefined && range.start <= address) low = middle + 1;
      else high = middle;
    }
    const range = this.ranges[low - 1];
    return range !== undefined && address < range.end ? range.index : null;
  }

  get(index: number): WalkModule | undefined {
    return this.modules[index];
  }

  /** `address` relative to the module; exact, because no module is larger than 2^53. */
  offset(index: number, address: bigint): number {
    return Number(address - (this.modules[index]?.base ?? 0n));
  }
}

/** Unloaded modules that cover `address`: each name with the offsets it may mean, ascending. */
export function findUnloaded(modules: readonly WalkUnloadedModule[], address: bigint): UnloadedModuleHit[] {
  const hits = new Map<string, Set<bigint>>();
  for (const module of modules) {
    if (address < module.base || address >= module.base + module.size) continue;
    const offsets = hits.get(module.name) ?? new Set();
    offsets.add(address - module.base);
    hits.set(module.name, offsets);
  }
  return [...hits].map(([name, offsets]) => ({
    name,
    offsets: [...offsets].sort((a, b) => (a < b ? -1 : 1)),
  }));
}

/**
 * Symbols by module. States of one module: not asked → (pending →) loaded | missing | failed | over the limit.
 * Unwinding is synchronous: asking for symbols that are still on their way gives null and leaves a promise in
 * `pending`; whoever drives the unwinding waits for it and repeats the step.
 */
export class ModuleSymbolTable {
  /** Symbols that the last step lacked. */
  pending: Promise<void> | null = null;
  private readonly modules: readonly WalkModule[];
  private readonly provider: SymbolProvider | undefined;
  private readonly maxModules: number;
  private readonly notes: Set<WalkNote>;
  private readonly loaded = new Map<number, ModuleSymbols | null>();
  private readonly waiting = new Map<number, Promise<void>>();
  private readonly states = new Map<number, ModuleSymbolState>();
  private asked = 0;

  constructor(
    modules: readonly WalkModule[],
    provider: SymbolProvider | undefined,
    maxModules: number,
    notes: Set<WalkNote>,
  ) {
    this.modules = modules;
    this.provider = provider;
    this.maxModules = maxModules;
    this.notes = notes;
  }

  /** Symbols of a module, or null: none, or `pending`. */
  get(index: number): ModuleSymbols | null {
    const known = this.loaded.get(index);
    return known === undefined ? this.load(index) : known;
  }

  state(index: number): ModuleSymbolState {
    return this.states.get(index) ?? { state: 'not_asked' };
  }

  private load(index: number): ModuleSymbols | null {
    const waiting = this.waiting.get(index);
    if (waiting !== undefined) {
      this.pending = waiting;
      return null;
    }
    const module = this.modules[index];
    if (module === undefined || this.provider === undefined) return this.settle(index, null, 'missing');
    const debugId = module.debugId === null || NIL_ID.test(module.debugId) ? null : module.debugId;
    const codeId = module.codeId === null || NIL_ID.test(module.codeId) ? null : module.codeId;
    if (debugId === null && codeId === null) return this.settle(index, null, 'missing');
    if (this.asked >= this.maxModules) {
      this.notes.add('symbol_module_limit');
      return this.settle(index, null, 'over_limit');
    }
    this.asked++;
    let answer: ReturnType<SymbolProvider['load']>;
    try {
      answer = this.provider.load({
        debugFile: module.debugFile,
        debugId,
        codeFile: module.codeFile,
        codeId,
      });
    } catch {
      this.notes.add('symbol_provider_failed');
      return this.settle(index, null, 'failed');
    }
    if (!(answer instanceof Promise)) return this.settle(index, answer, 'missing');
    const settled = answer.then(
      (symbols) => void this.settle(index, symbols, 'missing'),
      () => {
        this.notes.add('symbol_provider_failed');
        this.settle(index, null, 'failed');
      },
    );
    this.waiting.set(index, settled);
    this.pending = settled;
    return null;
  }

  private settle(
    index: number,
    symbols: ModuleSymbols | null,
    absent: 'missing' | 'failed' | 'over_limit',
  ): ModuleSymbols | null {
    this.waiting.delete(index);
    this.loaded.set(index, symbols);
    this.states.set(
      index,
      symbols === null
        ? { state: absent }
        : {
            state: 'loaded',
            corrupt: symbols.facts.skippedLines > 0,
            skippedLines: symbols.facts.skippedLines,
            hasCfi: symbols.facts.cfiRanges + symbols.facts.winRanges > 0,
          },
    );
    return symbols;
  }
}
