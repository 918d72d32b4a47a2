// JavaScript stacks in logs: where one begins and ends, with the source line that Node prints before it and the
// properties behind it.
import { isJavaScriptLine, parseJavaScriptStack } from './javascript-stack.ts';
import { linesOf, traceExtent, type TraceExtent, type TraceShape } from './trace-extent.ts';
import type { FoundTrace, TraceFate, TraceLanguage, TraceText } from './trace-language.ts';
import { TraceBuilder } from './trace-builder.ts';
import { type Trace, traceFrame } from './trace.ts';

const NAME = String.raw`[A-Za-z_$][\w$.]{0,100}(?:Error|Exception|Warning|Rejection)|Error|DOMException`;
const SURE = new RegExp(
  String.raw`(?:^|[\s:([>'"])((?:Uncaught )?(?:\(in promise\) )?(?:${NAME})(?: \[[\w$]{1,80}\])?)(?=:\s|:$|\s*$|: )`,
);
const POSSIBLE = /^(?:Uncaught )?(?:\(in promise\) )?[A-Z_$][\w$.]{0,100}: \S/;
/** Bun's word for a plain Error. */
const BUN_HEAD = /^error: \S/;
const COMPONENTS = /^(?:The above error occurred in |Component Stack:|React component stack)/i;
const COMPONENT_ERROR = 'component error';
const ANY_FRAME = /^\s*at (?:async |new )?\S/;
const CAUSE = /^\s*(?:\[(?:cause|errors)\]|Caused by): /;
/** What Node prints of an error's own properties, in braces that the last frame opens. */
const PROPERTY = /^\s{2,40}(?:\[?[\w$'"-]{1,80}\]?: |\}|\]|Error:|\S{1,80}Error: )|^\}$/;
const CARET = /^\s*\^+\s*$/;
const NODE_PLACE = /^(?:file:\/\/|node:|\/|[A-Za-z]:\\|\[eval|evalmachine|internal\/)\S?.{0,500}:\d{1,9}$/;
const NODE_END = /^Node\.js v\d|^\(Use `node --trace-/;
const SCRIPT_ERROR = /^(?:Uncaught )?Script error\.?(?: \(:0:0\))?$/;
/** A browser's console has the head alone where the stack is folded away. */
const UNCAUGHT = /^Uncaught (?:\(in promise\) )?(?:[A-Z]\w{0,60}(?:Error|Exception)|Error)(?::|$)/;
const MAX_ABOVE = 12;

/** Browsers, Node, Deno, Bun, Hermes. */
export const javascriptLanguage: TraceLanguage = {
  format: 'javascript',
  recognises: (line) =>
    isJavaScriptLine(line) || SCRIPT_ERROR.test(line) || UNCAUGHT.test(line) || CARET.test(line),
  find: findJavaScript,
};

const SHAPE: TraceShape = {
  blanksInMessage: 8,
  isFrame: (line) => ANY_FRAME.test(line) || isJavaScriptLine(line),
  isInside: (line) => PROPERTY.test(line),
  isChained: (line) => CAUSE.test(line),
  header: (line) => {
    if (SCRIPT_ERROR.test(line)) return { at: 0, sure: true };
    if (/Error|Exception|Warning|Rejection/.test(line)) {
      const match = SURE.exec(line.slice(0, 1000));
      if (match !== null) return { at: match.index + match[0].length - (match[1] ?? '').length, sure: true };
    }
    if (BUN_HEAD.test(line)) return { at: 0, sure: false };
    return POSSIBLE.test(line) && !COMPONENTS.test(line) ? { at: 0, sure: false } : null;
  },
};

function findJavaScript(text: TraceText, at: number, from: number): FoundTrace | number | null {
  const line = text.lines[at] ?? '';
  if (CARET.test(line)) return findThrown(text, at, from);
  const extent = traceExtent(text, at, from, SHAPE);
  const trace = ofComponents(parseJavaScriptStack(linesOf(text.lines, extent)), text, extent);
  if (trace.exceptions.length === 0) return extent.last;
  const uncaught = /\bUncaught\b/.test(text.lines[extent.first] ?? '');
  const ending = endOf(text, extent.last);
  const isThrown = thrownAbove(text, extent, from);
  return {
    trace: isThrown ? withThrownPlace(trace, text, extent, from) : trace,
    first: extent.first,
    last: ending ?? extent.last,
    fate:
      ending !== null || isThrown
        ? 'ended'
        : trace.kind === COMPONENT_ERROR
          ? 'handled'
          : uncaught
            ? 'thread'
            : 'logged',
    understood: extent.understood + (ending === null ? 0 : ending - extent.last),
  };
}

/** React logs the components in which an error occurred, below words of its own and apart from the error. */
function ofComponents(trace: Trace, { lines }: TraceText, { first }: TraceExtent): Trace {
  const above = [lines[first] ?? '', lines[first - 1] ?? '', lines[first - 2] ?? ''];
  const words = trace.kind === '' ? above.find((line) => COMPONENTS.test(line)) : undefined;
  const [only] = trace.exceptions;
  if (words === undefined || only === undefined) return trace;
  const exception = { ...only, kind: COMPONENT_ERROR, message: words.replace(/:$/, '') };
  return { ...trace, kind: exception.kind, message: exception.message, exceptions: [exception] };
}

/** Node ends with its version; null where it does not stand there. */
function endOf({ lines, begins }: TraceText, last: number): number | null {
  for (let index = last; index < last + 4; index += 1) {
    if (begins(index)) return null;
    if (NODE_END.test(lines[index] ?? '')) return index + 1;
  }
  return null;
}

/** Whether the place, the source line and the caret stand above the head. */
function thrownAbove({ lines }: TraceText, { first }: TraceExtent, from: number): boolean {
  for (let index = first - 1; index >= from && index >= first - 4; index -= 1)
    if (CARET.test(lines[index] ?? '')) return true;
  return false;
}

/** Where only Node's own loader stands on the stack, the place above the source line is the program's. */
function withThrownPlace(
  trace: Trace,
  { lines }: TraceText,
  { first }: Pick<TraceExtent, 'first'>,
  from: number,
): Trace {
  const last = trace.exceptions.at(-1);
  if (last === undefined || last.frames.some(({ inApp }) => inApp !== false)) return trace;
  for (let index = first - 1; index >= Math.max(from, first - 6); index -= 1) {
    const place = lines[index] ?? '';
    const position = NODE_PLACE.test(place) ? /^(.*?):(\d{1,9})$/.exec(place) : null;
    if (position === null || position[1]?.startsWith('node:') === true) continue;
    const frame = traceFrame(place, { file: position[1] ?? null, line: Number(position[2]) || null });
    const exception = { ...last, frames: [frame, ...last.frames] };
    return { ...trace, exceptions: [...trace.exceptions.slice(0, -1), exception] };
  }
  return trace;
}

/**
 * From the caret that Node prints below the source line: the place stands two lines above, what was thrown behind. An
 * error is read from its own frames; anything else that was thrown has the place alone.
 */
function findThrown(text: TraceText, at: number, from: number): FoundTrace | number | null {
  const { lines, begins } = text;
  const place = lines[at - 2] ?? '';
  if (at - 2 < from || !NODE_PLACE.test(place)) return null;
  let end: number | null = null;
  for (let index = at + 1; index < Math.min(lines.length, at + 1 + MAX_ABOVE * 5); index += 1) {
    const line = lines[index] ?? '';
    if (begins(index)) break;
    if (isJavaScriptLine(line)) {
      const found = findJavaScript(text, index, at + 1);
      return found === null || typeof found === 'number'
        ? found
        : {
            ...found,
            trace: withThrownPlace(found.trace, text, { ...found, first: at + 1 }, from),
            first: at - 2,
            understood: found.understood + found.first - (at - 2),
            fate: 'ended',
          };
    }
    if (NODE_END.test(line)) {
      end = index;
      break;
    }
  }
  const said = lines.slice(at + 1, end ?? at + 2).filter((line) => line.trim() !== '');
  if (end === null && said.length === 0) return null;
  const builder = new TraceBuilder([]);
  const header = SHAPE.header(said[0] ?? '');
  const code = said
    .map((line) => /^\s{2}code: '(ERR_[A-Z0-9_]{2,80})'/.exec(line)?.[1])
    .find((one) => one !== undefined);
  const named = (said[0] ?? '').replace(/^\[/, '').split(':', 1)[0];
  const kind = header?.sure === true ? (code ?? named) : 'thrown value';
  const message =
    header?.sure === true
      ? said
          .join('\n')
          .replace(/^[^:\n]{0,200}: ?/, '')
          .replace(/\] \{\n[^]*$/, '')
          .trim()
      : said.join('\n');
  const exception = builder.exception(kind ?? '', message);
  const position = /^(.*?):(\d{1,9})$/.exec(place);
  builder.frame(
    exception.frames,
    traceFrame(place, {
      file: position?.[1] ?? place,
      line: Number(position?.[2] ?? 0) || null,
      inApp: position?.[1]?.startsWith('node:') === true ? false : null,
    }),
  );
  const last = (end ?? at + 1) + 1;
  const fate: TraceFate = 'ended';
  return {
    trace: builder.trace('javascript', [exception], { dialect: 'v8' }),
    first: at - 2,
    last,
    fate,
    understood: last - at + 2,
  };
}
