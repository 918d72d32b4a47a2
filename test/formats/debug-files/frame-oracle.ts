// Rows of unwind rules as llvm-dwarfdump prints them, evaluated, so that they can be compared with Mayday's whatever the spelling.

/** The rows of one range. */
export type OracleRange = {
  readonly start: number;
  readonly end: number;
  readonly signal: boolean;
  readonly rows: readonly { readonly start: number; readonly text: string }[];
};

/** Reads `*.cfi.txt`. */
export function readOracleRanges(text: string): OracleRange[] {
  const ranges: { start: number; end: number; signal: boolean; rows: { start: number; text: string }[] }[] =
    [];
  for (const line of text.split('\n')) {
    const words = line.trim().split(/\s+/);
    if (line.startsWith('FDE ')) {
      ranges.push({
        start: Number.parseInt(words[1] ?? '', 16),
        end: Number.parseInt(words[2] ?? '', 16),
        signal: words[3] === 'signal',
        rows: [],
      });
    } else if (line.startsWith(' ')) {
      const start = Number.parseInt(words[0] ?? '', 16);
      ranges.at(-1)?.rows.push({ start, text: words.slice(1).join(' ') });
    }
  }
  return ranges;
}

/** Values of registers and memory that differ everywhere, so that equal results mean equal rules. */
export function registerValue(name: string): bigint {
  let hash = 7n;
  for (const character of name) hash = (hash * 131n + BigInt(character.charCodeAt(0))) % 0x7fff_ffffn;
  return hash * 16n;
}

export function memoryWord(address: bigint): bigint {
  return BigInt.asUintN(40, address * 2_654_435_761n + 12_345n) & ~15n;
}

/** llvm's names → those of unwind rules. */
function plain(name: string): string {
  const low = name.toLowerCase();
  if (low === 'wsp') return 'sp';
  return /^w\d+$/.test(low) ? `x${low.slice(1)}` : low;
}

/** What a row comes to: values by register, `undefined` as text; `.cfa` and `.ra` among them. */
export function evaluateOracleRow(text: string, cpu: string, pc: number): Map<string, bigint | 'undefined'> {
  const values = new Map<string, bigint | 'undefined'>();
  const at = text.search(/:(?= |$)/);
  const cfaText = (at === -1 ? text : text.slice(0, at)).replace(/^CFA=/, '');
  const cfa = valueOf(cfaText, 0n, pc);
  values.set('.cfa', cfa);
  const rules = at === -1 ? '' : text.slice(at + 1);
  for (const [, name = '', rule = ''] of rules.matchAll(/(\w+)=(\[[^\]]*\]|[^,]*)/g)) {
    if (/^(?:reg\d+|xmm\d+|d\d+|b\d+)$/i.test(name)) continue;
    const inner = /^\[(.*)\]$/.exec(rule)?.[1];
    const value =
      rule === 'undefined'
        ? 'undefined'
        : rule === 'same'
          ? registerValue(plain(name))
          : inner === undefined
            ? valueOf(rule, cfa, pc)
            : memoryWord(valueOf(inner, cfa, pc));
    values.set(isReturn(name, cpu) ? '.ra' : plain(name), value);
  }
  const link = cpu === 'arm64' ? 'x30' : cpu === 'arm' ? 'lr' : null;
  if (!values.has('.ra') && link !== null) values.set('.ra', registerValue(link));
  return values;
}

function isReturn(name: string, cpu: string): boolean {
  if (/^[RE]IP$/.test(name)) return true;
  return (cpu === 'arm64' && /^[WX]30$/.test(name)) || (cpu === 'arm' && name === 'LR');
}

function valueOf(text: string, cfa: bigint, pc: number): bigint {
  if (!text.startsWith('DW_OP')) return operand(text.trim(), cfa, pc);
  const stack: bigint[] = [];
  const pop = (): bigint => stack.pop() ?? 0n;
  for (const step of text.split(', ')) {
    const [name = '', argument = ''] = step.trim().split(' ');
    if (name.startsWith('DW_OP_breg')) stack.push(operand(argument, cfa, pc));
    else if (name.startsWith('DW_OP_lit')) stack.push(BigInt(name.slice(9)));
    else if (name === 'DW_OP_deref') stack.push(memoryWord(pop()));
    else if (name === 'DW_OP_plus_uconst') stack.push(pop() + BigInt(argument));
    else if (name === 'DW_OP_plus') stack.push(pop() + pop());
    else if (name === 'DW_OP_and') stack.push(pop() & pop());
    else if (name === 'DW_OP_shl') stack.push(((by) => pop() << by)(pop()));
    else if (name === 'DW_OP_ge') stack.push(((right) => (pop() >= right ? 1n : 0n))(pop()));
    else if (name !== 'DW_OP_nop') throw new Error(`the oracle has ${name}`);
  }
  return pop();
}

function operand(text: string, cfa: bigint, pc: number): bigint {
  const [, name = '', offset = '0'] = /^(\w+)([+-]\d+)?$/.exec(text) ?? [];
  if (name === '') throw new Error(`the oracle has ${text}`);
  const base = name === 'CFA' ? cfa : /^[RE]IP$/.test(name) ? BigInt(pc) : registerValue(plain(name));
  return base + BigInt(offset);
}
