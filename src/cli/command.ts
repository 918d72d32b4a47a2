// The contract of a command of `mayday`: one file per command in commands/, listed in registry.ts.

/** Where a command writes, and what it may ask of its surroundings; tests pass their own. */
export interface CommandIo {
  /** On a terminal without what could steer it. */
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** As it is: for what steers a terminal on purpose. Default: `out`. */
  readonly steer?: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether standard output is a terminal: progress bars and colour only then. */
  readonly terminal: boolean;
}

/** One command. `run` returns the exit code: 0 done, 1 it failed, 2 the arguments are wrong. */
export interface Command {
  /** The whole text of `mayday <name> --help`, which the main program prints. */
  readonly usage: string;
  run(args: readonly string[], io: CommandIo): Promise<number>;
}

/** One row of the overview; `load` gives the command itself. */
export interface CommandEntry {
  readonly name: string;
  /** One line for `mayday --help`. */
  readonly summary: string;
  readonly load: () => Promise<{ readonly command: Command }>;
}
