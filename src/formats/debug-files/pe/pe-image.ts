// A PE file as a debug image: exports and COFF symbols, unwind information of x64 and of MinGW, and DWARF where a compiler left it.
import type { RandomAccess } from '../../symbols/random-access.ts';
import { CodeRanges } from '../code-ranges.ts';
import type { DebugImage, FileReference, ImageGives, ImageIds, ModuleTarget } from '../debug-file.ts';
import { DwarfFile, dwarfSections } from '../dwarf/dwarf-file.ts';
import { writeDwarf } from '../dwarf/write-dwarf.ts';
import { FunctionSymbols, type NamedFunction } from '../function-symbols.ts';
import { SectionCursor, sliceOf } from '../section-cursor.ts';
import { TextTable } from '../text-table.ts';
import { unwindRegistersOf } from '../unwind/unwind-registers.ts';
import { writeFrames } from '../unwind/write-frames.ts';
import { writeArm64Unwind } from './arm64-unwind.ts';
import { type PeHeaders, peBytes, type PeSection } from './pe-headers.ts';
import { writeX64Unwind } from './x64-unwind.ts';

const MAX_SYMBOLS = 4 * 1024 * 1024;
const SYMBOL_BYTES = 18;
/** The complex type of a COFF symbol that is a function. */
const FUNCTION_TYPE = 0x20;

/** CPUs whose unwind tables are read. */
const EXCEPTION_TABLES: ReadonlyMap<string, typeof writeX64Unwind> = new Map([
  ['x86_64', writeX64Unwind],
  ['arm64', writeArm64Unwind],
]);

export class PeImage implements DebugImage {
  readonly format = 'PE';
  readonly ids: ImageIds;
  readonly gives: ImageGives;
  readonly isDebugOnly = false;
  readonly needs: readonly FileReference[] = [];
  readonly debugLink: string | null;
  private readonly file: RandomAccess;
  private readonly headers: PeHeaders;
  private readonly code: CodeRanges;
  private functions: FunctionSymbols | null = null;

  constructor(file: RandomAccess, headers: PeHeaders) {
    this.file = file;
    this.headers = headers;
    const { imageBase, sections, pdb, cpu, codeId } = headers;
    this.code = new CodeRanges(
      sections
        .filter(({ isCode }) => isCode)
        .map(({ address, size }) => ({ start: imageBase + address, size })),
    );
    const pdbName = pdb?.name.split(/[/\\]/).at(-1) ?? '';
    this.ids = {
      os: 'windows',
      cpu,
      // A program without a reference to a PDB is named by its code id alone.
      debugId: pdb?.debugId ?? null,
      codeId,
      debugFile: pdbName === '' ? null : pdbName,
      codeFile: null,
    };
    this.debugLink = this.ids.debugFile;
    this.gives = {
      functions: this.section('.debug_info') !== null,
      symbols: headers.symbolCount > 0 || headers.exports.size > 0,
      unwind:
        unwindRegistersOf(cpu) !== null &&
        ((EXCEPTION_TABLES.has(cpu) && headers.exceptions.size > 0) ||
          this.section('.eh_frame') !== null ||
          this.section('.debug_frame') !== null),
    };
  }

  attach(): boolean {
    return false;
  }

  async prepare(): Promise<void> {
    // Nothing is compressed.
  }

  writeFunctions({ sink, numbers, note, isOver }: ModuleTarget): void {
    const file = new DwarfFile(dwarfSections((name) => this.bytes(`.debug_${name}`)));
    writeDwarf(file, {
      sink,
      numbers,
      code: this.code,
      base: this.headers.imageBase,
      note,
      isOver,
      split: null,
      symbols: [this.functionSymbols()],
    });
  }

  writeSymbols({ sink }: ModuleTarget): void {
    const { imageBase } = this.headers;
    this.functionSymbols().each((address, size, name) => sink.symbol(address - imageBase, size, name));
    this.eachExport((address, name) => sink.public(address, 0, name));
  }

  writeUnwind({ sink, note }: ModuleTarget): void {
    const { headers, file } = this;
    const registers = unwindRegistersOf(headers.cpu);
    if (registers === null) return;
    for (const kind of ['eh_frame', 'debug_frame'] as const) {
      const section = this.section(`.${kind}`);
      const bytes = this.bytes(`.${kind}`);
      if (section === null || bytes === null) continue;
      const address = headers.imageBase + section.address;
      const addressBytes = headers.bits === 64 ? 8 : 4;
      const broken = writeFrames(
        { bytes, kind, addressBytes, address, textAddress: 0, dataAddress: 0 },
        { sink, registers, code: this.code, base: headers.imageBase },
      );
      if (broken > 0) note(`${broken} entries of .${kind} cannot be read`);
    }
    const table = peBytes(file, headers.sections, headers.exceptions);
    const write = EXCEPTION_TABLES.get(headers.cpu);
    if (write === undefined || headers.exceptions.size === 0) return;
    if (table === null || table.byteLength < headers.exceptions.size)
      note('the table of functions with unwind information is cut off');
    if (table === null) return;
    const broken = write(table, {
      sink,
      at: (address, size) => peBytes(file, headers.sections, { address, size }),
      endOf: (address) => this.code.endOf(headers.imageBase + address) - headers.imageBase,
    });
    if (broken > 0) note(`${broken} functions have unwind information that cannot be read`);
  }

