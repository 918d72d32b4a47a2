// The sections of one file's debug information, its units, and what values of attributes refer to.
import { BlockCache, type RandomAccess } from '../../symbols/random-access.ts';
import { SectionCursor } from '../section-cursor.ts';
import { TextTable } from '../text-table.ts';
import { AbbreviationTables } from './abbreviations.ts';
import { DwarfEntry, TAG } from './dwarf-entry.ts';
import { FORM } from './dwarf-forms.ts';
import {
  type DwarfUnit,
  readUnitHeaders,
  type TextReference,
  UNIT_TYPE,
  type UnitHeader,
} from './dwarf-unit.ts';
import { type Ranges, readOldRanges, readRangeList } from './range-lists.ts';

/** Sections by what they are; null where the file has none. */
export type DwarfSections = {
  readonly info: RandomAccess | null;
  readonly abbrev: RandomAccess | null;
  readonly str: RandomAccess | null;
  readonly lineStr: RandomAccess | null;
  readonly strOffsets: RandomAccess | null;
  readonly addr: RandomAccess | null;
  readonly ranges: RandomAccess | null;
  readonly rnglists: RandomAccess | null;
  readonly line: RandomAccess | null;
};

/** The sections of a file, each by the name that follows `.debug_`; null: it has none. */
export function dwarfSections(named: (name: string) => RandomAccess | null): DwarfSections {
  return {
    info: named('info'),
    abbrev: named('abbrev'),
    str: named('str'),
    lineStr: named('line_str'),
    strOffsets: named('str_offsets'),
    addr: named('addr'),
    ranges: named('ranges'),
    rnglists: named('rnglists'),
    line: named('line'),
  };
}

/** A place in debug information: of which file, and where in its `.debug_info`. */
export type EntryReference = { readonly file: DwarfFile; readonly offset: number };

/** Where a unit's parts of the sections begin in a package of split units. */
export type Contributions = {
  readonly abbreviations: number;
  readonly stringOffsets: number;
  readonly rangeLists: number;
  readonly lines: number;
};

export const NO_CONTRIBUTIONS: Contributions = {
  abbreviations: 0,
  stringOffsets: 0,
  rangeLists: 0,
  lines: 0,
};

const MAX_KEPT_UNITS = 256;
/** What references lead to is read through blocks that are kept: most lie close to each other. */
const CACHE_BYTES = 8 * 1024 * 1024;
/** Small: these cursors jump from place to place. */
const WINDOW_BYTES = 512;
const NONE: RandomAccess = { byteLength: 0, read: () => new Uint8Array(0) };

/** The debug information of one file. */
export class DwarfFile {
  readonly sections: DwarfSections;
  readonly abbreviations: AbbreviationTables;
  /** The file that `DW_FORM_GNU_strp_alt` and its like point into. */
  alternate: DwarfFile | null = null;
  readonly lineTexts: TextTable;
  readonly texts: TextTable;
  private readonly info: SectionCursor;
  private readonly inlineTexts: TextTable;
  private readonly strOffsets: SectionCursor;
  private readonly addr: SectionCursor;
  private readonly ranges: SectionCursor;
  private readonly rnglists: SectionCursor;
  private readonly entry = new DwarfEntry();
  private headers: ReturnType<typeof readUnitHeaders> | null = null;
  /** Lists of ranges that ended with their section. */
  endlessRanges = 0;
  private readonly units = new Map<number, DwarfUnit | null>();

  constructor(sections: DwarfSections) {
    this.sections = sections;
    this.abbreviations = new AbbreviationTables(sections.abbrev ?? NONE);
    this.lineTexts = new TextTable(sections.lineStr ?? NONE);
    this.texts = new TextTable(sections.str ?? NONE);
    this.inlineTexts = new TextTable(sections.info ?? NONE);
    const cache = new BlockCache({ maxBytes: CACHE_BYTES });
    const small = (source: RandomAccess | null): SectionCursor =>
      new SectionCursor(cache.over(source ?? NONE), WINDOW_BYTES);
    this.info = small(sections.info);
    this.strOffsets = small(sections.strOffsets);
    this.addr = small(sections.addr);
    this.ranges = small(sections.ranges);
    this.rnglists = small(sections.rnglists);
  }

  unitHeaders(): readonly UnitHeader[] {
    return this.readHeaders().units;
  }

  /** How many units have headers that cannot be read. */
  get damagedUnits(): number {
    return this.readHeaders().damaged;
  }

  private readHeaders(): ReturnType<typeof readUnitHeaders> {
    this.headers ??=
      this.sections.info === null ? { units: [], damaged: 0 } : readUnitHeaders(this.sections.info);
    return this.headers;
  }

