// Waiting that somebody else can end: a wake-up that comes while nobody waits is kept for the next one who does.

/** One waits, anybody wakes. */
export class Wakeup {
  #kept = false;
  #waiting: ((woken: boolean) => void) | null = null;

  wake(): void {
    if (this.#waiting === null) this.#kept = true;
    else this.#waiting(true);
  }

  /** Resolves with true when woken, with false after `ms`. The timer keeps no process alive. */
  after(ms: number): Promise<boolean> {
    if (this.#kept) {
      this.#kept = false;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#waiting?.(false), ms);
      timer.unref();
      this.#waiting = (woken) => {
        clearTimeout(timer);
        this.#waiting = null;
        resolve(woken);
      };
    });
  }
}
