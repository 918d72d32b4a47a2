// Records of bugs: what they are, what people did with them, and the reports by which another store finds its own bug for each.
import type { Store } from '../../store/store.ts';
import type { ExportFilter } from './export-format.ts';
import type { RecordPage } from './export-reports.ts';

const PAGE = 100;
const MAX_EVENTS = 10_000;
const MAX_MERGES = 1000;

/** A page of bugs of chosen products, with their history, oldest line first. */
export async function bugPage(
  store: Store,
  filter: ExportFilter,
  cursor: string | null,
): Promise<RecordPage> {
  const { account, product } = filter;
  const { rows, next } = await store.bugs.listBugs(
    {
      ...(account !== undefined && { account }),
      ...(product !== undefined && { product }),
      order: 'first_seen',
      reversed: true,
    },
    { limit: PAGE, ...(cursor !== null && { cursor }) },
  );
  const records = [];
  for (const { id } of rows) {
    const bug = await store.bugs.getBug(id);
    if (bug === null) continue;
    const {
      last28Days: _days,
      lastWeek: _week,
      bars: _bars,
      callers: _callers,
      newestReport: _newest,
      ...fields
    } = bug;
    const events = await store.bugs.eventsOf(id, MAX_EVENTS);
    const merges = await store.bugs.mergesOf(id, MAX_MERGES);
    records.push({
      record: 'bug' as const,
      ...fields,
      events: events.toReversed(),
      mergedFrom: merges.map(({ id: from, title, by, at }) => ({ id: from, title, by, at })),
      counts: await store.bugs.placesOf(id),
    });
  }
  return { records, next };
}
