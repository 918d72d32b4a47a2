// Whom a bug hits: the installations with most of its crashes, each leading to its reports.
import { countedWords } from '../../view/counted-words.ts';
import { html } from 'hono/html';
import type { Bug } from '../../../store/bugs.ts';
import type { Affected, AffectedInstallation } from '../../query/bug-people.ts';
import { filteredLink } from '../../query/crash-filter.ts';
import type { GivenCrashFilter } from '../../query/crash-filter.ts';
import { excerpt } from '../../view/excerpt.ts';
import type { Html } from '../page.ts';
import { table } from './table.ts';
import { count, time } from './value-table.ts';

/** Null: nothing is known of installations under the filter. */
export function affectedUsers(
  bug: Bug,
  affected: Affected | null,
  { given, now }: { readonly given: GivenCrashFilter; readonly now: number },
): Html | null {
  if (affected === null || (affected.installations === 0 && affected.unnamed === 0)) return null;
  const { installations, unnamed, users, usersUnnamed, most } = affected;
  const ofBug = given.q === undefined ? `bug:#${bug.id}` : `bug:#${bug.id} (${given.q})`;
  const link = (more: Readonly<Record<string, string>>): string =>
    filteredLink('/search', { ...given, q: ofBug }, { account: bug.account, product: bug.product, ...more });
  const byInstallation = (number: number): string =>
    filteredLink(
      '/search',
      { ...given, q: `${ofBug} installation:#${number}` },
      { account: bug.account, product: bug.product },
    );
  const of = (number: number, one: string, without: number): string =>
    `${count(number)} ${number === 1 ? one : `${one}s`}${without === 0 ? '' : ` (${count(without)} ${without === 1 ? 'crash names' : 'crashes name'} none)`}`;
  const named = [
    ...(users === 0 ? [] : [of(users, 'user', usersUnnamed)]),
    ...(installations === 0 ? [] : [of(installations, 'installation', unnamed)]),
  ];
  const words =
    named.length === 0
      ? 'No stored crash names an installation or a user: how many people it hits is not known.'
      : `${named.join(' on ')}, as far as reports are stored${countedWords(affected.counted)}.`;
  return html`<section aria-labelledby="affected">
    <div class="heading">
      <h2 id="affected">Who is affected</h2>
      ${users > 0 ? html`<p><a href="${link({ facets: 'user', top: '1000' })}">All users</a></p>` : null}
      ${installations > most.length ? html`<p><a href="${link({ facets: 'installation', top: '1000' })}">All ${count(installations)}</a></p>` : null}
    </div>
    <p class="quiet">${words}</p>
    ${
      installations === 0
        ? null
        : table({
            caption: 'Installations with most crashes of the bug',
            rows: most,
            columns: [
              {
                label: 'Installation',
                cell: ({ number }: AffectedInstallation) =>
                  html`<a class="row" href="${byInstallation(number)}"><code>#${number}</code></a>`,
              },
              {
                label: 'Crashes',
                number: true,
                unit: ({ crashes }: AffectedInstallation) => (crashes === 1 ? 'crash' : 'crashes'),
                cell: ({ crashes }: AffectedInstallation) => count(crashes),
              },
              {
                label: 'Versions',
                wideOnly: true,
                cell: ({ versions }: AffectedInstallation) => excerpt(versions.join(', '), 120).text,
              },
              {
                label: 'First day',
                wideOnly: true,
                cell: ({ firstDay }: AffectedInstallation) => new Date(firstDay).toISOString().slice(0, 10),
              },
              { label: 'Last day', cell: ({ lastDay }: AffectedInstallation) => time(lastDay, now) },
              {
                label: 'Everything of it',
                wideOnly: true,
                cell: ({ number }: AffectedInstallation) =>
                  html`<a href="${filteredLink('/reports', {}, { product: bug.product, installation: `#${number}` })}">all its reports</a>`,
              },
            ],
          })
    }
  </section>`;
}
