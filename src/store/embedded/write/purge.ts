// What was deleted for good leaves nothing behind: within the hour the search index is written anew without it, messages that were sent
// lose their text, copies of the database that an upgrade made go, and the log is folded back and emptied. Rows and free pages are
// overwritten as they are deleted (`secure_delete`), entries of packs by the list of removals, segments by sealing.ts.
// States of the mark: none → (something was deleted) set → (a purge that began later ends) none.
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { unnameInstallations } from '../filing/erase-filed.ts';
import { foldLogNow } from '../database/fold-log.ts';
import { removeAllCopies } from '../database/before-migration.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { forgetInInbox } from './forget-told.ts';
import { inTransaction } from './in-transaction.ts';
import type { Writer } from './in-transaction.ts';

/** Deletions are gathered for so long; then one purge is for all of them. */
export const PURGE_AFTER_MS = 15 * 60_000;
/** Pages of the search index that one step writes. */
const INDEX_PAGES = 256;

const setMark = query<[value: string]>(`
  INSERT INTO settings (name, value) VALUES ('erased', CAST(? AS BLOB))
  ON CONFLICT (name) DO UPDATE SET value = CAST(json_set(CAST(value AS TEXT), '$.last', json_extract(CAST(excluded.value AS TEXT), '$.last')) AS BLOB)`);
const getMark = query<[], string>(`SELECT CAST(value AS TEXT) FROM settings WHERE name = 'erased'`);
const clearMark = query<[]>(`DELETE FROM settings WHERE name = 'erased'`);

interface Mark {
  readonly first: number;
  readonly last: number;
}

/** Something was deleted for good. */
export function noteErasure(connection: Connection, now: number): void {
  setMark(connection).run(JSON.stringify({ first: now, last: now }));
}

function markOf(connection: Connection): Mark | null {
  const text = getMark(connection).pluck().get();
  return text === undefined ? null : (JSON.parse(text) as Mark);
}

/** Whether deletions wait for a purge, `afterMs` after the first of them. */
export function purgeIsDue(connection: Connection, now: number, afterMs = PURGE_AFTER_MS): boolean {
  const mark = markOf(connection);
  // A clock that was set back must not postpone anything.
  return mark !== null && (now - mark.first >= afterMs || mark.first > now);
}

const mergeAll = query<[pages: number]>(`INSERT INTO report_words (report_words, rank) VALUES ('merge', ?)`);
const changesSoFar = query<[], number>(`SELECT total_changes()`);
const emptyMessages = query<[]>(
  `UPDATE deliveries SET payload = '' WHERE ended_at IS NOT NULL AND payload <> ''`,
);
/** Segments are written anew without what was deleted at least this often (sealing.ts). */
const CLEANED_MS = 25 * 60_000;
const anyDead = query<[], number>(`SELECT 1 FROM facts_dead LIMIT 1`);

/** `waits`: segments are yet to be written anew; `held`: a reader keeps the log. */
export type PurgeStep = 'more' | 'waits' | 'held' | 'done';

/** A purge, step by step: one for each writer thread. */
export class Purge {
  readonly #forgetKeys: (context: WriteContext) => void;
  #begunAt: number | null = null;
  #indexDone = false;

  /** `forgetKeys`: names of keys of searches that nothing has any more. */
  constructor(forgetKeys: (context: WriteContext) => void) {
    this.#forgetKeys = forgetKeys;
  }

  /** One step. Throws SQLite's error. */
  async step(writer: Writer, now: number): Promise<PurgeStep> {
    if (this.#begunAt === null) {
      this.#begunAt = now;
      this.#indexDone = false;
      await inTransaction(writer, ({ connection }: WriteContext) => {
        emptyMessages(connection).run();
        forgetInInbox(connection);
        unnameInstallations(connection);
        // A negative number begins a merge of everything, as SQLite's FTS5 page says.
        mergeAll(connection).run(-INDEX_PAGES);
      });
      removeAllCopies(writer.layout);
      return 'more';
    }
    if (!this.#indexDone) {
      await inTransaction(writer, ({ connection }: WriteContext) => {
        const before = changesSoFar(connection).pluck().get() ?? 0;
        mergeAll(connection).run(INDEX_PAGES);
        this.#indexDone = (changesSoFar(connection).pluck().get() ?? 0) - before < 2;
      });
      return 'more';
    }
    const begunAt = this.#begunAt;
    if (anyDead(writer.connection).get() !== undefined && now - begunAt < CLEANED_MS) return 'waits';
    await inTransaction(writer, this.#forgetKeys);
    // A crash between the two leaves the mark, so that the purge is done again.
    if (!foldLogNow(writer.connection)) return 'held';
    await inTransaction(writer, ({ connection }: WriteContext) => {
      const mark = markOf(connection);
      if (mark === null) return;
      if (mark.last < begunAt) clearMark(connection).run();
      else setFirst(connection).run(JSON.stringify({ first: mark.last, last: mark.last }));
    });
    foldLogNow(writer.connection);
    this.#begunAt = null;
    return 'done';
  }
}

const setFirst = query<[value: string]>(`UPDATE settings SET value = CAST(? AS BLOB) WHERE name = 'erased'`);
