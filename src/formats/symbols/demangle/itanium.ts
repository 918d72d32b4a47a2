// Demangles C++ names of the Itanium ABI (GCC, Clang on everything but Windows), section 5.1 of the ABI. Names come from files of
// strangers: the depth and the size of every part are bounded, and a name that passes a bound, or is none, stays as it is. Return types
// of functions are left out: they are no part of what tells one function from another for a reader.
import {
  BUILTIN_TYPES,
  LITERAL_SUFFIXES,
  LONG_BUILTIN_TYPES,
  OPERATORS,
  SPECIAL_NAMES,
  STANDARD_NAMES,
} from './itanium-codes.ts';

const MAX_INPUT_CHARS = 16 * 1024;
/** Of one part: parts repeat each other, so that the whole could double with each letter. */
const MAX_PART_CHARS = 8 * 1024;
const MAX_DEPTH = 128;
const MAX_STEPS = 100_000;
const MAX_PARTS = 4096;

/** A part that stands around a name: `int (*` and `)(char)`, or text alone. */
type Part = { readonly left: string; readonly right: string };

/** A function's name, and what follows from its form. */
type Name = { readonly text: string; readonly qualifiers: string; readonly hasReturnType: boolean };

class NotDemangled extends Error {}

/** The readable name; null where it is none of these, or too large. */
export function demangleItanium(mangled: string): string | null {
  const start = /^_{1,4}Z/.exec(mangled)?.[0].length;
  if (start === undefined || mangled.length > MAX_INPUT_CHARS) return null;
  try {
    const first = new ItaniumParser(mangled, start, []);
    const text = first.whole();
    // A conversion operator may name template arguments that stand behind it.
    return first.lacked ? new ItaniumParser(mangled, start, first.lastArguments).whole() : text;
  } catch (error) {
    if (error instanceof NotDemangled) return null;
    throw error;
  }
}

class ItaniumParser {
  /** Template arguments were named before they were known. */
  lacked = false;
  lastArguments: readonly Part[];
  private readonly text: string;
  private at: number;
  private depth = 0;
  private steps = 0;
  private readonly substitutions: Part[] = [];
  private arguments: readonly Part[];
  /** The last component of the name so far: constructors are called after it. */
  private last = '';

  constructor(text: string, at: number, known: readonly Part[]) {
    this.text = text;
    this.at = at;
    this.arguments = known;
    this.lastArguments = known;
  }

  whole(): string {
    const name = this.encoding();
    const rest = this.text.slice(this.at);
    if (rest === '') return name;
    // Clones and parts (`.cold`, `.part.0`, `.constprop.0`, `.llvm.123`) are the same function to a reader; so are versions (`@@V_1`).
    return /^(?:\.[\w.$]+|@{1,2}[\w.]+)$/.test(rest) ? name : this.fail();
  }

  private fail(): never {
    throw new NotDemangled();
  }

  private starts(code: string): boolean {
    return this.text.startsWith(code, this.at);
  }

  private take(code: string): boolean {
    if (!this.starts(code)) return false;
    this.at += code.length;
    return true;
  }

  private expect(code: string): void {
    if (!this.take(code)) this.fail();
  }

  private peek(length = 1): string {
    return this.text.slice(this.at, this.at + length);
  }

  private nested<T>(parse: () => T): T {
    if (++this.depth > MAX_DEPTH || ++this.steps > MAX_STEPS) this.fail();
    const result = parse();
    this.depth--;
    return result;
  }

  private part(left: string, right = ''): Part {
    if (left.length + right.length > MAX_PART_CHARS) this.fail();
    return { left, right };
  }

  private remember(part: Part): Part {
    if (this.substitutions.length >= MAX_PARTS) this.fail();
    this.substitutions.push(part);
    return part;
  }

  private flat({ left, right }: Part): string {
    return left + right;
  }

  private number(): number {
    const digits = /^\d{1,9}/.exec(this.peek(9))?.[0];
    if (digits === undefined) return this.fail();
    this.at += digits.length;
    return Number(digits);
  }

