// Abbreviation tables of DWARF: the shape of debugging entries. DWARF 5, section 7.5.3. Units share tables, and one table may be
// large: each is read once for a form of unit.
import type { RandomAccess } from '../../symbols/random-access.ts';
import { SectionCursor } from '../section-cursor.ts';
import { fixedBytes, FORM, type FormSizes } from './dwarf-forms.ts';

const MAX_ENTRIES = 100_000;
const MAX_ATTRIBUTES = 1000;
/** Attributes of all tables that are kept; beyond that all are forgotten. */
const MAX_KEPT = 4_000_000;

/** One shape. */
export type Abbreviation = {
  readonly tag: number;
  readonly hasChildren: boolean;
  /** Attribute, form and implicit value of each in turn. */
  readonly attributes: readonly number[];
  /** How to step over the values: so many bytes (0 and up), or a form of varying size (as −1 − form). */
  readonly skip: readonly number[];
};

/** A table by codes. */
export type AbbreviationTable = ReadonlyMap<number, Abbreviation>;

/** The tables of one `.debug_abbrev`. */
export class AbbreviationTables {
  private readonly source: RandomAccess;
  private readonly tables = new Map<string, AbbreviationTable>();
  private kept = 0;

  constructor(source: RandomAccess) {
    this.source = source;
  }

  /** The table at an offset; damaged parts are absent. */
  at(offset: number, sizes: FormSizes): AbbreviationTable {
    const key = `${offset}/${sizes.addressBytes}/${sizes.offsetBytes}/${sizes.version < 3 ? 2 : 3}`;
    const known = this.tables.get(key);
    if (known !== undefined) return known;
    const table = this.read(offset, sizes);
    if (this.kept > MAX_KEPT) {
      this.tables.clear();
      this.kept = 0;
    }
    this.tables.set(key, table);
    return table;
  }

  private read(offset: number, sizes: FormSizes): AbbreviationTable {
    const cursor = new SectionCursor(this.source, 16 * 1024);
    cursor.seek(offset);
    const table = new Map<number, Abbreviation>();
    while (table.size < MAX_ENTRIES) {
      const code = cursor.uleb();
      if (code === 0 || cursor.failed) break;
      const tag = cursor.uleb();
      const hasChildren = cursor.u8() !== 0;
      const attributes = readAttributes(cursor);
      if (attributes === null) break;
      const skip = skipPlan(attributes, sizes);
      if (skip === null) break;
      this.kept += attributes.length;
      if (!table.has(code)) table.set(code, { tag, hasChildren, attributes, skip });
    }
    return table;
  }
}

function readAttributes(cursor: SectionCursor): number[] | null {
  const attributes: number[] = [];
  for (let i = 0; i <= MAX_ATTRIBUTES; i++) {
    const attribute = cursor.uleb();
    const form = cursor.uleb();
    const value = form === FORM.implicitConst ? cursor.sleb() : 0;
    if (cursor.failed) return null;
    if (attribute === 0 && form === 0) return attributes;
    attributes.push(attribute, form, value);
  }
  return null;
}

/** Runs of values of fixed size become one step; null where a form is unknown. */
function skipPlan(attributes: readonly number[], sizes: FormSizes): number[] | null {
  const steps: number[] = [];
  let run = 0;
  for (let i = 0; i < attributes.length; i += 3) {
    const form = attributes[i + 1] ?? 0;
    const bytes = fixedBytes(form, sizes);
    if (bytes === null) return null;
    if (bytes >= 0) run += bytes;
    else {
      if (run > 0) steps.push(run);
      run = 0;
      steps.push(-1 - form);
    }
  }
  if (run > 0) steps.push(run);
  return steps;
}
