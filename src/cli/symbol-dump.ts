// `mayday symbols dump`: prints the `.sym` text that debug files give, as dump_syms does.
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SymbolTextWriter } from '../formats/symbols/symbol-text.ts';
import { debugFileNameOf, withDebugFiles, writeDebugFiles } from '../process/symbols/read-debug-files.ts';
import { readArguments, UsageError } from './arguments.ts';
import type { CommandIo } from './command.ts';

/** Runs the action; exit code 1 where the files cannot be read. */
export async function dumpSymbols(args: readonly string[], io: CommandIo): Promise<number> {
  const { values, positionals: files } = readArguments(
    args,
    { arch: { type: 'string' } },
    { positionals: true },
  );
  if (files.length === 0) throw new UsageError('"dump" needs at least one file');
  const named = files.map((file) => ({ file, name: path.basename(file) }));
  try {
    return await withDebugFiles(named, async (images) => {
      const cpus = [...new Set(images.map(({ image }) => image.ids.cpu))];
      const cpu = values.arch ?? cpus[0];
      const wanted = images.filter(({ image }) => image.ids.cpu === cpu);
      const [first] = wanted;
      if (first === undefined) throw new UsageError(`the file holds ${cpus.join(', ')}, not ${cpu ?? ''}`);
      const { debugId } = first.image.ids;
      if (debugId === null) throw new Error(`${first.name} has no id that a dump could name`);
      const same = wanted.filter(({ image }) => image.ids.debugId === debugId);
      for (const { name } of wanted.filter((each) => !same.includes(each)))
        io.err(`${name} belongs to another build and is left out\n`);
      const writer = new SymbolTextWriter((text) => io.out(text));
      const spool = path.join(tmpdir(), `mayday-${randomUUID()}`);
      const debugFile = debugFileNameOf(first.image.ids, first.name);
      const notes = await writeDebugFiles(same, { debugFile, debugId }, writer, spool);
      writer.end();
      for (const note of notes) io.err(`${note}\n`);
      return 0;
    });
  } catch (error) {
    if (error instanceof UsageError) throw error;
    io.err(`${files.join(', ')}: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}