  /** `_` is 0, `0_` is 1; in base 36. */
  private sequenceId(): number {
    if (this.take('_')) return 0;
    const digits = /^[0-9A-Z]{1,5}(?=_)/.exec(this.peek(6))?.[0];
    if (digits === undefined) return this.fail();
    this.at += digits.length + 1;
    return Number.parseInt(digits, 36) + 1;
  }

  /** `_` is 0, `0_` is 1; decimal. */
  private discriminator(): number {
    if (this.take('_')) return 0;
    const value = this.number();
    this.expect('_');
    return value + 1;
  }

  private encoding(): string {
    return this.nested(() => {
      if (this.starts('T') || this.starts('G')) return this.special();
      const name = this.name();
      if (this.atEndOfEncoding()) return name.text + name.qualifiers;
      const known = this.arguments;
      if (name.hasReturnType) this.type();
      const parameters = this.parameters();
      this.arguments = known;
      return this.flat(this.part(`${name.text}(${parameters})${name.qualifiers}`));
    });
  }

  private atEndOfEncoding(): boolean {
    const next = this.peek();
    return next === '' || next === 'E' || next === '.' || next === '@';
  }

  private parameters(): string {
    const types: string[] = [];
    while (!this.atEndOfEncoding() && !this.starts('Q')) {
      // References behind the parameters belong to the function.
      if (/^[RO]E/.test(this.peek(2))) break;
      types.push(this.flat(this.type()));
    }
    // A constraint says nothing about what is called.
    if (this.take('Q')) this.expression();
    return types.length === 1 && types[0] === 'void' ? '' : types.filter((type) => type !== '').join(', ');
  }

  private special(): string {
    const code = this.peek(2);
    const words = SPECIAL_NAMES[code];
    if (words !== undefined) {
      this.at += 2;
      if (code === 'TV' || code === 'TT' || code === 'TI' || code === 'TS')
        return words + this.flat(this.type());
      if (code === 'TA') return words + this.templateArgument().left;
      const { text } = this.name();
      if (code === 'GR') this.sequenceId();
      return words + text;
    }
    if (this.take('Th') || this.take('Tv')) {
      const isVirtual = this.text[this.at - 1] === 'v';
      this.callOffset(isVirtual);
      return `${isVirtual ? 'virtual' : 'non-virtual'} thunk to ${this.encoding()}`;
    }
    if (this.take('Tc')) {
      for (let i = 0; i < 2; i++) this.callOffset(!this.take('h') && this.take('v'));
      return `covariant return thunk to ${this.encoding()}`;
    }
    if (this.take('TC')) {
      const derived = this.flat(this.type());
      this.number();
      this.expect('_');
      return `construction vtable for ${this.flat(this.type())}-in-${derived}`;
    }
    if (this.take('GTt')) return `transaction clone for ${this.encoding()}`;
    return this.fail();
  }

  /** Offsets of thunks: one number, or two. */
  private callOffset(isVirtual: boolean): void {
    for (let i = 0; i < (isVirtual ? 2 : 1); i++) {
      this.take('n');
      this.number();
      this.expect('_');
    }
  }

  private name(): Name {
    return this.nested(() => {
      if (this.starts('N')) return this.nestedName();
      if (this.starts('Z')) return this.localName();
      let text: string;
      if (this.starts('S') && !this.starts('St')) {
        text = this.flat(this.substitution());
        if (!this.starts('I')) return this.fail();
        return this.withArguments(text);
      }
      const isStandard = this.take('St');
      text = this.unqualified('');
      if (isStandard) text = `std::${text}`;
      if (!this.starts('I')) return { text, qualifiers: '', hasReturnType: false };
      this.remember(this.part(text));
      return this.withArguments(text);
    });
  }

  private withArguments(text: string): Name {
    const last = this.last;
    const whole = text + this.templateArguments();
    return { text: whole, qualifiers: '', hasReturnType: !isConversion(last) };
  }

