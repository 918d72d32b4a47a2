// The symbols of a dump's modules, loaded when they are first asked for.
import type { ModuleSymbols, SymbolFileFacts } from '../symbols/module-symbols.ts';
import { SymbolBudgetError, type SymbolProvider } from '../symbols/symbol-provider.ts';
import type { ModuleSymbolState, WalkModule, WalkNote } from './walk.ts';

/** Ids that say nothing: symbols must never match them. */
const NIL_ID = /^0*$/;

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
    } catch (error) {
      return this.refused(index, error);
    }
    if (!(answer instanceof Promise)) return this.settle(index, answer, 'missing');
    const settled = answer.then(
      (symbols) => void this.settle(index, symbols, 'missing'),
      (error: unknown) => void this.refused(index, error),
    );
    this.waiting.set(index, settled);
    this.pending = settled;
    return null;
  }

  private refused(index: number, error: unknown): null {
    const isOver = error instanceof SymbolBudgetError;
    this.notes.add(isOver ? 'symbol_budget_limit' : 'symbol_provider_failed');
    this.settle(index, null, isOver ? 'over_limit' : 'failed');
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
            isPartial: isPartial(symbols.facts),
          },
    );
    return symbols;
  }
}

/** Made from some of the debug files of a build: another one would bring lines, or unwind rows. Texts are what their maker chose. */
function isPartial({ madeFrom, lines, cfiRanges, winRanges }: SymbolFileFacts): boolean {
  return madeFrom.length > 0 && (lines === 0 || cfiRanges + winRanges === 0);
}
