// Seals what was there before the store was encrypted, a short step at a time, behind everything else: rows of the database, then attachments in packs,
// in files of reports and in blobs. What was in clear is overwritten or goes: cells and free pages by SQLite (`secure_delete`), files by the list of
// removals; the index of words is emptied, copies that an upgrade made go, the log is folded back at last.
// States: (encryption began) rows of one table after the other → packs → files of reports → blobs → the log → none. A crash between two steps
// loses nothing.
import path from 'node:path';
import { removeAllCopies } from '../database/before-migration.ts';
import { foldLogNow } from '../database/fold-log.ts';
import { prepared } from '../database/prepared.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { purposeOf, SEALED_TABLES } from '../database/sealed-columns.ts';
import type { SealedTable } from '../database/sealed-columns.ts';
import { isEncrypted } from '../database/sealing-functions.ts';
import {
  BLOBS,
  FILES,
  PACKS,
  lastPack,
  readSealingBehind,
  writeSealingBehind,
} from '../database/sealing-behind.ts';
import type { SealingPlace as Place } from '../database/sealing-behind.ts';
import { syncFiles } from '../disk/files.ts';
import type { Layout } from '../disk/folder-layout.ts';
import { errorCode, isLackOfSpace } from '../disk/storage-error.ts';
import { sealingKeyOf } from '../sealed/unlocked-keys.ts';
import type { DataKey } from '../../shared/sealed-bytes.ts';
import { PackCompactor } from './compact-packs.ts';
import type { Candidate } from './compact-packs.ts';
import { inTransaction } from './in-transaction.ts';
import type { Writer } from './in-transaction.ts';
import { ownsWholePack } from './owners.ts';
import { isSealedEntry } from './seal-entry.ts';
import { FileSealer, nextBlobFile, nextWithFiles } from './seal-files.ts';

/** Rows of one step: with the largest attachments in rows that is some megabytes. */
const OF_STEP = 64;

/** The one of the tables whose rows have no number of their own. */
const WITHOUT_NUMBERS = 'bulk_changes';

const emptyWords = query<[]>(`INSERT INTO report_words (report_words) VALUES ('delete-all')`);
const forgetPending = query<[]>(`DELETE FROM search_pending`);

/** Whether anything is yet to be sealed. */
export function sealingIsDue(connection: Connection): boolean {
  return isEncrypted(connection) && readSealingBehind(connection) !== null;
}

/** What could not be sealed is tried again after this, and by the next process at once. */
const AGAIN_MS = 3_600_000;

/** A pack, report or blob (`table`) that could not be sealed. */
interface Passed {
  readonly table: number;
  readonly id: number;
}

const WHAT: Readonly<Record<number, string>> = {
  [FILES]: 'an attachment in a file of a report',
  [BLOBS]: 'a blob',
};

/** Of so many it is remembered which they are; with more, all is looked at again. */
const REMEMBERED = 10_000;

/** `held`: a reader keeps the log, or something in clear is yet to be removed, for a while. */
export type SealStep = 'more' | 'held' | 'done';

/** One for each writer thread: it remembers which pack it fills, and which file it writes. */
export class SealingBehind {
  readonly #packs: PackCompactor;
  readonly #files = new FileSealer();
  readonly #trouble: (message: string) => void;
  #againAt = 0;
  /** What was passed over since this began. */
  #left: Passed[] = [];
  /** Only these are tried by a pass that tries again; null: it looks at everything. */
  #only: readonly Passed[] | null = null;
  /** What lay in incoming/ when all was sealed but the log: only that is waited for. */
  #drafts: ReadonlySet<string> | null = null;

  /** `packBytes`: how large a pack becomes; `trouble` hears of what cannot be sealed, in sentences. */
  constructor(packBytes: number, trouble: (message: string) => void) {
    this.#packs = new PackCompactor(packBytes);
    this.#trouble = trouble;
  }

  /** Bytes of files that the next step needs room for. */
  get growth(): number {
    return this.#files.growth;
  }

  /** One step. Throws SQLite's error, or that of a disk that refuses; nothing is lost then. */
  async step(writer: Writer): Promise<SealStep> {
    const at = readSealingBehind(writer.connection);
    if (at === null) return 'done';
    const sealed = SEALED_TABLES[at.table];
    const key = sealingKeyOf(writer.layout.database);
    if (sealed !== undefined) await sealRows(writer, at, sealed);
    else if (key === null) return 'held';
    else if (at.table === PACKS) await this.#sealPack(writer, at);
    else if (at.table === FILES || at.table === BLOBS) await this.#sealFiles(writer, at, key);
    else return this.#finish(writer, at);
    return 'more';
  }

