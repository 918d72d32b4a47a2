// Erasure journals beside backups: a backup leaves what was erased until then there, and a restore of an older one looks for it there, in the data
// folder that was moved away, and in a file that is named.
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import {
  JOURNAL_FORMAT,
  MAX_JOURNAL_BYTES,
  isDamagedName,
  isJournalName,
  journalName,
  mergeJournals,
  parseJournal,
  readableLines,
  type ErasedLine,
  type ErasureJournal,
} from '../../shared/erasure-journal.ts';
import { openDatabase } from '../database/open-database.ts';
import type { Connection } from '../database/query.ts';
import type { Files } from '../disk/files.ts';
import { layoutOf } from '../disk/folder-layout.ts';
import { JournalUnreadable, journalText, withJournalText } from '../journal/journal-file.ts';
import { readRestored } from '../journal/restored-file.ts';
import { lastErased, readJournal, storeIdOf, unknownTo } from '../journal/journal-rows.ts';
import { readAll } from './backup-format.ts';
import type { Bucket } from './bucket-format.ts';
import { writeFile } from './copy-file.ts';
import { READ } from './gather-store.ts';

/** A journal, and where it was found. */
interface FoundJournal {
  readonly where: string;
  readonly journal: ErasureJournal;
  /** Somebody named it: that it is of another store is a mistake then. */
  readonly named: boolean;
}

/** One that cannot be read whole. */
interface DamagedJournal {
  readonly where: string;
  /** A sentence. */
  readonly fault: string;
  /** The name of the file that it is, or was before it was set aside: it tells which store it is of. Null: somebody named it. */
  readonly name: string | null;
  readonly lines: readonly ErasedLine[];
}

/** What a restore has found. */
export interface FoundJournals {
  readonly journals: readonly FoundJournal[];
  readonly damaged: readonly DamagedJournal[];
}

/**
 * Every journal that a restore can find: beside the backup, in the data folder that was moved to `<dir>.old`, and the one that is `named`. Throws a
 * sentence where that one is not there, or the system's error where one cannot be opened.
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
}): Promise<FoundJournals> {
  const found = { journals: [] as FoundJournal[], damaged: [] as DamagedJournal[] };
  const add = async (
    where: string,
    bytes: number,
    { name, read }: { readonly name: string | null; readonly read: () => Promise<string | null> },
  ): Promise<void> => {
    const text = bytes > MAX_JOURNAL_BYTES ? null : await read();
    const one = readFound(where, { text, bytes, name });
    // Somebody named another file.
    if ('fault' in one && name === null && text?.includes(JOURNAL_FORMAT) === false)
      throw new Error(one.fault);
    if ('fault' in one) found.damaged.push(one);
    else found.journals.push(one);
  };
  if (named !== null) {
    const stat = await files.stat(named);
    if (stat === null) throw new Error(`There is no ${named}.`);
    if (!stat.isFile()) throw new Error(`${named} is no journal of erasures.`);
    await add(named, stat.size, { name: null, read: () => readAll(files, named) });
  }
  // The file of a backup, or a backup of a folder of them, has its journal beside it.
  const folders = typeof from === 'string' ? [from, path.dirname(path.resolve(from))] : [];
  for (const folder of [...folders, `${path.resolve(dir)}.old`]) {
    for (const name of await files.list(folder)) {
      if (!isJournalName(name) && !isDamagedName(name)) continue;
      const where = path.join(folder, name);
      const stat = await files.stat(where);
      if (stat !== null) await add(where, stat.size, { name, read: () => readAll(files, where) });
    }
  }
  if (typeof from !== 'string') {
    for await (const { objects } of from.client.list(`${from.prefix}erasures-`)) {
      for (const { key, bytes } of objects) {
        const name = path.posix.basename(key);
        if (!isJournalName(name) && !isDamagedName(name)) continue;
        await add(`${from.name}/${name}`, bytes, { name, read: () => textIn(from, key) });
      }
    }
  }
  return found;
}

function readFound(
  where: string,
  {
    text,
    bytes,
    name,
  }: { readonly text: string | null; readonly bytes: number; readonly name: string | null },
): FoundJournal | DamagedJournal {
  const lines = text === null ? [] : readableLines(text);
  const of = name === null ? null : name.replace(/\.damaged.*$/, '');
  if (text === null)
    return { where, name: of, lines, fault: `${where} cannot be read: it has ${bytes} bytes.` };
  if (name !== null && isDamagedName(name))
    return { where, name: of, lines, fault: `${where} was set aside because it could not be read whole.` };
  try {
    return { where, journal: parseJournal(text, where), named: name === null };
  } catch (error) {
    return { where, name: of, lines, fault: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Throws a sentence where a journal of a store cannot be read whole: what it says would come back. Gives what is wrong with those that are
 * skipped all the same.
 */
