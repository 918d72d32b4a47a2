// Which namespaces and classes an entry stands in. Entries do not point to their parents: the tables are made by walking a unit.
import { SectionCursor } from '../section-cursor.ts';
import { skipEntry, TAG } from './dwarf-entry.ts';
import type { DwarfFile } from './dwarf-file.ts';
import type { DwarfUnit } from './dwarf-unit.ts';

const MAX_DEPTH = 1000;
const MAX_KEPT_TABLES = 16;
const MAX_SCOPES = 1_000_000;

/** Languages whose functions stand in no namespace: C of all years, assembler, Go. */
const FLAT = new Set([0x01, 0x02, 0x0c, 0x1d, 0x2c, 0x8001, 0x16]);

/** Whether names of a language (`DW_AT_language`) need their scope. */
export function hasScopes(language: number): boolean {
  return !FLAT.has(language);
}

/** A namespace or class that holds an entry. */
export type Scope = { readonly offset: number; readonly isNamespace: boolean };

const SCOPES: ReadonlySet<number> = new Set([
  TAG.namespace,
  TAG.module,
  TAG.classType,
  TAG.structureType,
  TAG.unionType,
  TAG.interfaceType,
  TAG.enumerationType,
]);

/** Start, end, index of the parent (−1: none) and 1 for a namespace of each scope of a unit, by start. */
type ScopeTable = {
  readonly starts: number[];
  readonly ends: number[];
  readonly parents: number[];
  readonly kinds: number[];
};

/** Tables of the units that were asked for last. */
export class ScopeTables {
  private readonly tables = new Map<DwarfUnit, ScopeTable>();

  /** The scopes around an entry, innermost first. */
  around(file: DwarfFile, unit: DwarfUnit, offset: number): Scope[] {
    let table = this.tables.get(unit);
    if (table === undefined) {
      table = readScopes(file, unit);
      if (this.tables.size >= MAX_KEPT_TABLES) this.tables.clear();
      this.tables.set(unit, table);
    }
    const { starts, ends, parents, kinds } = table;
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((starts[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    const scopes: Scope[] = [];
    for (let at = low - 1; at >= 0; at = parents[at] ?? -1) {
      if ((ends[at] ?? 0) > offset) scopes.push({ offset: starts[at] ?? 0, isNamespace: kinds[at] === 1 });
    }
    return scopes;
  }
}

function readScopes(file: DwarfFile, unit: DwarfUnit): ScopeTable {
  const table: ScopeTable = { starts: [], ends: [], parents: [], kinds: [] };
  const { info } = file.sections;
  if (info === null) return table;
  const cursor = new SectionCursor(info);
  cursor.seek(unit.entriesAt);
  /** For each open entry: its scope, or that of its parent. */
  const open: number[] = [];
  while (cursor.position < unit.end && !cursor.failed) {
    const offset = cursor.position;
    const code = cursor.uleb();
    if (code === 0) {
      const closed = open.pop();
      const outer = open.at(-1) ?? -1;
      if (closed !== undefined && closed !== outer && closed >= 0) table.ends[closed] = offset;
      if (open.length === 0) break;
      continue;
    }
    const shape = unit.table.get(code);
    if (shape === undefined) break;
    skipEntry(cursor, shape, unit);
    if (!shape.hasChildren) continue;
    if (open.length >= MAX_DEPTH || table.starts.length >= MAX_SCOPES) break;
    const parent = open.at(-1) ?? -1;
    if (SCOPES.has(shape.tag)) {
      table.starts.push(offset);
      table.ends.push(unit.end);
      table.parents.push(parent);
      table.kinds.push(shape.tag === TAG.namespace ? 1 : 0);
      open.push(table.starts.length - 1);
    } else open.push(parent);
  }
  return table;
}
