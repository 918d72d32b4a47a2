// What may have brought a bug: the section of its page with suspect commits and owners by path, and honest words where there are none.
import { html } from 'hono/html';
import type { MatchedBy } from '../../../report/source/suspect-commits.ts';
import type { Bug } from '../../../store/bugs.ts';
import type { BugOwners, BugSuspects, SeenSuspect } from '../../gate/seen-suspects.ts';
import { releaseLink } from '../../query/release-query.ts';
import { excerpt } from '../../view/excerpt.ts';
import type { Html } from '../page.ts';
import { form } from './form-controls.ts';
import { table } from './table.ts';
import { count, nothing, time } from './value-table.ts';

export interface SuspectOptions {
  readonly now: number;
  readonly csrf: string;
  readonly mayChange: boolean;
  /** Names of people who can sign in, by address: owners among them can be made the assignee. */
  readonly names: ReadonlyMap<string, string>;
}

const BY: Readonly<Record<MatchedBy, string>> = {
  path: '',
  end: ' (the end of its path)',
  name: ' (its name alone)',
};

/** Null where neither a tool named commits nor the product names owners: then there is nothing to say. */
export function suspectsSection(bug: Bug, found: BugSuspects, options: SuspectOptions): Html | null {
  if (found.commits === null && found.owners === null) return null;
  return html`<section aria-labelledby="suspects">
    <h2 id="suspects">Suspect commits</h2>
    <p class="quiet">${words(bug, found)}</p>
    ${found.suspects.length === 0 ? null : suspectTable(found.suspects, options.now)}
    ${found.owners === null ? null : ownersLine(bug, found.owners, options)}
  </section>`;
}

function words(bug: Bug, { version, sure, commits, withPaths, suspects }: BugSuspects): Html {
  if (version === null) return html`No crash of the bug names a version, so no release can have brought it.`;
  const release = html`<a href="${releaseLink({ account: bug.account, name: bug.product }, version)}">${excerpt(version, 60).text}</a>`;
  if (commits === null || commits === 0)
    return html`No tool named the commits of ${release}, the oldest release that has the bug.`;
  const all = html`${count(commits)} ${commits === 1 ? 'commit' : 'commits'} of ${release}, ${sure ? 'which brought the bug' : 'the oldest release that has the bug (too few to tell whether it brought it)'}`;
  if (withPaths === 0) return html`None of the ${all} comes with the paths that it changed.`;
  if (suspects.length === 0)
    return html`None of the ${all} changed a file of the stack${withPaths < commits ? html`, as far as is known: ${count(commits - withPaths)} come without paths` : null}.`;
  return html`Of the ${all}, these changed files of the stack. That is a suspicion, no proof.`;
}

function suspectTable(suspects: readonly SeenSuspect[], now: number): Html {
  return table({
    caption: 'Commits that changed files of the stack, the most suspect first',
    rows: suspects,
    columns: [
      {
        label: 'Commit',
        cell: ({ commit, url }: SeenSuspect) => {
          const id = html`<code title="${excerpt(commit.id, 80).text}">${commit.id.slice(0, 12)}</code>`;
          return url === null ? id : html`<a class="row" href="${url}" rel="noreferrer">${id}</a>`;
        },
      },
      {
        label: 'What',
        cell: ({ commit }: SeenSuspect) =>
          commit.message === '' ? nothing : excerpt(commit.message, 160).text,
      },
      {
        label: 'Who',
        cell: ({ commit }: SeenSuspect) =>
          commit.author === null ? nothing : excerpt(commit.author, 60).text,
      },
      {
        label: 'Changed',
        cell: ({ matches }: SeenSuspect) =>
          html`${matches.map(({ path, frame, by }, at) => html`${at === 0 ? null : ', '}<code class="value">${excerpt(path, 120).text}</code> of frame ${frame}${BY[by]}`)}`,
      },
      {
        label: 'When',
        cell: ({ commit }: SeenSuspect) => (commit.at === null ? nothing : time(commit.at, now)),
        wideOnly: true,
      },
    ],
  });
}

function ownersLine(
  bug: Bug,
  { owners, pattern, path }: BugOwners,
  { csrf, mayChange, names }: SuspectOptions,
): Html {
  const people = owners.filter((owner) => names.has(owner) && owner !== bug.assignee).slice(0, 3);
  return html`<p>
      Owned by ${excerpt(owners.slice(0, 10).join(', '), 300).text}:
      <span class="quiet"><code>${excerpt(path, 120).text}</code> is of <code>${excerpt(pattern, 120).text}</code></span>
    </p>
    ${
      mayChange
        ? people.map((owner) =>
            form(
              { to: `/bugs/${bug.id}`, action: 'assign', csrf, className: 'inline' },
              html`<input type="hidden" name="assignee" value="${owner}" />
                <button>Assign to ${excerpt(names.get(owner) ?? owner, 60).text}</button>`,
            ),
          )
        : null
    }`;
}
