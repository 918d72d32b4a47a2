// A WebAssembly module as a debug image. Addresses are offsets in the code section, as debug information has them.
import { CodeRanges } from '../code-ranges.ts';
import type { DebugImage, FileReference, ImageGives, ImageIds, ModuleTarget } from '../debug-file.ts';
import { DwarfFile, dwarfSections } from '../dwarf/dwarf-file.ts';
import { writeDwarf } from '../dwarf/write-dwarf.ts';
import { debugIdOf, hexOf } from '../elf/elf-build-id.ts';
import { FunctionSymbols, type NamedFunction } from '../function-symbols.ts';
import { eachWasmName, readWasmBodies, type WasmHeaders } from './wasm-headers.ts';

export class WasmImage implements DebugImage {
  readonly format = 'WebAssembly';
  readonly ids: ImageIds;
  readonly gives: ImageGives;
  readonly isDebugOnly: boolean;
  readonly needs: readonly FileReference[] = [];
  readonly debugLink: string | null = null;
  private readonly headers: WasmHeaders;
  private functions: FunctionSymbols | null = null;

  constructor(headers: WasmHeaders) {
    this.headers = headers;
    const { buildId, custom, code } = headers;
    this.ids = {
      os: 'wasm',
      cpu: 'wasm32',
      debugId: buildId === null ? null : debugIdOf(buildId),
      codeId: buildId === null ? null : hexOf(buildId),
      debugFile: null,
      codeFile: null,
    };
    this.isDebugOnly = code.byteLength === 0;
    // The machine keeps the stack itself: there is nothing to unwind by.
    this.gives = { functions: custom.has('.debug_info'), symbols: custom.has('name'), unwind: false };
  }

  attach(): boolean {
    return false;
  }

  async prepare(): Promise<void> {
    // Nothing is compressed.
  }

  writeFunctions({ sink, numbers, note, isOver }: ModuleTarget): void {
    const file = new DwarfFile(dwarfSections((name) => this.headers.custom.get(`.debug_${name}`) ?? null));
    // A separate file of debug information has no code: then nothing is known to be dead.
    const { byteLength } = this.headers.code;
    const code = new CodeRanges([{ start: 1, size: byteLength === 0 ? 0xffff_fff0 : byteLength }]);
    writeDwarf(file, {
      sink,
      numbers,
      code,
      base: 0,
      note,
      isOver,
      split: null,
      symbols: [this.functionSymbols()],
    });
  }

  writeSymbols({ sink }: ModuleTarget): void {
    this.functionSymbols().each((address, size, name) => sink.symbol(address, size, name));
  }

  writeUnwind(): void {
    // Nothing.
  }

  private functionSymbols(): FunctionSymbols {
    if (this.functions !== null) return this.functions;
    const bodies = readWasmBodies(this.headers);
    const names: Uint8Array[] = [];
    const functions: NamedFunction[] = [];
    const section = this.headers.custom.get('name');
    if (section !== undefined) {
      eachWasmName(section, (number, name) => {
        const body = bodies[number - this.headers.importedFunctions];
        if (body === undefined || body.size === 0 || name.length === 0) return;
        functions.push({ address: body.start, size: body.size, name: names.push(name.slice()) - 1 });
      });
    }
    functions.sort((one, other) => one.address - other.address);
    this.functions = new FunctionSymbols(functions, (name) => names[name] ?? null);
    return this.functions;
  }
}
