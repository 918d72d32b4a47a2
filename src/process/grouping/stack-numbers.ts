// Names as numbers, where a short hash is enough.

/** FNV-1a, 32 bits: names need no secrecy, and a rare clash costs a worse suggestion. */
export function stackNumbers(names: readonly string[]): readonly number[] {
  return names.map((name) => {
    let hash = 0x811c9dc5;
    for (let index = 0; index < name.length; index += 1) {
      hash ^= name.charCodeAt(index);
      hash = Math.imul(hash, 0x01000193);
    }
    return hash >>> 0;
  });
}
