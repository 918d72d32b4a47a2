// The program monitor: runs a program, restarts it when it fails, keeps and reports its crashes (`mayday watch`).
//
//   starting ──▶ running ── exit 0, or stopped by a signal, or no restarts wanted ──▶ ended
//                   │ failed
//                   ▼
//                pausing (1 s) ──▶ starting        too many restarts in a short time, or a stop signal ──▶ ended
import { constants } from 'node:os';
import type { Writable } from 'node:stream';
import type { SendRequest } from '../uploader/http-request.ts';
import type { ServerAddress } from '../uploader/server-address.ts';
import { startChild, type RunningChild } from './child-run.ts';
import { coreFileSentence } from './core-file.ts';
import { CrashRecorder } from './crash-recorder.ts';
import { exitCodeOfFailedStart } from './exit-code.ts';
import { completeAbandoned } from './log-folder.ts';
import { LogReporter } from './log-reporter.ts';
import { MAX_RESTARTS, RESTART_PAUSE_MS, RESTART_WINDOW_MS, RestartPolicy } from './restart-policy.ts';
import { askVersion, versionLine } from './version-line.ts';

/** What the monitor is told. */
export interface MonitorOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Where panic logs are kept. */
  readonly dir: string;
  /** Null: crashes are kept and not reported. */
  readonly address: ServerAddress | null;
  readonly restart: boolean;
  readonly includeOutput: boolean;
  readonly patterns: readonly RegExp[];
  readonly name: string | null;
  readonly version: { readonly text: string } | { readonly shellCommand: string } | null;
  readonly keepDays: number;
}

/** What the monitor works with; `signals` is the process itself, or what a test puts in its place. */
export interface MonitorSurroundings {
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Whether it runs at a terminal, which sends its signals to the program as well. */
  readonly terminal: boolean;
  /** Whether standard output is a terminal: then it is the program's own. */
  readonly stdoutTerminal: boolean;
  readonly signals: Pick<NodeJS.Process, 'on' | 'off'>;
  readonly send: SendRequest;
  readonly now: () => number;
  readonly say: (sentence: string) => void;
}

/** End the program, and the monitor with it. */
const STOP_SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGQUIT'];
/** Passed on; what the program makes of them is its business. */
const OTHER_SIGNALS: readonly NodeJS.Signals[] = ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGCONT', 'SIGWINCH'];
/** A terminal sends these to everything that runs in its foreground. */
const TERMINAL_SIGNALS: ReadonlySet<NodeJS.Signals> = new Set([
  'SIGINT',
  'SIGQUIT',
  'SIGHUP',
  'SIGWINCH',
  'SIGCONT',
]);

/** How long the end waits for reports under way. */
const REPORT_WAIT_MS = 30_000;
const STOPPED_REPORT_WAIT_MS = 5000;

/** Runs the program to its end; gives the exit code: the program's, or 128 + n for signal n. */
export async function monitor(options: MonitorOptions, surroundings: MonitorSurroundings): Promise<number> {
  const { dir, address, keepDays } = options;
  const { send, now, say } = surroundings;
  const reporter = new LogReporter({ dir, address, send, keepDays, now, say });
  const watch = new Watch(options, surroundings, () => reporter.kick());
  watch.listen();
  try {
    completeLogs(dir, surroundings);
    reporter.kick();
    return await watch.run();
  } finally {
    await reporter.finish(watch.stopped ? STOPPED_REPORT_WAIT_MS : REPORT_WAIT_MS);
    watch.close();
  }
}

/** Whatever is wrong with the folder, the program is to run. */
function completeLogs(dir: string, { now, say }: MonitorSurroundings): void {
  try {
    for (const file of completeAbandoned(dir, now())) say(`completed ${file}, whose monitor was killed`);
  } catch (error) {
    say(`the crash logs in ${dir} cannot be read: ${(error as Error).message}`);
  }
}

class Watch {
  readonly #options: MonitorOptions;
  readonly #surroundings: MonitorSurroundings;
  readonly #onLog: () => void;
  readonly #policy = new RestartPolicy();
  readonly #listeners = new Map<NodeJS.Signals, () => void>();
  #child: RunningChild | null = null;
  #forwarded = new Set<NodeJS.Signals>();
  #stoppedBy: NodeJS.Signals | null = null;
  #wake: () => void = () => undefined;

