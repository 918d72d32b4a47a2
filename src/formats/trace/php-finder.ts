// PHP errors in logs: the interpreter's own, in web servers' logs, and the records of Laravel, Symfony and Monolog.
import { isPhpLine, parsePhpTrace } from './php-trace.ts';
import type { FoundTrace, TraceLanguage, TraceText } from './trace-language.ts';

const ENTRY = /^\s*#\d{1,6} /;
const STEP = /^(?:PHP)?\s*\d{1,6}\. .{1,1000}\) \S/;
const LEVEL =
  /(?:PHP )?(?:(?:Recoverable |Catchable )?[Ff]atal error|Parse error|Core error|Compile error|Warning|Notice|Deprecated): {1,3}\S/;
const UNCAUGHT = /(?:PHP )?(?:Fatal error: {1,3})?Uncaught (?:exception )?'?[\w\\]{1,200}/;
const AT_PLACE = /^[\w\\]{1,200}(?:Exception|Error)\b.{0,1500} in \S.{0,500}:\d{1,9}$/;
const MARK = /^(?:PHP )?Stack trace:\s*$|^\[stacktrace\]|^PHP Stack trace:|^Call Stack:|^Trace:?$/i;
const THROWN_IN = /^\s*thrown in \S.{0,1000} on line \d{1,9}/;
const NEXT = /^Next [\w\\]{1,200}/;
/** Monolog's words for an exception; its backslashes are written twice. */
const OBJECT =
  /\[object\] \(([\w\\@]{1,300})\(code: ([^)]{0,40})\):? ?(.{0,1800}?) at (\S.{0,500}?):(\d{1,9})\)/;
const PREVIOUS = /^\[previous exception\] /;
const LOGGED_AS =
  /(?:Uncaught PHP Exception )?([\w\\]{1,300}(?:Exception|Error)): "?(.{0,1500}?)"? at (\S{1,500}?)(?: line |:)(\d{1,9})/;
const MAX_BACK = 40;

/** PHP, Xdebug, Laravel, Symfony, WordPress. */
export const phpLanguage: TraceLanguage = {
  format: 'php',
  recognises: (line) =>
    isPhpLine(line) ||
    OBJECT.test(line) ||
    (line.includes('PHP ') && UNCAUGHT.test(line)) ||
    AT_PLACE.test(line),
  find: (text, at, from) => {
    const line = text.lines[at] ?? '';
    return OBJECT.test(line) ? findRecord(text, at) : findPrinted(text, at, from);
  },
};

/** What the interpreter prints, perhaps behind the words of a web server. */
function findPrinted({ lines, begins }: TraceText, at: number, from: number): FoundTrace | number | null {
  let first = at;
  const line = lines[at] ?? '';
  if (ENTRY.test(line) || STEP.test(line)) {
    first = -1;
    for (let index = begins(at) ? from - 1 : at - 1; index >= from && index >= at - MAX_BACK; index -= 1) {
      const text = lines[index] ?? '';
      if (headAt(text) >= 0) first = index;
      if (first >= 0 || begins(index)) break;
    }
    if (first < 0) return null;
  }
  const column = Math.max(0, headAt(lines[first] ?? ''));
  let last = first + 1;
  let inStack = false;
  for (let index = first + 1; index < lines.length && !begins(index); index += 1) {
    const text = lines[index] ?? '';
    const isOurs =
      ENTRY.test(text) ||
      STEP.test(text) ||
      MARK.test(text.trim()) ||
      THROWN_IN.test(text) ||
      NEXT.test(text);
    if (isOurs) inStack = !NEXT.test(text);
    else if (text.trim() === '') {
      if (!NEXT.test(lines[index + 1] ?? '') && !ENTRY.test(lines[index + 1] ?? '')) break;
      continue;
    } else if (inStack || headAt(text) === 0 || index - first > MAX_BACK) break;
    else continue;
    last = index + 1;
    if (THROWN_IN.test(text)) break;
  }
  const source = lines.slice(first, last).map((text) => text.replace(/^\s+(?=#\d)/, ''));
  source[0] = plainHtml((source[0] ?? '').slice(column));
  const trace = parsePhpTrace(source.join('\n'));
  if (trace.exceptions.length === 0) return last;
  const fate = /atal error|Parse error/.test(source[0])
    ? 'ended'
    : /Warning|Notice|Deprecated/.test(source[0])
      ? 'handled'
      : 'logged';
  return { trace, first, last: Math.max(last, at + 1), fate, understood: last - first };
}

function headAt(line: string): number {
  const plain = line.slice(0, 2000);
  const level = LEVEL.exec(plain) ?? UNCAUGHT.exec(plain);
  if (level !== null) return level.index;
  if (/<b>(?:Fatal error|Warning|Parse error|Notice)<\/b>/.test(plain)) return 0;
  return AT_PLACE.test(plain) ? 0 : -1;
}

function plainHtml(line: string): string {
  return line.includes('<b>') ? line.replace(/<\/?(?:b|br) ?\/?>/g, '').trim() : line;
}

interface Part {
  readonly head: string;
  readonly entries: string[];
}

/** A record of Monolog: the exception, its stack, and the previous ones behind it, which are nearer to the root. */
function findRecord({ lines, begins }: TraceText, at: number): FoundTrace | null {
  const parts: Part[] = [];
  let last = at + 1;
  for (let index = at; index < lines.length && (index === at || !begins(index)); index += 1) {
    const line = lines[index] ?? '';
    const object = OBJECT.exec(line.slice(0, 2000));
    if (object !== null && (index === at || PREVIOUS.test(line))) {
      const [, kind = '', , message = '', file = '', number = ''] = object;
      parts.push({ head: `${single(kind)}: ${message} in ${file}:${number}`, entries: [] });
    } else if (ENTRY.test(line)) parts.at(-1)?.entries.push(single(line.trim()));
    else if (line.trim() !== '' && !MARK.test(line.trim()) && !/^"?\}/.test(line.trim())) break;
    if (line.trim() !== '') last = index + 1;
    if (line.trim().startsWith('"}')) break;
  }
  const [root, ...outer] = parts.toReversed();
  if (root === undefined) return null;
  const text = [`PHP Fatal error:  Uncaught ${root.head}`, 'Stack trace:', ...root.entries];
  for (const part of outer) text.push('', `Next ${part.head}`, 'Stack trace:', ...part.entries);
  const trace = parsePhpTrace(text.join('\n'));
  if (trace.exceptions.length === 0) return null;
  const isUncaught = LOGGED_AS.test(lines[at] ?? '') && /Uncaught/.test(lines[at] ?? '');
  return { trace, first: at, last, fate: isUncaught ? 'ended' : 'logged', understood: last - at };
}

/** Backslashes as they are in names, not as JSON writes them. */
function single(text: string): string {
  return text.replaceAll('\\\\', '\\');
}
