// Line tables: which line of which file each address is of. DWARF 5, section 6.2 (and its forms in versions 2 to 4).
import { SectionCursor } from '../section-cursor.ts';
import type { DwarfFile } from './dwarf-file.ts';
import { FORM, type FormSizes, readForm } from './dwarf-forms.ts';
import type { DwarfUnit } from './dwarf-unit.ts';
import { joinedPath } from './source-path.ts';

const MAX_FILES = 1_000_000;
const MAX_FORMATS = 64;
const CONTENT = { path: 1, directory: 2 } as const;

/** A run of rows without gaps. */
type Sequence = {
  readonly start: number;
  readonly end: number;
  readonly first: number;
  readonly last: number;
};

/** The rows of one table. */
export class LineTable {
  /** Paths by the number that rows and calls have. */
  private readonly paths: readonly string[];
  private readonly sequences: readonly Sequence[];
  private readonly addresses: Float64Array;
  private readonly lines: Uint32Array;
  private readonly files: Uint32Array;
  /** Rows in all. */
  readonly rows: number;

  constructor(paths: readonly string[], rows: RowBuilder) {
    this.paths = paths;
    this.sequences = rows.sequences.toSorted((one, other) => one.start - other.start);
    this.addresses = rows.addresses;
    this.lines = rows.lines;
    this.files = rows.files;
    this.rows = rows.count;
  }

  /** The path of a file number; null where the table has none. */
  path(file: number): string | null {
    return this.paths[file] ?? null;
  }

  /** Start and end of each run of rows. */
  extents(): readonly { readonly start: number; readonly end: number }[] {
    return this.sequences;
  }

  /** Calls `each` for every row of a range, cut to it. */
  eachRow(
    start: number,
    end: number,
    each: (address: number, size: number, line: number, file: number) => void,
  ): void {
    for (let at = this.firstSequence(start); at < this.sequences.length; at++) {
      const sequence = this.sequences[at];
      if (sequence === undefined || sequence.start >= end) return;
      if (sequence.end <= start) continue;
      let row = this.rowAt(sequence, start);
      for (; row < sequence.last; row++) {
        const from = Math.max(start, this.addresses[row] ?? 0);
        const next = row + 1 < sequence.last ? (this.addresses[row + 1] ?? sequence.end) : sequence.end;
        const to = Math.min(end, next);
        if (to > from) each(from, to - from, this.lines[row] ?? 0, this.files[row] ?? 0);
        if (next >= end) break;
      }
    }
  }

  /** The last sequence that starts at or below an address, or the first of all. */
  private firstSequence(address: number): number {
    let low = 0;
    let high = this.sequences.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.sequences[middle]?.start ?? 0) <= address) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  /** The last row at or below an address; of several at one address the last counts. */
  private rowAt({ first, last }: Sequence, address: number): number {
    let low = first;
    let high = last;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.addresses[middle] ?? 0) <= address) low = middle + 1;
      else high = middle;
    }
    return Math.max(first, low - 1);
  }
}

/** Growing columns of rows. */
class RowBuilder {
  addresses = new Float64Array(256);
  lines = new Uint32Array(256);
  files = new Uint32Array(256);
  count = 0;
  readonly sequences: Sequence[] = [];
  private first = 0;
  private readonly maxRows: number;

  constructor(maxRows: number) {
    this.maxRows = maxRows;
  }

  /** False where there are too many. */
  add(address: number, line: number, file: number): boolean {
    const isFirst = this.count === this.first;
    const before = isFirst ? -1 : (this.addresses[this.count - 1] ?? 0);
    // Addresses only grow within a sequence; rows that go back are damage.
    if (address < before) return true;
    if (address !== before) {
      if (this.count >= this.maxRows) return false;
      if (this.count === this.addresses.length) this.grow();
      this.count++;
    }
    this.addresses[this.count - 1] = address;
    this.lines[this.count - 1] = line;
    this.files[this.count - 1] = file;
    return true;
  }

  /** Ends a sequence; one that is not wanted leaves nothing. */
  end(address: number, isWanted: boolean): void {
    const start = this.addresses[this.first] ?? 0;
    if (isWanted && this.count > this.first && address > start) {
      this.sequences.push({ start, end: address, first: this.first, last: this.count });
    } else this.count = this.first;
    this.first = this.count;
  }

