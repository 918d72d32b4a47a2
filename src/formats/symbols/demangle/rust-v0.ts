// Demangles Rust's names of the second form (`_R…`), RFC 2603 and the symbol mangling chapter of the rustc book. Back references let a
// name of a few bytes describe a tree of any size: output, depth and steps are bounded, and what passes a bound stays as it is.
// Disambiguators and the hashes of crates are left out.

const MAX_INPUT_CHARS = 16 * 1024;
const MAX_OUTPUT_CHARS = 8 * 1024;
const MAX_DEPTH = 128;
const MAX_STEPS = 50_000;

const BASIC_TYPES: Readonly<Record<string, string>> = {
  a: 'i8',
  b: 'bool',
  c: 'char',
  d: 'f64',
  e: 'str',
  f: 'f32',
  h: 'u8',
  i: 'isize',
  j: 'usize',
  l: 'i32',
  m: 'u32',
  n: 'i128',
  o: 'u128',
  p: '_',
  s: 'i16',
  t: 'u16',
  u: '()',
  v: '...',
  x: 'i64',
  y: 'u64',
  z: '!',
};

class NotDemangled extends Error {}

/** The readable path; null where the name is none of these, or too large. */
export function demangleRustV0(mangled: string): string | null {
  const start = /^_{0,2}R(?=[A-Z])/.exec(mangled)?.[0].length;
  if (start === undefined || mangled.length > MAX_INPUT_CHARS) return null;
  // What linkers and LLVM add: `.llvm.123`, `.cold`.
  const end = mangled.search(/[.$@]/);
  const body = mangled.slice(start, end === -1 ? undefined : end);
  if (!/^\w+$/.test(body)) return null;
  try {
    return new RustParser(body).whole();
  } catch (error) {
    if (error instanceof NotDemangled) return null;
    throw error;
  }
}

class RustParser {
  private readonly text: string;
  private at = 0;
  private output = '';
  private depth = 0;
  private steps = 0;
  private silent = 0;
  /** Lifetimes that binders around have brought in. */
  private lifetimes = 0;

  constructor(text: string) {
    this.text = text;
  }

  whole(): string {
    this.path(true);
    // The crate that a generic function was made in says nothing about what it is.
    if (this.at < this.text.length) {
      this.silent++;
      this.path(false);
    }
    if (this.at < this.text.length) this.fail();
    return this.output;
  }

  private fail(): never {
    throw new NotDemangled();
  }

  private print(text: string): void {
    if (this.silent > 0) return;
    this.output += text;
    if (this.output.length > MAX_OUTPUT_CHARS) this.fail();
  }

  private next(): string {
    const character = this.text[this.at++];
    return character ?? this.fail();
  }

