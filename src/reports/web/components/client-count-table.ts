// What clients sent, or lost before it reached us, that is no report: one table, added up over days.
import { html } from 'hono/html';
import type { ClientFate } from '../../../report/client-rules.ts';
import type { DayCount } from '../../../store/client-keys.ts';
import { excerpt } from '../../view/excerpt.ts';
import type { Html } from '../page.ts';
import { table } from './table.ts';
import { count } from './value-table.ts';

const FATES: Readonly<Record<ClientFate, string>> = {
  lost: 'lost before they reached us',
  discarded: 'not kept',
  filtered: 'left out by a filter',
  limited: 'over the limit of its key',
  refused: 'damaged, too large or too old',
};
const MAX_ROWS = 50;

/** The largest counts of `days` days. */
export function clientCountsSection(counts: readonly DayCount[], days: number): Html | null {
  if (counts.length === 0) return null;
  const sums = new Map<string, DayCount>();
  for (const one of counts) {
    const key = JSON.stringify([one.fate, one.kind, one.reason, one.sdk]);
    const known = sums.get(key);
    sums.set(key, known === undefined ? one : { ...known, count: known.count + one.count });
  }
  const rows = [...sums.values()].toSorted((a, b) => b.count - a.count).slice(0, MAX_ROWS);
  return html`<section aria-labelledby="client-counts">
    <h2 id="client-counts">Not among the reports <span class="quiet">${days} days</span></h2>
    ${table({
      caption: 'What clients sent, or lost, that is no report',
      rows,
      columns: [
        { label: 'What became of it', cell: ({ fate }) => FATES[fate] },
        { label: 'Kind', cell: ({ kind }) => excerpt(kind, 80).text },
        { label: 'Reason', cell: ({ reason }) => excerpt(reason, 80).text },
        { label: 'SDK', cell: ({ sdk }) => excerpt(sdk, 80).text, wideOnly: true },
        { label: 'Number', cell: (row) => count(row.count), number: true },
      ],
    })}
  </section>`;
}
