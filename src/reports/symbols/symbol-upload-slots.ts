// How many uploads may be under way at once: each takes disk space for its body and its text.

/** Slots for uploads; one that finds none is told to come again. */
export class UploadSlots {
  private free: number;

  constructor(count = 8) {
    this.free = count;
  }

  /** Runs `work` in a slot; `busy` where there is none. */
  async run<T>(work: () => Promise<T>, busy: () => T | Promise<T>): Promise<T> {
    if (this.free === 0) return busy();
    this.free--;
    try {
      return await work();
    } finally {
      this.free++;
    }
  }
}
