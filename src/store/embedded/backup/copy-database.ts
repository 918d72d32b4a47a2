// The database as it is at one moment, in a file that needs no log beside it. Servers go on writing meanwhile.
import { checkWhole } from '../database/examine.ts';
import { inHeldSnapshot } from '../database/snapshot.ts';
import { openDatabase } from '../database/open-database.ts';
import type { Connection } from '../database/query.ts';
import { statements } from '../database/statements.ts';
import type { Files } from '../disk/files.ts';

const COPY = { readonly: false, cacheBytes: 4 * 1024 * 1024, walBytes: 1024 * 1024 } as const;
/** Copied between two reports of progress. */
const PAGES_OF_STEP = 4096;

/** Copies the database to `to`, which is replaced, and checks the copy. Throws SQLite's error; there is no copy then. */
export async function copyDatabase(
  files: Files,
  connection: Connection,
  to: string,
  progress: (done: number, total: number) => void,
): Promise<void> {
  const draft = `${to}.copying`;
  for (const suffix of ['', '-wal', '-shm', '-journal']) await files.removeTree(`${draft}${suffix}`);
  try {
    // A copy that sees a write of another process begins again, for ever where they come all the time; one in a snapshot sees none.
    await inHeldSnapshot(connection, () =>
      statements.backup(connection, draft, ({ totalPages, remainingPages }) => {
        progress(totalPages - remainingPages, totalPages);
        return PAGES_OF_STEP;
      }),
    );
    const copy = openDatabase(draft, COPY);
    try {
      checkWhole(copy);
      // Without it whoever reads the copy makes files beside it.
      statements.pragma(copy, 'journal_mode = DELETE');
    } finally {
      copy.close();
    }
    await files.rename(draft, to);
  } catch (error) {
    for (const suffix of ['', '-wal', '-shm', '-journal'])
      await files.removeTree(`${draft}${suffix}`).catch(() => undefined);
    throw error;
  }
}
