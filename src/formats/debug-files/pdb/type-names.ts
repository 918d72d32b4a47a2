// Names of inlined functions, by their numbers in the streams of ids (IPI) and types (TPI).
import type { RandomAccess } from '../../symbols/random-access.ts';
import { SectionCursor } from '../section-cursor.ts';

const FUNC_ID = 0x1601;
const MEMBER_FUNC_ID = 0x1602;
const STRING_ID = 0x1605;
/** Class, structure, interface: a size as a number of any kind before the name. */
const CLASSES = new Set([0x1504, 0x1505, 0x1519]);
const UNION = 0x1506;
const ENUM = 0x1507;
/** Sizes of numbers by their kind; smaller ones are their own value. */
const NUMBER_BYTES: Readonly<Record<number, number>> = {
  0x8000: 1,
  0x8001: 2,
  0x8002: 2,
  0x8003: 4,
  0x8004: 4,
  0x8009: 8,
  0x800a: 8,
};
/** Of so many records one place is remembered; the others are found from there. */
const STRIDE = 16;
const MAX_RECORDS = 64 * 1024 * 1024;
const MAX_NAMES = 100_000;

/** Records by number. */
class TypeRecords {
  readonly cursor: SectionCursor;
  private readonly first: number;
  private readonly places: number[] = [];

  constructor(stream: RandomAccess) {
    this.cursor = new SectionCursor(stream);
    const { cursor } = this;
    cursor.skip(4);
    const start = cursor.u32();
    this.first = cursor.u32();
    const count = Math.min(Math.max(0, cursor.u32() - this.first), MAX_RECORDS);
    cursor.seek(start);
    for (let i = 0; i < count; i++) {
      const at = cursor.position;
      const size = cursor.u16();
      cursor.skip(size);
      if (size < 2 || cursor.failed || cursor.position > cursor.length) break;
      if (i % STRIDE === 0) this.places.push(at);
    }
  }

  /** Goes behind the kind of a record, and gives it; 0 where there is none. */
  enter(number: number): number {
    const at = number - this.first;
    const place = this.places[Math.floor(at / STRIDE)];
    if (at < 0 || place === undefined) return 0;
    const { cursor } = this;
    cursor.seek(place);
    for (let i = at % STRIDE; i > 0; i--) cursor.skip(cursor.u16());
    const size = cursor.u16();
    const kind = cursor.u16();
    return size < 2 || cursor.failed ? 0 : kind;
  }
}

export class TypeNames {
  private readonly ids: TypeRecords | null;
  private readonly types: TypeRecords | null;
  private readonly known = new Map<number, string>();

  constructor(ids: RandomAccess | null, types: RandomAccess | null) {
    this.ids = ids === null ? null : new TypeRecords(ids);
    this.types = types === null ? null : new TypeRecords(types);
  }

  /** The name of a function with its scope or class, without parameters; empty where it is unknown. */
  functionName(number: number): string {
    const known = this.known.get(number);
    if (known !== undefined) return known;
    if (this.known.size >= MAX_NAMES) this.known.clear();
    const name = this.readFunction(number);
    this.known.set(number, name);
    return name;
  }

  private readFunction(number: number): string {
    const { ids } = this;
    const kind = ids?.enter(number) ?? 0;
    if (ids === null || (kind !== FUNC_ID && kind !== MEMBER_FUNC_ID)) return '';
    const scope = ids.cursor.u32();
    ids.cursor.skip(4);
    const name = textOf(ids.cursor);
    // A scope is a text, never another function: nothing can go in circles.
    const outer = scope === 0 ? '' : kind === FUNC_ID ? this.scopeName(scope) : this.typeName(scope);
    return outer === '' || name === '' ? name : `${outer}::${name}`;
  }

  private scopeName(number: number): string {
    const { ids } = this;
    if (ids === null || ids.enter(number) !== STRING_ID) return '';
    ids.cursor.skip(4);
    return textOf(ids.cursor);
  }

  private typeName(number: number): string {
    const { types } = this;
    const kind = types?.enter(number) ?? 0;
    if (types === null) return '';
    const { cursor } = types;
    if (kind === ENUM) cursor.skip(12);
    else if (CLASSES.has(kind)) cursor.skip(16);
    else if (kind === UNION) cursor.skip(8);
    else return '';
    if (kind !== ENUM) {
      const size = cursor.u16();
      if (size >= 0x8000) cursor.skip(NUMBER_BYTES[size] ?? 0);
    }
    return textOf(cursor);
  }
}

function textOf(cursor: SectionCursor): string {
  const bytes = cursor.text();
  return bytes === null ? '' : new TextDecoder().decode(bytes);
}
