import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { crashAddress, crashReason } from '../../../src/formats/minidump/reason/crash-reason.ts';
import { windowsError } from '../../../src/formats/minidump/reason/windows.ts';
import { ARCH, type ExceptionSpec, OS } from './builder.ts';
import { dumpOf, parsed } from './parsed.ts';

function crash(
  exception: Omit<ExceptionSpec, 'threadId'>,
  platform: number,
  architecture = ARCH.amd64,
): { reason: string; address: bigint } {
  const dump = parsed(dumpOf({ platform, architecture }).exception({ threadId: 1, ...exception }));
  assert.ok(dump.exception);
  return {
    reason: crashReason(dump.exception, dump.systemInfo),
    address: crashAddress(dump.exception, dump.systemInfo),
  };
}

/** Rows of: name of the case, exception, expected reason. */
type Cases = readonly (readonly [string, Omit<ExceptionSpec, 'threadId'>, string])[];

const LINUX: Cases = [
  ['a fault', { code: 11, flags: 1 }, 'SIGSEGV / SEGV_MAPERR'],
  ['a fault without detail', { code: 11, flags: 0 }, 'SIGSEGV'],
  ['a general protection fault', { code: 11, flags: 0x80 }, 'SIGSEGV / SI_KERNEL'],
  ['an abort by the thread itself', { code: 6, flags: 0xfffffffa }, 'SIGABRT / SI_TKILL'],
  ['an illegal operand', { code: 4, flags: 2 }, 'SIGILL / ILL_ILLOPN'],
  ['a division', { code: 8, flags: 1 }, 'SIGFPE / FPE_INTDIV'],
  ['a bus error', { code: 7, flags: 2 }, 'SIGBUS / BUS_ADRERR'],
  ['a sandbox', { code: 31, flags: 1 }, 'SIGSYS / SYS_SECCOMP'],
  ['a tag of memory that does not match', { code: 11, flags: 9 }, 'SIGSEGV / SEGV_MTESERR'],
  ['a si_code between known ones', { code: 8, flags: 10 }, 'SIGFPE / 0x0000000a'],
  ['an unknown si_code', { code: 11, flags: 0x99 }, 'SIGSEGV / 0x00000099'],
  ['a dump that was asked for', { code: 0xffffffff }, 'DUMP_REQUESTED'],
  ['an unknown signal', { code: 99, flags: 3 }, 'unknown 0x00000063 / 0x00000003'],
];

const WINDOWS: Cases = [
  ['a read', { code: 0xc0000005, parameters: [0n, 8n] }, 'EXCEPTION_ACCESS_VIOLATION_READ'],
  ['a write', { code: 0xc0000005, parameters: [1n, 8n] }, 'EXCEPTION_ACCESS_VIOLATION_WRITE'],
  ['execution', { code: 0xc0000005, parameters: [8n, 8n] }, 'EXCEPTION_ACCESS_VIOLATION_EXEC'],
  ['an access of no known kind', { code: 0xc0000005, parameters: [5n] }, 'EXCEPTION_ACCESS_VIOLATION'],
  [
    'a page that cannot be read in, with garbage above the status',
    { code: 0xc0000006, parameters: [0n, 8n, 0x7fff_c000_009cn] },
    'EXCEPTION_IN_PAGE_ERROR_READ / STATUS_DEVICE_DATA_ERROR',
  ],
  [
    'a fast fail',
    { code: 0xc0000409, parameters: [7n] },
    'EXCEPTION_STACK_BUFFER_OVERRUN / FAST_FAIL_FATAL_APP_EXIT',
  ],
  [
    'an unknown fast fail',
    { code: 0xc0000409, parameters: [0x1234n] },
    'EXCEPTION_STACK_BUFFER_OVERRUN / 0x00001234',
  ],
  ['a C++ exception', { code: 0xe06d7363 }, 'Unhandled C++ Exception'],
  ['memory that is used up', { code: 0xe0000008 }, 'Out of Memory'],
  ['a simulated crash', { code: 0x0517a7ed }, 'Simulated Exception'],
  ['a crash that another process asked for', { code: 0x0cca11ed }, 'Triggered Exception'],
  ['a status', { code: 0xc000000d }, 'STATUS_INVALID_PARAMETER'],
  [
    'a module that a delay load did not find',
    { code: 0xc06d007e },
    'FACILITY_VISUALCPP / ERROR_MOD_NOT_FOUND',
  ],
  ['an unknown code', { code: 0xe1234567 }, 'unknown 0xe1234567'],
];

