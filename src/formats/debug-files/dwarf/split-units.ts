// Split debug information: units in `.dwo` files, and packages of them (`.dwp`). DWARF 5, sections 7.3.2 and 7.3.5; version 2 of the
// package's index is GNU's for DWARF 4.
import type { RandomAccess } from '../../symbols/random-access.ts';
import { SectionCursor } from '../section-cursor.ts';
import { type Contributions, type DwarfFile, NO_CONTRIBUTIONS } from './dwarf-file.ts';
import type { DwarfUnit, UnitHeader } from './dwarf-unit.ts';

const MAX_PACKED_UNITS = 1_000_000;
const MAX_COLUMNS = 16;

/** Columns of a package's index by the number that stands for a section, in its two versions. */
const COLUMNS: Readonly<Record<number, Readonly<Record<number, keyof Contributions | 'info'>>>> = {
  2: { 1: 'info', 3: 'abbreviations', 4: 'lines', 6: 'stringOffsets' },
  5: { 1: 'info', 3: 'abbreviations', 4: 'lines', 6: 'stringOffsets', 8: 'rangeLists' },
};

type SplitUnit = { readonly file: DwarfFile; readonly header: UnitHeader; readonly at: Contributions };

/** All split units that were given for a program, by their ids. */
export class SplitUnits {
  private readonly units = new Map<string, SplitUnit>();

  /** Adds the units of a file; `index` is `.debug_cu_index` of a package. */
  add(file: DwarfFile, index: RandomAccess | null): void {
    const contributions = index === null ? null : readPackageIndex(index);
    for (const header of file.unitHeaders()) {
      if (this.units.size >= MAX_PACKED_UNITS) return;
      const at = contributions?.get(header.offset) ?? NO_CONTRIBUTIONS;
      const id = header.dwoId ?? file.splitIdOf(header, at);
      if (id !== null && !this.units.has(id)) this.units.set(id, { file, header, at });
    }
  }

  /** The split part of a skeleton, joined with it; null where it was not given. */
  join(skeleton: DwarfUnit): { readonly file: DwarfFile; readonly unit: DwarfUnit } | null {
    const found = skeleton.splitId === null ? undefined : this.units.get(skeleton.splitId);
    if (found === undefined) return null;
    const unit = found.file.splitUnit(found.header, skeleton, found.at);
    return unit === null ? null : { file: found.file, unit };
  }
}

/** Contributions by the offset of a unit in the package's `.debug_info.dwo`. */
function readPackageIndex(index: RandomAccess): Map<number, Contributions> {
  const found = new Map<number, Contributions>();
  const cursor = new SectionCursor(index);
  // Version 5 has two bytes and padding, version 2 four bytes.
  const version = cursor.u32() & 0xffff;
  const columnCount = cursor.u32();
  const unitCount = cursor.u32();
  const slotCount = cursor.u32();
  const columns = COLUMNS[version];
  if (columns === undefined || columnCount > MAX_COLUMNS || unitCount > MAX_PACKED_UNITS) return found;
  const tableAt = 16 + slotCount * 12;
  if (tableAt + (unitCount * 2 + 1) * columnCount * 4 > index.byteLength) return found;
  cursor.seek(tableAt);
  const names = Array.from({ length: columnCount }, () => columns[cursor.u32()]);
  for (let unit = 0; unit < unitCount && !cursor.failed; unit++) {
    const offsets = { info: 0, ...NO_CONTRIBUTIONS };
    for (const name of names) {
      const offset = cursor.u32();
      if (name !== undefined) offsets[name] = offset;
    }
    const { info, ...rest } = offsets;
    found.set(info, rest);
  }
  return found;
}
