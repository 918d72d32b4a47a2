// JavaScript stacks as Error.prototype.stack writes them: V8, SpiderMonkey and JavaScriptCore.
// As version 1 read them: see first-reading.ts.
import { TraceBuilder, type OpenException } from '../../../../formats/trace/trace-builder.ts';
import { traceLines } from '../../../../formats/trace/trace-lines.ts';
import { type Trace, type TraceFrame, traceFrame, traceNumber } from '../../../../formats/trace/trace.ts';

const V8_FRAME = /^\s*at (?=\S)(.*)$/;
const POSITION = /:(\d{1,9})(?::(\d{1,9}))?$/;
const ERROR_HEADER =
  /^(?:Uncaught )?(?:\(in promise\) )?([A-Za-z_$][\w$.]*(?:Error|Exception|Warning)|Error)(?: \[[\w$]+\])?(?::\s?(.*))?$/;
const NAME_HEADER = /^(?:Uncaught )?(?:\(in promise\) )?([A-Z_$][\w$.]*): (.*)$/;
const CAUSE = /^\s*\[?(?:cause|Caused by)\]?: (.*)$/;
const JSC_ONLY = /^(?:global code|eval code|module code)(?:@|$)|@\[native code\]|^\[native code\]/;
const MAX_CAUSES = 100;

/** True for a line that only a JavaScript stack has. */
export function isJavaScriptLine(line: string): boolean {
  const v8 = V8_FRAME.exec(line)?.[1];
  if (v8 !== undefined)
    return v8Place(v8).position?.[2] !== undefined || /\((?:<anonymous>|native|index \d+)\)$/.test(v8);
  return isGeckoLine(line);
}

function isGeckoLine(line: string): boolean {
  const at = line.indexOf('@');
  if (at < 0) return JSC_ONLY.test(line);
  if (line.endsWith('@[native code]')) return true;
  // An address of a person in a message has no position after it; a frame has.
  return POSITION.test(line) && /^[^\s@(]*(?: code)?@|^\S+@\S/.test(line.trimStart());
}

/** Reads the first stack in the text, with `[cause]:` chains as Node prints them. */
export function firstJavaScriptStack(text: string): Trace {
  const { lines, notes } = traceLines(text);
  const builder = new TraceBuilder(notes);
  const chain: OpenException[] = [];
  let header: string[] = [];
  let current: OpenException | null = null;
  let dialect: string | null = null;
  for (const line of lines) {
    const v8 = V8_FRAME.exec(line);
    const gecko = v8 === null && isGeckoLine(line);
    const cause = v8 === null && !gecko && chain.length > 0 ? CAUSE.exec(line) : null;
    if (v8 !== null || gecko) {
      current ??= begin(builder, chain, header);
      header = [];
      dialect = v8 === null ? (JSC_ONLY.test(line) ? 'javascriptcore' : (dialect ?? 'spidermonkey')) : 'v8';
      builder.frame(current.frames, v8 === null ? geckoFrame(line) : v8Frame(line, v8[1] ?? ''));
    } else if (cause !== null && chain.length < MAX_CAUSES) {
      header = [cause[1] ?? ''];
      current = null;
    } else if (current === null) {
      header.push(line);
    } else if (line.trim() === '' || chain.length === 0) {
      // What follows a stack after a blank line is another log entry, unless it is a cause.
      continue;
    }
  }
  if (current === null && header.some((line) => line.trim() !== '')) begin(builder, chain, header);
  const rootFirst = chain.toReversed();
  for (const [index, exception] of rootFirst.entries()) {
    exception.link = index === rootFirst.length - 1 ? 'thrown' : 'cause';
  }
  return builder.trace('javascript', rootFirst, { dialect });
}

/** Makes an exception of the lines before its frames. Node prints the source and a caret line before the name. */
function begin(builder: TraceBuilder, chain: OpenException[], header: readonly string[]): OpenException {
  const caret = header.findLastIndex((line) => /^\s*\^+\s*$/.test(line));
  const lines = header
    .slice(caret + 1)
    .filter((line, index, all) => line.trim() !== '' || index < all.length - 1);
  const start = lines.findIndex((line) => ERROR_HEADER.test(line.trim()));
  const named = start >= 0 ? start : lines.findIndex((line) => NAME_HEADER.test(line.trim()));
  const first = Math.max(0, named >= 0 ? named : lines.findIndex((line) => line.trim() !== ''));
  const head = (lines[first] ?? '').trim();
  const match = ERROR_HEADER.exec(head) ?? NAME_HEADER.exec(head);
  const exception = builder.exception(match?.[1] ?? '', match === null ? head : (match[2] ?? ''), 'thrown');
  for (const line of lines.slice(first + 1)) builder.appendMessage(exception, line);
  chain.push(exception);
  return exception;
}

/** The function text and place of what follows `at `: `f (a.js:1:2)` or `a.js:1:2`. */
function v8Place(text: string): { name: string; place: string; position: RegExpExecArray | null } {
  const body = text.trimEnd();
  if (body.endsWith(')')) {
    const paren = matchingParen(body);
    const place = body.slice(paren + 1, -1);
    const outermost = place.startsWith('eval at ') ? place.slice(place.lastIndexOf(', ') + 2) : place;
    return {
      name: body.slice(0, Math.max(0, paren)).trim(),
      place: outermost,
      position: POSITION.exec(outermost),
    };
  }
  return { name: '', place: body.replace(/^async /, ''), position: POSITION.exec(body) };
}

/** The `(` that the `)` at the end closes. */
function matchingParen(text: string): number {
  let depth = 0;
  for (let index = text.length - 1; index >= 0; index -= 1) {
    const code = text.charCodeAt(index);
    if (code === 41) depth += 1;
    else if (code === 40) {
      depth -= 1;
      if (depth === 0) return index;
    }
  }
  return -1;
}

function v8Frame(raw: string, text: string): TraceFrame {
  const { name, place, position } = v8Place(text);
  if (name === '' && position === null) return frameOf(raw, place, '', null);
  const called = name.replace(/^async /, '').replace(/ \[as [^\]]*\]$/, '');
  return frameOf(raw, called, place, position);
}

