// Frames of native code: C, C++, Rust, Swift, Objective-C.
import { normalizeCppFunction } from '../../signature/native/normalize-cpp.ts';
import { isRustFunction, normalizeRustFunction } from '../../signature/native/normalize-rust.ts';
import {
  isSwiftFunction,
  normalizeObjectiveC,
  normalizeSwiftFunction,
} from '../../signature/native/normalize-apple.ts';
import { withStandardScope } from '../../signature/native/standard-library.ts';
import type { GroupingFrame } from '../stacked-crash.ts';
import { baseName, type FrameName, plainName } from './frame-naming.ts';

const MAX_NAME_LENGTH = 2000;
const FUZZ_ENTRY = /^(?:LLVMFuzzerTestOneInput|TestOneProtoInput)$/;
const NO_LINES = { mode: 'default', line: null, lineNumbers: () => null } as const;
/** Closures of Rust in both notations, implementations without their number. */
const CLOSURES = /(?:::\{+(?:closure|async_fn|async_block)(?:_env)?(?:#\d+)?\}+)+/g;

/** `shop::Cart::total`: without return type, arguments, template arguments and what compilers and linkers append. */
export function nativeName(frame: GroupingFrame): FrameName {
  const name = [frame.package, frame.class, frame.function]
    .filter((part) => part !== null && part !== '')
    .join('::')
    .slice(0, MAX_NAME_LENGTH);
  if (name === '' || /^<unknown>$|^\?\?$/.test(name)) return withoutFunction(frame);
  const shown = sourceName(name, frame.file);
  // The entry of every fuzz target has one name; which target it is, only its file tells.
  if (FUZZ_ENTRY.test(shown) && frame.file !== null && frame.file !== '')
    return plainName(`${shown} (${baseName(frame.file)})`, { member: shown });
  const colons = shown.lastIndexOf('::');
  return plainName(shown, {
    member: colons < 0 ? shown : shown.slice(colons + 2),
    owner: colons < 0 ? '' : (shown.slice(0, colons).split('::').at(-1) ?? ''),
  });
}

function sourceName(name: string, file: string | null): string {
  if (isRustFunction(name, file)) {
    const rust = normalizeRustFunction(name, NO_LINES)
      .replace(CLOSURES, '')
      .replace(/\{impl(?:#\d+)?\}/g, '{impl}');
    return rust === '' ? name : rust;
  }
  const objectiveC = normalizeObjectiveC(name);
  if (objectiveC !== null) return objectiveC;
  if (isSwiftFunction(name, file)) return normalizeSwiftFunction(name);
  return withStandardScope(normalizeCppFunction(name, NO_LINES), file);
}

/** A module with the offset in it is the same on every run of a build; a file without a function is its name. */
function withoutFunction({ module, file }: GroupingFrame): FrameName {
  if (file !== null && file !== '') {
    const base = baseName(file);
    return plainName(`(${base})`, { member: '', owner: base, isVague: true });
  }
  const library = module === null ? '' : baseName(module);
  return plainName(library, { member: '', owner: library, isVague: true });
}
