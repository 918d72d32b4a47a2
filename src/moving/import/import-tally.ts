// What became of everything that an import looked at, counted by kind; refused ones by code, with the first of each as examples.

import type { RefusalCode } from '../../base/refusal.ts';
import type { SymbolRefusal } from '../../process/symbols/symbols-refused.ts';
import type { ImportRefusal } from './import-refusals.ts';

type RefusedAs = ImportRefusal | RefusalCode | SymbolRefusal;

/** `taken`: it is new here. `present`: it was here already. */
export type Fate =
  | { readonly is: 'taken' | 'present' }
  | { readonly is: 'refused'; readonly code: string; readonly why: string };

export const TAKEN: Fate = { is: 'taken' };
export const PRESENT: Fate = { is: 'present' };

/** `code` is of this table or of that of submit or symbol uploads. */
export function refused(code: RefusedAs, why: string): Fate {
  return { is: 'refused', code, why };
}

const MAX_EXAMPLES = 5;
const MAX_WHY = 300;

export interface KindTally {
  readonly taken: number;
  readonly present: number;
  readonly refused: number;
}

export interface ImportSummary {
  readonly kinds: Readonly<Record<string, KindTally>>;
  readonly refusals: readonly {
    readonly code: string;
    readonly count: number;
    readonly examples: readonly string[];
  }[];
}

export class ImportTally {
  readonly #kinds = new Map<string, { taken: number; present: number; refused: number }>();
  readonly #refusals = new Map<string, { count: number; examples: string[] }>();

  /** `name` is what an example is called: a path, an id. */
  add(kind: string, name: string, fate: Fate): void {
    const counts = this.#kinds.get(kind) ?? { taken: 0, present: 0, refused: 0 };
    this.#kinds.set(kind, counts);
    counts[fate.is] += 1;
    if (fate.is !== 'refused') return;
    const refusal = this.#refusals.get(fate.code) ?? { count: 0, examples: [] };
    this.#refusals.set(fate.code, refusal);
    refusal.count += 1;
    if (refusal.examples.length < MAX_EXAMPLES)
      refusal.examples.push(clean(fate.why === '' ? name : `${name}: ${fate.why}`));
  }

  /** How many were looked at. */
  get seen(): number {
    let sum = 0;
    for (const { taken, present, refused: not } of this.#kinds.values()) sum += taken + present + not;
    return sum;
  }

  summary(): ImportSummary {
    return {
      kinds: Object.fromEntries(this.#kinds),
      refusals: [...this.#refusals]
        .map(([code, { count, examples }]) => ({ code, count, examples }))
        .sort((a, b) => b.count - a.count),
    };
  }
}

/** Text of a source as a terminal can show it. */
function clean(text: string): string {
  const shown = text.replaceAll(/\p{Cc}/gu, ' ');
  return shown.length > MAX_WHY ? `${shown.slice(0, MAX_WHY)}…` : shown;
}
