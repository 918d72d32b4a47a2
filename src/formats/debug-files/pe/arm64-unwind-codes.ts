// The codes of arm64 Windows that undo a prologue, and the prologue that a packed entry stands for. Each code stands for one instruction.
// Microsoft, "ARM64 exception handling", sections "Unwind codes" and "Packed unwind data".

/** What one instruction of a prologue does. */
export type Arm64Step =
  | { readonly kind: 'alloc'; readonly size: number }
  /** Stores registers one behind the other `at` bytes above the stack pointer, which was lowered by `grow` before; null: no register of interest. */
  | {
      readonly kind: 'save';
      readonly registers: readonly (number | null)[];
      readonly at: number;
      readonly grow: number;
    }
  /** x29 = sp + offset. */
  | { readonly kind: 'frame'; readonly offset: number }
  | { readonly kind: 'machine' | 'nothing' | 'unknown' };

const FP = 29;
const LR = 30;
const NOTHING: Arm64Step = { kind: 'nothing' };
const MAX_STEPS = 1024;

type Save = Extract<Arm64Step, { kind: 'save' }>;

/** A step, or the mark that says: the pair behind the one before. */
type Raw = Arm64Step | 'next';

function save(registers: readonly (number | null)[], at: number, grow = 0): Save {
  return { kind: 'save', registers, at, grow };
}

/** `[register, register + 1]` below the stack pointer, which goes down by so much. */
function pushed(registers: readonly (number | null)[], grow: number): Save {
  return save(registers, 0, grow);
}

/**
 * Reads codes from a place up to their end, in their order, which is that of undoing. Behind `end_c` come those of the function that this one
 * is a part of. Null where a code is cut off.
 */
export function readCodes(
  codes: Uint8Array,
  index: number,
): { readonly own: readonly Arm64Step[]; readonly parent: readonly Arm64Step[] } | null {
  const own: Raw[] = [];
  const parent: Raw[] = [];
  let into = own;
  for (let at = index; at < codes.length && own.length + parent.length < MAX_STEPS;) {
    const first = codes[at] ?? 0;
    const length = lengthOf(first);
    if (at + length > codes.length) return null;
    if (first === 0xe4) break;
    if (first === 0xe5) into = parent;
    else into.push(stepOf(codes.subarray(at, at + length)));
    at += length;
  }
  // Saves of "the next pair" count from what was executed before them, which comes behind them here.
  return { own: resolved(own, parent), parent: resolved(parent, []) };
}

function lengthOf(first: number): number {
  if (first < 0xc0) return 1;
  if (first < 0xe0 || first === 0xe2) return 2;
  if (first === 0xe0) return 4;
  if (first === 0xe7) return 3;
  // Kept for later: their lengths are said already.
  return first >= 0xf8 && first <= 0xfb ? first - 0xf6 : 1;
}

function stepOf(code: Uint8Array): Raw {
  const first = code[0] ?? 0;
  const second = code[1] ?? 0;
  const word = (first << 8) | second;
  if (first < 0x20) return { kind: 'alloc', size: first * 16 };
  if (first < 0x40) return pushed([19, 20], (first & 0x1f) * 8);
  if (first < 0x80) return save([FP, LR], (first & 0x3f) * 8);
  if (first < 0xc0) return pushed([FP, LR], ((first & 0x3f) + 1) * 8);
  const low = second & 0x3f;
  const register = 19 + ((word >>> 6) & 0xf);
  if (first < 0xc8) return { kind: 'alloc', size: (word & 0x7ff) * 16 };
  if (first < 0xcc) return save([register, register + 1], low * 8);
  if (first < 0xd0) return pushed([register, register + 1], (low + 1) * 8);
  if (first < 0xd4) return save([register], low * 8);
  if (first < 0xd6) return pushed([19 + ((word >>> 5) & 0xf)], ((second & 0x1f) + 1) * 8);
  if (first < 0xd8) return save([19 + 2 * ((word >>> 6) & 7), LR], low * 8);
  // Vector registers: only how far the stack pointer moves is of interest.
  if (first < 0xda) return save([null, null], low * 8);
  if (first < 0xdc) return pushed([null, null], (low + 1) * 8);
  if (first < 0xde) return save([null], low * 8);
  if (first === 0xde) return pushed([null], ((second & 0x1f) + 1) * 8);
  switch (first) {
    case 0xe0:
      return { kind: 'alloc', size: ((second << 16) | ((code[2] ?? 0) << 8) | (code[3] ?? 0)) * 16 };
    case 0xe1:
      return { kind: 'frame', offset: 0 };
    case 0xe2:
      return { kind: 'frame', offset: second * 8 };
    case 0xe3:
    case 0xfc: // pac_sign_lr: the walker takes signatures off return addresses anyway
      return NOTHING;
    case 0xe6:
      return 'next';
    case 0xe7:
      return anyRegister(second, code[2] ?? 0);
    case 0xe9:
      return { kind: 'machine' };
    default:
      return { kind: 'unknown' };
  }
}

