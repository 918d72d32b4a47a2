// Frames of JavaScript. Bundlers put hashes into file names and shorten function names; engines put words before names.
import { rememberLast } from '../../../base/remember-last.ts';
import type { GroupingFrame } from '../stacked-crash.ts';
import { baseName, dotted, type FrameName, plainName } from './frame-naming.ts';

/** `total`, `Cart.total (cart.js)`; files without host, folder, query and the hash that a bundler puts into their name. */
export function javaScriptName(frame: GroupingFrame): FrameName {
  const file = rememberedName(frame.file ?? '');
  const called = calledName(frame);
  const isMinified = called !== '' && isShortened(called) && isBundle(frame);
  if (called === '' || isMinified) {
    // Without a name that lives longer than a build, the rough place in the bundle is all there is: see `octave`.
    const place = isBundle(frame) ? octave(frame.column) : '';
    const shown = called === '' ? (file === '' ? '' : `(${file})`) : `${called} (${file})`;
    return plainName(shown, { member: called, owner: file, isVague: true, compared: `(${file}${place})` });
  }
  return plainName(file === '' ? called : `${called} (${file})`, {
    // A constructor is known as such, whoever reads the name: `new NodeError` makes an error for its caller.
    member:
      frame.class !== null && frame.function === `new ${frame.class}` ? called : (frame.function ?? called),
    owner: file.startsWith('node:') ? baseName(file.slice('node:'.length)) : file,
  });
}

function calledName({ class: owner, function: sent }: GroupingFrame): string {
  const called = sent === '<anonymous>' || sent === null ? '' : sent;
  if (owner !== null && called === `new ${owner}`) return `${owner}.constructor`;
  // The receiver's type: engines write it for plain objects and modules, too, where it says nothing.
  const plain =
    owner !== null && /^(?:Object|Function|Module|exports|module\.exports|Window|global|self)$/.test(owner);
  return dotted(called === '' || plain ? null : owner, called.replace(/^async /, ''));
}

const rememberedName = rememberLast((file) => bundleName(file));

/**
 * A file as it is called in the source: `main.3f9a1c2b.js` (hexadecimal hash), `index-BdK3xY9_.mjs` (base64), `2.chunk.js` (number of
 * a chunk) lose what each build makes anew. Eight letters count as a hash only where no word is written so: with the case changing all
 * the time.
 */
export function bundleName(file: string | null): string {
  if (file === null || file === '<anonymous>') return '';
  if (file.startsWith('node:')) return file;
  const base = baseName(file.replace(/^webpack-internal:\/{3}(?:\([\w-]+\)\/)?/, ''));
  const parts =
    /^(.*?)((?:\.(?:chunk|bundle|min|esm|cjs|umd|prod|production))*\.(?:[cm]?jsx?|[cm]?tsx?|css|vue|svelte|wasm|hbc|jsbundle))$/i.exec(
      base,
    );
  if (parts === null) return base;
  const [, stem = '', ending = ''] = parts;
  if (/^\d{1,6}$/.test(stem)) return ending.replace(/^\./, '');
  const dashed = /^(.+)[.-]([\w-]{6,64})$/.exec(stem);
  const hash = hashAtEnd(stem);
  if (hash > 0) return `${stem.slice(0, stem.length - hash)}${ending}`;
  if (dashed === null && (isHex(stem) || isMixed(stem)) && stem.length >= 8) return ending.replace(/^\./, '');
  return `${stem}${ending}`;
}

/** How many characters at the end of a stem are a separator and a hash; 0 for none. */
function hashAtEnd(stem: string): number {
  // Rollup's hashes have eight characters of base64url, so that a dash may be among them.
  const [before, tail] = [stem.at(-9), stem.slice(-8)];
  if ((before === '-' || before === '.') && isMixed(tail)) return 9;
  for (let index = stem.length - 1; index > 0; index -= 1) {
    const char = stem.charAt(index);
    if (char !== '.' && char !== '-' && char !== '~') continue;
    const tail = stem.slice(index + 1);
    if (tail.length > 64) return 0;
    if (isHex(tail) || isMixed(tail) || /^\d{1,6}$/.test(tail)) return tail.length + 1;
    if (char !== '-') return 0;
  }
  return 0;
}

/** Six or more hexadecimal digits with a digit among them: `facade` is a word, `3f9a1c` is not. */
function isHex(text: string): boolean {
  return /^[0-9a-f]{6,64}$/i.test(text) && /\d/.test(text);
}

/** Base64-like: letters and digits mixed, or letters whose case changes at least four times. */
function isMixed(text: string): boolean {
  if (!/^[\w-]{8,32}$/.test(text)) return false;
  if (/[A-Za-z]/.test(text) && /\d/.test(text) && !/^[a-z]+\d{1,3}$/i.test(text)) return true;
  let changes = 0;
  for (let index = 1; index < text.length; index += 1) {
    if (isUpper(text.charAt(index)) !== isUpper(text.charAt(index - 1))) changes += 1;
  }
  return changes >= 4;
}

function isUpper(char: string): boolean {
  return char >= 'A' && char <= 'Z';
}

/** Code whose lines were joined: one of the first lines, far to the right. People do not write so. */
function isBundle({ line, column }: GroupingFrame): boolean {
  return line !== null && line <= 50 && column !== null && column > 500;
}

/** Names that minifiers give: one or two characters in every part. */
function isShortened(called: string): boolean {
  return called.split('.').every((part) => part.length <= 2);
}

/**
 * How far into a bundle, in powers of two. A rebuild moves code by little against where it stands, so that a fault keeps its octave,
 * and code at other ends of a bundle is told apart. Never a column itself: that is another one in every build.
 */
function octave(column: number | null): string {
  return column === null || column <= 0 ? '' : `~2^${Math.floor(Math.log2(column))}`;
}
