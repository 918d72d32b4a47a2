// Cuts a stream of bytes into lines, wherever the chunks end, with a bound on what it holds.

/** A line longer than this is handed on in pieces. */
export const MAX_LINE_BYTES = 64 * 1024;

const NEWLINE = 0x0a;

/** Calls `line` for each line with its line end; what follows the last one comes at `end()`. */
export class LineSplitter {
  readonly #line: (line: Buffer) => void;
  #held: Buffer[] = [];
  #heldBytes = 0;

  constructor(line: (line: Buffer) => void) {
    this.#line = line;
  }

  write(chunk: Buffer): void {
    let from = 0;
    while (from < chunk.length) {
      const room = MAX_LINE_BYTES - this.#heldBytes;
      const newline = chunk.indexOf(NEWLINE, from);
      const whole = newline !== -1 && newline - from < room;
      const to = whole ? newline + 1 : Math.min(chunk.length, from + room);
      this.#held.push(chunk.subarray(from, to));
      this.#heldBytes += to - from;
      if (whole || this.#heldBytes === MAX_LINE_BYTES) this.#emit();
      from = to;
    }
    // What is held across chunks must not keep the chunk's whole buffer alive, and one copy is enough.
    if (this.#heldBytes > 0) this.#held = [Buffer.concat(this.#held)];
  }

  end(): void {
    if (this.#heldBytes > 0) this.#emit();
  }

  #emit(): void {
    const [first] = this.#held;
    const line = this.#held.length === 1 && first !== undefined ? first : Buffer.concat(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    this.#line(line);
  }
}

/** The text of a line without its line end, for matching and showing. */
export function lineText(line: Buffer, maxLength: number): string {
  // UTF-8 needs at most four bytes for a character, so that cutting the bytes first bounds the decoding.
  const text = line.subarray(0, maxLength * 4).toString('utf8');
  return text.replace(/\r?\n$/, '').slice(0, maxLength);
}
