// `mayday repair`: a new database out of what can be read of the old one and of the files, beside the old one, which is kept. Nothing is ever
// deleted. No server may run meanwhile.
import path from 'node:path';
import { checkWhole } from '../database/examine.ts';
import { migrate, readMigrations } from '../database/migrate.ts';
import { openDatabase } from '../database/open-database.ts';
import { query, type Connection } from '../database/query.ts';
import { statements } from '../database/statements.ts';
import { databaseExists, isDamage } from '../database/sound-database.ts';
import { syncFiles } from '../disk/files.ts';
import { layoutOf } from '../disk/folder-layout.ts';
import type { Layout } from '../disk/folder-layout.ts';
import { joinFiles } from './join-files.ts';
import type { Joined } from './join-files.ts';
import { openPages } from './page-source.ts';
import { salvage } from './salvage.ts';
import type { Salvaged } from './salvage.ts';
import { countAgain, giveKinds, settle } from './settle.ts';
import { Scratch } from './stored-columns.ts';
import { readTableMap } from './table-map.ts';
import type { TableEntry } from './table-map.ts';
import { Walk } from './tree.ts';

const SETTINGS = { readonly: false, cacheBytes: 64 * 1024 * 1024, walBytes: 16 * 1024 * 1024 } as const;

/** What a repair did. */
export interface RepairResult extends Joined, Salvaged {
  /** The database is whole and every file belongs to a row: nothing was changed. */
  readonly sound: boolean;
  /** Reports that there are now. */
  readonly reports: number;
  /** Further sentences for the operator. */
  readonly sentences: readonly string[];
  /** Where the old database lies now, relative to the data folder; null: there was none. */
  readonly kept: string | null;
  /** The folder of what belongs to nothing, relative to the data folder. */
  readonly aside: string;
}

/** Repairs the store in a folder. Throws a sentence where that cannot be done; then everything is as it was. */
export function repairStore(dir: string, now: number): RepairResult {
  const layout = layoutOf(dir);
  const stamp = new Date(now).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  const fresh = `${layout.database}.repaired-${stamp}`;
  const aside = path.join(dir, `unclaimed-${stamp}`);
  const schemaOfOld = databaseExists(layout) ? readOldSchema(layout) : null;
  const target = openDatabase(fresh, SETTINGS);
  let result: Omit<RepairResult, 'kept' | 'aside' | 'sound'>;
  try {
    // Rows that refer to each other come in any order.
    statements.pragma(target, 'foreign_keys = OFF');
    migrate(target, migrationsUpTo(schemaOfOld?.number ?? null));
    const salvaged = schemaOfOld === null ? NOTHING : salvageOld(layout, schemaOfOld.tables, target);
    const settled = settle(target);
    migrate(target);
    const joined = joinFiles(target, layout, aside);
    giveKinds(target);
    countAgain(target);
    restoreSequences(target, salvaged.sequences);
    checkWhole(target);
    result = { ...salvaged, ...joined, sentences: settled, reports: countReports(target).pluck().get() ?? 0 };
    statements.pragma(target, 'wal_checkpoint(TRUNCATE)');
  } finally {
    target.close();
  }
  if (isSound(layout) && changedNothing(result)) {
    for (const suffix of ['', '-wal', '-shm']) syncFiles.removeTree(`${fresh}${suffix}`);
    return { ...result, sound: true, kept: null, aside: path.basename(aside) };
  }
  return { ...result, sound: false, kept: swap(layout, fresh, stamp), aside: path.basename(aside) };
}

function isSound(layout: Layout): boolean {
  if (!databaseExists(layout)) return false;
  try {
    const connection = openDatabase(layout.database, { ...SETTINGS, readonly: true });
    try {
      checkWhole(connection);
      return true;
    } finally {
      connection.close();
    }
  } catch (error) {
    if (isDamage(error)) return false;
    throw error;
  }
}

