// The journal as a file of the data folder, for the day on which the database is lost: new lines are added within seconds, and where it is not
// what the rows say it is written anew. Several processes may do so: each in a transaction, of which there is one at a time.
import path from 'node:path';
import {
  MAX_JOURNAL_BYTES,
  journalHead,
  journalLine,
  journalName,
  mergeJournals,
  parseJournal,
  type ErasureJournal,
} from '../../shared/erasure-journal.ts';
import type { Connection } from '../database/query.ts';
import { syncFiles } from '../disk/files.ts';
import type { SecretOwner } from '../disk/files.ts';
import type { Layout } from '../disk/folder-layout.ts';
import { lastErased, numberedLines, readJournal, storeIdOf } from './journal-rows.ts';

/** The last line is looked for in so much of the end of a file. */
const TAIL_BYTES = 4096;
const OF_PAGE = 5000;

/** Where a store's journal lies. */
export function journalFile(layout: Layout, connection: Connection): string {
  return path.join(layout.root, journalName(storeIdOf(connection)));
}

/** Brings the file up to date, inside a transaction. Throws the system's error. */
export function writeJournalFile(layout: Layout, connection: Connection): void {
  const last = lastErased(connection);
  if (last === null) return;
  const file = journalFile(layout, connection);
  const written = lastNumberIn(file);
  if (written?.n === last.n && written.id === last.id) return;
  const following = written === null ? null : numberedLines(connection, written.n - 1, 1)[0];
  if (written === null || following?.line.id !== written.id) {
    writeAnew(file, layout, connection);
    return;
  }
  for (let { n, end } = written; n < last.n;) {
    const page = numberedLines(connection, n, OF_PAGE);
    const bytes = Buffer.from(page.map((row) => journalLine(row.line, row.n)).join(''));
    syncFiles.writeAt(file, end, bytes);
    end += bytes.length;
    const done = page.at(-1);
    if (done === undefined) break;
    n = done.n;
  }
  syncFiles.syncFile(file);
}

/** The last line of a file, and where it ends; null: there is none that is whole. */
function lastNumberIn(
  file: string,
): { readonly n: number; readonly id: string; readonly end: number } | null {
  if (syncFiles.stat(file) === null) return null;
  const opened = syncFiles.openRandom(file);
  try {
    const from = Math.max(0, opened.size - TAIL_BYTES);
    const lines = opened.read(from, TAIL_BYTES).toString('utf8').split('\n');
    if (lines.pop() !== '') return null;
    const { n, id } = JSON.parse(lines.at(-1) ?? '') as { readonly n?: unknown; readonly id?: unknown };
    return typeof n === 'number' && typeof id === 'string' ? { n, id, end: opened.size } : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  } finally {
    opened.close();
  }
}

/** Lines that the file has and the rows do not (they were lost with a database) stay in it, before the others. */
function writeAnew(file: string, { database }: Layout, connection: Connection): void {
  const rows = readJournal(connection);
  const known = new Set(rows.lines.map(({ id }) => id));
  const before = readJournalFile(file);
  const lost = before?.store === rows.store ? before.lines.filter(({ id }) => !known.has(id)) : [];
  const numbers = new Map<string, number>();
  for (let after = 0; ;) {
    const page = numberedLines(connection, after, OF_PAGE);
    for (const { n, line } of page) numbers.set(line.id, n);
    const last = page.at(-1);
    if (last === undefined) break;
    after = last.n;
  }
  const lines = [...lost, ...rows.lines].map((line) => journalLine(line, numbers.get(line.id) ?? 0));
  const draft = `${file}.writing`;
  // Left by one that was killed, perhaps root's.
  syncFiles.removeTree(draft);
  const text = journalHead(rows) + lines.join('');
  const owner = ownerOf(database);
  if (owner === null) syncFiles.writeText(draft, text);
  else syncFiles.writeSecret(draft, text, owner);
  syncFiles.rename(draft, file);
  syncFiles.syncFolder(path.dirname(file));
}

/** Who is root leaves no file that the server cannot write: it is that of the owner of the database. */
function ownerOf(database: string): SecretOwner | null {
  const of = process.getuid?.() === 0 ? syncFiles.stat(database) : null;
  return of === null ? null : { uid: of.uid, gid: of.gid, mode: 0o640 };
}

/** What a file says; null: there is none, or it is none that this version can read. */
function readJournalFile(file: string): ErasureJournal | null {
  const stat = syncFiles.stat(file);
  if (stat === null || stat.size > MAX_JOURNAL_BYTES) return null;
  try {
    return parseJournal(syncFiles.readText(file), file);
  } catch {
    return null;
  }
}

/** The text of a journal, oldest line first. */
export function journalText(journal: ErasureJournal): string {
  return journalHead(journal) + journal.lines.map((line) => journalLine(line)).join('');
}

/** A journal with what another text of it says, too; what is no journal of this store is not looked at. */
export function withJournalText(journal: ErasureJournal, text: string | null): ErasureJournal {
  if (text === null) return journal;
  try {
    const other = parseJournal(text, 'the journal');
    return other.store === journal.store ? mergeJournals(journal, other) : journal;
  } catch {
    return journal;
  }
}
