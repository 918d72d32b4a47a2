// Native crashes in text: heads that say what happened, stacks in any tool's form, and what stands between them. One
// reading for all tools, because they end in each other: an assertion in an abort, that in a sanitizer's report, in a
// debugger's, in a tombstone.
import { TraceBuilder } from '../trace/trace-builder.ts';
import type { FoundTrace, TraceFate, TraceLanguage, TraceText } from '../trace/trace-language.ts';
import type { TraceDatum, TraceFrame, TraceModule, TraceThread } from '../trace/trace.ts';
import { nativeDetail } from './native-detail.ts';
import { frameOf, nativeFrame } from './native-frame.ts';
import { type FoundHead, nativeHead } from './native-heads.ts';

/** Lines without anything that is known, before the stack comes and behind it. */
const GAP_BEFORE = 150;
const GAP_BEHIND = 45;
const MAX_BLOCKS = 200;
/** Something else begins: no tool of native code prints these. */
const OTHER =
  /^(?:goroutine \d|panic: |Traceback \(|Exception in thread "|\s{1,8}at [\w.$<>/]{1,300}\([^)]{0,200}\)\s*$|Caused by: |PHP |thread '|\s{2,4}File "[^"]{1,300}", line \d)/;
/** gdb and folly go on in the next line where a frame is long. */
const WRAPPED = /^\s{2,8}at (\S.{0,500}?):(\d{1,9})$|^\s{12,60}(\/\S{1,500}?):(\d{1,9})$/;
/** Some print the outermost call first and say so. */
const OUTERMOST_FIRST = /most recent call last/;
const NUMBER = /^\s{0,8}\*?\s{0,4}(?:#|frame #)?(\d{1,5}):?\s/;
/** What an exception that nobody caught was thrown from; the thread that died shows only how it was noticed. */
const THROWN_FROM = /^Last Exception Backtrace/;
/** How a process ends itself, or a signal ends it: the stack in which this stands is the crashed thread's. */
const END_FRAME = /^(?:__GI_)?(?:raise|abort|__pthread_kill\w*|<signal handler called>)$/;
const CRASHED = /\bCrashed\b|\(crashed\)|^Native frames|^STACK_TEXT/;
const CHECK = /^(?:Debug )?[Cc]heck failed: (.*)$/s;
const ACCESS = /^(?:READ|WRITE|Read|Write|Atomic \w{1,8}) of size \d|^backtrace:$|^Call [Tt]race:$/;
const THREAD_MARK =
  /^(?:Thread \d|Thread T\d|[Tt]hread #\d|-{3} -{3}|Native frames|Java frames|Last Exception Backtrace|STACK_TEXT|.{0,100}(?:freed by|allocated by|allocated here|created by|created at|Previous |previously ))/;

/** C, C++, and whatever else ends as machine code. */
export const nativeLanguage: TraceLanguage = {
  format: 'native',
  recognises: (line) => nativeHead(line) !== null || nativeFrame(line) !== null,
  find: (text, at) => find(text, at),
};

interface Block {
  readonly label: string;
  /** The number of its last frame; null where frames have none. */
  number: number | null;
  readonly frames: TraceFrame[];
  readonly crashed: boolean;
  /** How many heads stood before it: the stacks of an access and its allocation have the same. */
  readonly heads: number;
}

/** What has been read of one death. */
interface Death {
  readonly heads: FoundHead[];
  readonly blocks: Block[];
  readonly data: TraceDatum[];
  readonly modules: TraceModule[];
  message: string;
  pc: TraceFrame | null;
}

function find({ lines, begins }: TraceText, at: number): FoundTrace | number {
  const builder = new TraceBuilder([]);
  const death: Death = { heads: [], blocks: [], data: [], modules: [], message: '', pc: null };
  let last = at;
  let block: Block | null = null;
  let before = at > 0 ? (lines[at - 1] ?? '').trim() : '';
  let marked = false;
  for (let index = at; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const hasFrames = death.blocks.length > 0;
    if (index > at && (index - last > (hasFrames ? GAP_BEHIND : GAP_BEFORE) || OTHER.test(line))) break;
    const found = nativeHead(line);
    // Other writers log between a head and its stack; behind a stack their line ends it.
    if (index > at && begins(index) && found === null && nativeFrame(line) === null) {
      if (hasFrames || death.heads.length === 0) break;
      continue;
    }
    if (found !== null) {
      if (isNewDeath(death, found)) break;
      death.heads.push(found);
      block = null;
    } else {
      const frame = nativeFrame(line);
      if (frame !== null) {
        const number = numberOf(line);
        const previous: Block | undefined = death.blocks.at(-1);
        // Tools leave blank and other lines between frames; the numbers tell that a stack goes on.
        if (block === null && !marked && previous !== undefined && goesOn(previous, number)) block = previous;
        if (block === null) {
          block = {
            label: before,
            frames: [],
            crashed: CRASHED.test(before),
            heads: death.heads.length,
            number,
          };
          if (death.blocks.length < MAX_BLOCKS) death.blocks.push(block);
        }
        marked = false;
        block.number = number;
        if (!frame.unreliable) builder.frame(block.frames, frame.frame);
      } else if (!readDetail(death, line, block)) {
        // Blank lines and source lines stand between the frames of some debuggers; a mark of another thread ends a stack.
        if (line.trim() === '' || THREAD_MARK.test(line.trim())) block = null;
        marked ||= THREAD_MARK.test(line.trim());
        if (line.trim() !== '') before = line.trim();
        continue;
      }
    }
    before = line.trim();
    last = index + 1;
  }
  const end = Math.max(last, at + 1);
  return readDeath(builder, death, at, end) ?? end;
}

function numberOf(line: string): number | null {
  const digits = NUMBER.exec(line)?.[1];
  return digits === undefined ? null : Number(digits);
}

function goesOn(block: Block, number: number | null): boolean {
  return number !== null && block.number !== null && number > block.number;
}

/** A head behind a stack begins another death, unless it only says how the first went on. */
function isNewDeath({ heads, blocks }: Death, { head, words }: FoundHead): boolean {
  if (!blocks.some(({ frames }) => frames.length > 0))
    return heads.some((known) => known.head === head && head.rank > 1 && known.words.kind !== words.kind);
  const best = Math.max(0, ...heads.map((known) => known.head.rank));
  return head.rank >= best && best > 0;
}

/** Lines that say more of the process, or go on with a frame. True where one was understood. */
function readDetail(death: Death, line: string, block: Block | null): boolean {
  const wrapped = block === null ? null : WRAPPED.exec(line);
  const top = block?.frames.at(-1);
  if (wrapped !== null && block !== null && top !== undefined && top.file === null) {
    block.frames[block.frames.length - 1] = {
      ...top,
      file: wrapped[1] ?? wrapped[3] ?? null,
      line: Number(wrapped[2] ?? wrapped[4]) || null,
    };
    return true;
  }
  const detail = nativeDetail(line, death.heads.at(-1)?.words ?? null);
  if (detail === null) return false;
  if (detail.datum !== undefined && !death.data.some(([name]) => name === detail.datum?.[0]))
    death.data.push(detail.datum);
  if (detail.message !== undefined && death.message === '') death.message = detail.message;
  if (detail.module !== undefined && death.modules.length < 2000) death.modules.push(detail.module);
  if (detail.frame !== undefined) {
    const module = detail.frame.module ?? death.data.find(([name]) => name === 'module')?.[1];
    death.pc ??= frameOf(line, { ...detail.frame, module });
  }
  return true;
}

function readDeath(builder: TraceBuilder, death: Death, first: number, last: number): FoundTrace | null {
  const { heads, blocks, modules } = death;
  const main = heads.toSorted((a, b) => b.head.rank - a.head.rank)[0] ?? null;
  const filled = blocks.filter(({ frames }) => frames.length > 0);
  const crashed =
    filled.find((block) => THROWN_FROM.test(block.label)) ??
    filled.find((block) => block.crashed && block.frames.length > 1) ??
    filled.find((block) => block.crashed) ??
    (main === null ? filled.find(({ frames }) => endsProcess(frames)) : undefined) ??
    withPlacesOf(filled) ??
    filled[0];
  if (main === null && (crashed === undefined || !standsAlone(crashed.frames))) return null;
  const words = main?.words ?? { kind: 'stack trace' };
  const said =
    words.kind === '' ? (heads.find((head) => head.words.kind !== '')?.words.kind ?? 'abort') : words.kind;
  // A signal says how it went on; another tool's finding is another fault, with words of its own.
  const told = heads.find(
    ({ head, words: other }) =>
      Boolean(other.message) && (head.rank === 1 || words.kind === '' || other.kind === words.kind),
  );
  const message = words.message || death.message || told?.words.message || '';
  // V8 says on its second line that the fatal error was a check.
  const check = said === 'fatal error' ? CHECK.exec(message) : null;
  const exception =
    check === null ? builder.exception(said, message) : builder.exception('check failed', check[1] ?? '');
  const ordered =
    crashed !== undefined && OUTERMOST_FIRST.test(crashed.label)
      ? crashed.frames.toReversed()
      : (crashed?.frames ?? []);
  const frames = withPlaces(ordered, death.pc, words.function, words.file, words.line);
  for (const frame of frames) builder.frame(exception.frames, frame);
  for (const { words: said } of heads)
    for (const datum of said.data ?? [])
      if (!exception.data.some(([name]) => name === datum[0])) exception.data.push(datum);
  for (const { head, words: said } of heads)
    if (
      head !== main?.head &&
      head.rank === 1 &&
      said.kind !== '' &&
      !death.data.some(([name]) => name === 'signal')
    )
      death.data.push(['signal', said.kind]);
  const fate: TraceFate = heads.some(({ head }) => head.fate === 'ended')
    ? 'ended'
    : heads.length === 0
      ? 'logged'
      : (main?.head.fate ?? 'logged');
  const threads =
    filled.length < 2 && !death.data.some(([name]) => name === 'thread')
      ? []
      : filled.map((block, index): TraceThread => ({
          name: nameOf(block, index),
          state: '',
          frames: block === crashed ? exception.frames : block.frames,
          createdBy: null,
          crashed: block === crashed,
        }));
  return {
    trace: builder.trace(main === null || main.head.format === 'native' ? 'native' : 'c++', [exception], {
      threads,
      data: death.data,
      address: heads.find((head) => head.words.address !== undefined)?.words.address ?? null,
      modules,
    }),
    first,
    last,
    fate,
    understood: main === null ? filled.reduce((sum, block) => sum + block.frames.length, 0) : last - first,
  };
}

/**
 * The first stack with names; but a program that prints its own stack and then dies in the hands of a sanitizer or debugger shows it
 * twice, and the one with source files has the inlined calls, too.
 */
function withPlacesOf(blocks: readonly Block[]): Block | undefined {
  const first = blocks.find(({ frames }) => frames.some((frame) => frame.function !== null));
  if (first === undefined || hasPlaces(first)) return first;
  const later = blocks.find((block) => block.heads > first.heads);
  return later !== undefined && hasPlaces(later) ? later : first;
}

/** Among all threads that a debugger shows, the one that was ended. */
function endsProcess(frames: readonly TraceFrame[]): boolean {
  return frames.slice(0, 8).some((frame) => frame.function !== null && END_FRAME.test(frame.function));
}

function hasPlaces({ frames }: Block): boolean {
  return frames.some((frame) => frame.function !== null && frame.file !== null && frame.line !== null);
}

/** A tool's own words for a stack; any other line before it may be the program's, and names nothing. */
function nameOf({ label }: Block, index: number): string {
  return THREAD_MARK.test(label) || CRASHED.test(label) || ACCESS.test(label)
    ? label.slice(0, 120)
    : `stack ${index + 1}`;
}

/** Frames without a head are a stack where there are several, or one is whole. */
function standsAlone(frames: readonly TraceFrame[]): boolean {
  const [first] = frames;
  return (
    frames.length > 1 ||
    (first !== undefined && first.function !== null && first.file !== null && first.line !== null)
  );
}

/** Puts the instruction that a kernel names before the calls, and gives a head without a stack its own place. */
function withPlaces(
  frames: readonly TraceFrame[],
  pc: TraceFrame | null,
  called: string | undefined,
  file: string | undefined,
  line: string | undefined,
): readonly TraceFrame[] {
  if (pc !== null && !frames.slice(0, 20).some((frame) => frame.function === pc.function))
    return [pc, ...frames];
  if (frames.length > 0 || (called === undefined && file === undefined)) return frames;
  const place = frameOf(`${called ?? ''} ${file ?? ''}:${line ?? ''}`, { function: called, file, line });
  return [place.function === null ? place : { ...place, function: bareFunction(place.function) }];
}

/** An assertion prints the whole signature: `void shop::order(int)`. */
function bareFunction(name: string): string {
  return name
    .replace(
      /^(?:(?:static|virtual|constexpr|inline|const|unsigned|signed|struct|class|enum) ){0,4}[\w:<>,*&]{1,200}(?: ?[*&]{1,2})? (?=[\w:~<>]{1,300}$)/,
      '',
    )
    .replace(/^[*&]+/, '');
}
