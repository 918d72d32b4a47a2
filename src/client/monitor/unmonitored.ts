// Runs a program without a monitor: nothing is looked at, kept or reported. What Syncthing does with `--no-restart`.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { exitCodeOfFailedStart } from './exit-code.ts';
import type { MonitorSurroundings } from './monitor.ts';

const SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'];
/** A terminal sends these to everything that runs in its foreground. */
const TERMINAL_SIGNALS: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT', 'SIGHUP']);

/** Runs it to its end, with input, output and errors of its own; gives the exit code: the program's, or 128 + n for signal n. */
export async function runUnmonitored(
  command: string,
  args: readonly string[],
  { signals, terminal, say }: Pick<MonitorSurroundings, 'signals' | 'terminal' | 'say'>,
): Promise<number> {
  const child = spawn(command, args, { stdio: 'inherit', windowsHide: true });
  const listeners = new Map<NodeJS.Signals, () => void>();
  for (const signal of SIGNALS) {
    const listener = (): void => {
      if (!terminal || !TERMINAL_SIGNALS.has(signal)) child.kill(signal);
    };
    try {
      signals.on(signal, listener);
      listeners.set(signal, listener);
    } catch {
      // A system without this signal (Windows) cannot send it either.
    }
  }
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']));
    });
  } catch (error) {
    say(`${command} cannot be started: ${(error as Error).message}`);
    return exitCodeOfFailedStart(error);
  } finally {
    for (const [signal, listener] of listeners) signals.off(signal, listener);
  }
}
