// Who may write: batches and the steps of housekeeping, one after the other, in the order in which they asked.

export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `work` when everything that asked before is through; a failure is the caller's alone. */
  take<T>(work: () => T | Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
