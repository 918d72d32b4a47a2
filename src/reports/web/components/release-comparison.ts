// Two releases side by side: what each had, and their bugs in groups by what can be said of them.
import { html } from 'hono/html';
import type { Verdict } from '../../../search/statistics/compare-bugs.ts';
import type { ComparedRelease } from '../../../store/releases.ts';
import type { SeenReleaseComparison } from '../../gate/seen-analysis.ts';
import { compareLink } from '../../query/release-query.ts';
import { excerpt } from '../../view/excerpt.ts';
import { countedNote } from './counted-note.ts';
import type { Html } from '../page.ts';
import { bugTitle } from './bug-links.ts';
import { crashFreeCell, rateText } from './release-figures.ts';
import { sparkline } from './chart.ts';
import { facts } from './table.ts';
import { count } from './value-table.ts';

type Compared = SeenReleaseComparison['bugs'][number];
interface ProductNamed {
  readonly account: string;
  readonly name: string;
}

export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  new: 'new',
  worse: 'worse',
  gone: 'gone',
  better: 'better',
  same: 'the same',
  too_few: 'too few to tell',
};

const GROUPS: readonly (readonly [Verdict, title: string, about: string])[] = [
  ['new', 'New', 'seen in no older version'],
  ['worse', 'Worse', 'beyond chance, and at least 1.5 times as often'],
  ['gone', 'Gone', 'none seen where at least 3 were to be expected'],
  ['better', 'Better', 'beyond chance, and at most two thirds as often'],
  ['same', 'The same', 'a change by half can be ruled out'],
  ['too_few', 'Too few to tell', 'neither a change nor its absence can be shown'],
];
const ROWS_OF_GROUP = 50;
const MESSAGE_BUDGET = 120;

/** The groups that have bugs, with a line about how they were counted. `days`: so many of each release were asked for. */
export function comparisonSections(
  product: ProductNamed,
  comparison: SeenReleaseComparison,
  days: number,
): Html {
  const groups = Map.groupBy(comparison.bugs, ({ verdict }) => verdict);
  const { base, new: fresh } = comparison;
  return html`<p class="quiet">${basisWords(comparison)}</p>
    ${countedNote(comparison)}
    ${withoutWords(base, fresh)}
    ${comparison.bugs.length === 0 ? html`<p class="quiet">No bug was seen in either of them in this time.</p>` : null}
    ${GROUPS.map(([verdict, title, about]) => {
      const bugs = groups.get(verdict) ?? [];
      if (bugs.length === 0) return null;
      const total = comparison.counts[verdict];
      return html`<section aria-labelledby="verdict-${verdict}">
        <h3 id="verdict-${verdict}">${title} <span class="quiet">${count(total)} · ${about}</span></h3>
        ${bugTableOf(bugs.slice(0, ROWS_OF_GROUP), { product, comparison, days, title })}
        ${total > ROWS_OF_GROUP ? html`<p class="quiet">and ${count(total - ROWS_OF_GROUP)} more with fewer installations.</p>` : null}
      </section>`;
    })}`;
}

function basisWords({ basis, days, base, new: fresh }: SeenReleaseComparison): string {
  const of = (release: ComparedRelease): string =>
    `${count(release.exposure)} of ${excerpt(release.version, 40).text}`;
  const span = `the first ${days === 1 ? 'day' : `${days} days`} of each`;
  const counted = 'Counted are installations, never crashes';
  return basis === 'active'
    ? `${counted}: ${of(base)} and ${of(fresh)} that sent sessions, in ${span}.`
    : `${counted}: ${of(base)} and ${of(fresh)} that crashed, in ${span}. How many ran each in these days nobody knows, since sessions of both are missing: these are shares of those that crashed, not rates.`;
}

function withoutWords(base: ComparedRelease, fresh: ComparedRelease): Html | null {
  const crashes = base.withoutInstallation + fresh.withoutInstallation;
  if (crashes === 0) return null;
  return html`<p class="quiet">${count(crashes)} ${crashes === 1 ? 'crash names' : 'crashes name'} no installation and ${crashes === 1 ? 'is' : 'are'} not counted here.</p>`;
}

