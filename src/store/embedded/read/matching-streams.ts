// Which kinds and states a filter selects: the streams of keys that a list merges.
import type { ReportState } from '../../../report/report.ts';
import type { ReportFilter } from '../../reports.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { productIdsWithin } from '../database/products-within.ts';

/** The reports of one kind in one state; of a mixed kind, those with one version or platform. */
export interface Stream {
  readonly kindId: number;
  readonly state: ReportState;
  readonly loose: { readonly column: 'version' | 'platform'; readonly value: string } | null;
}

interface KindCounts extends Readonly<Record<ReportState, number>> {
  readonly id: number;
}

type KindFilter = Pick<ReportFilter, 'account' | 'product' | 'protocol' | 'version' | 'platform'> & {
  /** JSON of ids. */
  readonly products?: string;
};

const STATES = ['queued', 'deferred', 'processed', 'failed'] as const;

/** The streams of a filter, or null where it selects no kinds: then every report is in. */
export function matchingStreams(connection: Connection, filter: ReportFilter): readonly Stream[] | null {
  const { account, product, protocol, version, platform, state } = filter;
  const ids = filter.within === undefined ? null : productIdsWithin(connection, { within: filter.within });
  const products = ids === null ? undefined : JSON.stringify(ids);
  const wanted = { account, product, protocol, version, platform, products };
  if (state === undefined && Object.values(wanted).every((value) => value === undefined)) return null;
  const exact = findKinds(connection, wanted, 'kinds.mixed = 0');
  const mixed = findKinds(connection, { account, product, protocol, products }, 'kinds.mixed = 1');
  return [
    ...streamsOf(exact, state, null),
    ...streamsOf(mixed, state, looseBy('version', version) ?? looseBy('platform', platform)),
  ];
}

function looseBy(column: 'version' | 'platform', value: string | undefined): Stream['loose'] {
  return value === undefined ? null : { column, value };
}

function streamsOf(
  kinds: readonly KindCounts[],
  state: ReportState | undefined,
  loose: Stream['loose'],
): readonly Stream[] {
  const streams: Stream[] = [];
  for (const kind of kinds) {
    for (const each of state === undefined ? STATES : [state]) {
      if (kind[each] > 0) streams.push({ kindId: kind.id, state: each, loose });
    }
  }
  return streams;
}

/** One condition for each field of the filter. Only those that are given are asked, so that their indexes are used. */
const CONDITIONS = {
  account: 'accounts.name = @account',
  product: 'products.name = @product',
  protocol: 'kinds.protocol = @protocol',
  version: 'kinds.version = @version',
  platform: 'kinds.platform = @platform',
  products: 'kinds.product_id IN (SELECT value FROM json_each(@products))',
} as const;

const prepared = new Map<string, ReturnType<typeof query<[KindFilter], KindCounts>>>();

function findKinds(
  connection: Connection,
  filter: { readonly [F in keyof typeof CONDITIONS]?: string | undefined },
  mixed: 'kinds.mixed = 0' | 'kinds.mixed = 1',
): readonly KindCounts[] {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined);
  const conditions = given.map(([name]) => CONDITIONS[name as keyof typeof CONDITIONS]);
  const sql = `
    SELECT kinds.id, kinds.queued, kinds.deferred, kinds.processed, kinds.failed
    FROM kinds
    JOIN products ON products.id = kinds.product_id
    JOIN accounts ON accounts.id = products.account_id
    WHERE ${[mixed, ...conditions].join(' AND ')}`;
  let statement = prepared.get(sql);
  if (statement === undefined) prepared.set(sql, (statement = query<[KindFilter], KindCounts>(sql)));
  return statement(connection).all(Object.fromEntries(given));
}
