// Names that a product never stores, matched against those of annotations, parts, parameters and members.

/** Names of clients whose answers are remembered. */
const MAX_KNOWN = 5000;

/** Names that are never stored. `*` stands for any text; a name with a dot also stands for a path of members (`user.email`). */
export class NeverStored {
  readonly isEmpty: boolean;
  readonly #exact: ReadonlySet<string>;
  readonly #globs: readonly string[];
  readonly #known = new Map<string, boolean>();

  constructor(names: readonly string[]) {
    const lower = names.map((name) => name.trim().toLowerCase());
    this.isEmpty = names.length === 0;
    this.#exact = new Set(lower.filter((name) => !name.includes('*')));
    this.#globs = lower.filter((name) => name.includes('*'));
  }

  has(name: string): boolean {
    if (this.isEmpty) return false;
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const lower = name.toLowerCase();
    const answer = this.#exact.has(lower) || this.#globs.some((glob) => matchesGlob(glob, lower));
    // Clients choose the names, so that the memory of them is bounded.
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    if (name.length <= 200) this.#known.set(name, answer);
    return answer;
  }
}

/** `*` stands for any text. Takes no more than length × number of stars. */
function matchesGlob(glob: string, text: string): boolean {
  const pieces = glob.split('*');
  const [first = ''] = pieces;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  const last = pieces.at(-1) ?? '';
  return text.length - last.length >= at && text.endsWith(last);
}
