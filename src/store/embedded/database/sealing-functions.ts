// The columns of an encrypted database that hold what clients sent: statements write `sealed(?, 'table.column')` and read
// `opened(column, 'table.column')`. Where the database is encrypted these are functions of the connection; where it is not, statements are
// prepared without them, so that they cost nothing there.
import type Database from 'better-sqlite3';
import { DoesNotOpen, openBytes, openText, sealBytes, sealText } from '../../shared/sealed-bytes.ts';
import type { DataKey } from '../../shared/sealed-bytes.ts';
import { findKey, sealingKeyOf } from '../sealed/unlocked-keys.ts';

type Connection = Database.Database;

const encrypted = new WeakSet<Connection>();

/** Whether a connection's database is encrypted. */
export function isEncrypted(connection: Connection): boolean {
  return encrypted.has(connection);
}

/** Gives a connection the two functions; `database`: the file that it opened, whose keys seal. */
export function defineSealing(connection: Connection, database: string): void {
  encrypted.add(connection);
  connection.function('sealed', (value: unknown, purpose: unknown) => {
    // An empty text tells nothing, and statements ask whether there is one.
    if (value === null || value === '') return value;
    return seal(sealingKey(database), value, String(purpose));
  });
  // For rows that may be sealed already: what only looks as if it were is sealed as well.
  connection.function('sealed_once', (value: unknown, purpose: unknown) => {
    if (value === null || value === '' || isOpenable(value, String(purpose))) return value;
    return seal(sealingKey(database), value, String(purpose));
  });
  connection.function('opened', { deterministic: true }, (value: unknown, purpose: unknown) => {
    if (typeof value === 'string') return openText(findKey, value, String(purpose));
    return value instanceof Uint8Array ? openBytes(findKey, value, String(purpose)) : value;
  });
}

function sealingKey(database: string): DataKey {
  const key = sealingKeyOf(database);
  if (key === null) throw new Error(`the data keys of ${database} are not unlocked`);
  return key;
}

function seal(key: DataKey, value: unknown, purpose: string): string | Buffer {
  return value instanceof Uint8Array ? sealBytes(key, value, purpose) : sealText(key, String(value), purpose);
}

function isOpenable(value: unknown, purpose: string): boolean {
  try {
    if (value instanceof Uint8Array) return openBytes(findKey, value, purpose) !== value;
    return typeof value === 'string' && openText(findKey, value, purpose) !== value;
  } catch (error) {
    if (error instanceof DoesNotOpen) return false;
    throw error;
  }
}

const CALL = /\b(?:sealed|opened)\(/g;

/** A statement without the two functions: what each was to be given stands in its place. */
export function withoutSealing(sql: string): string {
  let plain = '';
  let from = 0;
  for (const call of sql.matchAll(CALL)) {
    // One stands in another, where a value is changed.
    if (call.index < from) continue;
    const start = call.index + call[0].length;
    const { comma, end } = argumentsAt(sql, start);
    plain += sql.slice(from, call.index) + withoutSealing(sql.slice(start, comma));
    from = end + 1;
  }
  return plain + sql.slice(from);
}

/** Where the last comma between arguments is, and the bracket that ends them. */
function argumentsAt(sql: string, start: number): { readonly comma: number; readonly end: number } {
  let comma = -1;
  let depth = 0;
  for (let at = start; at < sql.length; at += 1) {
    const letter = sql[at];
    if (letter === '(') depth += 1;
    else if (letter === ',' && depth === 0) comma = at;
    else if (letter === ')' && depth > 0) depth -= 1;
    else if (letter === ')') return comma === -1 ? fail(sql) : { comma, end: at };
  }
  return fail(sql);
}

function fail(sql: string): never {
  throw new Error(`a function of sealing has no purpose: ${sql}`);
}
