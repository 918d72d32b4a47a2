// How many bugs without a stored report are kept: the rest of them is forgotten.

/** What a bug without reports takes with its rows and indexes, about; such bugs get a small part of the store's limit. */
const BUG_BYTES = 2560;
const PART_OF_STORE = 16;

/** For a store with this limit. */
export function bugsToKeep(maxBytes: number): number {
  return Math.floor(maxBytes / PART_OF_STORE / BUG_BYTES);
}
