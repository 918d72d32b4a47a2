// `mayday/debug-files`: reads ELF, Mach-O, PE, PDB and wasm files with what compilers left in them. Works in browsers.
import type { DebugFileEnvironment, DebugImage } from '../formats/debug-files/debug-file.ts';
import { imagesOfBuild } from '../formats/debug-files/images-of-build.ts';
import { MemoryEnvironment } from '../formats/debug-files/memory-environment.ts';
import { openDebugFile as openAnyFile } from '../formats/debug-files/registry.ts';
import { type NamedImage, writeModule } from '../formats/debug-files/write-module.ts';
import { joinBytes } from '../base/bytes.ts';
import { IndexWriter } from '../formats/symbols/index-writer.ts';
import { inMemory, type RandomAccess } from '../formats/symbols/random-access.ts';
import type { SymbolSink } from '../formats/symbols/symbol-sink.ts';
import { SymbolTextWriter } from '../formats/symbols/symbol-text.ts';

export type {
  DebugFileEnvironment,
  DebugImage,
  FileReference,
  ImageGives,
  ImageIds,
  OpenedDebugFile,
} from '../formats/debug-files/debug-file.ts';
export { MemoryEnvironment } from '../formats/debug-files/memory-environment.ts';
export { inMemory, type RandomAccess } from '../formats/symbols/random-access.ts';

/** A file: its bytes, or random access to them, and its own name. */
export type DebugFile = { readonly name: string; readonly content: Uint8Array | RandomAccess };

/** How files are read. */
export type ReadOptions = {
  /** Of files with several images the CPU (`x86_64`, `x86`, `arm64`, `arm`); by default the first. */
  readonly cpu?: string;
  /** Where unpacked sections go, and how long reading may take; by default memory, and a minute. */
  readonly environment?: DebugFileEnvironment;
};

/** What the files of one build gave. */
export type ReadDebugFiles<T> =
  | {
      readonly ok: true;
      /** The id in Breakpad's form, and the name of the module. */
      readonly debugId: string;
      readonly debugFile: string;
      readonly content: T;
      /** What was left out, in words for people. */
      readonly notes: readonly string[];
    }
  | { readonly ok: false; readonly fault: string };

/** The images of a file, with their ids and what they give; headers only are read. */
export function openDebugFile(content: Uint8Array | RandomAccess): ReturnType<typeof openAnyFile> {
  return openAnyFile(content instanceof Uint8Array ? inMemory(content) : content);
}

/**
 * Makes a symbol index of the files of one build (a program and its debug file, say): `openSymbolIndex(inMemory(content))` of
 * `mayday/symbols` looks addresses up in it. Never throws for any content.
 */
export function indexDebugFiles(
  files: readonly DebugFile[],
  options: ReadOptions = {},
): Promise<ReadDebugFiles<Uint8Array>> {
  const pieces: Uint8Array[] = [];
  const writer = new IndexWriter((bytes) => pieces.push(bytes));
  return read(files, options, writer, () => {
    writer.finish();
    return joinBytes(pieces);
  });
}

/** Writes the text of a Breakpad symbol file, as dump_syms does, in pieces. */
export function writeSymbolText(
  files: readonly DebugFile[],
  write: (text: string) => void,
  options: ReadOptions = {},
): Promise<ReadDebugFiles<null>> {
  const writer = new SymbolTextWriter(write);
  return read(files, options, writer, () => {
    writer.end();
    return null;
  });
}

async function read<T>(
  files: readonly DebugFile[],
  { cpu, environment = new MemoryEnvironment() }: ReadOptions,
  sink: SymbolSink,
  finish: () => T,
): Promise<ReadDebugFiles<T>> {
  const images: NamedImage[] = [];
  for (const { name, content } of files) {
    const opened = openDebugFile(content);
    if (!opened.ok) return { ok: false, fault: `${name}: ${opened.fault}` };
    images.push(...opened.images.map((image) => ({ image, name })));
  }
  const first = images.find(({ image }) => isWanted(image, cpu));
  if (first === undefined) return { ok: false, fault: 'no image has an id and is for this CPU' };
  const debugId = first.image.ids.debugId ?? '';
  const debugFile = first.image.ids.debugFile ?? first.name;
  const notes = await writeModule(imagesOfBuild(images, debugId), { debugId, debugFile }, sink, environment);
  return { ok: true, debugId, debugFile, content: finish(), notes };
}

function isWanted({ ids }: DebugImage, cpu: string | undefined): boolean {
  return ids.debugId !== null && (cpu === undefined || ids.cpu === cpu);
}
