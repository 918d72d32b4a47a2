// Erasure journals beside backups: a backup leaves what was erased until then there, and a restore of an older one looks for it there, in the data
// folder that was moved away, and in a file that is named.
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import {
  MAX_JOURNAL_BYTES,
  isJournalName,
  journalName,
  mergeJournals,
  parseJournal,
  type ErasureJournal,
} from '../../shared/erasure-journal.ts';
import { openDatabase } from '../database/open-database.ts';
import type { Connection } from '../database/query.ts';
import type { Files } from '../disk/files.ts';
import { layoutOf } from '../disk/folder-layout.ts';
import { journalText, withJournalText } from '../journal/journal-file.ts';
import { readRestored } from '../journal/restored-file.ts';
import { lastErased, readJournal, storeIdOf, unknownTo } from '../journal/journal-rows.ts';
import { readAll } from './backup-format.ts';
import type { Bucket } from './bucket-format.ts';
import { writeFile } from './copy-file.ts';
import { READ } from './gather-store.ts';

/** A journal, and where it was found. */
export interface FoundJournal {
  readonly where: string;
  readonly journal: ErasureJournal;
  /** Somebody named it: that it is of another store is a mistake then. */
  readonly named: boolean;
}

/**
 * Every journal that a restore can find: beside the backup, in the data folder that was moved to `<dir>.old`, and the one that is `named`. Throws a
 * sentence where that one cannot be read; others that cannot are passed over.
 */
export async function findJournals({
  files,
  from,
  dir,
  named,
}: {
  readonly files: Files;
  readonly from: string | Bucket;
  readonly dir: string;
  readonly named: string | null;
}): Promise<readonly FoundJournal[]> {
  const found: FoundJournal[] = [];
  if (named !== null) {
    const stat = await files.stat(named);
    if (stat === null) throw new Error(`There is no ${named}.`);
    if (!stat.isFile() || stat.size > MAX_JOURNAL_BYTES)
      throw new Error(`${named} is no journal of erasures.`);
    const journal = parseJournal(await readAll(files, named), named);
    found.push({ where: named, journal, named: true });
  }
  // The file of a backup, or a backup of a folder of them, has its journal beside it.
  const folders = typeof from === 'string' ? [from, path.dirname(path.resolve(from))] : [];
  for (const folder of [...folders, `${path.resolve(dir)}.old`]) {
    for (const name of (await files.list(folder)).filter(isJournalName)) {
      const where = path.join(folder, name);
      if (((await files.stat(where))?.size ?? 0) <= MAX_JOURNAL_BYTES)
        add(found, where, await readAll(files, where));
    }
  }
  if (typeof from !== 'string') {
    for await (const { objects } of from.client.list(`${from.prefix}erasures-`)) {
      for (const { key, bytes } of objects) {
        if (!isJournalName(path.posix.basename(key)) || bytes > MAX_JOURNAL_BYTES) continue;
        add(found, `${from.name}/${path.posix.basename(key)}`, await textIn(from, key));
      }
    }
  }
  return found;
}

/** An empty store and a cut file must not stop a restore. */
function add(found: FoundJournal[], where: string, text: string | null): void {
  if (text === null) return;
  try {
    found.push({ where, journal: parseJournal(text, where), named: false });
  } catch {
    // It was left half, or is of a newer version: what others say counts.
  }
}

async function textIn({ client }: Bucket, key: string): Promise<string | null> {
  if ((await client.size(key)) === null) return null;
  return (await buffer(client.get(key))).toString('utf8');
}

/** What was erased since a backup was made. */
export interface LaterErasures {
  readonly journal: ErasureJournal;
  /** What was erased before this moment may be missing: journals were cut there. Milliseconds since 1970; 0: nothing is. */
  readonly from: number;
}

/** Of these journals, what the database of a backup does not know. Throws a sentence where one that somebody named is of another store. */
export function laterErasures(database: string, found: readonly FoundJournal[]): LaterErasures {
  const connection = openDatabase(database, READ);
  try {
    const store = storeIdOf(connection);
    const foreign = found.find(({ named, journal }) => named && journal.store !== store);
    if (foreign !== undefined)
      throw new Error(`${foreign.where} is the journal of another store than this backup.`);
    const own = found.filter(({ journal }) => journal.store === store).map(({ journal }) => journal);
    const all = own.reduce(mergeJournals, { store, from: Number.MAX_SAFE_INTEGER, lines: [] });
    const lines = unknownTo(connection, all.lines);
    return { journal: { store, from: 0, lines }, from: own.length === 0 ? 0 : all.from };
  } finally {
    connection.close();
  }
}

/** Leaves the journal of a store in a folder of backups, with all that one there knew. Throws the system's error. */
export async function putJournal(files: Files, connection: Connection, folder: string): Promise<void> {
  const own = readJournal(connection);
  await putJournalText(files, path.join(folder, journalName(own.store)), own);
}

/** Has a file say what a journal says, and what it said before. Throws the system's error. */
export async function putJournalText(files: Files, file: string, own: ErasureJournal): Promise<void> {
  const before = (await files.stat(file)) === null ? null : await readAll(files, file);
  if (own.lines.length === 0 && before === null) return;
  const text = journalText(withJournalText(own, before));
  if (text === before) return;
  const draft = `${file}.writing`;
  await files.removeTree(draft);
  await writeFile(files, draft, chunksOf(text), null);
  await files.rename(draft, file);
  await files.syncFolder(path.dirname(file));
}

async function* chunksOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

/** The same for a bucket. Throws `S3Error`. */
export async function putJournalIn(bucket: Bucket, connection: Connection): Promise<void> {
  const own = readJournal(connection);
  const key = `${bucket.prefix}${journalName(own.store)}`;
  const before = await textIn(bucket, key);
  if (own.lines.length === 0 && before === null) return;
  const text = journalText(withJournalText(own, before));
  if (text === before) return;
  const bytes = Buffer.from(text);
  await bucket.client.putLarge(key, bytes.length, async (at, length) =>
    Promise.resolve(bytes.subarray(at, at + length)),
  );
}

/** Throws a sentence where the store was restored and what was erased since is not applied yet. */
export function requireBroughtUp(dir: string): void {
  if ((readRestored(dir)?.lines.length ?? 0) === 0) return;
  throw new Error(
    `The store in ${dir} was restored, and what was erased since its backup is not gone yet: start a server, or restore again, before it is backed up.`,
  );
}

/**
 * Leaves the journal of a data folder beside its backups, where it has lines after number `after`; gives the number of its last line. A folder
 * that is not there (a disk that is not mounted) is not made. Throws the system's error, SQLite's or `S3Error`.
 */
export async function leaveJournal(
  files: Files,
  dir: string,
  target: string | Bucket,
  after: number,
): Promise<number> {
  const connection = openDatabase(layoutOf(dir).database, READ);
  try {
    const last = lastErased(connection)?.n ?? 0;
    if (last === after) return last;
    if (typeof target !== 'string') await putJournalIn(target, connection);
    else if ((await files.stat(target))?.isDirectory() === true) await putJournal(files, connection, target);
    else return after;
    return last;
  } finally {
    connection.close();
  }
}
