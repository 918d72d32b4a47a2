// What the instructions of prologues do, as llvm-readobj prints them for the unwind codes of Windows: executed on registers and memory whose
// values are known, so that rules can be asked behind each of them for what the caller had.
const WORD = 8n;
const START = 0x7fff_0000n;
const RETURN_ADDRESS = 0x1400_0aaa0n;

/** A function of `*.unwind.txt`. */
export type OracleFunction = {
  readonly start: number;
  /** Instructions in the order of undoing, with the offset behind each where it is told. */
  readonly prologue: readonly string[];
  readonly epilogues: readonly { readonly offset: number; readonly steps: readonly string[] }[];
  readonly frame: { readonly register: string; readonly offset: bigint } | null;
  /** Start of the function that this one is a part of. */
  readonly parent: number | null;
  readonly isPacked: boolean;
};

function list(text: string, title: string): string[] | null {
  const body = new RegExp(`\\n\\s+${title} \\[\\n([^\\]]*(?:\\[[^\\]]*\\][^\\]]*)*?)\\n\\s+\\]`).exec(
    text,
  )?.[1];
  return body === undefined
    ? null
    : body
        .split('\n')
        .map((line) => line.trim().replace(/^0x[0-9a-f]+\s*; /, ''))
        .filter((line) => line !== 'end' && line !== '');
}

function hex(text: string, pattern: RegExp): number | null {
  const found = pattern.exec(text)?.[1];
  return found === undefined ? null : Number(found);
}

