// Brings filed crashes into segments, in the background: a reader thread makes a segment, the writer stores it. Also tells the facts of what
// an older version filed.
import type { ReaderPool } from './reading/reader-pool.ts';
import type { WriterClient } from './thread/writer-client.ts';

const REST_MS = 5000;
/** What was erased is gone from segments within an hour: they are cleaned this often. */
const CLEAN_MS = 20 * 60_000;
const TRIM_ROWS = 256;
const OLD_REPORTS = 16;
/** What pauses between two steps, so that uploads have their turn. */
const STEP_MS = 20;

export class Sealing {
  readonly #reader: ReaderPool;
  readonly #writer: WriterClient;
  readonly #rows: number;
  readonly #limits: { readonly keepDays: number | null; readonly maxBytes: number };
  readonly #now: () => number;
  readonly #mayDraft: (wanted: { readonly rows: number; readonly dead: boolean }) => boolean;
  readonly #failed: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  /** Segments may wait to become one. */
  #stored = false;
  #stopped = false;
  #cleanedAt = performance.now();
  #running: Promise<void> = Promise.resolve();

  constructor(parts: {
    readonly reader: ReaderPool;
    readonly writer: WriterClient;
    /** Rows of a new segment. */
    readonly rows: number;
    /** How long and in how much space crashes stay counted whose reports are gone. */
    readonly limits: { readonly keepDays: number | null; readonly maxBytes: number };
    readonly now: () => number;
    /** Whether the reader may find something to seal or to clean. */
    readonly mayDraft: (wanted: { readonly rows: number; readonly dead: boolean }) => boolean;
    /** Whether to work by itself, now and then. */
    readonly regularly: boolean;
    readonly failed: (error: unknown) => void;
  }) {
    this.#reader = parts.reader;
    this.#writer = parts.writer;
    this.#rows = parts.rows;
    this.#limits = parts.limits;
    this.#now = parts.now;
    this.#mayDraft = parts.mayDraft;
    this.#failed = parts.failed;
    if (parts.regularly) this.#timer = setTimeout(() => this.#look(), REST_MS).unref();
  }

  /** Does all that there is to do, at once. */
  async settle(): Promise<void> {
    while (await this.#step(true));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #look(): void {
    this.#running = this.#work()
      .catch((error: unknown) => {
        if (!this.#stopped) this.#failed(error);
      })
      .then(() => {
        if (!this.#stopped) this.#timer = setTimeout(() => this.#look(), REST_MS).unref();
      });
  }

  async #work(): Promise<void> {
    const clean = performance.now() - this.#cleanedAt > CLEAN_MS;
    while (!this.#stopped && (await this.#step(clean))) {
      await new Promise((resolve) => setTimeout(resolve, STEP_MS));
    }
    if (clean) this.#cleanedAt = performance.now();
  }

  /** Takes back what counts no longer without a report; false: there is nothing. */
  async #expire(): Promise<boolean> {
    const rows = await this.#reader.read('expiredFacts', { ...this.#limits, now: this.#now() });
    return rows.length > 0 && (await this.#writer.write('dropExpired', [rows])) > 0;
  }

  /** One step; false: there was nothing to do. */
  async #step(clean: boolean): Promise<boolean> {
    if ((await this.#writer.write('trimFacts', [TRIM_ROWS])) > 0) return true;
    if ((await this.#writer.write('tellFacts', [OLD_REPORTS])) > 0) return true;
    if (clean && (await this.#expire())) return true;
    const wanted = { rows: this.#rows, dead: clean };
    if (!this.#stored && !this.#mayDraft(wanted)) return false;
    const draft = await this.#reader.read('draftSegment', wanted);
    this.#stored = draft !== null;
    return draft !== null && (await this.#writer.write('putSegment', [draft]));
  }
}
