// `mayday symbols dump`: prints the `.sym` text that debug files give, as dump_syms does.
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SymbolTextWriter } from '../formats/symbols/symbol-text.ts';
import { SymbolNameReader } from '../process/symbols/symbol-name-reader.ts';
import { debugFileNameOf, inspectDebugFile, writeDebugFiles } from '../process/symbols/read-debug-files.ts';
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
    const [firstFile, ...others] = await Promise.all(
      named.map(async (file) => ({ file, images: await inspectDebugFile(file) })),
    );
    const images = firstFile?.images ?? [];
    const image = images.find(({ ids }) => values.arch === undefined || ids.cpu === values.arch);
    if (firstFile === undefined || image === undefined) {
      throw new UsageError(
        `the file holds ${images.map(({ ids }) => ids.cpu).join(', ')}, not ${values.arch ?? ''}`,
      );
    }
    const { debugId } = image.ids;
    if (debugId === null) throw new Error('the file has no id that a dump could name');
    for (const { file, images: found } of others) {
      const belongs = found.some(
        ({ ids }) =>
          ids.debugId === debugId ||
          ids.debugId === null ||
          image.needs.some((needed) => needed.debugId === ids.debugId),
      );
      if (!belongs) io.err(`${file.name} belongs to another build and is left out\n`);
    }
    const writer = new SymbolTextWriter((text) => io.out(text), { readName: new SymbolNameReader().read });
    const spool = path.join(tmpdir(), `mayday-${randomUUID()}`);
    const debugFile = debugFileNameOf(image.ids, firstFile.file.name);
    const notes = await writeDebugFiles({ files: named, debugFile, debugId, spool }, writer);
    writer.end();
    for (const note of notes) io.err(`${note}\n`);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    io.err(`${files.join(', ')}: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}