const MACOS: Cases = [
  ['an address', { code: 1, flags: 1 }, 'EXC_BAD_ACCESS / KERN_INVALID_ADDRESS'],
  ['a general protection fault', { code: 1, flags: 13 }, 'EXC_BAD_ACCESS / EXC_I386_GPFLT'],
  ['an instruction', { code: 2, flags: 1 }, 'EXC_BAD_INSTRUCTION / EXC_I386_INVOP'],
  ['a division', { code: 3, flags: 1 }, 'EXC_ARITHMETIC / EXC_I386_DIV'],
  ['an abort', { code: 5, flags: 0x10002 }, 'EXC_SOFTWARE / SIGABRT'],
  ['a breakpoint', { code: 6, flags: 2 }, 'EXC_BREAKPOINT / EXC_I386_BPT'],
  ['an exception without words', { code: 9, flags: 7 }, 'EXC_RPC_ALERT / 0x00000007'],
  ['a simulated crash', { code: 0x43507378 }, 'Simulated Exception'],
  ['an Objective-C exception that nobody caught', { code: 0x43506e78 }, 'Uncaught NSException'],
  ['a signal without an exception', { code: 10, flags: 0x0600_0000 }, 'EXC_CRASH / SIGABRT'],
  [
    'a signal out of which Crashpad took no exception',
    { code: 0, parameters: [10n, 0x0b00_0000n, 0n] },
    'EXC_CRASH / SIGSEGV',
  ],
  ['a crash without a signal', { code: 10, flags: 0x0010_0000 }, 'EXC_CRASH / 0x00100000'],
  [
    'too many ports',
    { code: 11, flags: 0xc000_0000, parameters: [0n, (1n << 58n) | 70_000n, 0n] },
    'EXC_RESOURCE / RESOURCE_TYPE_PORTS / FLAVOR_PORT_SPACE_FULL ports allocated: 70000',
  ],
  [
    'too much processor time',
    { code: 11, flags: 0x20000000, parameters: [0n, (1n << 58n) | (60n << 7n) | 50n, 93n] },
    'EXC_RESOURCE / RESOURCE_TYPE_CPU / FLAVOR_CPU_MONITOR interval: 60s CPU limit: 50% CPU consumed: 93%',
  ],
  [
    'a guarded file descriptor',
    { code: 12, flags: 0x40000000, parameters: [0n, (1n << 32n) | 5n, 77n] },
    'EXC_GUARD / GUARD_TYPE_FD / GUARD_EXC_CLOSE file descriptor: 5 guard identifier: 77',
  ],
  [
    'a guarded port',
    { code: 12, flags: 0x20000000, parameters: [0n, (0x20n << 32n) | 9n, 0n] },
    'EXC_GUARD / GUARD_TYPE_MACH_PORT / GUARD_EXC_IMMOVABLE port name: 9',
  ],
  ['a guard of no known kind', { code: 12, flags: 0xe0000000 }, 'EXC_GUARD / 0xe0000000'],
];

describe('crashReason', () => {
  for (const [system, cases, platform] of [
    ['Linux', LINUX, OS.linux],
    ['Android', LINUX, OS.android],
    ['Windows', WINDOWS, OS.windows],
    ['macOS', MACOS, OS.macos],
  ] as const) {
    for (const [name, exception, expected] of cases) {
      // Holds: native-reason
      test(`names ${name} on ${system}`, () => {
        assert.equal(crash(exception, platform).reason, expected);
      });
    }
  }

  test('names a failed pointer authentication on arm64', () => {
    assert.equal(
      crash({ code: 1, flags: 0x105 }, OS.macos, ARCH.arm64).reason,
      'EXC_BAD_ACCESS / EXC_ARM_PAC_FAIL',
    );
  });

  test('knows the numbers of signals on MIPS', () => {
    assert.equal(crash({ code: 10, flags: 1 }, OS.linux, ARCH.mips).reason, 'SIGBUS / BUS_ADRALN');
    assert.equal(crash({ code: 11, flags: 1 }, OS.linux, ARCH.mips).reason, 'SIGSEGV / SEGV_MAPERR');
  });

  test('gives only numbers for an unknown system', () => {
    assert.equal(crash({ code: 11, flags: 1 }, 0x9999).reason, 'unknown 0x0000000b / 0x00000001');
  });
});

describe('crashAddress', () => {
  test('is the touched address of a Windows access violation', () => {
    assert.equal(
      crash({ code: 0xc0000005, address: 1n, parameters: [0n, 0x45n] }, OS.windows).address,
      0x45n,
    );
  });

  test('is the exception address where the parameters do not tell', () => {
    assert.equal(crash({ code: 0xc0000005, address: 1n, parameters: [0n] }, OS.windows).address, 1n);
  });

  test('loses the sign extension that 32-bit writers put in', () => {
    const exception = { code: 0xc0000005, parameters: [0n, 0xffff_ffff_8000_0045n] };
    assert.equal(crash(exception, OS.windows, ARCH.x86).address, 0x8000_0045n);
  });
});

describe('windowsError', () => {
  test('names GetLastError codes, which win over status codes of the same number', () => {
    assert.deepEqual([0, 5, 87].map(windowsError), [
      'ERROR_SUCCESS',
      'ERROR_ACCESS_DENIED',
      'ERROR_INVALID_PARAMETER',
    ]);
  });
});
