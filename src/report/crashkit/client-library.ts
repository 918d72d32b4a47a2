// Frames of the client libraries themselves (CrashKit's and Mayday's own), which never name a bug while another frame exists.
import type { CrashKitLocation } from './occurrence.ts';

/** Java packages of the deployed clients, exactly; the demo program beside them is an application like any other. */
const JAVA_PACKAGES: ReadonlySet<string> = new Set([
  'com.yoursway.crashkit',
  'com.yoursway.crashkit.exceptions',
  'com.yoursway.feedback',
  'com.yoursway.feedback.exceptions',
  'mayday',
]);

const JAVA_INTERNAL = [
  'com.yoursway.crashkit.internal',
  'com.yoursway.feedback.internal',
  'com.yoursway.utils.bugs',
];

/**
 * File names under which the other clients are deployed. The browser client wraps event handlers, so that its own
 * `crashkit-javascript.js` is the innermost frame of every error that such a handler throws.
 */
const FILE_NAMES: Readonly<Record<string, ReadonlySet<string>>> = {
  javascript: new Set([
    'crashkit-javascript.js',
    'crashkit-javascript.min.js',
    'crashkit-js-api.js',
    'crashkit.js',
    'mayday.js',
  ]),
  php: new Set(['crashkit.php', 'crashkit.inc.php', 'mayday.php']),
  python: new Set(['crashkit.py', 'mayday.py']),
  ruby: new Set(['mayday.rb']),
  csharp: new Set(['mayday.cs']),
  go: new Set(['mayday.go']),
};

/** Mayday's .NET client is one class without a namespace; the compiler nests more in it. */
const DOTNET_CLASS = /^Mayday(?:$|[+.])/;

/** True for a frame of a client library. */
export function isClientLibraryFrame(language: string, location: CrashKitLocation): boolean {
  if (language === 'java') {
    const name = location.package;
    return JAVA_PACKAGES.has(name) || JAVA_INTERNAL.some((prefix) => `${name}.`.startsWith(`${prefix}.`));
  }
  if (language === 'python' && /^(?:crashkit(?:\.sender)?|mayday)$/.test(location.package)) return true;
  if (language === 'csharp' && DOTNET_CLASS.test(location.className ?? '')) return true;
  const names = Object.hasOwn(FILE_NAMES, language) ? FILE_NAMES[language] : undefined;
  if (names === undefined) return false;
  return (
    isOneOf(names, location.package) || (location.file !== location.package && isOneOf(names, location.file))
  );
}

/** Every one of the names has one of these words in it, and hardly any other path has. */
const OURS = /crashkit|mayday/i;

function isOneOf(names: ReadonlySet<string>, path: string): boolean {
  return OURS.test(path) && names.has(baseName(path));
}

function baseName(path: string): string {
  const clean = /[?#]/.test(path) ? path.slice(0, path.search(/[?#]/)) : path;
  return clean.slice(Math.max(clean.lastIndexOf('/'), clean.lastIndexOf('\\')) + 1).toLowerCase();
}
