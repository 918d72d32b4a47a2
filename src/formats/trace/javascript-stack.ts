// JavaScript stacks as Error.prototype.stack writes them: V8, SpiderMonkey and JavaScriptCore.
import { TraceBuilder, type OpenException } from './trace-builder.ts';
import { traceLines } from './trace-lines.ts';
import { type Trace, type TraceFrame, traceFrame, traceNumber } from './trace.ts';

const V8_FRAME = /^\s*at (?=\S)(.*)$/;
const POSITION = /:(\d{1,9})(?::(\d{1,9}))?$/;
const ERROR_HEADER =
  /^(?:Uncaught )?(?:\(in promise\) )?([A-Za-z_$][\w$.]*(?:Error|Exception|Warning|Rejection)|Error)(?: \[([\w$]+)\])?(?::\s?(.*))?$/;
/** Node's own errors have a code that stays while class and words change: its documentation says to tell them apart by it. An
 * assertion's says no more than its class, which other libraries have, too. */
const NODE_CODE = /^ERR_(?!ASSERTION$)[A-Z0-9_]{2,80}$/;
const NAME_HEADER = /^(?:Uncaught )?(?:\(in promise\) )?([A-Z_$][\w$.]*): (.*)$/;
/** Bun's word for a plain Error: `error: full`. */
const BUN_HEADER = /^error: (?!.{0,300}(?:Error|Exception)\b)(.*)$/;
const CAUSE = /^\s*\[?(?:cause|Caused by)\]?: (.*)$/;
/** `[errors]: [` of an AggregateError, and the members that stand below it or behind commas. */
const ERRORS = /^\s*\[errors\]: \[$/;
const PROPERTY = /^\s{2,40}'?([\w$-]{1,80})'?: (.{1,1000}?),?$/;
/** Source maps without columns leave a line. */
const SCRIPT_PLACE = /\([^()\s]{1,500}\.(?:[cm]?[jt]sx?|vue|svelte|html?|jsbundle|bundle):\d{1,9}\)$/;
const SCRIPT_ERROR = /^(?:Uncaught )?(Script error\.?)(?: \(:0:0\))?$/;
const JSC_ONLY = /^(?:global code|eval code|module code)(?:@|$)|@\[native code\]|^\[native code\]/;
const MAX_CAUSES = 100;
const MAX_PROPERTIES = 30;
const FRAME_END = /(?<=\)|\d) \{$|(?<=\)|\d),$/;

/** A frame without the mark that Node puts behind it; asked for every line, so the last character decides first. */
function withoutFrameEnd(line: string): string {
  const last = line.charCodeAt(line.length - 1);
  return last === 123 || last === 44 ? line.replace(FRAME_END, '') : line;
}

