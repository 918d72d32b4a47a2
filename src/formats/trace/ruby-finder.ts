// Ruby backtraces in logs: where one begins and ends, the interpreter's, rake's and Rails'.
import { isRubyLine, parseRubyTrace, rubyFrame } from './ruby-trace.ts';
import { TraceBuilder } from './trace-builder.ts';
import { linesOf, traceExtent, type TraceShape } from './trace-extent.ts';
import type { FoundTrace, TraceLanguage, TraceText } from './trace-language.ts';
import type { TraceFrame } from './trace.ts';

const FRAME =
  /^\s*(?:\d{1,6}: )?(?:from )?\S.{0,500}:\d{1,9}:in [`'"]|^\s*from \S.{0,500}:\d{1,9}$|^(?:[\w.-]{1,100} \(\d[\w.-]{0,40}\) )?\S{1,500}\.(?:rb|ru|rake|erb|haml|slim):\d{1,9}$/;
/** The interpreter's own first line: a place, what was said, and the class in brackets at the end. */
const THROWN = /^\S.{0,500}:\d{1,9}:in [`'][^']{0,200}': /;
const REVERSED = /^Traceback \(most recent call last\):\s*$/;
const CHAINED = /^Caused by:?(?:\s|$)/;
const NAME = String.raw`[A-Z]\w{0,100}(?:::[A-Z]\w{0,100}){0,10}`;
const SURE = new RegExp(
  String.raw`(?:^|[\s:])((?:${NAME}::)?[A-Z]\w{0,100}(?:Error|Exception|Failure|Invalid|NotFound|Missing|Timeout|Interrupt)(?: \([^\n]{0,900}\):?$|: |:?\s*$))`,
);
const POSSIBLE = new RegExp(String.raw`^${NAME}(?: \([^\n]{0,900}\):?$|: \S)`);
const ABORTED = /^(?:rake|bundler: failed|Capistrano|cap) aborted!/;

/** The interpreter itself has failed: `a.rb:3: [BUG] Segmentation fault at 0x…`, then everything that it knows. */
const BUG = /^(?:(\S.{0,500}):(\d{1,9}): )?\[BUG\] (.{1,300})$/;
const BUG_SECTION = /^-- (.{1,60}?) -{3,}/;
const BUG_FRAME = /^(\S.{0,500}):(\d{1,9}):in [`'](.{1,300})'$/;
const MAX_BUG = 2000;

/** MRI, JRuby, Rails, rake. */
export const rubyLanguage: TraceLanguage = {
  format: 'ruby',
  recognises: (line) =>
    isRubyLine(line) || REVERSED.test(line) || (line.includes('[BUG] ') && BUG.test(line)),
  find: (text, at, from) => (BUG.test(text.lines[at] ?? '') ? findBug(text, at) : findRuby(text, at, from)),
};

const SHAPE: TraceShape = {
  isFrame: (line) => FRAME.test(line),
  isInside: (line) => /^\s*\.{3} \d{1,6} levels?\.{3}/.test(line),
  isChained: (line) => CHAINED.test(line),
  header: (line) => {
    if (REVERSED.test(line)) return { at: 0, sure: true };
    const match = SURE.exec(line.slice(0, 1000));
    if (match !== null) return { at: match.index + match[0].length - (match[1] ?? '').length, sure: true };
    return POSSIBLE.test(line) ? { at: 0, sure: false } : null;
  },
};

function findRuby(text: TraceText, at: number, from: number): FoundTrace | number {
  const line = text.lines[at] ?? '';
  // What the interpreter prints has its head on the first frame; nothing before it belongs to it.
  const isThrown = THROWN.test(line) && !/^\s*from /.test(line);
  const extent = traceExtent(text, at, isThrown ? at : from, SHAPE);
  const trace = parseRubyTrace(linesOf(text.lines, extent));
  const [first] = trace.exceptions;
  if (first === undefined || trace.exceptions.every(({ frames }) => frames.length === 0)) return extent.last;
  const isAborted = ABORTED.test(text.lines[extent.first - 1] ?? '');
  const isEnded = isThrown || REVERSED.test(line) || isAborted;
  return {
    trace,
    first: extent.first,
    last: extent.last,
    fate: isEnded ? 'ended' : 'logged',
    understood: extent.understood,
  };
}

/** Of the interpreter's report the Ruby stack is read, which has its outermost call first. */
function findBug({ lines, begins }: TraceText, at: number): FoundTrace {
  const [, file = '', line, said = ''] = BUG.exec(lines[at] ?? '') ?? [];
  const builder = new TraceBuilder([]);
  const address = / at (0x[0-9a-f]{1,16})$/.exec(said)?.[1] ?? null;
  const exception = builder.exception(said.replace(/ at 0x[0-9a-f]{1,16}$/, ''), '');
  const frames: TraceFrame[] = [];
  let [last, section] = [at + 1, ''];
  for (let index = at + 1; index < Math.min(lines.length, at + MAX_BUG) && !begins(index); index += 1) {
    const text = lines[index] ?? '';
    const mark = BUG_SECTION.exec(text);
    if (mark !== null) section = mark[1] ?? '';
    // Behind the stacks come the registers and every loaded file.
    if (/^(?:Other runtime information|Machine register)/.test(section)) break;
    const frame = section.startsWith('Ruby level') ? BUG_FRAME.exec(text) : null;
    if (frame !== null) builder.frame(frames, rubyFrame(text, frame[1] ?? '', frame[2], frame[3] ?? null));
    if (text.trim() !== '') last = index + 1;
  }
  const innermost = frames.toReversed();
  exception.frames.push(
    ...(innermost.length > 0 || file === ''
      ? innermost
      : [rubyFrame(`${file}:${line ?? ''}`, file, line, null)]),
  );
  return {
    trace: builder.trace('ruby', [exception], { dialect: 'bug', address }),
    first: at,
    last,
    fate: 'ended',
    understood: last - at,
  };
}