/** `save_any_reg`: integer or vector registers, single or in pairs, with or without moving the stack pointer. */
function anyRegister(second: number, third: number): Arm64Step {
  const register = second & 0x1f;
  const isPair = (second & 0x40) !== 0;
  const isPushed = (second & 0x20) !== 0;
  const isInteger = third >>> 6 === 0;
  const scale = isPair || isPushed || third >>> 6 === 2 ? 16 : 8;
  const offset = (third & 0x3f) * scale;
  const registers = isPair ? [register, register + 1] : [register];
  const named = registers.map((each) => (isInteger ? each : null));
  return isPushed ? pushed(named, offset + scale) : save(named, offset);
}

function resolved(steps: readonly Raw[], behind: readonly Raw[]): Arm64Step[] {
  let last: Save | null = null;
  const executed: Arm64Step[] = [];
  for (const step of [...steps, ...behind].toReversed()) {
    let plain: Arm64Step;
    if (step !== 'next') plain = step;
    else if (last === null) plain = { kind: 'unknown' };
    else {
      const registers: readonly (number | null)[] = last.registers.map((each) =>
        each === null ? null : each + 2,
      );
      plain = save(registers, last.at + 16);
    }
    if (plain.kind === 'save') last = plain;
    executed.push(plain);
  }
  return executed.toReversed().slice(0, steps.length);
}

/** The steps of a packed entry: the prologue in its order, and the epilogue, which sets no frame register and takes no parameters. */
export function packedPrologue(data: number): {
  readonly prologue: readonly Arm64Step[];
  readonly epilogue: readonly Arm64Step[];
} {
  const vectors = (data >>> 13) & 7;
  const integers = (data >>> 16) & 0xf;
  const homes = (data >>> 20) & 1;
  const chain = (data >>> 21) & 3;
  const frameBytes = (data >>> 23) * 16;
  const savesLink = chain === 1;
  const hasChain = chain >= 2;
  const integerBytes = integers * 8 + (savesLink ? 8 : 0);
  const vectorBytes = vectors === 0 ? 0 : vectors * 8 + 8;
  const savedBytes = Math.ceil((integerBytes + vectorBytes + homes * 64) / 16) * 16;
  const localBytes = Math.max(0, frameBytes - savedBytes);
  const stores: Save[] = [];
  const store = (registers: readonly (number | null)[], at: number): void => {
    // The first one lowers the stack pointer for all.
    stores.push(save(registers, at, stores.length === 0 ? savedBytes : 0));
  };
  for (let i = 0; i + 1 < integers; i += 2) store([19 + i, 20 + i], i * 8);
  if (integers % 2 === 1) store(savesLink ? [18 + integers, LR] : [18 + integers], (integers - 1) * 8);
  else if (savesLink) store([LR], integerBytes - 8);
  if (vectors > 0) {
    const count = vectors + 1;
    for (let i = 0; i + 1 < count; i += 2) store([null, null], integerBytes + i * 8);
    if (count % 2 === 1) store([null], integerBytes + (count - 1) * 8);
  }
  const homed: Arm64Step[] = homes === 1 ? Array.from({ length: 4 }, () => NOTHING) : [];
  if (homes === 1 && stores.length === 0) homed[0] = { kind: 'alloc', size: savedBytes };
  const signed: Arm64Step[] = chain === 2 ? [NOTHING] : [];
  const locals: Arm64Step[] = [];
  if (hasChain && localBytes <= 512) locals.push(pushed([FP, LR], localBytes));
  else {
    if (localBytes > 4080) locals.push({ kind: 'alloc', size: 4080 });
    const rest = localBytes > 4080 ? localBytes - 4080 : localBytes;
    if (rest > 0) locals.push({ kind: 'alloc', size: rest });
    if (hasChain) locals.push(save([FP, LR], 0));
  }
  const frame: Arm64Step[] = hasChain ? [{ kind: 'frame', offset: 0 }] : [];
  const undone = [...signed, ...stores, ...(stores.length === 0 ? homed.slice(0, 1) : []), ...locals];
  return {
    prologue: [...signed, ...stores, ...homed, ...locals, ...frame],
    epilogue: undone.toReversed(),
  };
}
