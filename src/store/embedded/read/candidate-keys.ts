// Keys of reports that a list should look at, newest first: never fewer than match, sometimes more.
import type { ReportFilter } from '../../reports.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import type { Stream } from './matching-streams.ts';
import { installationNumber } from '../database/installation-number.ts';
import { isEncrypted } from '../database/sealing-functions.ts';
import { ftsExpression } from '../../shared/search-words.ts';

/** `from` ≤ key < `before`. */
export interface KeyRange {
  readonly from: number;
  readonly before: number;
}

/** What is looked for. */
export interface Search {
  readonly filter: ReportFilter;
  readonly range: KeyRange;
  /** Null: every kind. */
  readonly streams: readonly Stream[] | null;
  readonly words: readonly string[];
  /** About how many keys the caller will take. */
  readonly wanted: number;
}

/** Up to so many streams are merged at once; beyond, the newest reports are looked through first. */
const FEW_STREAMS = 50;
/** So many of the newest reports are looked through: about as long as merging the streams would take. */
const LOOK_THROUGH = { perStream: 2, atMost: 4000 };

/** The keys, without end in sight for the caller: a generator that reads as it is asked. */
export function* candidateKeys(connection: Connection, search: Search): Generator<number> {
  const { filter, range, streams, words, wanted } = search;
  if (streams?.length === 0 || range.from >= range.before) return;
  // An encrypted store has no index of words: reports are looked through, newest first.
  const fts = isEncrypted(connection) ? null : ftsExpression(words);
  if (fts !== null) {
    yield* paged(
      range,
      (before, count) => keysOfWords(connection).pluck().all(fts, range.from, before, count),
      wanted,
    );
    return;
  }
  const numbers = installationNumbers(connection, filter);
  if (numbers !== null) {
    const list = JSON.stringify(numbers);
    yield* paged(
      range,
      (before, count) => keysOfInstallations(connection).pluck().all(list, range.from, before, count),
      wanted,
    );
    return;
  }
  if (streams === null) {
    yield* paged(
      range,
      (before, count) => keysOfAll(connection).pluck().all(range.from, before, count),
      wanted,
    );
    return;
  }
  yield* keysOfStreams(connection, streams, range, wanted);
}

const keysOfWords = query<[expression: string, from: number, before: number, limit: number], number>(`
  SELECT rowid FROM report_words
  WHERE report_words MATCH ? AND rowid >= ? AND rowid < ?
  ORDER BY rowid DESC LIMIT ?`);

const keysOfInstallations = query<[numbers: string, from: number, before: number, limit: number], number>(`
  SELECT id FROM reports
  WHERE installation_number IN (SELECT value FROM json_each(?)) AND id >= ? AND id < ?
  ORDER BY id DESC LIMIT ?`);

const productIds = query<[{ account: string | null; product: string | null }], number>(`
  SELECT products.id FROM products JOIN accounts ON accounts.id = products.account_id
  WHERE accounts.name = ifnull(@account, accounts.name) AND products.name = ifnull(@product, products.name)`);

/** The numbers that reports of the installation have, one for each product; null where the filter names none. */
function installationNumbers(connection: Connection, filter: ReportFilter): readonly number[] | null {
  const { installation, installationNumber: number, account = null, product = null } = filter;
  if (number !== undefined) return [number];
  if (installation === undefined) return null;
  return productIds(connection)
    .pluck()
    .all({ account, product })
    .map((productId) => installationNumber(connection, productId, installation));
}

const keysOfAll = query<[from: number, before: number, limit: number], number>(`
  SELECT id FROM reports WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT ?`);

const keysAndStreams = query<
  [from: number, before: number, limit: number],
  { id: number; kindId: number; state: string }
>(`
  SELECT id, kind_id AS kindId, state FROM reports WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT ?`);

type StreamParameters = [kindId: number, state: string, from: number, before: number, limit: number];

const keysOfStream = query<StreamParameters, number>(`
  SELECT id FROM reports INDEXED BY reports_by_kind
  WHERE kind_id = ? AND state = ? AND id >= ? AND id < ?
  ORDER BY id DESC LIMIT ?`);

const looseKeys = {
  version: query<[version: string, ...StreamParameters], number>(`
    SELECT id FROM reports INDEXED BY reports_loose_by_version
    WHERE loose = 1 AND version = ? AND kind_id = ? AND state = ? AND id >= ? AND id < ?
    ORDER BY id DESC LIMIT ?`),
  platform: query<[platform: string, ...StreamParameters], number>(`
    SELECT id FROM reports INDEXED BY reports_loose_by_platform
    WHERE loose = 1 AND platform = ? AND kind_id = ? AND state = ? AND id >= ? AND id < ?
    ORDER BY id DESC LIMIT ?`),
};

/** Asks page by page, so that no statement is left open between the keys. */
function* paged(
  range: KeyRange,
  read: (before: number, count: number) => readonly number[],
  wanted: number,
): Generator<number> {
  let { before } = range;
  for (let count = wanted; ; count = 1000) {
    const keys = read(before, count);
    yield* keys;
    if (keys.length < count) return;
    before = keys.at(-1) ?? 0;
  }
}

function* keysOfStreams(
  connection: Connection,
  streams: readonly Stream[],
  range: KeyRange,
  wanted: number,
): Generator<number> {
  let { before } = range;
  if (streams.length > FEW_STREAMS) {
    const included = new Set(streams.map(({ kindId, state }) => `${kindId} ${state}`));
    const budget = Math.min(streams.length * LOOK_THROUGH.perStream, LOOK_THROUGH.atMost);
    for (let looked = 0, count = 2 * wanted; looked < budget; looked += count, count *= 2) {
      const newest = keysAndStreams(connection).all(range.from, before, count);
      for (const { id, kindId, state } of newest) {
        before = id;
        if (included.has(`${kindId} ${state}`)) yield id;
      }
      if (newest.length < count) return;
    }
  }
  for (;;) {
    const keys = newestOfStreams(connection, streams, { from: range.from, before }, wanted);
    yield* keys;
    if (keys.length < wanted) return;
    before = keys.at(-1) ?? 0;
  }
}

/** The newest `count` keys of all streams together. */
function newestOfStreams(
  connection: Connection,
  streams: readonly Stream[],
  range: KeyRange,
  count: number,
): readonly number[] {
  const heads = streams
    .map((stream) => ({ stream, head: keysOf(connection, stream, range, 1)[0] ?? -1 }))
    .filter(({ head }) => head >= 0)
    .sort((a, b) => b.head - a.head);
  // The first `count` heads are that many keys already: only streams that begin above the last of them have more to say.
  const from = heads[count - 1]?.head ?? range.from;
  return heads
    .slice(0, count)
    .flatMap(({ stream }) => keysOf(connection, stream, { from, before: range.before }, count))
    .sort((a, b) => b - a)
    .slice(0, count);
}

function keysOf(
  connection: Connection,
  { kindId, state, loose }: Stream,
  { from, before }: KeyRange,
  count: number,
): readonly number[] {
  return loose === null
    ? keysOfStream(connection).pluck().all(kindId, state, from, before, count)
    : looseKeys[loose.column](connection).pluck().all(loose.value, kindId, state, from, before, count);
}
