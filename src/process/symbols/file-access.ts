// A file as random access for symbol indexes: one `pread` for each block.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { RandomAccess } from '../../formats/symbols/random-access.ts';

/** An open file. Reads after `close`, and reads that fail, give no bytes. */
export class FileAccess implements RandomAccess {
  readonly byteLength: number;
  private fd: number | null;

  /** Throws where the file cannot be opened. */
  constructor(path: string) {
    this.fd = openSync(path, 'r');
    this.byteLength = fstatSync(this.fd).size;
  }

  read(position: number, length: number): Uint8Array {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.byteLength - position)));
    let filled = 0;
    try {
      while (this.fd !== null && filled < bytes.length) {
        const count = readSync(this.fd, bytes, filled, bytes.length - filled, position + filled);
        if (count === 0) break;
        filled += count;
      }
    } catch {
      // A disk that fails now loses these symbols; lookups treat the missing bytes as absent records.
    }
    return bytes.subarray(0, filled);
  }

  close(): void {
    if (this.fd !== null) closeSync(this.fd);
    this.fd = null;
  }
}
