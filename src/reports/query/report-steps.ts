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

/** Of more crashes within one second than these some may be passed over under a filter. */
const LOOKED_AT = 50;
const SECOND_MS = 1000;

interface Place {
  readonly second: number;
  readonly crashId: string;
}

export async function reportSteps(
  seen: SeenStore,
  bug: Pick<Bug, 'id' | 'account' | 'product'>,
  crashId: string,
  query: Query | null,
): Promise<ReportSteps> {
  if (query === null) return seen.reportNeighbours(bug.id, crashId);
  const report = await seen.getReport(crashId);
  if (report === null) return { newer: null, older: null };
  const here: Place = { second: Math.floor(report.receivedAt / SECOND_MS), crashId };
  const next = async (op: '<=' | '>='): Promise<string | null> => {
    const until = here.second * SECOND_MS + (op === '<=' ? SECOND_MS - 1 : 0);
    const text = new Date(until).toISOString();
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
        columns: ['crash_id', 'received'],
        sort: { key: 'received', descending: op === '<=' },
        limit: LOOKED_AT,
        cursor: null,
      },
    });
    if ('fault' in found) return null;
    const sign = op === '<=' ? -1 : 1;
    const [nearest] = found.answer.list
      .flatMap(({ values: [id, at] }): readonly Place[] =>
        typeof id === 'string' ? [{ second: Math.floor(Number(at) / SECOND_MS), crashId: id }] : [],
      )
      .filter((place) => sign * compare(place, here) > 0)
      .toSorted((a, b) => sign * compare(a, b));
    return nearest?.crashId ?? null;
  };
  const [older, newer] = await Promise.all([next('<='), next('>=')]);
  return { newer, older };
}

/** Times of searches are seconds: within one the crash id decides, so that a walk comes by each report once and never back. */
function compare(a: Place, b: Place): number {
  return a.second - b.second || (a.crashId < b.crashId ? -1 : a.crashId > b.crashId ? 1 : 0);
}
