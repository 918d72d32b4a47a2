// A Mach-O image as a debug image. dSYM files hold the debug information and the symbols, the program holds the unwind information; both
// have the same UUID.
import type { RandomAccess } from '../../symbols/random-access.ts';
import type { FunctionSink } from '../../symbols/symbol-sink.ts';
import { CodeRanges } from '../code-ranges.ts';
import type { DebugImage, FileReference, ImageGives, ImageIds, ModuleTarget } from '../debug-file.ts';
import { DwarfFile, dwarfSections } from '../dwarf/dwarf-file.ts';
import { writeDwarf } from '../dwarf/write-dwarf.ts';
import { debugIdOf, hexOf } from '../elf/elf-build-id.ts';
import { FunctionSymbols, type NamedFunction } from '../function-symbols.ts';
import { MovedFunctions, PieceMap } from '../moved-functions.ts';
import { SectionCursor, sliceOf } from '../section-cursor.ts';
import { TextTable } from '../text-table.ts';
import { unwindRegistersOf } from '../unwind/unwind-registers.ts';
import { writeFrames } from '../unwind/write-frames.ts';
import { writeCompactUnwind } from './compact-unwind.ts';
import { type MappedObject, objectName, readDebugMap } from './debug-map.ts';
import { DSYM, type MachoHeaders, type MachoSection, OBJECT } from './macho-headers.ts';

const MAX_SYMBOLS = 8 * 1024 * 1024;
/** Names of sections have at most so many letters. */
const MAX_SECTION_NAME = 16;
const N_STAB = 0xe0;
const N_TYPE = 0x0e;
const N_SECT = 0x0e;
const N_EXT = 0x01;

export class MachoImage implements DebugImage {
  readonly format = 'Mach-O';
  readonly ids: ImageIds;
  gives: ImageGives;
  readonly isDebugOnly: boolean;
  readonly needs: readonly FileReference[] = [];
  readonly debugLink: string | null = null;
  /** The file was not linked yet: it supplements the program that it became part of. */
  readonly isObject: boolean;
  private readonly member: string | null;
  private table:
    | { readonly symbols: RandomAccess; readonly count: number; readonly names: TextTable }
    | null
    | undefined = undefined;
  private functions: FunctionSymbols | null = null;
  private map: readonly MappedObject[] | null = null;
  private readonly objects = new Map<MappedObject, MachoImage>();
  private readonly file: RandomAccess;
  private readonly headers: MachoHeaders;
  private readonly code: CodeRanges;

  /** `member`: its name where the image is one of an archive. */
  constructor(file: RandomAccess, headers: MachoHeaders, member: string | null = null) {
    this.file = file;
    this.member = member;
    this.headers = headers;
    const { uuid, cpu, libraryName } = headers;
    this.code = new CodeRanges(
      headers.sections.filter(({ isCode }) => isCode).map(({ address, size }) => ({ start: address, size })),
    );
    const baseName = libraryName?.split('/').at(-1) ?? null;
    this.ids = {
      os: 'Mac',
      cpu,
      debugId: uuid === null ? null : debugIdOf(swapped(uuid)),
      codeId: uuid === null ? null : hexOf(uuid),
      debugFile: baseName === '' ? null : baseName,
      codeFile: null,
    };
    this.isDebugOnly = headers.fileType === DSYM;
    this.isObject = headers.fileType === OBJECT;
    this.gives = {
      functions: this.section('__debug_info') !== null,
      symbols: (headers.symbols?.count ?? 0) > 0,
      unwind:
        unwindRegistersOf(cpu) !== null &&
        (this.section('__unwind_info') !== null || this.section('__eh_frame') !== null),
    };
  }

  attach(other: DebugImage, name: string): boolean {
    if (!(other instanceof MachoImage) || !other.isObject || this.isObject) return false;
    if (other.headers.cpu !== this.headers.cpu) return false;
    const file = other.member ?? name.split(/[/\\]/).at(-1) ?? '';
    const part = this.debugMap().find(
      (each) => !this.objects.has(each) && objectName(each.path) === file && other.defines(each),
    );
    if (part === undefined) return false;
    this.objects.set(part, other);
    this.gives = { ...this.gives, functions: true };
    return true;
  }

  async prepare(): Promise<void> {
    // Nothing is compressed.
  }

