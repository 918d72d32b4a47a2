// The rows of the erasure journal: written in the transaction that erases, and read for its file, for backups, and for what comes back.
import { createHash, randomBytes } from 'node:crypto';
import type { ErasureWish } from '../../erasures.ts';
import { mailHashOf } from '../../shared/named-persons.ts';
import {
  MAX_JOURNAL_LINES,
  keyedHash,
  keyedName,
  whatOf,
  type ErasedLine,
  type ErasedWhat,
  type ErasureJournal,
} from '../../shared/erasure-journal.ts';
import { query, type Connection } from '../database/query.ts';

const selectSecret = query<[], Buffer>(`SELECT value FROM settings WHERE name = 'address_salt'`);
/** One that is later takes the place of the one before, under a number of its own. */
const putLine = query<[id: Uint8Array, at: number, what: string]>(`
  INSERT OR REPLACE INTO erased (id, at, what) VALUES (?, ?, ?)`);
const putKnown = query<[id: Uint8Array, at: number, what: string]>(`
  INSERT INTO erased (id, at, what) VALUES (?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET at = excluded.at, what = excluded.what WHERE excluded.at > at`);
const linesAfter = query<
  [n: number, limit: number],
  { readonly n: number; readonly id: Buffer; readonly at: number; readonly what: string }
>(`SELECT n, id, at, what FROM erased WHERE n > ? ORDER BY n LIMIT ?`);
const besideReports = query<
  [],
  { readonly n: number; readonly id: Buffer; readonly at: number; readonly what: string }
>(`SELECT n, id, at, what FROM erased WHERE what <> '' ORDER BY n`);
const atOf = query<[id: Uint8Array], number>(`SELECT at FROM erased WHERE id = ?`);
const lastLine = query<[], { readonly n: number; readonly id: Buffer }>(`
  SELECT n, id FROM erased ORDER BY n DESC LIMIT 1`);
const lastBeside = query<[], number | null>(`SELECT max(n) FROM erased WHERE what <> ''`);
const countLines = query<[], number>(`SELECT count(*) FROM erased`);
const oldestLines = query<[limit: number], number>(`SELECT n FROM erased ORDER BY n LIMIT 1 OFFSET ?`);
const newestOf = query<[n: number], number | null>(`SELECT max(at) FROM erased WHERE n < ?`);
const deleteBelow = query<[n: number]>(`DELETE FROM erased WHERE n < ?`);
const selectFrom = query<[], number>(
  `SELECT CAST(CAST(value AS TEXT) AS INTEGER) FROM settings WHERE name = 'erased_from'`,
);
const setFrom = query<[value: string]>(`
  INSERT INTO settings (name, value) VALUES ('erased_from', CAST(? AS BLOB))
  ON CONFLICT (name) DO UPDATE SET value = excluded.value`);
const namesOfAccount = query<[name: string], string>(`
  SELECT name FROM account_names WHERE account_id = (SELECT account_id FROM account_names WHERE name = ?) ORDER BY name`);
const hasTable = query<[], number>(`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'erased'`);

const OF_PAGE = 5000;

/** The secret of the store, under which names are hashed. */
export function journalSecret(connection: Connection): Uint8Array {
  return selectSecret(connection).pluck().get() ?? Buffer.alloc(0);
}

/** Which store it is: the same in every backup of it, and tells nothing of it. */
export function storeIdOf(connection: Connection): string {
  return createHash('sha256')
    .update('backups of ')
    .update(journalSecret(connection))
    .digest('hex')
    .slice(0, 32);
}

/** A report was erased. */
export function noteErasedReport(connection: Connection, crashId: string, now: number): void {
  const id = keyedHash(journalSecret(connection), 'report', crashId);
  putLine(connection).run(Buffer.from(id, 'hex'), now, '');
}

/** Somebody with an account of this server was. */
export function noteErasedMember(connection: Connection, mail: string, now: number): void {
  const hashed = keyedHash(journalSecret(connection), 'mail', mailHashOf(mail));
  put(connection, { id: randomBytes(16).toString('hex'), at: now, what: { kind: 'member', mail: hashed } });
}

/** An erasure was confirmed, or ended: the later line of one takes the place of the earlier. What a search found is noted report by report. */
export function noteErased(connection: Connection, erasureId: number, wish: ErasureWish, now: number): void {
  for (const one of oneAddress(wish).flatMap((each) => underEachName(connection, each))) {
    const what = erasedWhat(connection, one);
    const id = keyedHash(journalSecret(connection), 'erasure', `${erasureId} ${JSON.stringify(what)}`);
    put(connection, { id, at: now, what });
  }
}

type Criterion = Exclude<ErasureWish, { kind: 'search' }>;

/** A person may be told by an address and by the hash of another one. */
function oneAddress(wish: ErasureWish): readonly Criterion[] {
  if (wish.kind === 'search') return [];
  if (wish.kind !== 'person' || wish.mail === null || wish.mailHash === null) return [wish];
  return [
    { ...wish, mailHash: null },
    { ...wish, mail: null },
  ];
}

