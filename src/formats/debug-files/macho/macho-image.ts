// A Mach-O image as a debug image. dSYM files hold the debug information and the symbols, the program holds the unwind information; both
// have the same UUID.
import type { RandomAccess } from '../../symbols/random-access.ts';
import { CodeRanges } from '../code-ranges.ts';
import type { DebugImage, ImageGives, ImageIds, ModuleTarget } from '../debug-file.ts';
import { DwarfFile } from '../dwarf/dwarf-file.ts';
import { writeDwarf } from '../dwarf/write-dwarf.ts';
import { debugIdOf, hexOf } from '../elf/elf-build-id.ts';
import { SectionCursor, sliceOf } from '../section-cursor.ts';
import { TextTable } from '../text-table.ts';
import { unwindRegistersOf } from '../unwind/unwind-registers.ts';
import { writeFrames } from '../unwind/write-frames.ts';
import { DSYM, type MachoHeaders, type MachoSection } from './macho-headers.ts';
import { writeCompactUnwind } from './compact-unwind.ts';

const MAX_SYMBOLS = 8 * 1024 * 1024;
const N_STAB = 0xe0;
const N_TYPE = 0x0e;
const N_SECT = 0x0e;
const N_EXT = 0x01;

export class MachoImage implements DebugImage {
  readonly format = 'Mach-O';
  readonly ids: ImageIds;
  readonly gives: ImageGives;
  readonly isDebugOnly: boolean;
  readonly needs: readonly string[] = [];
  private readonly file: RandomAccess;
  private readonly headers: MachoHeaders;
  private readonly code: CodeRanges;

  constructor(file: RandomAccess, headers: MachoHeaders) {
    this.file = file;
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
    this.gives = {
      functions: this.section('__debug_info') !== null,
      symbols: (headers.symbols?.count ?? 0) > 0,
      unwind:
        unwindRegistersOf(cpu) !== null &&
        (this.section('__unwind_info') !== null || this.section('__eh_frame') !== null),
    };
  }

  attach(): boolean {
    return false;
  }

  async prepare(): Promise<void> {
    // Nothing is compressed.
  }

  writeFunctions({ sink, numbers, note, isOver }: ModuleTarget): void {
    const named = (name: string): RandomAccess | null => this.bytes(`__debug_${name}`);
    const file = new DwarfFile({
      info: named('info'),
      abbrev: named('abbrev'),
      str: named('str'),
      lineStr: named('line_str'),
      // Names of sections have at most 16 letters.
      strOffsets: named('str_offs'),
      addr: named('addr'),
      ranges: named('ranges'),
      rnglists: named('rnglists'),
      line: named('line'),
    });
    writeDwarf(file, {
      sink,
      numbers,
      code: this.code,
      base: this.headers.base,
      note,
      isOver,
      split: null,
      eachSymbol: (start, end, each) => {
        this.eachSymbol((address, size, name) => {
          if (address >= start && address < end) each(address, size, name);
        });
      },
    });
  }

  writeSymbols({ sink }: ModuleTarget): void {
    this.eachSymbol((address, size, name) => sink.symbol(address - this.headers.base, size, name));
  }

  writeUnwind({ sink, note }: ModuleTarget): void {
    const registers = unwindRegistersOf(this.headers.cpu);
    if (registers === null) return;
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

  /** Symbols with their sizes: up to the next symbol or function, or to the end of the section. */
  private eachSymbol(each: (address: number, size: number, name: Uint8Array) => void): void {
    const { symbols, bits } = this.headers;
    if (symbols === null || symbols.at + symbols.count * (bits === 64 ? 16 : 12) > this.file.byteLength)
      return;
    const cursor = new SectionCursor(this.file);
    cursor.seek(symbols.at);
    const names = new TextTable(sliceOf(this.file, symbols.namesAt, symbols.namesBytes));
    const found: { readonly address: number; readonly name: number; readonly isLocal: boolean }[] = [];
    for (let i = 0; i < Math.min(symbols.count, MAX_SYMBOLS); i++) {
      const name = cursor.u32();
      const type = cursor.u8();
      cursor.skip(3);
      const address = cursor.word(bits / 8);
      if ((type & N_STAB) !== 0 || (type & N_TYPE) !== N_SECT || !this.code.has(address)) continue;
      found.push({ address, name, isLocal: (type & N_EXT) === 0 });
    }
    found.sort((one, other) => one.address - other.address || Number(one.isLocal) - Number(other.isLocal));
    const starts = this.functionStarts();
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
      const text = names.at(name);
      if (text === null || text.length === 0 || end <= address) continue;
      last = address;
      // The compiler puts an underscore before every name.
      each(address, end - address, text[0] === 0x5f ? text.subarray(1) : text);
    }
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
