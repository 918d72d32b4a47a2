// Charts: bars as inline SVG, zero-based, made on the server. docs/decisions says why no library draws them.
// Each chart has a name for screen readers and its numbers in a table or in that name.
import { html } from 'hono/html';
import { excerpt } from '../../view/excerpt.ts';
import type { Html } from '../page.ts';
import { count } from './value-table.ts';

const DAY_MS = 86_400_000;
/** Width and height of a sparkline's drawing. */
const SPARK_STEP = 4;
const SPARK_HEIGHT = 20;

/** The bars of some numbers as one path: `width` of each `step`, at least one unit high where there is something. */
function barsPath(
  values: readonly number[],
  size: { readonly step: number; readonly width: number; readonly height: number; readonly most: number },
): string {
  return values
    .map((value, at) => {
      if (value <= 0) return '';
      const high = Math.max(1, Math.round((value / size.most) * size.height));
      return `M${at * size.step} ${size.height}v-${high}h${size.width}v${high}z`;
    })
    .join('');
}

/** Four weeks in a list: a bar for each day, with a line under each week. */
export function sparkline(values: readonly number[], label: string): Html {
  const most = Math.max(1, ...values);
  const width = values.length * SPARK_STEP;
  const path = barsPath(values, { step: SPARK_STEP, width: SPARK_STEP - 1, height: SPARK_HEIGHT, most });
  // A gap in the base line after every seven days.
  const base = Array.from(
    { length: Math.ceil(values.length / 7) },
    (_, week) => `M${week * 7 * SPARK_STEP} ${SPARK_HEIGHT + 2}h${7 * SPARK_STEP - 2}`,
  ).join('');
  return html`<svg
    class="spark"
    viewBox="0 0 ${width} ${SPARK_HEIGHT + 3}"
    role="img"
    aria-label="${label}: ${values.join(' ')}"
  >
    <path class="base" d="${base}" />
    <path class="bars" d="${path}" />
  </svg>`;
}

/** One row of numbers of a chart by day. */
export interface DaySeries {
  readonly name: string;
  /** As many as there are days. */
  readonly values: readonly number[];
}

/** The days (`yyyy-mm-dd`, UTC) that end today. */
export function lastDays(days: number, now: number): readonly string[] {
  return Array.from({ length: days }, (_, at) =>
    new Date(now - (days - 1 - at) * DAY_MS).toISOString().slice(0, 10),
  );
}

const CHART_HEIGHT = 96;
const CHART_STEP = 12;
/** Colours that the style sheet has: the last stands for all others. */
export const MAX_SERIES = 6;

/** Bars by day, stacked; the numbers stand in a table that opens below. */
export function dayChart(options: {
  readonly title: string;
  readonly days: readonly string[];
  /** Bottom first, at most MAX_SERIES. */
  readonly series: readonly DaySeries[];
  /** What each bar is; default: a day. */
  readonly unit?: 'day' | 'hour';
}): Html {
  const { title, days, series, unit = 'day' } = options;
  const totals = days.map((_, at) => series.reduce((sum, { values }) => sum + (values[at] ?? 0), 0));
  const most = Math.max(1, ...totals);
  const width = days.length * CHART_STEP;
  const lows = days.map(() => 0);
  const paths = series.map(({ values }) => {
    const path: string[] = [];
    days.forEach((_, at) => {
      const low = lows[at] ?? 0;
      const high = low + (values[at] ?? 0);
      lows[at] = high;
      // Edges are rounded, not heights: the parts of a bar then add up to the whole of it.
      const bottom = Math.round((low / most) * CHART_HEIGHT);
      const top = high > low ? Math.max(bottom + 1, Math.round((high / most) * CHART_HEIGHT)) : bottom;
      if (top > bottom) {
        path.push(`M${at * CHART_STEP + 1} ${CHART_HEIGHT - bottom}v-${top - bottom}h10v${top - bottom}z`);
      }
    });
    return path.join('');
  });
  const total = totals.reduce((sum, value) => sum + value, 0);
  return html`<figure class="chart">
    <figcaption>${title} <span class="quiet">${count(total)} in ${days.length} ${unit}s</span></figcaption>
    <div class="plot">
      <span class="most" aria-hidden="true">${count(most)}</span>
      <svg viewBox="0 0 ${width} ${CHART_HEIGHT + 1}" preserveAspectRatio="none" role="img" aria-label="${title}: ${count(total)} in ${days.length} ${unit}s, at most ${count(most)} in ${unit === 'day' ? 'a day' : 'an hour'}. The table below has the numbers.">
        ${paths.map((path, at) => html`<path class="s${at}" d="${path}" />`)}
        <path class="base" d="M0 ${CHART_HEIGHT + 0.5}h${width}" />
      </svg>
      <span class="ends quiet" aria-hidden="true"><span>${days[0] ?? ''}</span><span>${days.at(-1) ?? ''}</span></span>
    </div>
    ${series.length > 1 ? html`<ul class="legend">${series.map(({ name }, at) => html`<li><span class="key k${at}"></span>${excerpt(name, 60).text}</li>`)}</ul>` : null}
    <details>
      <summary class="quiet">Numbers</summary>
      ${dayTable(options, totals)}
    </details>
  </figure>`;
}

/** Only the days on which something happened: the table stays short, and a missing day is a zero. */
function dayTable(
  { title, days, series, unit = 'day' }: Parameters<typeof dayChart>[0],
  totals: readonly number[],
): Html {
  const several = series.length > 1;
  return html`<table class="numbers">
    <caption class="unseen">
      ${title}; ${unit}s without any are left out
    </caption>
    <thead>
      <tr>
        <th scope="col">${unit === 'day' ? 'Day' : 'Hour'}</th>
        ${series.map(({ name }) => html`<th scope="col" class="number">${several ? excerpt(name, 40).text : 'Crashes'}</th>`)}
        ${several ? html`<th scope="col" class="number">All</th>` : null}
      </tr>
    </thead>
    <tbody>
      ${days.map((day, at) =>
        totals[at] === 0
          ? null
          : html`<tr><th scope="row">${day}</th>${series.map(({ values }) => html`<td class="number">${count(values[at] ?? 0)}</td>`)}${several ? html`<td class="number">${count(totals[at] ?? 0)}</td>` : null}</tr>`,
      )}
    </tbody>
  </table>`;
}

/** Horizontal bars in a table: names, numbers, and a bar that says the same. */
export function barTable(options: {
  readonly caption: string;
  readonly nameLabel: string;
  readonly rows: readonly {
    readonly name: Html | string;
    readonly value: number;
    readonly more?: Html | string | null;
  }[];
}): Html {
  const most = Math.max(1, ...options.rows.map(({ value }) => value));
  const withMore = options.rows.some(({ more }) => more !== undefined && more !== null);
  return html`<table class="bars">
    <caption class="unseen">
      ${options.caption}
    </caption>
    <thead class="unseen">
      <tr>
        <th scope="col">${options.nameLabel}</th>
        <th scope="col">Count</th>
        ${withMore ? html`<th scope="col">Seen</th>` : null}
      </tr>
    </thead>
    <tbody>
      ${options.rows.map(
        ({ name, value, more }) =>
          html`<tr>
            <th scope="row">${name}</th>
            <td class="number">
              ${count(value)}<svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><path class="bars" d="M0 0h${Math.max(1, Math.round((value / most) * 100))}v4H0z" /></svg>
            </td>
            ${withMore ? html`<td class="quiet">${more ?? null}</td>` : null}
          </tr>`,
      )}
    </tbody>
  </table>`;
}