  /** The unit that an entry lies in. */
  unitAt(offset: number): DwarfUnit | null {
    const headers = this.unitHeaders();
    let low = 0;
    let high = headers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((headers[middle]?.offset ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    const header = headers[low - 1];
    return header === undefined || offset >= header.end ? null : this.unit(header);
  }

  /** The unit of a header; null where its root cannot be read, or it is a type unit, which holds no code. */
  unit(header: UnitHeader): DwarfUnit | null {
    const known = this.units.get(header.offset);
    if (known !== undefined) return known;
    const unit = this.readUnit(header);
    if (this.units.size >= MAX_KEPT_UNITS) this.units.clear();
    this.units.set(header.offset, unit);
    return unit;
  }

  /** The id of a split unit of version 4, which its root has as an attribute. */
  splitIdOf(header: UnitHeader, at: Contributions): string | null {
    return this.readUnit(header, at)?.splitId ?? null;
  }

  /** The unit of a header that is the split part of a skeleton in another file: addresses and ranges are the skeleton's. */
  splitUnit(header: UnitHeader, skeleton: DwarfUnit, at: Contributions): DwarfUnit | null {
    const unit = this.readUnit(header, at);
    const joined: DwarfUnit | null =
      unit === null
        ? null
        : {
            ...unit,
            lowPc: skeleton.lowPc,
            addressBase: skeleton.addressBase,
            rangesBase: skeleton.rangesBase,
            isSplit: true,
          };
    this.units.set(header.offset, joined);
    return joined;
  }

  /** Reads an entry into `into`; null where there is none. Gives its tag. */
  readEntry(unit: DwarfUnit, offset: number, into: DwarfEntry): number | null {
    const { info } = this;
    info.seek(offset);
    const shape = unit.table.get(info.uleb());
    if (shape === undefined || info.failed) return null;
    into.read(info, shape, unit);
    into.offset = offset;
    return info.failed || info.position > unit.end ? null : shape.tag;
  }

  /** The bytes of a text; null where it lies outside. Valid until the next call. */
  text(unit: DwarfUnit, { form, value }: TextReference): Uint8Array | null {
    switch (form) {
      case FORM.string:
        return this.inlineTexts.at(value);
      case FORM.strp:
        return this.texts.at(value);
      case FORM.lineStrp:
        return this.lineTexts.at(value);
      case FORM.gnuStrpAlt:
      case FORM.strpSup:
        return this.alternate?.texts.at(value) ?? null;
      case FORM.strx:
      case FORM.strx1:
      case FORM.strx2:
      case FORM.strx3:
      case FORM.strx4:
      case FORM.gnuStrIndex: {
        const at = this.textOffset(unit, value);
        return at === null ? null : this.texts.at(at);
      }
      default:
        return null;
    }
  }

  /** Where a text lies in `.debug_str`, equal for equal texts as linkers merge them; null where it lies elsewhere. */
  sharedText(unit: DwarfUnit, form: number, value: number): number | null {
    if (form === FORM.strp) return value;
    const isIndex =
      (form >= FORM.strx1 && form <= FORM.strx4) || form === FORM.strx || form === FORM.gnuStrIndex;
    return isIndex ? this.textOffset(unit, value) : null;
  }

  /** An address attribute. */
  address(unit: DwarfUnit, form: number, value: number): number | null {
    if (form === FORM.addr) return value;
    const isIndex =
      (form >= FORM.addrx1 && form <= FORM.addrx4) || form === FORM.addrx || form === FORM.gnuAddrIndex;
    return isIndex ? this.indexedAddress(unit, value) : null;
  }

  /** What an entry covers; null where it has no addresses. */
  rangesOf(unit: DwarfUnit, entry: DwarfEntry): Ranges | null {
    if (entry.rangesForm !== 0) return this.rangeList(unit, entry.rangesForm, entry.ranges);
    if (entry.lowForm === 0 || entry.highForm === 0) return null;
    const low = this.address(unit, entry.lowForm, entry.low);
    if (low === null) return null;
    // A constant is a length, an address the end.
    const end = this.address(unit, entry.highForm, entry.high) ?? low + entry.high;
    return end > low ? [low, end] : [];
  }

  /** Where a reference points; null where it leaves its file. */
  reference(unit: DwarfUnit, form: number, value: number): EntryReference | null {
    switch (form) {
      case FORM.ref1:
      case FORM.ref2:
      case FORM.ref4:
      case FORM.ref8:
      case FORM.refUdata:
        return { file: this, offset: unit.offset + value };
      case FORM.refAddr:
        return { file: this, offset: value };
      case FORM.gnuRefAlt:
      case FORM.refSup4:
      case FORM.refSup8:
        return this.alternate === null ? null : { file: this.alternate, offset: value };
      default:
        return null;
    }
  }

  private textOffset(unit: DwarfUnit, index: number): number | null {
    this.strOffsets.seek(unit.stringOffsetsBase + index * unit.offsetBytes);
    const at = this.strOffsets.word(unit.offsetBytes);
    return this.strOffsets.failed ? null : at;
  }

  private indexedAddress(unit: DwarfUnit, index: number): number | null {
    this.addr.seek(unit.addressBase + index * unit.addressBytes);
    const address = this.addr.word(unit.addressBytes);
    return this.addr.failed ? null : address;
  }

  private rangeList(unit: DwarfUnit, form: number, value: number): Ranges {
    const { addressBytes, lowPc } = unit;
    if (unit.version < 5) {
      // GNU's base counts for the split unit only, whose skeleton has it.
      this.ranges.seek(value + (unit.isSplit ? unit.rangesBase : 0));
      return this.ended(this.ranges, readOldRanges(this.ranges, addressBytes, lowPc));
    }
    let at = value;
    if (form === FORM.rnglistx) {
      this.rnglists.seek(unit.rangeListsBase + value * unit.offsetBytes);
      at = unit.rangeListsBase + this.rnglists.word(unit.offsetBytes);
      if (this.rnglists.failed) return [];
    }
    this.rnglists.seek(at);
    const list = readRangeList(this.rnglists, addressBytes, lowPc, (index) =>
      this.indexedAddress(unit, index),
    );
    return this.ended(this.rnglists, list);
  }

  private ended(cursor: SectionCursor, list: Ranges): Ranges {
    if (cursor.failed) this.endlessRanges++;
    return list;
  }

  private readUnit(header: UnitHeader, at: Contributions = NO_CONTRIBUTIONS): DwarfUnit | null {
    if (header.type === UNIT_TYPE.type || header.type === UNIT_TYPE.splitType) return null;
    const table = this.abbreviations.at(header.abbreviationsAt + at.abbreviations, header);
    // Without a base attribute the table begins behind the first header of its section.
    const is64 = header.offsetBytes === 8;
    const isNew = header.version >= 5;
    const behindHeader = isNew ? (is64 ? 16 : 8) : 0;
    const bare: DwarfUnit = {
      ...header,
      table,
      language: 0,
      isWhole: false,
      lowPc: 0,
      lineTableAt: null,
      directory: null,
      stringOffsetsBase: behindHeader + at.stringOffsets,
      addressBase: behindHeader,
      rangeListsBase: (isNew ? (is64 ? 20 : 12) : 0) + at.rangeLists,
      rangesBase: 0,
      dwoName: null,
      splitId: header.dwoId,
      isSplit: false,
    };
    const { entry } = this;
    const tag = this.readEntry(bare, header.entriesAt, entry);
    if (tag === null) return null;
    // The bases may stand behind attributes that need them: what these say is taken afterwards.
    const based: DwarfUnit = {
      ...bare,
      stringOffsetsBase:
        entry.stringOffsetsBase >= 0 ? entry.stringOffsetsBase + at.stringOffsets : bare.stringOffsetsBase,
      addressBase: entry.addressBase >= 0 ? entry.addressBase : bare.addressBase,
      rangeListsBase: entry.rangeListsBase >= 0 ? entry.rangeListsBase + at.rangeLists : bare.rangeListsBase,
      rangesBase: entry.rangesBase,
    };
    const optional = (form: number, value: number): TextReference | null =>
      form === 0 ? null : { form, value };
    return {
      ...based,
      language: entry.language,
      isWhole: tag === TAG.compileUnit || tag === TAG.skeletonUnit,
      lowPc: entry.lowForm === 0 ? 0 : (this.address(based, entry.lowForm, entry.low) ?? 0),
      lineTableAt: entry.lineTableForm === 0 ? null : entry.lineTable + at.lines,
      directory: optional(entry.directoryForm, entry.directory),
      dwoName: optional(entry.dwoNameForm, entry.dwoName),
      splitId: header.dwoId ?? this.oldSplitId(entry),
    };
  }

  /** The id of a split unit in version 4 is an attribute of eight bytes. */
  private oldSplitId({ dwoIdAt }: DwarfEntry): string | null {
    if (dwoIdAt < 0) return null;
    this.info.seek(dwoIdAt);
    const low = this.info.u32();
    return `${this.info.u32().toString(16).padStart(8, '0')}${low.toString(16).padStart(8, '0')}`;
  }
}
