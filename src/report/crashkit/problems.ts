// The list of faults that a strict check finds: bounded, each one line `<path>: <what is wrong>`.

/** More faults than these help nobody; the last entry then says that there are more. */
export const MAX_PROBLEMS = 50;

const MAX_PATH_LENGTH = 200;

/** Collects faults; `full` turns true once nothing more will be kept, so that loops can stop. */
export class Problems {
  readonly #lines: string[] = [];
  #dropped = false;
  readonly #what: string;

  /** `what` is listed, in the plural. */
  constructor(what = 'faults') {
    this.#what = what;
  }

  get full(): boolean {
    return this.#dropped;
  }

  /** Notes one fault. Control characters in a path, which a client chose, are written as spaces. */
  add(path: string, what: string): void {
    if (this.#lines.length >= MAX_PROBLEMS) {
      this.#dropped = true;
      return;
    }
    const clean = path.replace(/[\u0000-\u001f\u007f]/g, ' ');
    const shown = clean.length > MAX_PATH_LENGTH ? `${clean.slice(0, MAX_PATH_LENGTH)}…` : clean;
    this.#lines.push(`${shown === '' ? 'payload' : shown}: ${what}`);
  }

  /** The faults in the order in which they were found. */
  list(): readonly string[] {
    return this.#dropped
      ? [...this.#lines, `payload: has more ${this.#what} than are listed here`]
      : [...this.#lines];
  }
}
