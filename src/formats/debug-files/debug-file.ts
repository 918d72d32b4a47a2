// The contract of debug files: what a container (ELF, PE, …) is recognised by, and what an image in it can tell.
import type { RandomAccess } from '../symbols/random-access.ts';
import type { FunctionSink, SymbolSink } from '../symbols/symbol-sink.ts';
import type { RecordNumbers } from './record-numbers.ts';

/** How a compressed section is packed. */
export type Packing = 'zlib' | 'zstd' | 'xz';

/** What reading needs from outside: room for unpacked sections, and the time. */
export interface DebugFileEnvironment {
  /**
   * Unpacks a part of a file, to at most `maxBytes`, into a place of its own (a file, or memory); null where it is damaged, larger,
   * or packed in a way that cannot be read. Called with checked ranges only.
   */
  unpack(packed: RandomAccess, packing: Packing, maxBytes: number): Promise<RandomAccess | null>;
  /** True when no more time may be spent: readers stop and note it. */
  readonly isOver: () => boolean;
}

/** How a file, or the two files of a pair, name the same build. */
export type ImageIds = {
  /** As MODULE lines spell them: `Linux`, `windows`, `mac`. */
  readonly os: string;
  /** `x86_64`, `x86`, `arm64`, `arm`, or another that no walk knows. */
  readonly cpu: string;
  /** In Breakpad's form, upper case; null where the file has none. */
  readonly debugId: string | null;
  readonly codeId: string | null;
  /** What the file says that its debug file is called; null where only its own name tells. */
  readonly debugFile: string | null;
  readonly codeFile: string | null;
};

/** What can be learned from an image. */
export type ImageGives = {
  /** Functions of debug information, with lines and inlined calls. */
  readonly functions: boolean;
  /** Names of a symbol table. */
  readonly symbols: boolean;
  /** Unwind rows. */
  readonly unwind: boolean;
};

/** Another file, by the name and the id by which an image refers to it. */
export type FileReference = { readonly name: string; readonly debugId: string };

/** Parts that were left out, with their reason, in words for people. */
export type Note = (text: string) => void;

/** Where an image writes its records, and what it shares with the other images of the module. */
export type ModuleTarget = {
  readonly sink: SymbolSink;
  /** Numbers of source files and inlined functions. */
  readonly numbers: RecordNumbers;
  readonly note: Note;
  readonly isOver: () => boolean;
};

/** The same, for functions alone. */
export type FunctionTarget = Omit<ModuleTarget, 'sink'> & { readonly sink: FunctionSink };

/** One image for one CPU. Its methods never throw on damaged data: what is broken costs itself alone, and is noted. */
export interface DebugImage {
  /** `ELF`, `PE`, `PDB`, `Mach-O`. */
  readonly format: string;
  readonly ids: ImageIds;
  readonly gives: ImageGives;
  /** The image has no code, only what a debugger wants: its program is another file of the same id. */
  readonly isDebugOnly: boolean;
  /** Other files that this one refers to (a file of shared texts). */
  readonly needs: readonly FileReference[];
  /** What the program says that its separate debug file is called; null where it does not say. */
  readonly debugLink: string | null;
  /**
   * Takes another image of the module for a supplement of this one (split debug information, a file of shared texts, an object that the
   * program was linked from); false where it is none. `name` is that of its file. Called before `prepare`.
   */
  attach(other: DebugImage, name: string): boolean;
  /** Unpacks what the write methods need. Called once, before them. */
  prepare(environment: DebugFileEnvironment, note: Note): Promise<void>;
  /** Functions with their lines and inlined calls. */
  writeFunctions(target: ModuleTarget): void;
  /** Names of symbol tables. */
  writeSymbols(target: ModuleTarget): void;
  writeUnwind(target: ModuleTarget): void;
}

/** What opening gives: images, at least one, or a sentence that names the fault. */
export type OpenedDebugFile =
  | { readonly ok: true; readonly images: readonly DebugImage[] }
  | { readonly ok: false; readonly fault: string };

/** A container format. */
export interface DebugFileFormat {
  readonly name: string;
  /** Tells by the first bytes (up to `START_BYTES`; fewer in shorter files). */
  matches(start: Uint8Array): boolean;
  /** Reads headers only. Never throws. */
  open(file: RandomAccess): OpenedDebugFile;
}

/** Bytes that `matches` may look at. */
export const START_BYTES = 64;
