// What looks at a process from outside says of its end: debuggers, system crash reporters, kernels, run-times with a signal
// handler. Sources: gdb and lldb stop messages, debuggerd's tombstones, Apple's crash reports, dbgeng, HotSpot's
// vmError.cpp, the kernel's oops and KASAN printers, Breakpad's minidump_stackwalk, Chromium's stack_trace_posix.cc.
import type { NativeHead } from './native-head.ts';

const outside = { fate: 'ended', format: 'native' } as const;

export const SYSTEM_HEADS: readonly NativeHead[] = [
  {
    word: 'ut of memory',
    pattern:
      /^(?:\[FATAL:\S{1,200}\] |# ?(?:Fatal process )?|Allocation failed - JavaScript heap )?[Oo]ut of memory(?:[.:,] ?(.{0,200}))?$|^# ?Allocation failed - (.{1,100})$/,
    read: ([, message, more]) => ({ kind: 'out of memory', message: message ?? more ?? '' }),
    fate: 'ended',
    rank: 2,
    format: 'native',
  },
  // gdb
  {
    word: 'received signal ',
    pattern: /^(?:Program|Thread .{1,120}) received signal (SIG[A-Z]{2,8}|\?)(?:, (.{1,100}?)\.?)?$/,
    read: ([, kind = '', message = '']) => ({ kind, message }),
    rank: 1,
    ...outside,
  },
  {
    word: 'terminated with signal ',
    pattern:
      /^(?:Program|Core was generated.{0,200}?) terminated with signal (?:(SIG[A-Z]{2,8})|(\d{1,3}))(?:, (.{1,100}?)\.?)?$/,
    read: ([, name, number = '', message = '']) => ({ kind: name ?? signalName(number, message), message }),
    rank: 1,
    ...outside,
  },
  // lldb
  {
    word: 'stop reason = ',
    pattern:
      /^\s{0,4}\*? ?thread #\d{1,6}.{0,300}?stop reason = (?:signal )?((?:SIG|EXC_)\w{2,30}|hit program assert|Swift runtime failure|Fatal error)(?:: (.{1,300}?))?(?: \((.{0,200})\))?$/,
    read: ([, kind = '', message = '', more = '']) => ({
      kind,
      message: message || more,
      address: /address=(0x[0-9a-f]{1,16})/.exec(more)?.[1],
    }),
    rank: 1,
    ...outside,
  },
  // Android
  {
    word: 'signal ',
    pattern:
      /^(?:Fatal )?signal (\d{1,3}) \((SIG[A-Z]{2,8})\)(?:, code -?\d{1,9} ?\(?(\w{0,30})[^)]{0,60}\)?)?(?:, fault addr (\S{1,30}))?/,
    read: ([, , kind = '', code, address]) => ({
      kind,
      address:
        address === undefined || !/^(?:0x)?[0-9a-f]+$/.test(address)
          ? undefined
          : address.replace(/^(?:0x)?/, '0x'),
      data: code === undefined || code === '' ? [] : [['code', code]],
    }),
    rank: 1,
    ...outside,
  },
  {
    word: 'Abort message: ',
    pattern: /^Abort message: '?(.{1,1000}?)'?$/,
    read: ([, message = '']) => ({ kind: 'abort', message: message.replace(/^\[FATAL:[^\]]{0,200}\] /, '') }),
    rank: 2,
    ...outside,
  },
  // Chromium
  {
    word: 'Received signal ',
    pattern: /^(?:#\s)?Received signal (\d{1,3}) ?([A-Z_]{0,30})(?:<unknown>)? ?(?:0x)?([0-9a-f]{1,16})?$/,
    read: ([, number = '', code = '', address]) => ({
      kind: signalName(number, code),
      data: code === '' ? [] : [['code', code]],
      address: address === undefined ? undefined : `0x${address}`,
    }),
    rank: 1,
    ...outside,
  },
  {
    word: ' process ',
    pattern:
      /\b(?:GPU|[Rr]enderer|[Uu]tility|[Pp]lugin|NaCl) process (?:exited unexpectedly: exit_code=(-?\d{1,12})|crashed)/,
    read: (match) => ({ kind: 'child process crashed', message: match[0] }),
    fate: 'logged',
    rank: 1,
    format: 'native',
  },
  // Apple
  {
    word: 'Exception Type:',
    pattern: /^Exception Type: {1,12}(\S.{0,60}?)(?: \((SIG[A-Z]{2,8}).{0,60}\))?$/,
    read: ([, kind = '', signal]) => ({
      kind: kind === '' ? (signal ?? '') : kind,
      data: signal === undefined ? [] : [['signal', signal]],
    }),
    rank: 1,
    ...outside,
  },
  // HotSpot
  {
    word: ' at pc=',
    pattern:
      /^#\s{0,4}(SIG[A-Z]{2,8}|EXCEPTION_\w{1,60}) \(0x[0-9a-fA-F]{1,16}\) at pc=(0x[0-9a-fA-F]{1,16}), pid=(\d{1,10})/,
    read: ([, kind = '', , pid = '']) => ({ kind, data: [['pid', pid]] }),
    rank: 1,
    ...outside,
  },
  {
    word: 'Internal Error (',
    pattern: /^#\s{0,4}Internal Error \((\S.{0,200}?):(\d{1,9})\), pid=(\d{1,10})/,
    read: ([, file, line, pid = '']) => ({ kind: 'Internal Error', file, line, data: [['pid', pid]] }),
    rank: 2,
    ...outside,
  },
  {
    word: 'insufficient memory',
    pattern: /^#\s{0,4}(There is insufficient memory for the Java Runtime Environment to continue\.)/,
    read: ([, message = '']) => ({ kind: 'out of memory', message }),
    rank: 2,
    ...outside,
  },
  // Windows
  {
    word: 'ExceptionCode: ',
    pattern: /^\s{0,4}ExceptionCode: ([0-9a-fA-F]{8})(?: \((.{1,80}?)\))?$/,
    read: ([, code = '', name]) => ({ kind: windowsName(code, name), data: [['code', `0x${code}`]] }),
    rank: 1,
    ...outside,
  },
  {
    word: ' - code ',
    pattern: /^\([0-9a-f]{1,8}\.[0-9a-f]{1,8}\): (.{1,80}?) - code ([0-9a-fA-F]{8})/,
    read: ([, name = '', code = '']) => ({ kind: windowsName(code, name), data: [['code', `0x${code}`]] }),
    rank: 1,
    ...outside,
  },
  {
    word: 'Exception code: 0x',
    pattern: /^\s{0,4}Exception code: 0x([0-9a-fA-F]{8})/,
    read: ([, code = '']) => ({ kind: windowsName(code, undefined), data: [['code', `0x${code}`]] }),
    rank: 1,
    ...outside,
  },
  {
    word: 'Faulting application name: ',
    pattern: /^\s{0,4}Faulting application name: ([^,]{1,200})(?:, version: (\S{1,40}?))?(?:,|$)/,
    read: ([, process = '', version]) => ({
      kind: '',
      data: [['process', process], ...(version === undefined ? [] : [['version', version] as const])],
    }),
    rank: 1,
    ...outside,
  },
  // Breakpad
  {
    word: 'Crash reason: ',
    pattern: /^Crash reason: {1,4}(\S.{0,100})$/,
    read: ([, kind = '']) => ({ kind }),
    rank: 1,
    ...outside,
  },
  {
    word: 'Crash|',
    pattern: /^Crash\|([^|]{1,100})\|(0x[0-9a-f]{1,16})?\|/,
    read: ([, kind = '', address]) => ({ kind, address }),
    rank: 1,
    ...outside,
  },
  // Linux kernel
  {
    word: 'BUG: K',
    pattern:
      /\bBUG: (K(?:A|C|M)SAN|KFENCE): (.{1,80}?)(?: in (\w[\w.]{0,200}))?(?:\+0x[0-9a-f]{1,8}\/0x[0-9a-f]{1,8})?(?: \[[^\]]{1,60}\])?(?: at addr .{0,60})?$/,
    read: ([, tool = '', kind = '', called]) => ({ kind, function: called, data: [['tool', tool]] }),
    rank: 2,
    ...outside,
  },
  {
    word: 'BUG: ',
    pattern:
      /(?:^|\s)BUG: ((?:unable to handle (?:kernel |page fault|kernel paging)|kernel |sleeping function|scheduling while|workqueue|soft lockup|spinlock|Bad (?:page|rss)|using |corrupted |stack guard|non-zero |TASK |unable to )[^:@]{0,100}?)(?: (?:at|for address:?|address:?|,) ?(?:virtual address )?(?:address: )?([0-9a-f]{8,16}))?(?::.{0,200}| - .{0,200})?$/,
    read: ([, kind = '', address]) => ({
      kind: kind
        .replace(/ at (?:virtual )?address.*$/, '')
        .replace(/[:,]$/, '')
        .trim(),
      address: address === undefined ? undefined : `0x${address}`,
    }),
    rank: 2,
    ...outside,
  },
  {
    word: 'kernel BUG at ',
    pattern: /kernel BUG at (\S{1,300}?):(\d{1,9})/,
    read: ([, file, line]) => ({ kind: 'kernel BUG', file, line }),
    rank: 2,
    ...outside,
  },
  {
    word: 'general protection fault',
    pattern: /(?:^|\s)(general protection fault)(?:, (.{1,200}?))?(?:: [0-9a-f]{4} \[#\d{1,6}\].{0,80})?$/,
    read: ([, kind = '', message = '']) => ({ kind, message }),
    rank: 2,
    ...outside,
  },
  {
    word: 'nable to handle kernel ',
    pattern: /Unable to handle kernel (.{1,80}?) (?:at|for) (?:virtual )?address:? ?([0-9a-f]{8,16})/,
    read: ([, kind = '', address = '']) => ({ kind: `kernel ${kind}`, address: `0x${address}` }),
    rank: 2,
    ...outside,
  },
  {
    word: 'Internal error: Oops',
    pattern: /Internal error: (Oops)\b/,
    read: ([, kind = '']) => ({ kind }),
    rank: 1,
    ...outside,
  },
  {
    word: 'Kernel panic',
    pattern: /Kernel panic - not syncing: (.{1,300})$/,
    read: ([, message = '']) => ({ kind: 'kernel panic', message }),
    rank: 1,
    ...outside,
  },
  {
    word: 'WARNING: ',
    pattern: /WARNING: (?:CPU: \d{1,5} PID: \d{1,10} )?at (\S{1,300}?):(\d{1,9}) (\w[\w.]{0,200})\+0x/,
    read: ([, file, line, called]) => ({ kind: 'WARNING', file, line, function: called }),
    fate: 'logged',
    rank: 2,
    format: 'native',
  },
  {
    word: 'stall',
    pattern: /(rcu:? ?\w{0,20} (?:self-)?detected(?: expedited)? stalls?)/,
    read: ([, kind = '']) => ({ kind: kind.replace(/:/g, '') }),
    rank: 2,
    ...outside,
  },
  {
    word: 'blocked for more than',
    pattern: /INFO: task (\S{1,100}?):\d{1,10} blocked for more than \d{1,6} seconds/,
    read: ([, task = '']) => ({ kind: 'hung task', message: task }),
    fate: 'logged',
    rank: 2,
    format: 'native',
  },
  {
    word: 'divide error',
    pattern: /(?:^|\s)(divide error|invalid opcode|stack segment|double fault): [0-9a-f]{4} \[#\d{1,6}\]/,
    read: ([, kind = '']) => ({ kind }),
    rank: 2,
    ...outside,
  },
  {
    word: 'segfault at ',
    pattern:
      /(\S{1,100})\[\d{1,10}\]: segfault at ([0-9a-f]{1,16}) ip ([0-9a-f]{1,16}) sp [0-9a-f]{1,16} error \d{1,4}(?: in (\S{1,200}?)\[.{0,80}\])?/,
    read: ([, process = '', address = '', ip = '', module]) => ({
      kind: 'SIGSEGV',
      address: `0x${address}`,
      data: [
        ['process', process],
        ['pc', `0x${ip}`],
        ...(module === undefined ? [] : [['module', module] as const]),
      ],
    }),
    rank: 1,
    ...outside,
  },
  // systemd-coredump: what `coredumpctl info` prints
  {
    word: 'Signal: ',
    pattern: /^\s{0,20}Signal: (\d{1,3}) \(([A-Z]{2,8})\)/,
    read: ([, , name = '']) => ({ kind: `SIG${name}` }),
    rank: 1,
    ...outside,
  },
  {
    word: ' dumped core',
    pattern: /\bProcess (\d{1,10}) \((.{1,100}?)\) of user \d{1,10} (?:dumped core|terminated abnormally)/,
    read: ([, pid = '', process = '']) => ({
      kind: '',
      data: [
        ['process', process],
        ['pid', pid],
      ],
    }),
    rank: 1,
    ...outside,
  },
  // Handlers of glog, abseil and folly
  {
    word: ' received ',
    pattern:
      /^\*{3} (?:Signal \d{1,3} \((SIG[A-Z]{2,8})\)|(SIG[A-Z]{2,8})\b)(?: \(@?(0x[0-9a-f]{1,16})\))? received (?:by|at) /,
    read: ([, one, other, address]) => ({ kind: one ?? other ?? '', address }),
    rank: 1,
    ...outside,
  },
  // backward-cpp
  {
    word: 'ault (',
    pattern:
      /^(Segmentation fault|Bus error|Aborted|Illegal instruction|Floating point exception) \((?!core dumped)([^()]{1,100}?)(?: \[(0x[0-9a-f]{1,16})\])?\)$/,
    read: ([, kind = '', message = '', address]) => ({ kind, message, address }),
    rank: 1,
    ...outside,
  },
  // Shells and run-times, where nothing else is known
  {
    word: '(core dumped)',
    pattern:
      /^(?:.{0,200}: line \d{1,6}: {1,4}\d{1,10} )?(Segmentation fault|Aborted|Illegal instruction|Bus error|Floating point exception|Trace\/breakpoint trap) +\(core dumped\)/,
    read: ([, kind = '']) => ({ kind }),
    rank: 1,
    ...outside,
  },
  {
    word: 'SIGSEGV',
    pattern: /^(?:Got a|Caught) (SIG[A-Z]{2,8})(?: while executing native code| \(.{0,60}\)|,|\.)/,
    read: ([, kind = '']) => ({ kind }),
    rank: 1,
    ...outside,
  },
  { word: 'Crash!!!', pattern: /^(Crash)!!!/, read: ([, kind = '']) => ({ kind }), rank: 1, ...outside },
];

const SIGNALS: Readonly<Record<string, string>> = {
  '3': 'SIGQUIT',
  '4': 'SIGILL',
  '5': 'SIGTRAP',
  '6': 'SIGABRT',
  '7': 'SIGBUS',
  '8': 'SIGFPE',
  '9': 'SIGKILL',
  '10': 'SIGBUS',
  '11': 'SIGSEGV',
  '31': 'SIGSYS',
};

function signalName(number: string, words: string): string {
  return SIGNALS[number] ?? (words === '' ? `signal ${number}` : words);
}

const WINDOWS: Readonly<Record<string, string>> = {
  c0000005: 'Access violation',
  '80000003': 'Break instruction exception',
  c00000fd: 'Stack overflow',
  c000001d: 'Illegal instruction',
  c0000094: 'Integer divide-by-zero',
  c0000409: 'Stack buffer overrun',
  c0000374: 'Heap corruption',
  e06d7363: 'C++ EH exception',
  c0000135: 'Unable to locate DLL',
  c0000602: 'Fail fast exception',
  '40000015': 'Fatal app exit',
};

function windowsName(code: string, name: string | undefined): string {
  return WINDOWS[code.toLowerCase()] ?? (name === undefined || name === '' ? `0x${code}` : name);
}
