// Progress of a long command: a bar that redraws itself on a terminal, now and then a plain line elsewhere.
import type { CommandIo } from './command.ts';

const WIDTH = 30;
const LINE_EVERY_MS = 5000;

/** Shows how far something is. */
export class Progress {
  readonly #io: CommandIo;
  readonly #label: string;
  readonly #now: () => number;
  #shownAt = Number.NEGATIVE_INFINITY;
  #drawn = false;

  constructor(io: CommandIo, label: string, now: () => number = Date.now) {
    this.#io = io;
    this.#label = label;
    this.#now = now;
  }

  show(done: number, total: number): void {
    if (this.#io.terminal) {
      const share = total === 0 ? 1 : Math.min(1, done / total);
      const filled = Math.round(share * WIDTH);
      const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled);
      (this.#io.steer ?? this.#io.out)(`\r\u001b[K${this.#label} ${bar} ${done} of ${total}`);
      this.#drawn = true;
      return;
    }
    if (this.#now() - this.#shownAt < LINE_EVERY_MS) return;
    this.#shownAt = this.#now();
    this.#io.out(`${this.#label}: ${done} of ${total}\n`);
  }

  /** Leaves the bar as it is and goes to a new line. */
  end(): void {
    if (this.#drawn) this.#io.out('\n');
    this.#drawn = false;
  }
}
