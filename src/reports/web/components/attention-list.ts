// What needs a look, each with why: bugs that came back, rise or are new, and what clients sent in vain.
import { html } from 'hono/html';
import { bugsLink } from '../../query/bug-query.ts';
import { filteredLink } from '../../query/crash-filter.ts';
import type { GivenCrashFilter } from '../../query/crash-filter.ts';
import { inboxLink } from '../../query/inbox-query.ts';
import type { Attention, AttentionBug, RefusedCause } from '../../query/needs-attention.ts';
import { excerpt } from '../../view/excerpt.ts';
import { refusalOf } from '../../view/refusal-of.ts';
import type { Html } from '../page.ts';
import { bugFilterLink, bugTitle } from './bug-links.ts';
import { sparkline } from './chart.ts';
import { trendWords } from './trend-mark.ts';
import { count, time } from './value-table.ts';

export interface AttentionOptions {
  readonly now: number;
  readonly given: GivenCrashFilter;
  readonly names: ReadonlyMap<string, string>;
  /** The day since which bugs are new, `yyyy-mm-dd`. */
  readonly since: string;
}

export function attentionList(attention: Attention, options: AttentionOptions): Html {
  const { bugs, refused, totals } = attention;
  if (bugs.length === 0 && refused.length === 0)
    return html`<p class="quiet">Nothing is new, came back, rises or is refused.</p>`;
  const more = totals.new + totals.regressed + totals.rising - bugs.length;
  return html`<div class="table">
      <table class="list attention">
        <caption class="unseen">
          What needs a look: bugs that came back, rise or are new, and refused reports
        </caption>
        <thead class="unseen">
          <tr>
            <th scope="col">Why</th>
            <th scope="col">What</th>
            <th scope="col">Last 28 days</th>
            <th scope="col">How many</th>
            <th scope="col">Who</th>
          </tr>
        </thead>
        <tbody>
          ${bugs.map((one) => bugLine(one, options))} ${refused.map((cause) => refusedLine(cause, attention.refusedMore))}
        </tbody>
      </table>
    </div>
    ${more <= 0 ? null : html`<p><a href="${bugsLink({ ...options.given, new_since: options.since, order: 'count' })}">${count(more)} more that are new or came back</a></p>`}`;
}

function bugLine({ why, bug, trend }: AttentionBug, { now, given, names }: AttentionOptions): Html {
  const words =
    why === 'rising' && trend !== null
      ? html`${trendWords(trend)}`
      : why === 'regressed'
        ? html`${bug.closedInVersion === null ? 'Opened again' : html`Fixed in ${excerpt(bug.closedInVersion, 60).text}, and back`}${bug.lastVersion === null ? null : html`; last seen in ${excerpt(bug.lastVersion, 60).text}`}`
        : html`First seen ${time(bug.firstSeenAt, now)}${bug.firstVersion === null ? null : html` in ${excerpt(bug.firstVersion, 60).text}`}${bug.platforms.length === 0 ? null : html`, on ${excerpt(bug.platforms.join(', '), 80).text}`}`;
  const { installations, assignee } = bug;
  return html`<tr data-row>
    <td><span class="tag ${why === 'new' ? 'new' : 'broken'}">${why}</span></td>
    <td>
      <a class="row" href="${filteredLink(`/bugs/${bug.id}`, given)}">${bugTitle(bug.title)}</a>
      <p class="quiet">${bug.product}. ${words}</p>
    </td>
    <td class="wide">${sparkline(bug.last28Days, 'Crashes a day, oldest first')}</td>
    <td class="number">
      ${installations === 0 ? html`<strong>${count(bug.count)}</strong> ${bug.count === 1 ? 'crash' : 'crashes'}` : html`<strong>${count(installations)}</strong> ${installations === 1 ? 'installation' : 'installations'}`}
    </td>
    <td class="wide">${assignee === null ? html`<span class="quiet">nobody</span>` : bugFilterLink({ assignee }, names.get(assignee) ?? assignee)}</td>
  </tr>`;
}

function refusedLine({ newest, requests, products }: RefusedCause, isMore: boolean): Html {
  const link = inboxLink({ outcome: 'refused', code: newest.reason });
  return html`<tr data-row>
    <td><span class="tag broken">refused</span></td>
    <td>
      <a class="row" href="${link}">${refusalOf(newest)?.meaning ?? excerpt(newest.reason, 80).text}</a>
      <p class="quiet">${products.length === 0 ? 'No product was named.' : `${excerpt(products.slice(0, 4).join(', '), 160).text}.`} The inbox says what to change.</p>
    </td>
    <td class="wide"></td>
    <td class="number"><strong>${count(requests)}${isMore ? '+' : ''}</strong> in 24 h</td>
    <td class="wide"></td>
  </tr>`;
}
