// Puts the values of an occurrence into the sections in which pages show them.
import type { CgiRequest } from './cgi.ts';
import { type Section, SECTION_IDS, type SectionEntry, type SectionId } from './understood-occurrence.ts';

const PREFIXES: readonly (readonly [prefix: string, section: SectionId])[] = [
  ['G_', 'get'],
  ['P_', 'post'],
  ['C_', 'cookies'],
  ['S_', 'session'],
];

/** Collects entries by section; what a client sent itself stands before what was read from variables. */
export class SectionBuilder {
  readonly #entries = new Map<SectionId, SectionEntry[]>();

  /** Adds values; names with `G_`, `P_`, `C_`, `S_` go, without it, to the section of such variables. */
  add(section: SectionId, values: Readonly<Record<string, string>>, { split = false } = {}): this {
    for (const [key, value] of Object.entries(values)) {
      const prefixed =
        split && key.charCodeAt(1) === 95
          ? PREFIXES.find(([prefix]) => key.startsWith(prefix) && key.length > prefix.length)
          : undefined;
      if (prefixed === undefined) this.#push(section, { key, value, source: 'client' });
      else this.#push(prefixed[1], { key: key.slice(prefixed[0].length), value, source: 'client' });
    }
    return this;
  }

  /** Adds one entry for each value. */
  addEach(section: SectionId, key: string, values: readonly string[]): this {
    for (const value of values) this.#push(section, { key, value, source: 'client' });
    return this;
  }

  /** Adds what CGI variables tell, except what the client has said itself. */
  addCgi(cgi: CgiRequest | null): this {
    if (cgi === null) return this;
    for (const [section, entries] of [
      ['request', cgi.request],
      ['get', cgi.get],
      ['cookies', cgi.cookies],
    ] as const) {
      const known = new Set(this.#entries.get(section)?.map(({ key }) => key));
      for (const entry of entries) if (!known.has(entry.key)) this.#push(section, entry);
    }
    return this;
  }

  /** The sections that have entries, in the order of `SECTION_IDS`. */
  build(): readonly Section[] {
    return SECTION_IDS.flatMap((id) => {
      const entries = this.#entries.get(id);
      return entries === undefined ? [] : [{ id, entries }];
    });
  }

  #push(section: SectionId, entry: SectionEntry): void {
    const entries = this.#entries.get(section);
    if (entries === undefined) this.#entries.set(section, [entry]);
    else entries.push(entry);
  }
}
