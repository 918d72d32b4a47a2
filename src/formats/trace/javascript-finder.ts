// JavaScript stacks in logs: where one begins and ends, with the source line that Node prints before it and the
// properties behind it.
import { isJavaScriptLine, parseJavaScriptStack } from './javascript-stack.ts';
import { linesOf, traceExtent, type TraceExtent, type TraceShape } from './trace-extent.ts';
import type { FoundTrace, TraceFate, TraceLanguage, TraceText } from './trace-language.ts';
import { TraceBuilder } from './trace-builder.ts';
import { traceFrame } from './trace.ts';

const NAME = String.raw`[A-Za-z_$][\w$.]{0,100}(?:Error|Exception|Warning|Rejection)|Error|DOMException`;
const SURE = new RegExp(
  String.raw`(?:^|[\s:([>'"])((?:Uncaught )?(?:\(in promise\) )?(?:${NAME})(?: \[[\w$]{1,80}\])?)(?=:\s|:$|\s*$|: )`,
);
const POSSIBLE = /^(?:Uncaught )?(?:\(in promise\) )?[A-Z_$][\w$.]{0,100}: \S/;
const COMPONENTS = /^(?:The above error occurred in |Component Stack:|React component stack)/i;
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
  isFrame: (line) => ANY_FRAME.test(line) || isJavaScriptLine(line),
  isInside: (line) => PROPERTY.test(line),
  isChained: (line) => CAUSE.test(line),
  header: (line) => {
    if (SCRIPT_ERROR.test(line)) return { at: 0, sure: true };
    if (/Error|Exception|Warning|Rejection/.test(line)) {
      const match = SURE.exec(line.slice(0, 1000));
      if (match !== null) return { at: match.index + match[0].length - (match[1] ?? '').length, sure: true };
    }
    return POSSIBLE.test(line) && !COMPONENTS.test(line) ? { at: 0, sure: false } : null;
  },
};

function findJavaScript(text: TraceText, at: number, from: number): FoundTrace | number | null {
  const line = text.lines[at] ?? '';
  if (CARET.test(line)) return findThrown(text, at, from);
  const extent = traceExtent(text, at, from, SHAPE);
  const trace = parseJavaScriptStack(linesOf(text.lines, extent));
  if (trace.exceptions.length === 0) return extent.last;
  const uncaught = /\bUncaught\b/.test(text.lines[extent.first] ?? '');
  const ending = endOf(text, extent.last);
  return {
    trace,
    first: extent.first,
    last: ending ?? extent.last,
    fate: ending !== null || thrownAbove(text, extent, from) ? 'ended' : uncaught ? 'thread' : 'logged',
    understood: extent.understood + (ending === null ? 0 : ending - extent.last),
  };
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
        : { ...found, first: at - 2, understood: found.understood + found.first - (at - 2), fate: 'ended' };
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
  const kind = header?.sure === true ? (said[0] ?? '').split(':', 1)[0] : 'thrown value';
  const message =
    header?.sure === true
      ? said
          .join('\n')
          .slice((kind ?? '').length + 1)
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
