// Where the kernel put the core file of a process that a signal ended, by /proc/sys/kernel/core_pattern (core(5)).
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';

/** Signals whose default action is to end the process with a core file, and what they say (signal(7)). */
const CRASH_SIGNALS: Readonly<Record<string, string>> = {
  SIGSEGV: 'segmentation fault',
  SIGABRT: 'aborted',
  SIGBUS: 'bus error',
  SIGFPE: 'arithmetic exception',
  SIGILL: 'illegal instruction',
  SIGTRAP: 'trace or breakpoint trap',
  SIGSYS: 'bad system call',
  SIGXCPU: 'CPU time limit exceeded',
  SIGXFSZ: 'file size limit exceeded',
};

/** What a crash signal says; null for signals that end a process without a fault of its own. */
export function crashSignalMeaning(signal: string): string | null {
  return CRASH_SIGNALS[signal] ?? null;
}

/** File times lag behind the clock by a tick of the kernel. */
const CLOCK_SLACK_MS = 50;

/** The process that ended. */
export interface DeadProcess {
  readonly pid: number;
  readonly cwd: string;
  /** When it was started; older files are of other crashes. */
  readonly startedMs: number;
}

/** What is known of the core file, as one sentence for the log. */
export function coreFileSentence(process: DeadProcess, procDir = '/proc/sys/kernel'): string | null {
  const pattern = readSetting(path.join(procDir, 'core_pattern'));
  if (pattern === null || pattern === '') return null;
  if (pattern.startsWith('|')) return pipedSentence(pattern, process.pid);
  const usesPid = readSetting(path.join(procDir, 'core_uses_pid')) === '1';
  const file = findCore(usesPid && !pattern.includes('%p') ? `${pattern}.%p` : pattern, process);
  return file === null ? null : `core file: ${file}`;
}

/** A program takes the core: the kernel does not say what it does with it. */
function pipedSentence(pattern: string, pid: number): string {
  const program = path.basename(pattern.slice(1).trim().split(/\s/, 1)[0] ?? '').slice(0, 100);
  const hint = program === 'systemd-coredump' ? `; "coredumpctl info ${pid}" shows it` : '';
  return `core file: given to ${program}${hint}`;
}

/** The newest file that the pattern can have named for this process. */
function findCore(pattern: string, dead: DeadProcess): string | null {
  const whole = path.isAbsolute(pattern) ? pattern : path.join(dead.cwd, pattern);
  const dir = path.dirname(whole);
  // A folder that itself has specifiers in its name is not searched.
  if (dir.includes('%')) return null;
  const name = nameExpression(path.basename(whole), dead.pid);
  try {
    const found = readdirSync(dir)
      .filter((entry) => name.test(entry))
      .map((entry) => ({ file: path.join(dir, entry), stats: statSync(path.join(dir, entry)) }))
      .filter(({ stats }) => stats.isFile() && stats.mtimeMs >= dead.startedMs - CLOCK_SLACK_MS)
      .sort((a, b) => b.stats.mtimeMs - a.stats.mtimeMs);
    return found[0]?.file ?? null;
  } catch {
    return null;
  }
}

/** The pattern's specifiers → an expression; what cannot be known from outside matches anything. */
function nameExpression(pattern: string, pid: number): RegExp {
  const known: Readonly<Record<string, string>> = { '%': '%', p: String(pid), h: hostname() };
  const source = pattern.replaceAll(/%(.)|([^%]+)/g, (_all, specifier?: string, text?: string) =>
    text === undefined ? escaped(known[specifier ?? ''] ?? null) : escaped(text),
  );
  return new RegExp(`^${source}$`);
}

function escaped(text: string | null): string {
  return text === null ? '.*' : text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}

function readSetting(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return null;
  }
}
