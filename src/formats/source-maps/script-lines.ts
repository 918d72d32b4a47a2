// Lines of a text as JavaScript counts them (ECMA-262, LineTerminatorSequence): maps and stacks count the same way.

/** Where each line begins, in UTF-16 units; the first is 0. */
export function lineStarts(text: string): Uint32Array {
  const starts: number[] = [0];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x0d && text.charCodeAt(at + 1) === 0x0a) continue;
    if (code === 0x0a || code === 0x0d || code === 0x2028 || code === 0x2029) starts.push(at + 1);
  }
  return Uint32Array.from(starts);
}

/** The index of the last element that is not greater than `wanted`; -1: all are. */
export function lastNotAfter(sorted: Uint32Array, wanted: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) <= wanted) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
