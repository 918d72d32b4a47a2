// What DWARF's register numbers are called in unwind rules, for the CPUs that the stack walker knows. Registers without a name
// here (vectors, flags, the pointer-authentication state) take no part in a walk. System V psABI of x86-64 and i386; DWARF for
// the Arm and AArch64 architectures.

/** The registers of one CPU. */
export type UnwindRegisters = {
  readonly pointerBytes: 4 | 8;
  readonly names: ReadonlyMap<number, string>;
  /** A number that stands for the program counter, where there is one. */
  readonly pc: number | null;
  /** The register that holds the return address of a function that has not saved it. */
  readonly link: number | null;
};

function numbered(names: readonly string[], from = 0): [number, string][] {
  return names.map((name, i) => [from + i, name]);
}

function series(prefix: string, count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${from + i}`);
}

const AMD64_NAMES = ['$rax', '$rdx', '$rcx', '$rbx', '$rsi', '$rdi', '$rbp', '$rsp', ...series('$r', 8, 8)];
const X86_NAMES = ['$eax', '$ecx', '$edx', '$ebx', '$esp', '$ebp', '$esi', '$edi'];

/** By the names of MODULE lines. */
const REGISTERS: Readonly<Record<string, UnwindRegisters>> = {
  x86_64: { pointerBytes: 8, names: new Map(numbered(AMD64_NAMES)), pc: 16, link: null },
  x86: { pointerBytes: 4, names: new Map(numbered(X86_NAMES)), pc: 8, link: null },
  arm64: {
    pointerBytes: 8,
    names: new Map([...numbered(series('x', 31)), [31, 'sp']]),
    pc: 32,
    link: 30,
  },
  arm: {
    pointerBytes: 4,
    names: new Map(numbered([...series('r', 13), 'sp', 'lr'])),
    pc: 15,
    link: 14,
  },
};

/** The registers of a CPU; null where no walk knows it. */
export function unwindRegistersOf(cpu: string): UnwindRegisters | null {
  return REGISTERS[cpu] ?? null;
}
