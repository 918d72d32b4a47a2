// What a native crash means in plain words: reason, address, and what the processor found out about them.
import type { NativeDump } from './native-dump.ts';

/** Reasons by pattern, the first that fits. Sources: signal(7), the NTSTATUS codes of Windows, mach/exception_types.h. */
const REASONS: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/SEGV_MAPERR|KERN_INVALID_ADDRESS/, 'The program {used} an address at which there is no memory.'],
  [
    /SEGV_ACCERR|KERN_PROTECTION_FAILURE/,
    'The program used memory in a way that is not allowed there: it wrote to read-only memory, or ran data.',
  ],
  [/SEGV_BNDERR/, 'The program left the bounds of an array.'],
  [/ACCESS_VIOLATION_EXEC/, 'The program jumped to an address that holds no code.'],
  [/ACCESS_VIOLATION|SIGSEGV|EXC_BAD_ACCESS/, 'The program {used} memory that it may not use.'],
  [/STACK_OVERFLOW/, 'The stack is full: most likely a function calls itself without end.'],
  [
    /STACK_BUFFER_OVERRUN|FAST_FAIL|FAIL_FAST/,
    'The program found its own state damaged, or gave up on purpose, and stopped at once.',
  ],
  [
    /HEAP_CORRUPTION/,
    'The memory manager found the heap damaged: something wrote where it should not, earlier.',
  ],
  [
    /SIGABRT|EXC_CRASH.*ABRT|FATAL_APP_EXIT/,
    'The program ended itself, as failed assertions and uncaught exceptions do.',
  ],
  [
    /SIGBUS|EXC_ARM_DA_ALIGN|MISALIGNMENT/,
    'The program used memory that is not there any longer, or at an address that is not aligned.',
  ],
  [
    /SIGILL|ILLEGAL_INSTRUCTION|EXC_BAD_INSTRUCTION/,
    'The processor met an instruction that it does not know; compilers put one where code must never get to.',
  ],
  [
    /SIGFPE|DIVIDE_BY_ZERO|INT_OVERFLOW|EXC_ARITHMETIC|FLT_/,
    'A calculation went wrong, most often a division by zero.',
  ],
  [
    /SIGTRAP|BREAKPOINT|EXC_BREAKPOINT/,
    'The program ran into a breakpoint: compilers and libraries put one where code must never get to.',
  ],
  [/OUT_OF_MEMORY|NO_MEMORY|oom/i, 'There was no memory left.'],
  [/EXC_RESOURCE/, 'The program used more of a resource than the system allows.'],
  [/EXC_GUARD/, 'The program broke a rule that guards a system resource.'],
  [/DUMP_REQUESTED|simulated|triggered exception/i, 'Nothing crashed: the program asked for this dump.'],
  [/IN_PAGE_ERROR/, 'A page of memory could not be read from the disk.'],
  [/C\+\+ Exception|CPP_EXCEPTION|0xe06d7363/i, 'A C++ exception was caught by nobody.'],
  [/NSException|UNCAUGHT_NS_EXCEPTION/, 'An Objective-C exception was caught by nobody.'],
  [/MANAGED_EXCEPTION_CODE/, 'A .NET exception was caught by nobody.'],
];

const INCONSISTENCIES: Readonly<Record<string, string>> = {
  int_div_by_zero_not_possible: 'The instruction cannot divide by zero, yet that is what was reported.',
  priv_instruction_crash_without_priv_instruction:
    'A privileged instruction was reported, and there is none.',
  non_canonical_address_falsely_reported: 'The address was reported as impossible, and it is not.',
  access_violation_when_access_allowed: 'The access was allowed, yet it was refused.',
  crashing_access_not_found_in_memory_accesses:
    'The instruction does not touch the address that was reported.',
};

/** Reasons that are about an access to memory: only then an address was accessed, and what the instruction touches matters. */
const IS_ACCESS =
  /SEGV|ACCESS_VIOLATION|BAD_ACCESS|SIGBUS|STACK_OVERFLOW|GUARD_PAGE|IN_PAGE_ERROR|MISALIGNMENT/;

/** Whether the crash is about an access to memory. */
export function isAccess({ reason }: Pick<NativeDump, 'reason'>): boolean {
  return IS_ACCESS.test(reason ?? '');
}

/** Signals that a process sends, itself or another: what stands in the field of the address is the sender (sigaction(2), `si_pid`). */
const IS_SENT = /SIGABRT|SIGQUIT|SIGTERM|SIGKILL|SIGUSR|SIGHUP|SIGINT\b/;

