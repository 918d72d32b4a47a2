// Debug files on disk, opened and written into a sink: the files of one build together.
import path from 'node:path';
import type { ImageIds } from '../../formats/debug-files/debug-file.ts';
import { openDebugFile } from '../../formats/debug-files/registry.ts';
import { type NamedImage, writeModule } from '../../formats/debug-files/write-module.ts';
import type { SymbolSink } from '../../formats/symbols/symbol-sink.ts';
import { FileAccess } from './file-access.ts';
import { SectionSpool } from './section-spool.ts';

/** A debug file, by its path and its own name. */
export type DebugFileOnDisk = { readonly file: string; readonly name: string };

/** Why files give no symbols. */
export class UnreadableDebugFile extends Error {
  override readonly name = 'UnreadableDebugFile';
}

/** Opens files; what cannot be opened throws `UnreadableDebugFile` with a sentence. */
export async function withDebugFiles<T>(
  files: readonly DebugFileOnDisk[],
  work: (images: readonly NamedImage[]) => Promise<T>,
): Promise<T> {
  const open: FileAccess[] = [];
  try {
    const images: NamedImage[] = [];
    for (const { file, name } of files) {
      const access = new FileAccess(file);
      open.push(access);
      const opened = openDebugFile(access);
      if (!opened.ok) throw new UnreadableDebugFile(opened.fault);
      images.push(...opened.images.map((image) => ({ image, name })));
    }
    return await work(images);
  } finally {
    for (const access of open) access.close();
  }
}

/** Writes the records of one build; gives notes about what was left out. */
export async function writeDebugFiles(
  images: readonly NamedImage[],
  { debugFile, debugId }: { readonly debugFile: string; readonly debugId: string },
  sink: SymbolSink,
  spoolPath: string,
): Promise<readonly string[]> {
  const spool = new SectionSpool({ path: spoolPath });
  try {
    return await writeModule(images, { debugFile, debugId }, sink, spool);
  } finally {
    spool.close();
  }
}

/** What a dump calls the debug file of an image, as far as the file itself or its name tell. */
export function debugFileNameOf({ debugFile }: ImageIds, name: string): string {
  if (debugFile !== null) return debugFile;
  const base = path.posix.basename(name.replaceAll('\\', '/'));
  return base.replace(/\.(?:debug|dbg|dSYM|dwarf)$/i, '') || base;
}
