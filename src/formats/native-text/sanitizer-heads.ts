// What sanitizers and fuzzers print. Source: compiler-rt's report printers (asan_errors.cpp, ubsan_handlers.cpp,
// tsan_report.cpp, lsan_common.cpp, hwasan_report.cpp, FuzzerLoop.cpp).
import type { HeadWords, NativeHead } from './native-head.ts';

/** The class ends where the particulars of this run begin. */
const CLASS_END =
  /(?: on (?:unknown )?address| on 0x| on (?:pointer|a |the )|\s\(|: | 0x| exceeds | in thread| \(pid|, | of size|$)/;

function sanitizerWords(tool: string, text: string): HeadWords {
  const said = text.replace(/^attempting /, 'attempting ').trim();
  const end = CLASS_END.exec(said)?.index ?? said.length;
  const found = said
    .slice(0, end)
    .replace(/^attempting free$/, 'bad-free')
    .replace(/^attempting (?=double-free)/, '')
    .trim();
  const address = /\baddress (0x[0-9a-fA-F]{1,16})/.exec(said)?.[1];
  const kind =
    found === ''
      ? tool
      : found
          .replace(/^detected memory leaks$/, 'memory-leak')
          .replace(/^requested allocation size$/, 'allocation-size-too-big')
          .replace(/^allocator is out of memory.*/, 'out-of-memory');
  return {
    kind,
    message: said.replace(/ \(?(?:pc|at pc) 0x.*$/, '').replace(/\s?0x[0-9a-fA-F]+/g, ''),
    address,
    data: [['tool', tool]],
  };
}

/** Classes of undefined behaviour by the words of the message, named as the compiler's checks are. */
const UNDEFINED: readonly (readonly [RegExp, string])[] = [
  [/^signed integer overflow/, 'signed-integer-overflow'],
  [/^unsigned integer overflow/, 'unsigned-integer-overflow'],
  [/^(?:integer |floating.point )?division by zero/, 'divide-by-zero'],
  [/^(?:left |right )?shift (?:exponent|of)|^(?:left|right) shift/, 'shift'],
  [/^negation of/, 'negation-overflow'],
  [/null pointer.* passed as argument|^null pointer returned/, 'nonnull-argument'],
  [/null pointer|binding to null|^applying (?:non-)?zero offset.*null/, 'null-dereference'],
  [/misaligned address/, 'misaligned-address'],
  [/insufficient space/, 'object-size'],
  [/^load of value .* not a valid value for type '_?[Bb]ool'/, 'invalid-bool-value'],
  [/^load of value/, 'invalid-enum-value'],
  [/^index .* out of bounds/, 'index-out-of-bounds'],
  [/variable length array bound/, 'non-positive-vla-bound'],
  [/pointer to incorrect function type|incorrect function pointer type/, 'function-type-mismatch'],
  [/does not point to an object of type|^downcast|^upcast|^member (?:call|access) on address/, 'bad-cast'],
  [/control flow integrity/, 'control-flow-integrity'],
  [/^(?:pointer index expression|addition of unsigned offset|subtraction of|applying )/, 'pointer-overflow'],
  [/outside the range of representable values/, 'float-cast-overflow'],
  [/^implicit conversion/, 'implicit-conversion'],
  [/unreachable/, 'unreachable'],
  [/without returning a value/, 'missing-return'],
  [/^execution reached the end/, 'missing-return'],
];

function undefinedWords(message: string): string {
  const known = UNDEFINED.find(([pattern]) => pattern.test(message))?.[1];
  return known === undefined ? 'undefined-behavior' : `undefined-behavior: ${known}`;
}

export const SANITIZER_HEADS: readonly NativeHead[] = [
  {
    word: 'Sanitizer',
    pattern:
      /^(?:==\d{1,10}==\s?)?(?:ERROR|WARNING|FATAL|(?=\w{1,30}Sanitizer: (?:data race|heap-use)))(?:: )?(\w{1,30}Sanitizer): (\S.{0,1500})$/,
    read: (match) => sanitizerWords(match[1] ?? '', match[2] ?? ''),
    fate: 'ended',
    rank: 2,
  },
  {
    word: 'Sanitizer',
    pattern:
      /^(?:==\d{1,10}==\s?)?(?:ERROR: )?(\w{1,30}Sanitizer) (?:failed to allocate|CHECK failed:?|internal allocator|can not) ?(.{0,800})$/,
    read: (match) =>
      / can not /.test(match[0]) || match[0].includes('WARNING')
        ? null
        : {
            kind: match[0].includes('CHECK') ? 'sanitizer check failed' : 'out-of-memory',
            message: match[2] ?? '',
            data: [['tool', match[1] ?? '']],
          },
    fate: 'ended',
    rank: 2,
  },
  {
    word: 'GWP-ASan',
    pattern: /\*{3} GWP-ASan detected a memory error \*{3}/,
    // What it found stands on its next line.
    read: () => ({ kind: '' }),
    fate: 'ended',
    rank: 2,
  },
  ...['Use After Free', 'Buffer Overflow', 'Buffer Underflow', 'Double Free', 'Invalid (Wild) Free'].map(
    (word): NativeHead => ({
      word,
      pattern: /^(Use After Free|Buffer (?:Over|Under)flow|Double Free|Invalid \(Wild\) Free)(?:,| at| \()/,
      read: ([, kind = '']) => ({ kind: kind.toLowerCase().replaceAll(' ', '-') }),
      fate: 'ended',
      rank: 2,
    }),
  ),
  {
    word: 'libFuzzer: ',
    pattern: /^(?:==\d{1,10}==\s?)?ERROR: libFuzzer: (.{1,300})$/,
    read: (match) => ({
      kind: (match[1] ?? '')
        .replace(/ after \d.*$/, '')
        .replace(/ \(.*$/, '')
        .trim(),
      message: match[1] ?? '',
      data: [['tool', 'libFuzzer']],
    }),
    fate: 'ended',
    rank: 1,
  },
  {
    word: 'runtime error: ',
    // A path has no colon but a drive's: `http: panic serving 10.0.0.1:80: runtime error: …` is Go's.
    pattern: /^((?:[A-Za-z]:)?[^\s:][^:]{0,500}):(\d{1,9})(?::(\d{1,9}))?: runtime error: (.{1,1500})$/,
    read: (match) => ({
      kind: undefinedWords(match[4] ?? ''),
      message: match[4] ?? '',
      file: match[1],
      line: match[2],
      data: [['tool', 'UndefinedBehaviorSanitizer']],
    }),
    fate: 'logged',
    rank: 2,
  },
  {
    word: '==BUG DETECTED: ',
    pattern: /^===BUG DETECTED: (\w{1,40}): (.{1,300}?)\s*=*$/,
    read: (match) => ({ kind: match[2] ?? '', data: [['tool', match[1] ?? '']] }),
    fate: 'ended',
    rank: 2,
  },
  // Centipede
  {
    word: ' exceeded; exiting',
    pattern: /^=+ ?(Timeout|RSS limit|Stack limit|Heap limit|Per-input \w{1,20})\b.{0,100} exceeded; exiting/,
    read: (match) => ({ kind: (match[1] ?? '').toLowerCase(), data: [['tool', 'Centipede']] }),
    fate: 'ended',
    rank: 2,
  },
  // A leak's own line, where the head of the report was cut off.
  {
    word: ' leak of ',
    pattern: /^(Direct|Indirect) leak of (\d{1,12} byte\(s\) in \d{1,12} object\(s\)) allocated from:$/,
    read: (match) => ({ kind: 'memory-leak', message: `${match[1] ?? ''} leak of ${match[2] ?? ''}` }),
    fate: 'logged',
    rank: 1,
  },
  // Valgrind's memcheck, helgrind and drd: the process's number in front of everything.
  {
    word: '==',
    pattern:
      /^(?:==|\*\*)\d{1,10}(?:==|\*\*) (Invalid (?:read|write) of size \d{1,6}|Invalid free\(\).{0,60}|Mismatched (?:free|new|delete)\S{0,60}.{0,60}|Conditional jump or move depends on uninitialised value\(s\)|Use of uninitialised value of size \d{1,4}|Syscall param \S{1,80} (?:points to|contains) .{1,80}|Source and destination overlap in \w{1,40}.{0,200}|Argument '\w{1,20}' of function \w{1,40} has a fishy .{1,100}|Jump to the invalid address.{0,100}|[\d,]{1,15}(?: \([\d,]{1,12} direct, [\d,]{1,12} indirect\))? bytes in [\d,]{1,12} blocks are (?:definitely|possibly|indirectly) lost.{0,80}|Possible data race.{0,120}|Thread #?\d{1,6}:? .{0,60}|realloc\(\) with size 0)/,
    read: (match) => {
      const said = match[1] ?? '';
      if (said.startsWith('Thread')) return null;
      const kind = said
        .replace(/ of size \d+.*$| in loss record.*$|\(0x.*$|\(possibly.*$/, '')
        .replace(/^[\d,]+(?: \(.*?\))? bytes in [\d,]+ blocks are (\w+ lost).*$/, 'memory leak: $1')
        .replace(/(?: during|: at address| by thread).*$/, '')
        .trim();
      return { kind, message: said, data: [['tool', 'Valgrind']] };
    },
    fate: 'logged',
    rank: 2,
  },
  {
    word: 'Process terminating with default action of signal',
    pattern: /^==\d{1,10}== Process terminating with default action of signal \d{1,3} \((SIG[A-Z]{2,8})\)/,
    read: (match) => ({ kind: match[1] ?? '', data: [['tool', 'Valgrind']] }),
    fate: 'ended',
    rank: 1,
  },
];
