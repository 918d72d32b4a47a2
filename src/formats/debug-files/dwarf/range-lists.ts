// Lists of address ranges: `.debug_ranges` (DWARF 4, section 2.17.3) and `.debug_rnglists` (DWARF 5, sections 2.17.3 and 7.25).
import type { SectionCursor } from '../section-cursor.ts';

/** Ranges of one entry. */
const MAX_RANGES = 100_000;

/** Start and end of each range in turn. */
export type Ranges = number[];

/** Reads a list of version 2 to 4. `base`: where its addresses count from until the list says otherwise. */
export function readOldRanges(cursor: SectionCursor, addressBytes: 4 | 8, base: number): Ranges {
  const ranges: Ranges = [];
  const largest = addressBytes === 8 ? 2 ** 64 : 2 ** 32 - 1;
  let from = base;
  for (let i = 0; i < MAX_RANGES; i++) {
    const start = cursor.word(addressBytes);
    const end = cursor.word(addressBytes);
    if (cursor.failed || (start === 0 && end === 0)) break;
    if (start >= largest) from = end;
    else if (end > start) ranges.push(from + start, from + end);
  }
  return ranges;
}

/** Reads a list of version 5; `address` gives an address by its index. */
export function readRangeList(
  cursor: SectionCursor,
  addressBytes: 4 | 8,
  base: number,
  address: (index: number) => number | null,
): Ranges {
  const ranges: Ranges = [];
  let from: number | null = base;
  const add = (start: number | null, end: number | null): void => {
    if (start !== null && end !== null && end > start) ranges.push(start, end);
  };
  const plus = (one: number | null, other: number): number | null => (one === null ? null : one + other);
  for (let i = 0; i < MAX_RANGES; i++) {
    const kind = cursor.u8();
    if (cursor.failed || kind === 0) break;
    switch (kind) {
      case 1: // base_addressx
        from = address(cursor.uleb());
        break;
      case 2: // startx_endx
        add(address(cursor.uleb()), address(cursor.uleb()));
        break;
      case 3: {
        // startx_length
        const start = address(cursor.uleb());
        add(start, plus(start, cursor.uleb()));
        break;
      }
      case 4: {
        // offset_pair
        const start = cursor.uleb();
        const end = cursor.uleb();
        add(plus(from, start), plus(from, end));
        break;
      }
      case 5: // base_address
        from = cursor.word(addressBytes);
        break;
      case 6: // start_end
        add(cursor.word(addressBytes), cursor.word(addressBytes));
        break;
      case 7: {
        // start_length
        const start = cursor.word(addressBytes);
        add(start, start + cursor.uleb());
        break;
      }
      default:
        return ranges;
    }
  }
  return ranges;
}

/** The parts of ranges that lie in others; both are put in order. */
export function intersect(ranges: Ranges, within: Ranges): Ranges {
  if (ranges.length === 2 && within.length === 2) {
    const start = Math.max(ranges[0] ?? 0, within[0] ?? 0);
    const end = Math.min(ranges[1] ?? 0, within[1] ?? 0);
    return end > start ? [start, end] : [];
  }
  const one = ordered(ranges);
  const other = ordered(within);
  const both: Ranges = [];
  for (let i = 0, j = 0; i < one.length && j < other.length;) {
    const start = Math.max(one[i] ?? 0, other[j] ?? 0);
    const end = Math.min(one[i + 1] ?? 0, other[j + 1] ?? 0);
    if (end > start) both.push(start, end);
    if ((one[i + 1] ?? 0) < (other[j + 1] ?? 0)) i += 2;
    else j += 2;
  }
  return both;
}

function ordered(ranges: Ranges): Ranges {
  let ascending = true;
  for (let i = 2; i < ranges.length && ascending; i += 2)
    ascending = (ranges[i] ?? 0) >= (ranges[i - 2] ?? 0);
  if (ascending) return ranges;
  const order = Array.from({ length: ranges.length / 2 }, (_, i) => i * 2);
  order.sort((a, b) => (ranges[a] ?? 0) - (ranges[b] ?? 0) || (ranges[a + 1] ?? 0) - (ranges[b + 1] ?? 0));
  return order.flatMap((at) => [ranges[at] ?? 0, ranges[at + 1] ?? 0]);
}