  constructor(options: MonitorOptions, surroundings: MonitorSurroundings, onLog: () => void) {
    this.#options = options;
    this.#surroundings = surroundings;
    this.#onLog = onLog;
  }

  get stopped(): boolean {
    return this.#stoppedBy !== null;
  }

  listen(): void {
    for (const signal of [...STOP_SIGNALS, ...OTHER_SIGNALS]) {
      const listener = (): void => this.#receive(signal);
      try {
        this.#surroundings.signals.on(signal, listener);
        this.#listeners.set(signal, listener);
      } catch {
        // A system without this signal (Windows) cannot send it either.
      }
    }
  }

  close(): void {
    for (const [signal, listener] of this.#listeners) this.#surroundings.signals.off(signal, listener);
  }

  async run(): Promise<number> {
    const { restart } = this.#options;
    const { say, now } = this.#surroundings;
    for (let run = 1; ; run += 1) {
      const code = await this.#runOnce();
      if (code === 0 || this.stopped || !restart || (run === 1 && this.#child === null)) return code;
      if (!this.#policy.mayRestart(now())) {
        say(`${MAX_RESTARTS} restarts within ${RESTART_WINDOW_MS / 1000} s: not restarting it again`);
        return code;
      }
      say(`${this.#options.command} ended with code ${code}; it is restarted`);
      await this.#pause(RESTART_PAUSE_MS);
      if (this.#stoppedBy !== null) return 128 + constants.signals[this.#stoppedBy];
    }
  }

  async #runOnce(): Promise<number> {
    const { command, args, includeOutput, dir, patterns } = this.#options;
    const { stdout, stderr, stdoutTerminal, now, say } = this.#surroundings;
    this.#child = null;
    const line = await this.#versionLine();
    if (this.#stoppedBy !== null) return 128 + constants.signals[this.#stoppedBy];
    const recorder = new CrashRecorder({
      dir,
      versionLine: line,
      includeOutput,
      patterns,
      now,
      onLog: (file) => {
        say(`a crash was detected and written to ${file}`);
        this.#onLog();
      },
      onFault: say,
    });
    const startedMs = now();
    this.#forwarded = new Set();
    let child: RunningChild;
    try {
      child = await startChild({
        command,
        args,
        pipeStdout: includeOutput || !stdoutTerminal,
        stdout,
        stderr,
        recorder,
      });
    } catch (error) {
      recorder.end({ code: 0, signal: null, forwarded: new Set(), coreFile: () => null });
      say(`${command} cannot be started: ${(error as Error).message}`);
      return exitCodeOfFailedStart(error);
    }
    this.#child = child;
    // A stop that came while the program was being started has met nobody.
    if (this.#stoppedBy !== null && !this.#forwarded.has(this.#stoppedBy)) this.#forward(this.#stoppedBy);
    const { code, signal } = await child.ended;
    recorder.end({
      code,
      signal,
      forwarded: this.#forwarded,
      coreFile: () => coreFileSentence({ pid: child.pid, cwd: process.cwd(), startedMs }),
    });
    return code ?? 128 + constants.signals[signal ?? 'SIGKILL'];
  }

  async #versionLine(): Promise<string> {
    const { command, name, version } = this.#options;
    const said =
      version === null ? null : 'text' in version ? version.text : await askVersion(version.shellCommand);
    return versionLine({ command, name, said });
  }

  #receive(signal: NodeJS.Signals): void {
    const hangUp = signal === 'SIGHUP' && this.#surroundings.terminal;
    if (STOP_SIGNALS.includes(signal) || hangUp) {
      this.#stoppedBy ??= signal;
      this.#wake();
    }
    this.#forward(signal);
  }

  #forward(signal: NodeJS.Signals): void {
    this.#forwarded.add(signal);
    if (this.#surroundings.terminal && TERMINAL_SIGNALS.has(signal)) return;
    this.#child?.signal(signal);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.stopped) this.#wake();
    });
  }
}
