// Decodes one x86 or amd64 instruction: its text, the memory that it touches, and where it jumps. The decoder is
// iced-x86 (WebAssembly), loaded when the first instruction is looked at: most commands of Mayday never need it.
import { builtInModule } from '../../base/built-in-module.ts';
import type * as IcedModule from 'iced-x86';
import type { FormatterSyntax, Instruction, InstructionInfo, Register, UsedMemory } from 'iced-x86';

type Iced = typeof IcedModule;

/** One memory operand, explicit or implied (push, ret); registers by lower-case name. */
export interface MemoryOperand {
  readonly base: string | null;
  readonly index: string | null;
  readonly scale: number;
  readonly displacement: bigint;
  /** Bytes touched; null for instructions whose size depends on state (`xsave`). */
  readonly size: number | null;
  readonly access: 'read' | 'write' | 'readwrite';
  /** False where the processor may also leave it alone (`cmov`, `rep`): the crash may be about another address. */
  readonly certain: boolean;
  /** Relative to a segment whose base is in no dump (thread-local storage). */
  readonly segmentRelative: boolean;
  /** Written in the instruction, not implied by it. */
  readonly explicit: boolean;
}

/** Where an instruction continues. */
type Continuation =
  | { readonly kind: 'next' }
  | { readonly kind: 'register'; readonly register: string }
  | { readonly kind: 'memory' }
  | { readonly kind: 'return' }
  /** Conditional or relative branches and traps: known from the program, not from the crash. */
  | { readonly kind: 'undetermined' };

/** A decoded instruction. */
export interface DecodedInstruction {
  readonly text: string;
  readonly operands: readonly MemoryOperand[];
  readonly continuation: Continuation;
  readonly isDivision: boolean;
  readonly isPrivileged: boolean;
  /** A general protection fault of this instruction can only mean a non-canonical address. */
  readonly faultsOnlyWhenNonCanonical: boolean;
}

const MAX_INSTRUCTION_BYTES = 15;

let loaded: Iced | null = null;

/** Null where this is no Node: instructions are then not looked at. */
function iced(): Iced | null {
  loaded ??=
    (builtInModule('node:module')?.createRequire(import.meta.url)('iced-x86') as Iced | undefined) ?? null;
  return loaded;
}

/** Decodes the instruction at the start of `bytes`, which were at `address`; null where there is none. */
export function decodeInstruction(
  bytes: Uint8Array,
  address: bigint,
  bitness: 32 | 64,
): DecodedInstruction | null {
  const x86 = iced();
  if (x86 === null) return null;
  const decoder = new x86.Decoder(bitness, bytes.slice(0, MAX_INSTRUCTION_BYTES), x86.DecoderOptions.None);
  const factory = new x86.InstructionInfoFactory();
  decoder.ip = address;
  const instruction = decoder.decode();
  const info = factory.info(instruction);
  try {
    return instruction.isInvalid ? null : describe(x86, instruction, info);
  } finally {
    for (const object of [info, factory, instruction, decoder]) object.free();
  }
}

function describe(x86: Iced, instruction: Instruction, info: InstructionInfo): DecodedInstruction {
  const used = info.usedMemory() as UsedMemory[];
  const operands = used.flatMap((memory) => memoryOperand(x86, instruction, memory));
  for (const memory of used) memory.free();
  return {
    text: format(x86, instruction),
    operands,
    continuation: continuation(x86, instruction),
    isDivision: instruction.mnemonic === x86.Mnemonic.Div || instruction.mnemonic === x86.Mnemonic.Idiv,
    isPrivileged: isPrivileged(x86, instruction),
    faultsOnlyWhenNonCanonical: isPlainAccess(x86, instruction, operands),
  };
}

const VECTOR_SIZES: Readonly<Record<string, string>> = { o: 'xmmword', y: 'ymmword', z: 'zmmword' };

/** In the style of the field's other tools: `mov dword [rsp + 0x390], -0x3ffffff3`. */
function format(x86: Iced, instruction: Instruction): string {
  const nasm: FormatterSyntax = x86.FormatterSyntax.Nasm;
  const formatter = new x86.Formatter(nasm);
  formatter.hexPrefix = '0x';
  formatter.hexSuffix = '';
  formatter.uppercaseHex = false;
  formatter.smallHexNumbersInDecimal = false;
  formatter.spaceAfterOperandSeparator = true;
  formatter.spaceBetweenMemoryAddOperators = true;
  formatter.spaceBetweenMemoryMulOperators = true;
  formatter.memorySizeOptions = x86.MemorySizeOptions.Always;
  formatter.signedImmediateOperands = true;
  formatter.alwaysShowScale = true;
  formatter.ripRelativeAddresses = true;
  formatter.branchLeadingZeros = false;
  const text = formatter.format(instruction);
  formatter.free();
  // Sizes of vectors have the names of their registers there.
  const sized = text.replace(/\b([oyz])word(?= )/g, (_, size: string) => VECTOR_SIZES[size] ?? '');
  // An absolute address is encoded in 32 bits and sign-extended; it is shown as it is encoded.
  return sized.replace(/\[0xffffffff([0-9a-f]{8})\]/, '[0x$1]');
}

