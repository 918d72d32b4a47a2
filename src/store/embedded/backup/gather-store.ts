// Gathers a store that may be in use into a backup, wherever that lies: all files first, then the database of one moment, then what came between.
// What was deleted after that moment is erased from packs, while the copy of the database still names it: it is taken from the first pass then.
import path from 'node:path';
import { openDatabase } from '../database/open-database.ts';
import { inSnapshot } from '../database/snapshot.ts';
import { query, type Connection } from '../database/query.ts';
import type { Files } from '../disk/files.ts';
import { errorCode } from '../disk/storage-error.ts';
import { storeIdOf } from '../journal/journal-rows.ts';
import { neededKeys, type NeededKeys } from './backup-keys.ts';
import { copyDatabase } from './copy-database.ts';
import { namedFiles, type NamedFile } from './named-files.ts';

/** How a backup reads a database: for itself, and changing nothing. */
export const READ = { readonly: true, cacheBytes: 16 * 1024 * 1024, walBytes: 1024 * 1024 } as const;
/** So often files may vanish between the moment of the database and their copy, because their reports were deleted, before that is given up. */
const MAX_ROUNDS = 5;

/** A part of a file. */
export interface Range {
  readonly at: number;
  readonly bytes: number;
}

/** A file of the store as it was looked at last. */
export interface SourceFile {
  /** Where it lies in the store. */
  readonly from: string;
  /** What is wanted of it, from its start; null: all. */
  readonly bytes: number | null;
  /** Of what is wanted. */
  readonly size: number;
  readonly mtimeMs: number;
}

/** Where a backup comes into being. Paths are relative to the data folder, with `/` between names. */
export interface Destination {
  /** How much it holds of a file; null: nothing. */
  held(relative: string): number | null;
  /** Whether it holds this file as it is, or can have it from the backup before. */
  reuse(relative: string, source: SourceFile): Promise<boolean>;
  /**
   * Takes a file in, in the place of what it held of it. When it has read all, it asks `erased` which parts of it may have been erased meanwhile,
   * and has those from what it held. Throws `ENOENT` where the file is gone; it then holds what it held.
   */
  take(relative: string, source: SourceFile, erased: () => readonly Range[]): Promise<void>;
  /** Once, when all is there: whatever else it holds is not part of this backup. */
  keepOnly(named: ReadonlySet<string>): Promise<void>;
}

/** What is gathered, and how. */
export interface GatherSettings {
  readonly files: Files;
  /** The data folder. */
  readonly dir: string;
  /** To its database, for this work alone. */
  readonly connection: Connection;
  /** Where the copy of the database is made. */
  readonly database: string;
  readonly progress: (what: string, done: number, total: number) => void;
}

/** What was gathered. */
export interface Gathered {
  readonly reports: number;
  /** Paths of files that the store has lost, or a part of them. */
  readonly missing: readonly string[];
  /** Which store it is (`storeIdOf`). */
  readonly store: string;
  readonly keys: NeededKeys;
}

const countReports = query<[], number>(`SELECT count(*) FROM reports`);
const placesIn = query<[pack: string], Range & { readonly reportId: number }>(`
  SELECT report_id AS reportId, at, report_packs.bytes FROM report_packs
  JOIN packs ON packs.id = report_packs.pack_id WHERE packs.name = ?`);

/** Gathers all of a store. Throws a sentence or the system's error; what was gathered stays where it is. */
export async function gatherStore(settings: GatherSettings, destination: Destination): Promise<Gathered> {
  const { files, connection, database, progress } = settings;
  const gathering = new Gathering(settings, destination);
  // Most of what the database will name; then little can vanish between its moment and the copy.
  await gathering.takeAll(
    inSnapshot(connection, () => [...namedFiles(connection)]),
    null,
  );
  for (let round = 1; ; round += 1) {
    await copyDatabase(files, connection, database, (done, total) => progress('database', done, total));
    const copy = openDatabase(database, READ);
    try {
      const named = [...namedFiles(copy)];
      const { missing, isLate } = await gathering.takeAll(named, copy);
      if (missing.length > 0 && round < MAX_ROUNDS && (isLate || !gathering.areLost(missing))) continue;
      await destination.keepOnly(new Set(named.map((file) => file.path)));
      return {
        missing,
        reports: countReports(copy).pluck().get() ?? 0,
        store: storeIdOf(copy),
        keys: neededKeys(copy),
      };
    } finally {
      copy.close();
    }
  }
}

