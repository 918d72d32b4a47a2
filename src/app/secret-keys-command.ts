// SECRET_KEYS_COMMAND: the keys of secrets from a program of the operator (a vault, a TPM) rather than from a file beside the database.
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import type { Config } from './config.ts';

const TIMEOUT_MS = 15_000;
const MAX_BYTES = 16 * 1024;

/** Runs the command and gives what it prints; undefined: none is set. What it gives throws a sentence where it fails, without what it printed. */
export function secretKeysOf({ SECRET_KEYS_COMMAND: line }: Config): (() => string) | undefined {
  if (line === '') return undefined;
  const [program, args] = shellOf(line);
  return () => {
    const { status, signal, stdout } = spawnSync(program, args, {
      encoding: 'utf8',
      timeout: TIMEOUT_MS,
      maxBuffer: MAX_BYTES,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    // What it printed is in no message: keys may be in it.
    if (status !== 0) {
      throw new Error(`SECRET_KEYS_COMMAND ended with ${status ?? signal ?? 'an error of the system'}.`);
    }
    return stdout;
  };
}

/** The same while other things go on. */
export function secretKeysLater({ SECRET_KEYS_COMMAND: line }: Config): (() => Promise<string>) | undefined {
  if (line === '') return undefined;
  const [program, args] = shellOf(line);
  return async () => {
    try {
      const limits = { timeout: TIMEOUT_MS, maxBuffer: MAX_BYTES };
      return (await promisify(execFile)(program, args, { encoding: 'utf8', ...limits })).stdout;
    } catch (error) {
      // Not the error itself: what it printed is in that.
      const { code, signal } = error as {
        readonly code?: number | string | null;
        readonly signal?: string | null;
      };
      // oxlint-disable-next-line eslint/preserve-caught-error -- keys may be in it
      throw new Error(`SECRET_KEYS_COMMAND ended with ${code ?? signal ?? 'an error of the system'}.`);
    }
  };
}

function shellOf(line: string): [program: string, args: string[]] {
  return process.platform === 'win32' ? ['cmd', ['/c', line]] : ['/bin/sh', ['-c', line]];
}