  private take(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private nested(work: () => void): void {
    if (++this.depth > MAX_DEPTH || ++this.steps > MAX_STEPS) this.fail();
    work();
    this.depth--;
  }

  /** `_` is 0, `0_` is 1; in base 62. */
  private base62(): number {
    if (this.take('_')) return 0;
    let value = 0;
    for (;;) {
      const character = this.next();
      if (character === '_') return value + 1;
      const code = character.charCodeAt(0);
      const digit = code >= 0x61 ? code - 0x61 + 10 : code >= 0x41 ? code - 0x41 + 36 : code - 0x30;
      // Disambiguators are hashes; nobody needs their value.
      value = Math.min(value * 62 + digit, Number.MAX_SAFE_INTEGER - 1);
    }
  }

  private optional(tag: string): number {
    return this.take(tag) ? this.base62() + 1 : 0;
  }

  private identifier(): string {
    const isPunycode = this.take('u');
    const digits = /^(?:0|[1-9]\d{0,5})/.exec(this.text.slice(this.at, this.at + 6))?.[0];
    if (digits === undefined) return this.fail();
    this.at += digits.length;
    this.take('_');
    const length = Number(digits);
    if (length > this.text.length - this.at) this.fail();
    const name = this.text.slice(this.at, this.at + length);
    this.at += length;
    return isPunycode ? (fromPunycode(name) ?? `punycode{${name}}`) : name;
  }

  private backReference(work: () => void): void {
    const start = this.at - 1;
    const target = this.base62();
    if (target >= start) this.fail();
    if (this.silent > 0) return;
    const after = this.at;
    this.at = target;
    work();
    this.at = after;
  }

  /** `inValue`: generic arguments are written with `::<`. */
  private path(inValue: boolean): void {
    this.nested(() => {
      const tag = this.next();
      switch (tag) {
        case 'C':
          this.optional('s');
          this.print(this.identifier());
          break;
        case 'N':
          this.nestedPath(inValue);
          break;
        case 'M':
        case 'X':
          this.silently(() => {
            this.optional('s');
            this.path(inValue);
          });
          this.implementation(tag === 'X');
          break;
        case 'Y':
          this.implementation(true);
          break;
        case 'I':
          this.path(inValue);
          if (inValue) this.print('::');
          this.print('<');
          this.list(() => this.argument());
          this.print('>');
          break;
        case 'B':
          this.backReference(() => this.path(inValue));
          break;
        default:
          this.fail();
      }
    });
  }

  private nestedPath(inValue: boolean): void {
    const namespace = this.next();
    if (!/[A-Za-z]/.test(namespace)) this.fail();
    this.path(inValue);
    const disambiguator = this.optional('s');
    const name = this.identifier();
    if (/[A-Z]/.test(namespace)) {
      const kind = namespace === 'C' ? 'closure' : namespace === 'S' ? 'shim' : namespace;
      this.print(`::{${kind}${name === '' ? '' : `:${name}`}#${disambiguator}}`);
    } else if (name !== '') this.print(`::${name}`);
  }

  private implementation(ofTrait: boolean): void {
    this.print('<');
    this.type();
    if (ofTrait) {
      this.print(' as ');
      this.path(false);
    }
    this.print('>');
  }

  private silently(work: () => void): void {
    this.silent++;
    work();
    this.silent--;
  }

  private list(each: () => void, separator = ', '): number {
    let count = 0;
    while (!this.take('E')) {
      if (count++ > 0) this.print(separator);
      each();
    }
    return count;
  }

  private argument(): void {
    if (this.take('L')) this.print(this.lifetime(this.base62()));
    else if (this.take('K')) this.constant();
    else this.type();
  }

  private lifetime(index: number): string {
    if (index === 0) return "'_";
    const depth = this.lifetimes - index;
    if (depth < 0) return this.fail();
    return depth < 26 ? `'${String.fromCharCode(0x61 + depth)}` : `'z${depth - 26 + 1}`;
  }

  private type(): void {
    this.nested(() => {
      const tag = this.next();
      const basic = BASIC_TYPES[tag];
      if (basic !== undefined) {
        this.print(basic);
        return;
      }
      switch (tag) {
        case 'A':
        case 'S':
          this.print('[');
          this.type();
          if (tag === 'A') {
            this.print('; ');
            this.constant();
          }
          this.print(']');
          break;
        case 'T': {
          this.print('(');
          const count = this.list(() => this.type());
          this.print(count === 1 ? ',)' : ')');
          break;
        }
        case 'R':
        case 'Q':
          this.print('&');
          if (this.take('L')) {
            const index = this.base62();
            if (index > 0) this.print(`${this.lifetime(index)} `);
          }
          if (tag === 'Q') this.print('mut ');
          this.type();
          break;
        case 'P':
        case 'O':
          this.print(tag === 'P' ? '*const ' : '*mut ');
          this.type();
          break;
        case 'F':
          this.binder(() => this.functionType());
          break;
        case 'D':
          this.print('dyn ');
          this.binder(() => this.list(() => this.dynamicTrait(), ' + '));
          if (!this.take('L')) this.fail();
          {
            const index = this.base62();
            if (index > 0) this.print(` + ${this.lifetime(index)}`);
          }
          break;
        case 'B':
          this.backReference(() => this.type());
          break;
        default:
          this.at--;
          this.path(false);
      }
    });
  }

  private binder(work: () => void): void {
    const count = this.optional('G');
    if (count > 1000) this.fail();
    const before = this.lifetimes;
    if (count > 0) {
      this.lifetimes += count;
      const names = Array.from({ length: count }, (_, i) => this.lifetime(count - i));
      this.print(`for<${names.join(', ')}> `);
    }
    work();
    this.lifetimes = before;
  }

  private functionType(): void {
    if (this.take('U')) this.print('unsafe ');
    if (this.take('K')) {
      const abi = this.take('C') ? 'C' : this.identifier().replaceAll('_', '-');
      this.print(`extern "${abi}" `);
    }
    this.print('fn(');
    this.list(() => this.type());
    this.print(')');
    if (this.take('u')) return;
    this.print(' -> ');
    this.type();
  }

  private dynamicTrait(): void {
    let isOpen = this.traitPath();
    while (this.take('p')) {
      this.print(isOpen ? ', ' : '<');
      isOpen = true;
      this.print(`${this.identifier()} = `);
      this.type();
    }
    if (isOpen) this.print('>');
  }

  /** The path of a trait, its generic arguments left open for associated types; whether they are. */
  private traitPath(): boolean {
    if (this.take('I')) {
      this.path(false);
      this.print('<');
      this.list(() => this.argument());
      return true;
    }
    if (this.take('B')) {
      let isOpen = false;
      this.backReference(() => {
        isOpen = this.traitPath();
      });
      return isOpen;
    }
    this.path(false);
    return false;
  }

  private constant(): void {
    this.nested(() => {
      const tag = this.next();
      switch (tag) {
        case 'p':
          this.print('_');
          break;
        case 'B':
          this.backReference(() => this.constant());
          break;
        case 'b': {
          const digits = this.hexadecimal();
          this.print(digits === '1' ? 'true' : digits === '0' ? 'false' : this.fail());
          break;
        }
        case 'c':
          this.print(characterOf(Number.parseInt(this.hexadecimal() || '0', 16)) ?? this.fail());
          break;
        default: {
          if (!'ahijlmnostxy'.includes(tag)) this.fail();
          const sign = this.take('n') ? '-' : '';
          const digits = this.hexadecimal();
          this.print(sign + (digits.length > 16 ? `0x${digits}` : String(BigInt(`0x${digits || '0'}`))));
        }
      }
    });
  }

  private hexadecimal(): string {
    const end = this.text.indexOf('_', this.at);
    const digits = end === -1 ? 'x' : this.text.slice(this.at, end);
    if (!/^[0-9a-f]{0,64}$/.test(digits)) this.fail();
    this.at = end + 1;
    return digits;
  }
}

function characterOf(code: number): string | null {
  if (!(code <= 0x10ffff) || (code >= 0xd800 && code < 0xe000)) return null;
  const character = String.fromCodePoint(code);
  return code < 0x20 || code === 0x7f ? `'\\u{${code.toString(16)}}'` : `'${character}'`;
}

/** RFC 3492 with `_` for `-`; null where the text is none. */
function fromPunycode(text: string): string | null {
  const split = text.lastIndexOf('_');
  const output = split === -1 ? [] : Array.from(text.slice(0, split), (character) => character.charCodeAt(0));
  let code = 128;
  let position = 0;
  let bias = 72;
  let isFirst = true;
  for (let at = split + 1; at < text.length;) {
    const before = position;
    let weight = 1;
    for (let k = 36; ; k += 36) {
      const character = text.charCodeAt(at++);
      const digit =
        character >= 0x61 && character <= 0x7a
          ? character - 0x61
          : character >= 0x30 && character <= 0x39
            ? character - 0x30 + 26
            : -1;
      if (digit < 0) return null;
      position += digit * weight;
      const threshold = Math.min(26, Math.max(1, k - bias));
      if (digit < threshold) break;
      weight *= 36 - threshold;
      if (weight > 2 ** 40) return null;
    }
    const length = output.length + 1;
    let delta = isFirst ? Math.floor((position - before) / 700) : Math.floor((position - before) / 2);
    isFirst = false;
    delta += Math.floor(delta / length);
    let k = 0;
    for (; delta > 455; k += 36) delta = Math.floor(delta / 35);
    bias = k + Math.floor((36 * delta) / (delta + 38));
    code += Math.floor(position / length);
    position %= length;
    if (code > 0x10ffff || output.length > 1000) return null;
    output.splice(position++, 0, code);
  }
  return String.fromCodePoint(...output);
}
