// Reports of which a query selects a crash, newest first, as rows of the report list.
import type { FoundReports, ReportSearch } from '../../crash-search.ts';
import type { ReportRow } from '../../reports.ts';
import type { QueryFault } from '../../../search/query/query-fault.ts';
import type { Connection } from '../database/query.ts';
import { listedRow } from '../read/list-reports.ts';
import { askFacts } from './ask-facts.ts';

const MAX_PAGE = 200;

/** A report whose crashes fall on two pages stands on both. */
export function foundReports(
  connection: Connection,
  { products, query, page, whole = false }: ReportSearch,
  now: number,
): { readonly found: FoundReports } | { readonly fault: QueryFault } {
  const asked = askFacts(
    connection,
    {
      products,
      query,
      facets: [],
      histogram: null,
      distinct: [],
      numbers: [],
      whole,
      list: {
        columns: [],
        sort: { key: 'received', descending: true },
        limit: Math.min(Math.max(Math.floor(page.limit), 1), MAX_PAGE),
        cursor: page.cursor ?? null,
      },
    },
    now,
  );
  if ('fault' in asked) return asked;
  const { list, next, crashes, complete, counted, existing, waiting } = asked.answer;
  const rows = [...new Set(list.map(({ report }) => report))].flatMap((report): ReportRow[] => {
    const row = listedRow(connection, report);
    return row === null ? [] : [row];
  });
  return { found: { rows, next, crashes, complete, counted, existing, waiting } };
}
