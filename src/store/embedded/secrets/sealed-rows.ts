// The columns of the database that hold secrets, and what is done to all of them at once. A new one is a line here.
import { isSealed, keyIdOf, openSealed, seal, SecretsLocked } from '../../shared/secret-box.ts';
import type { KeyRing } from '../../shared/secret-box.ts';
import { DATA_KEY } from '../database/data-keys.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { statements } from '../database/statements.ts';

/** What a secret is for; it opens nowhere else. */
export type SecretPlace = 'webhook' | 'webhook token' | 'tracker token' | 'second factor' | typeof DATA_KEY;

interface Row {
  readonly key: number;
  readonly secret: string;
}

interface SealedColumn {
  readonly place: SecretPlace;
  readonly table: string;
  readonly column: string;
  readonly select: (connection: Connection) => { all(): Row[] };
  readonly update: (connection: Connection) => { run(secret: string, key: number): unknown };
}

const COLUMNS: readonly SealedColumn[] = [
  {
    ...{ place: 'webhook', table: 'webhooks', column: 'secret' },
    select: query<[], Row>(`SELECT id AS key, secret FROM webhooks WHERE secret <> ''`),
    update: query<[secret: string, key: number]>(`UPDATE webhooks SET secret = ? WHERE id = ?`),
  },
  {
    ...{ place: 'webhook token', table: 'webhooks', column: 'token' },
    select: query<[], Row>(`SELECT id AS key, token AS secret FROM webhooks WHERE token <> ''`),
    update: query<[secret: string, key: number]>(`UPDATE webhooks SET token = ? WHERE id = ?`),
  },
  {
    ...{ place: 'tracker token', table: 'trackers', column: 'token' },
    select: query<[], Row>(`SELECT product_id AS key, token AS secret FROM trackers WHERE token <> ''`),
    update: query<[secret: string, key: number]>(`UPDATE trackers SET token = ? WHERE product_id = ?`),
  },
  {
    ...{ place: 'second factor', table: 'second_factors', column: 'secret' },
    select: query<[], Row>(`SELECT id AS key, secret FROM second_factors WHERE kind = 'totp'`),
    update: query<[secret: string, key: number]>(`UPDATE second_factors SET secret = ? WHERE id = ?`),
  },
  {
    ...{ place: DATA_KEY, table: 'data_keys', column: 'wrapped' },
    select: query<[], Row>(`SELECT number AS key, wrapped AS secret FROM data_keys`),
    update: query<[secret: string, key: number]>(`UPDATE data_keys SET wrapped = ? WHERE number = ?`),
  },
];

const begin = query(`BEGIN IMMEDIATE`);
const commit = query(`COMMIT`);

function sealClearRows(connection: Connection, ring: KeyRing): number {
  return change(connection, ({ secret }, place) => (isSealed(secret) ? null : seal(ring, secret, place)));
}

/** The same in a transaction of its own, after which neither the database nor its log holds what was in clear. */
export function sealInPlace(connection: Connection, ring: KeyRing): number {
  statements.pragma(connection, 'secure_delete = ON');
  begin(connection).run();
  const sealed = sealClearRows(connection, ring);
  commit(connection).run();
  statements.pragma(connection, 'wal_checkpoint(TRUNCATE)');
  return sealed;
}

/** Whether anything is left in clear. */
export function hasClearRows(connection: Connection): boolean {
  return COLUMNS.some(({ select }) =>
    select(connection)
      .all()
      .some(({ secret }) => !isSealed(secret)),
  );
}

/**
 * Seals with the first key what another one sealed, as far as those are known; gives how many, and the places of those that were changed and
 * do not open. The caller has a transaction.
 */
export function resealRows(
  connection: Connection,
  ring: KeyRing,
): { readonly sealed: number; readonly unopened: readonly string[] } {
  const known = new Set(ring.map(({ id }) => id));
  const unopened: string[] = [];
  const sealed = change(connection, ({ key, secret }, place) => {
    const id = keyIdOf(secret);
    if (id === ring[0].id || (id !== null && !known.has(id))) return null;
    try {
      return seal(ring, id === null ? secret : openSealed(ring, secret, place), place);
    } catch (error) {
      if (!(error instanceof SecretsLocked)) throw error;
      unopened.push(`${place} ${key}`);
      return null;
    }
  });
  return { sealed, unopened };
}

function change(connection: Connection, changed: (row: Row, place: SecretPlace) => string | null): number {
  let count = 0;
  for (const { place, select, update } of COLUMNS) {
    for (const row of select(connection).all()) {
      const secret = changed(row, place);
      if (secret === null) continue;
      update(connection).run(secret, row.key);
      count += 1;
    }
  }
  return count;
}

const hasColumn = query<[table: string, column: string], number>(
  `SELECT 1 FROM pragma_table_info(?) WHERE name = ?`,
);

/** How many secrets each key sealed, by its id; the database may be that of an older version. */
export function countByKey(connection: Connection): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { table, column, select } of COLUMNS) {
    if (hasColumn(connection).get(table, column) === undefined) continue;
    for (const { secret } of select(connection).all()) {
      const id = keyIdOf(secret) ?? 'none';
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
  }
  return counts;
}
