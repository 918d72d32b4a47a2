// The facts of a symbol file as its index keeps them.
import type { SymbolFileFacts } from './module-symbols.ts';

/** With the generation of the inline records, which only lookups need. */
export type StoredFacts = SymbolFileFacts & {
  /** INLINE_ORIGIN names start with a file number that is not part of the name. */
  readonly oldInlines: boolean;
};

/** JSON in UTF-8. */
export function encodeFacts(facts: StoredFacts): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(facts));
}

/** Null where the bytes are damaged. */
export function decodeFacts(bytes: Uint8Array): StoredFacts | null {
  try {
    const facts: unknown = JSON.parse(new TextDecoder().decode(bytes));
    // Mayday wrote this itself; the length check of the trailer found it whole.
    return typeof facts === 'object' && facts !== null && 'skippedLines' in facts
      ? (facts as StoredFacts)
      : null;
  } catch {
    return null;
  }
}

/** The facts without what only lookups need. */
export function publicFacts(stored: StoredFacts): SymbolFileFacts {
  const { oldInlines: _, ...facts } = stored;
  return facts;
}
