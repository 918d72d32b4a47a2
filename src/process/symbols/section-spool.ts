// Room for unpacked sections of a debug file: small ones stay in memory, large ones go to a file that is gone when the reading is over.
// The debug information of one program can be gigabytes.
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { Readable } from 'node:stream';
import { createInflate, createZstdDecompress } from 'node:zlib';
import { LzmaError } from '../../formats/containers/lzma.ts';
import { decodeXz } from '../../formats/containers/xz.ts';
import type { DebugFileEnvironment, Packing } from '../../formats/debug-files/debug-file.ts';
import type { RandomAccess } from '../../formats/symbols/random-access.ts';
import { inMemory } from '../../formats/symbols/random-access.ts';
import { FileAccess } from './file-access.ts';

const READ_BYTES = 256 * 1024;
/** Sections up to here are kept in memory. */
const MAX_MEMORY_BYTES = 4 * 1024 * 1024;

/** Time for reading the files of one build, where nothing else is said: gigabytes on a busy machine. */
export const READING_TIMEOUT_MS = 300_000;

/** Where large sections go, and how long all may take. */
export type SpoolOptions = {
  /** A path at which nothing is yet, in a folder that is there; the files are called after it. */
  readonly path: string;
  readonly timeoutMs?: number;
  readonly now?: () => number;
};

/** The environment of reading the files of one build. Close it afterwards. */
export class SectionSpool implements DebugFileEnvironment {
  private readonly path: string;
  private readonly deadline: number;
  private readonly now: () => number;
  private readonly open: { readonly access: FileAccess; readonly file: string }[] = [];
  private created = 0;

  constructor({ path, timeoutMs = READING_TIMEOUT_MS, now = Date.now }: SpoolOptions) {
    this.path = path;
    this.now = now;
    this.deadline = now() + timeoutMs;
  }

  readonly isOver = (): boolean => this.now() > this.deadline;

  async unpack(packed: RandomAccess, packing: Packing, maxBytes: number): Promise<RandomAccess | null> {
    if (packing === 'xz') return unpackXz(packed, maxBytes);
    const decoder = packing === 'zlib' ? createInflate() : packing === 'zstd' ? createZstdDecompress() : null;
    if (decoder === null) return null;
    const output = new Output(() => `${this.path}.${this.created++}`);
    try {
      const source = Readable.from(piecesOf(packed), { objectMode: false });
      source.on('error', (error) => decoder.destroy(error));
      for await (const chunk of source.pipe(decoder)) {
        const bytes = chunk as Uint8Array;
        if (output.length + bytes.length > maxBytes || this.isOver()) return output.abandon();
        output.write(bytes);
      }
    } catch {
      // Damaged, or a full disk: either way the section is not there.
      return output.abandon();
    }
    const { file } = output;
    if (file === null) return inMemory(output.inMemory());
    output.close();
    const access = new FileAccess(file);
    this.open.push({ access, file });
    return access;
  }

  /** Removes the files; what was unpacked can no longer be read. */
  close(): void {
    for (const { access, file } of this.open) {
      access.close();
      rmSync(file, { force: true });
    }
    this.open.length = 0;
  }
}

/** Bytes that arrive in order. */
class Output {
  length = 0;
  file: string | null = null;
  private fd: number | null = null;
  private readonly name: () => string;
  private chunks: Uint8Array[] = [];

  constructor(name: () => string) {
    this.name = name;
  }

  write(bytes: Uint8Array): void {
    this.length += bytes.length;
    this.chunks.push(bytes);
    if (this.length <= MAX_MEMORY_BYTES) return;
    if (this.fd === null) {
      this.file = this.name();
      this.fd = openSync(this.file, 'wx');
    }
    for (const chunk of this.chunks) writeWhole(this.fd, chunk);
    this.chunks = [];
  }

  inMemory(): Uint8Array {
    return Buffer.concat(this.chunks);
  }

  close(): void {
    if (this.fd !== null) closeSync(this.fd);
    this.fd = null;
  }

  abandon(): null {
    this.close();
    if (this.file !== null) rmSync(this.file, { force: true });
    return null;
  }
}

/** In memory: only symbols of programs are packed so, and they are small. */
function unpackXz(packed: RandomAccess, maxBytes: number): RandomAccess | null {
  try {
    return inMemory(decodeXz(packed.read(0, packed.byteLength), { maxBytes }));
  } catch (error) {
    if (error instanceof LzmaError) return null;
    throw error;
  }
}

function writeWhole(fd: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += writeSync(fd, bytes, written);
}

function* piecesOf(source: RandomAccess): Generator<Uint8Array> {
  for (let position = 0; position < source.byteLength; position += READ_BYTES) {
    yield source.read(position, READ_BYTES);
  }
}
