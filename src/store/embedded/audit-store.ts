// The audit log of the contract: lines that are waited for, and lines that are gathered for a moment and written together.
import type { AuditEntry, AuditStore } from '../audit.ts';
import type { StoreParts } from './store-parts.ts';
import { auditStart, lastAuditNumber } from './audit/audit-rows.ts';
import type { DatedEntry } from './audit/audit-rows.ts';

const INTERVAL_MS = 250;
const MINUTE_MS = 60_000;
/** So many lines wait to be written at once; then they are written at once. */
const MAX_WAITING = 200;
/** Lines of nobody in particular (failed sign-ins) in a minute, of all addresses together. */
const MAX_OF_NOBODY = 300;
/** Different lines that a minute remembers; beyond them each is written, which costs no more than what was asked. */
const MAX_KNOWN = 20_000;
const LINE_BYTES = 600;

/** Gathers notes, each once a minute. */
class Notes {
  readonly #write: (entries: readonly DatedEntry[]) => Promise<void>;
  readonly #now: () => number;
  #waiting: DatedEntry[] = [];
  #timer: NodeJS.Timeout | null = null;
  #minute = 0;
  #known = new Set<string>();
  #ofNobody = 0;
  /** Lines of nobody that were left out in this minute, by what they say. */
  #left = new Map<string, number>();

  constructor(write: (entries: readonly DatedEntry[]) => Promise<void>, now: () => number) {
    this.#write = write;
    this.#now = now;
  }

  add(entry: AuditEntry): void {
    const at = this.#now();
    this.#turnMinute(at);
    const { who, what, object, outcome, network } = entry;
    const key = JSON.stringify([who.person, who.way, who.token, what, object, outcome, network]);
    if (this.#known.has(key)) return;
    if (who.way === 'nobody') {
      if (this.#ofNobody >= MAX_OF_NOBODY) {
        this.#left.set(what, (this.#left.get(what) ?? 0) + 1);
        this.#timer ??= setTimeout(() => void this.flush(), MINUTE_MS).unref();
        return;
      }
      this.#ofNobody += 1;
    }
    if (this.#known.size < MAX_KNOWN) this.#known.add(key);
    this.#waiting.push({ entry, at });
    if (this.#waiting.length >= MAX_WAITING) void this.flush();
    else this.#timer ??= setTimeout(() => void this.flush(), INTERVAL_MS).unref();
  }

  async flush({ all = false }: { readonly all?: boolean } = {}): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (all) this.#tellLeft(this.#now());
    else this.#turnMinute(this.#now());
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length > 0) await this.#write(waiting);
  }

  #turnMinute(at: number): void {
    const minute = Math.floor(at / MINUTE_MS);
    if (minute === this.#minute) return;
    this.#tellLeft(at);
    this.#minute = minute;
    this.#known = new Set();
    this.#ofNobody = 0;
  }

  #tellLeft(at: number): void {
    for (const [what, more] of this.#left) {
      const who = { person: null, way: 'nobody', token: null } as const;
      const entry = { who, what, object: '', network: '', outcome: 'refused', detail: { more } } as const;
      this.#waiting.push({ entry, at });
    }
    this.#left = new Map();
  }
}

/** `flush` writes what was noted; never throws. */
export function createAuditStore({ connection, reader, writer, now, options }: StoreParts): AuditStore & {
  flush(): Promise<void>;
} {
  const write = (entries: readonly DatedEntry[]): Promise<void> =>
    writer.write('addAudit', [entries], { rows: entries.length * LINE_BYTES, files: 0 });
  let last: Promise<void> = Promise.resolve();
  const notes = new Notes((entries) => {
    last = write(entries).catch((error: unknown) => {
      options.log.error({ err: error, lines: entries.length }, 'lines of the audit log could not be kept');
    });
    return last;
  }, now);
  const settled = async (): Promise<void> => {
    await notes.flush();
    await last;
  };
  return {
    record: (entry) => write([{ entry, at: now() }]),
    note: (entry) => notes.add(entry),
    async list(filter, page) {
      await settled();
      return reader.read('listAudit', filter, page);
    },
    async linesAfter(id, limit) {
      await settled();
      return reader.read('auditAfter', id, limit);
    },
    async start() {
      return auditStart(connection);
    },
    async lastNumber() {
      return lastAuditNumber(connection);
    },
    async flush() {
      await notes.flush({ all: true });
      await last;
    },
  };
}
