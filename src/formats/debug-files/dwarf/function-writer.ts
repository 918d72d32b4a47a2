// Writes one function of debug information: a record for each of its ranges (hot and cold parts), with the lines and inlined calls that
// lie in it.
import type { DwarfFile, EntryReference } from './dwarf-file.ts';
import type { DwarfTarget } from './dwarf-target.ts';
import type { EntryNames } from './entry-names.ts';
import { intersect, type Ranges } from './range-lists.ts';
import type { UnitLines } from './unit-lines.ts';

const MAX_RECORD_SIZE = 2 ** 32 - 1;
/** Origins whose numbers are remembered, in all. */
const MAX_ORIGINS = 500_000;

/** A call that was inlined. */
export type InlinedEntry = {
  readonly depth: number;
  readonly line: number;
  /** Number in the line table of the unit that holds the call. */
  readonly file: number;
  readonly origin: EntryReference | null;
  readonly ranges: Ranges;
};

/** A function while its entries are being read. */
export type OpenFunction = {
  readonly at: EntryReference;
  /** Start and end of each part, as linked. */
  readonly ranges: Ranges;
  readonly calls: InlinedEntry[];
};

const encoder = new TextEncoder();

export class FunctionWriter {
  private readonly target: DwarfTarget;
  private readonly names: EntryNames;
  /** By the place of the name in `.debug_str`, which linkers write once for all units. */
  private readonly byName = new Map<number, number>();
  private readonly byEntry = new Map<DwarfFile, Map<number, number>>();

  constructor(target: DwarfTarget, names: EntryNames) {
    this.target = target;
    this.names = names;
  }

  /** The ranges that hold code, cut to it: linkers leave the debug information of what they dropped. */
  alive(ranges: Ranges): Ranges {
    const { code } = this.target;
    const alive: Ranges = [];
    for (let i = 0; i < ranges.length; i += 2) {
      const start = ranges[i] ?? 0;
      const end = Math.min(ranges[i + 1] ?? 0, code.endOf(start));
      if (end > start) alive.push(start, end);
    }
    return alive;
  }

  /** Writes a function that only a symbol names, with the lines that its unit has there. */
  writeSymbol(address: number, size: number, name: Uint8Array, lines: UnitLines): void {
    const { sink, base } = this.target;
    const end = Math.min(address + size, this.target.code.endOf(address));
    const rows = end > address && address >= base ? this.rowsOf(address, end, lines) : [];
    if (rows.length === 0) return;
    sink.func(address - base, end - address, 0, name);
    this.writeRows(rows);
  }

  write(func: OpenFunction, lines: UnitLines): void {
    const { sink, base } = this.target;
    const own = this.names.nameAt(func.at);
    const name = own === '' ? this.symbolAt(func.ranges[0] ?? 0) : encoder.encode(own);
    for (let i = 0; i < func.ranges.length; i += 2) {
      const start = func.ranges[i] ?? 0;
      const end = func.ranges[i + 1] ?? 0;
      if (end - start > MAX_RECORD_SIZE || start < base) continue;
      const rows = this.rowsOf(start, end, lines);
      const calls = this.callsOf(func, [start, end], lines);
      sink.func(start - base, end - start, 0, name);
      this.writeRows(rows);
      for (const { depth, line, file, origin, ranges } of calls)
        sink.inline(depth, line, file, origin, ranges);
    }
  }

  /** The name that symbols give the first byte of a function which its entry does not name. */
  private symbolAt(start: number): Uint8Array {
    let found: Uint8Array = new Uint8Array(0);
    for (const list of this.target.symbols) {
      list.between(start, start + 1, (_address, _size, name) => {
        if (found.length === 0) found = name.slice();
      });
    }
    return found;
  }

  private writeRows(rows: readonly number[]): void {
    const { sink } = this.target;
    for (let row = 0; row < rows.length; row += 4) {
      sink.line(rows[row] ?? 0, rows[row + 1] ?? 0, rows[row + 2] ?? 0, rows[row + 3] ?? 0);
    }
  }

  /** Offset, size, line and file of each row in turn; equal neighbours are one. */
  private rowsOf(start: number, end: number, lines: UnitLines): number[] {
    const { numbers, base } = this.target;
    const { table } = lines;
    const rows: number[] = [];
    if (table === null) return rows;
    let lastFile = -1;
    let lastNumber = -1;
    table.eachRow(start, end, (address, size, line, file) => {
      if (file !== lastFile) {
        lastFile = file;
        lastNumber = numbers.file(table.path(file) ?? '');
      }
      const at = rows.length - 4;
      const follows = at >= 0 && (rows[at] ?? 0) + (rows[at + 1] ?? 0) === address - base;
      if (follows && rows[at + 2] === line && rows[at + 3] === lastNumber)
        rows[at + 1] = (rows[at + 1] ?? 0) + size;
      else rows.push(address - base, size, line, lastNumber);
    });
    return rows;
  }

  private callsOf(
    func: OpenFunction,
    part: Ranges,
    lines: UnitLines,
  ): {
    readonly depth: number;
    readonly line: number;
    readonly file: number;
    readonly origin: number;
    readonly ranges: number[];
  }[] {
    const { numbers, base } = this.target;
    return func.calls.flatMap(({ depth, line, file, origin, ranges }) => {
      const within = intersect(ranges, part);
      if (within.length === 0) return [];
      const offsets: number[] = [];
      for (let i = 0; i < within.length; i += 2) {
        offsets.push((within[i] ?? 0) - base, (within[i + 1] ?? 0) - (within[i] ?? 0));
      }
      return [
        {
          depth,
          line,
          file: numbers.file(lines.callPath(file)),
          origin: this.originNumber(origin),
          ranges: offsets,
        },
      ];
    });
  }

  private originNumber(origin: EntryReference | null): number {
    const { numbers } = this.target;
    if (origin === null) return numbers.origin('');
    const entries = this.entriesOf(origin.file);
    const known = entries.get(origin.offset);
    if (known !== undefined) return known;
    const key = this.names.keyOf(origin);
    const named = key === null ? undefined : this.byName.get(key);
    const number = named ?? numbers.origin(this.names.nameAt(origin));
    if (entries.size >= MAX_ORIGINS) entries.clear();
    entries.set(origin.offset, number);
    if (key !== null && named === undefined) {
      if (this.byName.size >= MAX_ORIGINS) this.byName.clear();
      this.byName.set(key, number);
    }
    return number;
  }

  private entriesOf(file: DwarfFile): Map<number, number> {
    const known = this.byEntry.get(file);
    if (known !== undefined) return known;
    const entries = new Map<number, number>();
    this.byEntry.set(file, entries);
    return entries;
  }
}
