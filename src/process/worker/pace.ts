// Lets submitting go first: while reports arrive in this process faster than any queue could be worked off, or while they keep the
// thread that takes them in busy, processing waits. It still takes a load now and then, so that a flood that never ends does not stop it
// for good.

/** Above this many arrivals a second, processing waits. */
const BUSY_PER_SECOND = 1000;
/** Fewer are no flood, however busy the thread is: they need what processing leaves of it, and that is enough. */
const SOME_PER_SECOND = 30;
/** So much of its time the thread that takes reports in may be at work before processing waits. */
const BUSY_SHARE = 0.6;
const MAX_WAIT_MS = 5000;
/** A rate is not judged by less than this: two reports of one moment are no flood. */
const WINDOW_MS = 100;

/** Times are in milliseconds of a clock that never goes back. */
export class Pace {
  readonly #busyShare: () => number;
  #arrived = 0;
  #lookedAt: number;
  #waitingSince: number | null = null;
  #busy = false;

  /** `busyShare` gives which share of its time the main thread was at work since it was last asked. */
  constructor(now: number, busyShare: () => number) {
    this.#lookedAt = now;
    this.#busyShare = busyShare;
  }

  /** A report has arrived in this process. */
  arrived(): void {
    this.#arrived += 1;
  }

  /** Whether to wait before the next load. */
  shouldWait(now: number): boolean {
    if (now - this.#lookedAt >= WINDOW_MS) {
      const perSecond = (this.#arrived * 1000) / (now - this.#lookedAt);
      const share = this.#busyShare();
      this.#busy = perSecond > BUSY_PER_SECOND || (perSecond > SOME_PER_SECOND && share > BUSY_SHARE);
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

/** What `Pace` asks about the event loop of the thread that calls. */
export function eventLoopShare(): () => number {
  let before = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    return utilization;
  };
}