function memoryOperand(x86: Iced, instruction: Instruction, memory: UsedMemory): MemoryOperand[] {
  const { OpAccess } = x86;
  if (memory.access === OpAccess.None || memory.access === OpAccess.NoMemAccess) return [];
  const reads = new Set([OpAccess.Read, OpAccess.CondRead, OpAccess.ReadWrite, OpAccess.ReadCondWrite]);
  const writes = new Set([OpAccess.Write, OpAccess.CondWrite, OpAccess.ReadWrite, OpAccess.ReadCondWrite]);
  const certain = new Set([OpAccess.Read, OpAccess.Write, OpAccess.ReadWrite]);
  const size = x86.MemorySizeExt.size(memory.memorySize);
  return [
    {
      base: registerName(x86, memory.base),
      index: registerName(x86, memory.index),
      scale: memory.scale,
      displacement: memory.displacement,
      size: size === 0 ? null : size,
      access: !writes.has(memory.access) ? 'read' : reads.has(memory.access) ? 'readwrite' : 'write',
      certain: certain.has(memory.access) && !instruction.isStringInstruction,
      segmentRelative: memory.segment === x86.Register.FS || memory.segment === x86.Register.GS,
      explicit: isExplicit(x86, instruction, memory),
    },
  ];
}

/** Whether the operand is written in the instruction: its registers are then those of the encoded operand. */
function isExplicit(x86: Iced, instruction: Instruction, memory: UsedMemory): boolean {
  if (!hasMemoryOperand(x86, instruction)) return false;
  const base = instruction.memoryBase;
  const relative = base === x86.Register.RIP || base === x86.Register.EIP;
  return (
    memory.base === (relative ? x86.Register.None : base) &&
    memory.index === instruction.memoryIndex &&
    memory.displacement === instruction.memoryDisplacement
  );
}

function hasMemoryOperand(x86: Iced, instruction: Instruction): boolean {
  return Array.from({ length: instruction.opCount }, (_, operand) => instruction.opKind(operand)).includes(
    x86.OpKind.Memory,
  );
}

function continuation(x86: Iced, instruction: Instruction): Continuation {
  const { FlowControl, OpKind } = x86;
  switch (instruction.flowControl) {
    case FlowControl.Next:
    case FlowControl.Exception:
    case FlowControl.Interrupt:
      return { kind: 'next' };
    case FlowControl.Return:
      return { kind: 'return' };
    case FlowControl.IndirectBranch:
    case FlowControl.IndirectCall: {
      if (instruction.op0Kind === OpKind.Memory) return { kind: 'memory' };
      const register = registerName(x86, instruction.op0Register);
      return register === null ? { kind: 'undetermined' } : { kind: 'register', register };
    }
    default:
      return { kind: 'undetermined' };
  }
}

/** Instructions that end in a privilege fault in user mode, or can be made to (`rdtsc`, control register moves). */
function isPrivileged(x86: Iced, instruction: Instruction): boolean {
  const { Mnemonic } = x86;
  const configurable = new Set([
    Mnemonic.Int,
    Mnemonic.Into,
    Mnemonic.Iret,
    Mnemonic.Iretd,
    Mnemonic.Iretq,
    Mnemonic.Retf,
    Mnemonic.Rdtsc,
    Mnemonic.Rdtscp,
    Mnemonic.Rdpmc,
    Mnemonic.Monitor,
    Mnemonic.Mwait,
    Mnemonic.Vmcall,
    Mnemonic.Xsetbv,
    // A move to a segment register faults like a privileged one; the control register forms are privileged.
    Mnemonic.Mov,
  ]);
  return instruction.isPrivileged || configurable.has(instruction.mnemonic);
}

/** Plain integer accesses. Vector ones can also fault for alignment, and privileged ones for rights. */
function isPlainAccess(x86: Iced, instruction: Instruction, operands: readonly MemoryOperand[]): boolean {
  const { Mnemonic } = x86;
  const unaligned = new Set([Mnemonic.Movups, Mnemonic.Movupd, Mnemonic.Movdqu, Mnemonic.Ucomiss]);
  return (
    !instruction.isPrivileged &&
    operands.every((operand) => operand.certain && !operand.segmentRelative) &&
    (unaligned.has(instruction.mnemonic) || operands.every((operand) => (operand.size ?? 64) <= 8))
  );
}

/** Lower-case, or null for "no register"; vector index registers of gathers give their own names. */
function registerName(x86: Iced, register: Register): string | null {
  return register === x86.Register.None ? null : (x86.Register[register] ?? 'unknown').toLowerCase();
}
