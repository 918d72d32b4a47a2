// What grouping looks at, whatever way a crash came: exceptions root cause first, frames innermost first.

/** One call. Parsed traces, client payloads and walked stacks all have these. */
export interface GroupingFrame {
  readonly function: string | null;
  readonly class: string | null;
  readonly package: string | null;
  readonly module: string | null;
  readonly file: string | null;
  readonly line: number | null;
  readonly column: number | null;
  /** Own code or not, as whoever read or sent the frame has it; null where nothing told. */
  readonly inApp: boolean | null;
}

/** One exception of a chain. */
export interface GroupingException {
  readonly kind: string;
  readonly message: string;
  readonly frames: readonly GroupingFrame[];
  /** Members of a group of exceptions. */
  readonly attached?: readonly GroupingException[];
}

/** A crash with its stacks. */
export interface StackedCrash {
  /** As formats and clients name it: `java`, `python`, `c++`, … */
  readonly language: string;
  readonly exceptions: readonly GroupingException[];
  /** True where `inApp` is the word of the program that sent the crash, and not what a reader made of a path. */
  readonly isClaimedByClient: boolean;
  /** True where a protocol says that messages count only for crashes without any frame. */
  readonly messageOnlyWithoutFrames?: boolean;
}
