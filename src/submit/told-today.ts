// What the inbox has been told today, so that what every request repeats makes one line a day.

const DAY_MS = 86_400_000;
/** Clients choose part of the names: what is beyond is not told at all. */
const MAX_NAMES = 5000;

/** A set of names that is forgotten at midnight (UTC). */
export class ToldToday {
  readonly #now: () => number;
  #day = 0;
  readonly #names = new Set<string>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whether the name is new today; it is not any more afterwards. */
  isFirst(name: string): boolean {
    const day = Math.floor(this.#now() / DAY_MS);
    if (day !== this.#day) {
      this.#day = day;
      this.#names.clear();
    }
    if (this.#names.has(name) || this.#names.size >= MAX_NAMES) return false;
    this.#names.add(name);
    return true;
  }
}
