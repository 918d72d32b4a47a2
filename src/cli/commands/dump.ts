// `mayday dump`: processes minidumps offline, in place of minidump-stackwalk in a shell. It uses only what the package exports.
import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type ProcessedMinidump, processMinidump, renderText } from '../../library/library-minidump.ts';
import { DirectorySymbols, unpackDump } from '../../library/library-node.ts';
import { UsageError, readArguments } from '../arguments.ts';
import type { Command, CommandIo } from '../command.ts';

export const command: Command = {
  usage: `Usage: mayday dump FILE... [--symbols DIR]... [--json | --text]

Reads minidumps (Crashpad, Breakpad, Windows) and prints crash reason, stacks, modules and annotations.

  --symbols DIR  a tree of Breakpad symbol files, DIR/<file>/<ID>/<file>.sym, also .gz or .zst; may be given
                 several times. "mayday symbols index" makes large ones quick
  --json         the processed minidump as JSON: one object for one FILE, one line for each of several
  --text         as text for people (the default)

Exit code: 0 when every file was processed, 1 when one could not be read or is damaged, 2 for wrong arguments.
What could be read of a damaged dump is printed all the same.
`,
  async run(args, io) {
    const { values, positionals } = readArguments(
      args,
      {
        symbols: { type: 'string', multiple: true },
        json: { type: 'boolean' },
        text: { type: 'boolean' },
      },
      { positionals: true },
    );
    if (positionals.length === 0) throw new UsageError('Name at least one minidump file');
    if (values.json === true && values.text === true) throw new UsageError('Choose one of --json and --text');
    const symbols =
      values.symbols === undefined ? undefined : new DirectorySymbols({ roots: values.symbols });

    for (const folder of values.symbols ?? []) {
      if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
        io.err(`mayday dump: ${folder}: there is no such folder of symbols\n`);
    }
    let failed = 0;
    for (const file of positionals) {
      const report = await processFile(file, symbols, io);
      if (report === null || report.status !== 'OK') failed += 1;
      if (report === null) continue;
      if (report.status !== 'OK') io.err(`mayday dump: ${file}: ${report.mayday.error ?? report.status}\n`);
      if (values.json === true) io.out(`${JSON.stringify(report, null, positionals.length === 1 ? 2 : 0)}\n`);
      else if (report.mayday.time !== null) {
        io.out(positionals.length === 1 ? renderText(report) : `==> ${file} <==\n${renderText(report)}\n`);
      }
    }
    symbols?.close();
    return failed === 0 ? 0 : 1;
  },
};

async function processFile(
  file: string,
  symbols: DirectorySymbols | undefined,
  io: CommandIo,
): Promise<ProcessedMinidump | null> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    io.err(`mayday dump: ${file}: the file cannot be read: ${(error as Error).message}\n`);
    return null;
  }
  return processMinidump(unpackDump(bytes).bytes, symbols === undefined ? {} : { symbols });
}
