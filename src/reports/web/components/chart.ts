// Charts: bars as inline SVG, zero-based, made on the server. docs/decisions says why no library draws them.
// Each chart has a name for screen readers and its numbers in a table or in that name; a part of its time leads to what happened then.
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
/** Lines across, at most, and words below. */
const MAX_TICKS = 4;
const MAX_MARKS = 7;
/** Days or hours between words below the bars. */
const MARK_STEPS: Readonly<Record<ChartUnit, readonly number[]>> = {
  day: [1, 2, 7, 14, 28, 56, 84],
  hour: [1, 2, 6, 12, 24, 48, 96, 168],
};
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export type ChartUnit = 'day' | 'hour';

export interface DayChart {
  readonly title: string;
  /** `yyyy-mm-dd`, or `yyyy-mm-dd hh:00` for hours; all of a time, without gaps. */
  readonly days: readonly string[];
  /** Bottom first, at most MAX_SERIES. */
  readonly series: readonly DaySeries[];
  /** What each bar is; default: a day. */
  readonly unit?: ChartUnit;
  /** Where a part of the time leads: from the first to the last of its days, or (`yyyy-mm-ddThh:mmZ`) minutes of hours. */
  readonly range?: (from: string, to: string) => string;
}

/** Bars by day, stacked, with axes; the numbers stand in a table that opens below. Scripts add hover, keys and dragging (assets/chart.js). */
export function dayChart(options: DayChart): Html {
  const { title, days, series, unit = 'day', range } = options;
  const totals = days.map((_, at) => series.reduce((sum, { values }) => sum + (values[at] ?? 0), 0));
  const ticks = ticksOf(Math.max(0, ...totals));
  const top = ticks.at(-1) ?? 1;
  const width = days.length * CHART_STEP;
  const total = totals.reduce((sum, value) => sum + value, 0);
  const lines = ticks.map(
    (tick) => `M0 ${CHART_HEIGHT - Math.round((tick / top) * CHART_HEIGHT) + 0.5}h${width}`,
  );
  return html`<figure class="chart" ${range === undefined ? null : html` data-range="${range('__from__', '__to__')}"`} data-chart="${chartData(options)}">
    <figcaption>${title} <span class="quiet">${count(total)} in ${days.length} ${unit}s</span></figcaption>
    <div class="plot">
      <span class="ticks quiet" aria-hidden="true">${ticks.toReversed().map((tick) => html`<span>${count(tick)}</span>`)}</span>
      <div class="area">
        <svg viewBox="0 0 ${width} ${CHART_HEIGHT + 1}" preserveAspectRatio="none" role="img" aria-label="${title}: ${count(total)} in ${days.length} ${unit}s, at most ${count(Math.max(0, ...totals))} in ${unit === 'day' ? 'a day' : 'an hour'}. The table below has the numbers.">
          <path class="base" d="${lines.join('')}" />
          ${seriesPaths(options, top).map((path, at) => html`<path class="s${at}" d="${path}" />`)}
        </svg>
      </div>
      <svg class="marks" aria-hidden="true">${marksOf(days, unit)}</svg>
    </div>
    ${series.length > 1 ? html`<ul class="legend">${series.map(({ name }, at) => html`<li><span class="key k${at}"></span>${excerpt(name, 60).text}</li>`)}</ul>` : null}
    ${range === undefined ? null : html`<p class="quiet hint" hidden data-chart-hint>Drag over ${unit}s to filter by them, or use the arrow keys with Shift, then Enter.</p>`}
    <details>
      <summary class="quiet">Numbers</summary>
      ${dayTable(options, totals)}
    </details>
  </figure>`;
}

/** What scripts need: the bars' names and their numbers. */
function chartData({ days, series, unit = 'day' }: DayChart): string {
  return JSON.stringify({
    unit,
    first: days[0] ?? '',
    count: days.length,
    series: series.map(({ name, values }) => [excerpt(name, 60).text, values]),
  });
}

/** One path for each series. */
function seriesPaths({ days, series }: DayChart, top: number): readonly string[] {
  const lows = days.map(() => 0);
  return series.map(({ values }) => {
    const path: string[] = [];
    days.forEach((_, at) => {
      const low = lows[at] ?? 0;
      const high = low + (values[at] ?? 0);
      lows[at] = high;
      // Edges are rounded, not heights: the parts of a bar then add up to the whole of it.
      const bottom = Math.round((low / top) * CHART_HEIGHT);
      const above = high > low ? Math.max(bottom + 1, Math.round((high / top) * CHART_HEIGHT)) : bottom;
      if (above > bottom) {
        path.push(
          `M${at * CHART_STEP + 1} ${CHART_HEIGHT - bottom}v-${above - bottom}h10v${above - bottom}z`,
        );
      }
    });
    return path.join('');
  });
}

/** Round numbers from 0 to what is not below the greatest: steps of 1, 2 or 5 times a power of ten. */
export function ticksOf(most: number): readonly number[] {
  const power = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, most))) - 1);
  const step =
    [1, 2, 5, 10, 20, 50].map((one) => one * power).find((one) => most / one <= MAX_TICKS) ?? 50 * power;
  return Array.from({ length: Math.max(1, Math.ceil(most / step)) + 1 }, (_, at) => at * step);
}

/** Words below the bars, counted from the newest; their places are shares of the width, so that they are never stretched. */
function marksOf(days: readonly string[], unit: ChartUnit): readonly Html[] {
  const steps = MARK_STEPS[unit];
  const step = steps.find((one) => days.length / one <= MAX_MARKS) ?? Math.ceil(days.length / MAX_MARKS);
  const marks: Html[] = [];
  for (let at = days.length - 1; at >= 0; at -= step) {
    const place = Math.round(((at + 0.5) / days.length) * 10_000) / 100;
    const anchor = place > 95 ? 'end' : place < 5 ? 'start' : 'middle';
    const x = anchor === 'end' ? 100 : anchor === 'start' ? 0 : place;
    marks.push(html`<text x="${x}%" y="11" text-anchor="${anchor}">${shortDay(days[at] ?? '', unit)}</text>`);
  }
  return marks;
}

/** `3 Nov`, or `14:00` where hours are meant (at midnight the day). */
function shortDay(day: string, unit: ChartUnit): string {
  const [, month = '', date = '', hour = '00:00'] = /^\d{4}-(\d\d)-(\d\d)(?: (\d\d:\d\d))?/.exec(day) ?? [];
  return unit === 'hour' && hour !== '00:00' ? hour : `${Number(date)} ${MONTHS[Number(month) - 1] ?? ''}`;
}

/** Where one bar leads. */
function rangeOf(bar: string, unit: ChartUnit, range: NonNullable<DayChart['range']>): string {
  const hour = bar.replace(' ', 'T').slice(0, 13);
  return unit === 'day' ? range(bar, bar) : range(`${hour}:00Z`, `${hour}:59Z`);
}

/** Only the days on which something happened: the table stays short, and a missing day is a zero. */
function dayTable({ title, days, series, unit = 'day', range }: DayChart, totals: readonly number[]): Html {
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
          : html`<tr><th scope="row">${range === undefined ? day : html`<a href="${rangeOf(day, unit, range)}">${day}</a>`}</th>${series.map(({ values }) => html`<td class="number">${count(values[at] ?? 0)}</td>`)}${several ? html`<td class="number">${count(totals[at] ?? 0)}</td>` : null}</tr>`,
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
