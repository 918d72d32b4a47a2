// The fields of the filter of crashes, as every page that has one shows them, and a line for each that is set.
import { html } from 'hono/html';
import type { Facets } from '../../gate/facet-cache.ts';
import { CRASH_FILTER_NAMES, filteredLink } from '../../query/crash-filter.ts';
import type { CrashFilterName, GivenCrashFilter, Period } from '../../query/crash-filter.ts';
import type { Html } from '../page.ts';
import { field, select } from './form-controls.ts';

/** A value longer than this is not offered: it is hostile, and costs more than it helps. */
const MAX_OFFERED = 60;
const MAX_QUERY = 4000;

export const CRASH_FILTER_LABELS: Readonly<Record<CrashFilterName, string>> = {
  version: 'Version',
  platform: 'Platform',
  channel: 'Channel',
  environment: 'Environment',
  process_type: 'Process type',
  period: 'Arrived within',
  happened_from: 'Crashed from',
  happened_to: 'Crashed to',
  q: 'Crashes',
};

const PERIOD_LABELS: Readonly<Record<Period, string>> = {
  '24h': 'last day',
  '7d': 'last 7 days',
  '28d': 'last 28 days',
  '90d': 'last 90 days',
  '400d': 'last 400 days',
};

/** Values that are short enough to be offered. */
export const offered = (values: readonly string[]): readonly string[] =>
  values.filter((value) => value.length <= MAX_OFFERED);

/** Version, platform and period: what is filtered by most. `anyTime`: what no period means. */
export function firstFields(given: GivenCrashFilter, facets: Facets, anyTime = 'any time'): Html {
  return html`${field({ name: 'version', label: 'Version', value: given.version ?? '', offers: offered(facets.versions) })}
  ${select({ name: 'platform', label: 'Platform', value: given.platform ?? '', choices: [{ value: '', label: 'any' }, ...offered(facets.platforms).map((value) => ({ value, label: value }))] })}
  ${select({ name: 'period', label: 'Period', value: given.period ?? '', choices: [{ value: '', label: anyTime }, ...Object.entries(PERIOD_LABELS).map(([value, label]) => ({ value, label }))] })}`;
}

/** The search and the rest. */
export function furtherFields(given: GivenCrashFilter): Html {
  return html`${field({
    name: 'q',
    label: 'Crashes (a search)',
    type: 'search',
    value: given.q ?? '',
    maxLength: MAX_QUERY,
    placeholder: 'uptime:<60 frame:~alloc',
  })}
  ${clauseFields(given)}`;
}

/** Keys that are parameters of their own, but for version and platform. */
export function clauseFields(given: GivenCrashFilter): Html {
  return html`${field({ name: 'channel', label: 'Channel', value: given.channel ?? '', maxLength: 200 })}
  ${field({ name: 'environment', label: 'Environment', value: given.environment ?? '', maxLength: 200 })}
  ${field({ name: 'process_type', label: 'Process type', value: given.process_type ?? '', maxLength: 200 })}
  ${field({ name: 'happened_from', label: 'Crashed from (UTC)', type: 'date', value: given.happened_from ?? '' })}
  ${field({ name: 'happened_to', label: 'Crashed to (UTC)', type: 'date', value: given.happened_to ?? '' })}`;
}

/** Which of them are folded away until one is set. */
export const FURTHER: readonly CrashFilterName[] = [
  'q',
  'channel',
  'environment',
  'process_type',
  'happened_from',
  'happened_to',
];

/** The whole form, for pages that have no other filters. */
export function crashFilterForm(options: {
  readonly action: string;
  readonly given: GivenCrashFilter;
  readonly facets: Facets;
  readonly anyTime: string;
}): Html {
  const { action, given, facets, anyTime } = options;
  return html`<form method="get" action="${action}" class="filters" role="search" aria-label="Filter crashes">
      ${firstFields(given, facets, anyTime)}
      <button>Filter</button>
      <details class="more" ${FURTHER.some((name) => given[name] !== undefined) ? html` open` : null}>
        <summary>More filters</summary>
        <div class="filters">${furtherFields(given)}</div>
      </details>
    </form>
    ${crashFilterChips(given, action)}`;
}

function crashFilterChips(given: GivenCrashFilter, path: string): Html | null {
  const set = CRASH_FILTER_NAMES.filter((name) => given[name] !== undefined);
  if (set.length === 0) return null;
  const without = (name: CrashFilterName): string => {
    const { [name]: _gone, ...rest } = given;
    return filteredLink(path, rest);
  };
  return html`<ul class="chips" aria-label="Filters that are set">
    ${set.map(
      (name) =>
        html`<li>
          ${CRASH_FILTER_LABELS[name]}: <strong>${given[name]}</strong>
          <a href="${without(name)}" aria-label="Remove the filter ${CRASH_FILTER_LABELS[name]}">×</a>
        </li> `,
    )}
    <li><a href="${path}">Clear all</a></li>
  </ul>`;
}
