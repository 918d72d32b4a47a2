// Reads what Breakpad's `minidump_stackwalk -m` prints: lines of fields, parted by bars.

/** One line of a stack; inlined calls are lines of their own. */
export interface BreakpadFrame {
  readonly thread: number;
  readonly module: string;
  readonly function: string;
  readonly file: string;
  readonly line: string;
}

/** One loaded module. */
export interface BreakpadModule {
  readonly name: string;
  readonly version: string;
  readonly debugFile: string;
  readonly debugId: string;
  readonly base: bigint;
  readonly last: bigint;
}

/** The whole output. */
export interface BreakpadReport {
  readonly os: readonly string[];
  readonly cpu: readonly string[];
  readonly crash: { readonly reason: string; readonly address: bigint; readonly thread: string };
  readonly modules: readonly BreakpadModule[];
  readonly frames: readonly BreakpadFrame[];
}

/** Parses the machine-readable output. */
export function readBreakpadReport(text: string): BreakpadReport {
  const rows = text.split('\n').map((line) => line.split('|'));
  const row = (name: string): readonly string[] => rows.find(([first]) => first === name)?.slice(1) ?? [];
  const [reason = '', address = '0x0', thread = ''] = row('Crash');
  return {
    os: row('OS'),
    cpu: row('CPU'),
    crash: { reason, address: BigInt(address), thread },
    modules: rows
      .filter(([first]) => first === 'Module')
      .map(([, name = '', version = '', debugFile = '', debugId = '', base = '0', last = '0']) => ({
        name,
        version,
        debugFile,
        debugId,
        base: BigInt(base),
        last: BigInt(last),
      })),
    frames: rows
      .filter(([first = '']) => /^\d+$/.test(first))
      .map(([threadIndex = '', , module = '', name = '', file = '', line = '']) => ({
        thread: Number(threadIndex),
        module,
        function: name,
        file,
        line,
      })),
  };
}
