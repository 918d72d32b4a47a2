// Crash reasons of Linux and Android: the signal is the exception's code, its si_code the flags (signal(7),
// sigaction(2), asm-generic/siginfo.h).
import type { CpuKind } from '../cpu.ts';
import type { MinidumpException } from '../streams/exception.ts';
import { hex32 } from './hex.ts';

/** Signals by number on every architecture that we read except MIPS. */
const SIGNALS: ReadonlyMap<number, string> = new Map(
  [
    'SIGHUP',
    'SIGINT',
    'SIGQUIT',
    'SIGILL',
    'SIGTRAP',
    'SIGABRT',
    'SIGBUS',
    'SIGFPE',
    'SIGKILL',
    'SIGUSR1',
    'SIGSEGV',
    'SIGUSR2',
    'SIGPIPE',
    'SIGALRM',
    'SIGTERM',
    'SIGSTKFLT',
    'SIGCHLD',
    'SIGCONT',
    'SIGSTOP',
    'SIGTSTP',
    'SIGTTIN',
    'SIGTTOU',
    'SIGURG',
    'SIGXCPU',
    'SIGXFSZ',
    'SIGVTALRM',
    'SIGPROF',
    'SIGWINCH',
    'SIGIO',
    'SIGPWR',
    'SIGSYS',
  ].map((name, index) => [index + 1, name]),
);

/** Where MIPS parts from the others among signals that end programs (arch/mips/include/uapi/asm/signal.h). */
const MIPS_SIGNALS: ReadonlyMap<number, string> = new Map([
  [7, 'SIGEMT'],
  [10, 'SIGBUS'],
  [12, 'SIGSYS'],
  [16, 'SIGUSR1'],
  [17, 'SIGUSR2'],
  [18, 'SIGCHLD'],
  [19, 'SIGPWR'],
  [20, 'SIGWINCH'],
  [21, 'SIGURG'],
  [22, 'SIGIO'],
  [23, 'SIGSTOP'],
  [24, 'SIGTSTP'],
  [25, 'SIGCONT'],
  [26, 'SIGTTIN'],
  [27, 'SIGTTOU'],
  [28, 'SIGVTALRM'],
  [29, 'SIGPROF'],
  [30, 'SIGXCPU'],
  [31, 'SIGXFSZ'],
]);

/** Breakpad's code for a dump that was asked for without any signal. */
const DUMP_REQUESTED = 0xffffffff;

/** What the kernel says about a signal, by si_code starting at 1; empty: not in use. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  SIGILL: [
    'ILL_ILLOPC',
    'ILL_ILLOPN',
    'ILL_ILLADR',
    'ILL_ILLTRP',
    'ILL_PRVOPC',
    'ILL_PRVREG',
    'ILL_COPROC',
    'ILL_BADSTK',
    'ILL_BADIADDR',
  ],
  SIGTRAP: ['TRAP_BRKPT', 'TRAP_TRACE', 'TRAP_BRANCH', 'TRAP_HWBKPT', 'TRAP_UNK', 'TRAP_PERF'],
  SIGFPE: [
    'FPE_INTDIV',
    'FPE_INTOVF',
    'FPE_FLTDIV',
    'FPE_FLTOVF',
    'FPE_FLTUND',
    'FPE_FLTRES',
    'FPE_FLTINV',
    'FPE_FLTSUB',
    ...['', '', '', '', '', 'FPE_FLTUNK', 'FPE_CONDTRAP'],
  ],
  SIGSEGV: ['SEGV_MAPERR', 'SEGV_ACCERR', 'SEGV_BNDERR', 'SEGV_PKUERR', 'SEGV_ACCADI', 'SEGV_ADIDERR'].concat(
    ['SEGV_ADIPERR', 'SEGV_MTEAERR', 'SEGV_MTESERR', 'SEGV_CPERR'],
  ),
  SIGBUS: ['BUS_ADRALN', 'BUS_ADRERR', 'BUS_OBJERR', 'BUS_MCEERR_AR', 'BUS_MCEERR_AO'],
  SIGSYS: ['SYS_SECCOMP', 'SYS_USER_DISPATCH'],
};

/** Who sent the signal, where no kernel fault did. */
const SENDERS: ReadonlyMap<number, string> = new Map([
  [0x80, 'SI_KERNEL'],
  [-1, 'SI_QUEUE'],
  [-2, 'SI_TIMER'],
  [-3, 'SI_MESGQ'],
  [-4, 'SI_ASYNCIO'],
  [-5, 'SI_SIGIO'],
  [-6, 'SI_TKILL'],
  [-7, 'SI_DETHREAD'],
  [-60, 'SI_ASYNCNL'],
]);

/** The reason in the words of Linux, or null where the code is no signal. */
export function linuxReason(exception: MinidumpException, cpu: CpuKind): string | null {
  const { code, flags } = exception;
  const ofCpu = cpu === 'mips' || cpu === 'mips64' ? MIPS_SIGNALS.get(code) : undefined;
  const signal = code === DUMP_REQUESTED ? 'DUMP_REQUESTED' : (ofCpu ?? SIGNALS.get(code));
  if (signal === undefined) return null;
  const kind = KINDS[signal]?.[flags - 1];
  if (kind !== undefined && kind !== '') return `${signal} / ${kind}`;
  // 0 is SI_USER, and also what writers leave that do not know better; it says nothing.
  if (flags === 0) return signal;
  return `${signal} / ${SENDERS.get(flags | 0) ?? hex32(flags)}`;
}
