// Crash reasons of macOS and iOS: a Mach exception is the code, its first code word the flags (mach/exception_types.h,
// mach/kern_return.h, mach/<machine>/exception.h).
import type { CpuKind } from '../cpu.ts';
import type { MinidumpException } from '../streams/exception.ts';
import { hex32 } from './hex.ts';
import { guardReason, resourceReason } from './mac-resources.ts';

/** Crashpad's own codes: a dump that the program asked for ('CPsx'), an Objective-C exception that nobody caught ('CPnx'). */
const CRASHPAD: ReadonlyMap<number, string> = new Map([
  [0x43507378, 'Simulated Exception'],
  [0x43506e78, 'Uncaught NSException'],
]);

const EXC_CRASH = 10;

/** Signals of Darwin by number (sys/signal.h), which are not those of Linux. */
const SIGNALS = [
  '',
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGILL',
  'SIGTRAP',
  'SIGABRT',
  'SIGEMT',
  'SIGFPE',
  'SIGKILL',
]
  .concat(['SIGBUS', 'SIGSEGV', 'SIGSYS', 'SIGPIPE', 'SIGALRM', 'SIGTERM', 'SIGURG', 'SIGSTOP', 'SIGTSTP'])
  .concat(['SIGCONT', 'SIGCHLD', 'SIGTTIN', 'SIGTTOU', 'SIGIO', 'SIGXCPU', 'SIGXFSZ', 'SIGVTALRM', 'SIGPROF'])
  .concat(['SIGWINCH', 'SIGINFO', 'SIGUSR1', 'SIGUSR2']);

const EXCEPTIONS: ReadonlyMap<number, string> = new Map([
  [1, 'EXC_BAD_ACCESS'],
  [2, 'EXC_BAD_INSTRUCTION'],
  [3, 'EXC_ARITHMETIC'],
  [4, 'EXC_EMULATION'],
  [5, 'EXC_SOFTWARE'],
  [6, 'EXC_BREAKPOINT'],
  [7, 'EXC_SYSCALL'],
  [8, 'EXC_MACH_SYSCALL'],
  [9, 'EXC_RPC_ALERT'],
  [EXC_CRASH, 'EXC_CRASH'],
  [11, 'EXC_RESOURCE'],
  [12, 'EXC_GUARD'],
  [13, 'EXC_CORPSE_NOTIFY'],
]);

type Codes = Readonly<Record<number, string>>;

const KERN_RETURNS: Codes = {
  1: 'KERN_INVALID_ADDRESS',
  2: 'KERN_PROTECTION_FAILURE',
  5: 'KERN_FAILURE',
  8: 'KERN_NO_ACCESS',
  9: 'KERN_MEMORY_FAILURE',
  10: 'KERN_MEMORY_ERROR',
  50: 'KERN_CODESIGN_ERROR',
};

const SOFTWARE: Codes = {
  0x00000001: 'EXC_PPC_TRAP',
  0x00010002: 'SIGABRT',
  0x00010100: 'EXC_PPC_MIGRATE',
  0xdeadc0de: 'UNCAUGHT_NS_EXCEPTION',
};

