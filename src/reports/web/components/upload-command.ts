// The command line that uploads symbols, ready to be copied. It holds nothing that a client sent but checked ids.

/** For a folder of symbols; with a debug id only the files that have it. */
export function uploadCommand(reportsUrl: string, debugId?: string): string {
  const only = debugId === undefined || !/^[0-9A-F]+$/i.test(debugId) ? '' : ` --id ${debugId}`;
  return `mayday symbols upload path/to/symbols${only} --url ${reportsUrl} --token "$MAYDAY_TOKEN"`;
}
