// An ELF file as a debug image: its ids, its symbols, its unwind information and its debug information.
import type { RandomAccess } from '../../symbols/random-access.ts';
import { CodeRanges } from '../code-ranges.ts';
import type {
  DebugFileEnvironment,
  DebugImage,
  FileReference,
  ImageGives,
  ImageIds,
  ModuleTarget,
  Note,
} from '../debug-file.ts';
import { DwarfFile, dwarfSections, type DwarfSections } from '../dwarf/dwarf-file.ts';
import { SplitUnits } from '../dwarf/split-units.ts';
import { writeDwarf } from '../dwarf/write-dwarf.ts';
import type { FunctionSymbols } from '../function-symbols.ts';
import { SectionCursor, sliceOf } from '../section-cursor.ts';
import { TextTable } from '../text-table.ts';
import { writeArmTable } from '../unwind/arm-exception-table.ts';
import { unwindRegistersOf } from '../unwind/unwind-registers.ts';
import { writeFrames } from '../unwind/write-frames.ts';
import { buildIdOf, debugIdOf, foldedId, hexOf } from './elf-build-id.ts';
import { openEmbeddedElf } from './elf-embedded.ts';
import {
  type ElfHeaders,
  type ElfSection,
  PF_X,
  PT_LOAD,
  PT_NOTE,
  SHF_ALLOC,
  SHF_EXECINSTR,
  SHT_NOBITS,
  SHT_DYNSYM,
  SHT_NOTE,
  SHT_SYMTAB,
} from './elf-headers.ts';
import { ElfSections } from './elf-sections.ts';
import { elfFunctions } from './elf-symbol-table.ts';

/** CPUs by `e_machine`, as MODULE lines spell them. */
const CPUS: Readonly<Record<number, string>> = {
  3: 'x86',
  8: 'mips',
  20: 'ppc',
  21: 'ppc64',
  40: 'arm',
  62: 'x86_64',
  183: 'arm64',
  243: 'riscv',
};
const PAGE_BYTES = 4096;
const MAX_ID_BYTES = 64;
/** Letters of a linked file's name that are told. */
const MAX_LINK_NAME = 255;

/** What is unpacked where it is compressed. */
const DEBUG_SECTIONS = [
  '.debug_info',
  '.debug_abbrev',
  '.debug_str',
  '.debug_line_str',
  '.debug_str_offsets',
  '.debug_addr',
  '.debug_ranges',
  '.debug_rnglists',
  '.debug_line',
  '.debug_frame',
];

export class ElfImage implements DebugImage {
  readonly format = 'ELF';
  readonly ids: ImageIds;
  readonly gives: ImageGives;
  private readonly file: RandomAccess;
  private readonly headers: ElfHeaders;
  private readonly sections: ElfSections;
  private readonly code: CodeRanges;
  private readonly base: number;
  private readonly cpu: string;
  /** The file has split units (`.dwo`, `.dwp`). */
  private readonly isSplit: boolean;
  private readonly splitParts: ElfImage[] = [];
  /** The file that texts and entries were moved to (dwz), and its build id. */
  private readonly alternateLink: { readonly name: string; readonly id: Uint8Array } | null;
  private alternate: ElfImage | null = null;
  /** What `.gnu_debugdata` holds: symbols that were taken from the file itself. */
  private embedded: ElfSections | null = null;
  private lists: readonly FunctionSymbols[] | null = null;
  readonly isDebugOnly: boolean;
  readonly needs: readonly FileReference[];
  readonly debugLink: string | null;

  constructor(file: RandomAccess, headers: ElfHeaders) {
    this.file = file;
    this.headers = headers;
    this.sections = new ElfSections(file, headers);
    this.code = new CodeRanges(codeOf(headers));
    this.base = baseOf(headers);
    this.cpu = CPUS[headers.machine] ?? `machine ${headers.machine}`;
    this.ids = this.readIds();
    const has = (name: string): boolean => this.sections.find(name) !== null;
    this.isSplit = has('.debug_info.dwo');
    this.alternateLink = this.readAlternateLink();
    this.needs =
      this.alternateLink === null
        ? []
        : [{ name: this.alternateLink.name, debugId: debugIdOf(this.alternateLink.id) }];
    this.debugLink = this.readDebugLink();
    this.isDebugOnly = headers.sections.some(({ name, type }) => name === '.text' && type === SHT_NOBITS);
    this.gives = {
      functions: has('.debug_info'),
      symbols: has('.symtab') || has('.dynsym') || has('.gnu_debugdata'),
      unwind:
        unwindRegistersOf(this.cpu) !== null &&
        (has('.eh_frame') || has('.debug_frame') || has('.ARM.exidx')),
    };
  }