/** What became of a file. `gone`: there is none; `part`: the store has no more of it; `late`: a part of it was erased before it was read. */
type Taken = 'whole' | 'gone' | 'part' | 'late';

class Gathering {
  readonly #settings: GatherSettings;
  readonly #destination: Destination;

  constructor(settings: GatherSettings, destination: Destination) {
    this.#settings = settings;
    this.#destination = destination;
  }

  /**
   * Gives the paths of which something is not there, and whether an earlier moment of the database would have had it. `copy`: the database that
   * names them, null: that of the store.
   */
  async takeAll(
    named: readonly NamedFile[],
    copy: Connection | null,
  ): Promise<{ readonly missing: readonly string[]; readonly isLate: boolean }> {
    const missing: string[] = [];
    let isLate = false;
    for (const [index, file] of named.entries()) {
      this.#settings.progress('files', index, named.length);
      const taken = await this.#takeOne(file, copy);
      isLate ||= taken === 'late';
      if (taken !== 'whole' && !file.derived) missing.push(file.path);
    }
    this.#settings.progress('files', named.length, named.length);
    return { missing, isLate };
  }

  /** Whether the store itself still names all of these: then it has lost them, and no other moment of it has them. */
  areLost(missing: readonly string[]): boolean {
    const { connection } = this.#settings;
    const named = new Set(inSnapshot(connection, () => [...namedFiles(connection)]).map((file) => file.path));
    return missing.every((each) => named.has(each));
  }

  async #takeOne({ path: relative, bytes }: NamedFile, copy: Connection | null): Promise<Taken> {
    const { files, dir } = this.#settings;
    const from = path.join(dir, ...relative.split('/'));
    const held = this.#destination.held(relative);
    // What rows own of a file never changes, so that what is held of it is good for good.
    const isHeld = held !== null && (bytes === null || held >= bytes);
    const stat = await files.stat(from);
    if (stat === null) return isHeld ? 'whole' : 'gone';
    const isShort = bytes !== null && stat.size < bytes;
    if (isShort && isHeld) return 'whole';
    const size = Math.min(bytes ?? stat.size, stat.size);
    const source = { from, bytes: bytes === null ? null : size, size, mtimeMs: stat.mtimeMs };
    let isLate = false;
    const erased = (): readonly Range[] => {
      const all = copy === null ? [] : this.#erasedFrom(path.posix.basename(relative), copy);
      const rescued = all.filter((range) => range.at + range.bytes <= (held ?? 0));
      isLate = rescued.length < all.length;
      return rescued;
    };
    if (await this.#destination.reuse(relative, source)) {
      if (isShort) erased();
    } else {
      try {
        await this.#destination.take(relative, source, erased);
      } catch (error) {
        if (errorCode(error) === 'ENOENT' && (await files.stat(from)) === null)
          return isHeld ? 'whole' : 'gone';
        throw error;
      }
    }
    if (isLate) return 'late';
    return isShort ? 'part' : 'whole';
  }

  /** Entries of a pack that the copy of the database names and the store does not, any more. */
  #erasedFrom(pack: string, copy: Connection): readonly Range[] {
    const alive = new Set(
      placesIn(this.#settings.connection)
        .all(pack)
        .map(({ reportId, at }) => `${reportId}@${at}`),
    );
    return placesIn(copy)
      .all(pack)
      .filter(({ reportId, at }) => !alive.has(`${reportId}@${at}`));
  }
}
