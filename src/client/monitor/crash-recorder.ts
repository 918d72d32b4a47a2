// Keeps the crashes of one process: its output goes in, panic logs come out. One recorder for each start.
import { constants } from 'node:os';
import { CrashDetector, type CrashSink, type CrashStream } from './crash-detector.ts';
import { isCrash, type Outcome } from './crash-evidence.ts';
import type { CrashKind } from './crash-patterns.ts';
import { crashSignalMeaning } from './core-file.ts';
import { LineSplitter } from './output-line-splitter.ts';
import { OutputWindow } from './output-window.ts';
import { PanicLog } from './panic-log.ts';

/** When a crash counts as over although the process lives: so long without a line, or so long in all. */
const LIMITS: Readonly<Record<CrashKind, { readonly quietMs: number; readonly totalMs: number }>> = {
  // A runtime that dumps a thousand threads into a slow terminal pauses, and goes on.
  process: { quietMs: 30_000, totalMs: 10 * 60_000 },
  // The process goes on and prints other things: its trace is written at once.
  thread: { quietMs: 2000, totalMs: 10_000 },
  // What has not ended the process after this time was handled.
  maybe: { quietMs: 60_000, totalMs: 60_000 },
  asked: { quietMs: 30_000, totalMs: 10 * 60_000 },
};
const CHECK_MS = 500;

export interface RecorderOptions {
  readonly dir: string;
  /** The log's first line. */
  readonly versionLine: string;
  readonly includeOutput: boolean;
  readonly patterns: readonly RegExp[];
  readonly now: () => number;
  /** A log is whole and durable. */
  readonly onLog: (path: string) => void;
  /** Something went wrong with a log; said once for each fault. */
  readonly onFault: (sentence: string) => void;
}

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Signals that the monitor has passed on to it. */
  readonly forwarded: ReadonlySet<NodeJS.Signals>;
  /** What is known of its core file; asked only when a signal ended it. */
  readonly coreFile: () => string | null;
}