  async prepare(environment: DebugFileEnvironment, note: Note): Promise<void> {
    for (const { name } of this.sections.outside()) note(`the section ${name} lies outside of the file`);
    for (const name of DEBUG_SECTIONS) {
      await this.sections.unpack(name, environment, note);
      if (this.isSplit) await this.sections.unpack(`${name}.dwo`, environment, note);
    }
    const packed = this.sections.named('.gnu_debugdata');
    if (packed !== null) this.embedded = await openEmbeddedElf(packed, environment, note);
  }

  attach(other: DebugImage): boolean {
    if (!(other instanceof ElfImage)) return false;
    if (other.isSplit) {
      this.splitParts.push(other);
      return true;
    }
    if (this.alternateLink === null || other.ids.codeId !== hexOf(this.alternateLink.id)) return false;
    this.alternate = other;
    return true;
  }

  writeFunctions({ sink, numbers, note, isOver }: ModuleTarget): void {
    const file = new DwarfFile(this.dwarfSections(''));
    if (this.alternate !== null) file.alternate = new DwarfFile(this.alternate.dwarfSections(''));
    else if (this.alternateLink !== null) {
      const { name, id } = this.alternateLink;
      note(`names are in ${name} with the build id ${hexOf(id)}, which is not here`);
    }
    const split = new SplitUnits();
    for (const part of this.splitParts) {
      // What a split unit does not hold itself lies in the program.
      const { addr, ranges } = file.sections;
      split.add(
        new DwarfFile({ ...part.dwarfSections('.dwo'), addr, ranges }),
        part.sections.named('.debug_cu_index'),
      );
    }
    const { code, base } = this;
    writeDwarf(file, { sink, numbers, code, base, note, isOver, split, symbols: this.symbolLists() });
  }

  writeSymbols({ sink }: ModuleTarget): void {
    for (const list of this.symbolLists())
      list.each((address, size, name) => sink.symbol(address - this.base, size, name));
  }

  /** The symbol table holds what the dynamic one does, and more. An embedded one has only what is in neither. */
  private symbolLists(): readonly FunctionSymbols[] {
    if (this.lists !== null) return this.lists;
    const whole = this.functionsOf(this.sections, SHT_SYMTAB);
    const parts =
      whole !== null
        ? [whole]
        : [
            this.embedded === null ? null : this.functionsOf(this.embedded, SHT_SYMTAB),
            this.functionsOf(this.sections, SHT_DYNSYM),
          ];
    this.lists = parts.filter((list) => list !== null);
    return this.lists;
  }

  private functionsOf(sections: ElfSections, type: number): FunctionSymbols | null {
    const found = sections.symbolTable(type);
    if (found === null) return null;
    const { bits } = this.headers;
    const { symbols, names } = found;
    return elfFunctions({ bits, symbols, names: new TextTable(names), isArm: this.cpu === 'arm' }, this.code);
  }

  private dwarfSections(suffix: '' | '.dwo'): DwarfSections {
    return dwarfSections((name) => this.sections.named(`.debug_${name}${suffix}`));
  }

  writeUnwind({ sink, note }: ModuleTarget): void {
    const registers = unwindRegistersOf(this.cpu);
    if (registers === null) return;
    const described: { readonly start: number; readonly size: number }[] = [];
    const exact = {
      unwindRange: (start: number, size: number, signal: boolean): void => {
        described.push({ start: start + this.base, size });
        sink.unwindRange(start, size, signal);
      },
      unwindRow: (at: number, rules: Uint8Array | null): void => sink.unwindRow(at, rules),
    };
    for (const { kind, section, bytes } of this.frameSections()) {
      const broken = writeFrames(
        {
          bytes,
          kind,
          addressBytes: this.headers.bits === 64 ? 8 : 4,
          address: section.address,
          textAddress: this.addressOf('.text'),
          dataAddress: this.addressOf('.got'),
        },
        { sink: exact, registers, code: this.code, base: this.base },
      );
      if (broken > 0) note(`${broken} entries of .${kind} cannot be read`);
    }
    const table = this.cpu === 'arm' ? this.sections.find('.ARM.exidx') : null;
    const entries = table === null ? null : this.sections.bytes(table);
    if (table === null || entries === null) return;
    const broken = writeArmTable(entries, table.address, {
      sink,
      code: this.code,
      described: new CodeRanges(described),
      base: this.base,
      at: (address, size) => this.sections.atAddress(address, size),
    });
    if (broken > 0) note(`${broken} entries of .ARM.exidx cannot be read`);
  }

