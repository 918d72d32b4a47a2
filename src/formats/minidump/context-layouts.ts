// Where the registers lie in the CONTEXT record of each architecture. Sources: winnt.h for the first four; Breakpad's
// minidump_cpu_*.h for the rest. Only integer registers are described: nothing unwinds through vector state.
import type { CpuKind } from './cpu.ts';

/** One register: its name, its offset in the record and its width in bytes. */
interface RegisterSlot {
  readonly name: string;
  readonly offset: number;
  readonly bytes: 4 | 8;
}

/** A CONTEXT record of one architecture. */
export interface ContextLayout {
  readonly cpu: CpuKind;
  /** Bytes that must be there; longer records (XSTATE) are normal. */
  readonly size: number;
  readonly flagsOffset: number;
  /** Which CPU bits of the flags must be set: `flags & 0xffffff00`. */
  readonly cpuFlag: number;
  readonly instructionPointer: string;
  readonly stackPointer: string;
  /** In the order in which people expect to read them. */
  readonly registers: readonly RegisterSlot[];
}

function slots(bytes: 4 | 8, start: number, names: readonly string[]): RegisterSlot[] {
  return names.map((name, index) => ({ name, offset: start + index * bytes, bytes }));
}

function pick(list: readonly RegisterSlot[], names: readonly string[]): RegisterSlot[] {
  return names.flatMap((name) => list.find((slot) => slot.name === name) ?? []);
}

function numbered(prefix: string, first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => `${prefix}${first + index}`);
}

const X86_SLOTS = [
  ...slots(4, 156, ['edi', 'esi', 'ebx', 'edx', 'ecx', 'eax', 'ebp', 'eip']),
  ...slots(4, 192, ['eflags', 'esp']),
];

/** CONTEXT of x86 (716 bytes; flags first). */
const X86: ContextLayout = {
  cpu: 'x86',
  size: 716,
  flagsOffset: 0,
  cpuFlag: 0x10000,
  instructionPointer: 'eip',
  stackPointer: 'esp',
  registers: pick(X86_SLOTS, ['eip', 'esp', 'ebp', 'ebx', 'esi', 'edi', 'eax', 'ecx', 'edx', 'eflags']),
};

const AMD64_SLOTS = slots(8, 0x78, [
  'rax',
  'rcx',
  'rdx',
  'rbx',
  'rsp',
  'rbp',
  'rsi',
  'rdi',
  ...numbered('r', 8, 15),
  'rip',
]);

/** CONTEXT of amd64 (1232 bytes; six home registers come before the flags). */
const AMD64: ContextLayout = {
  cpu: 'amd64',
  size: 1232,
  flagsOffset: 0x30,
  cpuFlag: 0x100000,
  instructionPointer: 'rip',
  stackPointer: 'rsp',
  registers: pick(AMD64_SLOTS, [
    'rax',
    'rdx',
    'rcx',
    'rbx',
    'rsi',
    'rdi',
    'rbp',
    'rsp',
    ...numbered('r', 8, 15),
    'rip',
  ]),
};

/** CONTEXT of 32-bit ARM (368 bytes). */
const ARM: ContextLayout = {
  cpu: 'arm',
  size: 368,
  flagsOffset: 0,
  cpuFlag: 0x40000000,
  instructionPointer: 'pc',
  stackPointer: 'sp',
  registers: slots(4, 4, [...numbered('r', 0, 10), 'fp', 'r12', 'sp', 'lr', 'pc']),
};

const ARM64_REGISTERS = slots(8, 8, [...numbered('x', 0, 28), 'fp', 'lr', 'sp', 'pc']);

/** CONTEXT of arm64 as Microsoft defines it and Crashpad writes it (912 bytes; u32 flags, u32 cpsr). */
const ARM64: ContextLayout = {
  cpu: 'arm64',
  size: 912,
  flagsOffset: 0,
  cpuFlag: 0x400000,
  instructionPointer: 'pc',
  stackPointer: 'sp',
  registers: ARM64_REGISTERS,
};

