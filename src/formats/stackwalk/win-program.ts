// The machine of STACK WIN frame data programs: `$T0 $ebp = $eip $T0 4 + ^ = …`, postfix with assignment, on 32-bit
// words that wrap.

/** Most tokens of one program; compilers emit a few dozen. */
const MAX_TOKENS = 4096;
/** Most values on its stack. */
const MAX_STACK = 64;

/** A value on the stack: a number, or the name of a variable that is read when it is used and may be assigned. */
type Value = { readonly name: string } | { readonly number: number };

/**
 * Runs a program on `variables`, which it changes. False where it fails: unknown variable, absent memory, division by
 * zero, bad depth; what was assigned before stays assigned.
 */
export function runWinProgram(
  program: string,
  variables: Map<string, number>,
  word: (address: number) => number | null,
): boolean {
  const stack: Value[] = [];
  const popNumber = (): number | null => {
    const value = stack.pop();
    if (value === undefined) return null;
    return 'number' in value ? value.number : (variables.get(value.name) ?? null);
  };
  const tokens = splitTokens(program);
  if (tokens.length > MAX_TOKENS) return false;
  for (const token of tokens) {
    if (token === '=') {
      const number = popNumber();
      const target = stack.pop();
      if (number === null || target === undefined || !('name' in target)) return false;
      variables.set(target.name, number);
    } else if (token === '^') {
      const address = popNumber();
      const value = address === null ? null : word(address);
      if (value === null) return false;
      stack.push({ number: value });
    } else if (/^[-+*/%@]$/.test(token)) {
      const right = popNumber();
      const left = popNumber();
      const value = left === null || right === null ? null : calculate(token, left, right);
      if (value === null) return false;
      stack.push({ number: value >>> 0 });
    } else {
      if (stack.length >= MAX_STACK) return false;
      stack.push(/^-?[0-9]{1,10}$/.test(token) ? { number: Number(token) >>> 0 } : { name: token });
    }
  }
  return true;
}

/** Tokens by blanks; `=` is one of its own also where it is glued to the next (seen in files of old dump_syms). */
function splitTokens(program: string): string[] {
  return program
    .replaceAll('=', ' = ')
    .split(/[ \t]+/)
    .filter((token) => token !== '');
}

function calculate(operator: string, left: number, right: number): number | null {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return Math.imul(left, right);
    case '/':
      return right === 0 ? null : Math.floor(left / right);
    case '%':
      return right === 0 ? null : left % right;
    default:
      // '@': align down to a power of two.
      return right === 0 || (right & (right - 1)) !== 0 ? null : left & ~(right - 1);
  }
}
