// Paths of source files, as compilers write them: of either system, relative to where the compiler ran.

/** Whether a path of either system begins at a root. */
function isAbsolute(path: string): boolean {
  return path.startsWith('/') || path.startsWith('\\') || /^[A-Za-z]:[/\\]/.test(path);
}

/** A path in a folder; absolute ones are left as they are. */
export function joinedPath(folder: string, path: string): string {
  if (path === '' || path === '.') return folder;
  if (folder === '' || isAbsolute(path)) return path;
  // Compilers of Windows mix both separators; one that is there already is kept.
  const separator = folder.includes('\\') && !folder.includes('/') ? '\\' : '/';
  // Go's compiler runs in `.` and says so once more.
  if (folder === '.' && path.startsWith('./')) return path;
  return /[/\\]$/.test(folder) ? folder + path : folder + separator + path;
}
