// SECRET_KEYS_COMMAND: the keys of secrets from a program of the operator (a vault, a TPM) rather than from a file beside the database.
import { execFileSync } from 'node:child_process';
import type { Config } from './config.ts';

const TIMEOUT_MS = 15_000;
const MAX_BYTES = 16 * 1024;

/** Runs the command and gives what it prints; undefined: none is set. What it gives throws a sentence where it fails, without what it printed. */
export function secretKeysOf({ SECRET_KEYS_COMMAND: line }: Config): (() => string) | undefined {
  if (line === '') return undefined;
  const [program, args] = process.platform === 'win32' ? ['cmd', ['/c', line]] : ['/bin/sh', ['-c', line]];
  return () => {
    try {
      return execFileSync(program, args, {
        encoding: 'utf8',
        timeout: TIMEOUT_MS,
        maxBuffer: MAX_BYTES,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
    } catch (error) {
      const { status, code } = error as { readonly status?: number | null; readonly code?: string };
      const how = typeof status === 'number' ? `ended with ${status}` : `failed (${code ?? 'killed'})`;
      // Not the error itself: it holds what the command printed.
      throw new Error(`SECRET_KEYS_COMMAND ${how}.`);
    }
  };
}
