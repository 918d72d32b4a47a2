// One native frame as a text.
import type { CrashFrame } from '../crash-data.ts';
import { stripLeadingZeros } from '../signature-text.ts';
import type { FramePattern } from '../lists.ts';
import type { SignatureMode } from '../mode.ts';
import { isSwiftFunction, normalizeObjectiveC, normalizeSwiftFunction } from './normalize-apple.ts';
import { normalizeCppFunction } from './normalize-cpp.ts';
import { isRustFunction, normalizeRustFunction } from './normalize-rust.ts';
import { withStandardScope } from './standard-library.ts';
import { parseSourceFile } from './source-file.ts';

/** Longer names are cut; the longest symbols seen (templates of templates) have a few thousand characters. */
const MAX_NAME_LENGTH = 8192;

/**
 * The function; else `file#line`; else the module, by default with its offset, which is the same on every run and
 * turns into a function once symbols arrive; else an unloaded module; else the address.
 */
export function normalizeFrame(frame: CrashFrame, mode: SignatureMode, lineNumbers: FramePattern): string {
  const { file, line } = frame;
  const name = frame.function?.slice(0, MAX_NAME_LENGTH);
  if (name !== undefined && name !== '') {
    const options = { mode, line, lineNumbers };
    if (parseSourceFile(file)?.endsWith('.rs') === true) return normalizeRustFunction(name, options);
    if (mode === 'default' && isRustFunction(name, file)) return normalizeRustFunction(name, options);
    if (mode === 'default') {
      const objectiveC = normalizeObjectiveC(name);
      if (objectiveC !== null) return objectiveC;
      if (isSwiftFunction(name, file)) return normalizeSwiftFunction(name);
    }
    const normalized = normalizeCppFunction(name, options);
    return mode === 'default' ? withStandardScope(normalized, file) : normalized;
  }
  if (isSet(file) && isSet(line)) return `${baseName(file)}#${line}`;
  const module = frame.module?.replace(/^[[\]]+/, '').replace(/[[\]]+$/, '') ?? '';
  if (module !== '') {
    const offset = frame.module_offset;
    return mode === 'default' && isSet(offset) ? `${module}@${stripLeadingZeros(offset)}` : module;
  }
  const unloaded = frame.unloaded_modules?.[0]?.module;
  if (isSet(unloaded)) return `(unloaded ${unloaded})`;
  return isSet(frame.offset) ? `@${stripLeadingZeros(frame.offset)}` : '';
}

function isSet<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined && value !== '' && value !== 0;
}

function baseName(file: string): string {
  let end = file.length;
  while (end > 0 && /[\\/]/.test(file.charAt(end - 1))) end -= 1;
  const path = file.slice(0, end);
  const separator = path.includes('\\') ? '\\' : '/';
  return path.slice(path.lastIndexOf(separator) + 1);
}