export class CrashRecorder {
  readonly #options: RecorderOptions;
  readonly #detectors: Readonly<Record<CrashStream, CrashDetector>>;
  readonly #stderr: LineSplitter;
  readonly #stdout: LineSplitter;
  readonly #window = new OutputWindow();
  readonly #timer: NodeJS.Timeout;
  #log: PanicLog | null = null;
  /** The stream on which the crash under way began; what the other one says meanwhile is no part of it. */
  #stream: CrashStream = 'stderr';
  #beganAt = 0;
  #lastLineAt = 0;
  #syncedAt = 0;
  #faultSaid = false;
  #ended = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#detectors = {
      stderr: new CrashDetector(this.#sinkOf('stderr'), options.patterns),
      stdout: new CrashDetector(this.#sinkOf('stdout'), [], 'stdout'),
    };
    this.#stderr = new LineSplitter((line) => {
      this.#detectors.stderr.write(line);
      if (options.includeOutput && this.#detectors.stderr.kind === null) this.#window.add(line);
    });
    this.#stdout = new LineSplitter((line) => {
      this.#detectors.stdout.write(line);
      if (options.includeOutput && this.#detectors.stdout.kind === null) this.#window.add(line);
    });
    this.#timer = setInterval(() => this.#check(), CHECK_MS);
    this.#timer.unref();
  }

  /** Bytes of standard error, as they come. */
  stderr(chunk: Buffer): void {
    // What a program in the background prints after the end of the one that is watched is no crash of it.
    if (!this.#ended) this.#stderr.write(chunk);
  }

  /** Bytes of standard output: for logs that hold some of it, and for runtimes that die on it. */
  stdout(chunk: Buffer): void {
    if (!this.#ended) this.#stdout.write(chunk);
  }

  #sinkOf(stream: CrashStream): CrashSink {
    return {
      begin: () => {
        // What stands on standard error says more.
        if (stream === 'stdout' && this.#log !== null && this.#stream === 'stderr') return;
        this.#stream = stream;
        this.#begin();
      },
      line: (line) => {
        if (this.#stream === stream) this.#line(line);
      },
    };
  }

  get #kind(): CrashKind | null {
    return this.#detectors[this.#stream].kind;
  }

  #begin(): void {
    this.#beganAt = this.#options.now();
    this.#attempt(() => {
      if (this.#log === null) this.#log = PanicLog.create(this.#options.dir, this.#beganAt, this.#header());
      else this.#log.restart(this.#header());
    });
  }

  #line(line: Buffer): void {
    this.#lastLineAt = this.#options.now();
    this.#attempt(() => this.#log?.line(line));
  }

  /** The process and its output have ended: closes what is open, and records a death by signal. */
  end(end: ProcessEnd): void {
    clearInterval(this.#timer);
    this.#stderr.end();
    this.#stdout.end();
    this.#ended = true;
    if (this.#log !== null && !this.#isCrash(failed(end) ? 'failed' : 'succeeded')) this.#discard();
    const crash = crashSignal(end);
    if (this.#log !== null) this.#finish(crash === null ? [] : signalLines(crash, end, 'after'));
    else if (crash !== null) {
      this.#begin();
      this.#finish(signalLines(crash, end, 'alone'));
    }
    this.#reset();
  }

  #check(): void {
    const kind = this.#kind;
    if (kind === null) return;
    const now = this.#options.now();
    const { quietMs, totalMs } = LIMITS[kind];
    if (now - this.#lastLineAt >= quietMs || now - this.#beganAt >= totalMs) {
      if (this.#isCrash('lives')) this.#finish([]);
      else this.#discard();
      this.#reset();
    } else if (this.#syncedAt !== this.#lastLineAt) {
      // Whatever is in the file survives the end of this process; this is for the power.
      this.#syncedAt = this.#lastLineAt;
      this.#attempt(() => this.#log?.sync());
    }
  }

  #isCrash(outcome: Outcome): boolean {
    const kind = this.#kind;
    return kind !== null && isCrash(this.#log?.trace() ?? '', kind, outcome);
  }

  #reset(): void {
    this.#detectors.stderr.reset();
    this.#detectors.stdout.reset();
  }

  #header(): string {
    const at = new Date(this.#options.now()).toISOString().replace(/\.\d+Z$/, 'Z');
    const output = this.#options.includeOutput ? this.#window.lines() : [];
    return [this.#options.versionLine, ...output, `Panic at ${at}`, ''].join('\n');
  }

  #finish(last: readonly string[]): void {
    const log = this.#log;
    this.#log = null;
    if (log === null) return;
    this.#attempt(() => {
      log.finish(last);
      this.#options.onLog(log.path);
    });
  }

  #discard(): void {
    const log = this.#log;
    this.#log = null;
    this.#attempt(() => log?.discard());
  }

  /** A full disk or a folder that cannot be written must not touch the program that is watched. */
  #attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (this.#faultSaid) return;
      this.#faultSaid = true;
      this.#options.onFault(
        `a crash log cannot be written to ${this.#options.dir}: ${(error as Error).message}`,
      );
    }
  }
}

/** The signal of a native crash: the one that ended the process, or the one that a shell's exit code stands for. */
function crashSignal({ code, signal, forwarded }: ProcessEnd): NodeJS.Signals | null {
  const name = signal ?? (code !== null && code > 128 ? signalOfNumber(code - 128) : null);
  return name !== null && crashSignalMeaning(name) !== null && !forwarded.has(name) ? name : null;
}

/** Whether the process failed by itself, and did not do what it was told to by a signal. */
function failed({ code, signal, forwarded }: ProcessEnd): boolean {
  if (signal !== null) return !forwarded.has(signal);
  const told = code !== null && code > 128 ? signalOfNumber(code - 128) : null;
  return code !== 0 && (told === null || !forwarded.has(told));
}

function signalOfNumber(number: number): NodeJS.Signals | null {
  const found = Object.entries(constants.signals).find(([, value]) => value === number);
  return found === undefined ? null : (found[0] as NodeJS.Signals);
}

/** `alone`: the lines are the whole trace, in the form in which Go's runtime names a signal. */
function signalLines(signal: NodeJS.Signals, end: ProcessEnd, place: 'after' | 'alone'): readonly string[] {
  const meaning = crashSignalMeaning(signal) ?? '';
  const how = end.signal === null ? ` (told by exit code ${end.code})` : '';
  const core = end.coreFile();
  return [
    place === 'alone' ? `${signal}: ${meaning}${how}` : `[ended by ${signal}: ${meaning}${how}]`,
    ...(core === null ? [] : [place === 'alone' ? core : `[${core}]`]),
  ];
}
