// Lines of native text that are neither head nor frame, and say something of the process, the access, or a module.
import type { TraceDatum, TraceModule } from '../trace/trace.ts';
import type { HeadWords } from './native-head.ts';
import type { NativeParts } from './native-parts.ts';

/** What one line adds. */
export interface NativeDetail {
  readonly datum?: TraceDatum;
  readonly message?: string;
  readonly module?: TraceModule;
  /** The instruction itself, as kernels name it. */
  readonly frame?: NativeParts;
}

const WHAT = /^ {1,4}what\(\): {1,2}(.*)$/;
/** V8 and HotSpot frame their message in `#`. */
const HASHED = /^#\s{1,4}(?!C |V |v |j |J )(\S.{0,800})$/;
const ACCESS = /^(READ|WRITE|ACCESS) of size (\d{1,12}|0x[0-9a-f]{1,16})/;
const CAUSED =
  /^==\d{1,10}==(?:The signal is caused by an? (\w{1,20}) memory access|Hint: (address points to the zero page))/;
const SUMMARY =
  /^(?:SUMMARY: \w{1,40}: |SCARINESS: \d|==\d{1,10}==ABORTING|==\d{1,10}==Hint|\w{1,40} can not provide additional info|\w{1,40}:DEADLYSIGNAL|ASAN:|={20,}|NOTE: libFuzzer|==+ C stack trace =+|\[end of stack trace\]|Registers:|backtrace:$|Call Trace:|Call trace:|<\/?(?:TASK|IRQ|NMI)>)/;
const TOMBSTONE = /^pid: (\d{1,10}), tid: (\d{1,10}), name: (.{0,100}?) {1,4}>>> (.{1,200}?) <<</;
const FINGERPRINT = /^Build fingerprint: '(.{1,200})'/;
const KERNEL_TASK =
  /^CPU: \d{1,5} (?:UID: \d{1,10} )?PID: (\d{1,10}) Comm: (.{1,60}?)(?: Kdump.{0,40})?(?: (?:Tainted|Not tainted)| -|$)/;
const RIP =
  /^(?:RIP: [0-9a-f]{4}:|RIP: |EIP: |EIP is at |pc : |PC is at |IP: |epc : )(?:\[<[0-9a-f]{8,16}>\] {0,3}){0,3}([A-Za-z_.$][\w.$]{0,200})\+0x([0-9a-f]{1,8})\/0x[0-9a-f]{1,8}(?: \[([\w-]{1,60})\])?(?: (\S{1,300}):(\d{1,9}))?/;
const KASAN_ACCESS = /^(Read|Write) of size (\d{1,12}) at addr ([0-9a-f]{8,16})/;
const APPLE =
  /^(Process|Identifier|Version|OS Version|Code Type|Hardware Model|Exception Codes|Exception Subtype|Termination Reason|Triggered by Thread|Crashed Thread): {1,20}(\S.{0,300})$/;
const IMAGE =
  /^\s{0,20}(0x[0-9a-f]{6,16}) - {1,8}0x[0-9a-f]{6,16} \+?(\S.{0,120}?) (?:(?:arm\w{1,8}|x86_64\w{0,4}|i386|\?{1,3}|\([^()]{0,60}\)(?: - [^<]{0,60})?) {1,4}){0,3}<([0-9A-Fa-f-]{32,36})> (.{1,300})$/;
