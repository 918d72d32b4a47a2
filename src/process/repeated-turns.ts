// Runs a step of background work again and again: at once while there is more, else after a pause or when nudged. The step holds nothing
// that is not in the store, so it may end at any moment and run in several processes.
import type { Log } from '../base/log.ts';

/** After an error of the store. */
const TROUBLE_MS = 10_000;

export class Turns {
  /** Resolves when the signal has ended the turns. */
  readonly done: Promise<void>;
  #wake: () => void = () => undefined;
  #nudged = false;

  constructor(
    step: () => Promise<boolean>,
    options: {
      /** What it does, for the log: `delivering notifications`. */
      readonly name: string;
      readonly pollMs: number;
      readonly log: Log;
      readonly signal: AbortSignal;
    },
  ) {
    this.done = this.#run(step, options);
    options.signal.addEventListener('abort', () => this.nudge());
  }

  nudge(): void {
    this.#nudged = true;
    this.#wake();
  }

  async #run(
    step: () => Promise<boolean>,
    { name, pollMs, log, signal }: ConstructorParameters<typeof Turns>[1],
  ): Promise<void> {
    while (!signal.aborted) {
      let pause = pollMs;
      try {
        if (await step()) continue;
      } catch (error) {
        // Everything is still in the store: the next turn finds it.
        log.error({ err: error }, `${name} failed; trying again`);
        pause = TROUBLE_MS;
      }
      if (!signal.aborted) await this.#pause(pause);
    }
  }

  #pause(ms: number): Promise<void> {
    if (this.#nudged) {
      this.#nudged = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#wake(), ms);
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = () => undefined;
        this.#nudged = false;
        resolve();
      };
    });
  }
}
