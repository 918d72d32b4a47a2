// What a parser has to say about the parts that it could not read. A note never stops the parse.

/** One remark about a damaged, limited or odd part of a minidump. */
export interface Note {
  /** Where: the stream or part, in the words of the format (`ModuleList`, `CrashpadInfo`, `header`). */
  readonly part: string;
  readonly text: string;
}

const MAX_NOTES = 200;

/** Collects notes, at most 200: a damaged dump can give one for each of 262,144 regions. */
export class NoteList {
  readonly #notes: Note[] = [];
  #dropped = 0;

  add(part: string, text: string): void {
    if (this.#notes.length < MAX_NOTES) this.#notes.push({ part, text });
    else this.#dropped += 1;
  }

  toArray(): readonly Note[] {
    if (this.#dropped === 0) return this.#notes;
    return [...this.#notes, { part: 'notes', text: `${this.#dropped} further notes were dropped` }];
  }
}