  private nestedName(): Name {
    this.expect('N');
    // An explicit object parameter.
    this.take('H');
    const { qualifiers: after } = this.qualifiers();
    const reference = this.take('R') ? ' &' : this.take('O') ? ' &&' : '';
    let text = '';
    let hasReturnType = false;
    while (!this.take('E')) {
      if (++this.steps > MAX_STEPS || text.length > MAX_PART_CHARS) this.fail();
      const next = this.peek();
      if (next === 'I') {
        if (text === '') this.fail();
        hasReturnType = !isConversion(this.last) && !isStructor(this.last);
        const last = this.last;
        text += this.templateArguments();
        this.last = last;
      } else if (next === 'S' && !this.starts('St')) {
        if (text !== '') this.fail();
        text = this.flat(this.substitution());
        hasReturnType = false;
        continue;
      } else if (next === 'T') {
        text = this.flat(this.templateParameter());
      } else if (/^D[tT]/.test(this.peek(2))) {
        text = this.flat(this.decltype());
      } else if (next === 'M') {
        // A lambda in the initializer of a member.
        this.at++;
        continue;
      } else {
        hasReturnType = false;
        if (text === '' && this.take('St')) {
          text = `std::${this.unqualified('std')}`;
        } else text = text === '' ? this.unqualified('') : `${text}::${this.unqualified(text)}`;
      }
      if (!this.starts('E')) this.remember(this.part(text));
    }
    return { text, qualifiers: after + reference, hasReturnType };
  }

  private localName(): Name {
    this.expect('Z');
    const known = this.arguments;
    const outer = this.encoding();
    this.arguments = known;
    this.expect('E');
    if (this.take('s')) {
      this.optionalDiscriminator();
      return { text: `${outer}::string literal`, qualifiers: '', hasReturnType: false };
    }
    if (this.take('d')) {
      if (!this.starts('_')) this.number();
      this.expect('_');
    }
    const inner = this.name();
    this.optionalDiscriminator();
    return { ...inner, text: this.flat(this.part(`${outer}::${inner.text}`)) };
  }

  private optionalDiscriminator(): void {
    const found = /^(?:__\d{1,9}_|_\d)/.exec(this.peek(12))?.[0];
    if (found !== undefined) this.at += found.length;
  }

  private qualifiers(): { readonly qualifiers: string } {
    let qualifiers = '';
    if (this.take('r')) qualifiers += ' restrict';
    if (this.take('V')) qualifiers = ` volatile${qualifiers}`;
    if (this.take('K')) qualifiers = ` const${qualifiers}`;
    return { qualifiers };
  }

  /** One component; `scope` is what stands before it, for constructors. */
  private unqualified(scope: string): string {
    this.take('L');
    // A module name says where a declaration is attached.
    while (this.take('W')) {
      this.take('P');
      this.sourceName();
    }
    this.take('F');
    const name = this.component(scope);
    let tags = '';
    while (this.take('B')) tags += `[abi:${this.sourceName()}]`;
    return name + tags;
  }

  private component(scope: string): string {
    const next = this.peek();
    if (/\d/.test(next)) {
      const name = this.sourceName();
      this.last = name.startsWith('_GLOBAL__N') ? '' : name;
      return name.startsWith('_GLOBAL__N') ? '(anonymous namespace)' : name;
    }
    if (next === 'C' || (next === 'D' && /\d/.test(this.peek(2)[1] ?? ''))) return this.structor(scope);
    if (this.take('DC')) {
      const names: string[] = [];
      while (!this.take('E')) names.push(this.sourceName());
      return `[${names.join(', ')}]`;
    }
    if (next === 'U') return this.unnamed();
    return this.operatorName();
  }

  private structor(scope: string): string {
    const { last } = this;
    if (scope === '' || last === '') this.fail();
    const name = isStructor(last) ? last.slice(1) : last;
    if (this.take('CI')) {
      this.at++;
      this.type();
    } else if (/^[CD]\d/.test(this.peek(2))) {
      const isDestructor = this.starts('D');
      this.at += 2;
      this.last = `\u0000${name}`;
      return isDestructor ? `~${name}` : name;
    } else this.fail();
    this.last = `\u0000${name}`;
    return name;
  }