  writeFunctions(target: ModuleTarget): void {
    if (this.isObject) {
      if (this.member === null) target.note('the object is not one that the program was linked from');
      return;
    }
    this.writeDwarf(target, { sink: target.sink, code: this.code, base: this.headers.base });
    for (const [part, object] of this.objects) object.writeMoved(target, part, this.headers.base);
    const lacking = this.debugMap().length - this.objects.size;
    if (lacking > 0 && this.objects.size > 0) {
      const first = this.debugMap().find((part) => !this.objects.has(part));
      target.note(
        `the debug information of ${lacking} objects is not here; the first is ${objectName(first?.path ?? '')}`,
      );
    }
  }

  /** Functions of an object, at the places that the linker gave them. */
  private writeMoved(target: ModuleTarget, { functions }: MappedObject, base: number): void {
    const own = this.addressesByName();
    const pieces = functions.flatMap(({ name, address, size }) => {
      const from = own.get(name);
      return from === undefined ? [] : [{ from, size, to: address - base }];
    });
    const moved = new MovedFunctions(target.sink, new PieceMap(pieces));
    this.writeDwarf(target, {
      sink: moved,
      code: new CodeRanges(pieces.map(({ from, size }) => ({ start: from, size }))),
      base: 0,
    });
    moved.end();
  }

  private writeDwarf(
    { numbers, note, isOver }: ModuleTarget,
    place: { readonly sink: FunctionSink; readonly code: CodeRanges; readonly base: number },
  ): void {
    const file = new DwarfFile(
      dwarfSections((name) => this.bytes(`__debug_${name}`.slice(0, MAX_SECTION_NAME))),
    );
    writeDwarf(file, {
      ...place,
      // The lines of an object are one sequence, which may begin with a function that the linker dropped.
      lineCode: this.code,
      numbers,
      note,
      isOver,
      split: null,
      symbols: [this.functionSymbols()],
    });
  }

  private debugMap(): readonly MappedObject[] {
    if (this.map !== null) return this.map;
    const table = this.symbolTable();
    const { bits } = this.headers;
    this.map =
      table === null
        ? []
        : readDebugMap(table.symbols, { count: table.count, wordBytes: bits === 64 ? 8 : 4 }, table.names);
    return this.map;
  }

  /** Whether a function of a part of the debug map is in this object. */
  private defines({ functions }: MappedObject): boolean {
    const own = this.addressesByName();
    return functions.some(({ name }) => own.has(name));
  }

  /** Defined symbols of code, as the table spells them. */
  private addressesByName(): ReadonlyMap<string, number> {
    const found = new Map<string, number>();
    const decoder = new TextDecoder();
    this.eachEntry((address, type, name) => {
      if ((type & N_STAB) !== 0 || (type & N_TYPE) !== N_SECT || !this.code.has(address)) return;
      const text = this.symbolTable()?.names.at(name);
      if (text !== null && text !== undefined) found.set(decoder.decode(text), address);
    });
    return found;
  }

  writeSymbols({ sink, note }: ModuleTarget): void {
    if (this.isObject) return;
    if (this.headers.symbols !== null && this.symbolTable() === null)
      note('the symbol table lies outside of the file');
    this.functionSymbols().each((address, size, name) =>
      sink.symbol(address - this.headers.base, size, name),
    );
  }

  writeUnwind({ sink, note }: ModuleTarget): void {
    const registers = unwindRegistersOf(this.headers.cpu);
    if (registers === null || this.isObject) return;
    const { bits, base, cpu } = this.headers;
    const described: { readonly start: number; readonly size: number }[] = [];
    const exact = {
      unwindRange: (start: number, size: number, signal: boolean): void => {
        described.push({ start, size });
        sink.unwindRange(start, size, signal);
      },
      unwindRow: (at: number, rules: Uint8Array | null): void => sink.unwindRow(at, rules),
    };
    for (const [name, kind] of [
      ['__eh_frame', 'eh_frame'],
      ['__debug_frame', 'debug_frame'],
    ] as const) {
      const section = this.section(name);
      const bytes = this.bytes(name);
      if (section === null || bytes === null) continue;
      const addressBytes = bits === 64 ? 8 : 4;
      const broken = writeFrames(
        { bytes, kind, addressBytes, address: section.address, textAddress: 0, dataAddress: 0 },
        { sink: exact, registers, code: this.code, base },
      );
      if (broken > 0) note(`${broken} entries of ${name} cannot be read`);
    }
    const compact = this.bytes('__unwind_info');
    if (compact !== null) {
      const fault = writeCompactUnwind(compact, {
        sink,
        described: new CodeRanges(described),
        cpu,
        endOf: (offset) => this.code.endOf(base + offset) - base,
        codeAt: (offset, length) => this.codeAt(base + offset, length),
      });
      if (fault !== null) note(fault);
    }
  }

