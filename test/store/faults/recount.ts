// What must be true of a data folder after anything that happened to it: counted again from the rows and the files themselves, in plain SQL.
// Gives sentences of what is wrong; none: all is well. The store must be closed.
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { utcDay } from '../../../src/report/crash-id.ts';
import { wrongCounts } from '../../../src/store/embedded/backup/store-counts.ts';

/** Everything that is wrong in the data folder. */
export function recount(data: string): readonly string[] {
  const database = new Database(path.join(data, 'mayday.db'), { readonly: true });
  try {
    const wrong: string[] = [];
    const integrity = database.pragma('integrity_check') as readonly { readonly integrity_check: string }[];
    if (integrity[0]?.integrity_check !== 'ok') wrong.push(`integrity: ${JSON.stringify(integrity)}`);
    return [...wrong, ...wrongCounts(database), ...missingFiles(database, data)];
  } finally {
    database.close();
  }
}

/** Files that a row names and that are not there. */
function missingFiles(database: Database.Database, data: string): readonly string[] {
  const named: string[] = [];
  const folders = database
    .prepare<[], { crashId: string; receivedAt: number }>(
      'SELECT crash_id AS crashId, received_at AS receivedAt FROM reports WHERE folder_bytes > 0',
    )
    .all();
  for (const { crashId, receivedAt } of folders)
    named.push(path.join(data, 'reports', utcDay(receivedAt), crashId));
  const blobs = database.prepare<[], string>('SELECT file FROM blobs WHERE file IS NOT NULL').pluck().all();
  for (const file of blobs) named.push(path.join(data, 'blobs', file));
  const inPacks = database
    .prepare<[], { name: string; end: number }>(
      `SELECT name, max(at + report_packs.bytes) AS end
       FROM report_packs JOIN packs ON packs.id = pack_id GROUP BY pack_id`,
    )
    .all();
  for (const { name, end } of inPacks) {
    const file = path.join(data, 'packs', name);
    // One that is too short is named beside those that are not there.
    named.push((statSync(file, { throwIfNoEntry: false })?.size ?? 0) >= end ? file : `${file} up to ${end}`);
  }
  const wrong = named.filter((target) => !existsSync(target)).map((target) => `${target} is missing`);
  const symbols = database
    .prepare<[], { debugFile: string; debugId: string; revision: string }>(
      'SELECT debug_file AS debugFile, debug_id AS debugId, revision FROM symbols',
    )
    .all();
  for (const { debugFile, debugId, revision } of symbols) {
    const folder = path.join(data, 'symbols', debugFile, debugId);
    const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.includes(revision)) : [];
    if (files.length !== 2) wrong.push(`symbols of ${debugFile} have ${files.length} files`);
  }
  return wrong;
}

/** Files below the data folder that no row names, once everything that was to be removed has been. */
export function strayFiles(data: string): readonly string[] {
  const database = new Database(path.join(data, 'mayday.db'), { readonly: true });
  try {
    const folders = new Set(
      database.prepare<[], string>('SELECT crash_id FROM reports WHERE folder_bytes > 0').pluck().all(),
    );
    const blobs = new Set(database.prepare<[], string>('SELECT file FROM blobs').pluck().all());
    const days = readdirSync(path.join(data, 'reports'));
    const packs = new Map(
      database
        .prepare<[], { name: string; live: number }>('SELECT name, live FROM packs')
        .all()
        .map(({ name, live }) => [name, live]),
    );
    return [
      ...readdirSync(path.join(data, 'packs'))
        .filter((name) => statSync(path.join(data, 'packs', name)).size !== packs.get(name))
        .map((name) => `packs/${name}, or a part of it,`),
      ...readdirSync(path.join(data, 'incoming')).map((name) => `incoming/${name}`),
      ...days.flatMap((day) =>
        readdirSync(path.join(data, 'reports', day))
          .filter((name) => !folders.has(name))
          .map((name) => `reports/${day}/${name}`),
      ),
      ...readdirSync(path.join(data, 'blobs'))
        .filter((name) => !blobs.has(name))
        .map((name) => `blobs/${name}`),
    ];
  } finally {
    database.close();
  }
}
