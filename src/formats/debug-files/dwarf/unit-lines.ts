// The line table of a unit, read when its first function is written.
import type { CodeRanges } from '../code-ranges.ts';
import type { DwarfFile } from './dwarf-file.ts';
import type { DwarfUnit, TextReference } from './dwarf-unit.ts';
import { type LineTable, readLineTable } from './line-table.ts';

/** Lines and paths of one unit. */
export class UnitLines {
  private readonly unit: DwarfUnit;
  private readonly file: DwarfFile;
  private readonly code: CodeRanges;
  private readonly maxRows: number;
  private loaded: LineTable | null | undefined = undefined;

  constructor(unit: DwarfUnit, file: DwarfFile, code: CodeRanges, maxRows: number) {
    this.unit = unit;
    this.file = file;
    this.code = code;
    this.maxRows = maxRows;
  }

  /** Rows that were read. */
  get rows(): number {
    return this.loaded?.rows ?? 0;
  }

  /** The unit has lines that cannot be read, as far as somebody asked for them. */
  get isDamaged(): boolean {
    return this.loaded === null && this.unit.lineTableAt !== null;
  }

  /** The path of a file number of a call. */
  callPath(file: number): string {
    return this.table?.path(file) ?? '';
  }

  get table(): LineTable | null {
    if (this.loaded !== undefined) return this.loaded;
    const { unit, file, code, maxRows } = this;
    this.loaded =
      unit.lineTableAt === null
        ? null
        : readLineTable(unit.lineTableAt, {
            file,
            unit,
            directory: this.text(unit.directory),
            hasCode: (address) => code.has(address),
            maxRows,
          });
    return this.loaded;
  }

  private text(reference: TextReference | null): string {
    const bytes = reference === null ? null : this.file.text(this.unit, reference);
    return bytes === null ? '' : new TextDecoder().decode(bytes);
  }
}

/** Lines of a skeleton; calls in its split part count files as the split part's own table does, where there is one. */
export class SplitLines extends UnitLines {
  private readonly skeleton: UnitLines;
  private readonly own: UnitLines;

  constructor(
    skeleton: UnitLines,
    { file, unit }: { readonly file: DwarfFile; readonly unit: DwarfUnit },
    code: CodeRanges,
  ) {
    super(unit, file, code, 0);
    this.skeleton = skeleton;
    this.own = new UnitLines(unit, file, code, 0);
  }

  override get table(): LineTable | null {
    return this.skeleton.table;
  }

  override callPath(file: number): string {
    return this.own.table?.path(file) ?? this.skeleton.callPath(file);
  }
}
