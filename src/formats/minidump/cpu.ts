// Processor architectures of minidumps (SYSTEM_INFO.processor_architecture) and what follows from them.

/** Mayday's name of a CPU; the same words as in `system_info.cpu_arch`. */
export type CpuKind =
  | 'x86'
  | 'amd64'
  | 'arm'
  | 'arm64'
  | 'mips'
  | 'mips64'
  | 'ppc'
  | 'ppc64'
  | 'sparc'
  | 'riscv'
  | 'riscv64'
  | 'unknown';

const KINDS: ReadonlyMap<number, CpuKind> = new Map<number, CpuKind>([
  [0, 'x86'],
  [1, 'mips'],
  [3, 'ppc'],
  [5, 'arm'],
  [9, 'amd64'],
  [10, 'x86'],
  [12, 'arm64'],
  [0x8001, 'sparc'],
  [0x8002, 'ppc64'],
  [0x8003, 'arm64'],
  [0x8004, 'mips64'],
  [0x8005, 'riscv'],
  [0x8006, 'riscv64'],
]);

/** The CPU of an architecture number. */
export function cpuKind(architecture: number): CpuKind {
  return KINDS.get(architecture) ?? 'unknown';
}

const NARROW: ReadonlySet<CpuKind> = new Set<CpuKind>(['x86', 'arm', 'mips', 'ppc', 'sparc', 'riscv']);

/** Bytes of a pointer: 4 or 8. An unknown CPU counts as 64-bit, so that no address loses digits. */
export function pointerBytes(cpu: CpuKind): 4 | 8 {
  return NARROW.has(cpu) ? 4 : 8;
}

/** An address as the processed report writes it: `0x` and 8 or 16 digits. */
export function formatAddress(address: bigint, cpu: CpuKind): string {
  return `0x${address.toString(16).padStart(pointerBytes(cpu) * 2, '0')}`;
}
