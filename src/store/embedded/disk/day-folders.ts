// The folders of days: made durably once, then known. A report's folder is moved into one at every commit with files.
import { LRUCache } from 'lru-cache';
import type { Files } from './files.ts';

/** Days that are remembered; reports arrive today, a few at midnight yesterday. */
const MAX_DAYS = 16;

/** What makes a day's folder. */
export interface DayFolders {
  /** Resolves when the folder exists and its name is on stable storage. */
  ensure(folder: string): Promise<void>;
  /** The folder turned out to be gone: a sweep removes days that are empty. */
  forget(folder: string): void;
}

/** Keeps the folders of days below `parent`. */
export function createDayFolders(
  files: Pick<Files, 'makeFolder' | 'syncFolder'>,
  parent: string,
): DayFolders {
  const days = new LRUCache<string, Promise<void>>({ max: MAX_DAYS });

  // The name is made durable also where the folder exists: another process may have made it a moment ago.
  async function make(folder: string): Promise<void> {
    try {
      await files.makeFolder(folder);
      await files.syncFolder(parent);
    } catch (error) {
      days.delete(folder);
      throw error;
    }
  }

  return {
    ensure(folder) {
      let made = days.get(folder);
      if (made === undefined) {
        days.set(folder, (made = make(folder)));
      }
      return made;
    },
    forget(folder) {
      days.delete(folder);
    },
  };
}
