// Answers a search: binds it to what the reader sees, and asks the engine over the chunks of all products.
import type { SearchAnswer, SearchKey, SearchQuestion, SearchedProduct } from '../../crash-search.ts';
import { answerQuestion } from '../../../search/engine/answer-question.ts';
import type { Chunk } from '../../../search/engine/chunk.ts';
import { seenChunk } from '../../../search/engine/chunk.ts';
import { withBugs } from '../../../search/engine/with-bugs.ts';
import type { Place } from '../../../search/engine/question.ts';
import { BUG_FIELD, FIELDS } from '../../../search/fields.ts';
import { bindQuery, keysNamed } from '../../../search/query/bind-query.ts';
import type { KnownKeys } from '../../../search/query/bind-query.ts';
import type { QueryFault } from '../../../search/query/query-fault.ts';
import type { CompareVersions } from '../../../report/version-schemes.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { userAnnotation } from '../database/user-annotation.ts';
import { productVersionOrder } from '../database/version-rules.ts';
import { bugsOfCases } from './bugs-of-cases.ts';
import { chunksOf, keysUsed, usesKey } from './fact-chunks.ts';
import { SeenKeys } from './fact-keys.ts';

/** So long a question may take; what was counted until then is answered. */
const LIMIT_MS = 2000;
/** Where all is to be counted: what a reader thread may take at most, but for the time to answer. */
const WHOLE_LIMIT_MS = 9000;

const productId = query<[account: string, product: string], number>(`
  SELECT products.id FROM products JOIN accounts ON accounts.id = products.account_id
  WHERE accounts.name = ? AND products.name = ?`);
/**
 * Of the products that are searched alone: reports of others would use up the limit, and tell that they are there. Crash ids are
 * hexadecimal, so `g` comes after whatever goes on from a beginning.
 */
const reportsBeginning = query<
  [from: string, to: string, products: string, limit: number],
  { report: number; receivedAt: number }
>(`
  SELECT reports.id AS report, reports.received_at AS receivedAt FROM reports JOIN kinds ON kinds.id = reports.kind_id
  WHERE crash_id >= ? AND crash_id < ? AND kinds.product_id IN (SELECT value FROM json_each(?)) LIMIT ?`);
const crashIdOf = query<[report: number], string>(`SELECT crash_id FROM reports WHERE id = ?`);
const waitingReports = query<[productId: number], number>(`
  SELECT ifnull(sum(queued), 0) FROM kinds WHERE product_id = ?`);

interface Found {
  readonly id: number;
  readonly sees: (key: number) => boolean;
}

function findProducts(
  connection: Connection,
  keys: SeenKeys,
  products: readonly SearchedProduct[],
): readonly Found[] {
  return products.flatMap((product) => {
    const id = productId(connection).pluck().get(product.account, product.product);
    return id === undefined ? [] : [{ id, sees: keys.sight(product) }];
  });
}

/**
 * The keys that the reader knows: those that a crash of one of the products has. One that only reports of others have is answered as one that
 * nobody has, or its name could be found out by guessing.
 */
function knownKeys(connection: Connection, keys: SeenKeys, products: readonly Found[]): KnownKeys {
  return {
    reported: (name, section) =>
      keys.named(name, section, (key) =>
        products.some(({ id, sees }) => sees(key) && usesKey(connection, id, key)),
      ),
    namesUsers: () => products.flatMap(({ id }) => userAnnotation(connection, id) ?? []),
    reportsOf: (beginning, limit) =>
      reportsBeginning(connection).all(
        beginning,
        `${beginning}g`,
        JSON.stringify(products.map(({ id }) => id)),
        limit,
      ),
  };
}

/** The crashes of products as the reader sees them, product by product, the newest of each first. */
function seenChunks(connection: Connection, products: readonly Found[]): readonly Chunk[] {
  const chunks: Chunk[] = [];
  let bugs: ((inCase: number) => number) | undefined;
  const cases = (): ((inCase: number) => number) => (bugs ??= bugsOfCases(connection));
  for (const { id, sees } of products) {
    const order = productVersionOrder(connection, id);
    for (const chunk of chunksOf(connection, id)) {
      chunks.push({ ...seenChunk(withBugs(chunk, cases), sees), order });
    }
  }
  return chunks;
}

/** What one reader may ask about: for questions that are not those of `askFacts`. */
export interface OpenedFacts {
  readonly chunks: readonly Chunk[];
  readonly known: KnownKeys;
  /** Numbers and names of all keys that reports brought and the reader sees. */
  readonly reported: readonly { readonly id: number; readonly section: string; readonly name: string }[];
  /** Whether the time of a question is up. */
  readonly out: () => boolean;
}

export function openFacts(
  connection: Connection,
  asked: readonly SearchedProduct[],
  { whole = false }: { readonly whole?: boolean } = {},
): OpenedFacts {
  const keys = new SeenKeys(connection);
  const products = findProducts(connection, keys, asked);
  const ends = performance.now() + (whole ? WHOLE_LIMIT_MS : LIMIT_MS);
  return {
    chunks: seenChunks(connection, products),
    known: knownKeys(connection, keys, products),
    reported: keys.all((key) => products.some(({ sees }) => sees(key))),
    out: () => performance.now() > ends,
  };
}

/** What is wrong with a query; null: it can be asked. */
export function queryFault(
  connection: Connection,
  searched: readonly SearchedProduct[],
  { query: asked, names }: { readonly query: SearchQuestion['query']; readonly names: readonly string[] },
  now: number,
): QueryFault | null {
  const keys = new SeenKeys(connection);
  const known = knownKeys(connection, keys, findProducts(connection, keys, searched));
  const bound = bindQuery(asked, known, now);
  return 'fault' in bound ? bound.fault : unknownName(names, known);
}

