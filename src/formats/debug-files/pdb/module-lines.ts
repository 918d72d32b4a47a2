// The lines of one module (`DEBUG_S_LINES` and what belongs to them): source files, rows by section and offset, and where inlined
// functions are defined. Microsoft, "cvinfo.h".
import type { RandomAccess } from '../../symbols/random-access.ts';
import { SectionCursor, sliceOf } from '../section-cursor.ts';
import type { TextTable } from '../text-table.ts';
import { disjoint, type LinePiece, within } from './line-pieces.ts';
import { addressOf, type PdbSection } from './pdb-headers.ts';

const LINES = 0xf2;
const FILE_CHECKSUMS = 0xf4;
const INLINEE_LINES = 0xf6;
const HAS_COLUMNS = 1;
/** Numbers of lines that say: none. */
const NO_LINE = new Set([0xfeefee, 0xf00f00]);
const MAX_SUBSECTIONS = 4 * 1024 * 1024;
const MAX_INLINEES = 1024 * 1024;

/** Where an inlined function begins. */
export type Inlinee = { readonly file: number; readonly line: number };

/** A piece of code whose rows lie together. */
type Contribution = { readonly start: number; readonly end: number; readonly part: RandomAccess };

export class ModuleLines {
  readonly inlinees = new Map<number, Inlinee>();
  /** Lines were left out. */
  readonly isDamaged: boolean;
  private readonly contributions: Contribution[] = [];
  private checksums: SectionCursor | null = null;
  private readonly names: TextTable | null;
  private readonly paths = new Map<number, string>();
  /** The rows that were read last: functions of one piece follow on each other. */
  private last: { readonly of: Contribution; readonly pieces: readonly LinePiece[] } | null = null;

  constructor(part: RandomAccess, sections: readonly PdbSection[], names: TextTable | null) {
    this.names = names;
    let isDamaged = false;
    const cursor = new SectionCursor(part);
    for (let i = 0; i < MAX_SUBSECTIONS && cursor.position + 8 <= cursor.length; i++) {
      const type = cursor.u32();
      const size = cursor.u32();
      const start = cursor.position;
      // What claims more than there is ends the lines of the module.
      if (cursor.failed || start + size > cursor.length) {
        isDamaged = true;
        break;
      }
      if (type === LINES) this.addContribution(cursor, sliceOf(part, start, size), sections);
      else if (type === FILE_CHECKSUMS) this.checksums = new SectionCursor(sliceOf(part, start, size), 4096);
      else if (type === INLINEE_LINES) this.addInlinees(cursor, start + size);
      cursor.seek(Math.ceil((start + size) / 4) * 4);
    }
    this.isDamaged = isDamaged;
    this.contributions.sort((a, b) => a.start - b.start);
  }

  /** Path of a source file; empty where it is unknown. */
  path(file: number): string {
    const known = this.paths.get(file);
    if (known !== undefined) return known;
    let path = '';
    if (this.checksums !== null && this.names !== null) {
      this.checksums.seek(file);
      const at = this.checksums.u32();
      const bytes = this.checksums.failed ? null : this.names.at(at);
      if (bytes !== null) path = new TextDecoder().decode(bytes);
    }
    this.paths.set(file, path);
    return path;
  }

  /** The lines of a range, without those that say that there is none. */
  piecesOf(start: number, end: number): LinePiece[] {
    let low = 0;
    let high = this.contributions.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.contributions[middle]?.start ?? 0) <= start) low = middle + 1;
      else high = middle;
    }
    const pieces: LinePiece[] = [];
    for (let i = Math.max(0, low - 1); i < this.contributions.length; i++) {
      const contribution = this.contributions[i];
      if (contribution === undefined || contribution.start >= end) break;
      if (contribution.end > start) {
        for (const piece of within(this.rowsOf(contribution), start, end)) pieces.push(piece);
      }
    }
    return disjoint(pieces);
  }

  private addContribution(cursor: SectionCursor, part: RandomAccess, sections: readonly PdbSection[]): void {
    const offset = cursor.u32();
    const start = addressOf(sections, cursor.u16(), offset);
    cursor.skip(2);
    const size = cursor.u32();
    if (start !== -1 && size > 0) this.contributions.push({ start, end: start + size, part });
  }

  private rowsOf(contribution: Contribution): readonly LinePiece[] {
    if (this.last?.of === contribution) return this.last.pieces;
    const { start, end, part } = contribution;
    const cursor = new SectionCursor(part, 4096);
    cursor.skip(6);
    const hasColumns = (cursor.u16() & HAS_COLUMNS) !== 0;
    cursor.skip(4);
    const rows: LinePiece[] = [];
    while (cursor.position + 12 <= part.byteLength) {
      const at = cursor.position;
      const file = cursor.u32();
      const count = cursor.u32();
      const bytes = cursor.u32();
      if (bytes < 12 + count * (hasColumns ? 12 : 8) || at + bytes > part.byteLength) break;
      for (let i = 0; i < count; i++) {
        const offset = cursor.u32();
        const line = cursor.u32() & 0xff_ffff;
        if (offset < end - start) rows.push({ start: start + offset, end, line, file });
      }
      cursor.seek(at + bytes);
    }
    const pieces = disjoint(rows).filter(({ line }) => !NO_LINE.has(line));
    this.last = { of: contribution, pieces };
    return pieces;
  }

  private addInlinees(cursor: SectionCursor, end: number): void {
    const isExtended = cursor.u32() === 1;
    while (cursor.position + 12 <= end && this.inlinees.size < MAX_INLINEES) {
      const inlinee = cursor.u32();
      this.inlinees.set(inlinee, { file: cursor.u32(), line: cursor.u32() });
      if (isExtended) cursor.skip(cursor.u32() * 4);
    }
  }
}
