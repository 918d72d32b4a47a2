// A symbol file on disk, plain or compressed, streamed into an index.
import { closeSync, createReadStream, openSync, readSync, writeSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import type { Readable, Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { releaseMemory } from '../../base/release-chunk.ts';
import { SymbolIndexBuilder } from '../../formats/symbols/index-builder.ts';
import type { SymbolFileFacts } from '../../formats/symbols/module-symbols.ts';
import { SymbolNameReader } from './symbol-name-reader.ts';

/** What an index beside its symbol file is called: `app.sym.index`. */
export const INDEX_SUFFIX = '.index';

/** Bytes of decompressed symbols that are read at most. */
const MAX_SYMBOL_BYTES = 4 * 1024 ** 3;

/** Bytes of one read. */
const READ_BYTES = 256 * 1024;

/** Streams a `.sym`, `.sym.gz` or `.sym.zst` through the indexer; `emit` gets the index in pieces. */
export async function indexSymbolFile(
  path: string,
  emit: (bytes: Uint8Array) => void,
  { maxBytes = MAX_SYMBOL_BYTES }: { readonly maxBytes?: number } = {},
): Promise<SymbolFileFacts> {
  const builder = new SymbolIndexBuilder(emit, { readName: new SymbolNameReader().read });
  let total = 0;
  const write = (bytes: Uint8Array): void => {
    total += bytes.length;
    if (total > maxBytes) throw new Error(`${path} holds more than ${maxBytes} bytes of symbols`);
    builder.write(bytes);
  };
  const decoder = path.endsWith('.gz')
    ? createGunzip()
    : path.endsWith('.zst')
      ? createZstdDecompress()
      : null;
  if (decoder === null) readWhole(path, write);
  else for await (const chunk of decompressed(path, decoder)) write(chunk as Uint8Array);
  return builder.end();
}

/**
 * Reads a plain file piece by piece, synchronously: this runs in a worker or a command, where waiting for the thread
 * pool between pieces would cost more than the reading.
 */
function readWhole(path: string, write: (bytes: Uint8Array) => void): void {
  const fd = openSync(path, 'r');
  try {
    const buffer = new Uint8Array(READ_BYTES);
    for (;;) {
      const count = readSync(fd, buffer, 0, READ_BYTES, null);
      if (count === 0) return;
      write(buffer.subarray(0, count));
    }
  } finally {
    closeSync(fd);
  }
}

/** Writes the index of a symbol file to `target`, whole or not at all. */
export async function writeSymbolIndex(path: string, target: string): Promise<SymbolFileFacts> {
  const temporary = `${target}.${process.pid}.tmp`;
  const file = await open(temporary, 'w');
  try {
    let facts: SymbolFileFacts;
    try {
      // Written piece by piece, so that memory does not follow the size of the file.
      facts = await indexSymbolFile(path, (bytes) => {
        writeWhole(file.fd, bytes);
        releaseMemory(bytes);
      });
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
    return facts;
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function writeWhole(fd: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += writeSync(fd, bytes, written);
}

function decompressed(path: string, decoder: Transform): Readable {
  const raw = createReadStream(path, { highWaterMark: READ_BYTES });
  raw.on('error', (error) => decoder.destroy(error));
  return raw.pipe(decoder);
}