  private unnamed(): string {
    if (this.take('Ut')) {
      const index = this.discriminator();
      this.last = '';
      return `{unnamed type#${index + 1}}`;
    }
    if (this.take('Ul')) {
      // Declarations of the template parameters of a generic lambda.
      while (/^T[yn]/.test(this.peek(2))) {
        this.at += 2;
        if (this.text[this.at - 1] === 'n') this.type();
      }
      const parameters = this.parameters();
      this.expect('E');
      const index = this.discriminator();
      this.last = '';
      return `{lambda(${parameters})#${index + 1}}`;
    }
    return this.fail();
  }

  private operatorName(): string {
    if (this.take('cv')) {
      this.last = '\u0001';
      const type = this.flat(this.type());
      this.last = '\u0001';
      return `operator ${type}`;
    }
    if (this.take('li')) {
      this.last = '';
      return `operator"" ${this.sourceName()}`;
    }
    const operator = OPERATORS[this.peek(2)];
    if (operator === undefined) return this.fail();
    this.at += 2;
    this.last = '\u0002';
    return `operator${operator.text}`;
  }

  private sourceName(): string {
    const length = this.number();
    if (length === 0 || length > this.text.length - this.at) this.fail();
    const name = this.peek(length);
    this.at += length;
    return name;
  }

  private substitution(): Part {
    const standard = STANDARD_NAMES[this.peek(2)];
    if (standard !== undefined) {
      this.at += 2;
      const [text, last] = standard;
      this.last = last;
      let tagged = text;
      while (this.take('B')) tagged += `[abi:${this.sourceName()}]`;
      return this.part(tagged);
    }
    this.expect('S');
    const found = this.substitutions[this.sequenceId()];
    if (found === undefined) return this.fail();
    this.last = lastOf(found.left);
    return found;
  }

  private templateParameter(): Part {
    this.expect('T');
    if (this.take('L')) {
      this.number();
      this.expect('_');
    }
    const index = this.discriminator();
    const found = this.arguments[index];
    if (found !== undefined) {
      this.last = lastOf(found.left);
      return found;
    }
    this.lacked = true;
    return this.part('auto');
  }

  private templateArguments(): string {
    return this.nested(() => {
      this.expect('I');
      const found: Part[] = [];
      while (!this.take('E')) {
        if (this.take('Q')) this.expression();
        else found.push(this.templateArgument());
        if (found.length > MAX_PARTS) this.fail();
      }
      this.lastArguments = found;
      this.arguments = found;
      const texts = found.map((part) => this.flat(part)).filter((text) => text !== '');
      return this.part(`<${texts.join(', ')}>`).left;
    });
  }

  private templateArgument(): Part {
    return this.nested(() => {
      const known = this.arguments;
      const argument = this.bareArgument();
      this.arguments = known;
      return argument;
    });
  }

  private bareArgument(): Part {
    if (this.starts('L')) return this.part(this.literal());
    if (this.take('X')) {
      const text = this.expression();
      this.expect('E');
      return this.part(text);
    }
    if (this.take('J')) {
      const texts: string[] = [];
      while (!this.take('E')) texts.push(this.flat(this.templateArgument()));
      return this.part(texts.filter((text) => text !== '').join(', '));
    }
    // Since Clang 18 an argument may say what its parameter is.
    if (this.take('Tn')) {
      this.type();
      return this.templateArgument();
    }
    if (this.take('Ty')) return this.templateArgument();
    return this.type();
  }

  private type(): Part {
    return this.nested(() => {
      const builtin = BUILTIN_TYPES[this.peek()];
      if (builtin !== undefined) {
        this.at++;
        return this.part(builtin);
      }
      const long = LONG_BUILTIN_TYPES[this.peek(2)];
      if (long !== undefined) {
        this.at += 2;
        return long === 'auto' || long.startsWith('decltype')
          ? this.remember(this.part(long))
          : this.part(long);
      }
      return this.compoundType();
    });
  }

