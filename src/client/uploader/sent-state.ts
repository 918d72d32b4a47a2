// What has been sent, kept between runs: a run that is interrupted, and started again, sends nothing twice.
// The file is a log of JSON lines; each is on the disk before the report is marked as sent where it lies.
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';

interface Line {
  readonly key: string;
  readonly name: string;
  readonly at: string;
  readonly answer: string;
}

/** The file is cut to its newer half beyond this. */
const MAX_BYTES = 16 * 1024 * 1024;
const MAX_ANSWER = 1000;

export class SentState {
  readonly #file: string;
  readonly #answers = new Map<string, string>();

  /** Reads the file, where there is one. Throws where it is there and cannot be read. */
  constructor(file: string) {
    this.#file = file;
    for (const line of readLines(file)) {
      const entry = parse(line);
      // A line that was cut off by a kill is no entry: its report is sent again, and the server knows it.
      if (entry !== null) this.#answers.set(entry.key, entry.answer);
    }
  }

  /** What the server answered to this report in an earlier run; null where it has not been sent. */
  answer(key: string): string | null {
    return this.#answers.get(key) ?? null;
  }

  /** Remembers a report that has arrived; it is on stable storage when this returns. */
  add(entry: Line): void {
    const answer = entry.answer.slice(0, MAX_ANSWER);
    mkdirSync(path.dirname(this.#file), { recursive: true, mode: 0o700 });
    this.#shrink();
    const file = openSync(this.#file, 'a', 0o600);
    try {
      // The newline first: what a killed run left without one must not swallow this line.
      writeSync(file, `\n${JSON.stringify({ ...entry, answer })}`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    this.#answers.set(entry.key, answer);
  }

  #shrink(): void {
    const stats = statSync(this.#file, { throwIfNoEntry: false });
    if (stats === undefined || stats.size < MAX_BYTES) return;
    const lines = readLines(this.#file);
    const shorter = `${this.#file}.new`;
    const file = openSync(shorter, 'w', 0o600);
    writeSync(file, lines.slice(Math.floor(lines.length / 2)).join('\n'));
    fsyncSync(file);
    closeSync(file);
    renameSync(shorter, this.#file);
  }
}

function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function parse(line: string): { readonly key: string; readonly answer: string } | null {
  if (line === '') return null;
  try {
    const { key, answer } = JSON.parse(line) as Partial<Line>;
    return typeof key === 'string' && typeof answer === 'string' ? { key, answer } : null;
  } catch {
    return null;
  }
}
