// How attribute values of DWARF are encoded: reading and stepping over each form. DWARF 5, section 7.5.6, and GNU's additions.
import type { SectionCursor } from '../section-cursor.ts';

export const FORM = {
  addr: 0x01,
  block2: 0x03,
  block4: 0x04,
  data2: 0x05,
  data4: 0x06,
  data8: 0x07,
  string: 0x08,
  block: 0x09,
  block1: 0x0a,
  data1: 0x0b,
  flag: 0x0c,
  sdata: 0x0d,
  strp: 0x0e,
  udata: 0x0f,
  refAddr: 0x10,
  ref1: 0x11,
  ref2: 0x12,
  ref4: 0x13,
  ref8: 0x14,
  refUdata: 0x15,
  indirect: 0x16,
  secOffset: 0x17,
  exprloc: 0x18,
  flagPresent: 0x19,
  strx: 0x1a,
  addrx: 0x1b,
  refSup4: 0x1c,
  strpSup: 0x1d,
  data16: 0x1e,
  lineStrp: 0x1f,
  refSig8: 0x20,
  implicitConst: 0x21,
  loclistx: 0x22,
  rnglistx: 0x23,
  refSup8: 0x24,
  strx1: 0x25,
  strx2: 0x26,
  strx3: 0x27,
  strx4: 0x28,
  addrx1: 0x29,
  addrx2: 0x2a,
  addrx3: 0x2b,
  addrx4: 0x2c,
  gnuAddrIndex: 0x1f01,
  gnuStrIndex: 0x1f02,
  gnuRefAlt: 0x1f20,
  gnuStrpAlt: 0x1f21,
} as const;

/** What sizes of forms depend on. */
export type FormSizes = {
  readonly addressBytes: number;
  /** 8 in the 64-bit format. */
  readonly offsetBytes: 4 | 8;
  readonly version: number;
};

/** Bytes of a form that always takes as many; -1 where they vary; null for an unknown form. */
export function fixedBytes(form: number, sizes: FormSizes): number | null {
  switch (form) {
    case FORM.addr:
      return sizes.addressBytes;
    case FORM.data1:
    case FORM.ref1:
    case FORM.flag:
    case FORM.strx1:
    case FORM.addrx1:
      return 1;
    case FORM.data2:
    case FORM.ref2:
    case FORM.strx2:
    case FORM.addrx2:
      return 2;
    case FORM.strx3:
    case FORM.addrx3:
      return 3;
    case FORM.data4:
    case FORM.ref4:
    case FORM.refSup4:
    case FORM.strx4:
    case FORM.addrx4:
      return 4;
    case FORM.data8:
    case FORM.ref8:
    case FORM.refSig8:
    case FORM.refSup8:
      return 8;
    case FORM.data16:
      return 16;
    case FORM.flagPresent:
    case FORM.implicitConst:
      return 0;
    case FORM.strp:
    case FORM.lineStrp:
    case FORM.strpSup:
    case FORM.secOffset:
    case FORM.gnuRefAlt:
    case FORM.gnuStrpAlt:
      return sizes.offsetBytes;
    case FORM.refAddr:
      // Version 2 took an address for what is an offset.
      return sizes.version < 3 ? sizes.addressBytes : sizes.offsetBytes;
    case FORM.block1:
    case FORM.block2:
    case FORM.block4:
    case FORM.block:
    case FORM.exprloc:
    case FORM.string:
    case FORM.sdata:
    case FORM.udata:
    case FORM.refUdata:
    case FORM.indirect:
    case FORM.strx:
    case FORM.addrx:
    case FORM.loclistx:
    case FORM.rnglistx:
    case FORM.gnuAddrIndex:
    case FORM.gnuStrIndex:
      return -1;
    default:
      return null;
  }
}

/** Steps over a value whose size varies. */
export function skipForm(cursor: SectionCursor, form: number, sizes: FormSizes): void {
  switch (form) {
    case FORM.string:
      cursor.skipText();
      return;
    case FORM.block1:
      cursor.skip(cursor.u8());
      return;
    case FORM.block2:
      cursor.skip(cursor.u16());
      return;
    case FORM.block4:
      cursor.skip(cursor.u32());
      return;
    case FORM.block:
    case FORM.exprloc:
      cursor.skip(cursor.uleb());
      return;
    case FORM.indirect:
      skipIndirect(cursor, sizes);
      return;
    default:
      cursor.skipLeb();
  }
}

function skipIndirect(cursor: SectionCursor, sizes: FormSizes): void {
  const form = cursor.uleb();
  const bytes = form === FORM.indirect ? null : fixedBytes(form, sizes);
  if (bytes === null) cursor.failed = true;
  else if (bytes >= 0) cursor.skip(bytes);
  else skipForm(cursor, form, sizes);
}

/** The value as a number: of a text its position, of a block nothing. */
export function readForm(cursor: SectionCursor, form: number, sizes: FormSizes): number {
  switch (form) {
    case FORM.string: {
      const at = cursor.position;
      cursor.skipText();
      return at;
    }
    case FORM.sdata:
      return cursor.sleb();
    case FORM.udata:
    case FORM.refUdata:
    case FORM.strx:
    case FORM.addrx:
    case FORM.loclistx:
    case FORM.rnglistx:
    case FORM.gnuAddrIndex:
    case FORM.gnuStrIndex:
      return cursor.uleb();
    case FORM.flagPresent:
      return 1;
    case FORM.data16:
      cursor.skip(16);
      return 0;
    default: {
      const bytes = fixedBytes(form, sizes);
      if (bytes === 3) return cursor.u24();
      if (bytes !== null && bytes > 0) return cursor.word(bytes);
      if (bytes === null) cursor.failed = true;
      else skipForm(cursor, form, sizes);
      return 0;
    }
  }
}
