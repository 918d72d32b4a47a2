// A better address than the one that the system reported: null pointers in disguise, and the non-canonical addresses
// of which the processor tells the system nothing.
import { isNonCanonical } from './crash-memory.ts';
import type { CrashFacts } from './crash-facts.ts';

/** The corrected address of a crash. */
export type AdjustedAddress =
  | { readonly kind: 'null-pointer'; readonly offset: bigint }
  | { readonly kind: 'non-canonical'; readonly address: bigint };

const ALL_ONES = 0xffff_ffff_ffff_ffffn;

/** Finds the corrected address, or null where the reported one is as good as any. */
export function adjustedAddress(facts: CrashFacts): AdjustedAddress | null {
  const { instruction } = facts;
  if (instruction === null) return null;
  const viaNull = instruction.accesses.find((access) => access.fromNull);
  if (viaNull !== undefined) return { kind: 'null-pointer', offset: viaNull.address };
  const target = instruction.target?.kind === 'address' ? instruction.target.address : null;
  if (target === 0n) return { kind: 'null-pointer', offset: 0n };
  if (!isGeneralProtectionFault(facts)) return null;
  const touched = [
    ...instruction.accesses.map((access) => access.address),
    ...(target === null ? [] : [target]),
  ];
  const address = touched.find((candidate) => isNonCanonical(candidate, facts.system.cpu));
  return address === undefined ? null : { kind: 'non-canonical', address };
}

/**
 * Whether this is how the system reports a general protection fault, which comes without an address: Windows as a
 * read at 2^64-1, macOS as EXC_I386_GPFLT at 0, Linux as SIGSEGV or SIGBUS of the kernel at 0.
 */
export function isGeneralProtectionFault(facts: CrashFacts): boolean {
  const { system, reason, address } = facts;
  if (system.cpu !== 'amd64') return false;
  switch (system.os) {
    case 'windows':
      return reason === 'EXCEPTION_ACCESS_VIOLATION_READ' && address === ALL_ONES;
    case 'macos':
      return reason === 'EXC_BAD_ACCESS / EXC_I386_GPFLT' && address === 0n;
    case 'linux':
    case 'android':
      return (reason === 'SIGSEGV / SI_KERNEL' || reason === 'SIGBUS / SI_KERNEL') && address === 0n;
    default:
      return false;
  }
}
