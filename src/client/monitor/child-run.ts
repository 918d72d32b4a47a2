// One run of the program: started with its input and output passed through byte for byte, watched to its end.
import { spawn, type ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { CrashRecorder } from './crash-recorder.ts';
import { closeWriteEnd, makePipe } from './pipe.ts';

/** When a process has ended but something it started still holds its standard error: so long is waited for more. */
const LINGER_MS = 1000;

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Standard output goes through the monitor; else it is the monitor's own, terminal and all. */
  readonly pipeStdout: boolean;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly recorder: CrashRecorder;
}

/** A program that runs. */
export interface RunningChild {
  readonly pid: number;
  signal(signal: NodeJS.Signals): void;
  /** Settles when it has ended and all of its output was passed on. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** Starts the program; rejects with the system's error where it cannot be started. */
export async function startChild(options: ChildOptions): Promise<RunningChild> {
  const { command, args, pipeStdout, stdout, stderr, recorder } = options;
  const errPipe = makePipe();
  const outPipe = pipeStdout ? makePipe() : null;
  const child = spawn(command, args, {
    // Standard input is the monitor's own in any case: nobody else reads it.
    stdio: ['inherit', pipeStdout ? (outPipe?.writeFd ?? 'pipe') : 'inherit', errPipe?.writeFd ?? 'pipe'],
    windowsHide: true,
  });
  closeWriteEnd(errPipe);
  closeWriteEnd(outPipe);
  const streams = [
    pass(errPipe?.readable ?? child.stderr, stderr, (chunk) => recorder.stderr(chunk), 'drain'),
    pass(outPipe?.readable ?? child.stdout, stdout, (chunk) => recorder.stdout(chunk), 'break'),
  ];
  const ended = exit(child).then(async (result) => {
    await Promise.all(streams.map(async (stream) => stream?.whenQuiet()));
    return result;
  });
  // A program that cannot be started rejects here, and nobody waits for its end.
  ended.catch(() => undefined);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  return { pid: child.pid ?? 0, signal: (signal) => void child.kill(signal), ended };
}

function exit(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', reject);
  });
}

interface Passing {
  /** Settles at the end of the stream, or when nothing more has come for a while. */
  whenQuiet(): Promise<void>;
}

/**
 * Copies a stream as it comes and no faster than it is taken. Where the reader has gone away, standard output breaks for
 * the program as it would without a monitor (`break`); standard error is read on, for the sake of a crash (`drain`).
 */
function pass(
  from: Readable | null,
  to: Writable,
  look: (chunk: Buffer) => void,
  gone: 'break' | 'drain',
): Passing | null {
  if (from === null) return null;
  let lastAt = Date.now();
  let ended = false;
  let broken = to.destroyed;
  const onError = (): void => {
    broken = true;
    if (gone === 'break') from.destroy();
    else from.resume();
  };
  const onDrain = (): void => void from.resume();
  to.on('error', onError);
  to.on('drain', onDrain);
  const finish = (): void => {
    ended = true;
    to.off('drain', onDrain);
    // The last chunk's error may still be on its way.
    setImmediate(() => to.off('error', onError));
  };
  from.once('close', finish);
  from.on('error', () => undefined);
  from.on('data', (chunk: Buffer) => {
    lastAt = Date.now();
    // Recorded before it is shown: a monitor that is killed in between has not lost a line.
    look(chunk);
    if (!broken && !to.write(chunk)) from.pause();
  });
  return {
    whenQuiet: () =>
      new Promise((resolve) => {
        const check = (): void => {
          if (ended) return resolve();
          if (from.isPaused() || Date.now() - lastAt < LINGER_MS) return void setTimeout(check, 20);
          // A program in the background still holds it: passed on while the monitor lives, which does not wait for it.
          if (from instanceof Socket) from.unref();
          return resolve();
        };
        lastAt = Date.now();
        check();
      }),
  };
}
