// Where the symbols of a module lie in a tree of symbol files, as Breakpad lays it out. Names come from dumps and
// requests: only their last part is used, and nothing in it can leave the tree.
import type { SymbolRequest } from './symbol-provider.ts';

/** An id as part of a path: short ids exist in old symbol files and tests, nil ids match nothing. */
const ID = /^[0-9A-Fa-f]{1,64}$/;
const NIL_ID = /^0*$/;

/** Three steps down from the root of a tree: `<file>/<ID>/<file>.sym`. */
export type SymbolPath = readonly [debugFile: string, id: string, symFile: string];

/** The last part of a path of either kind; null where there is none that could be a file's name. */
export function safeBaseName(path: string): string | null {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  // oxlint-disable-next-line no-control-regex -- control characters are what must not get into a file name
  if (name === '' || name === '.' || name === '..' || /[\u0000-\u001f\u007f:]/.test(name)) return null;
  return new TextEncoder().encode(name).length > 250 ? null : name;
}

/** Path by debug file and debug id; null where either is unusable. The id is upper-cased. */
export function symbolPath(debugFile: string, debugId: string): SymbolPath | null {
  return pathOf(debugFile, debugId, '.pdb');
}

/**
 * The paths to try for a module, best first: by debug id (MinGW modules name no debug file, then the code file's name
 * counts), and by code id for dumps that were written when memory was too short for the debug id.
 */
export function symbolPaths(request: SymbolRequest): SymbolPath[] {
  const debugFile =
    request.debugFile === null || request.debugFile === '' ? request.codeFile : request.debugFile;
  const paths = [
    debugFile === null || request.debugId === null ? null : symbolPath(debugFile, request.debugId),
    request.codeFile === null || request.codeId === null
      ? null
      : pathOf(request.codeFile, request.codeId, '.dll'),
  ];
  return paths.filter((path) => path !== null);
}

function pathOf(file: string, id: string, droppedExtension: string): SymbolPath | null {
  const name = safeBaseName(file);
  if (name === null || !ID.test(id) || NIL_ID.test(id)) return null;
  const stem = name.toLowerCase().endsWith(droppedExtension) ? name.slice(0, -droppedExtension.length) : name;
  return stem === '' ? null : [name, id.toUpperCase(), `${stem}.sym`];
}
