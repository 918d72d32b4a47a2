// Runs `mayday send` for black-box tests, with a state file of its own.
import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');

export interface Sent {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Starts it; `home` is where it keeps its state. */
export function startSend(
  home: string,
  args: readonly string[],
): { readonly child: ChildProcess; readonly ended: Promise<Sent> } {
  const child = spawn(process.execPath, [path.join(ROOT, 'bin/mayday.js'), 'send', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', HOME: home },
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  return {
    child,
    ended: new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err }))),
  };
}

/** Runs it to its end. */
export function send(home: string, args: readonly string[]): Promise<Sent> {
  return startSend(home, args).ended;
}
