// One crash as a row of facts: what searches, facets and counts know of it. Keys are numbers (`facet_keys`), so that a row is short.

/** A word or number, or several words (frames, modules). Absent knowledge has no entry. */
export type FactValue = string | number | readonly string[];

/** The facts of one crash, by number of the key. */
export type FactRow = readonly (readonly [key: number, value: FactValue])[];

/** A row as text: `[key, value, key, value, …]`. */
export function factsToText(row: FactRow): string {
  return JSON.stringify(row.flat(1));
}

/** The row that `factsToText` wrote. */
export function factsOfText(text: string): FactRow {
  const flat = JSON.parse(text) as readonly FactValue[];
  const row: [number, FactValue][] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) row.push([flat[at] as number, flat[at + 1] as FactValue]);
  return row;
}
