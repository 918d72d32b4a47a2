// What ended a native program, as far as it tells one fault from another: systems and tools have names of their own for the same thing, and
// whether memory was read or written is data.

interface Family {
  readonly name: string;
  readonly pattern: RegExp;
}

const FAMILIES: readonly Family[] = [
  // Before the accesses to memory, which a stack without room ends in on some systems.
  { name: 'stack overflow', pattern: /^(?:EXCEPTION_STACK_OVERFLOW|stack[- ]overflow)\b/i },
  {
    name: 'invalid memory access',
    // POSIX signals, Windows exceptions, Mach exceptions, and what sanitizers and kernels call them.
    pattern:
      /^(?:SIGSEGV|SIGBUS|SEGV|BUS|EXCEPTION_(?:ACCESS_VIOLATION|IN_PAGE_ERROR|GUARD_PAGE)(?:_\w+)?|EXC_BAD_ACCESS|access[- ]violation|segmentation fault|bus error)\b/i,
  },
  {
    name: 'illegal instruction',
    pattern:
      /^(?:SIGILL|ILL|EXCEPTION_(?:ILLEGAL|PRIV)_INSTRUCTION|EXC_BAD_INSTRUCTION|illegal[- ]instruction)\b/i,
  },
  {
    name: 'arithmetic',
    pattern: /^(?:SIGFPE|FPE|EXCEPTION_(?:INT|FLT)_\w+|EXC_ARITHMETIC|floating[- ]point exception)\b/i,
  },
  // An end on purpose: by abort(), by a trap that a compiler or a check put there, by a system that was asked to.
  {
    name: 'abort',
    pattern:
      /^(?:SIGABRT|ABRT|SIGTRAP|TRAP|EXCEPTION_BREAKPOINT|STATUS_BREAKPOINT|EXC_BREAKPOINT|EXC_CRASH|STATUS_STACK_BUFFER_OVERRUN|FAST_FAIL_\w+|abort(?:ed)?)\b/i,
  },
];

/** The kind for keys; what is in no family stays what it is, without numbers. */
export function nativeCrashKind(kind: string): string {
  const found = FAMILIES.find(({ pattern }) => pattern.test(kind));
  if (found !== undefined) return found.name;
  const words = kind
    .replace(/\b0x[0-9a-f]+\b/gi, '')
    .replace(/\s+/g, ' ')
    .replace(/^[ /]+|[ /]+$/g, '');
  // Systems know exceptions that programs made up by their number alone.
  return words === '' ? 'exception' : words;
}