  /** The first address of the sequence that is being read. */
  get start(): number {
    return this.addresses[this.first] ?? 0;
  }

  private grow(): void {
    const larger = (from: Uint32Array): Uint32Array<ArrayBuffer> => {
      const to = new Uint32Array(from.length * 2);
      to.set(from);
      return to;
    };
    const addresses = new Float64Array(this.addresses.length * 2);
    addresses.set(this.addresses);
    this.addresses = addresses;
    this.lines = larger(this.lines);
    this.files = larger(this.files);
  }
}

/** What reading a table needs beside its section. */
export type LineTableContext = {
  readonly file: DwarfFile;
  readonly unit: DwarfUnit;
  /** Where the unit was compiled. */
  readonly directory: string;
  readonly hasCode: (address: number) => boolean;
  readonly maxRows: number;
};

/** Reads the table at an offset; null where its header is damaged. */
export function readLineTable(offset: number, context: LineTableContext): LineTable | null {
  const { line } = context.file.sections;
  if (line === null) return null;
  const cursor = new SectionCursor(line);
  cursor.seek(offset);
  const short = cursor.u32();
  const is64 = short === 0xffffffff;
  const length = is64 ? cursor.u64() : short;
  const end = Math.min(cursor.position + length, cursor.length);
  const version = cursor.u16();
  if (cursor.failed || version < 2 || version > 5) return null;
  const header = readProgramHeader(cursor, version, is64 ? 8 : 4, context);
  if (header === null) return null;
  const rows = new RowBuilder(context.maxRows);
  runProgram(cursor, end, header, rows, context.hasCode);
  return new LineTable(header.paths, rows);
}

type ProgramHeader = {
  readonly minInstruction: number;
  readonly maxOperations: number;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  readonly operandCounts: readonly number[];
  readonly paths: readonly string[];
};

function readProgramHeader(
  cursor: SectionCursor,
  version: number,
  offsetBytes: 4 | 8,
  context: LineTableContext,
): ProgramHeader | null {
  let addressBytes: number = context.unit.addressBytes;
  if (version >= 5) {
    addressBytes = cursor.u8();
    cursor.skip(1);
  }
  const headerLength = cursor.word(offsetBytes);
  const programAt = cursor.position + headerLength;
  const minInstruction = cursor.u8();
  const maxOperations = version >= 4 ? Math.max(1, cursor.u8()) : 1;
  cursor.skip(1);
  const lineBase = (cursor.u8() << 24) >> 24;
  const lineRange = cursor.u8();
  const opcodeBase = cursor.u8();
  const operandCounts = [0];
  for (let i = 1; i < opcodeBase; i++) operandCounts.push(cursor.u8());
  const sizes = { addressBytes, offsetBytes, version };
  const paths =
    version >= 5 ? readNewPaths(cursor, sizes, context) : readOldPaths(cursor, programAt, context);
  if (paths === null || programAt > cursor.length) return null;
  cursor.seek(programAt);
  return { minInstruction, maxOperations, lineBase, lineRange, opcodeBase, operandCounts, paths };
}

/** Versions 2 to 4: texts, each list ended by an empty one. Directory 0 is where the compiler ran; files count from 1. */
function readOldPaths(cursor: SectionCursor, end: number, { directory }: LineTableContext): string[] | null {
  const directories = [directory];
  const decoder = new TextDecoder();
  const next = (): string => {
    const bytes = cursor.position < end ? cursor.text() : null;
    return bytes === null ? '' : decoder.decode(bytes);
  };
  for (let text = next(); text !== ''; text = next()) {
    if (directories.length >= MAX_FILES) return null;
    directories.push(joinedPath(directory, text));
  }
  // Files count from 1.
  const paths = [''];
  for (let text = next(); text !== ''; text = next()) {
    if (paths.length >= MAX_FILES) return null;
    paths.push(joinedPath(directories[cursor.uleb()] ?? '', text));
    cursor.skipLeb();
    cursor.skipLeb();
  }
  return cursor.failed ? null : paths;
}