/** Breakpad's own arm64 record (796 bytes; u64 flags). Its Linux and Android writer still emits it. */
const ARM64_OLD: ContextLayout = { ...ARM64, size: 796, cpuFlag: 0x80000000 };

const MIPS_GENERAL = slots(8, 8, numbered('$', 0, 31));

function mipsSlot(name: string, number: number): RegisterSlot {
  return { name, offset: MIPS_GENERAL[number]?.offset ?? 8, bytes: 8 };
}

/** Breakpad's MIPS record; registers are 64 bits wide in both variants. */
const MIPS: ContextLayout = {
  cpu: 'mips',
  size: 336,
  flagsOffset: 0,
  cpuFlag: 0x40000,
  instructionPointer: 'pc',
  stackPointer: 'sp',
  registers: [
    mipsSlot('gp', 28),
    mipsSlot('sp', 29),
    mipsSlot('fp', 30),
    mipsSlot('ra', 31),
    { name: 'pc', offset: 312, bytes: 8 },
    ...numbered('s', 0, 7).map((name, index) => mipsSlot(name, 16 + index)),
  ],
};

const MIPS64: ContextLayout = { ...MIPS, cpu: 'mips64', cpuFlag: 0x80000 };

/** Breakpad's PowerPC record; srr0 is the program counter, r1 the stack pointer. */
const PPC: ContextLayout = {
  cpu: 'ppc',
  size: 164,
  flagsOffset: 0,
  cpuFlag: 0x20000000,
  instructionPointer: 'srr0',
  stackPointer: 'r1',
  registers: slots(4, 4, ['srr0', 'srr1', ...numbered('r', 0, 31), 'cr', 'xer', 'lr', 'ctr', 'mq', 'vrsave']),
};

const PPC64: ContextLayout = {
  cpu: 'ppc64',
  size: 320,
  flagsOffset: 0,
  cpuFlag: 0x01000000,
  instructionPointer: 'srr0',
  stackPointer: 'r1',
  registers: slots(8, 8, ['srr0', 'srr1', ...numbered('r', 0, 31), 'cr', 'xer', 'lr', 'ctr', 'vrsave']),
};

/** Breakpad's SPARC record; g_r14 is the stack pointer. */
const SPARC: ContextLayout = {
  cpu: 'sparc',
  size: 312,
  flagsOffset: 0,
  cpuFlag: 0x10000000,
  instructionPointer: 'pc',
  stackPointer: 'g_r14',
  registers: slots(8, 8, [...numbered('g_r', 0, 31), 'ccr', 'pc', 'npc', 'y', 'asi', 'fprs']),
};

const RISCV_NAMES = [
  'pc',
  'ra',
  'sp',
  'gp',
  'tp',
  't0',
  't1',
  't2',
  's0',
  's1',
  ...numbered('a', 0, 7),
  ...numbered('s', 2, 11),
  ...numbered('t', 3, 6),
];

/** Breakpad's RISC-V records (u32 flags, u32 version). */
const RISCV: ContextLayout = {
  cpu: 'riscv',
  size: 136,
  flagsOffset: 0,
  cpuFlag: 0x00800000,
  instructionPointer: 'pc',
  stackPointer: 'sp',
  registers: slots(4, 8, RISCV_NAMES),
};

const RISCV64: ContextLayout = {
  ...RISCV,
  cpu: 'riscv64',
  size: 264,
  cpuFlag: 0x08000000,
  registers: slots(8, 8, RISCV_NAMES),
};

const LAYOUTS: ReadonlyMap<number, ContextLayout> = new Map([
  [0, X86],
  [1, MIPS],
  [3, PPC],
  [5, ARM],
  [9, AMD64],
  [10, X86],
  [12, ARM64],
  [0x8001, SPARC],
  [0x8002, PPC64],
  [0x8003, ARM64_OLD],
  [0x8004, MIPS64],
  [0x8005, RISCV],
  [0x8006, RISCV64],
]);

/** The CONTEXT layout for an architecture number, or null for an unknown one. */
export function contextLayout(architecture: number): ContextLayout | null {
  return LAYOUTS.get(architecture) ?? null;
}
