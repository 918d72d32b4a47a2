// What a form of native frames finds in a line.

/** The parts of a frame as they stand in the text; numbers are digits without `0x`. */
export interface NativeParts {
  readonly function?: string | undefined;
  readonly module?: string | undefined;
  readonly file?: string | undefined;
  readonly line?: string | undefined;
  readonly column?: string | undefined;
  readonly address?: string | undefined;
  readonly offset?: string | undefined;
  readonly buildId?: string | undefined;
  /** Frames that a kernel is not sure of. */
  readonly unreliable?: boolean;
}
