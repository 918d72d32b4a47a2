// One debugging entry as far as functions and inlined calls need it. Which attribute is which: DWARF 5, section 7.5.4.
import type { SectionCursor } from '../section-cursor.ts';
import type { Abbreviation } from './abbreviations.ts';
import { fixedBytes, FORM, type FormSizes, readForm, skipForm } from './dwarf-forms.ts';

export const TAG = {
  classType: 0x02,
  enumerationType: 0x04,
  compileUnit: 0x11,
  structureType: 0x13,
  unionType: 0x17,
  inlinedSubroutine: 0x1d,
  module: 0x1e,
  subprogram: 0x2e,
  interfaceType: 0x38,
  namespace: 0x39,
  skeletonUnit: 0x4a,
} as const;

const AT = {
  name: 0x03,
  stmtList: 0x10,
  lowPc: 0x11,
  highPc: 0x12,
  language: 0x13,
  compDir: 0x1b,
  abstractOrigin: 0x31,
  specification: 0x47,
  ranges: 0x55,
  callFile: 0x58,
  callLine: 0x59,
  linkageName: 0x6e,
  strOffsetsBase: 0x72,
  addrBase: 0x73,
  rnglistsBase: 0x74,
  dwoName: 0x76,
  mipsLinkageName: 0x2007,
  gnuDwoName: 0x2130,
  gnuDwoId: 0x2131,
  gnuRangesBase: 0x2132,
  gnuAddrBase: 0x2133,
} as const;

/** The attributes of one entry; forms are 0 where an attribute is absent. Reused for all entries. */
export class DwarfEntry {
  offset = 0;
  nameForm = 0;
  name = 0;
  linkageForm = 0;
  linkage = 0;
  lowForm = 0;
  low = 0;
  highForm = 0;
  high = 0;
  rangesForm = 0;
  ranges = 0;
  originForm = 0;
  origin = 0;
  specificationForm = 0;
  specification = 0;
  /** −1 where the call says none. */
  callFile = -1;
  callLine = 0;
  language = 0;
  lineTableForm = 0;
  lineTable = 0;
  directoryForm = 0;
  directory = 0;
  stringOffsetsBase = -1;
  addressBase = -1;
  rangeListsBase = -1;
  rangesBase = 0;
  dwoNameForm = 0;
  dwoName = 0;
  /** Position of the id of a split unit (version 4), −1 where absent. */
  dwoIdAt = -1;

  /** Reads the attributes at the cursor, which stands behind the abbreviation code. */
  read(cursor: SectionCursor, { attributes }: Abbreviation, sizes: FormSizes): void {
    this.clear();
    for (let i = 0; i < attributes.length; i += 3) {
      let form = attributes[i + 1] ?? 0;
      if (form === FORM.indirect) {
        form = cursor.uleb();
        if (form === FORM.indirect || form === FORM.implicitConst || fixedBytes(form, sizes) === null) {
          cursor.failed = true;
          return;
        }
      }
      const at = cursor.position;
      const value = form === FORM.implicitConst ? (attributes[i + 2] ?? 0) : readForm(cursor, form, sizes);
      this.set(attributes[i] ?? 0, form, value, at);
    }
  }

  private clear(): void {
    this.nameForm = 0;
    this.linkageForm = 0;
    this.lowForm = 0;
    this.highForm = 0;
    this.rangesForm = 0;
    this.originForm = 0;
    this.specificationForm = 0;
    this.callFile = -1;
    this.callLine = 0;
    this.language = 0;
    this.lineTableForm = 0;
    this.directoryForm = 0;
    this.stringOffsetsBase = -1;
    this.addressBase = -1;
    this.rangeListsBase = -1;
    this.rangesBase = 0;
    this.dwoNameForm = 0;
    this.dwoIdAt = -1;
  }

  private set(attribute: number, form: number, value: number, at: number): void {
    switch (attribute) {
      case AT.name:
        this.nameForm = form;
        this.name = value;
        break;
      case AT.linkageName:
      case AT.mipsLinkageName:
        this.linkageForm = form;
        this.linkage = value;
        break;
      case AT.lowPc:
        this.lowForm = form;
        this.low = value;
        break;
      case AT.highPc:
        this.highForm = form;
        this.high = value;
        break;
      case AT.ranges:
        this.rangesForm = form;
        this.ranges = value;
        break;
      case AT.abstractOrigin:
        this.originForm = form;
        this.origin = value;
        break;
      case AT.specification:
        this.specificationForm = form;
        this.specification = value;
        break;
      case AT.callFile:
        this.callFile = value;
        break;
      case AT.callLine:
        this.callLine = value;
        break;
      default:
        this.setRoot(attribute, form, value, at);
    }
  }

  /** What only the roots of units have. */
  private setRoot(attribute: number, form: number, value: number, at: number): void {
    switch (attribute) {
      case AT.language:
        this.language = value;
        break;
      case AT.stmtList:
        this.lineTableForm = form;
        this.lineTable = value;
        break;
      case AT.compDir:
        this.directoryForm = form;
        this.directory = value;
        break;
      case AT.strOffsetsBase:
        this.stringOffsetsBase = value;
        break;
      case AT.addrBase:
      case AT.gnuAddrBase:
        this.addressBase = value;
        break;
      case AT.rnglistsBase:
        this.rangeListsBase = value;
        break;
      case AT.gnuRangesBase:
        this.rangesBase = value;
        break;
      case AT.dwoName:
      case AT.gnuDwoName:
        this.dwoNameForm = form;
        this.dwoName = value;
        break;
      case AT.gnuDwoId:
        this.dwoIdAt = at;
        break;
      default:
    }
  }
}

/** Steps over the attributes of an entry that nobody asks for. */
export function skipEntry(cursor: SectionCursor, { skip }: Abbreviation, sizes: FormSizes): void {
  for (const step of skip) {
    if (step >= 0) cursor.skip(step);
    else skipForm(cursor, -1 - step, sizes);
  }
}
