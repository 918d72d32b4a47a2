// One call in a Go stack: a line with the function, a line with the place.
import { type TraceFrame, traceNumber, trimmedFrame } from './trace.ts';

const PLACE = /^\s+(.*?):(\d{1,9})(?: \+0x[0-9a-f]{1,16}| \(0x[0-9a-f]{1,16}\)|\s|$)/;

/** The place as the run-time writes it: `\t/src/cart.go:42 +0x1d`, as `PLACE` would find it; null: look closer. */
function plainPlace(line: string): readonly [string, string, string] | null {
  const colon = line.indexOf(':');
  if (line.charCodeAt(0) !== 9 || !(line.charCodeAt(1) > 32) || line.charCodeAt(1) > 126 || colon < 2)
    return null;
  let end = colon + 1;
  while (line.charCodeAt(end) >= 48 && line.charCodeAt(end) <= 57) end += 1;
  const digits = end - colon - 1;
  if (digits === 0 || digits > 9 || (end < line.length && line.charCodeAt(end) !== 32)) return null;
  return [line, line.slice(1, colon), line.slice(colon + 1, end)];
}

/** The function of a call line without its arguments, or null where the line is no call. */
export function goFunction(line: string): string | null {
  const first = line.charCodeAt(0);
  if (first === 9 || first === 32 || first === 91) return null;
  const text = line.trimEnd();
  if (!text.endsWith(')')) return null;
  const paren = text.lastIndexOf('(');
  const name = paren < 0 ? text : text.slice(0, paren);
  // Method values end in `-fm`, generic functions in `[...]`; only names of packages and types may stand here.
  return /^[\w./%~@+*()[\]{}…·-]+$/.test(name) && name.length > 0 ? name : null;
}

/** The parts of a function's name. */
type GoName = ReturnType<typeof splitGoName>;

/** Names that were split before: a log of many goroutines has the same few functions over and over. */
export type GoNames = Map<string, GoName>;

/**
 * Builds a frame from a call line (with or without arguments) and the line below it. `names` lives as long as one log; `known`: the function
 * of the call, where somebody has asked for it.
 */
export function goFrame(
  call: string,
  position: string | null,
  names: GoNames,
  known: string | null = null,
): TraceFrame {
  const name = known ?? goFunction(call) ?? call.trim();
  const place = position === null ? null : (plainPlace(position) ?? PLACE.exec(position));
  let parts = names.get(name);
  if (parts === undefined) {
    parts = splitGoName(name);
    names.set(name, parts);
  }
  const { packageName, owner, called } = parts;
  const file = place?.[1] ?? null;
  const [first, second] = [call.trim(), position?.trim() ?? ''];
  return trimmedFrame(first === '' || second === '' ? `${first}${second}` : `${first}\n${second}`, {
    function: called,
    class: owner,
    package: packageName,
    file,
    line: traceNumber(place?.[2]),
    inApp: isOwnCode(packageName, file),
  });
}

/**
 * Splits `github.com/a/b.(*T).Method`: the package ends at the first dot after the last slash. The linker writes dots
 * in the last part of an import path as `%2e` (`gopkg.in/yaml%2ev3`).
 */
export function splitGoName(name: string): {
  packageName: string | null;
  owner: string | null;
  called: string;
} {
  // Type arguments may hold import paths with slashes of their own.
  const bracket = name.indexOf('[');
  const head = bracket < 0 ? name : name.slice(0, bracket);
  const dot = head.indexOf('.', head.lastIndexOf('/') + 1);
  if (dot < 0) return { packageName: null, owner: null, called: name };
  const path = name.slice(0, dot);
  const packageName = path.includes('%') ? path.replaceAll('%2e', '.') : path;
  const rest = name.slice(dot + 1);
  const receiver = rest.startsWith('(') ? /^\(\*?([^()]*)\)\./.exec(rest) : null;
  if (receiver !== null)
    return { packageName, owner: receiver[1] ?? null, called: rest.slice(receiver[0].length) };
  // `T.Method` is a method of a value; `init.0`, `f.func1` and `glob..func2` are not.
  const value = rest.includes('.') ? /^([A-Za-z_]\w*)\.([A-Za-z_]\w*)(.*)$/.exec(rest) : null;
  if (
    value !== null &&
    !/^(?:func\d|gowrap\d|deferwrap\d|func$|init$)/.test(value[2] ?? '') &&
    value[1] !== 'init' &&
    value[1] !== 'glob'
  ) {
    return { packageName, owner: value[1] ?? null, called: `${value[2] ?? ''}${value[3] ?? ''}` };
  }
  return { packageName, owner: null, called: rest };
}

function isOwnCode(packageName: string | null, file: string | null): boolean | null {
  if (packageName === 'main') return true;
  if (packageName === null) return /^(?:panic|runtime)/.test(file ?? '') ? false : null;
  // The tools of Go lie beside its library and are programs.
  if (packageName.startsWith('cmd/')) return true;
  // Import paths of the standard library have no dot in their first part.
  const slash = packageName.indexOf('/');
  const dot = packageName.indexOf('.');
  if (dot < 0 || (slash >= 0 && dot > slash)) return false;
  if (
    file !== null &&
    (file.includes('vendor') || file.includes('pkg')) &&
    /[\\/](?:pkg[\\/]mod|vendor)[\\/]/.test(file)
  )
    return false;
  return true;
}