  private section(name: string): PeSection | null {
    return this.headers.sections.find((each) => each.name === name && each.fileBytes > 0) ?? null;
  }

  private bytes(name: string): RandomAccess | null {
    const section = this.section(name);
    if (section === null) return null;
    // The file is padded behind what the section holds.
    return sliceOf(this.file, section.offset, Math.min(section.size, section.fileBytes));
  }

  /** COFF symbols of functions, up to the next one. */
  private functionSymbols(): FunctionSymbols {
    if (this.functions !== null) return this.functions;
    const { symbolsAt, symbolCount, sections, imageBase } = this.headers;
    const tableBytes = symbolCount * SYMBOL_BYTES;
    const found: NamedFunction[] = [];
    const isInside = symbolsAt !== 0 && symbolsAt + tableBytes <= this.file.byteLength;
    const count = isInside ? Math.min(symbolCount, MAX_SYMBOLS) : 0;
    const cursor = new SectionCursor(sliceOf(this.file, symbolsAt, count * SYMBOL_BYTES));
    for (let i = 0; i < count; i++) {
      const at = i * SYMBOL_BYTES;
      cursor.seek(at + 8);
      const value = cursor.u32();
      const section = sections[cursor.u16() - 1];
      const type = cursor.u16();
      cursor.skip(1);
      i += cursor.u8();
      if (section === undefined || !section.isCode || type !== FUNCTION_TYPE) continue;
      found.push({ address: imageBase + section.address + value, size: 0, name: at });
    }
    found.sort((one, other) => one.address - other.address || one.name - other.name);
    const functions: NamedFunction[] = [];
    for (const each of found) {
      const last = functions.at(-1);
      if (last?.address === each.address) continue;
      if (last !== undefined) functions[functions.length - 1] = this.sized(last, each.address);
      functions.push(each);
    }
    const last = functions.at(-1);
    if (last !== undefined) functions[functions.length - 1] = this.sized(last, Number.POSITIVE_INFINITY);
    const names = new TextTable(sliceOf(this.file, symbolsAt + tableBytes, this.file.byteLength));
    this.functions = new FunctionSymbols(
      functions.filter(({ size }) => size > 0),
      (at) => this.symbolName(symbolsAt + at, names),
    );
    return this.functions;
  }

  private sized({ address, name }: NamedFunction, next: number): NamedFunction {
    return { address, name, size: Math.min(next, this.code.endOf(address)) - address };
  }

  /** Eight letters in the record itself, or a place in the table of texts. */
  private symbolName(at: number, names: TextTable): Uint8Array | null {
    const cursor = new SectionCursor(sliceOf(this.file, at, 8), 8);
    const isLong = cursor.u32() === 0;
    const longAt = cursor.u32();
    cursor.seek(0);
    const short = cursor.bytes(8);
    const end = short.indexOf(0);
    const name = isLong ? names.at(longAt) : short.subarray(0, end === -1 ? 8 : end);
    // On x86 the compiler puts an underscore before every name.
    return this.headers.cpu === 'x86' && name?.[0] === 0x5f ? name.subarray(1) : name;
  }

  private eachExport(each: (offset: number, name: Uint8Array) => void): void {
    const { headers, file } = this;
    const table = peBytes(file, headers.sections, headers.exports);
    if (table === null) return;
    const cursor = new SectionCursor(table, 64);
    cursor.seek(20);
    const functionCount = Math.min(cursor.u32(), MAX_SYMBOLS);
    const nameCount = Math.min(cursor.u32(), 65_536);
    const [functionsAt, namesAt, ordinalsAt] = [cursor.u32(), cursor.u32(), cursor.u32()];
    const part = (address: number, size: number): SectionCursor | null => {
      const bytes = peBytes(file, headers.sections, { address, size });
      return bytes === null ? null : new SectionCursor(bytes, 512);
    };
    const functions = part(functionsAt, functionCount * 4);
    const names = part(namesAt, nameCount * 4);
    const ordinals = part(ordinalsAt, nameCount * 2);
    if (functions === null || names === null || ordinals === null) return;
    for (let i = 0; i < nameCount; i++) {
      const nameAt = names.u32();
      functions.seek(ordinals.u16() * 4);
      const address = functions.u32();
      if (names.failed || ordinals.failed || functions.failed) return;
      // Others are forwarded to another library, or data.
      if (!this.code.has(headers.imageBase + address)) continue;
      const name = part(nameAt, 4096)?.text() ?? null;
      if (name !== null && name.length > 0) each(address, name);
    }
  }
}
