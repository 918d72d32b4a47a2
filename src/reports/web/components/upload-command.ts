// The command line that uploads symbols, ready to be copied. It holds nothing that a client sent but checked ids.
import { COMMAND } from '../../../base/command-name.ts';

/** For a folder of symbols; with a debug id only the files that have it. */
export function uploadCommand(reportsUrl: string, debugId?: string): string {
  const only = debugId === undefined || !/^[0-9A-F]+$/i.test(debugId) ? '' : ` --id ${debugId}`;
  return `${COMMAND} symbols upload path/to/symbols${only} --url ${reportsUrl} --token "$MAYDAY_TOKEN"`;
}
