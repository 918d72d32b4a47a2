// Names of modules as reports show them: the last part of a path of any system.

/** No file system has longer names; a longer one would be repeated in every frame of the report. */
const MAX_NAME_LENGTH = 255;

/** The part of a path behind the last `/` or `\`. */
export function baseName(path: string): string {
  return shortName(path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1));
}

/** A name as the dump has it, cut to what a name can be; in plain dots: one other character doubles the memory of a report. */
export function shortName(name: string): string {
  return name.length > MAX_NAME_LENGTH ? `${name.slice(0, MAX_NAME_LENGTH)}...` : name;
}