  /** For when the store has no room for what the next step writes: a report or blob that is begun is passed over, so that others go on. */
  async noRoom(writer: Writer, why: string): Promise<SealStep> {
    const at = readSealingBehind(writer.connection);
    if (!(await this.#files.drop()) || at === null || (at.table !== FILES && at.table !== BLOBS))
      return 'held';
    const next = this.#nextOf(writer.connection, at);
    if (next === null || !('id' in next)) return 'held';
    await this.#pass(writer, at, { id: next.id, what: WHAT[at.table] ?? '', why });
    return 'more';
  }

  async #finish(writer: Writer, at: Place): Promise<SealStep> {
    const { passed = 0 } = at;
    await this.#files.drop();
    this.#only = null;
    if (passed > 0 && Date.now() >= this.#againAt) {
      this.#againAt = Date.now() + AGAIN_MS;
      this.#only = this.#left.length === passed ? this.#left : null;
      this.#left = [];
      await goTo(writer, { table: PACKS, after: 0, ...(at.packs !== undefined && { packs: at.packs }) });
      return 'more';
    }
    this.#drafts ??= new Set(syncFiles.list(writer.layout.incoming));
    return finish(writer, { passed, packs: at.packs ?? 0, drafts: this.#drafts });
  }

  /** What is damaged, or refused by the disk, keeps nothing else waiting. */
  async #orPass(
    writer: Writer,
    at: Place,
    { id, what, work }: { readonly id: number; readonly what: string; readonly work: () => Promise<void> },
  ): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (errorCode(error).startsWith('SQLITE_') || isLackOfSpace(error)) throw error;
      await this.#pass(writer, at, { id, what, why: error instanceof Error ? error.message : String(error) });
    }
  }

  async #pass(
    writer: Writer,
    at: Place,
    { id, what, why }: { readonly id: number; readonly what: string; readonly why: string },
  ): Promise<void> {
    this.#trouble(`${what} cannot be sealed and stays in clear until it can: ${why}`);
    await goTo(writer, { ...at, after: id, passed: (at.passed ?? 0) + 1 });
    if (this.#left.length < REMEMBERED) this.#left.push({ table: at.table, id });
  }

  /** The next report, or blob, that has files; `passed`: none up to this one has; null: there is no further one. */
  #nextOf(connection: Connection, { table, after }: Place): ReturnType<typeof nextWithFiles> {
    const from = this.#from(table, after);
    if (from === null) return null;
    if (table === FILES) return nextWithFiles(connection, from);
    const id = nextBlobFile(connection, from);
    return id === null ? null : { id };
  }

  /** Behind which number of a table the next thing is to be looked for; null: there is nothing more to try again. */
  #from(table: number, after: number): number | null {
    if (this.#only === null) return after;
    const ids = this.#only.filter((one) => one.table === table && one.id > after).map(({ id }) => id);
    return ids.length === 0 ? null : Math.min(...ids) - 1;
  }

  async #sealPack(writer: Writer, at: Place): Promise<void> {
    const { packs, until } = at;
    const last = lastPack(writer.connection);
    if (packs === undefined) return goTo(writer, { ...at, after: 0, packs: last, until: last });
    if (until === undefined) return goTo(writer, { ...at, until: last });
    const from = this.#from(PACKS, at.after);
    const pack = from === null ? null : packAfter(writer.connection, from, until);
    if (pack === null) return goTo(writer, { ...at, table: FILES, after: 0 });
    const { id, name } = pack;
    await this.#orPass(writer, at, {
      id,
      what: `packs/${name}`,
      work: async () => {
        // What no report ever had in an older one is in clear, too.
        const isSealed = id > packs && areSealed(writer, pack);
        const isLeft = pack.places === 0 && !ownsWholePack(writer.connection, writer.layout, name);
        const isGone = syncFiles.stat(path.join(writer.layout.packs, name)) === null;
        if (isSealed || isLeft || isGone) await goTo(writer, { ...at, after: id });
        else await this.#packs.step(writer, pack);
      },
    });
  }

  /** Reports, or blobs: whichever the place is at. */
  async #sealFiles(writer: Writer, at: Place, key: DataKey): Promise<void> {
    const next = this.#nextOf(writer.connection, at);
    if (next === null) return goTo(writer, { ...at, table: at.table + 1, after: 0 });
    if ('passed' in next) return goTo(writer, { ...at, after: next.passed });
    const { id } = next;
    const work = async (): Promise<void> => {
      const isInClear =
        at.table === FILES
          ? await this.#files.report(writer, id, key)
          : await this.#files.blob(writer, id, key);
      if (!isInClear) await goTo(writer, { ...at, after: id });
    };
    await this.#orPass(writer, at, { id, what: WHAT[at.table] ?? '', work });
  }
}