/** First code words by processor family and exception. */
const BY_CPU: Readonly<Record<'arm64' | 'ppc' | 'intel', Readonly<Record<string, Codes>>>> = {
  arm64: {
    EXC_BAD_ACCESS: {
      0x101: 'EXC_ARM_DA_ALIGN',
      0x102: 'EXC_ARM_DA_DEBUG',
      0x103: 'EXC_ARM_SP_ALIGN',
      0x104: 'EXC_ARM_SWP',
      0x105: 'EXC_ARM_PAC_FAIL',
    },
    EXC_BAD_INSTRUCTION: { 1: 'EXC_ARM_UNDEFINED' },
    EXC_ARITHMETIC: {
      1: 'EXC_ARM_FP_IO',
      2: 'EXC_ARM_FP_DZ',
      3: 'EXC_ARM_FP_OF',
      4: 'EXC_ARM_FP_UF',
      5: 'EXC_ARM_FP_IX',
      6: 'EXC_ARM_FP_ID',
    },
    EXC_BREAKPOINT: { 1: 'EXC_ARM_BREAKPOINT' },
  },
  ppc: {
    EXC_BAD_ACCESS: {
      0x101: 'EXC_PPC_VM_PROT_READ',
      0x102: 'EXC_PPC_BADSPACE',
      0x103: 'EXC_PPC_UNALIGNED',
    },
    EXC_BAD_INSTRUCTION: {
      1: 'EXC_PPC_INVALID_SYSCALL',
      2: 'EXC_PPC_UNIPL_INST',
      3: 'EXC_PPC_PRIVINST',
      4: 'EXC_PPC_PRIVREG',
      5: 'EXC_PPC_TRACE',
      6: 'EXC_PPC_PERFMON',
    },
    EXC_ARITHMETIC: {
      1: 'EXC_PPC_OVERFLOW',
      2: 'EXC_PPC_ZERO_DIVIDE',
      3: 'EXC_FLT_INEXACT',
      4: 'EXC_PPC_FLT_ZERO_DIVIDE',
      5: 'EXC_PPC_FLT_UNDERFLOW',
      6: 'EXC_PPC_FLT_OVERFLOW',
      7: 'EXC_PPC_FLT_NOT_A_NUMBER',
      8: 'EXC_PPC_NOEMULATION',
      9: 'EXC_PPC_ALTIVECASSIST',
    },
    EXC_BREAKPOINT: { 1: 'EXC_PPC_BREAKPOINT' },
  },
  intel: {
    EXC_BAD_ACCESS: { 13: 'EXC_I386_GPFLT' },
    EXC_BAD_INSTRUCTION: {
      1: 'EXC_I386_INVOP',
      10: 'EXC_I386_INVTSSFLT',
      11: 'EXC_I386_SEGNPFLT',
      12: 'EXC_I386_STKFLT',
      13: 'EXC_I386_GPFLT',
      17: 'EXC_I386_ALIGNFLT',
    },
    EXC_ARITHMETIC: {
      1: 'EXC_I386_DIV',
      2: 'EXC_I386_INTO',
      3: 'EXC_I386_NOEXT',
      4: 'EXC_I386_EXTOVR',
      5: 'EXC_I386_EXTERR',
      6: 'EXC_I386_EMERR',
      7: 'EXC_I386_BOUND',
      8: 'EXC_I386_SSEEXTERR',
    },
    EXC_BREAKPOINT: { 1: 'EXC_I386_SGL', 2: 'EXC_I386_BPT' },
  },
};

/** The reason in the words of Mach, or null where the code is no Mach exception. */
export function macReason(exception: MinidumpException, cpu: CpuKind): string | null {
  const { code, flags, parameters, parameterCount } = exception;
  const ofCrashpad = CRASHPAD.get(code);
  if (ofCrashpad !== undefined) return ofCrashpad;
  // Crashpad takes the exception out of EXC_CRASH that led to it; where a signal alone did, there is none (0), and the first two
  // parameters are the exception and its first code word.
  if (code === 0 && parameterCount >= 2 && parameters[0] === BigInt(EXC_CRASH))
    return crashOfSignal(Number(BigInt.asUintN(32, parameters[1] ?? 0n)));
  const name = EXCEPTIONS.get(code);
  if (name === undefined) return null;
  if (code === EXC_CRASH) return crashOfSignal(flags);
  const detail =
    name === 'EXC_RESOURCE'
      ? resourceReason(exception)
      : name === 'EXC_GUARD'
        ? guardReason(exception)
        : codeWord(name, flags, cpu);
  return `${name} / ${detail ?? hex32(flags)}`;
}

function codeWord(name: string, flags: number, cpu: CpuKind): string | null {
  if (name === 'EXC_SOFTWARE') return SOFTWARE[flags] ?? null;
  const generic = name === 'EXC_BAD_ACCESS' ? KERN_RETURNS[flags] : undefined;
  if (generic !== undefined) return generic;
  const family = cpu === 'x86' || cpu === 'amd64' ? 'intel' : cpu === 'arm64' || cpu === 'ppc' ? cpu : null;
  return family === null ? null : (BY_CPU[family][name]?.[flags] ?? null);
}

/** The signal is in the top byte of the first code word (xnu bsd/kern/kern_exit.c). */
function crashOfSignal(word: number): string {
  const signal = SIGNALS[word >>> 24] ?? '';
  return `EXC_CRASH / ${signal === '' ? hex32(word) : signal}`;
}
