// /products/{account}/{product}/releases/{version}: who runs a release, how it holds, what changed in it, what it was made of.
import { html } from 'hono/html';
import type { Product } from '../../../store/people.ts';
import type { ReleaseDay, WholeRelease } from '../../../store/releases.ts';
import type { SeenReleaseComparison } from '../../gate/seen-analysis.ts';
import { bugsLink } from '../../query/bug-query.ts';
import { compareLink, releaseLink, releasesLink, topLink } from '../../query/release-query.ts';
import { excerpt } from '../../view/excerpt.ts';
import { crashFree } from '../../view/release-json.ts';
import { dayChart, lastDays } from '../components/chart.ts';
import { comparisonSections, VERDICT_WORDS } from '../components/release-comparison.ts';
import { crashFreeCell, intervalWords, percent, perThousandCell } from '../components/release-figures.ts';
import { countedNote } from '../components/counted-note.ts';
import { field } from '../components/form-controls.ts';
import { facts, table } from '../components/table.ts';
import { count, nothing, time } from '../components/value-table.ts';
import { namedProduct } from '../named-product.ts';
import { namedRelease } from '../named-release.ts';
import type { Html, MemberPage } from '../page.ts';

const MAX_CHART_DAYS = 90;
const COMPARED_DAYS = 28;
const SHOWN_COMMITS = 50;
const MAX_OFFERED = 100;

export const releasePage: MemberPage = {
  path: '/products/:account/:product/releases/:version',
  access: 'read',
  nav: 'releases',
  async view(request) {
    const product = await namedProduct(request);
    const release = await namedRelease(request, product);
    const { account, name } = product;
    const named = { account, product: name };
    const [comparison, others] = await Promise.all([
      release.previous === null
        ? null
        : request.seen.compareReleases(named, {
            base: release.previous,
            new: release.version,
            days: COMPARED_DAYS,
            bugId: null,
          }),
      request.seen.listReleases(named, { offset: 0, limit: MAX_OFFERED }),
    ]);
    const version = excerpt(release.version, 80).text;
    return {
      kind: 'html',
      title: `${name} ${version}`,
      body: html`<nav aria-label="Releases beside it">
          <p class="id"><a href="${releasesLink(product)}">${name} releases</a>${
            release.previous === null
              ? null
              : html` · <a href="${releaseLink(product, release.previous)}" rel="prev">‹ ${excerpt(release.previous, 40).text}</a>`
          }${
            release.next === null
              ? null
              : html` · <a href="${releaseLink(product, release.next)}" rel="next">${excerpt(release.next, 40).text} ›</a>`
          }</p>
        </nav>
        <div class="heading">
          <h1>${name} ${version}</h1>
          <div class="actions">
            <a class="button" href="${bugsLink({ account, product: name, version: release.version, state: 'all' })}">Bugs</a>
            <a class="button" href="${topLink({ account, product: name, version: release.version, period: '28d' })}">Top crashers</a>
          </div>
        </div>
        <p class="lead">${summary(release, comparison)}</p>
        ${figures(release)} ${countedNote(release, 'Installations')} ${charts(release, { account, product: name, version: release.version }, request.now)}
        <section aria-labelledby="changed">
          <h2 id="changed">What changed${release.previous === null ? null : html` against ${excerpt(release.previous, 60).text}`}</h2>
          ${compareForm(
            product,
            release,
            others.releases.map((one) => one.version),
          )}
          ${
            comparison === null
              ? html`<p class="quiet">It is the oldest release that is known: there is nothing to compare it with.</p>`
              : comparisonSections(product, comparison, COMPARED_DAYS)
          }
        </section>
        ${made(release, request.now)}`,
    };
  },
};

function summary(release: WholeRelease, comparison: SeenReleaseComparison | null): Html {
  const { made: said, firstDay, lastDay } = release;
  const since =
    said?.releasedAt !== undefined && said.releasedAt !== null
      ? html`Released ${new Date(said.releasedAt).toISOString().slice(0, 10)}.`
      : firstDay === null
        ? html`No crash or session of it has come yet.`
        : html`First seen ${firstDay}, last ${lastDay}.`;
  if (comparison === null) return since;
  const { counts } = comparison;
  const parts = (['new', 'worse', 'better', 'gone'] as const).map(
    (verdict) => `${count(counts[verdict])} ${VERDICT_WORDS[verdict]}`,
  );
  return html`${since} Bugs: ${parts.join(', ')}; of ${count(counts.same + counts.too_few)} nobody can say that they changed.`;
}

