// From one report of a bug to the next newer and older one, under the filter that its page has.
import type { Query } from '../../search/query/query-tree.ts';
import type { Bug } from '../../store/bugs.ts';
import type { SeenStore } from '../gate/gate.ts';
import { ofBug } from './bug-under-filter.ts';
import { allOf } from './crash-filter.ts';

export interface ReportSteps {
  readonly newer: string | null;
  readonly older: string | null;
}

/** Reports that arrived within the same second may be passed over under a filter: its times are seconds. */
const LOOKED_AT = 5;

export async function reportSteps(
  seen: SeenStore,
  bug: Pick<Bug, 'id' | 'account' | 'product'>,
  crashId: string,
  query: Query | null,
): Promise<ReportSteps> {
  if (query === null) return seen.reportNeighbours(bug.id, crashId);
  const report = await seen.getReport(crashId);
  if (report === null) return { newer: null, older: null };
  const { receivedAt } = report;
  const next = async (op: '<=' | '>='): Promise<string | null> => {
    const text = new Date(receivedAt).toISOString();
    const found = await seen.search({
      account: bug.account,
      product: bug.product,
      query: ofBug(
        bug.id,
        allOf([query, { is: 'clause', key: 'received', conditions: [{ op, text }], at: 0 }]),
      ),
      facets: [],
      histogram: null,
      distinct: [],
      numbers: [],
      list: {
        columns: ['crash_id'],
        sort: { key: 'received', descending: op === '<=' },
        limit: LOOKED_AT,
        cursor: null,
      },
    });
    if ('fault' in found) return null;
    const other = found.answer.list.map(({ values: [id] }) => id).find((id) => id !== crashId);
    return typeof other === 'string' ? other : null;
  };
  const [older, newer] = await Promise.all([next('<='), next('>=')]);
  return { newer, older };
}
