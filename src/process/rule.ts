// The contract of a processing rule: one thing that the processor finds out about a report.

/** Named values; nothing is known of them. */
export type Values = Readonly<Record<string, unknown>>;

/** What a rule sees. */
export interface RuleInput {
  /** The report's annotations, as earlier rules have left them. */
  readonly annotations: Values;
  /** Names of the attached dumps and files. */
  readonly dumps: readonly string[];
  /** What earlier rules found, under Socorro's names of processed fields; `json_dump` is the processed minidump. */
  readonly found: Values;
}

/** What a rule found; what it leaves out stays as it was. */
export interface RuleOutcome {
  /** Values to set. */
  readonly found?: Values;
  /** Names of found values to take away. */
  readonly dropped?: readonly string[];
  /** All annotations anew, for the few rules that repair them. The stored report keeps what the client sent. */
  readonly annotations?: Values;
  /** Processor notes, for people. */
  readonly notes?: readonly string[];
}

/**
 * A pure function of a report's annotations and of what earlier rules found. `applies` is asked first where it is
 * there. Neither changes its input. Either may throw: that becomes a processor note, and the next rule runs.
 */
export interface ProcessingRule {
  readonly name: string;
  /** What it finds is shown with the report, counted for its bug, and can be searched for. */
  readonly shown?: boolean;
  readonly applies?: (input: RuleInput) => boolean;
  readonly act: (input: RuleInput) => RuleOutcome;
}

/** The value at a dotted path, or undefined; arrays are entered by number. */
export function valueAt(values: unknown, path: string): unknown {
  let value = values;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Values)[key];
  }
  return value;
}

/** The value at a dotted path where it is a list, else an empty list. */
export function listAt(values: unknown, path: string): readonly unknown[] {
  const value = valueAt(values, path);
  return Array.isArray(value) ? value : [];
}

/** The value at a dotted path where it is a text, else null. */
export function textAt(values: unknown, path: string): string | null {
  const value = valueAt(values, path);
  return typeof value === 'string' ? value : null;
}

/** The frames of the crashing thread of the processed minidump; none where there is no such thread. */
export function crashingFrames(found: Values): readonly unknown[] {
  const thread = found['crashing_thread'];
  return typeof thread === 'number' ? listAt(found, `json_dump.threads.${thread}.frames`) : [];
}