function geckoFrame(line: string): TraceFrame {
  const text = line.trim();
  // A URL may hold `@` too (npm CDNs: `/vue@3.4/…`), a function name of these engines never does.
  const at = text.indexOf('@');
  const name = at < 0 ? text : text.slice(0, at);
  let place = at < 0 ? '' : text.slice(at + 1);
  // `file.js line 3 > eval:1:1`: the script that called eval is the place that a person can open.
  const evaluated = / line (\d{1,9}) > (?:eval|Function|new Function)/.exec(place);
  if (evaluated !== null) place = `${place.slice(0, evaluated.index)}:${evaluated[1] ?? ''}`;
  const called = name
    .replace(/^(?:async|promise callback|setTimeout handler|setInterval handler)\*/, '')
    .replace(/\/?<$/, '');
  return frameOf(line, called, place, POSITION.exec(place));
}

function frameOf(raw: string, called: string, place: string, position: RegExpExecArray | null): TraceFrame {
  const file = position === null ? place : place.slice(0, position.index);
  const constructed = called.startsWith('new ') ? called.slice(4) : null;
  const name = constructed ?? called;
  const dot = name.lastIndexOf('.');
  return traceFrame(raw, {
    function:
      called === '' || called === '<anonymous>' ? null : constructed === null ? name.slice(dot + 1) : called,
    class: constructed ?? (dot > 0 ? name.slice(0, dot) : null),
    file:
      file === '' || file === 'native' || file === '[native code]' || file.startsWith('index ') ? null : file,
    line: traceNumber(position?.[1]),
    column: traceNumber(position?.[2]),
    inApp: isOwnCode(file),
  });
}

function isOwnCode(file: string): boolean | null {
  if (file === '' || file === '<anonymous>') return null;
  if (/^(?:node:|internal\/|native$|\[native code\]$|index |(?:chrome|moz|safari-web)-extension:)/.test(file))
    return false;
  return !/[\\/]node_modules[\\/]/.test(file);
}
