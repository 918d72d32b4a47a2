// Lists reports for a person. Without the right, words are looked for in public annotations only, by the store, so that neither rows
// nor cursors tell of a word that stands in a protected one.
import type { Page, PageRequest, ReportFilter, ReportRow, ReportStore } from '../../store/reports.ts';

/**
 * Pages of the store that are looked through for one answer: a store may give a short page with a cursor (it looked at many rows and
 * few fit). After so many the list goes on from where it stopped.
 */
const MAX_ROUNDS = 5;

/** One page of reports, newest first; it may be short, and even empty, with a cursor that goes on. */
export async function listVisibleReports(
  reports: ReportStore,
  options: {
    readonly filter: ReportFilter;
    readonly page: PageRequest;
    /** Names of annotations that are public for every product; null: the person sees all of them. */
    readonly publicNames: readonly string[] | null;
  },
): Promise<Page<ReportRow>> {
  const { filter, page, publicNames } = options;
  const asked =
    publicNames === null || (filter.text ?? '').trim() === '' ? filter : { ...filter, textIn: publicNames };
  const rows: ReportRow[] = [];
  let cursor = page.cursor;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const hits = await reports.listReports(asked, {
      limit: page.limit - rows.length,
      ...(cursor !== undefined && { cursor }),
    });
    rows.push(...hits.rows);
    if (hits.next === null || rows.length >= page.limit) return { rows, next: hits.next };
    cursor = hits.next;
  }
  return { rows, next: cursor ?? null };
}
