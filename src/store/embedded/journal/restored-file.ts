// The file by which a restore tells the next opening of the store what to do: the first line says what was restored and by whom, each further
// line what was erased since that backup. It comes before the database, and goes when all of it is applied.
import path from 'node:path';
import { MAX_JOURNAL_BYTES, journalHead, journalLine, parseJournal } from '../../shared/erasure-journal.ts';
import type { ErasedLine, ErasureJournal } from '../../shared/erasure-journal.ts';
import type { RestoredHead } from '../../shared/restored.ts';
import { syncFiles } from '../disk/files.ts';
import { RESTORED } from '../disk/folder-layout.ts';

/** What is to be done. */
export interface Restoration {
  readonly head: RestoredHead;
  readonly lines: readonly ErasedLine[];
}

/** The text of the file. */
export function restoredText(head: RestoredHead, journal: ErasureJournal): string {
  const lines = journal.lines.map((line) => journalLine(line)).join('');
  return `${JSON.stringify(head)}\n${journalHead(journal)}${lines}`;
}

/** Null: nothing is to be done. Throws a sentence where the file is damaged. */
export function readRestored(root: string): Restoration | null {
  const file = path.join(root, RESTORED);
  const stat = syncFiles.stat(file);
  if (stat === null) return null;
  if (stat.size > MAX_JOURNAL_BYTES) throw new Error(`${file} is larger than any that a restore writes.`);
  const text = syncFiles.readText(file);
  const end = text.indexOf('\n');
  try {
    const head = JSON.parse(text.slice(0, end)) as Partial<RestoredHead>;
    const journal = parseJournal(text.slice(end + 1), file);
    const { backup = '', of = '', at = 0, user = '', host = '' } = head;
    return { head: { backup, of, at, user, host }, lines: journal.lines };
  } catch (error) {
    throw new Error(
      `${file} is damaged: what was erased after the backup was made cannot be applied. Restore again into an empty folder.`,
      { cause: error },
    );
  }
}

/** It is done. Throws the system's error. */
export function removeRestored(root: string): void {
  syncFiles.removeTree(path.join(root, RESTORED));
  syncFiles.syncFolder(root);
}
