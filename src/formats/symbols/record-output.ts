// The front-to-back output of the symbol indexer: small writes are collected into large pieces.
import { VarintWriter } from './varint.ts';

/** Bytes that are collected before they go out. */
const CHUNK_BYTES = 256 * 1024;

/** Collects output into chunks and knows the position. */
export class RecordOutput {
  position = 0;
  private readonly emit: (bytes: Uint8Array) => void;
  private chunk = new Uint8Array(CHUNK_BYTES);
  private used = 0;
  private readonly prefix = new VarintWriter();

  constructor(emit: (bytes: Uint8Array) => void) {
    this.emit = emit;
  }

  raw(bytes: Uint8Array): void {
    if (this.used + bytes.length > CHUNK_BYTES) this.flush();
    if (bytes.length > CHUNK_BYTES) {
      this.emit(bytes.slice());
    } else {
      this.chunk.set(bytes, this.used);
      this.used += bytes.length;
    }
    this.position += bytes.length;
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
    this.emit(this.chunk.subarray(0, this.used));
    this.chunk = new Uint8Array(CHUNK_BYTES);
    this.used = 0;
  }
}
