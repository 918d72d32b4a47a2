// The two files of a symbol file. Their names carry a revision, so that a replacement never touches what a row owns.
import path from 'node:path';
import type { Layout } from '../disk/folder-layout.ts';
import type { SymbolKey } from '../../symbols.ts';

/** A stored revision. */
export type StoredFiles = SymbolKey & { readonly revision: string };

/** The folder of a key. */
export function symbolFolder(layout: Layout, { debugFile, debugId }: SymbolKey): string {
  return path.join(layout.symbols, debugFile, debugId);
}

/** The compressed text. */
export function textPath(layout: Layout, stored: StoredFiles): string {
  return path.join(symbolFolder(layout, stored), `${stem(stored)}.sym.zst`);
}

/** The index, named as tools that walk such folders look for it. */
export function indexPath(layout: Layout, stored: StoredFiles): string {
  return `${textPath(layout, stored)}.index`;
}

/** The revision in the name of a file of such a folder; null for anything that was put there by a person. */
export function revisionOf(name: string): string | null {
  return /\.([0-9a-f]{16})\.sym\.zst(?:\.index)?$/.exec(name)?.[1] ?? null;
}

function stem({ debugFile, revision }: StoredFiles): string {
  return `${debugFile.replace(/\.pdb$/i, '')}.${revision}`;
}
