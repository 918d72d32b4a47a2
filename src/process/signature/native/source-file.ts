// Paths of source files as symbol files write them.

/**
 * The path within `hg:hg.mozilla.org/repo:dom/a.cpp:0123abc` (version control, root, path, revision), the path behind
 * a drive letter, an absolute path itself; else null.
 */
export function parseSourceFile(file: string | null | undefined): string | null {
  if (file === null || file === undefined || file === '') return null;
  const parts = file.split(':', 5);
  if (parts.length === 4) return parts[2] ?? null;
  if (parts.length === 2) return parts[1] ?? null;
  return file.startsWith('/') ? file : null;
}
