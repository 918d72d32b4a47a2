// The rows of the audit log: lines that are added in the writer's transaction, each chained to the one before, whichever process wrote that.
// Triggers refuse every change, and every deletion but that of the oldest (migration 30).
import type { AuditDetail, AuditEntry, AuditFilter, AuditLine, AuditStart } from '../../audit.ts';
import type { Page, PageRequest } from '../../reports.ts';
import { auditHash } from '../../shared/audit-chain.ts';
import { cursorAfter, keyOfCursor } from '../../shared/cursor.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';

interface Row extends Omit<AuditLine, 'who' | 'detail'> {
  readonly person: number | null;
  readonly way: AuditLine['who']['way'];
  readonly token: number | null;
  readonly detail: string;
}

const COLUMNS = `id, at, person, way, token, what, object, network, outcome, detail, hash`;

const selectStart = query<[], AuditStart>(`SELECT id, hash FROM audit_start`);
const selectLast = query<[], AuditStart>(`SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1`);
const insertLine = query<
  [
    id: number,
    at: number,
    person: number | null,
    way: string,
    token: number | null,
    what: string,
    object: string,
    network: string,
    outcome: string,
    detail: string,
    hash: string,
  ]
>(`INSERT INTO audit (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
const selectNewest = query<[], number>(`SELECT seq FROM sqlite_sequence WHERE name = 'audit'`);

/** An entry on its way to the writer thread. */
export interface DatedEntry {
  readonly entry: AuditEntry;
  readonly at: number;
}

/** Adds lines to the end of the chain. */
export function addAudit(
  { connection }: Pick<WriteContext, 'connection'>,
  entries: readonly DatedEntry[],
): void {
  let last = selectLast(connection).get() ?? auditStart(connection);
  for (const { entry, at } of entries) {
    const line = { ...bounded(entry), id: last.id + 1, at };
    const hash = auditHash(last.hash, line);
    const { id, who, what, object, network, outcome } = line;
    insertLine(connection).run(
      id,
      at,
      who.person,
      who.way,
      who.token,
      what,
      object,
      network,
      outcome,
      JSON.stringify(line.detail),
      hash,
    );
    last = { id, hash };
  }
}

const MAX_WHAT = 80;
const MAX_OBJECT = 400;
const MAX_DETAIL = 2000;
const MAX_VALUE = 200;

function bounded(entry: AuditEntry): AuditEntry {
  const short: Record<string, AuditDetail[string]> = {};
  for (const [name, value] of Object.entries(entry.detail)) {
    short[cut(name, MAX_WHAT)] = typeof value === 'string' ? cut(value, MAX_VALUE) : value;
  }
  const detail = JSON.stringify(short).length > MAX_DETAIL ? { cut: true } : short;
  return {
    ...entry,
    what: cut(entry.what, MAX_WHAT),
    object: cut(entry.object, MAX_OBJECT),
    network: cut(entry.network, MAX_WHAT),
    detail,
  };
}

/** Well-formed, so that what is read back gives the same hash. */
function cut(text: string, max: number): string {
  return text
    .replace(/[\u0000-\u001f\u007f]+/g, ' ')
    .slice(0, max)
    .toWellFormed();
}

export function auditStart(connection: Connection): AuditStart {
  return selectStart(connection).get() ?? { id: 0, hash: '' };
}

/** The number of the last line that was ever written. */
export function lastAuditNumber(connection: Connection): number {
  return selectNewest(connection).pluck().get() ?? 0;
}

const selectAfter = query<[id: number, limit: number], Row>(`
  SELECT ${COLUMNS} FROM audit WHERE id > ? ORDER BY id LIMIT ?`);
const MAX_LINES = 5000;

export function auditAfter(connection: Connection, id: number, limit: number): readonly AuditLine[] {
  return selectAfter(connection).all(id, Math.min(limit, MAX_LINES)).map(lineOf);
}

/** With a person, an object, or neither: each has an index of its own, newest first. */
const selectMatching = query<
  [
    {
      before: number;
      person: number | null;
      what: string | null;
      beginning: string | null;
      object: string | null;
      outcome: string | null;
      from: number | null;
      to: number | null;
      limit: number;
    },
  ],
  Row
>(`
  SELECT ${COLUMNS} FROM audit
  WHERE id < @before AND (@person IS NULL OR person = @person) AND (@what IS NULL OR what = @what)
    AND (@beginning IS NULL OR substr(what, 1, length(@beginning)) = @beginning)
    AND (@object IS NULL OR object = @object) AND (@outcome IS NULL OR outcome = @outcome)
    AND (@from IS NULL OR at >= @from) AND (@to IS NULL OR at < @to)
  ORDER BY id DESC LIMIT @limit`);

export function listAudit(connection: Connection, filter: AuditFilter, page: PageRequest): Page<AuditLine> {
  const limit = Math.min(Math.max(Math.floor(page.limit), 1), MAX_LINES);
  const isBeginning = filter.what?.endsWith('*') === true;
  const found = selectMatching(connection).all({
    before: keyOfCursor(page.cursor) ?? Number.MAX_SAFE_INTEGER,
    person: filter.person ?? null,
    what: isBeginning ? null : (filter.what ?? null),
    beginning: isBeginning ? (filter.what?.slice(0, -1) ?? null) : null,
    object: filter.object ?? null,
    outcome: filter.outcome ?? null,
    from: filter.from ?? null,
    to: filter.to ?? null,
    limit: limit + 1,
  });
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  return {
    rows: shown.map(lineOf),
    next: found.length > limit && last !== undefined ? cursorAfter(last.id) : null,
  };
}

function lineOf({ person, way, token, detail, ...rest }: Row): AuditLine {
  return { ...rest, who: { person, way, token }, detail: JSON.parse(detail) as AuditDetail };
}

/** What a line takes with its indexes, about. */
const LINE_BYTES = 500;
/** All lines together take an eighth of the store's space at most. */
const MAX_SHARE = 8;
const LEAST_LINES = 1000;
const DAY_MS = 86_400_000;

/** `+`: a short walk by id, not one through the index by age. */
const firstSince = query<[after: number, upTo: number, since: number], number>(`
  SELECT id FROM audit WHERE id > ? AND id <= ? AND +at >= ? ORDER BY id LIMIT 1`);
const hashOf = query<[id: number], string>(`SELECT hash FROM audit WHERE id = ?`);
const moveStart = query<[id: number, hash: string]>(`UPDATE audit_start SET id = ?, hash = ?`);
const deleteUpTo = query<[id: number]>(`DELETE FROM audit WHERE id <= ?`);
/** So many lines go in one step. */
const STEP = 2000;

/** How many lines a store of this limit keeps. */
export function keptAuditLines(maxBytes: number): number {
  return Math.max(LEAST_LINES, Math.floor(maxBytes / MAX_SHARE / LINE_BYTES));
}

/** Forgets lines past their age, and the oldest beyond the bound, some at a time; gives how many went. The chain then begins behind them. */
export function forgetAudit(
  { connection }: WriteContext,
  limits: { readonly keepDays: number | null; readonly maxBytes: number; readonly now: number },
): number {
  const newest = selectLast(connection).get()?.id ?? 0;
  const first = auditStart(connection).id;
  const end = Math.min(newest, first + STEP);
  const aged =
    limits.keepDays === null ? 0 : lastOfAged(connection, first, end, limits.now - limits.keepDays * DAY_MS);
  const upTo = Math.min(Math.max(aged, newest - keptAuditLines(limits.maxBytes)), end);
  const hash = upTo <= first ? undefined : hashOf(connection).pluck().get(upTo);
  if (hash === undefined) return 0;
  moveStart(connection).run(upTo, hash);
  return deleteUpTo(connection).run(upTo).changes;
}

/** Only lines before the first young one: a line behind it that says an early time was written under a wrong clock. Where none is young, all. */
function lastOfAged(connection: Connection, first: number, end: number, since: number): number {
  const young = firstSince(connection).pluck().get(first, end, since);
  return young === undefined ? end : young - 1;
}
