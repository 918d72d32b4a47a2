// Walks all units of a file's debug information and writes its functions, with lines and inlined calls.
import { CodeRanges } from '../code-ranges.ts';
import { SectionCursor } from '../section-cursor.ts';
import { DwarfEntry, skipEntry, TAG } from './dwarf-entry.ts';
import type { DwarfFile, EntryReference } from './dwarf-file.ts';
import type { DwarfTarget } from './dwarf-target.ts';
import { type DwarfUnit, UNIT_TYPE } from './dwarf-unit.ts';
import { EntryNames } from './entry-names.ts';
import { FunctionWriter, type OpenFunction } from './function-writer.ts';
import { intersect, type Ranges } from './range-lists.ts';
import { ScopeTables } from './scopes.ts';
import { SplitLines, UnitLines } from './unit-lines.ts';

const MAX_DEPTH = 1000;
/** Rows of the line tables of one file. */
const MAX_LINE_ROWS = 50_000_000;

/** Writes the functions of all units. */
export function writeDwarf(file: DwarfFile, target: DwarfTarget): void {
  const { info } = file.sections;
  if (info === null) return;
  const names = new EntryNames(new ScopeTables());
  const writer = new FunctionWriter(target, names);
  const cursor = new SectionCursor(info, 256 * 1024);
  let broken = file.damagedUnits;
  let withoutLines = 0;
  let lacking = 0;
  let rows = MAX_LINE_ROWS;
  for (const header of file.unitHeaders()) {
    if (target.isOver()) return;
    const unit = file.unit(header);
    if (unit === null) {
      if (header.type !== UNIT_TYPE.type && header.type !== UNIT_TYPE.splitType) broken++;
      continue;
    }
    const lines = new UnitLines(unit, file, target.lineCode ?? target.code, rows);
    const joined = unit.splitId === null ? null : (target.split?.join(unit) ?? null);
    const walk =
      joined === null
        ? new UnitWalk(unit, file, cursor, writer, lines)
        : new UnitWalk(
            joined.unit,
            joined.file,
            new SectionCursor(joined.file.sections.info ?? info),
            writer,
            new SplitLines(lines, joined, target.lineCode ?? target.code),
          );
    if (!walk.run()) broken++;
    if (unit.isWhole) writeUnnamed(lines, walk.covered, writer, target);
    if (unit.dwoName !== null && joined === null) lacking++;
    if (lines.isDamaged) withoutLines++;
    rows -= lines.rows;
  }
  if (lacking > 0)
    target.note(`${lacking} units have their debug information in .dwo files, which are not here`);
  if (broken > 0) target.note(`${broken} units of the debug information are damaged`);
  if (withoutLines > 0) target.note(`the lines of ${withoutLines} units cannot be read`);
  if (file.endlessRanges > 0) target.note(`${file.endlessRanges} lists of ranges have no end`);
  if (rows <= 0) target.note('the line tables are too long; some lines were left out');
}

/**
 * Assemblers describe lines, but few functions; compilers that are asked for line tables alone (`-gmlt`) leave out functions without inlined
 * calls. The symbols in a unit's lines get what no function covers.
 */
function writeUnnamed(
  lines: UnitLines,
  covered: Ranges,
  writer: FunctionWriter,
  { symbols }: DwarfTarget,
): void {
  if (symbols.length === 0) return;
  const functions = new CodeRanges(
    Array.from({ length: covered.length / 2 }, (_, i) => {
      const start = covered[i * 2] ?? 0;
      return { start, size: (covered[i * 2 + 1] ?? 0) - start };
    }),
  );
  for (const { start, end } of lines.table?.extents() ?? []) {
    for (let at = start; at < end;) {
      if (functions.has(at)) {
        at = Math.max(at + 1, functions.endOf(at));
        continue;
      }
      const gapEnd = Math.min(end, functions.nextStart(at));
      for (const list of symbols) {
        list.between(at, gapEnd, (address, size, name) =>
          writer.writeSymbol(address, Math.min(size, gapEnd - address), name, lines),
        );
      }
      at = gapEnd;
    }
  }
}

