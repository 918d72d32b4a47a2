// Builds minidumps for tests, field by field in the order of the format's structures. It shares nothing with the
// parser: offsets come about by writing, not from tables.

/** One number of a structure, with its width. */
export interface Field {
  readonly width: 1 | 2 | 4 | 8;
  readonly value: bigint;
}

export const u8 = (value: number): Field => ({ width: 1, value: BigInt(value) });
export const u16 = (value: number): Field => ({ width: 2, value: BigInt(value) });
export const u32 = (value: number | bigint): Field => ({ width: 4, value: BigInt(value) });
export const u64 = (value: number | bigint): Field => ({ width: 8, value: BigInt(value) });
export const zeros = (count: number): Uint8Array => new Uint8Array(count);

/** Where something was put. */
export interface Placed {
  readonly size: number;
  readonly rva: number;
}

/** Register values by name; what is not given is 0. */
export type Registers = Readonly<Record<string, bigint>>;

const STREAMS = {
  threadList: 3,
  moduleList: 4,
  memoryList: 5,
  exception: 6,
  systemInfo: 7,
  memory64List: 9,
  handleData: 12,
  unloadedModuleList: 14,
  miscInfo: 15,
  memoryInfoList: 16,
  threadNames: 24,
  crashpadInfo: 0x43500001,
  breakpadInfo: 0x47670001,
  assertion: 0x47670002,
  linuxCpuInfo: 0x47670003,
  linuxProcStatus: 0x47670004,
  lsbRelease: 0x47670005,
  linuxMaps: 0x47670009,
  macCrashInfo: 0x4d7a0001,
  macBootArgs: 0x4d7a0002,
  procLimits: 0x4d7a0003,
  softErrors: 0x4d7a0004,
} as const;

/** Streams that the tests write, by name. */
export type StreamName = keyof typeof STREAMS;

export interface ThreadSpec {
  readonly id: number;
  readonly teb?: bigint;
  readonly stack?: { readonly base: bigint; readonly bytes: Uint8Array };
  readonly context?: Uint8Array;
}

export interface ModuleSpec {
  readonly base: bigint;
  readonly size: number;
  readonly name: string;
  readonly timestamp?: number;
  readonly codeView?: Uint8Array;
  /** The 16-bit or 32-bit words of VS_FIXEDFILEINFO's file and product version. */
  readonly version?: readonly [number, number, number, number];
}

export interface ExceptionSpec {
  readonly threadId: number;
  readonly code: number;
  readonly flags?: number;
  readonly address?: bigint;
  readonly parameters?: readonly bigint[];
  readonly context?: Uint8Array;
}

export interface SystemSpec {
  readonly architecture: number;
  readonly platform: number;
  readonly level?: number;
  readonly revision?: number;
  readonly version?: readonly [number, number, number];
  readonly csd?: string;
  readonly cpuData?: Uint8Array;
}

/** Processor architectures and platforms by number, as the tests name them. */
export const ARCH = { x86: 0, mips: 1, ppc: 3, arm: 5, amd64: 9, arm64: 12, sparc: 0x8001, arm64Old: 0x8003 };
export const OS = { windows: 2, macos: 0x8101, linux: 0x8201, android: 0x8203 };

/** Collects the parts of a minidump and lays them out. */
export class DumpBuilder {
  readonly #bigEndian: boolean;
  readonly #timestamp: number;
  readonly #streams: { type: number; placed: Placed }[] = [];
  #body: Uint8Array = new Uint8Array(32);

  constructor({ bigEndian = false, timestamp = 1_700_000_000 } = {}) {
    this.#bigEndian = bigEndian;
    this.#timestamp = timestamp;
  }