/** Version 5: both lists say how their entries are formed. */
function readNewPaths(cursor: SectionCursor, sizes: FormSizes, context: LineTableContext): string[] | null {
  const directories: string[] = [];
  const inDirectory = (text: string): string => joinedPath(directories[0] ?? context.directory, text);
  const fine = eachPath(cursor, sizes, context, (text) => {
    directories.push(directories.length === 0 ? joinedPath(context.directory, text) : inDirectory(text));
  });
  if (!fine) return null;
  const paths: string[] = [];
  return eachPath(cursor, sizes, context, (text, directory) => {
    paths.push(joinedPath(directories[directory] ?? '', text));
  })
    ? paths
    : null;
}

function eachPath(
  cursor: SectionCursor,
  sizes: FormSizes,
  { file, unit }: LineTableContext,
  each: (text: string, directory: number) => void,
): boolean {
  const formats: number[] = [];
  const formatCount = cursor.u8();
  if (formatCount > MAX_FORMATS) return false;
  for (let i = 0; i < formatCount; i++) formats.push(cursor.uleb(), cursor.uleb());
  const count = cursor.uleb();
  // Entries without fields take no bytes: their number says nothing.
  if (cursor.failed || count > MAX_FILES || (formatCount === 0 && count > 0)) return false;
  const decoder = new TextDecoder();
  for (let i = 0; i < count; i++) {
    let text = '';
    let directory = 0;
    for (let at = 0; at < formats.length; at += 2) {
      const form = formats[at + 1] ?? 0;
      if (formats[at] === CONTENT.path) {
        const bytes = readText(cursor, form, sizes, file, unit);
        text = bytes === null ? '' : decoder.decode(bytes);
      } else {
        const value = readForm(cursor, form, sizes);
        if (formats[at] === CONTENT.directory) directory = value;
      }
      if (cursor.failed) return false;
    }
    each(text, directory);
  }
  return true;
}

function readText(
  cursor: SectionCursor,
  form: number,
  sizes: FormSizes,
  file: DwarfFile,
  unit: DwarfUnit,
): Uint8Array | null {
  if (form === FORM.string) return cursor.text();
  return file.text(unit, { form, value: readForm(cursor, form, sizes) });
}

/** Runs the line number program up to `end`. */
function runProgram(
  cursor: SectionCursor,
  end: number,
  header: ProgramHeader,
  rows: RowBuilder,
  hasCode: (address: number) => boolean,
): void {
  const { minInstruction, maxOperations, lineBase, lineRange, opcodeBase, operandCounts } = header;
  let address = 0;
  let operation = 0;
  let file = 1;
  let line = 1;
  const advance = (by: number): void => {
    const operations = operation + by;
    address += minInstruction * Math.floor(operations / maxOperations);
    operation = operations % maxOperations;
  };
  const row = (): boolean => rows.add(address, Math.max(0, Math.min(line, 0xffffffff)), file);
  while (cursor.position < end && !cursor.failed) {
    const opcode = cursor.u8();
    if (opcode >= opcodeBase) {
      if (lineRange === 0) return;
      const adjusted = opcode - opcodeBase;
      advance(Math.floor(adjusted / lineRange));
      line += lineBase + (adjusted % lineRange);
      if (!row()) return;
      continue;
    }
    switch (opcode) {
      case 0: {
        const length = cursor.uleb();
        const next = cursor.position + length;
        const extended = length === 0 ? 0 : cursor.u8();
        if (extended === 1) {
          rows.end(address, hasCode(rows.start));
          address = 0;
          operation = 0;
          file = 1;
          line = 1;
        } else if (extended === 2) {
          address = cursor.word(length - 1 >= 8 ? 8 : 4);
          operation = 0;
        }
        cursor.seek(next);
        break;
      }
      case 1:
        if (!row()) return;
        break;
      case 2:
        advance(cursor.uleb());
        break;
      case 3:
        line += cursor.sleb();
        break;
      case 4:
        file = cursor.uleb();
        break;
      case 8:
        if (lineRange === 0) return;
        advance(Math.floor((255 - opcodeBase) / lineRange));
        break;
      case 9:
        address += cursor.u16();
        operation = 0;
        break;
      default:
        for (let i = operandCounts[opcode] ?? 0; i > 0; i--) cursor.skipLeb();
    }
  }
}
