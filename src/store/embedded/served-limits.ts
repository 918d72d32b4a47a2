// The limits of keeping under which a server last served this store. A command has an environment of its own, often without the server's
// settings: it heeds what stands here, so that a line in the audit log never removes what the server keeps.
import { databaseExists } from './database/sound-database.ts';
import { openDatabase, walBytesFor } from './database/open-database.ts';
import { query, type Connection } from './database/query.ts';
import { layoutOf } from './disk/folder-layout.ts';

/** Everything that decides what goes by itself. For each, more keeps more; null keeps everything. */
export interface KeepingLimits {
  /** Bytes of everything stored, symbols apart. */
  readonly maxBytes: number;
  readonly keepDays: number | null;
  readonly keepIdleProductDays: number;
  readonly keepLabelDays: number | null;
  readonly keepAuditDays: number | null;
  /** Products that first reports may create; 0: none, and none goes for their number. */
  readonly crowdOfProducts: number;
  readonly inboxSize: number;
  readonly pruneGraceMs: number;
  readonly keepOfCase: number;
}

const selectLimits = query<[], string>(
  `SELECT CAST(value AS TEXT) FROM settings WHERE name = 'served_limits'`,
);
const storeLimits = query<[value: string]>(`
  INSERT INTO settings (name, value) VALUES ('served_limits', CAST(? AS BLOB))
  ON CONFLICT (name) DO UPDATE SET value = excluded.value`);

/** A store that no server of this version has served may be as large as it is, with what a command writes, and nothing in it has an age. */
const ROOM_FOR_COMMANDS = 64 * 1024 * 1024;

/** What a server wrote down here; null: none of this version served it. */
export function readServedLimits(connection: Connection): KeepingLimits | null {
  const text = selectLimits(connection).pluck().get();
  return text === undefined ? null : (JSON.parse(text) as KeepingLimits);
}

/** The same of a data folder; null also where there is no store. Throws SQLite's error. */
export function servedLimitsOf(dir: string): KeepingLimits | null {
  const layout = layoutOf(dir);
  if (!databaseExists(layout)) return null;
  const connection = openDatabase(layout.database, {
    readonly: true,
    cacheBytes: 1024 * 1024,
    walBytes: walBytesFor(0),
  });
  try {
    return readServedLimits(connection);
  } finally {
    connection.close();
  }
}

/** Written where they are others than before: a full disk is in nobody's way that starts as before. */
export function noteServedLimits(connection: Connection, limits: KeepingLimits): void {
  const text = JSON.stringify(limits);
  if (selectLimits(connection).pluck().get() !== text) storeLimits(connection).run(text);
}

/** What a command keeps that was given `own` limits: at least what the server keeps. `usedBytes`: what lies there now. */
export function heedServed(
  own: KeepingLimits,
  served: KeepingLimits | null,
  usedBytes: number,
): KeepingLimits {
  if (served === null)
    return {
      ...own,
      maxBytes: Math.max(own.maxBytes, usedBytes + ROOM_FOR_COMMANDS),
      keepDays: null,
      keepIdleProductDays: Math.max(own.keepIdleProductDays, NO_AGE_DAYS),
      keepLabelDays: null,
      keepAuditDays: null,
      crowdOfProducts: 0,
      inboxSize: Math.max(own.inboxSize, LARGEST_INBOX),
    };
  return {
    maxBytes: Math.max(own.maxBytes, served.maxBytes),
    keepDays: longer(own.keepDays, served.keepDays),
    keepIdleProductDays: Math.max(own.keepIdleProductDays, served.keepIdleProductDays),
    keepLabelDays: longer(own.keepLabelDays, served.keepLabelDays),
    keepAuditDays: longer(own.keepAuditDays, served.keepAuditDays),
    crowdOfProducts:
      own.crowdOfProducts === 0 || served.crowdOfProducts === 0
        ? 0
        : Math.max(own.crowdOfProducts, served.crowdOfProducts),
    inboxSize: Math.max(own.inboxSize, served.inboxSize),
    pruneGraceMs: Math.max(own.pruneGraceMs, served.pruneGraceMs),
    keepOfCase: Math.max(own.keepOfCase, served.keepOfCase),
  };
}

/** The largest that the settings KEEP_IDLE_PRODUCTS_DAYS and INBOX_SIZE take. */
const NO_AGE_DAYS = 36_500;
const LARGEST_INBOX = 1_000_000;

function longer(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : Math.max(one, other);
}
