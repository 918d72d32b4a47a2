// Answers a search: binds it to what the reader sees, and asks the engine over the chunks of all products.
import type { SearchAnswer, SearchKey, SearchQuestion, SearchedProduct } from '../../crash-search.ts';
import { answerQuestion } from '../../../search/engine/answer-question.ts';
import type { Chunk } from '../../../search/engine/chunk.ts';
import { seenChunk, withBugs } from '../../../search/engine/chunk.ts';
import type { Place } from '../../../search/engine/question.ts';
import { BUG_FIELD, FIELDS } from '../../../search/fields.ts';
import { bindQuery, keysNamed } from '../../../search/query/bind-query.ts';
import type { KnownKeys } from '../../../search/query/bind-query.ts';
import type { QueryFault } from '../../../search/query/query-fault.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { chunksOf } from './fact-chunks.ts';
import { SeenKeys } from './fact-keys.ts';

/** So long a question may take; what was counted until then is answered. */
const LIMIT_MS = 2000;

const productId = query<[account: string, product: string], number>(`
  SELECT products.id FROM products JOIN accounts ON accounts.id = products.account_id
  WHERE accounts.name = ? AND products.name = ?`);
const casesOfProduct = query<[productId: number], { id: number; bugId: number }>(`
  SELECT cases.id, ifnull(bugs.duplicate_of, bugs.id) AS bugId
  FROM bugs JOIN cases ON cases.bug_id = bugs.id WHERE bugs.product_id = ?`);
const waitingReports = query<[productId: number], number>(`
  SELECT ifnull(sum(queued), 0) FROM kinds WHERE product_id = ?`);

interface Found {
  readonly id: number;
  readonly sees: (key: number) => boolean;
}

function readBugOfCase(connection: Connection, product: number): ReadonlyMap<number, number> {
  const rows = casesOfProduct(connection).all(product);
  return new Map(rows.map(({ id, bugId }) => [id, bugId]));
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

/** The answer, or what is wrong with the question. */
export function askFacts(
  connection: Connection,
  asked: SearchQuestion,
  now: number,
): { readonly answer: SearchAnswer } | { readonly fault: QueryFault } {
  const keys = new SeenKeys(connection);
  const products = findProducts(connection, keys, asked.products);
  const known: KnownKeys = {
    reported: (name, section) => keys.named(name, section, (key) => products.some(({ sees }) => sees(key))),
  };
  const bound = bindQuery(asked.query, known, now);
  if ('fault' in bound) return bound;
  const unknown = namesOf(asked).find((name) => keysNamed(name, known).keys.length === 0);
  if (unknown !== undefined) return { fault: { problem: `No report has a "${unknown}".`, at: 0 } };
  const keyOf = (name: string): number => keysNamed(name, known).keys[0] ?? 0;
  const chunks: Chunk[] = [];
  for (const { id, sees } of products) {
    let bugs: ReadonlyMap<number, number> | undefined;
    const bugOfCase = (): ReadonlyMap<number, number> => (bugs ??= readBugOfCase(connection, id));
    chunks.push(...chunksOf(connection, id).map((chunk) => seenChunk(withBugs(chunk, bugOfCase), sees)));
  }
  const ends = performance.now() + LIMIT_MS;
  const { list, ...answer } = answerQuestion(
    chunks,
    {
      query: bound.query,
      facets: asked.facets.map(({ key, top, distinct, days }) => ({
        key: keyOf(key),
        top,
        distinct: distinct === null ? null : keyOf(distinct),
        days,
      })),
      histogram: asked.histogram,
      distinct: asked.distinct.map(keyOf),
      numbers: asked.numbers.map(keyOf),
      list:
        asked.list === null
          ? null
          : {
              columns: asked.list.columns.map(keyOf),
              sort: { key: keyOf(asked.list.sort.key), descending: asked.list.sort.descending },
              limit: asked.list.limit,
              after: placeOf(asked.list.cursor),
            },
    },
    () => performance.now() > ends,
  );
  return {
    answer: {
      ...answer,
      list: list.rows,
      next: list.next === null ? null : Buffer.from(JSON.stringify(list.next)).toString('base64url'),
      waiting: products.reduce((sum, { id }) => sum + (waitingReports(connection).pluck().get(id) ?? 0), 0),
    },
  };
}

function namesOf({ facets, distinct, numbers, list }: SearchQuestion): readonly string[] {
  const ofFacets = facets.flatMap(({ key, distinct: counted }) =>
    counted === null ? [key] : [key, counted],
  );
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
): readonly SearchKey[] {
  const keys = new SeenKeys(connection);
  const found = findProducts(connection, keys, products);
  const sees = (key: number): boolean => found.some((product) => product.sees(key));
  const fields = Object.entries({ ...FIELDS, bug: BUG_FIELD })
    .filter(([name, { key }]) => name !== 'seq' && name !== 'case' && sees(key))
    .map(([name, { about }]) => ({ name, about, isField: true }));
  const reported = keys
    .all(sees)
    .map(({ section, name }) => ({ name: `${section}.${name}`, about: '', isField: false }));
  return [...fields, ...reported];
}
