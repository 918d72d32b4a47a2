// A real pipe between the monitor and the program. Node's own `stdio: 'pipe'` is a socket, and a program that opens
// /dev/stderr or /dev/stdout by name (`tee /dev/stderr`, `echo x > /dev/stderr` in dash) cannot open a socket.
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { platform, tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';

/** Both ends; the write end is given to the program and then closed here. */
export interface Pipe {
  readonly readable: Readable;
  readonly writeFd: number;
}

/** POSIX; Node has no call for it. */
const MAKE_FIFO = 'mkfifo';

/** Makes a pipe; null where the system cannot, and a socket must do. */
export function makePipe(): Pipe | null {
  if (platform() === 'win32') return null;
  let dir: string | null = null;
  try {
    dir = mkdtempSync(path.join(tmpdir(), 'mayday-pipe-'));
    const name = path.join(dir, 'pipe');
    execFileSync(MAKE_FIFO, ['-m', '600', name], { stdio: 'ignore' });
    // With O_NONBLOCK a reader need not wait for a writer; the writer, opened second, finds it there.
    const readFd = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
    const writeFd = openSync(name, constants.O_WRONLY);
    return { readable: new Socket({ fd: readFd, readable: true, writable: false }), writeFd };
  } catch {
    return null;
  } finally {
    if (dir !== null) rmSync(dir, { recursive: true, force: true });
  }
}

/** Gives up the program's end, once the program has it. */
export function closeWriteEnd(pipe: Pipe | null): void {
  if (pipe !== null) closeSync(pipe.writeFd);
}
