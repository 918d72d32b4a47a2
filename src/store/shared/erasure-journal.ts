// The erasure journal: what was erased, in lines that an older backup can be brought up to date with. Names of people, installations, products
// and crash ids stand in it as hashes under a secret of the store (HMAC-SHA-256): only who has the store, or a backup of it, can compare them.
import { createHmac } from 'node:crypto';
import { markOfName } from './named-persons.ts';

/** Keyed hashes; null: everywhere. */
interface Within {
  readonly account: string | null;
  readonly product: string | null;
}

/** What was erased. */
export type ErasedWhat =
  /** One report; the line's id is the hash of its crash id. */
  | { readonly kind: 'report' }
  | ({ readonly kind: 'person'; readonly user: string | null; readonly mail: string | null } & Within)
  | ({ readonly kind: 'installation'; readonly installation: string } & Within)
  /** `product` null: every product of the account. */
  | { readonly kind: 'product'; readonly account: string; readonly product: string | null }
  /** What arrived before a moment, milliseconds since 1970. */
  | ({ readonly kind: 'before'; readonly before: number } & Within)
  /** Somebody with an account of this server. */
  | { readonly kind: 'member'; readonly mail: string };

/** A line. One with the same `id` that is later takes its place. */
export interface ErasedLine {
  /** 32 hexadecimal digits. */
  readonly id: string;
  /** Milliseconds since 1970: what arrived later is not meant. */
  readonly at: number;
  readonly what: ErasedWhat;
}

export interface ErasureJournal {
  /** Which store it is of: `storeIdOf`. */
  readonly store: string;
  /** Lines up to this moment may be missing: they were too many, and the oldest went. Milliseconds since 1970; 0: none. */
  readonly from: number;
  readonly lines: readonly ErasedLine[];
}

export const JOURNAL_FORMAT = 'mayday-erasures';
const VERSION = 1;
/** The most lines that a store keeps, and that are taken from a file. */
export const MAX_JOURNAL_LINES = 1_000_000;
/** The most bytes of a file. */
export const MAX_JOURNAL_BYTES = 512 * 1024 * 1024;

/** What kinds of names are hashed apart, so that a product and a user of one name have nothing in common. */
type Sort = 'report' | 'user' | 'mail' | 'installation' | 'account' | 'product' | 'erasure';

/** The hash under a store's secret. */
export function keyedHash(secret: Uint8Array, sort: Sort, text: string): string {
  return createHmac('sha256', secret).update(`erased ${sort}\0${text}`).digest('hex').slice(0, 32);
}

/** That of a user or an installation, from its mark (`markOfName`), which is all that sums and sessions have. */
export function keyedMark(secret: Uint8Array, sort: 'user' | 'installation', mark: Uint8Array): string {
  return keyedHash(secret, sort, Buffer.from(mark).toString('hex'));
}

export function keyedName(secret: Uint8Array, sort: 'user' | 'installation', name: string): string {
  return keyedMark(secret, sort, markOfName(name));
}

/** The name of the file that a store's journal lies in, wherever that is. */
export function journalName(store: string): string {
  return `erasures-${store.slice(0, 12)}.jsonl`;
}

export function isJournalName(name: string): boolean {
  return /^erasures-[0-9a-f]{12}\.jsonl$/.test(name);
}

/** Whether a file was set aside because it could not be read: by a server, or by hand. */
export function isDamagedName(name: string): boolean {
  return /^erasures-[0-9a-f]{12}\.jsonl\.damaged/.test(name);
}

/** The first line of a file. `written`: how many lines it had then, and the number of the last one. */
export function journalHead(
  { store, from }: Pick<ErasureJournal, 'store' | 'from'>,
  written: { readonly lines: number; readonly upTo: number } | null = null,
): string {
  return `${JSON.stringify({ format: JOURNAL_FORMAT, version: VERSION, store, from, ...written })}\n`;
}

/** One line; `n`: its number in the store, 0 where it came from elsewhere. */
export function journalLine({ id, at, what }: ErasedLine, n = 0): string {
  return `${JSON.stringify({ n, id, at, ...what })}\n`;
}