function bugTableOf(
  bugs: readonly Compared[],
  options: {
    readonly product: ProductNamed;
    readonly comparison: SeenReleaseComparison;
    readonly days: number;
    readonly title: string;
  },
): Html {
  const { product, days, title } = options;
  const { base, new: fresh } = options.comparison;
  const rate = (installations: number, release: ComparedRelease): string =>
    release.exposure === 0 ? '–' : rateText((installations / release.exposure) * 1000);
  return html`<div class="table">
    <table class="list compared">
      <caption class="unseen">
        ${title}: installations of each release
      </caption>
      <thead>
        <tr>
          <th scope="col">Bug</th>
          <th scope="col" class="wide">Last 28 days</th>
          <th scope="col" class="number">${excerpt(base.version, 24).text}</th>
          <th scope="col" class="number">${excerpt(fresh.version, 24).text}</th>
          <th scope="col" class="number wide">per 1 000</th>
          <th scope="col" class="number">Times</th>
          <th scope="col" class="wide">÷ 8 … × 8</th>
        </tr>
      </thead>
      <tbody>
        ${bugs.map(
          (bug) =>
            html`<tr data-row>
              <td>
                <a class="row" href="/bugs/${bug.bugId}">${bugTitle(bug.row.title)}</a>
                <p class="quiet">#${bug.bugId}${note(bug)}${bug.row.message === '' ? null : html` · ${excerpt(bug.row.message, MESSAGE_BUDGET).text}`}</p>
              </td>
              <td class="wide">${sparkline(bug.row.last28Days, 'Crashes a day, oldest first')}</td>
              <td class="number" data-unit="in ${excerpt(base.version, 24).text}">${count(bug.base.installations)}</td>
              <td class="number" data-unit="in ${excerpt(fresh.version, 24).text}">${count(bug.new.installations)}</td>
              <td class="number wide">${rate(bug.base.installations, base)} → ${rate(bug.new.installations, fresh)}</td>
              <td class="number" data-unit="${isNumber(bug) ? 'times' : ''}">
                <a href="${compareLink(product, { base: base.version, new: fresh.version, days: String(days), bug: String(bug.bugId) })}" title="${intervalText(bug)}">${timesText(bug)}</a>
              </td>
              <td class="wide">${intervalLine(bug)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function note(bug: Compared): string {
  if (bug.verdict === 'new' && !bug.sure) return ' · too few to tell whether this release brought it';
  if (bug.verdict === 'too_few' && bug.needed !== null) {
    return ` · ${count(bug.needed)} installations of the new release would tell`;
  }
  return bug.row.state === 'open' ? '' : ` · ${bug.row.state}`;
}

/** Whether the ratio is told as a number. */
function isNumber({ verdict, ratio }: Compared): boolean {
  return verdict !== 'new' && verdict !== 'gone' && ratio !== null;
}

function timesText({ verdict, ratio, base, new: fresh }: Compared): string {
  if (verdict === 'new' || verdict === 'gone') return verdict;
  if (ratio === null) return base.installations === 0 && fresh.installations > 0 ? 'only there' : '–';
  return rateText(ratio);
}

/** Where the ratio lies, in words. */
export function intervalText({ interval }: Compared): string {
  return interval.high === null
    ? `at least ${rateText(interval.low)} times as often, with 95 % confidence`
    : `${rateText(interval.low)} to ${rateText(interval.high)} times as often, with 95 % confidence`;
}

const LINE_WIDTH = 120;

/** The interval on a scale from an eighth to eight times; the words stand in the title and in the link beside it. */
function intervalLine(bug: Compared): Html {
  const place = (ratio: number): number =>
    Math.round(((Math.max(-3, Math.min(3, Math.log2(Math.max(ratio, 1e-9)))) + 3) / 6) * LINE_WIDTH);
  const [low, high] = [
    place(bug.interval.low),
    bug.interval.high === null ? LINE_WIDTH : place(bug.interval.high),
  ];
  const at = bug.ratio === null ? null : place(bug.ratio);
  const tone =
    bug.verdict === 'new' || bug.verdict === 'worse'
      ? 'bad'
      : bug.verdict === 'gone' || bug.verdict === 'better'
        ? 'good'
        : '';
  return html`<svg class="interval ${tone}" viewBox="0 0 ${LINE_WIDTH} 12" role="img" aria-label="${intervalText(bug)}">
    <path class="scale" d="M0 6H${LINE_WIDTH}M${LINE_WIDTH / 2} 0V12" />
    <path class="span" d="M${low} 6H${Math.max(high, low + 1)}M${low} 3V9M${high} 3V9" />
    ${at === null ? null : html`<circle cx="${at}" cy="6" r="2.5" />`}
  </svg>`;
}

/** The two releases as facts, side by side. */
export function comparedSides({ base, new: fresh }: SeenReleaseComparison): Html {
  const side = (release: ComparedRelease): Html =>
    html`<section aria-label="${excerpt(release.version, 60).text}">
      <h2>${excerpt(release.version, 60).text}</h2>
      ${facts([
        ['Days', `${release.firstDay} to ${release.lastDay}`],
        ['Crashes', count(release.crashes)],
        ['Installations that crashed', count(release.crashedInstallations)],
        ['Users', release.sessions === null ? null : count(release.sessions.users)],
        [
          'Crash-free users',
          release.sessions === null
            ? null
            : crashFreeCell(release.sessions.users, release.sessions.crashedUsers, 'users'),
        ],
        [
          'Crash-free sessions',
          release.sessions === null
            ? null
            : crashFreeCell(release.sessions.sessions, release.sessions.crashed, 'sessions'),
        ],
      ])}
    </section>`;
  return html`<div class="pair">${side(base)}${side(fresh)}</div>`;
}
