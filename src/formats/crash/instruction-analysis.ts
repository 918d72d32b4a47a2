// What the crashing instruction did: its operands as addresses, out of the registers at the time of the crash.
import type { CpuContext } from '../minidump/cpu-context.ts';
import type { CrashMemory } from './crash-memory.ts';
import { type DecodedInstruction, type MemoryOperand, decodeInstruction } from './disassembler.ts';

/** One memory access of the crashing instruction. */
interface MemoryAccess {
  readonly address: bigint;
  readonly size: number | null;
  readonly access: 'read' | 'write' | 'readwrite';
  /** The base register was 0, or the address itself is 0 and implied: a null pointer, perhaps with an offset. */
  readonly fromNull: boolean;
}

/** The crashing instruction, seen with its registers. */
export interface InstructionAnalysis {
  readonly text: string;
  readonly accesses: readonly MemoryAccess[];
  /** Every access is known exactly, so that an access which is not listed did not happen. */
  readonly complete: boolean;
  /** Where it would have continued: an address, `next`, or unknown. */
  readonly target: { readonly kind: 'address'; readonly address: bigint } | { readonly kind: 'next' } | null;
  /** Registers that its memory operands are built from, sorted. */
  readonly addressRegisters: readonly string[];
  readonly isDivision: boolean;
  readonly isPrivileged: boolean;
  readonly faultsOnlyWhenNonCanonical: boolean;
}

const MAX_INSTRUCTION_BYTES = 15;

/** Analyses the instruction at the program counter; null on other processors or where its bytes were not captured. */
export function analyseInstruction(context: CpuContext, memory: CrashMemory): InstructionAnalysis | null {
  const bitness = context.cpu === 'amd64' ? 64 : context.cpu === 'x86' ? 32 : null;
  const bytes = memory.bytesAt(context.instructionPointer, MAX_INSTRUCTION_BYTES);
  if (bitness === null || bytes === null) return null;
  const decoded = decodeInstruction(bytes, context.instructionPointer, bitness);
  if (decoded === null) return null;

  const accesses: MemoryAccess[] = [];
  let complete = true;
  for (const operand of decoded.operands) {
    const access = resolve(operand, context, bitness);
    if (access !== null) accesses.push(access);
    complete &&= access !== null && operand.certain && operand.size !== null;
  }
  return {
    text: decoded.text,
    accesses,
    complete,
    target: resolveTarget(decoded, { context, memory, bitness }),
    addressRegisters: addressRegisters(decoded.operands),
    isDivision: decoded.isDivision,
    isPrivileged: decoded.isPrivileged,
    faultsOnlyWhenNonCanonical: decoded.faultsOnlyWhenNonCanonical,
  };
}

/** Null for what a dump cannot tell: segment bases, vector registers, parts of registers. */
function resolve(operand: MemoryOperand, context: CpuContext, bitness: 32 | 64): MemoryAccess | null {
  if (operand.segmentRelative) return null;
  const base = operand.base === null ? 0n : context.registers.get(operand.base);
  const index = operand.index === null ? 0n : context.registers.get(operand.index);
  if (base === undefined || index === undefined) return null;
  const address = BigInt.asUintN(bitness, base + index * BigInt(operand.scale) + operand.displacement);
  const fromNull = operand.explicit ? operand.base !== null && base === 0n : address === 0n;
  return { address, size: operand.size, access: operand.access, fromNull };
}

function resolveTarget(
  decoded: DecodedInstruction,
  machine: { readonly context: CpuContext; readonly memory: CrashMemory; readonly bitness: 32 | 64 },
): InstructionAnalysis['target'] {
  const { context, memory, bitness } = machine;
  const { continuation } = decoded;
  const wordBytes = bitness === 64 ? 8 : 4;
  let address: bigint | null | undefined = null;
  switch (continuation.kind) {
    case 'next':
      return { kind: 'next' };
    case 'register':
      address = context.registers.get(continuation.register);
      break;
    case 'return':
      address = memory.wordAt(context.stackPointer, wordBytes);
      break;
    case 'memory': {
      const operand = decoded.operands.find((candidate) => candidate.explicit);
      const pointer = operand === undefined ? null : resolve(operand, context, bitness);
      address = pointer === null ? null : memory.wordAt(pointer.address, wordBytes);
      break;
    }
    case 'undetermined':
      break;
  }
  return address === null || address === undefined ? null : { kind: 'address', address };
}

function addressRegisters(operands: readonly MemoryOperand[]): string[] {
  const names = operands
    .flatMap((operand) => (operand.explicit ? [operand.base, operand.index] : []))
    .filter((name) => name !== null);
  return [...new Set(names)].sort();
}
