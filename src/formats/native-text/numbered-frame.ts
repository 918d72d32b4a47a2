// Frames that begin with `#` and a number: sanitizers, gdb, Android, Chromium, Mozilla and Fuchsia each go on differently.
import type { NativeParts } from './native-parts.ts';

const NUMBER = /^#\d{1,5}:?\s{1,12}/;
const HEX = '[0-9a-fA-F]';
/** Android: `pc 000e1818  /system/lib/libart.so (name+34) (BuildId: abc)`. */
const ANDROID = new RegExp(
  String.raw`^pc (?:0x)?(?<offset>${HEX}{1,16})\s{1,4}(?<module>\S.{0,400}?)(?: \(offset 0x${HEX}{1,12}\))?(?: \((?<function>[^()].{0,1000}?)(?:\+\d{1,12})?\))?(?: \(BuildId: (?<buildId>${HEX}{4,64})\))?$`,
);
const ADDRESS = new RegExp(String.raw`^(?:0x)?(?<address>${HEX}{4,16})(?:\s{1,4}|$)(?:in\s)?`);
/** What a sanitizer puts at the end: module and offset, and the build id. */
const MODULE = new RegExp(
  String.raw`\s?\((?<module>[^()+]{1,500}?(?:\([^()]{0,80}\)[^()+]{0,100})?) ?\+ ?0x(?<offset>${HEX}{1,16})\)(?: \(BuildId: (?<buildId>${HEX}{4,64})\))?$`,
);
const FUCHSIA = new RegExp(
  String.raw`\s<(?<module>[^<>]{0,200}|<[^<>]{1,200}>)>\+0x(?<offset>${HEX}{1,16})$`,
);
/** Mozilla: `name[/path/libxul.so +0x123]`. */
const MOZILLA = new RegExp(String.raw`\s?\[(?<module>[^\][+]{1,500}?) ?\+0x(?<offset>${HEX}{1,16})\]$`);
/** gdb: `name (arguments) at file.cc:42`, `name () from /lib/x.so`. */
const GDB =
  /^(?<function>\S.{0,1500}?) \((?<args>.{0,1500})\)(?: at (?<file>\S.{0,500}?):(?<line>\d{1,9})| from (?<module>\S.{0,300}))?$/;
/** LLVM's symbolizer: the last word is the place. */
const PLACE =
  /\s(?:\(|\[)?(?<file>(?:[A-Za-z]:)?[^\s():][^\s:]{0,500}|<null>|\?\?):(?<line>\d{1,9}|\?)(?::(?<column>\d{1,9}))?(?:\)|\])?$/;
/** A path with blanks is believed where its drive or root begins it. */
const SPACED_PLACE =
  /\s(?<file>(?:[A-Za-z]:[\\/]|\/)[^:]{1,500}\.\w{1,8}):(?<line>\d{1,9})(?::(?<column>\d{1,9}))?$/;
/** Code that was generated ahead has a file and no lines. */
const FILE_ONLY = /\s(?<file>[\w./+-]{1,300}\.(?:cc|cpp|cxx|c|h|hpp|inc|m|mm|rs|go|swift|s|S|tq|asm))$/;
/** glibc's backtrace_symbols behind a number: `./till(_ZN4till4OpenEi+0x12) [0x4a1b20]`. */
const SYMBOLS = new RegExp(
  String.raw`^(?<module>[^\s()]{1,500})\((?<function>[^()]{0,1000}?)\+0x(?<offset>${HEX}{1,16})\)\s\[0x(?<address>${HEX}{1,16})\]$`,
);
/** backward-cpp: `Source "/src/till.cc", line 42, in shop::open [0x4a1b20]`, `Object "./till", at 0x4a1b20, in _start`. */
const BACKWARD = new RegExp(
  String.raw`^(?:Source "(?<file>[^"]{1,500})", line (?<line>\d{1,9})|Object "(?<module>[^"]{1,500})", at 0x(?<at>${HEX}{1,16})), in (?<function>\S.{0,1000}?)(?: \[0x(?<address>${HEX}{1,16})\])?$`,
);
const ADDRESS_BEHIND = new RegExp(String.raw`\s\[0x(?<address>${HEX}{4,16})\]$`);

/** The parts of a numbered frame; null where the line is none. */
export function numberedFrame(line: string): NativeParts | null {
  const number = NUMBER.exec(line);
  if (number === null) return null;
  let rest = line.slice(number[0].length).trimEnd();
  const android = rest.startsWith('pc ') ? ANDROID.exec(rest) : null;
  if (android !== null) return parts(android);
  const other =
    rest.endsWith(']') || rest.startsWith('Object "') ? (SYMBOLS.exec(rest) ?? BACKWARD.exec(rest)) : null;
  if (other !== null) return parts(other);
  const found: Record<string, string | undefined> = {};
  const take = (pattern: RegExp): boolean => {
    const match = pattern.exec(rest);
    if (match === null) return false;
    Object.assign(
      found,
      Object.fromEntries(Object.entries(match.groups ?? {}).filter(([, value]) => value !== undefined)),
    );
    rest = pattern === ADDRESS ? rest.slice(match[0].length) : rest.slice(0, match.index);
    return true;
  };
  const hasAddress = take(ADDRESS);
  rest = rest.replace(/^in\s/, '');
  // Each of these ends is told by a few characters; most frames have none of them.
  const hasOffset = rest.includes('+0x') || rest.includes('+ 0x');
  const hasModule = hasOffset && (take(MODULE) || take(FUCHSIA) || take(MOZILLA));
  if (rest.endsWith(']')) take(ADDRESS_BEHIND);
  rest = rest.trim();
  const gdb = / at \S|\) from \S|^\S.{0,1500} \(.{0,1500}\)$/.test(rest) ? GDB.exec(rest) : null;
  if (gdb !== null && /^(?:|[\w<@.:~]{1,200}[=\w<].{0,1490})$/.test(gdb.groups?.['args'] ?? ''))
    return { ...found, ...parts(gdb) };
  if (/^<signal handler called>$/.test(rest)) return { ...found, function: rest };
  const hasPlace = take(SPACED_PLACE) || take(PLACE) || (hasAddress && take(FILE_ONLY));
  rest = rest.trim().replace(/\sat$/, '');
  if (rest === '<null>' || /^\(?<unknown module>\)?$/.test(rest)) rest = '';
  // Without an address, a module or a place it is a numbered list of something else.
  if (!hasAddress && !hasModule && !hasPlace) return null;
  if (rest === '' && !hasModule && !hasPlace && !hasAddress) return null;
  return { ...found, function: rest.replace(/ <null>$/, '').replace(/\s\(?<unknown module>\)?$/, '') };
}

function parts(match: RegExpExecArray): NativeParts {
  return Object.fromEntries(
    Object.entries(match.groups ?? {}).filter(([name, value]) => value !== undefined && name !== 'args'),
  );
}
