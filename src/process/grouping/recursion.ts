// A function that calls itself stands in a stack as often as it did: once says the same. So do two or more that call each other.

/** Longest cycle of different calls that is looked for. */
const MAX_CYCLE = 12;
/** Frames that are looked at: a cycle shows at the top of a stack. */
const MAX_FRAMES = 200;

/** The stack with every run of repeats once: `a a a b` is `a b`, `a b a b c` is `a b c`. */
export function withoutRepeats<T>(frames: readonly T[], nameOf: (frame: T) => string): readonly T[] {
  const names: string[] = [];
  const kept: T[] = [];
  for (const frame of frames.slice(0, MAX_FRAMES)) {
    names.push(nameOf(frame));
    kept.push(frame);
    for (let length = 1; length <= MAX_CYCLE && names.length >= 2 * length; length += 1) {
      if (!endsWithTwice(names, length)) continue;
      names.length -= length;
      kept.length -= length;
      break;
    }
  }
  return kept;
}

function endsWithTwice(names: readonly string[], length: number): boolean {
  for (let back = 1; back <= length; back += 1) {
    if (names[names.length - back] !== names[names.length - back - length]) return false;
  }
  return true;
}

/**
 * The cycle in which a stack overflowed, turned so that its names are alphabetically first: at which of them the stack ended is chance, and so is
 * what the last of them had just called. Null where nothing repeats.
 */
export function overflowCycle<T>(frames: readonly T[], nameOf: (frame: T) => string): readonly T[] | null {
  const names = frames.slice(0, MAX_FRAMES).map((frame) => nameOf(frame));
  for (let length = 1; length <= MAX_CYCLE; length += 1) {
    for (let start = 0; start + 3 * length <= names.length && start <= MAX_FRAMES / 4; start += 1) {
      if (!repeatsThrice(names, start, length)) continue;
      const turned = (list: readonly string[], by: number): string =>
        [...list.slice(by), ...list.slice(0, by)].join('\n');
      const cycle = frames.slice(start, start + length);
      const cycleNames = names.slice(start, start + length);
      let first = 0;
      for (let by = 1; by < length; by += 1) {
        if (turned(cycleNames, by) < turned(cycleNames, first)) first = by;
      }
      return [...cycle.slice(first), ...cycle.slice(0, first)];
    }
  }
  return null;
}

function repeatsThrice(names: readonly string[], start: number, length: number): boolean {
  for (let index = start; index < start + 2 * length; index += 1) {
    if (names[index] !== names[index + length]) return false;
  }
  return true;
}
