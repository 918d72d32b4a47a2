// The contract of a head of native text: a line that says what happened. The heads are data in native-heads.ts.
import type { TraceFate } from '../trace/trace-language.ts';

/** What a head says. */
export interface HeadWords {
  /** The error class: `heap-use-after-free`, `SIGSEGV`, `assertion failed`. */
  readonly kind: string;
  readonly message?: string;
  /** The address whose access failed. */
  readonly address?: string | undefined;
  /** Where the program itself says that it was. */
  readonly function?: string | undefined;
  readonly file?: string | undefined;
  readonly line?: string | undefined;
  readonly data?: readonly (readonly [name: string, value: string])[];
}

/** One form of a head. */
export interface NativeHead {
  /** What a line must contain; a cheap look before the pattern. */
  readonly word: string;
  /** The character that the line begins with, where the word alone stands in too many lines. */
  readonly begins?: string;
  readonly pattern: RegExp;
  readonly read: (match: RegExpExecArray) => HeadWords | null;
  readonly fate: TraceFate;
  /**
   * How much it says of the cause: words of the program itself (an assertion, an exception) before the finding of a tool,
   * before the signal that both end in.
   */
  readonly rank: 3 | 2 | 1;
  /** `c++`: the program's own words; `native`: a tool that looks from outside. */
  readonly format?: 'c++' | 'native';
}
