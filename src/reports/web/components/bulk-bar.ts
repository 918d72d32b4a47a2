// What can be done to many bugs: the bar at the list, and the questions that come before what cannot be seen at a glance.
import { html } from 'hono/html';
import { CSRF_FIELD } from '../../auth/csrf.ts';
import type { BugRow } from '../../../store/bugs.ts';
import { bugsWord } from '../../view/bulk-words.ts';
import type { Html } from '../page.ts';
import { bugTitle } from './bug-links.ts';
import { ACTION_FIELD, field, form, select } from './form-controls.ts';
import { count, time } from './value-table.ts';

export type BulkAction = 'close' | 'ignore' | 'reopen' | 'assign' | 'merge';
export type People = readonly { readonly value: string; readonly label: string }[];

/** The list inside the form of what is done to many; the bar stays in sight. */
export function bulkForm(options: {
  readonly csrf: string;
  /** The address of the list: what is done concerns its filter. */
  readonly to: string;
  readonly list: Html;
  readonly people: People;
  readonly state: string | undefined;
  /** How many bugs match on all pages together. */
  readonly matching: number;
}): Html {
  const { state, matching } = options;
  const button = (action: BulkAction, label: string): Html =>
    html`<button name="${ACTION_FIELD}" value="${action}">${label}</button>`;
  return html`<form method="post" action="${options.to}" data-bulk>
    <input type="hidden" name="${CSRF_FIELD}" value="${options.csrf}" />
    ${options.list}
    <div class="bulk" role="group" aria-label="With the selected bugs">
      <span class="picked" data-picked aria-live="polite">With the selected bugs:</span>
      <label class="all"><input type="checkbox" name="all" value="yes" /> all ${count(matching)} that match</label>
      ${state === 'closed' ? null : html`<label class="unseen" for="in-version">Fixed in version</label><input id="in-version" name="in_version" maxlength="200" placeholder="fixed in (optional)" />${button('close', 'Close')}`}
      ${state === 'ignored' ? null : button('ignore', 'Ignore')}
      ${state === 'open' ? null : button('reopen', 'Reopen')}
      <label class="unseen" for="to-whom">Assign to</label>
      <select id="to-whom" name="to_whom">
        <option value="">nobody</option>
        ${options.people.map(({ value, label }) => html`<option value="${value}">${label}</option>`)}
      </select>
      ${button('assign', 'Assign')} ${button('merge', 'Merge…')}
    </div>
  </form>`;
}

const QUESTIONS: Readonly<Record<Exclude<BulkAction, 'merge'>, string>> = {
  close: 'Close',
  ignore: 'Ignore',
  reopen: 'Reopen',
  assign: 'Assign',
};

/** Before something is done to all bugs of a filter: how many they are, and which filter it is. */
export function allQuestion(options: {
  readonly action: Exclude<BulkAction, 'merge'>;
  readonly number: number;
  readonly csrf: string;
  readonly to: string;
  readonly people: People;
  readonly given: { readonly inVersion: string; readonly toWhom: string };
  readonly filter: readonly (readonly [label: string, value: string])[];
  readonly state: string;
  /** The question was answered, but by now other bugs match. */
  readonly changed: boolean;
}): Html {
  const { action, number, given } = options;
  const verb = QUESTIONS[action];
  return html`<h1>${verb} ${bugsWord(number)}?</h1>
    ${options.changed ? html`<p class="fault" role="alert">Meanwhile other bugs match: they are ${count(number)} now.</p>` : null}
    <p>
      All ${options.state === 'all' ? '' : options.state} bugs of the list${options.filter.length === 0 ? ', which has no filter' : ' with this filter'}, on
      all of its pages.
    </p>
    ${
      options.filter.length === 0
        ? null
        : html`<ul class="chips" aria-label="Filters that are set">
            ${options.filter.map(([label, value]) => html`<li>${label}: <strong>${value}</strong></li>`)}
          </ul>`
    }
    ${form(
      { to: options.to, action, csrf: options.csrf, className: 'stack narrow' },
      html`<input type="hidden" name="all" value="yes" /><input type="hidden" name="expected" value="${number}" />
        ${action === 'close' ? field({ name: 'in_version', label: 'Fixed in version (optional)', value: given.inVersion, maxLength: 200 }) : null}
        ${action === 'assign' ? select({ name: 'to_whom', label: 'To', value: given.toWhom, choices: [{ value: '', label: 'nobody' }, ...options.people] }) : null}
        <p class="hint">It can be undone for seven days: each bug gets back exactly what it had.</p>
        <p class="actions"><button class="danger">${verb} ${bugsWord(number)}</button> <a href="${options.to}">Cancel</a></p>`,
    )}`;
}

