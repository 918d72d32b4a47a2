// Group fsync of folders: commits that wait for the same folder share one fsync.
import type { Files } from './files.ts';

interface Round {
  readonly running: Promise<void>;
  /** The round after this one, for those who came while this one ran: their names may be younger than its fsync. */
  next: Promise<void> | null;
}

/** Gives a function that makes the names in a folder durable, as `Files.syncFolder` does. */
export function sharedFolderSync(files: Pick<Files, 'syncFolder'>): (folder: string) => Promise<void> {
  const rounds = new Map<string, Round>();

  const start = (folder: string): Promise<void> => {
    const running = files.syncFolder(folder);
    const round: Round = { running, next: null };
    rounds.set(folder, round);
    return running.finally(() => {
      if (round.next === null) rounds.delete(folder);
    });
  };

  return (folder) => {
    const round = rounds.get(folder);
    if (round === undefined) return start(folder);
    round.next ??= round.running.then(
      () => start(folder),
      () => start(folder),
    );
    return round.next;
  };
}
