// Files in the data folder that were written beside another database than the one that is there: an empty or older one took its place, or a
// backup was put back. The start looks at a sample, in bounded time; the sweep leaves all of them alone.
import path from 'node:path';
import { isForeign, isOlder, readLifetime } from '../database/lifetime.ts';
import { query, type Connection } from '../database/query.ts';
import { syncFiles } from '../disk/files.ts';
import type { Layout } from '../disk/folder-layout.ts';
import { revisionOf } from '../symbols/symbol-files.ts';
import { ownsBlobFile, ownsReportFolder, ownsSymbolFile, ownsWholePack } from './owners.ts';

/** Names of one folder that are looked at. */
const MAX_NAMES = 48;
/** Folders of days, or of debug files, that are looked into: the first, the last and a spread between. */
const MAX_FOLDERS = 16;

/** What was found in the sample: files and folders without a row. */
export interface ForeignFiles {
  /** Older than the database itself. */
  readonly older: number;
  /** From a time in which no server ran on this database. */
  readonly between: number;
  /** When the database was made, milliseconds since 1970. */
  readonly createdAt: number;
}

const toBeRemoved = query<[target: string], number>(`SELECT 1 FROM removals WHERE target = ?`);

/** Looks at a sample of everything that `mayday repair` could save. */
export function findForeignFiles(connection: Connection, layout: Layout, now: number): ForeignFiles {
  const lifetime = readLifetime(connection, now);
  let older = 0;
  let between = 0;
  for (const { relative, owned } of sampleOf(connection, layout)) {
    const at = madeAt(path.join(layout.root, ...relative.split('/')));
    if (at === null || !isForeign(lifetime, at) || owned()) continue;
    if (toBeRemoved(connection).get(relative) !== undefined) continue;
    if (isOlder(lifetime, at)) older += 1;
    else between += 1;
  }
  return { older, between, createdAt: lifetime.createdAt };
}

/** When its content was last changed: the change time tells of copies and renames too, and those are not its making. */
function madeAt(target: string): number | null {
  return syncFiles.stat(target)?.mtimeMs ?? null;
}

interface Candidate {
  /** Relative to the data folder, with `/`. */
  readonly relative: string;
  /** Whether a row names it. */
  readonly owned: () => boolean;
}

function* sampleOf(connection: Connection, layout: Layout): Generator<Candidate> {
  const days = syncFiles.list(layout.reports).filter((name) => /^\d{8}$/.test(name));
  for (const day of spread([...days].sort())) {
    for (const crashId of syncFiles.firstNames(path.join(layout.reports, day), MAX_NAMES)) {
      yield {
        relative: `reports/${day}/${crashId}`,
        owned: () => ownsReportFolder(connection, day, crashId),
      };
    }
  }
  for (const file of syncFiles.firstNames(layout.blobs, MAX_NAMES)) {
    yield { relative: `blobs/${file}`, owned: () => ownsBlobFile(connection, file) };
  }
  for (const pack of syncFiles.firstNames(layout.packs, MAX_NAMES)) {
    yield { relative: `packs/${pack}`, owned: () => ownsWholePack(connection, layout, pack) };
  }
  for (const debugFile of spread(syncFiles.firstNames(layout.symbols, MAX_NAMES))) {
    for (const debugId of syncFiles.firstNames(path.join(layout.symbols, debugFile), MAX_FOLDERS)) {
      const folder = path.join(layout.symbols, debugFile, debugId);
      for (const name of syncFiles.firstNames(folder, MAX_FOLDERS)) {
        const revision = revisionOf(name);
        if (revision === null) continue;
        yield {
          relative: `symbols/${debugFile}/${debugId}/${name}`,
          owned: () => ownsSymbolFile(connection, { debugFile, debugId, revision }),
        };
      }
    }
  }
}

function spread(names: readonly string[]): readonly string[] {
  if (names.length <= MAX_FOLDERS) return names;
  const step = (names.length - 1) / (MAX_FOLDERS - 1);
  return Array.from({ length: MAX_FOLDERS }, (_, index) => names[Math.round(index * step)] ?? '');
}
