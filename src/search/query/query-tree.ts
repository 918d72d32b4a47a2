// A search as a tree: what the parser makes, the engine evaluates and `printQuery` writes down again.

/** What a value must be. Operands stay text until the engine knows what the key holds: a number, a time, a version or words. */
export type Condition =
  | { readonly op: 'equals' | 'contains' | 'starts' | 'ends'; readonly text: string }
  /** With `*` for any characters. */
  | { readonly op: 'like'; readonly text: string }
  | { readonly op: 'regex'; readonly text: string }
  | { readonly op: '<' | '<=' | '>' | '>='; readonly text: string }
  /** Both ends are inside; an empty one is open. */
  | { readonly op: 'between'; readonly from: string; readonly to: string };

/** A key and conditions of which one must hold. `at`: where it stands in the text, in characters from 0. */
export interface Clause {
  readonly is: 'clause';
  readonly key: string;
  readonly conditions: readonly Condition[];
  readonly at: number;
}

/** A word without a key: looked for in titles, signatures, frames and messages, or a crash id or `#bug`. */
export interface Word {
  readonly is: 'word';
  readonly text: string;
  readonly at: number;
}

export type Query =
  | Clause
  | Word
  | { readonly is: 'not'; readonly of: Query }
  | { readonly is: 'and' | 'or'; readonly of: readonly Query[] };

/** The search that everything matches. */
export const EVERYTHING: Query = { is: 'and', of: [] };
