// An ELF file as a debug image: its ids, its symbols, its unwind information and its debug information.
import type { RandomAccess } from '../../symbols/random-access.ts';
import type { SymbolSink } from '../../symbols/symbol-sink.ts';
import { CodeRanges } from '../code-ranges.ts';
import type { DebugFileEnvironment, DebugImage, ImageGives, ImageIds, Note } from '../debug-file.ts';
import { sliceOf } from '../section-cursor.ts';
import { TextTable } from '../text-table.ts';
import { unwindRegistersOf } from '../unwind/unwind-registers.ts';
import { writeFrames } from '../unwind/write-frames.ts';
import { buildIdOf, debugIdOf, foldedId, hexOf } from './elf-build-id.ts';
import {
  type ElfHeaders,
  type ElfSection,
  PF_X,
  PT_LOAD,
  PT_NOTE,
  SHF_ALLOC,
  SHF_EXECINSTR,
  SHT_DYNSYM,
  SHT_NOTE,
  SHT_SYMTAB,
} from './elf-headers.ts';
import { ElfSections } from './elf-sections.ts';
import { eachElfFunction } from './elf-symbol-table.ts';

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

  constructor(file: RandomAccess, headers: ElfHeaders) {
    this.file = file;
    this.headers = headers;
    this.sections = new ElfSections(file, headers);
    this.code = new CodeRanges(codeOf(headers));
    this.base = baseOf(headers);
    this.cpu = CPUS[headers.machine] ?? `machine ${headers.machine}`;
    this.ids = this.readIds();
    const has = (name: string): boolean => this.sections.find(name) !== null;
    this.gives = {
      functions: has('.debug_info'),
      symbols: has('.symtab') || has('.dynsym'),
      unwind: unwindRegistersOf(this.cpu) !== null && (has('.eh_frame') || has('.debug_frame')),
    };
  }

  async prepare(environment: DebugFileEnvironment, note: Note): Promise<void> {
    await this.sections.unpack('.debug_frame', environment, note);
  }

  writeFunctions(): void {}

  writeSymbols(sink: SymbolSink): void {
    // The symbol table holds what the dynamic one does, and more.
    for (const type of [SHT_SYMTAB, SHT_DYNSYM]) {
      const table = this.headers.sections.find((section) => section.type === type);
      const names = table === undefined ? undefined : this.headers.sections[table.link];
      const symbols = table === undefined ? null : this.sections.bytes(table);
      const texts = names === undefined ? null : this.sections.bytes(names);
      if (symbols === null || texts === null) continue;
      const { bits } = this.headers;
      const source = { bits, symbols, names: new TextTable(texts), isArm: this.cpu === 'arm' };
      eachElfFunction(source, this.code, (address, size, name) =>
        sink.symbol(address - this.base, size, name),
      );
      return;
    }
  }

  writeUnwind(sink: SymbolSink, note: Note): void {
    const registers = unwindRegistersOf(this.cpu);
    if (registers === null) return;
    for (const kind of ['eh_frame', 'debug_frame'] as const) {
      const section = this.sections.find(`.${kind}`);
      const bytes = section === null ? null : this.sections.bytes(section);
      if (section === null || bytes === null) continue;
      const broken = writeFrames(
        {
          bytes,
          kind,
          addressBytes: this.headers.bits === 64 ? 8 : 4,
          address: section.address,
          textAddress: this.addressOf('.text'),
          dataAddress: this.addressOf('.got'),
        },
        { sink, registers, code: this.code, base: this.base },
      );
      if (broken > 0) note(`${broken} entries of .${kind} cannot be read`);
    }
  }

  private addressOf(name: string): number {
    return this.headers.sections.find((section) => section.name === name)?.address ?? 0;
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