function figures(release: WholeRelease): Html {
  const { sessions } = release;
  const users = sessions === null ? null : crashFree(sessions.users, sessions.crashedUsers);
  const runs = sessions === null ? null : crashFree(sessions.sessions, sessions.crashed);
  const rate = (name: string, found: ReturnType<typeof crashFree>, cell: Html): Html =>
    html`<p class="figure"><strong>${found === null ? cell : percent(found.rate)}</strong> <span>${name}${found === null ? null : html`, ${intervalWords(found)}`}</span></p>`;
  return html`<div class="figures">
    ${
      sessions === null
        ? null
        : html`${rate('crash-free users', users, crashFreeCell(sessions.users, sessions.crashedUsers, 'users'))}
          ${rate('crash-free sessions', runs, crashFreeCell(sessions.sessions, sessions.crashed, 'sessions'))}
          <p class="figure"><strong>${count(sessions.users)}</strong> <span>${sessions.users === 1 ? 'user' : 'users'}</span></p>`
    }
    <p class="figure"><strong>${count(release.crashes)}</strong> <span>${release.crashes === 1 ? 'crash' : 'crashes'}</span></p>
    <p class="figure"><strong>${count(release.installations)}</strong> <span>${release.installations === 1 ? 'installation' : 'installations'} crashed</span></p>
    ${
      sessions === null && release.crashes > 0
        ? html`<p class="figure"><strong>${perThousandCell(release)}</strong> <span>per 1 000 installations; how many ran it, only sessions tell</span></p>`
        : null
    }
  </div>`;
}

function charts(
  release: WholeRelease,
  of: { readonly account: string; readonly product: string; readonly version: string },
  now: number,
): Html {
  const first = release.days[0]?.day;
  if (first === undefined) return html`<p class="quiet">Nothing of it was seen yet.</p>`;
  const age = Math.floor((now - Date.parse(`${first}T00:00:00Z`)) / 86_400_000) + 1;
  const days = lastDays(Math.min(Math.max(age, 7), MAX_CHART_DAYS), now);
  const byDay = new Map(release.days.map((day) => [day.day, day]));
  const series = (of: (day: ReleaseDay) => number): readonly number[] =>
    days.map((day) => {
      const found = byDay.get(day);
      return found === undefined ? 0 : of(found);
    });
  const hasUsers = release.days.some(({ users }) => users > 0);
  return html`<div class="pair">
    ${
      hasUsers
        ? dayChart({
            title: 'Adoption: users by day',
            days,
            series: [{ name: 'Users', values: series(({ users }) => users) }],
          })
        : dayChart({
            title: 'Installations that crashed, by day',
            days,
            series: [
              { name: 'Installations', values: series(({ crashedInstallations }) => crashedInstallations) },
            ],
          })
    }
    ${dayChart({ title: 'Crashes by day', days, series: [{ name: 'Crashes', values: series(({ crashes }) => crashes) }], range: (from, to) => bugsLink({ ...of, state: 'all', happened_from: from, happened_to: to }) })}
  </div>`;
}

function compareForm(product: Product, release: WholeRelease, versions: readonly string[]): Html {
  const { pathname } = new URL(
    compareLink(product, { base: null, new: null, days: null, bug: null }),
    'http://x',
  );
  return html`<form method="get" action="${pathname}" class="filters" aria-label="Compare with another release">
    ${field({ name: 'base', label: 'Compare with', value: release.previous ?? '', maxLength: 200, offers: versions.filter((one) => one !== release.version) })}
    ${field({ name: 'days', label: 'First days of each', type: 'number', value: String(COMPARED_DAYS), min: 1, max: 90 })}
    <input type="hidden" name="new" value="${release.version}" />
    <button>Compare</button>
  </form>`;
}

function made({ made: said, commits, deploys }: WholeRelease, now: number): Html | null {
  if (said === null) return null;
  return html`<section aria-labelledby="made">
    <h2 id="made">What it was made of</h2>
    ${facts([
      ['Made', time(said.createdAt, now)],
      ['Built from', said.ref === null ? null : html`<code>${excerpt(said.ref, 100).text}</code>`],
      [
        'Address',
        said.url === null || !/^https?:\/\//i.test(said.url)
          ? null
          : html`<a href="${said.url}" rel="noreferrer">${excerpt(said.url, 100).text}</a>`,
      ],
    ])}
    ${
      deploys.length === 0
        ? null
        : table({
            caption: 'Where the release went, newest first',
            rows: deploys,
            columns: [
              { label: 'Environment', cell: ({ environment }) => excerpt(environment, 80).text },
              { label: 'Name', cell: ({ name }) => (name === null ? nothing : excerpt(name, 80).text) },
              { label: 'Finished', cell: ({ finishedAt }) => time(finishedAt, now) },
            ],
          })
    }
    ${
      commits.length === 0
        ? html`<p class="quiet">No tool has listed its commits.</p>`
        : html`${table({
            caption: 'Commits of the release, as a tool listed them',
            rows: commits.slice(0, SHOWN_COMMITS),
            columns: [
              {
                label: 'Commit',
                cell: ({ id }) => html`<code title="${excerpt(id, 80).text}">${id.slice(0, 12)}</code>`,
              },
              {
                label: 'What',
                cell: ({ message }) => (message === '' ? nothing : excerpt(message, 160).text),
              },
              { label: 'Who', cell: ({ author }) => (author === null ? nothing : excerpt(author, 60).text) },
              { label: 'When', cell: ({ at }) => (at === null ? nothing : time(at, now)), wideOnly: true },
            ],
          })}
          ${commits.length > SHOWN_COMMITS ? html`<p class="quiet">and ${count(commits.length - SHOWN_COMMITS)} more.</p>` : null}`
    }
  </section>`;
}
