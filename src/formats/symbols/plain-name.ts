// The plain name of a function whose symbol is mangled, for the forms that can be read in one pass without recursion: paths of
// namespaces, classes and functions of C++ (Itanium and Microsoft) and of Rust (legacy). Parameters are left out. Whatever needs more
// (templates, substitutions, operators, Rust v0) stays as it is: full demanglers are where time and memory go on hostile names.

/** Longer names stay as they are. */
const MAX_LENGTH = 4096;
const MAX_PARTS = 64;

/** A readable path such as `render::Frame::draw`; the name itself where it is not mangled, or not simple. */
export function plainName(name: string): string {
  if (name.length > MAX_LENGTH) return name;
  if (name.startsWith('?')) return microsoft(name) ?? name;
  const start = /^_{1,3}Z/.exec(name)?.[0].length;
  return start === undefined ? name : (itanium(name, start) ?? name);
}

/** A number and so many characters, from `at`; null where there is none. */
function sourceName(text: string, at: number): { readonly part: string; readonly end: number } | null {
  const digits = /^[1-9]\d{0,3}/.exec(text.slice(at, at + 4))?.[0];
  if (digits === undefined) return null;
  const end = at + digits.length + Number(digits);
  return end > text.length ? null : { part: text.slice(at + digits.length, end), end };
}

function itanium(name: string, start: number): string | null {
  const nested = /^N[rVK]{0,3}[RO]?/.exec(name.slice(start, start + 5))?.[0].length ?? 0;
  const parts: string[] = [];
  let at = start + nested;
  if (name.startsWith('St', at)) {
    parts.push('std');
    at += 2;
  }
  while (parts.length < MAX_PARTS) {
    // Internal linkage.
    if (name[at] === 'L') at++;
    const found = sourceName(name, at);
    if (found !== null) {
      parts.push(found.part);
      at = found.end;
    } else {
      const last = parts.at(-1);
      const special = /^(?:C[123]|D[012])/.exec(name.slice(at, at + 2))?.[0];
      if (special === undefined || last === undefined || nested === 0) break;
      parts.push(special.startsWith('C') ? last : `~${last}`);
      at += 2;
    }
    if (nested === 0) break;
  }
  if (nested > 0) {
    if (name[at] !== 'E') return null;
    at++;
  }
  const rest = name.slice(at);
  if (parts.length === 0 || parts.at(-1) === 'std') return null;
  if (isRust(parts, rest)) return parts.slice(0, -1).map(rustPart).join('::');
  // Template arguments or ABI tags follow, or nothing that a list of parameters starts with.
  if (!/^(?:[A-HJ-Za-z.][\w.$]*)?$/.test(rest) || rest.startsWith('B')) return null;
  return parts.map((part) => (part.startsWith('_GLOBAL__N') ? '(anonymous namespace)' : part)).join('::');
}

function isRust(parts: readonly string[], rest: string): boolean {
  return parts.length > 1 && /^h[0-9a-f]{16}$/.test(parts.at(-1) ?? '') && /^(?:\.[\w.]+)?$/.test(rest);
}

const RUST_ESCAPES: Readonly<Record<string, string>> = {
  SP: '@',
  BP: '*',
  RF: '&',
  LT: '<',
  GT: '>',
  LP: '(',
  RP: ')',
  C: ',',
};

function rustPart(part: string): string {
  return part
    .replace(/^_(?=\$)/, '')
    .replaceAll('..', '::')
    .replaceAll(/\$(?:([A-Z]{1,2})|u([0-9a-f]{2}))\$/g, (whole, known?: string, code?: string) => {
      if (known !== undefined) return RUST_ESCAPES[known] ?? whole;
      const character = String.fromCharCode(Number.parseInt(code ?? '', 16));
      return /[ -~]/.test(character) ? character : whole;
    });
}

/** `?name@inner@outer@@…`; constructors and destructors start with `??0` and `??1`. */
function microsoft(name: string): string | null {
  const end = name.indexOf('@@');
  if (end === -1) return null;
  const special = /^\?\?([01])/.exec(name)?.[1];
  const parts = name.slice(special === undefined ? 1 : 3, end).split('@');
  if (parts.length > MAX_PARTS) return null;
  const plain: string[] = [];
  for (const part of parts) {
    if (/^\?A0x[0-9a-f]+$/.test(part)) plain.unshift("`anonymous namespace'");
    else if (/^[A-Za-z_$][\w$]*$/.test(part)) plain.unshift(part);
    else return null;
  }
  const last = plain.at(-1) ?? '';
  if (special === '0') plain.push(last);
  if (special === '1') plain.push(`~${last}`);
  return plain.join('::');
}
