// What all crashes of a product say about one bug: the release that brought it, and the values that go with it.
import { countedWords } from '../../view/counted-words.ts';
import { html } from 'hono/html';
import { parseQuery } from '../../../search/query/parse-query.ts';
import { printQuery } from '../../../search/query/print-query.ts';
import type { Bug } from '../../../store/bugs.ts';
import type { CorrelationsFound, NamedCorrelation, Origin } from '../../../store/crash-analysis.ts';
import { compareLink, releaseLink } from '../../query/release-query.ts';
import { equals, filteredLink } from '../../query/crash-filter.ts';
import type { GivenCrashFilter } from '../../query/crash-filter.ts';
import { excerpt } from '../../view/excerpt.ts';
import type { Html } from '../page.ts';
import { rateText } from './release-figures.ts';
import { table } from './table.ts';
import { count, nothing } from './value-table.ts';

/** Chance explains less than this: the release brought the bug. */
const SURE = 0.05;
const SHOWN = 20;
const VALUE_BUDGET = 120;

/** Which release brought the bug, and how sure that is; null: nobody can say anything. */
export function originWords(bug: Bug, origin: Origin | null): Html | null {
  if (origin === null) return null;
  const product = { account: bug.account, name: bug.product };
  const name = (version: string): string => excerpt(version, 60).text;
  const release = html`<a href="${releaseLink(product, origin.version)}">${name(origin.version)}</a>`;
  if (origin.before === null) return html`${release}, the oldest release that crashed`;
  const compared = html`<a href="${compareLink(product, { base: origin.before, new: origin.version, days: null, bug: String(bug.id) })}">compared with ${name(origin.before)}</a>`;
  const older = `${count(origin.olderInstallations)} ${origin.olderInstallations === 1 ? 'installation' : 'installations'} of older releases crashed without it`;
  if (origin.affected === 0) return html`${release}, by crashes whose reports are stored no longer`;
  return origin.p < SURE
    ? html`${release}: ${older} (${compared})`
    : html`${release} is the oldest that has it; too few to tell whether it brought it: ${older} (${compared})`;
}

const BESIDE: Readonly<Record<NamedCorrelation['beside'], string>> = {
  strongest: 'the strongest',
  own: 'also among those with the strongest',
  follows: 'follows from the strongest',
  unknown: 'too few have both to tell',
};

/** The section of the bug's page; each value leads to the bug's crashes that have it, under the filter by which they were counted. */
export function correlationsSection(
  bug: Bug,
  found: CorrelationsFound | null,
  given: GivenCrashFilter,
): Html | null {
  if (found === null) return null;
  const unit = (number: number): string =>
    `${count(number)} ${found.unit === 'reports' ? (number === 1 ? 'report' : 'reports') : number === 1 ? 'installation' : 'installations'}`;
  const values = found.values.slice(0, SHOWN);
  return html`<section aria-labelledby="correlations">
    <h2 id="correlations">What goes with it</h2>
    ${
      values.length === 0
        ? html`<p class="quiet">${nothingFound(found, unit)}</p>`
        : html`<p class="quiet">
              Values that ${unit(found.affected)} with the bug have more often than ${unit(found.others)} with other crashes of
              ${excerpt(bug.product, 60).text}; ${count(found.tested)} values were looked at, and of those below fewer than 1 in 100 is there by
              chance.${found.unit === 'reports' ? ' Most crashes name no installation, so reports are counted: one machine that crashes often weighs more.' : ''}${lookedAt(found)}
            </p>
            ${table({
              caption: 'Values that go with the bug, the strongest first',
              rows: values,
              columns: [
                { label: 'Value', cell: (value: NamedCorrelation) => valueCell(bug, value, given) },
                {
                  label: 'With the bug',
                  number: true,
                  cell: ({ some, all }: NamedCorrelation) => share(some, all),
                  unit: () => 'with the bug',
                },
                {
                  label: 'Others',
                  number: true,
                  cell: ({ otherSome, otherAll }: NamedCorrelation) => share(otherSome, otherAll),
                  unit: () => 'of others',
                },
                {
                  label: 'Times',
                  number: true,
                  wideOnly: true,
                  cell: ({ lift }: NamedCorrelation) =>
                    lift === null ? html`<span class="quiet">only here</span>` : rateText(lift),
                },
                {
                  label: 'Beside the strongest',
                  wideOnly: true,
                  cell: ({ beside }: NamedCorrelation) => BESIDE[beside],
                },
              ],
            })}`
    }
  </section>`;
}

function nothingFound(found: CorrelationsFound, unit: (number: number) => string): string {
  if (found.affected < 5)
    return `Too few to tell: ${unit(found.affected)} with the bug ${found.affected === 1 ? 'is' : 'are'} stored, five are needed.`;
  if (found.others === 0) return 'Nothing else of the product crashed: there is nothing to compare with.';
  return `No value of ${count(found.tested)} that were looked at goes with the bug more than chance explains: ${unit(found.affected)} with it, ${unit(found.others)} with other crashes.${lookedAt(found)}`;
}

/** Empty: everything was compared. */
function lookedAt({ complete, counted, existing }: CorrelationsFound): string {
  const newest = countedWords({ complete: counted >= existing, counted, existing });
  return `${newest === '' ? '' : ` Compared${newest.replace(', counted', '')}.`}${complete ? '' : ' The time was up before all values were looked at.'}`;
}

function share(some: number, all: number): Html {
  if (all === 0) return nothing;
  return html`<span title="${count(some)} of ${count(all)}">${Math.round((some / all) * 100)}\u00a0%</span>`;
}

function valueCell(bug: Bug, { key, value }: NamedCorrelation, given: GivenCrashFilter): Html {
  const words = html`${excerpt(key, 80).text}: <strong>${excerpt(value, VALUE_BUDGET).text}</strong>`;
  const search = printQuery({ is: 'and', of: [equals('bug', `#${bug.id}`), equals(key, value)] });
  const q = given.q === undefined ? search : `${search} (${given.q})`;
  // A name that no search can say has no link, and neither has what is too much for one together with the filter.
  if (search.length > 500 || 'fault' in parseQuery(search) || 'fault' in parseQuery(q)) return words;
  const link = filteredLink('/search', {}, { product: bug.product, ...given, q });
  return html`<a class="row" href="${link}">${words}</a>`;
}
