// The units of `.debug_info`: their headers, and what the root entry says for all entries below it. DWARF 5, section 7.5.1.
import type { RandomAccess } from '../../symbols/random-access.ts';
import { SectionCursor } from '../section-cursor.ts';
import type { AbbreviationTable } from './abbreviations.ts';
import type { FormSizes } from './dwarf-forms.ts';

const MAX_UNITS = 4_000_000;

/** Kinds of units that matter. */
export const UNIT_TYPE = {
  compile: 1,
  type: 2,
  partial: 3,
  skeleton: 4,
  splitCompile: 5,
  splitType: 6,
} as const;

/** A unit as its header describes it. */
export type UnitHeader = FormSizes & {
  readonly offset: number;
  readonly end: number;
  readonly addressBytes: 4 | 8;
  readonly type: number;
  readonly abbreviationsAt: number;
  /** Offset of the root entry. */
  readonly entriesAt: number;
  /** Joins a skeleton to its split unit (version 5); null where the header has none. */
  readonly dwoId: string | null;
};

/** A text by where it lies: form and value of the attribute. */
export type TextReference = { readonly form: number; readonly value: number };

/** A unit with what its root says. */
export type DwarfUnit = UnitHeader & {
  readonly table: AbbreviationTable;
  readonly language: number;
  /** The unit is one of code, not a part that others import. */
  readonly isWhole: boolean;
  /** Where addresses in range lists count from. */
  readonly lowPc: number;
  readonly lineTableAt: number | null;
  readonly directory: TextReference | null;
  readonly stringOffsetsBase: number;
  readonly addressBase: number;
  readonly rangeListsBase: number;
  /** Added to offsets into `.debug_ranges` (split units of version 4). */
  readonly rangesBase: number;
  readonly dwoName: TextReference | null;
  readonly splitId: string | null;
  /** The unit is the split part of a skeleton in another file. */
  readonly isSplit: boolean;
};

/** All headers, in order. A unit that is damaged costs itself; one whose length leaves the section ends the list. Both are counted. */
export function readUnitHeaders(info: RandomAccess): {
  readonly units: readonly UnitHeader[];
  readonly damaged: number;
} {
  const cursor = new SectionCursor(info, 128);
  const units: UnitHeader[] = [];
  let damaged = 0;
  while (!cursor.atEnd && units.length < MAX_UNITS) {
    const offset = cursor.position;
    const short = cursor.u32();
    const is64 = short === 0xffffffff;
    const length = is64 ? cursor.u64() : short;
    const end = cursor.position + length;
    if (cursor.failed || end > cursor.length || (short >= 0xfffffff0 && !is64)) {
      damaged++;
      break;
    }
    const header = readHeader(cursor, offset, end, is64 ? 8 : 4);
    if (header === null) damaged++;
    else units.push(header);
    cursor.seek(end);
  }
  return { units, damaged };
}

function readHeader(
  cursor: SectionCursor,
  offset: number,
  end: number,
  offsetBytes: 4 | 8,
): UnitHeader | null {
  const version = cursor.u16();
  if (version < 2 || version > 5) return null;
  let type: number = UNIT_TYPE.compile;
  let addressBytes = 0;
  let abbreviationsAt = 0;
  let dwoId: string | null = null;
  if (version >= 5) {
    type = cursor.u8();
    addressBytes = cursor.u8();
    abbreviationsAt = cursor.word(offsetBytes);
    if (type === UNIT_TYPE.skeleton || type === UNIT_TYPE.splitCompile) dwoId = hexId(cursor);
    if (type === UNIT_TYPE.type || type === UNIT_TYPE.splitType) cursor.skip(8 + offsetBytes);
  } else {
    abbreviationsAt = cursor.word(offsetBytes);
    addressBytes = cursor.u8();
  }
  if (cursor.failed || cursor.position > end || (addressBytes !== 4 && addressBytes !== 8)) return null;
  return {
    offset,
    end,
    version,
    offsetBytes,
    addressBytes,
    type,
    abbreviationsAt,
    entriesAt: cursor.position,
    dwoId,
  };
}

/** Eight bytes as text: numbers that large are not exact. */
function hexId(cursor: SectionCursor): string {
  const low = cursor.u32();
  return `${cursor.u32().toString(16).padStart(8, '0')}${low.toString(16).padStart(8, '0')}`;
}