/** Both together: of each line the latest. */
export function mergeJournals(one: ErasureJournal, other: ErasureJournal): ErasureJournal {
  const lines = new Map<string, ErasedLine>();
  for (const line of [...one.lines, ...other.lines]) {
    const known = lines.get(line.id);
    if (known === undefined || known.at < line.at) lines.set(line.id, line);
  }
  const sorted = [...lines.values()].sort((a, b) => a.at - b.at);
  return { store: one.store, from: Math.min(one.from, other.from), lines: sorted };
}

/**
 * What a store knows, and what a file of it said before. The file had taken in what the rows have forgotten since, as long as its newest line is not
 * older than that.
 */
export function continueJournal(own: ErasureJournal, before: ErasureJournal): ErasureJournal {
  const newest = before.lines.reduce((latest, { at }) => Math.max(latest, at), 0);
  const from = own.from <= newest ? before.from : Math.max(own.from, before.from);
  return { ...mergeJournals(own, before), from };
}

/** At most so many lines: the oldest go, and are known to be missing. */
export function boundJournal(journal: ErasureJournal, max = MAX_JOURNAL_LINES): ErasureJournal {
  const over = journal.lines.length - max;
  if (over <= 0) return journal;
  const sorted = journal.lines.toSorted((a, b) => a.at - b.at);
  const from = Math.max(journal.from, sorted[over - 1]?.at ?? 0);
  return { store: journal.store, from, lines: sorted.slice(over) };
}

/** What can still be read of a file that `parseJournal` refuses. */
export function readableLines(text: string): readonly ErasedLine[] {
  const found: ErasedLine[] = [];
  for (const each of text.split('\n')) {
    const line = lineOf(jsonOf(each));
    if (line !== null) found.push(line);
    if (found.length >= MAX_JOURNAL_LINES * 2) break;
  }
  return found;
}

/**
 * Reads a file. A last line without its end was cut off by a kill, and is passed over. Throws a sentence where it is no journal, one of a newer
 * version, or damaged.
 */
export function parseJournal(text: string, where: string): ErasureJournal {
  const [head = '', ...rest] = text.split('\n');
  const fields = jsonOf(head);
  if (fields?.['format'] !== JOURNAL_FORMAT) throw new Error(`${where} is no journal of erasures.`);
  const { version, store, from } = fields;
  if (typeof version === 'number' && version > VERSION)
    throw new Error(`${where} was written by a newer version of Mayday. Use that version or a newer one.`);
  if (typeof store !== 'string' || !/^[0-9a-f]{32}$/.test(store) || !isMoment(from))
    throw new Error(`${where} is damaged: its first line does not say which store it is of.`);
  // What stands behind the last end of a line.
  rest.pop();
  if (rest.length > MAX_JOURNAL_LINES * 2) throw new Error(`${where} has more lines than any journal.`);
  const lines = rest.map((line, index) => {
    const read = lineOf(jsonOf(line));
    if (read === null) throw new Error(`${where} is damaged: line ${index + 2} is no line of a journal.`);
    return read;
  });
  return { store, from, lines };
}

function jsonOf(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function isMoment(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function isHash(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{32}$/.test(value);
}

function isHashOrNull(value: unknown): value is string | null {
  return value === null || isHash(value);
}

function lineOf(fields: Readonly<Record<string, unknown>> | null): ErasedLine | null {
  if (fields === null || !isHash(fields['id']) || !isMoment(fields['at'])) return null;
  const what = whatOf(fields);
  return what === null ? null : { id: fields['id'], at: fields['at'], what };
}

/** What a line, or the column of a row, says; null: nothing that this version knows. */
export function whatOf(fields: Readonly<Record<string, unknown>>): ErasedWhat | null {
  const { kind, user, mail, installation, account, product, before } = fields;
  if (kind === 'report') return { kind };
  if (kind === 'member') return isHash(mail) ? { kind, mail } : null;
  if (!isHashOrNull(account) || !isHashOrNull(product)) return null;
  const within = { account, product };
  if (kind === 'person')
    return isHashOrNull(user) && isHashOrNull(mail) ? { kind, user, mail, ...within } : null;
  if (kind === 'installation') return isHash(installation) ? { kind, installation, ...within } : null;
  if (kind === 'product') return account === null ? null : { kind, account, product };
  if (kind === 'before') return isMoment(before) ? { kind, before, ...within } : null;
  return null;
}
