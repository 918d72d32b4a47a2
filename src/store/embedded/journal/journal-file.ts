// The journal as a file of the data folder, for the day on which the database is lost: new lines are added within seconds, and where it is not
// what the rows say, or has become long, it is written anew. Several processes may do so: each in a transaction, of which there is one at a time.
import path from 'node:path';
import {
  MAX_JOURNAL_BYTES,
  MAX_JOURNAL_LINES,
  boundJournal,
  continueJournal,
  journalHead,
  journalLine,
  journalName,
  parseJournal,
  readableLines,
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
/** A file of more lines than these, as a share of the most that a journal keeps, is written anew without those that others replaced. */
const LONG = 1.5;

/** Where a store's journal lies. */
export function journalFile(layout: Layout, connection: Connection): string {
  return path.join(layout.root, journalName(storeIdOf(connection)));
}

/**
 * Brings the file up to date, inside a transaction. Gives a sentence where the file that was there could not be read whole: it is set aside then, and
 * what can be read of it is kept. Throws the system's error.
 */
export function writeJournalFile(
  layout: Layout,
  connection: Connection,
  maxLines = MAX_JOURNAL_LINES,
): string | null {
  const last = lastErased(connection);
  if (last === null) return null;
  const file = journalFile(layout, connection);
  const written = lastNumberIn(file);
  if (written?.n === last.n && written.id === last.id) return null;
  const following = written === null ? null : numberedLines(connection, written.n - 1, 1)[0];
  const isLong = written !== null && written.linesBy(last.n) > maxLines * LONG;
  if (written === null || isLong || following?.line.id !== written.id)
    return writeAnew(file, { layout, connection, maxLines });
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
  return null;
}

/** Its last line. */
interface Written {
  readonly n: number;
  readonly id: string;
  /** Where that ends. */
  readonly end: number;
  /** How many lines the file has at most when those up to a number are added. One of a version that did not say it has as many as fit its bytes. */
  readonly linesBy: (n: number) => number;
}

/** No line is shorter: id, moment and kind of a report. */
const LEAST_LINE_BYTES = 70;

/** The last line of a file; null: there is none that is whole. */
function lastNumberIn(file: string): Written | null {
  if (syncFiles.stat(file) === null) return null;
  const opened = syncFiles.openRandom(file);
  try {
    const from = Math.max(0, opened.size - TAIL_BYTES);
    const lines = opened.read(from, TAIL_BYTES).toString('utf8').split('\n');
    if (lines.pop() !== '') return null;
    const { n, id } = JSON.parse(lines.at(-1) ?? '') as { readonly n?: unknown; readonly id?: unknown };
    if (typeof n !== 'number' || typeof id !== 'string') return null;
    const head = opened.read(0, TAIL_BYTES).toString('utf8').split('\n')[0] ?? '';
    const { lines: had, upTo } = JSON.parse(head) as { readonly lines?: unknown; readonly upTo?: unknown };
    const linesBy = (last: number): number =>
      typeof had === 'number' && typeof upTo === 'number'
        ? had + Math.max(0, last - upTo)
        : opened.size / LEAST_LINE_BYTES + last - n;
    return { n, id, end: opened.size, linesBy };
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  } finally {
    opened.close();
  }
}

/** Lines that the file has and the rows do not (they were lost with a database) stay in it, before the others, as far as there is room for them. */
function writeAnew(
  file: string,
  {
    layout: { database },
    connection,
    maxLines,
  }: { readonly layout: Layout; readonly connection: Connection; readonly maxLines: number },
): string | null {
  const rows = readJournal(connection);
  const known = new Set(rows.lines.map(({ id }) => id));
  const before = readJournalFile(file, rows.store);
  const all = before.journal === null ? rows : continueJournal(rows, before.journal);
  const kept = boundJournal(
    { ...all, lines: all.lines.filter(({ id }) => !known.has(id)) },
    Math.max(0, maxLines - rows.lines.length),
  );
  const numbers = new Map<string, number>();
  for (let after = 0; ;) {
    const page = numberedLines(connection, after, OF_PAGE);
    for (const { n, line } of page) numbers.set(line.id, n);
    const last = page.at(-1);
    if (last === undefined) break;
    after = last.n;
  }
  const lines = [...kept.lines, ...rows.lines].map((line) => journalLine(line, numbers.get(line.id) ?? 0));
  const draft = `${file}.writing`;
  // Left by one that was killed, perhaps root's.
  syncFiles.removeTree(draft);
  const upTo = numbers.get(rows.lines.at(-1)?.id ?? '') ?? 0;
  const text = journalHead(kept, { lines: lines.length, upTo }) + lines.join('');
  const owner = ownerOf(database);
  if (owner === null) syncFiles.writeText(draft, text);
  else syncFiles.writeSecret(draft, text, owner);
  const aside = before.fault === null ? null : asideOf(file);
  if (aside !== null) syncFiles.rename(file, aside);
  syncFiles.rename(draft, file);
  syncFiles.syncFolder(path.dirname(file));
  return aside === null
    ? null
    : `${before.fault} It was set aside as ${path.basename(aside)}, and written anew from the database: a restore of an older backup refuses while it lies there.`;
}

/** A name that none has yet. */
function asideOf(file: string): string {
  for (let number = 1; ; number += 1) {
    const name = `${file}.damaged-${number}`;
    if (syncFiles.stat(name) === null) return name;
  }
}

/** Who is root leaves no file that the server cannot write: it is that of the owner of the database. */
function ownerOf(database: string): SecretOwner | null {
  const of = process.getuid?.() === 0 ? syncFiles.stat(database) : null;
  return of === null ? null : { uid: of.uid, gid: of.gid, mode: 0o640 };
}

/** What a file says, as far as it can be read, and (`fault`) a sentence where that is not all. */
function readJournalFile(
  file: string,
  store: string,
): { readonly journal: ErasureJournal | null; readonly fault: string | null } {
  const stat = syncFiles.stat(file);
  if (stat === null) return { journal: null, fault: null };
  if (stat.size > MAX_JOURNAL_BYTES) return { journal: null, fault: `${file} is larger than any journal.` };
  const text = syncFiles.readText(file);
  try {
    return { journal: parseOwn(text, file, store), fault: null };
  } catch (error) {
    if (!(error instanceof JournalUnreadable)) throw error;
    return { journal: { store, from: 0, lines: readableLines(text) }, fault: error.message };
  }
}

/** A journal that is there and cannot be read whole: what it says must not be forgotten. The message is a sentence. */
export class JournalUnreadable extends Error {}

/** Reads the text of a store's journal. Throws `JournalUnreadable`. */
function parseOwn(text: string, where: string, store: string): ErasureJournal {
  let journal: ErasureJournal;
  try {
    journal = parseJournal(text, where);
  } catch (error) {
    throw new JournalUnreadable(error instanceof Error ? error.message : String(error), { cause: error });
  }
  if (journal.store === store) return journal;
  throw new JournalUnreadable(`${where} is damaged: its first line names another store than its name does.`);
}

/** The text of a journal, oldest line first. */
export function journalText(journal: ErasureJournal): string {
  return journalHead(journal) + journal.lines.map((line) => journalLine(line)).join('');
}

/** A journal with what another text of it says, too, and no more lines than are kept. Throws `JournalUnreadable`. */
export function withJournalText(
  journal: ErasureJournal,
  { text, where }: { readonly text: string | null; readonly where: string },
  maxLines = MAX_JOURNAL_LINES,
): ErasureJournal {
  return boundJournal(
    text === null ? journal : continueJournal(journal, parseOwn(text, where, journal.store)),
    maxLines,
  );
}
