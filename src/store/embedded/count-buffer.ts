// Adds up counts and writes them once in a while: a flood of discarded items costs intake next to nothing.
import type { ClientCount } from '../../report/client-rules.ts';
import type { WriterClient } from './thread/writer-client.ts';
import type { CountRow } from './clients/client-counts.ts';

const INTERVAL_MS = 500;
const DAY_MS = 86_400_000;
/** More different counts than these in one interval are written at once. */
const MAX_KEYS = 2000;
const MAX_TEXT = 80;
const ROW_BYTES = 200;

export class CountBuffer {
  readonly #writer: WriterClient;
  readonly #now: () => number;
  readonly #trouble: (error: unknown) => void;
  #counts = new Map<string, { readonly row: CountRow; count: number }>();
  #timer: NodeJS.Timeout | null = null;

  /** `trouble` hears of writes that failed. */
  constructor(writer: WriterClient, now: () => number, trouble: (error: unknown) => void) {
    this.#writer = writer;
    this.#now = now;
    this.#trouble = trouble;
  }

  add(account: string, product: string, { fate, kind, reason, sdk, count }: ClientCount): void {
    if (!(count > 0)) return;
    const row: CountRow = {
      account,
      product,
      day: Math.floor(this.#now() / DAY_MS),
      fate,
      kind: cut(kind),
      reason: cut(reason),
      sdk: cut(sdk),
      count,
    };
    const key = JSON.stringify([account, product, row.day, fate, row.kind, row.reason, row.sdk]);
    const known = this.#counts.get(key);
    if (known === undefined) this.#counts.set(key, { row, count });
    else known.count += count;
    if (this.#counts.size >= MAX_KEYS) void this.flush();
    else this.#timer ??= setTimeout(() => void this.flush(), INTERVAL_MS).unref();
  }

  /** Writes what was added up. Never throws. */
  async flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const rows = [...this.#counts.values()].map(({ row, count }) => Object.assign(row, { count }));
    this.#counts = new Map();
    if (rows.length === 0) return;
    try {
      await this.#writer.write('addClientCounts', [rows], { rows: rows.length * ROW_BYTES, files: 0 });
    } catch (error) {
      this.#trouble(error);
    }
  }
}

function cut(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f]+/g, ' ').slice(0, MAX_TEXT);
}
