// Crashes that cannot be what they say: the reason contradicts the instruction or the memory map. Broken hardware,
// overclocking and interfering software look like this.
import { isGeneralProtectionFault } from './adjusted-address.ts';
import { type CrashFacts, allows, faultKind } from './crash-facts.ts';
import { isNonCanonical } from './crash-memory.ts';
import type { InstructionAnalysis } from './instruction-analysis.ts';

/** The contradictions that are looked for; names as in the JSON. */
export type Inconsistency =
  | 'int_div_by_zero_not_possible'
  | 'priv_instruction_crash_without_priv_instruction'
  | 'non_canonical_address_falsely_reported'
  | 'access_violation_when_access_allowed'
  | 'crashing_access_not_found_in_memory_accesses';

/** A sentence for each. */
export const INCONSISTENCY_TEXT: Readonly<Record<Inconsistency, string>> = {
  int_div_by_zero_not_possible:
    'The reason is an integer division by zero, but the instruction does not divide',
  priv_instruction_crash_without_priv_instruction:
    'The reason is a privileged instruction, but the instruction is not a privileged one',
  non_canonical_address_falsely_reported:
    'The address was reported as non-canonical, but the instruction touches canonical addresses only',
  access_violation_when_access_allowed:
    'The reason is an access violation, but the memory map allows the access',
  crashing_access_not_found_in_memory_accesses:
    'The crash address is not among the addresses that the instruction touches',
};

const DIVISIONS: ReadonlySet<string> = new Set([
  'EXC_ARITHMETIC / EXC_I386_DIV',
  'EXC_ARITHMETIC / EXC_PPC_ZERO_DIVIDE',
  'SIGFPE / FPE_INTDIV',
  'EXCEPTION_INT_DIVIDE_BY_ZERO',
]);

const PRIVILEGE_FAULTS: ReadonlySet<string> = new Set([
  'EXCEPTION_PRIV_INSTRUCTION',
  'STATUS_PRIVILEGED_INSTRUCTION',
]);

const STACK_OVERFLOW = 'EXCEPTION_STACK_OVERFLOW';

/** Compares the reason with the instruction; without an instruction only the memory map can contradict. */
export function findInconsistencies(facts: CrashFacts): Inconsistency[] {
  const { reason, instruction } = facts;
  if (DIVISIONS.has(reason)) {
    return instruction?.isDivision === false ? ['int_div_by_zero_not_possible'] : [];
  }
  if (PRIVILEGE_FAULTS.has(reason)) {
    return instruction?.isPrivileged === false ? ['priv_instruction_crash_without_priv_instruction'] : [];
  }
  const isAccess = faultKind(facts) !== null;
  if (!isAccess && reason !== STACK_OVERFLOW) return [];
  const notTouched = isCrashAccessMissing(facts);
  if (isGeneralProtectionFault(facts) && notTouched) {
    return instruction !== null && isFalselyNonCanonical(instruction)
      ? ['non_canonical_address_falsely_reported']
      : [];
  }
  const found: Inconsistency[] = [];
  if (notTouched) found.push('crashing_access_not_found_in_memory_accesses');
  const mapping = isAccess ? facts.mappings.at(facts.address) : null;
  if (mapping !== null && allows(mapping, faultKind(facts)))
    found.push('access_violation_when_access_allowed');
  return found;
}

/** Whether the instruction certainly did not do what the system reports; false where that cannot be known. */
function isCrashAccessMissing(facts: CrashFacts): boolean {
  const { instruction, context, address } = facts;
  if (instruction === null) return false;
  const kind = faultKind(facts);
  if (kind === 'exec') return context !== null && context.instructionPointer !== address;
  if (!instruction.complete) return false;
  if (kind === null) return instruction.accesses.length === 0;
  return !instruction.accesses.some(
    (access) => (access.access === kind || access.access === 'readwrite') && covers(access, address),
  );
}

function covers(
  access: { readonly address: bigint; readonly size: number | null },
  address: bigint,
): boolean {
  // The access may wrap around the end of the address space.
  const offset = BigInt.asUintN(64, address - access.address);
  return offset < BigInt(access.size ?? 0);
}

function isFalselyNonCanonical(instruction: InstructionAnalysis): boolean {
  if (!instruction.complete || !instruction.faultsOnlyWhenNonCanonical || instruction.target === null)
    return false;
  const { target, accesses } = instruction;
  const touched = [
    ...accesses.map((access) => access.address),
    ...(target.kind === 'address' ? [target.address] : []),
  ];
  return !touched.some((address) => isNonCanonical(address, 'amd64'));
}
