// A backup straight into one file: what it is made of stands beside it meanwhile, under second names of the store's files where that is possible.
import path from 'node:path';
import { holdLock } from '../database/folder-lock.ts';
import { isJournalName, parseJournal } from '../../shared/erasure-journal.ts';
import { writeArchive } from './backup-archive.ts';
import { readAll } from './backup-format.ts';
import { explainRoom } from './explain-room.ts';
import { journalFaultOf, putJournalText } from './later-erasures.ts';
import { makeBackup, requireApart, type BackupSettings, type MadeBackup } from './make-backup.ts';

/**
 * Makes a backup and writes it into the file `target`. Throws as `makeBackup` does, and a sentence where `target` is a folder or another process
 * makes the same one; the file is there only when it is whole, and one that stood there before stays until then.
 */
export async function makeArchive(
  settings: Omit<BackupSettings, 'keep' | 'link' | 'full'>,
): Promise<MadeBackup> {
  const { files, dir, target, progress } = settings;
  requireApart(dir, target);
  if ((await files.stat(target))?.isDirectory() === true)
    throw new Error(
      `${target} is a folder. A backup into one file needs a name of its own; a folder of backups is one whose name does not end with .tar.zst.`,
    );
  const beside = `${target}.unfinished`;
  await files.makeFolder(beside);
  // Not the lock of the backup inside, which holds only until that is made.
  return holdLock(path.join(beside, 'archive-lock'), async () => {
    const made = await makeBackup({ ...settings, target: beside, keep: 1, link: true, full: false });
    await explainRoom(target, 'the file was not written, and one that stood there before stays.', () =>
      writeArchive(files, path.join(beside, made.name), target, (done, total) =>
        progress('archive', done, total),
      ),
    );
    let { journalFault } = made;
    for (const name of (await files.list(beside)).filter(isJournalName)) {
      const file = path.join(path.dirname(path.resolve(target)), name);
      const own = parseJournal(await readAll(files, path.join(beside, name)), name);
      journalFault ??= await journalFaultOf(() => putJournalText(files, file, own));
    }
    await files.removeTree(beside);
    return { ...made, name: path.basename(target), removed: [], journalFault };
  });
}
