// Collector notes: one sentence for everything odd that was accepted, bounded whatever a client sends.

const MAX_NOTES = 50;
const MAX_QUOTED = 80;

/** Collects notes; after the fiftieth, one more says that there were others. */
export class Notes {
  readonly #sentences: string[] = [];
  #dropped = 0;

  add(sentence: string): void {
    if (this.#sentences.length < MAX_NOTES) this.#sentences.push(sentence);
    else this.#dropped += 1;
  }

  list(): readonly string[] {
    if (this.#dropped === 0) return this.#sentences;
    return [...this.#sentences, `There were ${this.#dropped} more notes like these.`];
  }
}

/** Text of a client as it stands in a note: in quotes, without control characters, cut to a readable length. */
export function quoted(text: string): string {
  const clean = text.replaceAll(/\p{Cc}/gu, ' ');
  return clean.length > MAX_QUOTED ? `"${clean.slice(0, MAX_QUOTED)}…"` : `"${clean}"`;
}