  private compoundType(): Part {
    const next = this.peek();
    switch (next) {
      case 'P':
        this.at++;
        return this.remember(this.declarator('*', this.type()));
      case 'R':
        this.at++;
        return this.remember(this.declarator('&', this.type()));
      case 'O':
        this.at++;
        return this.remember(this.declarator('&&', this.type()));
      case 'r':
      case 'V':
      case 'K':
        return this.qualifiedType();
      case 'F':
        return this.remember(this.functionType());
      case 'A':
        return this.remember(this.arrayType());
      case 'M':
        return this.remember(this.memberPointer());
      case 'C':
        this.at++;
        return this.remember(this.part(`${this.flat(this.type())} _Complex`));
      case 'G':
        this.at++;
        return this.remember(this.part(`${this.flat(this.type())} _Imaginary`));
      case 'U':
        return this.vendorType();
      case 'u':
        this.at++;
        return this.remember(this.part(this.sourceName()));
      case 'T':
        return this.parameterType();
      case 'D':
        return this.extendedType();
      case 'S':
        return this.substitutedType();
      default: {
        const known = this.arguments;
        const { text } = this.name();
        this.arguments = known;
        return this.remember(this.part(text));
      }
    }
  }

  private substitutedType(): Part {
    if (this.starts('St')) {
      const known = this.arguments;
      const { text } = this.name();
      this.arguments = known;
      return this.remember(this.part(text));
    }
    const part = this.substitution();
    if (!this.starts('I')) return part;
    const known = this.arguments;
    const text = this.flat(part) + this.templateArguments();
    this.arguments = known;
    return this.remember(this.part(text));
  }

  private parameterType(): Part {
    if (/^T[sue]/.test(this.peek(2))) {
      // An elaborated name: struct, union, enum.
      this.at += 2;
      return this.remember(this.part(this.name().text));
    }
    const parameter = this.remember(this.templateParameter());
    if (!this.starts('I')) return parameter;
    const known = this.arguments;
    const text = this.flat(parameter) + this.templateArguments();
    this.arguments = known;
    return this.remember(this.part(text));
  }

  private extendedType(): Part {
    if (/^D[tT]/.test(this.peek(2))) return this.remember(this.decltype());
    if (this.take('Dp')) return this.remember(this.type());
    if (this.take('Dv')) {
      const size = this.take('_') ? this.expression() : String(this.number());
      this.expect('_');
      return this.remember(this.part(`${this.flat(this.type())} vector[${size}]`));
    }
    if (/^D[oOwx]/.test(this.peek(2))) return this.remember(this.functionType());
    if (this.take('DF')) {
      const bits = this.number();
      this.take('x');
      this.expect('_');
      return this.part(`_Float${bits}`);
    }
    if (/^D[BU]/.test(this.peek(2))) {
      const sign = this.starts('DU') ? 'unsigned ' : '';
      this.at += 2;
      const bits = /\d/.test(this.peek()) ? String(this.number()) : this.expression();
      this.expect('_');
      return this.part(`${sign}_BitInt(${bits})`);
    }
    return this.fail();
  }

  private decltype(): Part {
    this.at += 2;
    const text = this.expression();
    this.expect('E');
    return this.part(`decltype(${text})`);
  }

  private vendorType(): Part {
    this.expect('U');
    const name = this.sourceName();
    const extra = this.starts('I') ? this.templateArguments() : '';
    if (name.startsWith('objcproto')) return this.remember(this.part(this.flat(this.type())));
    const { left, right } = this.type();
    return this.remember(this.part(`${left} ${name}${extra}`, right));
  }

  private qualifiedType(): Part {
    const { qualifiers } = this.qualifiers();
    const { left, right } = this.type();
    // The qualifiers of a function stand behind its parameters.
    return this.remember(
      right.startsWith('(') ? this.part(left, right + qualifiers) : this.part(left + qualifiers, right),
    );
  }

