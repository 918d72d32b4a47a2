// When this database was in use: it writes down every few minutes that it is. What came into being at another time was written beside another
// database (an empty or older one was put in its place, or a backup was put back), so nothing about it follows from its having no row here:
// no sweep takes it, and `mayday repair` gives it a row.
import { query, type Connection } from './query.ts';

/** So often a running server writes down that it runs. */
export const SIGN_INTERVAL_MS = 5 * 60_000;
/** A longer silence is a time in which no server ran on this database; a shorter one may be a server that was killed. */
const SILENCE_MS = 15 * 60_000;
/** More are joined, the oldest first: a server that is started by the hour has that many in a week. */
const MAX_SILENCES = 200;
/** Times of files come from another, coarser clock. */
const CLOCK_ERROR_MS = 2000;

type Span = readonly [from: number, to: number];

/** Milliseconds since 1970. */
export interface Lifetime {
  /** When its first migration ran; 0 where its clock was ahead of today's, so that it tells nothing. */
  readonly createdAt: number;
  /** The last sign; null: none yet. */
  readonly aliveAt: number | null;
  /** Times without a sign, oldest first. */
  readonly silences: readonly Span[];
}

const firstMigration = query<[], number | null>(`SELECT min(applied_at) FROM migrations`);
const selectSigns = query<[], Buffer>(`SELECT value FROM settings WHERE name = 'signs_of_life'`);
const storeSigns = query<[value: Buffer]>(`
  INSERT INTO settings (name, value) VALUES ('signs_of_life', ?)
  ON CONFLICT (name) DO UPDATE SET value = excluded.value`);

/** As it stands now: a silence that has just ended is among them. */
export function readLifetime(connection: Connection, now: number): Lifetime {
  const createdAt = firstMigration(connection).pluck().get() ?? 0;
  const { aliveAt, silences } = signsOf(selectSigns(connection).pluck().get());
  return {
    createdAt: createdAt > now ? 0 : createdAt,
    aliveAt,
    silences: aliveAt === null ? silences : withSilence(silences, aliveAt, now),
  };
}

/** Writes down that the database is in use, and the silence that ends with it. Inside a transaction. */
export function noteLife(connection: Connection, now: number): void {
  const { silences } = readLifetime(connection, now);
  storeSigns(connection).run(Buffer.from(JSON.stringify({ aliveAt: now, silences })));
}

const forgetSigns = query<[]>(`DELETE FROM settings WHERE name = 'signs_of_life'`);
const makeOldest = query<[]>(`
  UPDATE migrations SET applied_at = 0 WHERE number = (SELECT min(number) FROM migrations)`);

/** After a repair, which gave everything a row or moved it aside: whatever its age, no file is foreign any more. */
export function vouchForFiles(connection: Connection): void {
  forgetSigns(connection).run();
  makeOldest(connection).run();
}

/** Whether what came into being at this moment was not written beside this database: before it was made, or while it was silent. */
export function isForeign(lifetime: Lifetime, at: number): boolean {
  return isOlder(lifetime, at) || lifetime.silences.some(([from, to]) => at > from && at < to);
}

/** Whether a moment lies before the database was made. */
export function isOlder({ createdAt }: Lifetime, at: number): boolean {
  return at < createdAt - CLOCK_ERROR_MS;
}

function withSilence(silences: readonly Span[], aliveAt: number, now: number): readonly Span[] {
  if (now - aliveAt <= SILENCE_MS) return silences;
  const all: readonly Span[] = [...silences, [aliveAt + SILENCE_MS, now]];
  if (all.length <= MAX_SILENCES) return all;
  const [first, second, ...rest] = all;
  return first === undefined || second === undefined ? rest : [[first[0], second[1]], ...rest];
}

/** What cannot be read tells nothing. */
function signsOf(value: Buffer | undefined): Pick<Lifetime, 'aliveAt' | 'silences'> {
  const none = { aliveAt: null, silences: [] };
  if (value === undefined) return none;
  try {
    const { aliveAt, silences } = JSON.parse(value.toString()) as Partial<Record<keyof Lifetime, unknown>>;
    if (typeof aliveAt !== 'number' || !Array.isArray(silences)) return none;
    return { aliveAt, silences: silences.filter(isSpan) };
  } catch {
    return none;
  }
}

function isSpan(value: unknown): value is Span {
  return Array.isArray(value) && value.length === 2 && value.every((each) => typeof each === 'number');
}
