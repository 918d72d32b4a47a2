// A STACK CFI rule compiled from its postfix text, and the machine that evaluates it. Words wrap at 64 bits, as in
// the other known evaluators; a caller for a 32-bit CPU refuses results that do not fit.

/** Most tokens in the rules of one address; compilers emit a few dozen. */
const MAX_TOKENS = 4096;
/** Most values on the stack of one expression; compilers emit three or four. */
const MAX_STACK = 64;
/** Most registers with a rule at one address. */
const MAX_RULES = 256;

const MAX_I64 = (1n << 63n) - 1n;
const MIN_I64 = -(1n << 63n);

/** One step: push a constant, push a register (or `.cfa`), or apply an operator. */
type Step =
  | { readonly kind: 'constant'; readonly value: bigint }
  | { readonly kind: 'register'; readonly name: string }
  | { readonly kind: 'operator'; readonly operator: Operator };

type Operator = '+' | '-' | '*' | '/' | '%' | '@' | '^' | '.undef';

const OPERATORS: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%', '@', '^', '.undef']);

/** Compiled postfix expression of one rule. */
export type CfiProgram = readonly Step[];

/** What an expression may look at. */
export type CfiScope = {
  /** The callee's register (without `$`), or `.cfa`; undefined where unknown. */
  readonly register: (name: string) => bigint | undefined;
  /** The pointer-sized word at an address; null where memory is absent. */
  readonly word: (address: bigint) => bigint | null;
};

/**
 * Compiles the text of STACK CFI records: `REG: expression REG: expression …`, in the order of the records, so that a
 * later rule for a register replaces an earlier one. Null where any of it is malformed: half a row unwinds wrongly.
 */
export function compileCfiRules(rows: readonly string[]): Map<string, CfiProgram> | null {
  const rules = new Map<string, CfiProgram>();
  let tokens = 0;
  for (const row of rows) {
    let steps: Step[] | null = null;
    for (const token of row.split(/[ \t]+/)) {
      if (token === '') continue;
      if (++tokens > MAX_TOKENS) return null;
      if (token.endsWith(':')) {
        if (steps?.length === 0 || token.length === 1) return null;
        steps = [];
        rules.set(plainName(token.slice(0, -1)), steps);
        if (rules.size > MAX_RULES) return null;
        continue;
      }
      const step = compileToken(token);
      if (steps === null || step === null) return null;
      steps.push(step);
    }
    if (steps === null || steps.length === 0) return null;
  }
  return rules;
}

/** The name of a register without the `$` that some CPUs' rules carry. */
function plainName(token: string): string {
  return token.startsWith('$') ? token.slice(1) : token;
}

function compileToken(token: string): Step | null {
  if (OPERATORS.has(token)) return { kind: 'operator', operator: token as Operator };
  if (/^-?[0-9]+$/.test(token)) {
    if (token.length > 20) return null;
    const value = BigInt(token);
    return value > MAX_I64 || value < MIN_I64 ? null : { kind: 'constant', value: BigInt.asUintN(64, value) };
  }
  return { kind: 'register', name: plainName(token) };
}

/** Evaluates one rule; null where it fails: unknown register, absent memory, division by zero, wrong stack depth. */
export function evaluateCfi(program: CfiProgram, scope: CfiScope): bigint | null {
  const stack: bigint[] = [];
  for (const step of program) {
    if (step.kind === 'operator') {
      if (!apply(step.operator, stack, scope)) return null;
      continue;
    }
    const value = step.kind === 'constant' ? step.value : scope.register(step.name);
    if (value === undefined || stack.length >= MAX_STACK) return null;
    stack.push(value);
  }
  return stack.length === 1 ? (stack[0] ?? null) : null;
}

/** Applies one operator to the stack; false where it fails. */
function apply(operator: Operator, stack: bigint[], scope: CfiScope): boolean {
  if (operator === '.undef') return false;
  const right = stack.pop();
  if (right === undefined) return false;
  if (operator === '^') {
    const value = scope.word(right);
    if (value === null) return false;
    stack.push(value);
    return true;
  }
  const left = stack.pop();
  if (left === undefined) return false;
  const value = calculate(operator, left, right);
  if (value === null) return false;
  stack.push(BigInt.asUintN(64, value));
  return true;
}

function calculate(operator: Operator, left: bigint, right: bigint): bigint | null {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return right === 0n ? null : left / right;
    case '%':
      return right === 0n ? null : left % right;
    case '@':
      // Align down; anything but a power of two is nonsense.
      return right === 0n || (right & (right - 1n)) !== 0n ? null : left & ~(right - 1n);
    default:
      return null;
  }
}