function changedNothing({
  tables,
  found,
  altered,
  joined,
  unclaimed,
}: Pick<RepairResult, 'tables' | 'found' | 'altered' | 'joined' | 'unclaimed'>): boolean {
  const lost = tables.reduce((sum, { lostPages, lostRows }) => sum + lostPages + lostRows, 0);
  return lost + found + altered.length + joined.length + unclaimed.length === 0;
}

const NOTHING: Salvaged = { tables: [], found: 0, altered: [], sequences: new Map() };

const countReports = query<[], number>(`SELECT count(*) FROM reports`);

/** The tables of the old database and the number of its schema, by its own pages or by the map beside it. */
function readOldSchema(layout: Layout): {
  readonly tables: readonly TableEntry[];
  readonly number: number | null;
} {
  const source = openPages(layout.database);
  const scratch = new Scratch();
  try {
    const told: TableEntry[] = [];
    for (const { values } of new Walk(source).rows(1)) {
      const [type, name, , root, sql] = values;
      if (
        type === 'table' &&
        typeof name === 'string' &&
        typeof root === 'number' &&
        root > 0 &&
        typeof sql === 'string'
      ) {
        told.push({ name, root, sql });
      }
    }
    const known = new Set(told.map(({ name }) => name));
    const tables = [...told, ...readTableMap(layout).filter(({ name }) => !known.has(name))];
    const migrations = tables.find(({ name }) => name === 'migrations');
    const reader = migrations === undefined ? null : scratch.reader('migrations', migrations.sql);
    let number: number | null = null;
    if (migrations !== undefined && reader !== null) {
      for (const row of new Walk(source).rows(migrations.root)) {
        const applied = reader(row)['number'];
        if (typeof applied === 'number') number = Math.max(number ?? 0, applied);
      }
    }
    return { tables, number };
  } finally {
    scratch.close();
    source.close();
  }
}

function migrationsUpTo(number: number | null): ReturnType<typeof readMigrations> {
  const all = readMigrations();
  const newest = all.at(-1)?.number ?? 0;
  if (number !== null && number > newest) {
    throw new Error(
      `The database was made by a newer version of Mayday (its schema is ${number}, this version knows ${newest}). Repair it with that version.`,
    );
  }
  return number === null ? all : all.filter((migration) => migration.number <= number);
}

function salvageOld(layout: Layout, tables: readonly TableEntry[], target: Connection): Salvaged {
  const source = openPages(layout.database);
  try {
    return salvage(new Walk(source), tables, target);
  } finally {
    source.close();
  }
}

const raiseSequence = query<[highest: number, name: string]>(`
  UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?`);
const addSequence = query<[name: string, highest: number]>(
  `INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)`,
);

/** Numbers that were given once are not given again: what was removed may still be spoken of by its number. */
function restoreSequences(target: Connection, sequences: ReadonlyMap<string, number>): void {
  for (const [name, highest] of sequences) {
    if (raiseSequence(target).run(highest, name).changes === 0) addSequence(target).run(name, highest);
  }
}

/** The new database takes the old one's place; the old one stays under another name, with its log. */
function swap(layout: Layout, fresh: string, stamp: string): string | null {
  const kept = `${layout.database}.damaged-${stamp}`;
  let moved = false;
  for (const suffix of ['', '-wal', '-shm', '.map']) {
    if (syncFiles.stat(`${layout.database}${suffix}`) === null) continue;
    syncFiles.rename(`${layout.database}${suffix}`, `${kept}${suffix}`);
    moved = true;
  }
  syncFiles.rename(fresh, layout.database);
  for (const suffix of ['-wal', '-shm']) {
    if (syncFiles.stat(`${fresh}${suffix}`) !== null)
      syncFiles.rename(`${fresh}${suffix}`, `${layout.database}${suffix}`);
  }
  syncFiles.syncFolder(layout.root);
  return moved ? path.basename(kept) : null;
}
