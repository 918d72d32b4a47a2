// Reports the panic logs of a folder, one pass at a time, without ever holding up the program that is watched.
import path from 'node:path';
import type { SendRequest } from '../uploader/http-request.ts';
import { uploadPanicLog, withoutLogLines } from '../uploader/panic-log-upload.ts';
import type { ServerAddress } from '../uploader/server-address.ts';
import { deleteOldLogs, deleteSurplusLogs, markReported, readLog, unreportedLogs } from './log-folder.ts';

/** Logs that could not be sent are tried again this often while the program runs. */
const AGAIN_MS = 15 * 60_000;
const MAX_LOGS = 500;

export interface ReporterOptions {
  readonly dir: string;
  /** Null: logs are written and kept, and not sent. */
  readonly address: ServerAddress | null;
  readonly send: SendRequest;
  readonly keepDays: number;
  readonly now: () => number;
  readonly say: (sentence: string) => void;
}

export class LogReporter {
  readonly #options: ReporterOptions;
  readonly #stop = new AbortController();
  readonly #timer: NodeJS.Timeout;
  /** Logs that the server has refused for what they are: not tried again by this monitor. */
  readonly #refused = new Set<string>();
  #pass: Promise<void> | null = null;
  #again = false;

  constructor(options: ReporterOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.kick(), AGAIN_MS);
    this.#timer.unref();
  }

  /** Starts a pass over the folder; during one, another will follow it. */
  kick(): void {
    this.#again = true;
    this.#pass ??= this.#run().finally(() => {
      this.#pass = null;
    });
  }

  /** Waits for what is under way, at most `waitMs`; the rest is reported at the next start. */
  async finish(waitMs: number): Promise<void> {
    clearInterval(this.#timer);
    const timer = setTimeout(() => this.#stop.abort(), waitMs);
    await this.#pass;
    clearTimeout(timer);
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#stop.signal.aborted) {
      this.#again = false;
      try {
        const { dir, keepDays, now } = this.#options;
        deleteOldLogs(dir, keepDays, now());
        deleteSurplusLogs(dir, MAX_LOGS);
        await this.#report();
      } catch (error) {
        this.#options.say(
          `the crash logs in ${this.#options.dir} cannot be read: ${(error as Error).message}`,
        );
      }
    }
  }

  async #report(): Promise<void> {
    const { dir, address, send, say } = this.#options;
    if (address === null) return;
    for (const file of unreportedLogs(dir)) {
      const log = this.#refused.has(file) ? null : readLog(file);
      if (log === null) continue;
      const name = path.basename(file);
      const result = await uploadPanicLog(withoutLogLines(log), address, send, this.#stop.signal);
      if (result.kind === 'stored') {
        markReported(file);
        say(`reported ${name} (${result.id.slice(0, 8)})`);
        continue;
      }
      if (this.#stop.signal.aborted) return;
      say(`${name} could not be reported, and is kept: ${result.problem}`);
      // A server that is away is away for the other logs too.
      if (result.retry) return;
      this.#refused.add(file);
    }
  }
}
