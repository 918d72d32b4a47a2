// SECRET_KEYS_COMMAND: the keys of secrets from a program of the operator (a vault, a TPM) rather than from a file beside the database.
import { spawnSync } from 'node:child_process';
import type { Config } from './config.ts';

const TIMEOUT_MS = 15_000;
const MAX_BYTES = 16 * 1024;

/** Runs the command and gives what it prints; undefined: none is set. What it gives throws a sentence where it fails, without what it printed. */
export function secretKeysOf({ SECRET_KEYS_COMMAND: line }: Config): (() => string) | undefined {
  if (line === '') return undefined;
  const [program, args] = process.platform === 'win32' ? ['cmd', ['/c', line]] : ['/bin/sh', ['-c', line]];
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
