// Everything that the page and the API show of one bug, read at once.
import type { BugStore } from '../../store/bugs.ts';
import type { WholeBug } from '../view/bug-json.ts';

/** Days of the charts of a bug. */
export const BUG_DAYS = 56;
const MAX_CASES = 50;
const VALUES_PER_KEY = 8;
const MAX_EVENTS = 200;

/** Null: there is no such bug. */
export async function readWholeBug(bugs: BugStore, id: number): Promise<WholeBug | null> {
  const bug = await bugs.getBug(id);
  if (bug === null) return null;
  const [cases, series, values, versions, events] = await Promise.all([
    bugs.casesOf(id, MAX_CASES),
    bugs.seriesOf(id, BUG_DAYS),
    bugs.valuesOf(id, VALUES_PER_KEY),
    bugs.versionsOf(id),
    bugs.eventsOf(id, MAX_EVENTS),
  ]);
  return { bug, cases, series, values, versions, events };
}
