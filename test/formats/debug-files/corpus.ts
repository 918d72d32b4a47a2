// The corpus of debug files in the shared data, by its manifest, and reading its files into symbols in memory.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { constants, inflateSync, zstdDecompressSync } from 'node:zlib';
import { decodeXz } from '../../../src/formats/containers/xz.ts';
import type { DebugFileEnvironment, DebugImage } from '../../../src/formats/debug-files/debug-file.ts';
import { openDebugFile } from '../../../src/formats/debug-files/registry.ts';
import { writeModule } from '../../../src/formats/debug-files/write-module.ts';
import { IndexWriter } from '../../../src/formats/symbols/index-writer.ts';
import { openSymbolIndex } from '../../../src/formats/symbols/indexed-symbols.ts';
import type { ModuleSymbols } from '../../../src/formats/symbols/module-symbols.ts';
import { inMemory } from '../../../src/formats/symbols/random-access.ts';
import { sharedData } from '../../shared-data.ts';

/** The folder of the corpus; null where the shared data is absent. */
export const CORPUS = sharedData('debugfiles');

export type CorpusEntry = {
  readonly name: string;
  readonly format: string;
  readonly arch: string;
  readonly files: readonly { readonly path: string; readonly name: string }[];
  readonly base: Readonly<Record<string, string>>;
  readonly ids: readonly {
    readonly os: string;
    readonly cpu: string;
    readonly debug_id: string;
    readonly code_id: string | null;
  }[];
  readonly oracles: readonly { readonly path: string; readonly kind: string }[];
};

export type Manifest = {
  readonly files: readonly CorpusEntry[];
  readonly walks: readonly {
    readonly program: string;
    readonly case: string;
    readonly files: readonly string[];
    readonly dump: string;
    readonly gdb: string;
    /** What minidump-stackwalk found with dump_syms' text. */
    readonly minidump_stackwalk: string;
  }[];
  readonly hostile: readonly { readonly path: string; readonly attack: string; readonly expect: string }[];
};

export function readManifest(): Manifest {
  return JSON.parse(readFileSync(path.join(CORPUS ?? '', 'manifest.json'), 'utf8')) as Manifest;
}

/** A file of the corpus, unpacked. */
export function corpusFile(name: string): Buffer {
  const bytes = readFileSync(path.join(CORPUS ?? '', name));
  return name.endsWith('.zst')
    ? zstdDecompressSync(bytes, { params: { [constants.ZSTD_d_windowLogMax]: 27 } })
    : bytes;
}

/** Unpacks in memory. */
export const MEMORY_ENVIRONMENT: DebugFileEnvironment = {
  isOver: () => false,
  unpack: async (packed, packing, maxBytes) => {
    const bytes = packed.read(0, packed.byteLength);
    try {
      if (packing === 'zlib') return inMemory(inflateSync(bytes, { maxOutputLength: maxBytes }));
      if (packing === 'xz') return inMemory(decodeXz(bytes, { maxBytes }));
      if (packing === 'zstd') return inMemory(zstdDecompressSync(bytes, { maxOutputLength: maxBytes }));
    } catch {
      // Damaged.
    }
    return null;
  },
};

/** Images of files in memory; a sentence where one cannot be opened. */
export function openImages(
  files: readonly { readonly name: string; readonly bytes: Uint8Array }[],
): { readonly name: string; readonly image: DebugImage }[] | string {
  const images: { name: string; image: DebugImage }[] = [];
  for (const { name, bytes } of files) {
    const opened = openDebugFile(inMemory(bytes));
    if (!opened.ok) return opened.fault;
    images.push(...opened.images.map((image) => ({ name, image })));
  }
  return images;
}

/** The symbols that images of one build give together. */
export async function symbolsOf(
  images: readonly { readonly name: string; readonly image: DebugImage }[],
  environment: DebugFileEnvironment = MEMORY_ENVIRONMENT,
): Promise<{
  readonly symbols: ModuleSymbols;
  readonly notes: readonly string[];
  readonly index: Uint8Array;
}> {
  const pieces: Uint8Array[] = [];
  const writer = new IndexWriter((bytes) => pieces.push(bytes));
  const notes = await writeModule(
    images,
    { debugFile: 'module', debugId: images[0]?.image.ids.debugId ?? '' },
    writer,
    environment,
  );
  writer.finish();
  const index = Buffer.concat(pieces);
  const symbols = openSymbolIndex(inMemory(index));
  if (typeof symbols === 'string') throw new Error(`the index is ${symbols}`);
  return { symbols, notes, index };
}
