// Signs that turn the direction of text around, and would let a page say something else than what a client sent (`exe.gpj` for `gpj.exe`): they are
// shown by their numbers. In fields of forms they stay, since what is sent back must be what was there.

// Embeddings, overrides and isolates of UAX 9. The marks for right and left (U+200E, U+200F) move nothing by themselves.
const TURNS = /[\u202a-\u202e\u2066-\u2069]/;
/** Markup, whose attributes have `>` escaped, and texts of fields; or a sign between them. */
const PARTS = /(<textarea\b[^]*?<\/textarea>|<[^>]*>)|[\u202a-\u202e\u2066-\u2069]/g;

/** A page whose texts show such signs. */
export function visibleSigns(document: string): string {
  if (!TURNS.test(document)) return document;
  return document.replaceAll(
    PARTS,
    (found, markup: string | undefined) => markup ?? `[U+${found.charCodeAt(0).toString(16).toUpperCase()}]`,
  );
}
