// Whether the process that left a mark behind still runs.
import { hostname } from 'node:os';

/** Who made a mark: a process id means something only on its own machine. */
export interface Owner {
  readonly pid: number;
  readonly host: string;
}

/** This process. */
export function thisOwner(): Owner {
  return { pid: process.pid, host: hostname() };
}

/**
 * `elsewhere` where the mark is of another machine. This process has just started and made no mark yet, so that a mark
 * with its own number is of an earlier process, as it is in a container, where every process is number 1.
 */
export function ownerState({ pid, host }: Owner): 'alive' | 'dead' | 'elsewhere' {
  if (host !== hostname()) return 'elsewhere';
  if (pid === process.pid) return 'dead';
  try {
    process.kill(pid, 0);
    return 'alive';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'alive' : 'dead';
  }
}

/** Reads a mark's text: `{"pid":17,"host":"a"}`; null where it is damaged. */
export function readOwner(text: string): Owner | null {
  try {
    const { pid, host } = JSON.parse(text) as Partial<Owner>;
    return Number.isInteger(pid) && Number(pid) > 0 && typeof host === 'string'
      ? { pid: Number(pid), host }
      : null;
  } catch {
    return null;
  }
}
