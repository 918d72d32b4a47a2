// Python tracebacks: chained exceptions, exception groups, repeated lines.
import { TraceBuilder, type OpenException } from './trace-builder.ts';
import { indentation, traceLines } from './trace-lines.ts';
import { type Trace, type TraceFrame, traceFrame, traceNumber } from './trace.ts';

const START = /^(?:Exception Group )?Traceback \(most recent call last\):\s*$/;
const FRAME = /^\s*File "([^"]*)", line (\d{1,9})(?:, in (.*))?$/;
const REPEATED = /^\s*\[Previous line repeated (\d{1,9}) more times?\]$/;
const DIRECT_CAUSE = 'The above exception was the direct cause of the following exception:';
const CONTEXT = 'During handling of the above exception, another exception occurred:';
const KIND = /^([A-Za-z_][\w.]*)(?::\s?(.*))?$/;
const GROUP_SEPARATOR = /^(?:\+-)?\+-{4,} (?:\d{1,6}|\.\.\.) -{4,}$/;
const INSTALLED =
  /[\\/](?:site-packages|dist-packages)[\\/]|[\\/]lib(?:64)?[\\/]python\d|^<frozen |[\\/]Lib[\\/](?!site-packages)/;

/** True for a line that only a Python traceback has. */
export function isPythonLine(line: string): boolean {
  return FRAME.test(line.replace(/^[\s|]+/, ' ')) || line.includes(CONTEXT) || line.includes(DIRECT_CAUSE);
}

/** A line without the drawing of an exception group, and how deep in groups it stands. */
interface GroupLine {
  readonly depth: number;
  readonly text: string;
  readonly separator: boolean;
}

/**
 * Reads the first chain of tracebacks. Python prints the root cause first, so the order stays; frames are turned
 * around. A cause given with `from` has the link `cause`, one that merely happened before has `context`.
 */
export function parsePythonTrace(text: string): Trace {
  const { lines, notes } = traceLines(text);
  const builder = new TraceBuilder(notes);
  const state: State = { chain: [], owners: [], current: null, frames: [], inMessage: false, member: false };
  for (const line of lines) read(builder, state, groupLine(line));
  finish(builder, state, '', '');
  const last = state.chain.at(-1);
  if (last !== undefined) last.link = 'thrown';
  return builder.trace('python', state.chain);
}

interface State {
  readonly chain: OpenException[];
  /** The last exception at each depth of groups. */
  readonly owners: OpenException[];
  /** The exception whose message is being read. */
  current: OpenException | null;
  /** Frames of a traceback whose exception has not come yet, outermost first; null outside a traceback. */
  frames: TraceFrame[] | null;
  inMessage: boolean;
  /** The next exception is a member of a group even without a traceback of its own. */
  member: boolean;
}

function read(builder: TraceBuilder, state: State, { depth, text, separator }: GroupLine): void {
  if (separator) {
    state.member = true;
    state.inMessage = false;
    state.frames = [];
    return;
  }
  const trimmed = text.trim();
  if (trimmed === DIRECT_CAUSE || trimmed === CONTEXT) {
    // Within a group the chain of a member stays with the group.
    if (state.current !== null) state.current.link = trimmed === CONTEXT ? 'context' : 'cause';
    state.inMessage = false;
    state.frames = null;
    return;
  }
  if (START.test(trimmed)) {
    finish(builder, state, '', '');
    state.frames = [];
    state.inMessage = false;
    return;
  }
  const frame = FRAME.exec(text);
  if (frame !== null && !(state.inMessage && indentation(text) === 0)) {
    if (state.frames === null) state.frames = [];
    builder.frame(state.frames, pythonFrame(text, frame));
    state.inMessage = false;
    return;
  }
  const repeated = REPEATED.exec(text);
  if (repeated !== null) {
    builder.note(`a frame is repeated ${repeated[1] ?? ''} more times`);
    return;
  }
  if (state.inMessage && state.current !== null) {
    if (trimmed !== '') builder.appendMessage(state.current, text);
    return;
  }
  const kind = state.frames === null || indentation(text) > 0 ? null : KIND.exec(trimmed);
  if (kind !== null && (state.frames?.length !== 0 || state.member)) {
    finish(builder, state, kind[1] ?? '', kind[2] ?? '', depth);
  }
}

/** Ends the traceback that is being read; without a kind it was cut off before its last line. */
function finish(builder: TraceBuilder, state: State, kind: string, message: string, depth = 0): void {
  const { frames } = state;
  state.frames = null;
  if (frames === null || (kind === '' && frames.length === 0) || builder.full) return;
  const exception = builder.exception(kind, message, 'context');
  for (const frame of frames.toReversed()) exception.frames.push(frame);
  const owner = depth > 0 ? state.owners[depth - 1] : undefined;
  if (owner === undefined) state.chain.push(exception);
  else owner.attached.push(exception);
  state.owners.length = Math.min(state.owners.length, depth);
  state.owners[depth] = exception;
  state.current = exception;
  state.inMessage = kind !== '';
  state.member = false;
}

/**
 * Takes the tree drawing of an exception group off a line. A group's own lines start with `  | `, those of its
 * members with `    | `: two blanks for each level.
 */
function groupLine(line: string): GroupLine {
  const drawn = /^( {2,40})([|+])(.*)$/.exec(line);
  if (drawn === null) return { depth: 0, text: line, separator: false };
  const [, blanks = '', mark = '', rest = ''] = drawn;
  const body = `${mark}${rest}`.trim();
  if (mark === '+') {
    if (GROUP_SEPARATOR.test(body)) return { depth: 0, text: '', separator: true };
    if (/^\+-{4,}$/.test(body)) return { depth: 0, text: '', separator: false };
  }
  const depth = Math.max(0, Math.floor(blanks.length / 2) - 1);
  return { depth, text: rest.startsWith(' ') ? rest.slice(1) : rest, separator: false };
}

function pythonFrame(raw: string, match: RegExpExecArray): TraceFrame {
  const [, file = '', line, called] = match;
  const name = called?.trim() ?? null;
  const dot = name === null ? -1 : name.lastIndexOf('.');
  return traceFrame(raw, {
    function: name === null ? null : name.slice(dot + 1),
    // Cython writes the whole path of the module before the function.
    class: dot > 0 && name !== null && !/\.p(?:yx|xd|xi)$/.test(file) ? name.slice(0, dot) : null,
    file,
    line: traceNumber(line),
    inApp: file.startsWith('<') && !file.startsWith('<frozen') ? null : !INSTALLED.test(file),
  });
}