/** True for a line that only a JavaScript stack has. */
export function isJavaScriptLine(written: string): boolean {
  const line = withoutFrameEnd(written);
  const v8 = V8_FRAME.exec(line)?.[1];
  if (v8 !== undefined)
    return (
      v8Place(v8).position?.[2] !== undefined ||
      SCRIPT_PLACE.test(v8) ||
      /\((?:<anonymous>|native|index \d+)\)$|wasm-function\[\d+\]/.test(v8)
    );
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
export function parseJavaScriptStack(text: string): Trace {
  const { lines, notes } = traceLines(text);
  const builder = new TraceBuilder(notes);
  const chain: OpenException[] = [];
  let header: string[] = [];
  let current: OpenException | null = null;
  let dialect: string | null = null;
  let group: OpenException | null = null;
  for (const written of lines) {
    // Node opens a brace behind the last frame where properties follow, and ends the members of a list with commas.
    const line = withoutFrameEnd(written);
    const v8 = V8_FRAME.exec(line);
    const gecko = v8 === null && isGeckoLine(line);
    const cause = v8 === null && !gecko && chain.length > 0 ? CAUSE.exec(line) : null;
    if (v8 !== null || gecko) {
      current ??= begin(builder, chain, header, group);
      header = [];
      dialect = v8 === null ? (JSC_ONLY.test(line) ? 'javascriptcore' : (dialect ?? 'spidermonkey')) : 'v8';
      builder.frame(current.frames, v8 === null ? geckoFrame(line) : v8Frame(line, v8[1] ?? ''));
    } else if (cause !== null && chain.length < MAX_CAUSES) {
      header = [cause[1] ?? ''];
      current = null;
      group = null;
    } else if (ERRORS.test(line) && current !== null) {
      group = current;
      current = null;
    } else if (group !== null && ERROR_HEADER.test(line.trim())) {
      header = [line];
      current = null;
    } else if (current === null) {
      header.push(line);
    } else {
      const property = PROPERTY.exec(line);
      if (property !== null && current.data.length < MAX_PROPERTIES)
        current.data.push([property[1] ?? '', property[2] ?? '']);
    }
  }
  if (current === null && header.some((line) => line.trim() !== '')) begin(builder, chain, header, group);
  const rootFirst = chain.toReversed();
  for (const [index, exception] of rootFirst.entries()) {
    exception.link = index === rootFirst.length - 1 ? 'thrown' : 'cause';
  }
  return builder.trace('javascript', rootFirst, { dialect });
}

/** Makes an exception of the lines before its frames. Node prints the source and a caret line before the name. */
function begin(
  builder: TraceBuilder,
  chain: OpenException[],
  header: readonly string[],
  group: OpenException | null,
): OpenException {
  const caret = header.findLastIndex((line) => /^\s*\^+\s*$/.test(line));
  // Deno puts source and caret behind the head.
  const isBehind = header.slice(0, Math.max(0, caret)).some((line) => ERROR_HEADER.test(innermost(line)));
  const isAgain = header.slice(caret + 1).some((line) => line.trim() !== '');
  const lines = header
    .slice(isBehind && !isAgain ? 0 : caret + 1)
    .filter((line, index, all) => line.trim() !== '' || index < all.length - 1);
  const start = lines.findIndex((line) => ERROR_HEADER.test(innermost(line)));
  const named =
    start >= 0
      ? start
      : lines.findIndex((line) => NAME_HEADER.test(line.trim()) || BUN_HEADER.test(line.trim()));
  const first = Math.max(0, named >= 0 ? named : lines.findIndex((line) => line.trim() !== ''));
  const head = innermost(lines[first] ?? '');
  const match = ERROR_HEADER.exec(head) ?? NAME_HEADER.exec(head);
  const script = SCRIPT_ERROR.exec(head);
  const bun = match === null ? BUN_HEADER.exec((lines[first] ?? '').trim())?.[1] : undefined;
  const isError = match !== null && match.length > 3;
  const code = isError ? match[2] : undefined;
  const exception =
    script === null
      ? builder.exception(
          code !== undefined && NODE_CODE.test(code)
            ? code
            : (match?.[1] ?? (bun === undefined ? '' : 'Error')),
          match === null ? (bun ?? head) : ((isError ? match[3] : match[2]) ?? ''),
        )
      : builder.exception('Script error.', '');
  if (code !== undefined)
    exception.data.push(exception.kind === code ? ['name', match?.[1] ?? ''] : ['code', code]);
  for (const line of lines.slice(first + 1)) builder.appendMessage(exception, line);
  if (group === null) chain.push(exception);
  else group.attached.push(exception);
  return exception;
}

/** A head without the words in front of what was thrown: Deno's, Angular's, old Node's. */
function innermost(line: string): string {
  return line
    .trim()
    .replace(
      /^(?:error: |ERROR |\(node:\d{1,10}\) |UnhandledPromiseRejectionWarning: (?=[A-Z][\w.]{0,80}: )|Error: (?=Uncaught \(in promise\): [A-Z][\w.]{0,80}: )|Uncaught \(in promise\): )+/,
      '',
    );
}

/** The function text and place of what follows `at `: `f (a.js:1:2)` or `a.js:1:2`. */
function v8Place(text: string): { name: string; place: string; position: RegExpExecArray | null } {
  const body = text.trimEnd();
  if (body.endsWith(')')) {
    const paren = matchingParen(body);
    const place = body.slice(paren + 1, -1);
    const outermost = place.startsWith('eval at ') ? evaluatedAt(place) : place.replace(/^address at /, '');
    return {
      name: body.slice(0, Math.max(0, paren)).trim(),
      place: outermost,
      position: POSITION.exec(outermost),
    };
  }
  return { name: '', place: body.replace(/^async /, ''), position: POSITION.exec(body) };
}

/** The script that called eval is the place that a person can open; without one the evaluated text's own. */
function evaluatedAt(place: string): string {
  return /\(([^()]{1,1000}:\d{1,9}:\d{1,9})\)/.exec(place)?.[1] ?? place.slice(place.lastIndexOf(', ') + 2);
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
  // Hermes names no file for the only bundle there is: `open@1:12345`.
  if (/^\d{1,9}:\d{1,9}$/.test(place)) place = `index.bundle:${place}`;
  const called = name
    .replace(/^(?:async|promise callback|setTimeout handler|setInterval handler)\*/, '')
    .replace(/\/?<$/, '');
  return frameOf(line, called, place, POSITION.exec(place));
}

const WASM = /^(.*?):?(wasm-function\[\d{1,9}\])(?::(0x[0-9a-f]{1,16}))?$/;

function frameOf(raw: string, called: string, place: string, position: RegExpExecArray | null): TraceFrame {
  const wasm = position === null && place.includes('wasm-function[') ? WASM.exec(place) : null;
  if (wasm !== null)
    return traceFrame(raw, {
      function:
        called === '' || called === '<anonymous>'
          ? (wasm[2] ?? null)
          : called.replace(/::h[0-9a-f]{16}$/, ''),
      file: wasm[1] === '' || wasm[1] === '<anonymous>' ? null : (wasm[1] ?? null),
      moduleOffset: wasm[3] ?? null,
    });
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
