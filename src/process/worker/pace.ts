// Lets submitting go first: while reports arrive in this process faster than any queue could be worked off, processing waits. It
// still takes a load now and then, so that a flood that never ends does not stop it for good.

/** Above this many arrivals a second, processing waits. */
const BUSY_PER_SECOND = 1000;
const MAX_WAIT_MS = 5000;
/** A rate is not judged by less than this: two reports of one moment are no flood. */
const WINDOW_MS = 100;

/** Times are in milliseconds of a clock that never goes back. */
export class Pace {
  #arrived = 0;
  #lookedAt: number;
  #waitingSince: number | null = null;
  #busy = false;

  constructor(now: number) {
    this.#lookedAt = now;
  }

  /** A report has arrived in this process. */
  arrived(): void {
    this.#arrived += 1;
  }

  /** Whether to wait before the next load. */
  shouldWait(now: number): boolean {
    if (now - this.#lookedAt >= WINDOW_MS) {
      this.#busy = (this.#arrived * 1000) / (now - this.#lookedAt) > BUSY_PER_SECOND;
      this.#arrived = 0;
      this.#lookedAt = now;
    }
    if (!this.#busy) {
      this.#waitingSince = null;
      return false;
    }
    this.#waitingSince ??= now;
    if (now - this.#waitingSince < MAX_WAIT_MS) return true;
    this.#waitingSince = now;
    return false;
  }
}