/** Whether a crash for this reason has an address. */
export function hasAddress({ reason, address }: Pick<NativeDump, 'reason' | 'address'>): boolean {
  return address !== null && !IS_SENT.test(reason ?? '');
}

type Accessed = 'read' | 'write' | 'execute';

/**
 * What the program did there, one answer for the whole page. The system's word counts, with one exception: for an address that no
 * program can use, x86-64 raises a general protection fault that names neither address nor access, and Windows fills in a read of
 * 0xffffffffffffffff. Where the system says nothing, the instruction does, if it accesses the very address.
 */
export function accessKind(dump: NativeDump): Accessed | null {
  if (!isAccess(dump)) return null;
  const said = /ACCESS_VIOLATION_(READ|WRITE|EXEC)/.exec(dump.reason ?? '')?.[1];
  if (said !== undefined && !isFilledIn(dump))
    return said === 'EXEC' ? 'execute' : said === 'READ' ? 'read' : 'write';
  const [only, ...others] = dump.accesses.filter(
    ({ address }) => isFilledIn(dump) || sameAddress(address, dump.address),
  );
  return others.length === 0 && (only?.type === 'read' || only?.type === 'write') ? only.type : null;
}

/** Whether address and access are what Windows fills in for a general protection fault. */
function isFilledIn({ reason, address }: NativeDump): boolean {
  return /ACCESS_VIOLATION_READ/.test(reason ?? '') && /^0xf{16}$/i.test(address ?? '');
}

function sameAddress(one: string, other: string | null): boolean {
  const isHex = (text: string | null): text is string => text !== null && /^0x[0-9a-f]{1,16}$/i.test(text);
  return isHex(one) && isHex(other) && BigInt(one) === BigInt(other);
}

const USED: Readonly<Record<Accessed, string>> = {
  read: 'read from',
  write: 'wrote to',
  execute: 'ran code at',
};

/** Further than this from null, the other part of an address was wrong, too. */
const NEAR_NULL = 0x1_0000_0000n;

/** Sentences for people who do not know the names of signals; empty where there is nothing to say. */
export function crashWords(dump: NativeDump): readonly string[] {
  const sentences: string[] = [];
  const { reason, adjusted, accesses, bitFlips } = dump;
  const found = reason === null ? undefined : REASONS.find(([pattern]) => pattern.test(reason));
  const kind = accessKind(dump);
  if (found !== undefined) sentences.push(found[1].replace('{used}', kind === null ? 'used' : USED[kind]));
  if (isFilledIn(dump)) {
    sentences.push(
      'The processor did not say which address it was: Windows then reports a read at the highest one.',
    );
  }
  if (adjusted?.kind === 'null-pointer') {
    const isOffset = adjusted.value !== null && /^0x[0-9a-f]{1,16}$/i.test(adjusted.value);
    const offset = isOffset ? BigInt(adjusted.value) : 0n;
    if (offset < NEAR_NULL) {
      const into = offset === 0n ? '' : `, ${adjusted.value} bytes into what it should have pointed to`;
      sentences.push(`It went through a null pointer${into}.`);
    } else {
      sentences.push(
        `The true address is ${adjusted.value}: one of the values that make it up is zero, the other is no offset.`,
      );
    }
  } else if (adjusted?.kind === 'non-canonical') {
    sentences.push(
      `The true address is ${adjusted.value ?? 'another'}: no program can use it, so the pointer held something else.`,
    );
  } else if (isNearNull(dump.address) && isAccess(dump)) {
    sentences.push('The address is close to zero: most likely a null pointer.');
  }
  if (accesses.some(({ guardPage }) => guardPage)) {
    sentences.push('It touched a guard page, so it ran past the end of something.');
  }
  const [flip] = bitFlips;
  if (flip !== undefined) {
    const sure = flip.confidence === null ? '' : ` (confidence ${Math.round(flip.confidence * 100)} %)`;
    sentences.push(
      `One flipped bit away lies ${flip.address}, which is valid: the memory of this computer may be faulty${sure}.`,
    );
  }
  for (const name of dump.inconsistencies) {
    sentences.push(`${INCONSISTENCIES[name] ?? name} Broken hardware or interfering software does that.`);
  }
  return sentences;
}

/** Whether an address lies in the first 64 KB, which no system gives to programs. */
function isNearNull(address: string | null): boolean {
  return address !== null && /^0x[0-9a-f]{1,16}$/i.test(address) && BigInt(address) < 0x10000n;
}
