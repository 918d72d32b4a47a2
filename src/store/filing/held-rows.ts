// Rows in memory: as they are now, and as they were written last.
import type { RowChange } from './changes.ts';

interface Held<Row> {
  row: Row;
  written: Row | null;
}

/** Rows of one table by their id. */
export class HeldRows<Row extends { readonly id: number }> {
  readonly #rows = new Map<number, Held<Row>>();
  readonly #changed = new Set<Held<Row>>();
  readonly #removed: number[] = [];

  get size(): number {
    return this.#rows.size;
  }

  get(id: number): Row | null {
    return this.#rows.get(id)?.row ?? null;
  }

  /** Takes in a row that was loaded; one that is here already is the newer one. */
  keep(row: Row): Row {
    const held = this.#rows.get(row.id);
    if (held !== undefined) return held.row;
    this.#rows.set(row.id, { row, written: row });
    return row;
  }

  /** Takes in a row that is not written yet. */
  add(row: Row): Row {
    const held = { row, written: null };
    this.#rows.set(row.id, held);
    this.#changed.add(held);
    return row;
  }

  /** Changes a row that is here. */
  change(id: number, fields: Partial<Row>): Row {
    const held = this.#rows.get(id);
    if (held === undefined) throw new Error(`row ${id} was changed and never loaded`);
    held.row = { ...held.row, ...fields };
    this.#changed.add(held);
    return held.row;
  }

  /** Removes a row that is here, at the next writing from the table, too. */
  remove(id: number): void {
    const held = this.#rows.get(id);
    if (held === undefined) return;
    this.#rows.delete(id);
    this.#changed.delete(held);
    if (held.written !== null) this.#removed.push(id);
  }

  /** What is to be written; from here on it counts as written. */
  takeChanges(): { readonly changed: readonly RowChange<Row>[]; readonly removed: readonly number[] } {
    const changed: RowChange<Row>[] = [];
    for (const held of this.#changed) {
      changed.push({ row: held.row, before: held.written });
      held.written = held.row;
    }
    this.#changed.clear();
    return { changed, removed: this.#removed.splice(0) };
  }

  /** Forgets a row that has no changes. */
  forget(id: number): void {
    this.#rows.delete(id);
  }

  clear(): void {
    this.#rows.clear();
    this.#changed.clear();
    this.#removed.length = 0;
  }
}
