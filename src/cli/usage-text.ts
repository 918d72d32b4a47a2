// What a usage text says, for completion and the manual page: the text of `--help` is the only place where options are written.

/** An option as its line gives it. */
export interface UsageOption {
  /** `-x`; null where there is only the long name. */
  readonly short: string | null;
  /** `--product`. */
  readonly long: string;
  /** What follows it (`NAME`), null for a flag. */
  readonly value: string | null;
  /** What it does: the first clause of its line. */
  readonly says: string;
}

const OPTION = /^ {2}(?:(-\w), )?(--[\w-]+)(?: ([A-Z][\w=:]*))? {2,}(\S.*)$/gm;
const SUBCOMMAND = /^(?:Usage:)? +mayday \w+ ([a-z]+)(?= )/gm;

/** The options of a usage text, in its order. */
export function usageOptions(usage: string): readonly UsageOption[] {
  return [...usage.matchAll(OPTION)].map(([, short, long = '', value, says = '']) => ({
    short: short ?? null,
    long,
    value: value ?? null,
    says: says.split('; ', 1)[0] ?? '',
  }));
}

/** The words that a command takes first, as `mayday symbols upload`. */
export function usageSubcommands(usage: string): readonly string[] {
  return [...new Set([...usage.matchAll(SUBCOMMAND)].map(([, word = '']) => word))];
}
