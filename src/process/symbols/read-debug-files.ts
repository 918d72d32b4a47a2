// Debug files on disk, opened and written into a sink: the files of one build together.
import { closeSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { FileReference, ImageGives, ImageIds } from '../../formats/debug-files/debug-file.ts';
import { imagesOfBuild } from '../../formats/debug-files/images-of-build.ts';
import { openDebugFile } from '../../formats/debug-files/registry.ts';
import { type NamedImage, writeModule } from '../../formats/debug-files/write-module.ts';
import { IndexWriter } from '../../formats/symbols/index-writer.ts';
import type { SymbolFileFacts } from '../../formats/symbols/module-symbols.ts';
import type { SymbolSink } from '../../formats/symbols/symbol-sink.ts';
import { SymbolTextWriter } from '../../formats/symbols/symbol-text.ts';
import { FileAccess } from './file-access.ts';
import { SymbolNameReader } from './symbol-name-reader.ts';
import { READING_TIMEOUT_MS, SectionSpool } from './section-spool.ts';

/** A debug file, by its path and its own name. */
export type DebugFileOnDisk = { readonly file: string; readonly name: string };

/** The files of one build, and what their module is called. */
export type DebugFileSet = {
  readonly files: readonly DebugFileOnDisk[];
  readonly debugFile: string;
  readonly debugId: string;
  /** A path at which nothing is yet: unpacked sections go to files that are called after it. */
  readonly spool: string;
  /** Time for reading; files that take longer are refused. */
  readonly timeoutMs?: number;
};

/** What is said of an image without reading more than headers. */
export type InspectedImage = {
  readonly format: string;
  readonly ids: ImageIds;
  readonly gives: ImageGives;
  readonly isDebugOnly: boolean;
  readonly needs: readonly FileReference[];
  readonly debugLink: string | null;
};

/** Why files give no symbols: a sentence for whoever sent them. */
export class UnreadableDebugFile extends Error {
  override readonly name = 'UnreadableDebugFile';
}

/** Opens files; what cannot be opened throws `UnreadableDebugFile`. */
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

/** What a file holds, from its headers. */
export function inspectDebugFile(file: DebugFileOnDisk): Promise<readonly InspectedImage[]> {
  return withDebugFiles([file], async (images) =>
    images.map(({ image: { format, ids, gives, isDebugOnly, needs, debugLink } }) => ({
      format,
      ids,
      gives,
      isDebugOnly,
      needs,
      debugLink,
    })),
  );
}

/** Writes the records of a build; gives notes about what was left out. */
export function writeDebugFiles(set: DebugFileSet, sink: SymbolSink): Promise<readonly string[]> {
  const { debugFile, debugId, spool: spoolPath, timeoutMs = READING_TIMEOUT_MS } = set;
  return withDebugFiles(set.files, async (images) => {
    const wanted = imagesOfBuild(images, debugId);
    const spool = new SectionSpool({ path: spoolPath, timeoutMs });
    try {
      const notes = await writeModule(wanted, { debugFile, debugId }, sink, spool);
      // Half an index would name some functions and not others, and nobody could tell why.
      if (spool.isOver())
        throw new UnreadableDebugFile(`reading took longer than ${Math.round(timeoutMs / 1000)} seconds`);
      return notes;
    } finally {
      spool.close();
    }
  });
}

/** Writes the index of a build to a file. */
export async function indexDebugFiles(
  set: DebugFileSet,
  indexFile: string,
): Promise<{ readonly facts: SymbolFileFacts; readonly notes: readonly string[] }> {
  return withOutput(indexFile, async (write) => {
    const writer = new IndexWriter(write, { readName: new SymbolNameReader().read });
    const notes = await writeDebugFiles(set, writer);
    return { facts: writer.finish(), notes };
  });
}

/** Writes the `.sym` text of a build to a file. */
export async function writeSymbolText(set: DebugFileSet, textFile: string): Promise<readonly string[]> {
  const encoder = new TextEncoder();
  return withOutput(textFile, async (write) => {
    const writer = new SymbolTextWriter((text) => write(encoder.encode(text)), {
      readName: new SymbolNameReader().read,
    });
    const notes = await writeDebugFiles(set, writer);
    writer.end();
    return notes;
  });
}

async function withOutput<T>(
  file: string,
  work: (write: (bytes: Uint8Array) => void) => Promise<T>,
): Promise<T> {
  const fd = openSync(file, 'w');
  try {
    return await work((bytes) => {
      for (let written = 0; written < bytes.length;) written += writeSync(fd, bytes, written);
    });
  } finally {
    closeSync(fd);
  }
}

/** What a dump calls the debug file of an image, as far as the file itself or its name tell. */
export function debugFileNameOf({ debugFile }: ImageIds, name: string): string {
  if (debugFile !== null) return debugFile;
  const base = path.posix.basename(name.replaceAll('\\', '/'));
  return base.replace(/\.(?:debug|dbg|dSYM|dwarf)$/i, '') || base;
}

/** What a file is called among those of its build: a program and its debug file may have the same name. */
export function storedNameOf(image: InspectedImage, name: string): string {
  const base = path.posix.basename(name.replaceAll('\\', '/'));
  const own = base === '' ? (image.ids.debugFile ?? image.ids.codeFile ?? image.ids.debugId ?? '') : base;
  return image.isDebugOnly && !/\.(?:debug|dbg|dSYM|dwarf|pdb)$/i.test(own) ? `${own}.debug` : own;
}
