// Work on one thing at a time, by its name: files of one build may arrive at the same moment, and whoever is second has to see the first.

/** Runs what is asked for under a name one after the other; other names do not wait. */
export class OneAtATime {
  private readonly last = new Map<string, Promise<unknown>>();

  run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const result = (this.last.get(name) ?? Promise.resolve()).then(work);
    const settled = result
      .catch(() => {})
      .finally(() => {
        if (this.last.get(name) === settled) this.last.delete(name);
      });
    this.last.set(name, settled);
    return result;
  }
}