  private section(name: string): MachoSection | null {
    const found = this.headers.sections.find(
      (section) => section.name === name && section.size > 0 && !section.isEmpty,
    );
    return found === undefined || found.offset + found.size > this.file.byteLength ? null : found;
  }

  private bytes(name: string): RandomAccess | null {
    const section = this.section(name);
    return section === null ? null : sliceOf(this.file, section.offset, section.size);
  }

  private codeAt(address: number, length: number): Uint8Array {
    const section = this.headers.sections.find(
      (each) => each.isCode && !each.isEmpty && address >= each.address && address < each.address + each.size,
    );
    return section === undefined
      ? new Uint8Array(0)
      : this.file.read(section.offset + address - section.address, length);
  }

  /** The table of symbols; null where it lies outside of the file. */
  private symbolTable(): {
    readonly symbols: RandomAccess;
    readonly count: number;
    readonly names: TextTable;
  } | null {
    if (this.table !== undefined) return this.table;
    const { symbols, bits } = this.headers;
    const bytes = (symbols?.count ?? 0) * (bits === 64 ? 16 : 12);
    this.table =
      symbols === null || symbols.at + bytes > this.file.byteLength
        ? null
        : {
            symbols: sliceOf(this.file, symbols.at, bytes),
            count: Math.min(symbols.count, MAX_SYMBOLS),
            names: new TextTable(sliceOf(this.file, symbols.namesAt, symbols.namesBytes)),
          };
    return this.table;
  }

  private eachEntry(each: (address: number, type: number, name: number) => void): void {
    const table = this.symbolTable();
    if (table === null) return;
    const cursor = new SectionCursor(table.symbols);
    for (let i = 0; i < table.count; i++) {
      const name = cursor.u32();
      const type = cursor.u8();
      cursor.skip(3);
      each(cursor.word(this.headers.bits === 64 ? 8 : 4), type, name);
    }
  }

  /** Symbols with their sizes: up to the next symbol or function, or to the end of the section. */
  private functionSymbols(): FunctionSymbols {
    if (this.functions !== null) return this.functions;
    const names = this.symbolTable()?.names;
    const found: { readonly address: number; readonly name: number; readonly isLocal: boolean }[] = [];
    this.eachEntry((address, type, name) => {
      if ((type & N_STAB) !== 0 || (type & N_TYPE) !== N_SECT || !this.code.has(address)) return;
      found.push({ address, name, isLocal: (type & N_EXT) === 0 });
    });
    found.sort((one, other) => one.address - other.address || Number(one.isLocal) - Number(other.isLocal));
    const starts = this.functionStarts();
    const functions: NamedFunction[] = [];
    let next = 0;
    let last = -1;
    for (const [i, { address, name }] of found.entries()) {
      if (address === last) continue;
      let following = i + 1;
      while (following < found.length && found[following]?.address === address) following++;
      while (next < starts.length && (starts[next] ?? 0) <= address) next++;
      const end = Math.min(
        this.code.endOf(address),
        found[following]?.address ?? Number.POSITIVE_INFINITY,
        starts[next] ?? Number.POSITIVE_INFINITY,
      );
      if ((names?.at(name)?.length ?? 0) === 0 || end <= address) continue;
      last = address;
      functions.push({ address, size: end - address, name });
    }
    this.functions = new FunctionSymbols(functions, (name) => {
      const text = names?.at(name) ?? null;
      // The compiler puts an underscore before every name.
      return text?.[0] === 0x5f ? text.subarray(1) : text;
    });
    return this.functions;
  }

  /** Addresses at which functions begin. */
  private functionStarts(): number[] {
    const { functionStarts, base } = this.headers;
    const starts: number[] = [];
    if (functionStarts === null) return starts;
    const cursor = new SectionCursor(sliceOf(this.file, functionStarts.at, functionStarts.size));
    let address = base;
    while (!cursor.atEnd && starts.length < MAX_SYMBOLS) {
      const delta = cursor.uleb();
      if (delta === 0 || cursor.failed) break;
      address += delta;
      starts.push(address);
    }
    return starts;
  }
}

/** A UUID is big-endian, and a debug id of Breakpad has the same digits: as bytes in the order of a GUID. */
function swapped(uuid: Uint8Array): Uint8Array {
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
  return Uint8Array.from(order, (at) => uuid[at] ?? 0);
}
