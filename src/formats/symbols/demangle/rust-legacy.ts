// Demangles Rust's names of the first form: an Itanium path whose last part is a hash, and whose parts have characters escaped as `$…$`.

const MAX_INPUT_CHARS = 16 * 1024;
const HASH = /^h[0-9a-f]{16}$/;

const ESCAPES: Readonly<Record<string, string>> = {
  SP: '@',
  BP: '*',
  RF: '&',
  LT: '<',
  GT: '>',
  LP: '(',
  RP: ')',
  C: ',',
};

/** The readable path without the hash; null where the name is none of these. */
export function demangleRustLegacy(mangled: string): string | null {
  const start = /^_{1,4}ZN(?=\d)/.exec(mangled)?.[0].length;
  if (start === undefined || mangled.length > MAX_INPUT_CHARS) return null;
  const parts: string[] = [];
  let at = start;
  while (mangled[at] !== 'E') {
    const digits = /^[1-9]\d{0,4}/.exec(mangled.slice(at, at + 5))?.[0];
    if (digits === undefined) return null;
    at += digits.length;
    const part = mangled.slice(at, at + Number(digits));
    if (part.length < Number(digits)) return null;
    parts.push(part);
    at += part.length;
  }
  if (parts.length < 2 || !HASH.test(parts.at(-1) ?? '')) return null;
  // What linkers and LLVM add: `.llvm.123`.
  return /^(?:[.@$][\w.@$]+)?$/.test(mangled.slice(at + 1)) ? parts.slice(0, -1).map(plain).join('::') : null;
}

function plain(part: string): string {
  return part
    .replace(/^_(?=\$)/, '')
    .replaceAll('..', '::')
    .replaceAll(/\$(?:([A-Z]{1,2})|u([0-9a-f]{1,6}))\$/g, (whole, known?: string, code?: string) => {
      if (known !== undefined) return ESCAPES[known] ?? whole;
      const value = Number.parseInt(code ?? '', 16);
      const isText =
        value >= 0x20 && value !== 0x7f && value <= 0x10ffff && !(value >= 0xd800 && value < 0xe000);
      return isText ? String.fromCodePoint(value) : whole;
    });
}
