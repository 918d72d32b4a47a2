// Where and when a bug crashes: by day and version, and each version on each platform; days and numbers lead to what they count.
import { html } from 'hono/html';
import type { BugPlace } from '../../../store/bugs.ts';
import { BUG_DAYS } from '../../gate/whole-bug.ts';
import type { WholeBug } from '../../gate/whole-bug.ts';
import { axisDays, onAxis } from '../../query/axis-days.ts';
import { filteredLink } from '../../query/crash-filter.ts';
import type { GivenCrashFilter } from '../../query/crash-filter.ts';
import { byVersion, NO_VERSION } from '../../view/day-series.ts';
import { excerpt } from '../../view/excerpt.ts';
import type { Html } from '../page.ts';
import { dayChart, MAX_SERIES } from './chart.ts';
import { count, nothing } from './value-table.ts';

const VERSION_ROWS = 10;
const PLATFORM_COLUMNS = 4;

export function bugPlaces(whole: WholeBug, given: GivenCrashFilter, now: number): Html {
  const link = (more: GivenCrashFilter): string =>
    filteredLink(`/bugs/${whole.bug.id}`, { ...given, ...more });
  const isFiltered = Object.keys(given).length > 0;
  const oldest = whole.series.reduce<string | undefined>(
    (first, { day }) => (first === undefined || day < first ? day : first),
    undefined,
  );
  const days = axisDays(given, { now, usual: BUG_DAYS, first: isFiltered ? oldest : undefined });
  const series = byVersion(isFiltered ? onAxis(whole.series, days) : whole.series, days, MAX_SERIES);
  return html`<section aria-labelledby="counts">
    <h2 id="counts">Where and when</h2>
    <div class="pair">
      ${dayChart({
        title: 'By day and version',
        days,
        series: series.length === 0 ? [{ name: 'Crashes', values: days.map(() => 0) }] : series,
        range: (from, to) => link({ happened_from: from, happened_to: to }),
      })}
      ${crossTable(whole, link)}
    </div>
  </section>`;
}

/** The newest versions, and the platforms with most crashes; what is left stands together. */
function crossTable({ versions, places }: WholeBug, link: (more: GivenCrashFilter) => string): Html {
  const sum = (some: readonly BugPlace[]): number => some.reduce((total, place) => total + place.count, 0);
  const platforms = [...Map.groupBy(places, ({ platform }) => platform)]
    .map(([platform, some]) => ({ platform, total: sum(some) }))
    .toSorted((a, b) => b.total - a.total);
  const shown = platforms.length > PLATFORM_COLUMNS + 1 ? platforms.slice(0, PLATFORM_COLUMNS) : platforms;
  const names = new Set(shown.map(({ platform }) => platform));
  const others = platforms.length - shown.length;
  const top = versions.slice(0, VERSION_ROWS);
  const older = versions.slice(top.length);
  const cell = (some: readonly BugPlace[], filter: GivenCrashFilter | null): Html => {
    const total = sum(some);
    if (total === 0) return html`<td class="number">${nothing}</td>`;
    return html`<td class="number">${filter === null ? count(total) : html`<a href="${link(filter)}">${count(total)}</a>`}</td>`;
  };
  const row = (name: Html | string, some: readonly BugPlace[], filter: GivenCrashFilter | null): Html =>
    html`<tr>
      <th scope="row">${name}</th>
      ${shown.map(({ platform }) =>
        cell(
          some.filter((place) => place.platform === platform),
          filter === null || platform === null ? null : { ...filter, platform },
        ),
      )}
      ${
        others === 0
          ? null
          : cell(
              some.filter((place) => !names.has(place.platform)),
              null,
            )
      }
      ${cell(some, filter)}
    </tr>`;
  const olderNames = new Set(older.map(({ version }) => version));
  return html`<figure class="chart">
    <figcaption>By version and platform <span class="quiet">newest first</span></figcaption>
    <div class="table">
      <table class="numbers">
        <caption class="unseen">
          Crashes by version and platform
        </caption>
        <thead>
          <tr>
            <th scope="col">Version</th>
            ${shown.map(({ platform }) => html`<th scope="col" class="number">${platform === null ? 'not said' : excerpt(platform, 24).text}</th>`)}
            ${others === 0 ? null : html`<th scope="col" class="number">${count(others)} others</th>`}
            <th scope="col" class="number">All</th>
          </tr>
        </thead>
        <tbody>
          ${top.map(({ version }) =>
            row(
              version === null
                ? html`<span class="quiet">${NO_VERSION}</span>`
                : html`<a href="${link({ version })}">${excerpt(version, 40).text}</a>`,
              places.filter((place) => place.version === version),
              version === null ? null : { version },
            ),
          )}
          ${
            older.length === 0
              ? null
              : row(
                  html`<span class="quiet">${count(older.length)} older</span>`,
                  places.filter((place) => olderNames.has(place.version)),
                  null,
                )
          }
          ${top.length < 2 ? null : row('All', places, {})}
        </tbody>
      </table>
    </div>
  </figure>`;
}
