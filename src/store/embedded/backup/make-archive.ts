// A backup straight into one file: what it is made of stands beside it meanwhile, under second names of the store's files where that is possible.
import path from 'node:path';
import { writeArchive } from './backup-archive.ts';
import { makeBackup, type BackupSettings, type MadeBackup } from './make-backup.ts';

/** Makes a backup and writes it into the file `target`. Throws as `makeBackup` does; the file is there only when it is whole. */
export async function makeArchive(settings: Omit<BackupSettings, 'keep' | 'link'>): Promise<MadeBackup> {
  const { files, target, progress } = settings;
  const beside = `${target}.unfinished`;
  const made = await makeBackup({ ...settings, target: beside, keep: 1, link: true });
  await writeArchive(files, path.join(beside, made.name), target, (done, total) =>
    progress('archive', done, total),
  );
  await files.removeTree(beside);
  return { ...made, name: path.basename(target), removed: [] };
}