export function requireWhole(
  store: string,
  { damaged }: FoundJournals,
  skipDamaged: boolean,
): readonly DamagedJournal[] {
  const own = damaged.filter(({ name }) => name === null || name === journalName(store));
  const [first] = own;
  if (first === undefined || skipDamaged) return own;
  throw new Error(
    `${first.fault.replace(/\.$/, '')}; what was erased after the backup was made may stand there alone, and would come back: put a whole copy of it in its place, or go on with the lines that can be read by --skip-damaged-erasures. Nothing was restored.`,
  );
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
  /** A sentence for each journal of which only a part could be read. */
  readonly skipped: readonly string[];
}

/**
 * Of these journals, what the database of a backup does not know. Throws a sentence where one that somebody named is of another store, or one
 * of this store cannot be read whole and is not to be skipped.
 */
export function laterErasures(database: string, found: FoundJournals, skipDamaged: boolean): LaterErasures {
  const connection = openDatabase(database, READ);
  try {
    const store = storeIdOf(connection);
    const { journals } = found;
    const foreign = journals.find(({ named, journal }) => named && journal.store !== store);
    if (foreign !== undefined)
      throw new Error(`${foreign.where} is the journal of another store than this backup.`);
    const damaged = requireWhole(store, found, skipDamaged);
    const own = [
      ...journals.filter(({ journal }) => journal.store === store).map(({ journal }) => journal),
      ...damaged.map(({ lines }) => ({ store, from: Number.MAX_SAFE_INTEGER, lines })),
    ];
    const all = own.reduce(mergeJournals, { store, from: Number.MAX_SAFE_INTEGER, lines: [] });
    const lines = unknownTo(connection, all.lines);
    const from = all.from === Number.MAX_SAFE_INTEGER ? 0 : all.from;
    return { journal: { store, from: 0, lines }, from, skipped: damaged.map(({ fault }) => fault) };
  } finally {
    connection.close();
  }
}

/** Leaves the journal of a store in a folder of backups, with all that one there knew. Throws `JournalUnreadable`, or the system's error. */
export async function putJournal(files: Files, connection: Connection, folder: string): Promise<void> {
  const own = readJournal(connection);
  await putJournalText(files, path.join(folder, journalName(own.store)), own);
}

/** Has a file say what a journal says, and what it said before. Throws `JournalUnreadable` (it then stays as it is), or the system's error. */
export async function putJournalText(files: Files, file: string, own: ErasureJournal): Promise<void> {
  const before = (await files.stat(file)) === null ? null : await readAll(files, file);
  if (own.lines.length === 0 && before === null) return;
  const text = journalText(withJournalText(own, { text: before, where: file }));
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

/** The same for a bucket. Throws `JournalUnreadable`, or `S3Error`. */
export async function putJournalIn(bucket: Bucket, connection: Connection): Promise<void> {
  const own = readJournal(connection);
  const key = `${bucket.prefix}${journalName(own.store)}`;
  const before = await textIn(bucket, key);
  if (own.lines.length === 0 && before === null) return;
  const where = `${bucket.name}/${journalName(own.store)}`;
  const text = journalText(withJournalText(own, { text: before, where }));
  if (text === before) return;
  const bytes = Buffer.from(text);
  await bucket.client.putLarge(key, bytes.length, async (at, length) =>
    Promise.resolve(bytes.subarray(at, at + length)),
  );
}

/** Runs what leaves a journal beside a backup that is made. Gives a sentence where the one that lies there cannot be read; else null. */
export async function journalFaultOf(leave: () => Promise<void>): Promise<string | null> {
  try {
    await leave();
    return null;
  } catch (error) {
    if (!(error instanceof JournalUnreadable)) throw error;
    return `${error.message} It stays as it is, and what was erased since is not added to it: put a whole copy in its place, or move it to a name that ends with .damaged, and the next backup writes it anew.`;
  }
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
