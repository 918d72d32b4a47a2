// Where a frame's file lies in the repository. Builds write absolute paths, bundlers their own schemes, the JVM only a file's name beside the
// class; what cannot be placed is placed nowhere, because a link to the wrong file is worse than none.
import type { ProcessedFrame } from '../processed-report.ts';
import type { PathRule } from './source-settings.ts';

const MAX_PATH = 1000;

type Placed = Pick<ProcessedFrame, 'file' | 'class' | 'inApp'>;

/**
 * The path of a frame's file below the root of the repository; null: it cannot be told, or the frame is of foreign code. A frame of which
 * nobody knows whose it is (`inApp` null, as in text traces) is placed by a rule alone: the C library has relative names, too.
 */
export function repositoryPath(frame: Placed, rules: readonly PathRule[]): string | null {
  if (frame.inApp === false) return null;
  const written = frame.file ?? '';
  if (written === '' || written.length > MAX_PATH || /\p{Cc}/u.test(written)) return null;
  const file = fileOfClass(frame, written);
  const names = [...new Set([slashed(file), withoutScheme(slashed(file))])];
  for (const { from, to } of rules) {
    // A rule without a beginning is about all relative names, of which libraries have some, too.
    if (from === '' && frame.inApp !== true) continue;
    for (const name of names) {
      if (from === '' && isAbsolute(name)) continue;
      const rest = restBehind(name, slashed(from));
      if (rest !== null) return cleanPath(`${to}${rest}`);
    }
  }
  const [, bare = names[0] ?? ''] = names;
  // The package of a class says nothing of the folder that the packages lie in.
  if (frame.inApp !== true || file !== written || isAbsolute(bare)) return null;
  return cleanPath(bare);
}

/** The JVM names a file without its folder: the package of the class is its folder. */
function fileOfClass({ class: name }: Placed, file: string): string {
  if (name === null || /[/\\]/.test(file) || !/\.(?:java|kt|scala|groovy|clj)$/i.test(file)) return file;
  const folders = name.split('.').slice(0, -1);
  return folders.length === 0 ? file : `${folders.join('/')}/${file}`;
}

function slashed(path: string): string {
  return path.replaceAll('\\', '/');
}

/** `webpack://shop/./src/a.ts`, `app:///src/a.js`, `~/src/a.js`, `file:///srv/a.py`: what bundlers and clients put before a path. */
function withoutScheme(path: string): string {
  return path
    .replace(/^webpack(?:-internal)?:\/\/[^/]*\//i, '')
    .replace(/^(?:app|turbopack|ng):\/\/\//i, '')
    .replace(/^file:\/\/(?=\/)/i, '')
    .replace(/^~\//, '');
}

/** What follows a prefix; drives of Windows are the same in both cases, and so are the folders on them. */
function restBehind(path: string, prefix: string): string | null {
  const start = path.slice(0, prefix.length);
  const fits = /^[a-z]:\//i.test(prefix) ? start.toLowerCase() === prefix.toLowerCase() : start === prefix;
  return fits && path.length > prefix.length ? path.slice(prefix.length) : null;
}

function isAbsolute(path: string): boolean {
  return path.startsWith('/') || /^[a-z][a-z0-9+.-]*:/i.test(path);
}

/** Without `.` and `..`; null where they lead out of the repository, or nothing is left. */
export function cleanPath(path: string): string | null {
  const parts: string[] = [];
  for (const part of slashed(path).split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return null;
  }
  return parts.length === 0 ? null : parts.join('/');
}
