// Cuts a stream of bytes into lines without copying those that lie inside one chunk. A line that is too long is
// reported and discarded up to its newline, so that memory does not follow the input.

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Longest line that is kept: the longest names seen in real files have 155 KB. */
const MAX_LINE_BYTES = 1024 * 1024;

/** What a splitter calls. */
export type LineHandler = {
  /** One line: bytes `start` to `end` of `bytes`, valid during the call only; without the line ending. */
  readonly line: (bytes: Uint8Array, start: number, end: number) => void;
  /** A line longer than `MAX_LINE_BYTES` was discarded. */
  readonly tooLong: () => void;
};

/** A streaming line splitter; `\r\n` and `\n` both end a line. */
export class LineSplitter {
  private readonly handler: LineHandler;
  /** The unfinished line of earlier chunks. */
  private carry: Uint8Array = new Uint8Array(4096);
  private carried = 0;
  private discarding = false;

  constructor(handler: LineHandler) {
    this.handler = handler;
  }

  write(bytes: Uint8Array): void {
    // A plain view: many small subarrays are taken of it, and those of a Buffer are slow.
    const chunk = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let start = 0;
    if (this.carried > 0 || this.discarding) {
      const end = chunk.indexOf(NEWLINE);
      this.keep(chunk.subarray(0, end === -1 ? chunk.length : end));
      if (end === -1) return;
      this.finishCarried();
      start = end + 1;
    }
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      if (end === -1) break;
      this.emit(chunk, start, end);
      start = end + 1;
    }
    if (start < chunk.length) this.keep(chunk.subarray(start));
  }

  /** Ends the stream: a last line without a newline counts. */
  end(): void {
    if (this.carried > 0 || this.discarding) this.finishCarried();
  }

  private emit(bytes: Uint8Array, start: number, end: number): void {
    if (end - start > MAX_LINE_BYTES) {
      this.handler.tooLong();
      return;
    }
    const stop = end > start && bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
    if (stop > start) this.handler.line(bytes, start, stop);
  }

  private keep(bytes: Uint8Array): void {
    if (this.discarding) return;
    const length = this.carried + bytes.length;
    if (length > MAX_LINE_BYTES) {
      this.discarding = true;
      this.carried = 0;
      return;
    }
    if (length > this.carry.length) {
      const larger = new Uint8Array(Math.min(MAX_LINE_BYTES, Math.max(length, this.carry.length * 2)));
      larger.set(this.carry.subarray(0, this.carried));
      this.carry = larger;
    }
    this.carry.set(bytes, this.carried);
    this.carried = length;
  }

  private finishCarried(): void {
    if (this.discarding) this.handler.tooLong();
    else this.emit(this.carry, 0, this.carried);
    this.discarding = false;
    this.carried = 0;
  }
}
