// Lists reports for a person. A search for text looks into protected annotations too, so for people without that right
// each hit is checked against the public ones: otherwise they could guess protected values by searching for them.
import type { Page, PageRequest, ReportFilter, ReportRow } from '../../store/reports.ts';
import type { Person } from '../auth/person.ts';
import type { ReportsContext } from '../reports-context.ts';
import { publicNames, seenAnnotations } from '../view/visibility.ts';

/**
 * Pages of the store that are looked through for one answer. A store may give a short page with a cursor (it looked at
 * many rows and few fit), and hits may be dropped here; after this many rounds the list goes on from where it stopped.
 */
const MAX_ROUNDS = 20;

/** One page of reports, newest first, that a person may see; it may be short, and even empty, with a cursor that goes on. */
export async function listVisibleReports(
  context: ReportsContext,
  person: Person,
  options: { readonly filter: ReportFilter; readonly page: PageRequest },
): Promise<Page<ReportRow>> {
  const { filter, page } = options;
  const words = (filter.text ?? '')
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const check = words.length > 0 && !person.seesProtected;
  const rows: ReportRow[] = [];
  let cursor = page.cursor;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const hits = await context.store.reports.listReports(filter, {
      limit: page.limit - rows.length,
      ...(cursor !== undefined && { cursor }),
    });
    for (const row of hits.rows) {
      if (!check || (await matchesPublicly(context, person, { row, words }))) rows.push(row);
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
