// How commands read their arguments: node's own parser, with its faults worded for people.
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';

/** Wrong arguments: the message is for the person who typed them, and the exit code is 2. */
export class UsageError extends Error {}

/** The values of the options and the rest of the arguments. Throws `UsageError`. */
export function readArguments<const T extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: T,
  settings: { readonly positionals?: boolean } = {},
) {
  try {
    return parseArgs({
      args: [...args],
      options,
      strict: true,
      allowPositionals: settings.positionals ?? false,
    });
  } catch (error) {
    throw new UsageError((error as Error).message.split('. ')[0] ?? 'The arguments cannot be understood', {
      cause: error,
    });
  }
}
