// File names that go into headers and zip archives: ASCII, no separators, no way out of a folder.

const MAX_LENGTH = 150;

/** A name that any file system and any header takes; never empty, `.` or `..`. */
export function safeFileName(name: string): string {
  const safe = name
    .replaceAll(' ', '_')
    .replaceAll(/[^\w.+-]/g, '-')
    .replace(/^\.+/, '')
    .slice(0, MAX_LENGTH);
  return safe === '' ? 'file' : safe;
}
