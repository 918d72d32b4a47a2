// The last words of native programs themselves: assertions, exceptions that nobody caught, what their C library found,
// checks of Chromium, V8, glog, Mozilla, Qt, GLib, Unreal. Sources: glibc assert.c and fortify_fail.c, musl, bionic, BSD and
// newlib assert.c, the UCRT; libstdc++ vterminate.cc, libc++abi; base/check.cc; v8/src/base/logging.cc; glog logging.cc.
import type { NativeHead } from './native-head.ts';

function assertion(
  expression: string | undefined,
  rest: {
    readonly function?: string | undefined;
    readonly file?: string | undefined;
    readonly line?: string | undefined;
  },
): ReturnType<NativeHead['read']> {
  return { kind: 'assertion failed', message: expression ?? '', ...rest };
}

const own = { fate: 'ended', rank: 3, format: 'c++' } as const;

export const PROGRAM_HEADS: readonly NativeHead[] = [
  // shop: cart.cc:12: void shop::order(int): Assertion `n > 0' failed.
  {
    word: 'Assertion ',
    pattern:
      /^(?:\S.{0,300}?: )?(\S[^:\s]{0,500}):(\d{1,9}): (.{1,800}?): Assertion [`'](.{1,800})' failed\.?(?: .{0,400})?$/,
    read: ([, file, line, called, expression]) => assertion(expression, { function: called, file, line }),
    ...own,
  },
  // musl, macOS and BSD, MSVC
  {
    word: 'Assertion failed: ',
    pattern:
      /(?:^|\s)Assertion failed: (.{1,800}?)(?: \((\S{1,300}): (\S{1,200}): (\d{1,9})\)|, function (.{1,300}?), file (.{1,300}?), line (\d{1,9})\.?|, file (.{1,300}?), line (\d{1,9})| \[File:(.{1,300}?)\] \[Line: (\d{1,9})\].{0,300})$/,
    read: (match) =>
      assertion(match[1], {
        function: match[3] ?? match[5],
        file: match[2] ?? match[6] ?? match[8] ?? match[10],
        line: match[4] ?? match[7] ?? match[9] ?? match[11],
      }),
    ...own,
  },
  // Swift without a message
  {
    word: 'ed: file ',
    pattern: /^(Precondition failed|Assertion failed): file (\S.{0,300}?), line (\d{1,9})$/,
    read: ([, kind = '', file, line]) => ({ kind, file, line }),
    ...own,
  },
  // libc++'s hardened mode
  {
    word: ': assertion ',
    pattern: /^(\S{1,500}):(\d{1,9}): assertion (.{1,500}?) failed(?:: (.{0,600}))?$/,
    read: ([, file, line, expression, message]) => assertion(message ?? expression, { file, line }),
    ...own,
  },
  // newlib, bionic
  {
    word: 'assertion "',
    pattern:
      /(?:^|\s)(?:(\S{1,300}):(\d{1,9}): (?:(\S.{0,300}?): )?)?assertion "(.{1,800})" failed(?:: file "(.{1,300})", line (\d{1,9})(?:, function:? "?([^"]{1,200})"?)?)?/,
    read: (match) =>
      assertion(match[4], {
        function: match[3] ?? match[7],
        file: match[1] ?? match[5],
        line: match[2] ?? match[6],
      }),
    ...own,
  },
  // Mozilla
  {
    word: 'Assertion failure: ',
    pattern: /^(?:\[[^\]]{1,80}\] ?(?:###!!! )?)?Assertion failure: (.{1,800}?), at (\S{1,400}):(\d{1,9})$/,
    read: ([, expression, file, line]) => assertion(expression, { file, line }),
    ...own,
  },
  {
    word: 'MOZ_CRASH(',
    pattern: /^Hit MOZ_CRASH\((.{0,600})\) at (\S{1,400}):(\d{1,9})/,
    read: ([, message = '', file, line]) => ({ kind: 'MOZ_CRASH', message, file, line }),
    ...own,
  },
  {
    word: '###!!! ABORT: ',
    pattern: /###!!! ABORT: (.{1,600}?)(?:: file (\S{1,400}?)[,:] ?(?:line )?(\d{1,9}))?$/,
    read: ([, message = '', file, line]) => ({ kind: 'ABORT', message, file, line }),
    ...own,
  },
  // Foundation
  {
    word: '*** Assertion failure in ',
    pattern: /\*{3} Assertion failure in (.{1,300}?), (\S.{0,300}?):(\d{1,9})/,
    read: ([, called, file, line]) => assertion('', { function: called, file, line }),
    ...own,
  },
  {
    word: 'uncaught exception ',
    pattern: /Terminating app due to uncaught exception '([\w. :]{1,200})', reason: '(.{0,1000}?)'?$/,
    read: ([, kind = '', message = '']) => ({ kind, message }),
    ...own,
  },
  // Qt, GLib, generic
  {
    word: 'ASSERT',
    pattern:
      /^ASSERT(?: failure in (.{1,200}?))?: "(.{1,800}?)"(?: in file|, file) (\S.{0,300}?), line (\d{1,9})/,
    read: ([, called, expression, file, line]) => assertion(expression, { function: called, file, line }),
    ...own,
  },
  {
    word: 'assertion failed',
    pattern: /^(?:\*\*\s?)?ERROR:(\S{1,300}?):(\d{1,9}):(\w{1,200}): assertion failed:? ?\(?(.{0,600}?)\)?$/,
    read: ([, file, line, called, expression]) => assertion(expression, { function: called, file, line }),
    ...own,
  },
  {
    word: '-ERROR **',
    pattern: /\b([\w-]{1,60})-ERROR \*\*: (?:[\d:.]{1,20}: )?(.{1,800})$/,
    read: ([, domain = '', message = '']) => ({ kind: `${domain} error`, message }),
    ...own,
  },
  {
    word: 'assert failure: ',
    pattern: /(?:^|\s)assert failure: (.{1,800}?)\.?$/,
    read: ([, expression]) => assertion(expression, {}),
    ...own,
  },
  // Chromium: [1:1:0412/075451.163515:FATAL:file.cc(57)] Check failed: expression (1 vs. 2). message
  {
    word: ':FATAL:',
    pattern:
      /^\[.{0,80}:FATAL:(\S{1,300}?)(?:\((\d{1,9})\)|:(\d{1,9}))\] (?:(Security D?CHECK failed|D?[Cc]heck failed|D?CHECK failed|NOTREACHED hit\.?|Assert(?:ion)? failed)[:.]? ?)?(.{0,1000})$/,
    read: ([, file, line, other, check, message = '']) => ({
      kind:
        check === undefined ? 'fatal log' : check.startsWith('NOTREACHED') ? 'not reached' : 'check failed',
      message,
      file,
      line: line ?? other,
    }),
    ...own,
  },
  // glog and abseil: F0813 00:29:27.775753  384244 file.cc:130] Check failed: expression
  {
    word: '] ',
    begins: 'F',
    pattern:
      /^F\d{4,8} \d\d:\d\d:\d\d\.\d{1,9}\s{1,8}\d{1,10} (\S{1,300}):(\d{1,9})\] (?:(Check failed|CHECK failed|Assertion failed): ?)?(.{0,1000})$/,
    read: ([, file, line, check, message = '']) => ({
      kind: check === undefined ? 'fatal log' : 'check failed',
      message,
      file,
      line,
    }),
    ...own,
  },
  // logcat keeps the level and not the form: CHECK(expression) failed, Check failed: expression
  {
    word: 'heck failed: ',
    pattern:
      /(?:^|\s)(?:(\S{1,300}?)[:(](\d{1,9})\)?[:\]]? )?(?:Security D?)?D?[Cc]heck failed: (.{1,1000}?)\.?$/,
    read: ([, file, line, message = '']) => ({ kind: 'check failed', message, file, line }),
    ...own,
  },
  {
    word: 'CHECK',
    pattern: /(?:(\S{1,300}?):(\d{1,9}):? )?\b(D?CHECK(?:_[A-Z]{2})?\(.{1,400}?\)) failed:?(.{0,300})$/,
    read: ([, file, line, message = '', more = '']) => ({
      kind: 'check failed',
      message: `${message}${more}`,
      file,
      line,
    }),
    ...own,
  },
  // V8: `# Fatal error in file.cc, line 12` and the message on the next line
  {
    word: 'error in ',
    pattern:
      /^#\s{0,4}(?:Fatal|Runtime|Debug check failed|Safely terminating).{0,40}? in (\S{1,300}?)(?:, line |:)(\d{1,9})$/,
    read: ([, file, line]) => ({ kind: 'fatal error', file: file === '' ? undefined : file, line }),
    ...own,
    // The next line may say that it was a check.
    rank: 2,
  },
  {
    word: '# Fatal error',
    pattern:
      /^#\s{0,4}Fatal (?:JavaScript |process )?(?:error|out of memory|invalid size error)\b(?: in , line 0|[: ] ?(?!in , )(.{0,300}))?$/,
    read: ([, message]) => ({ kind: 'fatal error', message: message ?? '' }),
    ...own,
    rank: 2,
  },
  {
    word: 'abort: ',
    pattern: /^abort: (CSA_\w{1,30} failed|.{0,60}?): (.{1,600}?)(?: \[(\S{1,200}?):(\d{1,9})\].{0,300})?$/,
    read: ([, kind = '', message = '', file, line]) => ({
      kind,
      message,
      file,
      line,
    }),
    ...own,
  },
  {
    word: 'FATAL ERROR: ',
    pattern: /^FATAL ERROR: (.{1,400})$/,
    read: ([, message = '']) => ({
      kind: /heap|memory|Allocation/.test(message) ? 'out of memory' : 'fatal error',
      message,
    }),
    ...own,
  },
  // C++
  {
    word: 'terminate called after throwing',
    pattern: /terminate called after throwing an instance of '(.{1,800}?)'(?:: (.{0,800}))?$/,
    read: ([, kind = '', message]) => (message === undefined ? { kind } : { kind, message }),
    ...own,
  },
  {
    word: 'terminate called ',
    pattern: /terminate called (without an active exception|recursively)/,
    read: ([, message = '']) => ({ kind: 'terminate', message }),
    ...own,
  },
  {
    word: 'libc++abi',
    pattern:
      /libc\+\+abi(?:\.dylib)?: terminating(?: due to| with)?(?: an)?(?: uncaught)?(?: foreign)? ?(?:exception)?(?: of type ([^:]{1,400}(?:::[^:]{1,400}){0,20}?))?(?:: (.{0,800}))?$/,
    read: ([, kind, message = '']) => ({ kind: kind ?? 'terminate', message }),
    ...own,
  },
  // glibc and bionic
  {
    word: '*** ',
    pattern:
      /^\*{3} (stack smashing detected|buffer overflow detected|invalid %N\$ use detected|longjmp causes .{1,60}|%n in writable segment detected|fortify fail)[^*]{0,60}\*{3}/,
    read: ([, kind = '']) => ({ kind }),
    ...own,
  },
  {
    word: '*** ',
    pattern:
      /^\*{3} (?:Error in [`'].{0,300}': |glibc detected \*{3} .{0,200}: )(.{1,200}?)(?:: 0x[0-9a-f]{1,16})? \*{3}$/,
    read: ([, kind = '']) => ({ kind }),
    ...own,
  },
  {
    word: '(): ',
    pattern:
      /^((?:malloc|free|realloc|calloc|munmap_chunk|malloc_consolidate|mremap_chunk|unlink_chunk|tcache_thread_shutdown)\(\): .{1,120})$/,
    read: ([, kind = '']) =>
      /corrupt|invalid|mismatching|smallbin|unaligned|double free|unlinked|detected|memory/.test(kind)
        ? { kind }
        : null,
    ...own,
  },
  {
    word: 'double free or corruption',
    pattern: /^(double free or corruption(?: ?\([^)]{0,60}\))?(?:: .{1,120})?)$/,
    read: ([, kind = '']) => ({ kind }),
    ...own,
  },
  {
    word: 'corrupted ',
    pattern: /^(corrupted (?:double-linked list|size vs\. prev_size|unsorted chunks)[^\n]{0,60})$/,
    read: ([, kind = '']) => ({ kind }),
    ...own,
  },
  {
    word: 'FORTIFY: ',
    pattern: /FORTIFY: (\w{1,60}): (.{1,200})$/,
    read: ([, called = '', message = '']) => ({ kind: 'FORTIFY', message: `${called}: ${message}` }),
    ...own,
  },
  {
    word: 'CANNOT LINK EXECUTABLE',
    pattern: /CANNOT LINK EXECUTABLE "?(\S{1,300}?)"?: (.{1,300})$/,
    read: ([, program = '', message = '']) => ({
      kind: 'cannot link executable',
      message,
      data: [['process', program]],
    }),
    ...own,
  },
  {
    word: 'error while loading shared libraries: ',
    pattern: /error while loading shared libraries: (.{1,300})$/,
    read: ([, message = '']) => ({ kind: 'cannot link executable', message }),
    ...own,
  },
  // Swift: file.swift:3: Fatal error: message
  {
    word: 'atal error: ',
    pattern:
      /^(?:(?:\S{1,300}\/)?(\S{1,200}\.swift):(\d{1,9}): )?(?:Swift run-time: )?(Fatal error|Precondition failed|Assertion failed)(?:: (.{1,800}?))??(?:: file (\S.{0,300}?), line (\d{1,9}))?$/,
    read: (match) =>
      match[1] === undefined && match[5] === undefined
        ? null
        : {
            kind: match[3] ?? '',
            message: match[4] ?? '',
            file: match[1] ?? match[5],
            line: match[2] ?? match[6],
          },
    ...own,
  },
  {
    word: 'Program crashed: ',
    pattern: /(?:💣 )?(?:\*{3} )?Program crashed: (.{1,300}?)(?: at (0x[0-9a-f]{1,16}))?(?: \*{3})?$/,
    read: ([, kind = '', address]) => ({ kind, address }),
    ...own,
  },
  // Unreal
  {
    word: 'atal error',
    pattern:
      /^(?:LogWindows: Error: |LogCore: Error: )?Fatal error[:!]?(?: \[File:(.{1,300}?)\] \[Line: (\d{1,9})\])? ?(.{0,500})$/,
    read: ([, file, line, message = '']) =>
      file === undefined && message !== ''
        ? null
        : // Alone it says less than the exception that is named behind it.
          { kind: file === undefined ? '' : 'fatal error', message, file, line },
    ...own,
  },
  {
    word: 'Unhandled Exception: ',
    pattern: /Unhandled Exception: (EXCEPTION_\w{1,60}|SIG\w{1,10}|0x[0-9a-fA-F]{8})(?: ?:? ?(.{0,300}))?$/,
    read: ([, kind = '', message = '']) => ({
      kind,
      message,
      address: /0x[0-9a-fA-F]{1,16}/.exec(message)?.[0],
    }),
    fate: 'ended',
    rank: 2,
    format: 'c++',
  },
  // V8's own
  {
    word: '## V8 sandbox violation',
    pattern: /^## (V8 sandbox violation) detected!/,
    read: ([, kind = '']) => ({ kind }),
    ...own,
  },
];
