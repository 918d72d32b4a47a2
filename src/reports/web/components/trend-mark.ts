// The mark of a bug on the rise, with its numbers on hover.
import { html } from 'hono/html';
import type { BugTrend } from '../../../store/crash-analysis.ts';
import type { Html } from '../page.ts';
import { rateText } from './release-figures.ts';
import { count } from './value-table.ts';

/** A spike says more than a rise. */
export function trendMark(trend: BugTrend): Html | null {
  if (trend.spike === null && trend.rise === null) return null;
  return html`<span class="tag broken" title="${trendWords(trend)}">${trend.spike === null ? 'rising' : 'spike'}</span> `;
}

/** What the mark means, in numbers. */
export function trendWords({ spike, rise, installations }: BugTrend): string {
  const week = `${count(installations)} installations in the last 7 days`;
  if (spike !== null) {
    return `${count(spike.seen)} installations today, ${rateText(spike.expected)} on such a weekday; ${week}`;
  }
  if (rise === null) return week;
  return rise.ratio === null
    ? `${week}, none in the three weeks before`
    : `${week}, ${rateText(rise.ratio)} times as many as in the weeks before`;
}