function goTo(writer: Writer, at: Place): Promise<void> {
  return inTransaction(writer, ({ connection }) => writeSealingBehind(connection, at));
}

async function sealRows(writer: Writer, at: Place, table: SealedTable): Promise<void> {
  await inTransaction(writer, ({ connection }) => {
    const last = sealSome(connection, table, at.after);
    writeSealingBehind(
      connection,
      last === null ? { ...at, table: at.table + 1, after: 0 } : { ...at, after: last },
    );
  });
}

const firstKeyAt = query<[], number>(`SELECT min(created_at) FROM data_keys`);
const olderPacks = query<[last: number], string>(`SELECT name FROM packs WHERE id <= ?`);
const anyRemoval = query<[], number>(`SELECT 1 FROM removals LIMIT 1`);

/** What clients sent before is in no file any more once all of these are gone. */
async function finish(
  writer: Writer,
  {
    passed,
    packs,
    drafts,
  }: { readonly passed: number; readonly packs: number; readonly drafts: ReadonlySet<string> },
): Promise<SealStep> {
  const { connection, layout } = writer;
  await inTransaction(writer, (context) => {
    emptyWords(context.connection).run();
    forgetPending(context.connection).run();
  });
  removeAllCopies(layout);
  const waits =
    passed > 0 ||
    anyRemoval(connection).get() !== undefined ||
    olderPacks(connection)
      .pluck()
      .all(packs)
      .some((name) => syncFiles.stat(path.join(layout.packs, name)) !== null) ||
    hasDraftOf(layout, drafts, firstKeyAt(connection).pluck().get() ?? 0);
  if (waits || !foldLogNow(connection)) return 'held';
  await inTransaction(writer, (context) => writeSealingBehind(context.connection, null));
  return 'done';
}

/** Whether an upload that ended before then has left something, which the sweep is yet to remove. */
function hasDraftOf(layout: Layout, drafts: ReadonlySet<string>, before: number): boolean {
  return [...drafts].some((name) => {
    const stat = syncFiles.stat(path.join(layout.incoming, name));
    return stat !== null && stat.ctimeMs < before;
  });
}

interface PackToSeal extends Candidate {
  /** Entries in it. */
  readonly places: number;
}

const nextPack = query<[after: number, until: number], PackToSeal>(`
  SELECT id, name, bytes, live,
    (SELECT count(*) FROM report_packs WHERE pack_id = packs.id) AS places
  FROM packs WHERE id > ? AND id <= ? ORDER BY id LIMIT 1`);
const entriesOf = query<[packId: number], { at: number; bytes: number; attachments: string }>(`
  SELECT at, bytes, opened(attachments, 'reports.attachments') AS attachments
  FROM report_packs JOIN reports ON reports.id = report_id WHERE pack_id = ? ORDER BY at`);

function packAfter(connection: Connection, after: number, until: number): PackToSeal | null {
  return nextPack(connection).get(after, until) ?? null;
}

/** Whether all entries of a pack are sealed: a server in clear may have written some when the keys were made already. */
function areSealed({ connection, layout }: Writer, { id, name }: PackToSeal): boolean {
  const entries = entriesOf(connection).all(id);
  if (entries.length === 0) return true;
  const source = syncFiles.openRandom(path.join(layout.packs, name));
  try {
    return entries.every(({ at, bytes, attachments }) => isSealedEntry(source.read(at, bytes), attachments));
  } finally {
    source.close();
  }
}

/** Seals some rows and gives the number of the last; null: there are no further ones. */
function sealSome(connection: Connection, { table, columns }: SealedTable, after: number): number | null {
  const set = columns
    .map((column) => `${column} = sealed_once(${column}, '${purposeOf(table, column)}')`)
    .join(', ');
  if (table === WITHOUT_NUMBERS) {
    // Some acts, each of a bounded number of bugs.
    prepared<object, never>(connection, `UPDATE ${table} SET ${set}`).run({});
    return null;
  }
  const rows = prepared<{ after: number; limit: number }, number>(
    connection,
    `SELECT rowid FROM ${table} WHERE rowid > @after ORDER BY rowid LIMIT @limit`,
  )
    .pluck()
    .all({ after, limit: OF_STEP });
  const last = rows.at(-1);
  if (last === undefined) return null;
  prepared<{ after: number; last: number }, never>(
    connection,
    `UPDATE ${table} SET ${set} WHERE rowid > @after AND rowid <= @last`,
  ).run({ after, last });
  return last;
}
