// /bugs/{number}/compare?with={number}: why a bug is not another one of its product, and what merging them would do.
import { html } from 'hono/html';
import type { Bug } from '../../../store/bugs.ts';
import { allows } from '../../auth/person.ts';
import { readBugId } from '../../view/bug-change.ts';
import { excerpt } from '../../view/excerpt.ts';
import { bugTitle } from '../components/bug-links.ts';
import { form } from '../components/form-controls.ts';
import { keyDifference } from '../components/key-difference.ts';
import { count, time } from '../components/value-table.ts';
import { namedBug } from '../named-bug.ts';
import { PageError, type Html, type MemberPage } from '../page.ts';

const SHOWN_FRAMES = 60;

export const bugComparePage: MemberPage = {
  path: '/bugs/:bug/compare',
  access: 'read',
  nav: 'bugs',
  async view(request) {
    const { person, seen, url, csrf, now } = request;
    const bug = await namedBug(request);
    const named = readBugId(url.searchParams.get('with'));
    const otherId = named === null ? null : await seen.resolveBug(named);
    if (otherId === null)
      throw new PageError(404, 'There is no bug with this number.', 'Give the number of another bug.');
    const id = (await seen.resolveBug(bug.id)) ?? bug.id;
    if (id === otherId)
      throw new PageError(400, 'Both numbers lead to one bug.', 'Give the number of another bug.');
    const compared = await seen.compareBugs(id, otherId);
    if (compared === null)
      throw new PageError(400, 'The bugs are of different products.', 'Give a bug of the same product.');
    const { one, other, difference } = compared;
    return {
      kind: 'html',
      title: `Bug ${one.id} beside bug ${other.id}`,
      body: html`<div class="heading">
          <h1>Bug <a href="/bugs/${one.id}">${one.id}</a> beside bug <a href="/bugs/${other.id}">${other.id}</a></h1>
        </div>
        ${sides(one, other, now)}
        <section aria-labelledby="why">
          <h2 id="why">Why not one bug?</h2>
          ${
            difference === null
              ? html`<p class="quiet">No report of one of them is stored any longer, so only their counts are left.</p>`
              : keyDifference(difference, { one: one.id, other: other.id, shownFrames: SHOWN_FRAMES })
          }
        </section>
        ${
          allows('triage', person)
            ? html`<section aria-labelledby="merge">
                <h2 id="merge">Merge</h2>
                <div class="pair">${mergeForm(one, other, csrf)} ${mergeForm(other, one, csrf)}</div>
              </section>`
            : null
        }`,
    };
  },
};

function sides(one: Bug, other: Bug, now: number): Html {
  const rows: readonly (readonly [string, (bug: Bug) => Html | string])[] = [
    ['Title', (bug) => bugTitle(bug.title)],
    ['State', (bug) => bug.state],
    ['Crashes', (bug) => count(bug.count)],
    ['Installations', (bug) => count(bug.installations)],
    ['First seen', (bug) => time(bug.firstSeenAt, now)],
    ['Last seen', (bug) => time(bug.lastSeenAt, now)],
    ['Versions', (bug) => versions(bug)],
    ['Keys', (bug) => count(bug.keys.length)],
  ];
  return html`<div class="table">
    <table class="compare">
      <caption class="unseen">
        The two bugs
      </caption>
      <thead>
        <tr>
          <th scope="col"><span class="unseen">Fact</span></th>
          <th scope="col"><a href="/bugs/${one.id}">Bug ${one.id}</a></th>
          <th scope="col"><a href="/bugs/${other.id}">Bug ${other.id}</a></th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([name, cell]) =>
            html`<tr>
              <th scope="row">${name}</th>
              <td class="value">${cell(one)}</td>
              <td class="value">${cell(other)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** The oldest and the newest in which it was seen. */
function versions({ firstVersion: first, lastVersion: last }: Bug): string {
  if (first === null || last === null) return '–';
  const [from, to] = [excerpt(first, 60).text, excerpt(last, 60).text];
  return from === to ? from : `${from} to ${to}`;
}

function mergeForm(from: Bug, into: Bug, csrf: string): Html {
  const crashes = (number: number) => `${count(number)} ${number === 1 ? 'crash' : 'crashes'}`;
  return form(
    { to: `/bugs/${from.id}`, action: 'merge', csrf, className: 'stack' },
    html`<input type="hidden" name="into" value="${into.id}" />
      <p class="hint">
        Bug ${into.id} would have ${crashes(from.count + into.count)} of ${count(Math.max(from.installations, into.installations))}
        to ${count(from.installations + into.installations)} installations and ${count(from.keys.length + into.keys.length)} keys,
        keep its title and stay ${into.state}. Bug ${from.id} would be gone, with its ${crashes(from.count)} and its history in bug
        ${into.id}; later reports follow. It can be undone there.
      </p>
      <button class="danger">Merge bug ${from.id} into bug ${into.id}</button>`,
  );
}
