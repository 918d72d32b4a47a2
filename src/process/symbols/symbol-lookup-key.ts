// The key under which symbols are stored, from names that clients and dumps spell.
import { symbolPath } from '../../formats/symbols/symbol-path.ts';
import type { SymbolRequest } from '../../formats/symbols/symbol-provider.ts';
import type { SymbolKey } from '../../store/symbols.ts';

/** 32 digits and the age, in at most eight (Breakpad); ids of old formats (NB10) are shorter. */
const DEBUG_ID = /^[0-9A-F]{9,41}$/;
/** Digits below which an id in a tree of symbols is a code id. */
export const GUID_LENGTH = 33;

/** The key of a debug file and id; hyphens of a GUID are taken out. Null where no file can have that name or id. */
export function symbolKey(debugFile: string, debugId: string): SymbolKey | null {
  const path = symbolPath(debugFile, debugId.replaceAll('-', ''));
  return path !== null && DEBUG_ID.test(path[1]) ? { debugFile: path[0], debugId: path[1] } : null;
}

/** The key by which a module asks; MinGW modules name no debug file, then the code file's name counts. */
export function symbolKeyOf({ debugFile, debugId, codeFile }: SymbolRequest): SymbolKey | null {
  const file = debugFile === null || debugFile === '' ? codeFile : debugFile;
  return file === null || debugId === null ? null : symbolKey(file, debugId);
}

/** What the file of a key is called in a tree of symbols: `app.pdb` → `app.sym`. */
export function symbolFileName(key: SymbolKey): string {
  return symbolPath(key.debugFile, key.debugId)?.[2] ?? `${key.debugFile}.sym`;
}
