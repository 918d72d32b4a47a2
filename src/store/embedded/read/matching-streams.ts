// Which kinds and states a filter selects: the streams of keys that a list merges.
import type { ReportState } from '../../../report/report.ts';
import type { ReportFilter } from '../../reports.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

/** The reports of one kind in one state. */
export interface Stream {
  readonly kindId: number;
  readonly state: ReportState;
  readonly count: number;
}

interface KindCounts extends Readonly<Record<ReportState, number>> {
  readonly id: number;
}

interface KindFilter {
  readonly account: string | null;
  readonly product: string | null;
  readonly protocol: string | null;
  readonly version: string | null;
  readonly platform: string | null;
}

const matchingKinds = query<[KindFilter], KindCounts>(`
  SELECT kinds.id, kinds.queued, kinds.deferred, kinds.processed, kinds.failed
  FROM kinds
  JOIN products ON products.id = kinds.product_id
  JOIN accounts ON accounts.id = products.account_id
  WHERE (@account IS NULL OR accounts.name = @account)
    AND (@product IS NULL OR products.name = @product)
    AND (@protocol IS NULL OR kinds.protocol = @protocol)
    AND (@version IS NULL OR kinds.version = @version OR kinds.mixed = 1)
    AND (@platform IS NULL OR kinds.platform = @platform OR kinds.mixed = 1)`);

const STATES = ['queued', 'deferred', 'processed', 'failed'] as const;

/** The streams of a filter, or null where it selects no kinds: then every report is in. */
export function matchingStreams(connection: Connection, filter: ReportFilter): readonly Stream[] | null {
  const { account, product, protocol, version, platform, state } = filter;
  const wanted = [account, product, protocol, version, platform];
  if (state === undefined && wanted.every((value) => value === undefined)) return null;
  const states = state === undefined ? STATES : [state];
  return matchingKinds(connection)
    .all({
      account: account ?? null,
      product: product ?? null,
      protocol: protocol ?? null,
      version: version ?? null,
      platform: platform ?? null,
    })
    .flatMap((kind) =>
      states
        .map((state) => ({ kindId: kind.id, state, count: kind[state] }))
        .filter(({ count }) => count > 0),
    );
}
