// Compares the frames at an address with those of an oracle as the README of the corpus says: number of frames, files and lines as they
// are, names by their last component; and what is accepted besides.
import type { ModuleSymbols } from '../../../src/formats/symbols/module-symbols.ts';

/** Function, file and line, innermost first. `["", "", 0]`: nothing known. */
export type OracleFrame = readonly [name: string, file: string, line: number, column: number];

/** A sample: offset and frames. */
export type Sample = { readonly offset: number; readonly frames: readonly OracleFrame[] };

/** Linkers pad to the next page at most. */
const MAX_PADDING = 4096;

export function readSamples(text: string): Sample[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [offset, frames] = JSON.parse(line) as [string, OracleFrame[]];
      return { offset: Number(offset), frames };
    });
}

/** What names are written with that say the same: operators, and escapes of Rust's older names, which llvm leaves. */
const OPERATORS: readonly (readonly [string, string])[] = [
  ['operator()', 'operator_call'],
  ['operator<<', 'operator_shl'],
  ['operator<', 'operator_lt'],
  ['operator->', 'operator_arrow'],
  ['operator>', 'operator_gt'],
  ['(anonymous namespace)', 'anon'],
  ['$LT$', '<'],
  ['$GT$', '>'],
  ['$u20$', ' '],
  ['_$u7b$', '{'],
  ['$u7b$', '{'],
  ['$u7d$', '}'],
  ['..', '::'],
];

/** The last component of a name, without parameters, template arguments, clones and hashes. */
export function simpleName(name: string): string {
  let text = name
    .replaceAll(/\s*(\[clone [^\]]*\]|\(\.[\w.]+\))/g, '')
    .replace(/(\.(cold|part|constprop|isra|lto_priv|llvm|__part|abi0|abiinternal)(\.\d+)*)+$/, '')
    .replace(/::h[0-9a-f]{16}$/, '')
    .replace(/@@?[A-Z].*$/, '');
  for (const [from, to] of OPERATORS) text = text.replaceAll(from, to);
  text = text.replaceAll(/`[^`']*'(::`\d+')?/g, 'q').replaceAll("'lambda", 'lambda');
  for (const [open, close] of ['<>', '()', '{}', '[]']) {
    const pair = new RegExp(`\\${open}[^\\${open}\\${close}]*\\${close}`, 'g');
    for (let i = 0; i < 30; i++) {
      const next = text.replaceAll(pair, '');
      if (next === text) break;
      text = next;
    }
  }
  text = text
    .trim()
    .replace(/\s+(const|volatile|&|&&)$/, '')
    .trim()
    .replace(/::$/, '');
  return text.split(/::|\s|\.(?=\w+$)/).at(-1) ?? '';
}

/** Names that say the same: of a destructor llvm prints the public symbol, which also frees the object. */
function isSameName(ours: string, theirs: string): boolean {
  if (simpleName(ours) === simpleName(theirs)) return true;
  return simpleName(ours).startsWith('~') && /`(?:scalar|vector) deleting dtor'/.test(theirs);
}

/** Whether the last thing that has a name before an offset has this one. */
function isBehind(symbols: ModuleSymbols, offset: number, name: string): boolean {
  for (let at = offset - 1; at >= Math.max(0, offset - MAX_PADDING); at--) {
    const found = symbols.locate(at);
    if (found !== null) return simpleName(found.function ?? '') === simpleName(name);
  }
  return false;
}

/** What is wrong with our frames; null where nothing is. */
export function difference(symbols: ModuleSymbols, { offset, frames }: Sample): string | null {
  const found = symbols.locate(offset);
  const ours =
    found === null
      ? []
      : [...found.inlines, found].map(({ function: name, file, line }) => ({
          name: name === '<name omitted>' ? '' : name,
          file: file ?? '',
          line: line ?? 0,
        }));
  const theirs = frames
    .filter(([name, file, line]) => name !== '' || file !== '' || line !== 0)
    .map(([name, file, line]) => ({ name, file, line }));
  // Padding behind a function: llvm gives a line without a function.
  const named = theirs.filter(({ name }) => name !== '');
  if (named.length === 0 && ours.length === 0) return null;
  const [first] = theirs;
  // Names of symbols alone: ours within the size of the symbol only. llvm names what lies behind it, up to the next one.
  if (ours.length === 0 && theirs.length === 1 && first?.line === 0 && isBehind(symbols, offset, first.name))
    return null;
  const say = (what: string): string =>
    `0x${offset.toString(16)} ${what}: ${JSON.stringify(ours)} instead of ${JSON.stringify(theirs)}`;
  if (ours.length !== theirs.length) return say('depth');
  for (const [i, our] of ours.entries()) {
    const their = theirs[i];
    if (their === undefined) return say('depth');
    if (!isSameName(our.name, their.name)) return say('name');
    if (our.line !== their.line) return say('line');
    // The file of a symbol without lines is a guess of llvm's.
    if (our.file !== their.file && !(our.file === '' && our.line === 0)) return say('file');
  }
  return null;
}