  /** Pointers and references to functions and arrays go around what they point to. References to references collapse. */
  private declarator(mark: string, { left, right }: Part): Part {
    if (mark !== '*' && left.endsWith('&')) {
      const isRight = mark === '&&' && left.endsWith('&&');
      const bare = left.replace(/&{1,2}$/, '');
      return this.part(bare + (isRight ? '&&' : '&'), right);
    }
    if (right.startsWith('(') || right.startsWith(' [')) {
      return this.part(`${left} (${mark}`, `)${right}`);
    }
    return this.part(left + mark, right);
  }

  private functionType(): Part {
    if (this.take('Do')) {
      // noexcept
    } else if (this.take('DO')) {
      this.expression();
      this.expect('E');
    } else if (this.take('Dw')) {
      while (!this.take('E')) this.type();
    } else this.take('Dx');
    this.expect('F');
    this.take('Y');
    const { left, right } = this.type();
    const parameters = this.parameters();
    const reference = this.take('R') ? ' &' : this.take('O') ? ' &&' : '';
    this.expect('E');
    return this.part(left, `(${parameters})${reference}${right}`);
  }

  private arrayType(): Part {
    this.expect('A');
    let size = '';
    if (/\d/.test(this.peek())) size = String(this.number());
    else if (!this.starts('_')) size = this.expression();
    this.expect('_');
    const { left, right } = this.type();
    return this.part(left, ` [${size}]${right.trimStart()}`);
  }

  private memberPointer(): Part {
    this.expect('M');
    const owner = this.flat(this.type());
    const { left, right } = this.type();
    return right.startsWith('(')
      ? this.part(`${left} (${owner}::*`, `)${right}`)
      : this.part(`${left} ${owner}::*`, right);
  }

  private literal(): string {
    this.expect('L');
    if (this.take('_Z')) {
      const known = this.arguments;
      const text = this.encoding();
      this.arguments = known;
      this.expect('E');
      return text;
    }
    if (this.take('b0E')) return 'false';
    if (this.take('b1E')) return 'true';
    if (this.take('Dn0E') || this.take('DnE')) return 'nullptr';
    const code = this.peek();
    const suffix = LITERAL_SUFFIXES[code];
    const type = this.flat(this.type());
    const sign = this.take('n') ? '-' : '';
    const value = /^[0-9a-f]*(?:_[0-9a-f]*)?(?=E)/.exec(this.text.slice(this.at, this.at + 256))?.[0];
    if (value === undefined) return this.fail();
    this.at += value.length;
    this.expect('E');
    if (suffix !== undefined) return `${sign}${value}${suffix}`;
    return value === '' ? type : `(${type})${sign}${value}`;
  }

  private expression(): string {
    return this.nested(() => this.part(this.bareExpression()).left);
  }

  private bareExpression(): string {
    if (this.starts('L')) return this.literal();
    if (this.starts('T')) return this.flat(this.templateParameter());
    if (this.take('fL')) {
      this.number();
      this.expect('p');
      return this.functionParameter();
    }
    if (this.take('fp')) return this.functionParameter();
    if (this.take('st')) return `sizeof (${this.flat(this.type())})`;
    if (this.take('sz')) return `sizeof (${this.expression()})`;
    if (this.take('at')) return `alignof (${this.flat(this.type())})`;
    if (this.take('az')) return `alignof (${this.expression()})`;
    if (this.take('nx')) return `noexcept (${this.expression()})`;
    if (this.take('sZ'))
      return `sizeof...(${this.starts('T') ? this.flat(this.templateParameter()) : this.functionPack()})`;
    if (this.take('sp')) return `${this.expression()}...`;
    if (this.take('tr')) return 'throw';
    if (this.take('tw')) return `throw ${this.expression()}`;
    if (this.take('ti')) return `typeid (${this.flat(this.type())})`;
    if (this.take('te')) return `typeid (${this.expression()})`;
    if (this.take('dt')) return `${this.expression()}.${this.unresolved()}`;
    if (this.take('pt')) return `${this.expression()}->${this.unresolved()}`;
    if (this.take('cl')) return `${this.expression()}(${this.list('E')})`;
    if (this.take('cv')) return this.conversion();
    if (this.take('tl')) return `${this.flat(this.type())}{${this.list('E')}}`;
    if (this.take('il')) return `{${this.list('E')}}`;
    for (const [code, words] of [
      ['dc', 'dynamic_cast'],
      ['sc', 'static_cast'],
      ['cc', 'const_cast'],
      ['rc', 'reinterpret_cast'],
    ] as const) {
      if (this.take(code)) return `${words}<${this.flat(this.type())}>(${this.expression()})`;
    }
    if (this.starts('on') || this.starts('gs') || this.starts('sr') || /\d/.test(this.peek()))
      return this.unresolved();
    return this.operation();
  }

