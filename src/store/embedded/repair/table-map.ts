// Where the tables of the database begin, kept in a small file beside it: the database holds that on its first pages, and without them nothing
// else of it could be found.
import { randomBytes } from 'node:crypto';
import { query, type Connection } from '../database/query.ts';
import { syncFiles } from '../disk/files.ts';
import type { Layout } from '../disk/folder-layout.ts';

/** One table as the database describes it. */
export interface TableEntry {
  readonly name: string;
  readonly root: number;
  readonly sql: string;
}

const selectTables = query<[], TableEntry>(`
  SELECT name, rootpage AS root, sql FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 ORDER BY name`);

/** Writes the map where it differs from the one that is there. Throws the system's error; the start can do without. */
export function keepTableMap(connection: Connection, layout: Layout): void {
  const text = `${JSON.stringify(selectTables(connection).all(), null, 1)}\n`;
  const file = layout.map;
  if (syncFiles.stat(file) !== null && syncFiles.readText(file) === text) return;
  // Several processes may start at once.
  const fresh = `${file}.${randomBytes(6).toString('hex')}`;
  syncFiles.writeText(fresh, text);
  syncFiles.rename(fresh, file);
}

/** The map; empty where there is none that can be read. */
export function readTableMap(layout: Layout): readonly TableEntry[] {
  const file = layout.map;
  if (syncFiles.stat(file) === null) return [];
  try {
    const entries = JSON.parse(syncFiles.readText(file)) as unknown;
    return Array.isArray(entries) ? entries.filter(isEntry) : [];
  } catch {
    return [];
  }
}

function isEntry(value: unknown): value is TableEntry {
  if (typeof value !== 'object' || value === null) return false;
  const { name, root, sql } = value as Partial<Record<keyof TableEntry, unknown>>;
  return typeof name === 'string' && Number.isSafeInteger(root) && typeof sql === 'string';
}
