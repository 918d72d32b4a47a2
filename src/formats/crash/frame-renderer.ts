// Frames of a walk in the words of the JSON schema.
import { type CpuKind, formatAddress } from '../minidump/cpu.ts';
import type { Minidump } from '../minidump/minidump.ts';
import type { WalkFrame } from '../stackwalk/walk.ts';
import { baseName } from './module-names.ts';
import type { FrameJson } from './processed-minidump.ts';

interface NamedRange {
  readonly base: bigint;
  readonly size: bigint;
  readonly name: string;
}

/** Renders the frames of one dump. */
export class FrameRenderer {
  readonly #cpu: CpuKind;
  readonly #modules: readonly NamedRange[];

  constructor(dump: Minidump) {
    this.#cpu = dump.systemInfo?.cpu ?? 'unknown';
    this.#modules = dump.modules.map(({ base, size, codeFile }) => ({
      base,
      size,
      name: baseName(codeFile),
    }));
  }

  render(frame: WalkFrame): FrameJson {
    const module = frame.moduleIndex === null ? undefined : this.#modules[frame.moduleIndex];
    const { functionBase, inlines, unloadedModules } = frame;
    return {
      frame: frame.index,
      trust: frame.trust,
      ...this.#place(frame.instruction, module),
      function: frame.function,
      function_offset: functionBase === null ? null : this.#hex(frame.instruction - functionBase),
      file: frame.file,
      line: frame.line,
      inlines:
        inlines.length === 0
          ? null
          : inlines.map((inline) => ({ function: inline.function, file: inline.file, line: inline.line })),
      unloaded_modules:
        unloadedModules.length === 0
          ? null
          : unloadedModules.map(({ name, offsets }) => ({
              module: name,
              offsets: offsets.map((offset) => this.#hex(offset)),
            })),
      missing_symbols: frame.function === null,
    };
  }

  /** Frame 0 by its address alone. */
  contextOnly(address: bigint): FrameJson {
    const module = this.#modules.find(({ base, size }) => address >= base && address < base + size);
    return {
      frame: 0,
      trust: 'context',
      ...this.#place(address, module),
      function: null,
      function_offset: null,
      file: null,
      line: null,
      inlines: null,
      unloaded_modules: null,
      missing_symbols: true,
    };
  }

  #place(
    address: bigint,
    module: NamedRange | undefined,
  ): Pick<FrameJson, 'module' | 'module_offset' | 'offset'> {
    return {
      module: module === undefined ? null : module.name,
      module_offset: module === undefined ? null : this.#hex(address - module.base),
      offset: this.#hex(address),
    };
  }

  #hex(value: bigint): string {
    return formatAddress(value, this.#cpu);
  }
}
