// Keys of symbol files become names in the file system, so they are checked here, whoever made them.
import type { SymbolKey } from '../../symbols.ts';

const DEBUG_ID = /^[0-9A-F]{1,64}$/;
const NO_ID = /^0+$/;
/** Names in a folder end at 255 bytes; the files inside are longer by a revision and two endings. */
const MAX_NAME_BYTES = 200;

/** The key with its id in upper case; null where it could not be a name, or could leave its place. */
export function checkedKey({ debugFile, debugId }: SymbolKey): SymbolKey | null {
  const id = debugId.toUpperCase();
  if (!DEBUG_ID.test(id) || NO_ID.test(id)) return null;
  if (debugFile === '' || debugFile === '.' || debugFile === '..') return null;
  // oxlint-disable-next-line no-control-regex -- control characters are what must not get into a file name
  if (/[\u0000-\u001f\u007f/\\:]/.test(debugFile) || !debugFile.isWellFormed()) return null;
  if (Buffer.byteLength(debugFile) > MAX_NAME_BYTES) return null;
  return { debugFile, debugId: id };
}