  /** Call frame information of the file, and of what it embeds. */
  private frameSections(): {
    readonly kind: 'eh_frame' | 'debug_frame';
    readonly section: ElfSection;
    readonly bytes: RandomAccess;
  }[] {
    const found: ReturnType<ElfImage['frameSections']> = [];
    for (const sections of [this.sections, this.embedded]) {
      for (const kind of ['eh_frame', 'debug_frame'] as const) {
        const section = sections?.find(`.${kind}`) ?? null;
        const bytes = section === null ? null : (sections?.bytes(section) ?? null);
        if (section !== null && bytes !== null) found.push({ kind, section, bytes });
      }
    }
    return found;
  }

  private addressOf(name: string): number {
    return this.headers.sections.find((section) => section.name === name)?.address ?? 0;
  }

  /** `.gnu_debugaltlink`: a file name and a build id. */
  private readAlternateLink(): { readonly name: string; readonly id: Uint8Array } | null {
    const link = this.sections.named('.gnu_debugaltlink');
    if (link === null) return null;
    const cursor = new SectionCursor(link);
    const name = linkedName(cursor.text());
    const id = cursor.bytes(Math.min(MAX_ID_BYTES, link.byteLength - cursor.position));
    return cursor.failed || id.length === 0 ? null : { name, id };
  }

  /** `.gnu_debuglink`: a file name and a checksum. */
  private readDebugLink(): string | null {
    const link = this.sections.named('.gnu_debuglink');
    if (link === null) return null;
    const name = linkedName(new SectionCursor(link).text());
    return name === '' ? null : name;
  }

  private readIds(): ImageIds {
    const { file, headers } = this;
    const notes = [
      ...headers.sections
        .filter(({ type }) => type === SHT_NOTE)
        .map((section) => this.sections.bytes(section) ?? sliceOf(file, 0, 0)),
      ...headers.segments
        .filter(({ type }) => type === PT_NOTE)
        .map(({ offset, fileBytes }) => sliceOf(file, offset, fileBytes)),
    ];
    let buildId: Uint8Array | null = null;
    for (const each of notes) buildId ??= buildIdOf(each);
    const text = this.sections.named('.text');
    const id = buildId ?? (text === null ? null : foldedId(text));
    return {
      os: 'Linux',
      cpu: this.cpu,
      debugId: id === null ? null : debugIdOf(id),
      codeId: buildId === null ? null : hexOf(buildId),
      debugFile: null,
      codeFile: null,
    };
  }
}

/** The last part of a path that a section names: the path is that of another machine. */
function linkedName(path: Uint8Array | null): string {
  const text = new TextDecoder().decode(path ?? new Uint8Array(0));
  return text.slice(text.lastIndexOf('/') + 1).slice(0, MAX_LINK_NAME);
}

/** What may be executed. */
function codeOf(headers: ElfHeaders): { readonly start: number; readonly size: number }[] {
  const code = (flags: number): boolean => (flags & SHF_ALLOC) !== 0 && (flags & SHF_EXECINSTR) !== 0;
  const sections = headers.sections.filter(({ flags }) => code(flags));
  if (sections.length > 0) return sections.map(({ address, size }: ElfSection) => ({ start: address, size }));
  return headers.segments
    .filter(({ type, flags }) => type === PT_LOAD && (flags & PF_X) !== 0)
    .map(({ address, memoryBytes }) => ({ start: address, size: memoryBytes }));
}

/** Where the first page of the file is linked to. */
function baseOf({ segments }: ElfHeaders): number {
  const addresses = segments.filter(({ type }) => type === PT_LOAD).map(({ address }) => address);
  const lowest = addresses.reduce((least, address) => Math.min(least, address), Number.POSITIVE_INFINITY);
  return Number.isFinite(lowest) ? lowest - (lowest % PAGE_BYTES) : 0;
}
