// Has the database read through in the background, soon after the start and once a day, and remembers the damage that was found: health tells
// of it until the server is started again on a sound database.
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ExaminationResult, ExaminationSettings } from './thread/examination-thread.ts';

const FIRST_AFTER_MS = 60_000;
const INTERVAL_MS = 24 * 60 * 60_000;
const REST_MS = 20;

const THREAD = new URL(`./thread/examination-thread${path.extname(import.meta.filename)}`, import.meta.url);

/** What is examined, and who hears of damage and of an examination that could not be done. */
export interface ExaminationOptions {
  readonly database: string;
  readonly damaged: (damage: string) => void;
  readonly failed: (error: unknown) => void;
}

export class Examination {
  readonly #options: ExaminationOptions;
  #timer: NodeJS.Timeout;
  #worker: Worker | null = null;
  #damage: string | null = null;

  constructor(options: ExaminationOptions) {
    this.#options = options;
    this.#timer = setTimeout(() => void this.#regularly(), FIRST_AFTER_MS).unref();
  }

  /** The damage that was found, in SQLite's words; null: none so far. */
  get damage(): string | null {
    return this.#damage;
  }

  /** Reads everything through now, with so long a rest between steps. Never rejects. */
  run(restMs: number): Promise<void> {
    return new Promise((resolve) => {
      const settings: ExaminationSettings = { database: this.#options.database, restMs };
      const worker = new Worker(THREAD, { workerData: settings, name: 'mayday-examination' });
      worker.unref();
      this.#worker = worker;
      worker.on('message', ({ damage }: ExaminationResult) => {
        if (damage === null) return;
        this.#damage = damage;
        this.#options.damaged(damage);
      });
      worker.on('error', (error) => this.#options.failed(error));
      worker.once('exit', () => {
        this.#worker = null;
        resolve();
      });
    });
  }

  /** Ends what runs. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#worker?.terminate();
  }

  async #regularly(): Promise<void> {
    await this.run(REST_MS);
    this.#timer = setTimeout(() => void this.#regularly(), INTERVAL_MS).unref();
  }
}
