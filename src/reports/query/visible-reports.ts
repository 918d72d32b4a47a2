// Lists reports for a person. A search for text looks into protected annotations too, so for people without that right
// each hit is checked against the public ones: otherwise they could guess protected values by searching for them.
import type { Page, PageRequest, ReportFilter, ReportRow } from '../../store/reports.ts';
import type { Person } from '../auth/person.ts';
import type { ReportsContext } from '../context.ts';
import { publicNames, seenAnnotations } from '../view/visibility.ts';

/** Pages of hits that are looked through for one answer; a list goes on from where it stopped. */
const MAX_ROUNDS = 20;

/** One page of reports, newest first, that a person may see. */
export async function listVisibleReports(
  context: ReportsContext,
  person: Person,
  options: { readonly filter: ReportFilter; readonly page: PageRequest },
): Promise<Page<ReportRow>> {
  const { filter, page } = options;
  const { reports } = context.store;
  if (filter.text === undefined || person.seesProtected) return reports.listReports(filter, page);
  const words = filter.text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const rows: ReportRow[] = [];
  let cursor = page.cursor;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const hits = await reports.listReports(filter, {
      limit: page.limit - rows.length,
      ...(cursor !== undefined && { cursor }),
    });
    for (const row of hits.rows) {
      if (await matchesPublicly(context, person, { row, words })) rows.push(row);
    }
    if (hits.next === null || rows.length === page.limit) return { rows, next: hits.next };
    cursor = hits.next;
  }
  return { rows, next: cursor ?? null };
}

async function matchesPublicly(
  context: ReportsContext,
  person: Person,
  hit: { readonly row: ReportRow; readonly words: readonly string[] },
): Promise<boolean> {
  const report = await context.store.reports.getReport(hit.row.crashId);
  if (report === null) return false;
  const names = await publicNames(context, report);
  const { annotations } = seenAnnotations(report.annotations, names, person);
  const text = annotations
    .map(({ key, value }) => `${key}\n${value}`)
    .join('\n')
    .toLowerCase();
  return hit.words.every((word) => text.includes(word));
}