const FUCHSIA = /^dso: id=([0-9a-f]{4,64}) base=(0x[0-9a-f]{4,16}) name=(\S{1,300})$/;
const WINDOWS = /^(PROCESS_NAME|MODULE_NAME|BUILD_VERSION_STRING|OSPLATFORM_TYPE): {1,4}(\S.{0,200})$/;
const FAULTING_MODULE = /^\s{0,4}Faulting module name: ([^,]{1,200}),/;
const FAULT_OFFSET = /^\s{0,4}Fault offset: 0x([0-9a-fA-F]{1,16})/;
/** dbgeng names the instruction before its stack: `till!shop::Till::open+0x14:`. */
const INSTRUCTION = /^([\w.+-]{1,120})!([^\s[]{1,800})\+0x([0-9a-f]{1,16}):$/;
const SPECIFIC = /^(?:abort\(\) called|\*{3} Terminating app due to |fatal error: )/;

/** Reads a line; null where it says nothing that is kept. */
export function nativeDetail(line: string, head: HeadWords | null): NativeDetail | null {
  const text = line.slice(0, 1500);
  const code = text.charCodeAt(0);
  if (code === 35) return hashed(text, head);
  const what = code === 32 ? WHAT.exec(text) : null;
  if (what !== null) return { message: what[1] ?? '' };
  const trimmed = text.trimStart();
  const access = ACCESS.exec(trimmed);
  if (access !== null) return { datum: ['access', `${access[1] ?? ''} of size ${access[2] ?? ''}`] };
  if (SUMMARY.test(trimmed)) {
    const caused = CAUSED.exec(text);
    return caused === null ? {} : { datum: ['hint', caused[1] ?? caused[2] ?? ''] };
  }
  const caused = CAUSED.exec(text);
  if (caused !== null) return { datum: ['access', caused[1] ?? caused[2] ?? ''] };
  const kasan = KASAN_ACCESS.exec(text);
  if (kasan !== null) return { datum: ['access', `${kasan[1] ?? ''} of size ${kasan[2] ?? ''}`] };
  const rip = RIP.exec(trimmed);
  if (rip !== null) return { frame: { function: rip[1], module: rip[3], file: rip[4], line: rip[5] } };
  const task = KERNEL_TASK.exec(text);
  if (task !== null) return { datum: ['process', task[2] ?? ''] };
  const tombstone = TOMBSTONE.exec(text);
  if (tombstone !== null)
    return {
      datum: [
        'process',
        `${tombstone[4] ?? ''}, thread ${tombstone[3] ?? ''}, pid ${tombstone[1] ?? ''}, tid ${tombstone[2] ?? ''}`,
      ],
    };
  const fingerprint = FINGERPRINT.exec(text);
  if (fingerprint !== null) return { datum: ['build', fingerprint[1] ?? ''] };
  return listed(text);
}

function listed(text: string): NativeDetail | null {
  const apple = APPLE.exec(text);
  if (apple !== null) return { datum: [(apple[1] ?? '').toLowerCase(), apple[2] ?? ''] };
  const image = IMAGE.exec(text);
  if (image !== null)
    return {
      module: {
        name: (image[2] ?? '').trim(),
        base: image[1] ?? null,
        buildId: (image[3] ?? '').replaceAll('-', '').toLowerCase(),
        path: image[4] ?? null,
      },
    };
  const fuchsia = FUCHSIA.exec(text);
  if (fuchsia !== null)
    return {
      module: { name: fuchsia[3] ?? '', base: fuchsia[2] ?? null, buildId: fuchsia[1] ?? null, path: null },
    };
  const windows = WINDOWS.exec(text);
  if (windows !== null)
    return { datum: [(windows[1] ?? '').toLowerCase().replaceAll('_', ' '), windows[2] ?? ''] };
  const faulting = FAULTING_MODULE.exec(text)?.[1];
  if (faulting !== undefined) return { datum: ['module', faulting] };
  const offset = FAULT_OFFSET.exec(text)?.[1];
  if (offset !== undefined) return { frame: { offset } };
  const instruction = text.includes('!') ? INSTRUCTION.exec(text) : null;
  if (instruction !== null) return { frame: { module: instruction[1], function: instruction[2] } };
  return SPECIFIC.test(text) ? { message: text } : null;
}

/** Behind V8's `# Fatal error in …` the next line with words is the message; HotSpot's other lines say nothing. */
function hashed(text: string, head: HeadWords | null): NativeDetail | null {
  const words = HASHED.exec(text);
  if (words === null) return /^#\s*$/.test(text) ? {} : null;
  return head?.kind === 'fatal error' && (head.message ?? '') === '' && !/FailureMessage/.test(text)
    ? { message: words[1] ?? '' }
    : {};
}