/** Reads `*.unwind.txt` of arm64 or x64. */
export function readOracleFunctions(text: string): OracleFunction[] {
  return text
    .split('RuntimeFunction {')
    .slice(1)
    .map((each) => {
      const register = /FrameRegister: (\w+)/.exec(each)?.[1] ?? null;
      const prologue = list(each, 'Prologue') ?? list(each, 'UnwindCodes') ?? [];
      const own = list(each, 'Epilogue');
      const single = hex(each, /EpilogueOffset: (\d+)/);
      const size = hex(each, /FunctionLength: (\d+)/) ?? 0;
      const isPacked = /Fragment:/.test(each);
      // The frame register and the homes of parameters are not undone.
      const packed = prologue.filter((step) => !/^(?:mov|stp x[0246], )/.test(step));
      const steps = own ?? (isPacked ? packed : prologue);
      return {
        start: hex(each, /(?:Function|StartAddress): [^\n]*?(0x[0-9A-Fa-f]+)/) ?? 0,
        prologue,
        epilogues: single === null && !isPacked ? [] : [{ offset: size - (steps.length + 1) * 4, steps }],
        frame:
          register === null
            ? null
            : {
                register: register.toLowerCase(),
                offset: BigInt(hex(each, /FrameOffset: (\w+)/) ?? 0) * 16n,
              },
        parent: hex(each, /Chained \{\s+StartAddress: [^\n]*?\((\w+)\)/),
        isPacked,
      };
    });
}

/** Registers and memory of a program. */
export class Machine {
  readonly registers = new Map<string, bigint>();
  readonly memory = new Map<bigint, bigint>();
  /** What the caller's frame must come to. */
  readonly expected = new Map<string, bigint>();
  private readonly isArm: boolean;
  private lastPair: readonly [number, bigint] = [0, 0n];

  constructor(isArm: boolean) {
    this.isArm = isArm;
    const names = isArm
      ? Array.from({ length: 31 }, (_, i) => `x${i}`)
      : [
          'rax',
          'rbx',
          'rcx',
          'rdx',
          'rsi',
          'rdi',
          'rbp',
          ...Array.from({ length: 8 }, (_, i) => `r${i + 8}`),
        ];
    for (const [i, name] of names.entries()) this.registers.set(name, 0x1111_0000n + BigInt(i) * 16n);
    this.registers.set(this.stack, START);
    for (const [name, value] of this.registers) this.expected.set(name, value);
    this.expected.set('.cfa', START);
    if (isArm) this.expected.set('.ra', this.registers.get('x30') ?? 0n);
    else this.push(RETURN_ADDRESS);
    if (!isArm) this.expected.set('.ra', RETURN_ADDRESS);
  }

  get stack(): 'sp' | 'rsp' {
    return this.isArm ? 'sp' : 'rsp';
  }

  /** Executes what an unwind code of x64 stands for. */
  step(text: string, frame: OracleFunction['frame']): void {
    const amount = (pattern: RegExp): bigint => BigInt(pattern.exec(text)?.[1] ?? 0);
    const named = /reg=(\w+)/.exec(text)?.[1]?.toLowerCase() ?? '';
    if (text.includes('PUSH_NONVOL')) this.push(this.get(named));
    else if (text.includes('ALLOC')) this.move(-amount(/size=(\d+)/));
    else if (text.includes('SET_FPREG') && frame !== null)
      this.registers.set(frame.register, this.get('rsp') + frame.offset);
    else if (text.includes('SAVE_NONVOL'))
      this.memory.set(this.get('rsp') + amount(/offset=(\w+)/), this.get(named));
    else if (text.includes('PUSH_MACHFRAME')) {
      // The processor pushes what it interrupted; no call pushed a return address.
      this.registers.set('rsp', START);
      for (const value of [0n, START, 0n, 0n, RETURN_ADDRESS]) this.push(value);
      if (text.includes('errcode=yes')) this.push(0n);
    } else if (!text.includes('SAVE_XMM')) throw new Error(`the oracle has ${text}`);
  }

  /** Executes an instruction of a prologue of arm64. */
  execute(text: string): void {
    const [, what = '', operands = ''] = /^(\w+)\s*(.*)$/.exec(text) ?? [];
    if (text === 'save next') {
      const [register, at] = this.lastPair;
      this.store([`x${register + 2}`, `x${register + 3}`], at + 16n);
      return;
    }
    if (what === 'nop' || what === 'pacibsp') return;
    if (what === 'sub') {
      this.move(-BigInt(/#(\d+)/.exec(operands)?.[1] ?? 0));
      return;
    }
    if (what === 'add' || what === 'mov') {
      this.registers.set('x29', this.get('sp') + BigInt(/#(\d+)/.exec(operands)?.[1] ?? 0));
      return;
    }
    const memory = /^(.*), \[sp(?:, #(-?\d+))?\](!)?$/.exec(operands);
    if (memory === null || (what !== 'stp' && what !== 'str')) throw new Error(`the oracle has ${text}`);
    const [, registers = '', offset = '0', grows] = memory;
    if (grows === '!') this.move(BigInt(offset));
    this.store(registers.split(', ').map(plainName), grows === '!' ? 0n : BigInt(offset));
  }

  /** Executes the instruction of an epilogue that undoes one of a prologue. */
  undo(text: string): void {
    const loads = text.replace(/^ldp/, 'stp').replace(/^ldr/, 'str').replace('restore next', 'save next');
    if (loads === 'save next') return;
    const amount = BigInt(/#(\d+)/.exec(loads)?.[1] ?? 0);
    if (/^(?:add|sub) sp/.test(loads)) this.move(amount);
    else if (/^(?:add|mov)/.test(loads)) this.registers.set('sp', this.get('x29') - amount);
    else {
      const registers = /^st[pr] (.*), \[sp/.exec(loads)?.[1]?.split(', ').map(plainName) ?? [];
      const grow = /#-(\d+)\]!|\], #(\d+)/.exec(loads);
      const at = this.get('sp') + (grow === null ? amount : 0n);
      for (const [i, name] of registers.entries()) {
        if (this.expected.has(name)) this.registers.set(name, this.memory.get(at + BigInt(i) * WORD) ?? 0n);
      }
      if (grow !== null) this.move(BigInt(grow[1] ?? grow[2] ?? 0));
    }
  }

  get(name: string): bigint {
    return this.registers.get(name) ?? 0n;
  }

  private store(names: readonly string[], offset: bigint): void {
    const at = this.get('sp') + offset;
    for (const [i, name] of names.entries()) this.memory.set(at + BigInt(i) * WORD, this.get(name));
    if (names.length === 2) this.lastPair = [Number((names[0] ?? '').slice(1)), offset];
  }

  private push(value: bigint): void {
    this.move(-WORD);
    this.memory.set(this.get(this.stack), value);
  }

  private move(by: bigint): void {
    this.registers.set(this.stack, this.get(this.stack) + by);
  }
}

function plainName(name: string): string {
  return name === 'lr' ? 'x30' : name === 'fp' ? 'x29' : name;
}