/** A backup from before the account was renamed knows it by an older name, which no other account ever gets. */
function underEachName(connection: Connection, wish: Criterion): readonly Criterion[] {
  if (typeof wish.account !== 'string') return [wish];
  const wishes: Criterion[] = [];
  for (const account of namesOfAccount(connection).pluck().all(wish.account))
    wishes.push({ ...wish, account });
  return wishes.length === 0 ? [wish] : wishes;
}

function put(connection: Connection, { id, at, what }: ErasedLine): void {
  putLine(connection).run(Buffer.from(id, 'hex'), at, what.kind === 'report' ? '' : JSON.stringify(what));
}

function erasedWhat(connection: Connection, wish: Criterion): ErasedWhat {
  const secret = journalSecret(connection);
  const hashed = (sort: 'account' | 'product', name: string | null | undefined): string | null =>
    name === null || name === undefined ? null : keyedHash(secret, sort, name);
  const within = { account: hashed('account', wish.account), product: hashed('product', wish.product) };
  if (wish.kind === 'product' || wish.kind === 'account') {
    const account = keyedHash(secret, 'account', wish.account);
    return { kind: 'product', account, product: within.product };
  }
  if (wish.kind === 'before') return { kind: 'before', before: wish.before, ...within };
  if (wish.kind === 'installation') {
    const installation = keyedName(secret, 'installation', wish.installation);
    return { kind: 'installation', installation, ...within };
  }
  const mail = wish.mail === null ? (wish.mailHash?.toLowerCase() ?? null) : mailHashOf(wish.mail);
  return {
    kind: 'person',
    user: wish.user === null ? null : keyedName(secret, 'user', wish.user),
    mail: mail === null ? null : keyedHash(secret, 'mail', mail),
    ...within,
  };
}

/** Lines of elsewhere that hold here, too. */
export function keepErased(connection: Connection, lines: readonly ErasedLine[]): void {
  for (const { id, at, what } of lines)
    putKnown(connection).run(Buffer.from(id, 'hex'), at, what.kind === 'report' ? '' : JSON.stringify(what));
}

/** Forgets the oldest lines beyond the bound. */
export function forgetErased(connection: Connection, keep = MAX_JOURNAL_LINES): void {
  const over = (countLines(connection).pluck().get() ?? 0) - keep;
  if (over <= 0) return;
  const first = oldestLines(connection).pluck().get(over);
  if (first === undefined) return;
  const from = Math.max(newestOf(connection).pluck().get(first) ?? 0, erasedFrom(connection));
  setFrom(connection).run(String(from));
  deleteBelow(connection).run(first);
}

export function erasedFrom(connection: Connection): number {
  return selectFrom(connection).pluck().get() ?? 0;
}

/** The whole journal of a store. One of a version that had none has no lines. */
export function readJournal(connection: Connection): ErasureJournal {
  const store = storeIdOf(connection);
  if (hasTable(connection).get() === undefined) return { store, from: 0, lines: [] };
  const lines: ErasedLine[] = [];
  for (let after = 0; ;) {
    const page = numberedLines(connection, after, OF_PAGE);
    lines.push(...page.map(({ line }) => line));
    const last = page.at(-1);
    if (last === undefined) break;
    after = last.n;
  }
  return { store, from: erasedFrom(connection), lines };
}

/** Lines with their numbers, after one. */
export function numberedLines(
  connection: Connection,
  after: number,
  limit: number,
): readonly { readonly n: number; readonly line: ErasedLine }[] {
  return linesAfter(connection)
    .all(after, limit)
    .flatMap((row) => numbered(row));
}

/** What was erased by what it is, and the number of the last such line. */
export function criteriaLines(connection: Connection): readonly ErasedLine[] {
  return besideReports(connection)
    .all()
    .flatMap((row) => numbered(row).map(({ line }) => line));
}

export function lastCriterion(connection: Connection): number {
  return lastBeside(connection).pluck().get() ?? 0;
}

function numbered({
  n,
  id,
  at,
  what,
}: {
  readonly n: number;
  readonly id: Buffer;
  readonly at: number;
  readonly what: string;
}): readonly { readonly n: number; readonly line: ErasedLine }[] {
  const read =
    what === '' ? ({ kind: 'report' } as const) : whatOf(JSON.parse(what) as Record<string, unknown>);
  return read === null ? [] : [{ n, line: { id: id.toString('hex'), at, what: read } }];
}

/** Whether a report of this crash id was erased. */
export function isErasedReport(connection: Connection, crashId: string): boolean {
  const id = keyedHash(journalSecret(connection), 'report', crashId);
  return atOf(connection).get(Buffer.from(id, 'hex')) !== undefined;
}

/** The last line; null: there is none. */
export function lastErased(connection: Connection): { readonly n: number; readonly id: string } | null {
  const last = lastLine(connection).get();
  return last === undefined ? null : { n: last.n, id: last.id.toString('hex') };
}

/** Of these lines, those that a store does not know. What it has forgotten, or never knew because it was erased before that, is none of them. */
export function unknownTo(connection: Connection, lines: readonly ErasedLine[]): readonly ErasedLine[] {
  if (hasTable(connection).get() === undefined) return lines;
  const from = erasedFrom(connection);
  return lines.filter(({ id, at }) => {
    const known = atOf(connection).pluck().get(Buffer.from(id, 'hex'));
    return at > from && (known === undefined || known < at);
  });
}