/** Where the walk is: of which function, how deep in inlined calls, and within which addresses. */
type Place = {
  readonly func: OpenFunction | null;
  readonly depth: number;
  readonly within: Ranges;
  /** The function ends with the entry that this place belongs to: the place of the entries in it; null elsewhere. */
  readonly body: Place | null;
};

const NOWHERE: Place = { func: null, depth: 0, within: [], body: null };

/** The walk through the entries of one unit. */
class UnitWalk {
  private readonly unit: DwarfUnit;
  private readonly file: DwarfFile;
  private readonly cursor: SectionCursor;
  private readonly writer: FunctionWriter;
  private readonly lines: UnitLines;
  private readonly entry = new DwarfEntry();
  /** Start and end of each part of the functions that were found. */
  readonly covered: Ranges = [];

  constructor(
    unit: DwarfUnit,
    file: DwarfFile,
    cursor: SectionCursor,
    writer: FunctionWriter,
    lines: UnitLines,
  ) {
    this.unit = unit;
    this.file = file;
    this.cursor = cursor;
    this.writer = writer;
    this.lines = lines;
  }

  /** False where the unit is damaged; what was read before stands. */
  run(): boolean {
    const { unit, cursor } = this;
    const { table, end } = unit;
    const open: Place[] = [];
    let place = NOWHERE;
    let sound = true;
    cursor.seek(unit.entriesAt);
    while (cursor.position < end) {
      const offset = cursor.position;
      const code = cursor.uleb();
      if (code === 0) {
        if (place.body !== null && place.func !== null) this.writer.write(place.func, this.lines);
        const outer = open.pop();
        if (outer === undefined) break;
        place = outer;
        if (open.length === 0) break;
        continue;
      }
      const shape = table.get(code);
      if (shape === undefined) {
        sound = false;
        break;
      }
      let inner = place.body ?? place;
      if (shape.tag === TAG.subprogram || (shape.tag === TAG.inlinedSubroutine && place.func !== null)) {
        this.entry.read(cursor, shape, unit);
        this.entry.offset = offset;
        inner = shape.tag === TAG.subprogram ? this.enterFunction() : this.enterCall(place);
      } else skipEntry(cursor, shape, unit);
      if (cursor.failed) {
        sound = false;
        break;
      }
      if (!shape.hasChildren) {
        if (inner.body !== null && inner.func !== null) this.writer.write(inner.func, this.lines);
        continue;
      }
      if (open.length >= MAX_DEPTH) {
        sound = false;
        break;
      }
      open.push(place);
      place = inner;
    }
    if (!sound) this.finish(open, place);
    return sound;
  }

  /** Writes the functions that were open where the unit broke off. */
  private finish(open: readonly Place[], place: Place): void {
    for (const each of [...open, place]) {
      if (each.body !== null && each.func !== null) this.writer.write(each.func, this.lines);
    }
  }

  private enterFunction(): Place {
    const ranges = this.file.rangesOf(this.unit, this.entry);
    const alive = ranges === null ? [] : this.writer.alive(ranges);
    if (alive.length === 0) return NOWHERE;
    for (const bound of alive) this.covered.push(bound);
    const func: OpenFunction = {
      at: { file: this.file, offset: this.entry.offset },
      ranges: alive,
      calls: [],
    };
    const body: Place = { func, depth: 0, within: alive, body: null };
    return { ...body, body };
  }

  private enterCall(place: Place): Place {
    const { file, unit, entry } = this;
    const { func } = place;
    const ranges = file.rangesOf(unit, entry);
    if (func === null || ranges === null) return { ...place, within: [], body: null };
    const within = intersect(ranges, place.within);
    const origin: EntryReference | null =
      entry.originForm === 0 ? null : file.reference(unit, entry.originForm, entry.origin);
    if (within.length > 0) {
      func.calls.push({
        depth: place.depth,
        line: entry.callLine,
        file: entry.callFile,
        origin,
        ranges: within,
      });
    }
    return { func, depth: place.depth + 1, within, body: null };
  }
}