  private operation(): string {
    const operator = OPERATORS[this.peek(2)];
    if (operator === undefined) return this.fail();
    this.at += 2;
    if (operator.text === '++' || operator.text === '--') {
      return this.take('_')
        ? `${operator.text}(${this.expression()})`
        : `(${this.expression()})${operator.text}`;
    }
    if (operator.text === '&' && operator.arity === 1) return `&${this.expression()}`;
    if (operator.arity === 1) return `${operator.text.trim()}(${this.expression()})`;
    const left = this.expression();
    const right = this.expression();
    if (operator.text === '[]') return `${left}[${right}]`;
    if (operator.arity === 3) return `(${left}) ? (${right}) : (${this.expression()})`;
    return `(${left}) ${operator.text} (${right})`;
  }

  private conversion(): string {
    const type = this.flat(this.type());
    return this.take('_') ? `(${type})(${this.list('E')})` : `(${type})(${this.expression()})`;
  }

  private list(end: string): string {
    const texts: string[] = [];
    while (!this.take(end)) {
      if (texts.length > MAX_PARTS) this.fail();
      texts.push(this.expression());
    }
    return texts.join(', ');
  }

  private functionPack(): string {
    this.expect('fp');
    return this.functionParameter();
  }

  private functionParameter(): string {
    this.qualifiers();
    if (this.take('T')) return 'this';
    const index = this.take('_') ? '' : `${this.number()}`;
    if (index !== '') this.expect('_');
    return `fp${index}`;
  }

  private unresolved(): string {
    this.take('gs');
    if (this.take('sr')) {
      if (this.take('N')) {
        let text = this.flat(this.type());
        while (!this.take('E')) text = `${text}::${this.simpleId()}`;
        return `${text}::${this.simpleId()}`;
      }
      if (/\d/.test(this.peek())) {
        let text = this.simpleId();
        while (!this.take('E')) text = `${text}::${this.simpleId()}`;
        return `${text}::${this.simpleId()}`;
      }
      return `${this.flat(this.type())}::${this.simpleId()}`;
    }
    return this.simpleId();
  }

  private simpleId(): string {
    if (this.take('on')) {
      const text = this.operatorName();
      return this.starts('I') ? text + this.quietArguments() : text;
    }
    if (this.take('dn')) return `~${/\d/.test(this.peek()) ? this.sourceName() : this.flat(this.type())}`;
    const text = this.sourceName();
    return this.starts('I') ? text + this.quietArguments() : text;
  }

  /** Arguments that parameters do not refer to. */
  private quietArguments(): string {
    const known = this.arguments;
    const text = this.templateArguments();
    this.arguments = known;
    return text;
  }
}

function isConversion(last: string): boolean {
  return last === '\u0001';
}

function isStructor(last: string): boolean {
  return last.startsWith('\u0000');
}

/** The last component of a name, without its template arguments: what a constructor is called. */
function lastOf(text: string): string {
  let depth = 0;
  let end = text.length;
  for (let i = text.length - 1; i >= 0; i--) {
    const character = text[i];
    if (character === '>') depth++;
    else if (character === '<') {
      depth--;
      if (depth === 0) end = i;
    } else if (character === ':' && depth === 0) return text.slice(i + 1, end);
  }
  return text.slice(0, end);
}
