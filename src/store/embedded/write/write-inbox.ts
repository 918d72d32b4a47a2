// The inbox: a ring of the last entries.
import { query } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';

/** An entry on its way to the writer thread. */
export interface InboxRow {
  readonly outcome: string;
  readonly protocol: string | null;
  readonly json: string;
}

const insertEntry = query<[outcome: string, protocol: string | null, entry: string]>(`
  INSERT INTO inbox (outcome, protocol, entry) VALUES (?, ?, sealed(?, 'inbox.entry'))`);

const deleteBeyond = query<[keep: number]>(`
  DELETE FROM inbox WHERE id <= (SELECT max(id) FROM inbox) - ?`);

/** Adds entries and forgets the oldest beyond `keep`. */
export function addInbox({ connection }: WriteContext, rows: readonly InboxRow[], keep: number): void {
  for (const { outcome, protocol, json } of rows) insertEntry(connection).run(outcome, protocol, json);
  deleteBeyond(connection).run(keep);
}
