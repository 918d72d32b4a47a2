// `mayday repair`: a new database out of what can be read of the old one and of the files, beside the old one, which is kept. Nothing is ever
// deleted. No server may run meanwhile.
import path from 'node:path';
import { checkWhole } from '../database/examine.ts';
import { vouchForFiles } from '../database/lifetime.ts';
import { migrate, readMigrations } from '../database/migrate.ts';
import { openDatabase } from '../database/open-database.ts';
import { putWrappedKeys } from '../database/data-keys.ts';
import { query, type Connection } from '../database/query.ts';
import { statements } from '../database/statements.ts';
import { databaseExists, isDamage, requireNoRestore } from '../database/sound-database.ts';
import { syncFiles } from '../disk/files.ts';
import { layoutOf } from '../disk/folder-layout.ts';
import type { Layout } from '../disk/folder-layout.ts';
import { attachmentsFromJson, isInRow } from '../../shared/attachment-json.ts';
import { unlockDatabase, wrappedKeysOf } from '../secrets/unlock-store.ts';
import type { KeySource } from '../secrets/stored-secrets.ts';
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

/** What a repair did, or would do. */
export interface RepairResult extends Joined, Salvaged {
  /** Whether there was a database with anything in it. */
  readonly hadDatabase: boolean;
  /** The database is whole and every file belongs to a row: nothing was changed. */
  readonly sound: boolean;
  /** Reports that there are now. */
  readonly reports: number;
  /** Further sentences for the operator. */
  readonly sentences: readonly string[];
  /** Reports whose small attachments, which lay in the database, are lost. */
  readonly withoutData: readonly string[];
  /** The folder in which the old database lies now, with its log; relative to the data folder. Null: there was none. */
  readonly kept: string | null;
  /** The folder of what belongs to nothing, relative to the data folder. */
  readonly aside: string;
}

/** How to repair. */
export interface RepairOptions {
  /** Only finds out what a repair would do: nothing is moved and no database replaced. Default false. */
  readonly dryRun?: boolean;
  /** The keys of an encrypted store as text (SECRET_KEYS_COMMAND); default: the file in the data folder. */
  readonly secretKeys?: (() => string) | undefined;
}

/** Repairs the store in a folder. Throws a sentence where that cannot be done; then everything is as it was. */
export function repairStore(
  dir: string,
  now: number,
  { dryRun = false, secretKeys }: RepairOptions = {},
): RepairResult {
  const layout = layoutOf(dir);
  requireNoRestore(layout);
  const stamp = new Date(now).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  const fresh = `${layout.database}.repaired-${stamp}`;
  const aside = path.join(dir, `unclaimed-${stamp}`);
  const hadDatabase = databaseExists(layout);
  const schemaOfOld = hadDatabase ? readOldSchema(layout) : null;
  const source = { layout, command: secretKeys };
  try {
    const result = fill(source, fresh, { schemaOfOld, aside: dryRun ? null : aside });
    const whole = { ...result, hadDatabase, aside: path.basename(aside) };
    if (isSound(layout) && changedNothing(result)) return { ...whole, sound: true, kept: null };
    return { ...whole, sound: false, kept: dryRun ? null : swap(layout, fresh, stamp) };
  } finally {
    // Where it took its place nothing is left under this name.
    for (const suffix of ['', '-wal', '-shm']) syncFiles.removeTree(`${fresh}${suffix}`);
  }
}

/** Makes the new database. */
function fill(
  source: KeySource,
  fresh: string,
  {
    schemaOfOld,
    aside,
  }: { readonly schemaOfOld: ReturnType<typeof readOldSchema> | null; readonly aside: string | null },
): Omit<RepairResult, 'kept' | 'aside' | 'sound' | 'hadDatabase'> {
  const { layout } = source;
  makeEncrypted(source, fresh, schemaOfOld?.number ?? null);
  const target = openDatabase(fresh, SETTINGS);
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
    vouchForFiles(target);
    checkWhole(target);
    const reports = countReports(target).pluck().get() ?? 0;
    const result = { ...salvaged, ...joined, withoutData: lostData(target), sentences: settled, reports };
    statements.pragma(target, 'wal_checkpoint(TRUNCATE)');
    return result;
  } finally {
    target.close();
  }
}

/** Where the store is encrypted the new database has its data keys before anything else: rows are opened and sealed again on their way. */
function makeEncrypted(source: KeySource, fresh: string, schema: number | null): void {
  const wrapped = wrappedKeysOf(source.layout);
  if (wrapped.length === 0) return;
  const target = openDatabase(fresh, SETTINGS);
  try {
    migrate(target, migrationsUpTo(schema));
    putWrappedKeys(target, wrapped);
    unlockDatabase(target, fresh, source);
  } finally {
    target.close();
  }
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

const inlineAttachments = query<[], { readonly crashId: string; readonly attachments: string }>(`
  SELECT crash_id AS crashId, opened(attachments, 'reports.attachments') AS attachments FROM reports
  WHERE opened(attachments, 'reports.attachments') <> '[]' AND id NOT IN (SELECT report_id FROM report_data)`);

/** Crash ids of reports that name attachments in the database which are not there. */
function lostData(target: Connection): readonly string[] {
  const lost: string[] = [];
  for (const { crashId, attachments } of inlineAttachments(target).iterate()) {
    if (attachmentsFromJson(attachments).some(isInRow)) lost.push(crashId);
  }
  return lost;
}

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

/** The new database takes the old one's place; the old one goes into a folder of its own, with its log. */
function swap(layout: Layout, fresh: string, stamp: string): string | null {
  const kept = path.join(layout.root, `damaged-${stamp}`);
  let moved = false;
  for (const suffix of ['', '-wal', '-shm', '.map']) {
    const file = `${layout.database}${suffix}`;
    if (syncFiles.stat(file) === null) continue;
    if (!moved) syncFiles.makeFolder(kept);
    syncFiles.rename(file, path.join(kept, path.basename(file)));
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
