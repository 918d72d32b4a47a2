// Names of modules as reports show them: the last part of a path of any system.

/** The part of a path behind the last `/` or `\`. */
export function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}
