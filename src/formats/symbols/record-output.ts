// The front-to-back output of the symbol indexer: small writes are collected into large pieces.
import { VarintWriter } from './varint.ts';

/** Bytes of every piece that goes out, except the last. */
export const PIECE_BYTES = 256 * 1024;

/** Collects output into pieces of equal size and knows the position. */
export class RecordOutput {
  position = 0;
  private readonly emit: (bytes: Uint8Array) => void;
  private piece = new Uint8Array(PIECE_BYTES);
  private used = 0;
  private readonly prefix = new VarintWriter();

  constructor(emit: (bytes: Uint8Array) => void) {
    this.emit = emit;
  }

  raw(bytes: Uint8Array): void {
    this.position += bytes.length;
    for (let done = 0; done < bytes.length;) {
      if (this.used === PIECE_BYTES) this.flush();
      const part =
        done === 0 && bytes.length <= PIECE_BYTES - this.used
          ? bytes
          : bytes.subarray(done, done + PIECE_BYTES - this.used);
      this.piece.set(part, this.used);
      this.used += part.length;
      done += part.length;
    }
  }

  /** Writes length and bytes; where they are. */
  record(bytes: Uint8Array): number {
    const at = this.position;
    this.prefix.clear();
    this.prefix.unsigned(bytes.length);
    this.raw(this.prefix.bytes());
    this.raw(bytes);
    return at;
  }

  flush(): void {
    if (this.used === 0) return;
    this.emit(this.piece.subarray(0, this.used));
    this.piece = new Uint8Array(PIECE_BYTES);
    this.used = 0;
  }
}
