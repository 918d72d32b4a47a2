// Dumps of all threads of a JVM (`jstack`, SIGQUIT) and of Android's run-time (`traces.txt` of an application that does not respond): a
// deadlock that the machine has found, the main thread that hangs, or just where everybody was. Source: HotSpot's thread.cpp and
// vm_operations.cpp, ART's thread.cc.
import { javaFrame } from './java-trace.ts';
import { TraceBuilder } from './trace-builder.ts';
import type { FoundTrace, TraceFate, TraceLanguage, TraceText } from './trace-language.ts';
import type { TraceDatum, TraceFrame, TraceThread } from './trace.ts';

const START =
  /^Full thread dump \S|^DALVIK THREADS(?: \(\d{1,6}\))?:|^Found (?:one|\d{1,4}) Java-level deadlocks?:/;
/** What Android's activity manager logs of an application that does not respond. */
const ANR = /^ANR in ([\w.:-]{1,200})(?: \(.{0,300}\))?$/;
const REASON = /^Reason: (.{1,500})$/;
const ANR_LINES = 6;
const ANDROID = /^DALVIK THREADS/;
/** `"main" #1 prio=5 … tid=0x…`, `"main" prio=5 tid=1 Blocked`. */
const THREAD = /^"(.{0,200}?)" (?=.{0,400}(?:\btid=|\bnid=|\bos_prio=))(.{1,400})$/;
const STATE = /^\s{1,8}java\.lang\.Thread\.State: (\S.{0,80})$/;
const ART_STATE = /\btid=\d{1,10} (\w{1,40})$/;
const DEADLOCK = /^Found (?:one|\d{1,4}) Java-level deadlocks?:/;
/** The stacks of those who wait for each other come last, each below its name alone. */
const LISTED = /^"(.{0,200})":\s*$/;
const HELD = /which is held by "(.{1,200})"/;
const PROCESS = /^----- pid (\d{1,10}) at /;
const COMMAND = /^Cmd ?line: (\S{1,200})/i;
const SUBJECT = /^Subject: (.{1,500})$/;
/** Everything else that stands in such dumps. */
const INSIDE =
  /^\s*(?:- |\||native: |#\d{2} pc |\(no managed|at |Locked ownable|No compile task|Compiling:)|^JNI global|^"|^\s{1,8}(?:waiting (?:to lock|for)|which is held|in JNI|java\.lang\.Thread\.State)|^={10,}$|^Java stack information|^Found \d|^_java_thread_list|^Threads class SMR|^(?:\{|\}|0x[0-9a-f]{8})|^----- |^suspend all|^Cmd ?line|^(?:Zygote|Heap|Build|ABI)/i;
const MAX_LINES = 20_000;
const MAX_THREADS = 2000;
const MAX_GAP = 12;
const MAX_HEAD = 60;
/** Another dump begins. */
const AGAIN = /^Full thread dump \S|^DALVIK THREADS/;
const LEAD = 60;

interface Open {
  readonly name: string;
  state: string;
  readonly frames: TraceFrame[];
}

/** Thread dumps; asked before the languages whose frames stand in them. */
export const threadDumpLanguage: TraceLanguage = {
  format: 'java',
  recognises: (line) => {
    const code = line.charCodeAt(0);
    return ((code === 70 || code === 68) && START.test(line)) || (code === 65 && ANR.test(line));
  },
  find: (text, at, from) =>
    ANR.test(text.lines[at] ?? '') ? findNotResponding(text, at) : findDump(text, at, from),
};

function findNotResponding({ lines }: TraceText, at: number): FoundTrace {
  const builder = new TraceBuilder([]);
  const process = ANR.exec(lines[at] ?? '')?.[1] ?? '';
  const below = lines.slice(at + 1, at + 1 + ANR_LINES);
  const reason = below.findIndex((line) => REASON.test(line));
  const exception = builder.exception('ANR', REASON.exec(below[reason] ?? '')?.[1] ?? '');
  const last = at + 2 + reason;
  return {
    trace: builder.trace('java', [exception], { dialect: 'threads', data: [['process', process]] }),
    first: at,
    last,
    fate: 'ended',
    understood: last - at,
  };
}

function findDump({ lines, begins }: TraceText, at: number, from: number): FoundTrace | number | null {
  const isAndroid = ANDROID.test(lines[at] ?? '');
  const builder = new TraceBuilder([]);
  const threads: Open[] = [];
  const locked: Open[] = [];
  const waits: string[] = [];
  let [last, understood, inDeadlock] = [at + 1, 1, false];
  let current: Open | null = null;
  for (let index = at; index < Math.min(lines.length, at + MAX_LINES); index += 1) {
    const line = lines[index] ?? '';
    if (index > at && ((begins(index) && index - last > 0) || AGAIN.test(line))) break;
    // Words of a dump without a thread are other text; nobody reads it to its end for each of them.
    if (threads.length + locked.length === 0 && index - at > MAX_HEAD) break;
    const thread = THREAD.exec(line);
    const listed = inDeadlock ? LISTED.exec(line) : null;
    if (DEADLOCK.test(line)) inDeadlock = true;
    if (thread !== null) {
      current = { name: thread[1] ?? '', state: ART_STATE.exec(line)?.[1] ?? '', frames: [] };
      if (threads.length < MAX_THREADS) threads.push(current);
    } else if (listed !== null) {
      current = { name: listed[1] ?? '', state: '', frames: [] };
      if (locked.length < MAX_THREADS) locked.push(current);
    } else {
      const frame = javaFrame(line);
      const state = STATE.exec(line)?.[1];
      const held = inDeadlock ? HELD.exec(line)?.[1] : undefined;
      if (frame !== null && current !== null) builder.frame(current.frames, frame);
      else if (state !== undefined && current !== null) current.state = state;
      else if (held !== undefined) waits.push(held);
      else if (line.trim() === '') {
        if (index - last > MAX_GAP) break;
        continue;
      } else if (!INSIDE.test(line) && index > at) {
        if (index - last > MAX_GAP || frame !== null) break;
        continue;
      }
    }
    understood += index + 1 - last;
    last = index + 1;
  }
  if (threads.length === 0 && locked.length === 0) return null;
  const lead = leadOf(lines, at, from);
  // Names stand twice below a deadlock: who waits for whom, then the stacks.
  const waiting = locked.find(({ frames }) => frames.length > 0);
  const main = threads.find(({ name }) => name === 'main');
  const chosen =
    waiting ??
    (isAndroid ? main : threads.find(({ state }) => state.startsWith('BLOCKED'))) ??
    main ??
    threads[0];
  const kind = inDeadlock ? 'deadlock' : isAndroid ? 'ANR' : 'thread dump';
  const message = inDeadlock
    ? `${[...new Set(waits)].map((name) => `"${name}"`).join(', ')} wait for each other`
    : lead.subject;
  const exception = builder.exception(kind, message);
  exception.frames.push(...(chosen?.frames ?? []));
  const fate: TraceFate = isAndroid ? 'ended' : inDeadlock ? 'thread' : 'handled';
  return {
    trace: builder.trace('java', [exception], {
      dialect: 'threads',
      threads: (threads.length > 0 ? threads : locked).map(({ name, state, frames }): TraceThread => ({
        name,
        state,
        frames,
        createdBy: null,
        crashed: name === chosen?.name,
      })),
      data: lead.data,
    }),
    first: lead.first,
    last,
    fate,
    understood: understood + at - lead.first,
  };
}

/** Android says before the threads whose they are. */
function leadOf(
  lines: readonly string[],
  at: number,
  from: number,
): { readonly first: number; readonly data: readonly TraceDatum[]; readonly subject: string } {
  const data: TraceDatum[] = [];
  let [first, subject] = [at, ''];
  for (let index = at - 1; index >= from && index >= at - LEAD; index -= 1) {
    const line = lines[index] ?? '';
    const command = COMMAND.exec(line)?.[1];
    const pid = PROCESS.exec(line)?.[1];
    if (command !== undefined) data.push(['process', command]);
    subject = SUBJECT.exec(line)?.[1] ?? subject;
    if (command !== undefined || pid !== undefined || SUBJECT.test(line)) first = index;
    if (pid !== undefined) {
      data.push(['pid', pid]);
      if (!SUBJECT.test(lines[index - 1] ?? '')) break;
    }
  }
  return { first, data, subject };
}
