// Collects inbox entries and writes them in batches: a flood of refusals costs intake next to nothing, since only the last
// entries of each interval are kept.
import type { InboxEntry } from '../intake.ts';
import type { InboxRow } from './write/write-inbox.ts';
import type { WriterClient } from './thread/writer-client.ts';

const INTERVAL_MS = 250;
/** More entries than this in one interval push out the oldest of them. */
const MAX_OF_INTERVAL = 250;
/** Longer texts are cut: the ring is bounded in bytes, not only in entries. */
const MAX_TEXT = 2000;
const MAX_HEADERS = 64;

export class InboxBuffer {
  readonly #writer: WriterClient;
  readonly #size: number;
  readonly #trouble: (error: unknown) => void;
  #entries: InboxEntry[] = [];
  #oldest = 0;
  #timer: NodeJS.Timeout | null = null;

  /** `size`: entries that the ring keeps. `trouble` hears of writes that failed. */
  constructor(writer: WriterClient, size: number, trouble: (error: unknown) => void) {
    this.#writer = writer;
    this.#size = size;
    this.#trouble = trouble;
  }

  add(entry: InboxEntry): void {
    const max = Math.min(MAX_OF_INTERVAL, this.#size);
    if (max <= 0) return;
    if (this.#entries.length < max) {
      this.#entries.push(entry);
    } else {
      this.#entries[this.#oldest] = entry;
      this.#oldest = (this.#oldest + 1) % max;
    }
    this.#timer ??= setTimeout(() => void this.flush(), INTERVAL_MS).unref();
  }

  /** Writes what was collected. Never throws. */
  async flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const entries = [...this.#entries.slice(this.#oldest), ...this.#entries.slice(0, this.#oldest)];
    this.#entries = [];
    this.#oldest = 0;
    if (entries.length === 0) return;
    try {
      const rows = entries.map(toRow);
      const bytes = rows.reduce((sum, { json }) => sum + json.length, 0);
      await this.#writer.write('addInbox', [rows, this.#size], { rows: bytes, files: 0 });
    } catch (error) {
      this.#trouble(error);
    }
  }
}

function toRow(entry: InboxEntry): InboxRow {
  const headers = Object.entries(entry.headers)
    .slice(0, MAX_HEADERS)
    .map(([name, value]) => [name.slice(0, MAX_TEXT), value.slice(0, MAX_TEXT)]);
  const bounded: InboxEntry = {
    ...entry,
    method: entry.method.slice(0, MAX_TEXT),
    path: entry.path.slice(0, MAX_TEXT),
    reason: entry.reason.slice(0, MAX_TEXT),
    detail: entry.detail.slice(0, MAX_TEXT),
    headers: Object.fromEntries(headers) as Record<string, string>,
  };
  return { outcome: entry.outcome, protocol: entry.protocol, json: JSON.stringify(bounded) };
}