/** Before bugs become one: what they are together, and which of them stays. */
export function mergeQuestion(options: {
  readonly bugs: readonly BugRow[];
  readonly csrf: string;
  readonly to: string;
  readonly now: number;
}): Html {
  const { bugs, now } = options;
  const most = bugs.toSorted((a, b) => b.count - a.count || a.id - b.id)[0];
  const crashes = bugs.reduce((sum, bug) => sum + bug.count, 0);
  const installations = bugs.map((bug) => bug.installations);
  const [least, all] = [Math.max(0, ...installations), installations.reduce((sum, one) => sum + one, 0)];
  return html`<h1>Merge ${bugsWord(bugs.length)} into one?</h1>
    <p>
      Together: ${count(crashes)} crashes of ${least === all ? count(all) : `${count(least)} to ${count(all)}`} installations, first seen
      ${time(Math.min(...bugs.map((bug) => bug.firstSeenAt)), now)}, last seen ${time(Math.max(...bugs.map((bug) => bug.lastSeenAt)), now)}.
      The bug that stays keeps its title, state, assignee and ticket; later reports of all of them go there.
    </p>
    ${form(
      { to: options.to, action: 'merge', csrf: options.csrf, className: 'stack' },
      html`<div class="table">
          <table class="list">
            <caption class="unseen">
              The bugs, and which of them stays
            </caption>
            <thead>
              <tr>
                <th scope="col">Stays</th>
                <th scope="col">Bug</th>
                <th scope="col">State</th>
                <th scope="col" class="number">Crashes</th>
                <th scope="col" class="number wide">Installations</th>
                <th scope="col" class="wide">Versions</th>
              </tr>
            </thead>
            <tbody>
              ${bugs.map(
                (bug) =>
                  html`<tr>
                    <td>
                      <input type="hidden" name="bug" value="${bug.id}" />
                      <input type="radio" id="into-${bug.id}" name="into" value="${bug.id}" required ${bug.id === most?.id ? html` checked` : null} />
                    </td>
                    <td>
                      <label for="into-${bug.id}">#${bug.id} ${bugTitle(bug.title)}</label>
                    </td>
                    <td>${bug.state}</td>
                    <td class="number" data-unit="crashes">${count(bug.count)}</td>
                    <td class="number wide">${count(bug.installations)}</td>
                    <td class="wide">${bug.firstVersion ?? ''}${bug.lastVersion === bug.firstVersion ? null : html` – ${bug.lastVersion}`}</td>
                  </tr>`,
              )}
            </tbody>
          </table>
        </div>
        <p class="hint">
          It can be undone for seven days. To see two of them side by side first:
          ${bugs
            .filter((bug) => bug !== most)
            .slice(0, 5)
            .map(
              (bug) =>
                html`<a href="/bugs/${bug.id}/compare?with=${most?.id}">#${bug.id} and #${most?.id}</a> `,
            )}
        </p>
        <p class="actions"><button class="danger">Merge ${bugsWord(bugs.length)}</button> <a href="${options.to}">Cancel</a></p>`,
    )}`;
}