  /** The bytes of some fields, one behind the other. */
  pack(...parts: readonly (Field | Uint8Array)[]): Uint8Array {
    const bytes: number[] = [];
    for (const part of parts) {
      if (part instanceof Uint8Array) {
        bytes.push(...part);
        continue;
      }
      const field: number[] = [];
      for (let index = 0; index < part.width; index += 1) {
        field.push(Number((part.value >> BigInt(8 * index)) & 0xffn));
      }
      bytes.push(...(this.#bigEndian ? field.toReversed() : field));
    }
    return Uint8Array.from(bytes);
  }

  /** Puts bytes somewhere into the file. */
  place(bytes: Uint8Array): Placed {
    const rva = this.#body.length;
    const padded = Math.ceil((rva + bytes.length) / 4) * 4;
    const body = new Uint8Array(padded);
    body.set(this.#body);
    body.set(bytes, rva);
    this.#body = body;
    return { size: bytes.length, rva };
  }

  /** A location descriptor: size, then place. */
  location(placed: Placed | null): Uint8Array {
    return this.pack(u32(placed?.size ?? 0), u32(placed?.rva ?? 0));
  }

  /** A UTF-16 string with its length in bytes in front; where it was put. */
  string16(text: string): number {
    const units = Array.from({ length: text.length }, (_, index) => u16(text.charCodeAt(index)));
    return this.place(this.pack(u32(text.length * 2), ...units, u16(0))).rva;
  }

  /** A UTF-8 string with its length in bytes in front; where it was put. */
  string8(text: string): number {
    const bytes = new TextEncoder().encode(text);
    return this.place(this.pack(u32(bytes.length), bytes, u8(0))).rva;
  }

  stream(name: StreamName | number, bytes: Uint8Array): this {
    const type = typeof name === 'number' ? name : STREAMS[name];
    this.#streams.push({ type, placed: this.place(bytes) });
    return this;
  }

  textStream(name: StreamName, text: string): this {
    return this.stream(name, new TextEncoder().encode(text));
  }

  system(spec: SystemSpec): this {
    const [major, minor, build] = spec.version ?? [0, 0, 0];
    const csd = this.string16(spec.csd ?? '');
    return this.stream(
      'systemInfo',
      this.pack(
        u16(spec.architecture),
        u16(spec.level ?? 6),
        u16(spec.revision ?? 0),
        u8(4),
        u8(0),
        u32(major),
        u32(minor),
        u32(build),
        u32(spec.platform),
        u32(csd),
        u16(0),
        u16(0),
        spec.cpuData ?? zeros(24),
      ),
    );
  }

  threads(...threads: readonly ThreadSpec[]): this {
    const records = threads.map((thread) => {
      const stack = thread.stack === undefined ? null : this.place(thread.stack.bytes);
      const context = thread.context === undefined ? null : this.place(thread.context);
      return this.pack(
        u32(thread.id),
        u32(0),
        u32(0),
        u32(0),
        u64(thread.teb ?? 0n),
        u64(thread.stack?.base ?? 0n),
        this.location(stack),
        this.location(context),
      );
    });
    return this.stream('threadList', this.pack(u32(threads.length), ...records));
  }

  modules(...modules: readonly ModuleSpec[]): this {
    const records = modules.map((module) => {
      const name = this.string16(module.name);
      const codeView = module.codeView === undefined ? null : this.place(module.codeView);
      const version = module.version?.map((word) => u32(word)) ?? [u32(0), u32(0), u32(0), u32(0)];
      const marks = module.version === undefined ? [u32(0), u32(0)] : [u32(0xfeef04bd), u32(0x10000)];
      return this.pack(
        u64(module.base),
        u32(module.size),
        u32(0),
        u32(module.timestamp ?? 0),
        u32(name),
        ...marks,
        ...version,
        zeros(28),
        this.location(codeView),
        this.location(null),
        u64(0),
        u64(0),
      );
    });
    return this.stream('moduleList', this.pack(u32(modules.length), ...records));
  }

  memory(...regions: readonly { readonly base: bigint; readonly bytes: Uint8Array }[]): this {
    const records = regions.map((region) =>
      this.pack(u64(region.base), this.location(this.place(region.bytes))),
    );
    return this.stream('memoryList', this.pack(u32(regions.length), ...records));
  }

  exception(spec: ExceptionSpec): this {
    const context = spec.context === undefined ? null : this.place(spec.context);
    const parameters = Array.from({ length: 15 }, (_, index) => u64(spec.parameters?.[index] ?? 0n));
    return this.stream(
      'exception',
      this.pack(
        u32(spec.threadId),
        u32(0),
        u32(spec.code),
        u32(spec.flags ?? 0),
        u64(0),
        u64(spec.address ?? 0n),
        u32(spec.parameters?.length ?? 0),
        u32(0),
        ...parameters,
        this.location(context),
      ),
    );
  }

  /** CodeView of Microsoft's linkers: RSDS, the GUID's fields, the age, the file. */
  rsds(guid: readonly [number, number, number, Uint8Array], age: number, file: string): Uint8Array {
    const [first, second, third, rest] = guid;
    return this.pack(
      u32(0x53445352),
      u32(first),
      u16(second),
      u16(third),
      rest,
      u32(age),
      new TextEncoder().encode(`${file}\0`),
    );
  }

  /** CodeView of ELF files: the build id. */
  buildId(...bytes: readonly number[]): Uint8Array {
    return this.pack(u32(0x4270454c), Uint8Array.from(bytes));
  }

  amd64(registers: Registers, flags = 0x10001f): Uint8Array {
    const word = this.#words(registers, u64);
    return this.#context(1232, [
      zeros(48),
      u32(flags),
      u32(0),
      zeros(12),
      u32(0),
      zeros(48),
      ...word('rax', 'rcx', 'rdx', 'rbx', 'rsp', 'rbp', 'rsi', 'rdi', 'r8', 'r9', 'r10', 'r11', 'r12'),
      ...word('r13', 'r14', 'r15', 'rip'),
    ]);
  }

  x86(registers: Registers, flags = 0x1003f): Uint8Array {
    const word = this.#words(registers, u32);
    return this.#context(716, [
      u32(flags),
      zeros(24),
      zeros(112),
      zeros(16),
      ...word('edi', 'esi', 'ebx', 'edx', 'ecx', 'eax', 'ebp', 'eip'),
      u32(0),
      ...word('eflags', 'esp'),
      u32(0),
    ]);
  }

  arm(registers: Registers, flags = 0x40000006): Uint8Array {
    const names = Array.from({ length: 16 }, (_, index) => `r${index}`);
    return this.#context(368, [u32(flags), ...this.#words(registers, u32)(...names)]);
  }

  /** The record that Crashpad writes: 32-bit flags and cpsr in front of the registers x0 to x30, sp, pc. */
  arm64(registers: Registers, flags = 0x400003): Uint8Array {
    return this.#context(912, [u32(flags), u32(0), ...this.#arm64Registers(registers)]);
  }

  /** The record that Breakpad writes on Linux and Android: 64-bit flags in front. */
  arm64Old(registers: Registers, flags = 0x80000006): Uint8Array {
    return this.#context(796, [u64(flags), ...this.#arm64Registers(registers)]);
  }

  mips(registers: Registers, flags = 0x40002): Uint8Array {
    const names = Array.from({ length: 32 }, (_, index) => `$${index}`);
    const word = this.#words(registers, u64);
    return this.#context(600, [
      u32(flags),
      u32(0),
      ...word(...names),
      u64(0),
      u64(0),
      zeros(12),
      zeros(12),
      u32(0),
      u32(0),
      ...word('epc'),
    ]);
  }

  ppc(registers: Registers, flags = 0x20000001): Uint8Array {
    const names = Array.from({ length: 32 }, (_, index) => `r${index}`);
    return this.#context(1000, [u32(flags), ...this.#words(registers, u32)('srr0', 'srr1', ...names)]);
  }

  build(): Uint8Array {
    const directory = this.place(
      this.pack(
        ...this.#streams.flatMap(({ type, placed }) => [u32(type), u32(placed.size), u32(placed.rva)]),
      ),
    );
    const header = this.pack(
      u32(0x504d444d),
      u32(0xa793),
      u32(this.#streams.length),
      u32(directory.rva),
      u32(0),
      u32(this.#timestamp),
      u64(0),
    );
    const file = Uint8Array.from(this.#body);
    file.set(header);
    return file;
  }

  #arm64Registers(registers: Registers): Field[] {
    const names = Array.from({ length: 31 }, (_, index) => `x${index}`);
    return this.#words(registers, u64)(...names, 'sp', 'pc');
  }

  #words(registers: Registers, width: (value: bigint) => Field): (...names: readonly string[]) => Field[] {
    return (...names) => names.map((name) => width(registers[name] ?? 0n));
  }

  #context(size: number, parts: readonly (Field | Uint8Array)[]): Uint8Array {
    const context = new Uint8Array(size);
    context.set(this.pack(...parts));
    return context;
  }
}

/** Little-endian 64-bit words as bytes: the contents of a stack. */
export function words64(...values: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) view.setBigUint64(index * 8, value, true);
  return bytes;
}
