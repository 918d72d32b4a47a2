// Variable-length integers of the symbol index: seven bits a byte, least significant first, exact up to 2^53.

/** A growing byte buffer that varints are appended to. */
export class VarintWriter {
  private buffer = new Uint8Array(1024);
  private used = 0;

  get length(): number {
    return this.used;
  }

  /** What was written since the last `clear`; valid until the next write. */
  bytes(): Uint8Array {
    return this.buffer.subarray(0, this.used);
  }

  clear(): void {
    this.used = 0;
  }

  unsigned(value: number): void {
    // Most numbers are small.
    if (value < 0x80 && this.used < this.buffer.length) {
      this.buffer[this.used++] = value;
      return;
    }
    this.reserve(8);
    let rest = value;
    while (rest > 0x7f) {
      this.buffer[this.used++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.buffer[this.used++] = rest;
  }

  /** Zigzag: small numbers of either sign stay short. */
  signed(value: number): void {
    this.unsigned(value < 0 ? -value * 2 - 1 : value * 2);
  }

  /** Length and bytes. */
  block(bytes: Uint8Array): void {
    this.unsigned(bytes.length);
    this.raw(bytes);
  }

  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.used);
    this.used += bytes.length;
  }

  private reserve(more: number): void {
    if (this.used + more <= this.buffer.length) return;
    const larger = new Uint8Array(Math.max(this.used + more, this.buffer.length * 2));
    larger.set(this.buffer.subarray(0, this.used));
    this.buffer = larger;
  }
}

/** Reads varints back. Past the end, or where a number is too long, it gives zeros and `failed` is set. */
export class VarintReader {
  failed = false;
  private readonly bytes: Uint8Array;
  private position = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get offset(): number {
    return this.position;
  }

  unsigned(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 8; i++) {
      const byte = this.bytes[this.position];
      if (byte === undefined) break;
      this.position++;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    this.failed = true;
    return 0;
  }

  signed(): number {
    const value = this.unsigned();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** Length and bytes; empty where they run past the end. */
  block(): Uint8Array {
    const length = this.unsigned();
    if (this.failed || length > this.bytes.length - this.position) {
      this.failed = true;
      return new Uint8Array(0);
    }
    this.position += length;
    return this.bytes.subarray(this.position - length, this.position);
  }
}