function unknownName(names: readonly string[], known: KnownKeys): QueryFault | null {
  const unknown = names.find((name) => keysNamed(name, known).keys.length === 0);
  return unknown === undefined ? null : { problem: `No report has a "${unknown}".`, at: 0 };
}

/** The answer, or what is wrong with the question. */
export function askFacts(
  connection: Connection,
  asked: SearchQuestion,
  now: number,
): { readonly answer: SearchAnswer } | { readonly fault: QueryFault } {
  const keys = new SeenKeys(connection);
  const products = findProducts(connection, keys, asked.products);
  const known = knownKeys(connection, keys, products);
  const bound = bindQuery(asked.query, known, now);
  if ('fault' in bound) return bound;
  const unknown = unknownName(namesOf(asked), known);
  if (unknown !== null) return { fault: unknown };
  const keyOf = (name: string): number => keysNamed(name, known).keys[0] ?? 0;
  const chunks = seenChunks(connection, products);
  const ends = performance.now() + (asked.whole === true ? WHOLE_LIMIT_MS : LIMIT_MS);
  const { list, ...answer } = answerQuestion(
    chunks,
    {
      query: bound.query,
      facets: asked.facets.map(({ key, top, distinct, days, within }) => ({
        key: keyOf(key),
        top,
        distinct: distinct === null ? null : keyOf(distinct),
        days,
        ...(within !== undefined && { within: { key: keyOf(within.key), top: within.top } }),
      })),
      histogram: asked.histogram,
      distinct: asked.distinct.map(keyOf),
      numbers: asked.numbers.map(keyOf),
      list:
        asked.list === null
          ? null
          : {
              columns: asked.list.columns.map((name) =>
                name === CRASH_ID ? FIELDS.report.key : keyOf(name),
              ),
              sort: {
                key: keyOf(asked.list.sort.key),
                descending: asked.list.sort.descending,
                ...sortOrder(connection, products, keyOf(asked.list.sort.key)),
              },
              limit: asked.list.limit,
              after: placeOf(asked.list.cursor),
            },
    },
    () => performance.now() > ends,
  );
  return {
    answer: {
      ...answer,
      list: asked.list === null ? [] : withCrashIds(connection, list.rows, asked.list.columns),
      next: list.next === null ? null : Buffer.from(JSON.stringify(list.next)).toString('base64url'),
      waiting: products.reduce((sum, { id }) => sum + (waitingReports(connection).pluck().get(id) ?? 0), 0),
    },
  };
}

/** The column of crash ids would be as large as all others together, and a list shows few: they are read from the reports. */
const CRASH_ID = 'crash_id';

function withCrashIds(
  connection: Connection,
  rows: SearchAnswer['list'],
  columns: readonly string[],
): SearchAnswer['list'] {
  const at = columns.indexOf(CRASH_ID);
  if (at < 0) return rows;
  return rows.map((row) => {
    const values = [...row.values];
    const crashId = crashIdOf(connection).pluck().get(row.report) ?? null;
    for (const [index, name] of columns.entries()) if (name === CRASH_ID) values[index] = crashId;
    return { report: row.report, position: row.position, values };
  });
}

/** Versions are sorted as their product orders them; several products share the general order. */
function sortOrder(
  connection: Connection,
  products: readonly Found[],
  key: number,
): { readonly order?: CompareVersions } {
  const [only] = products;
  if (key !== FIELDS.version.key || only === undefined || products.length > 1) return {};
  return { order: productVersionOrder(connection, only.id) };
}

function namesOf({ facets, distinct, numbers, list }: SearchQuestion): readonly string[] {
  const ofFacets = facets.flatMap(({ key, distinct: counted, within }) => [
    key,
    ...(counted === null ? [] : [counted]),
    ...(within === undefined ? [] : [within.key]),
  ]);
  return [...ofFacets, ...distinct, ...numbers, ...(list === null ? [] : [...list.columns, list.sort.key])];
}

/** A cursor that nobody gave begins at the beginning. */
function placeOf(cursor: string | null): Place | null {
  if (cursor === null) return null;
  try {
    const place = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as Partial<Place> | null;
    if (typeof place?.report !== 'number' || typeof place.position !== 'number') return null;
    const { value } = place;
    if (value !== null && typeof value !== 'string' && typeof value !== 'number') return null;
    return { value, report: place.report, position: place.position };
  } catch {
    return null;
  }
}

/** The keys that a reader knows: fields, then what reports brought. */
export function listSearchKeys(
  connection: Connection,
  products: readonly SearchedProduct[],
  onlyUsed = false,
): readonly SearchKey[] {
  const keys = new SeenKeys(connection);
  const found = findProducts(connection, keys, products);
  const sees = (key: number): boolean => found.some((product) => product.sees(key));
  const fields = Object.entries({ ...FIELDS, bug: BUG_FIELD })
    .filter(([name, { key }]) => name !== 'seq' && name !== 'case' && sees(key))
    .map(([name, { about }]) => ({ name, about, isField: true, isProtected: false }));
  const seen = keys.all(sees);
  const ids = seen.map(({ id }) => id);
  const used = onlyUsed ? new Set(found.flatMap(({ id }) => keysUsed(connection, id, ids))) : null;
  const shown = used === null ? seen : seen.filter(({ id }) => used.has(id));
  const reported = shown.map((key) => ({
    name: `${key.section}.${key.name}`,
    about: '',
    isField: false,
    isProtected: key.protected === 1,
  }));
  return [...fields, ...reported];
}
