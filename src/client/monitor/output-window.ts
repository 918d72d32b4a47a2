// The first and the last lines of a program's output, which a panic log holds where its owner wants them.
import { lineText } from './output-line-splitter.ts';

const FIRST_LINES = 10;
const LAST_LINES = 50;
const MAX_LINE = 1000;

/** Remembers the first 10 and the last 50 lines of what it is given. */
export class OutputWindow {
  readonly #first: string[] = [];
  readonly #last: string[] = [];
  #dropped = 0;

  add(line: Buffer): void {
    const text = lineText(line, MAX_LINE);
    if (this.#first.length < FIRST_LINES) {
      this.#first.push(text);
      return;
    }
    this.#last.push(text);
    if (this.#last.length > LAST_LINES) {
      this.#last.shift();
      this.#dropped += 1;
    }
  }

  /** The lines as they stand in a log; `...` stands for what was left out. */
  lines(): readonly string[] {
    return [...this.#first, ...(this.#dropped > 0 ? ['...'] : []), ...this.#last].map(notAPanicLine);
  }
}

/** A line of output must not pass for the line after which the trace begins: it would be uploaded with it. */
function notAPanicLine(line: string): string {
  return line.startsWith('Panic ') ? ` ${line}` : line;
}
