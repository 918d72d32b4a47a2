// Walks the b-trees of a damaged database: gives every row that can be reached, and remembers which pages were, so that the others can be
// looked through for rows that tell of themselves.
import { INTERIOR_INDEX, INTERIOR_TABLE, LEAF_TABLE, childOf, readRow, readTreePage } from './cell.ts';
import type { Row } from './cell.ts';
import type { PageSource } from './page-source.ts';

/** What is known of the pages so far. */
export class Walk {
  readonly source: PageSource;
  readonly #seen = new Set<number>();
  #lostPages = 0;
  #lostRows = 0;

  constructor(source: PageSource) {
    this.source = source;
  }

  /** Pages of trees that could not be read, and rows in pages that could, since the last call. */
  takeLosses(): { readonly pages: number; readonly rows: number } {
    const losses = { pages: this.#lostPages, rows: this.#lostRows };
    this.#lostPages = 0;
    this.#lostRows = 0;
    return losses;
  }

  /** The rows of the tree with this root page, in its order. */
  *rows(root: number): Generator<Row> {
    const waiting = [root];
    for (let number = waiting.pop(); number !== undefined; number = waiting.pop()) {
      // A pointer to a page that was read before is damage.
      const page = this.#seen.has(number) ? null : this.source.page(number);
      const tree = page === null ? null : readTreePage(page, number === 1);
      if (page === null || tree === null) {
        this.#lostPages += 1;
        continue;
      }
      this.#seen.add(number);
      const interior = tree.kind === INTERIOR_TABLE || tree.kind === INTERIOR_INDEX;
      if (interior) {
        const children = tree.cells.map((cell) => childOf(page, cell)).filter((child) => child !== null);
        waiting.push(...[...children, ...(tree.rightmost === null ? [] : [tree.rightmost])].toReversed());
      }
      if (tree.kind !== INTERIOR_TABLE) yield* this.#rowsOf(page, tree.kind, tree.cells);
    }
  }

  /** The rows of every table page that no tree led to and that is not free: of the file first, then of the log. */
  *strayRows(): Generator<Row> {
    this.#markFreePages();
    for (let number = 1; number <= this.source.pageCount; number += 1) {
      const page = this.#seen.has(number) ? null : this.source.page(number);
      if (page !== null) yield* this.#strayRowsOf(page, number === 1);
    }
    for (const page of this.source.loosePages()) yield* this.#strayRowsOf(page, false);
  }

  *#strayRowsOf(page: Buffer, isFirst: boolean): Generator<Row> {
    const tree = readTreePage(page, isFirst);
    if (tree?.kind !== LEAF_TABLE) return;
    for (const cell of tree.cells) {
      const row = readRow(this.source, page, cell, LEAF_TABLE);
      if (row !== null) yield row;
    }
  }

  *#rowsOf(page: Buffer, kind: number, cells: readonly number[]): Generator<Row> {
    for (const cell of cells) {
      const row = readRow(this.source, page, cell, kind);
      if (row === null) {
        this.#lostRows += 1;
        continue;
      }
      for (const number of row.overflow) this.#seen.add(number);
      yield row;
    }
  }

  /** What was deleted must not come back: free pages keep their old content. */
  #markFreePages(): void {
    const first = this.source.page(1);
    if (first === null || first.toString('latin1', 0, 15) !== 'SQLite format 3') return;
    let trunk = first.readUInt32BE(32);
    for (let rounds = 0; trunk !== 0 && rounds <= this.source.pageCount; rounds += 1) {
      const page = this.source.page(trunk);
      if (page === null) return;
      this.#seen.add(trunk);
      const count = Math.min(page.readUInt32BE(4), Math.floor(page.length / 4) - 2);
      for (let index = 0; index < count; index += 1) this.#seen.add(page.readUInt32BE(8 + 4 * index));
      trunk = page.readUInt32BE(0);
    }
  }
}
