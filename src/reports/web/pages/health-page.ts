// /products/{account}/{product}/health: crash-free sessions and users, what was not kept, what people said.
import { html } from 'hono/html';
import type { SessionDay } from '../../../store/release-health.ts';
import { daysAgo } from '../../view/client-settings.ts';
import { excerpt } from '../../view/excerpt.ts';
import { clientCountsSection } from '../components/client-count-table.ts';
import { feedbackSection } from '../components/feedback-list.ts';
import { overviewPath, productPath } from '../components/product-path.ts';
import { table } from '../components/table.ts';
import { count } from '../components/value-table.ts';
import { namedProduct } from '../named-product.ts';
import type { Html, MemberPage } from '../page.ts';

const DAYS = 30;
const MAX_ROWS = 100;
const MAX_READ = 5000;
const MAX_WORDS = 50;

export const healthPage: MemberPage = {
  path: '/products/:account/:product/health',
  access: 'read',
  nav: 'products',
  async view(request) {
    const product = await namedProduct(request);
    const { context, now, seen } = request;
    const asked = {
      account: product.account,
      product: product.name,
      since: daysAgo(now, DAYS - 1),
      limit: MAX_READ,
    };
    const [days, counts, words] = await Promise.all([
      context.store.sessions.days(asked),
      context.store.clientKeys.counts(asked),
      seen.feedbackOfProduct(product.account, product.name, MAX_WORDS),
    ]);
    return {
      kind: 'html',
      title: `${product.name} health`,
      body: html`<div class="heading">
          <h1>${product.name} health</h1>
          <div class="actions">
            <a class="button" href="${overviewPath(product)}">Overview</a>
            <a class="button" href="${productPath(product)}">Settings</a>
          </div>
        </div>
        ${sessionSection(days)} ${clientCountsSection(counts, DAYS)} ${feedbackSection(words, now)}`,
    };
  },
};

function sessionSection(days: readonly SessionDay[]): Html {
  return html`<section aria-labelledby="sessions">
    <h2 id="sessions">Sessions <span class="quiet">${DAYS} days</span></h2>
    ${
      days.length === 0
        ? html`<p class="quiet">No client has sent a session yet.</p>`
        : html`${releases(days)} ${byDay(days)}`
    }
  </section>`;
}

type Sums = Omit<SessionDay, 'day'>;

function releases(days: readonly SessionDay[]): Html {
  const sums = new Map<string, Sums>();
  for (const row of days) {
    const key = JSON.stringify([row.release, row.environment]);
    const known = sums.get(key);
    sums.set(key, known === undefined ? row : added(known, row));
  }
  const rows = [...sums.values()].toSorted((a, b) => b.sessions - a.sessions).slice(0, MAX_ROWS);
  return table({ caption: 'Sessions by release', rows, columns: [releaseColumn, ...figures] });
}

function added(a: Sums, b: Sums): Sums {
  return {
    release: a.release,
    environment: a.environment,
    sessions: a.sessions + b.sessions,
    errored: a.errored + b.errored,
    unhandled: a.unhandled + b.unhandled,
    abnormal: a.abnormal + b.abnormal,
    crashed: a.crashed + b.crashed,
    // A user of two days is counted on each: the rate of the days together is that of user days.
    users: a.users + b.users,
    crashedUsers: a.crashedUsers + b.crashedUsers,
  };
}

function byDay(days: readonly SessionDay[]): Html {
  return table({
    caption: 'Sessions by day, release and environment',
    rows: days.slice(0, MAX_ROWS),
    columns: [{ label: 'Day', cell: (row: SessionDay) => row.day }, releaseColumn, ...figures],
  });
}

const releaseColumn = {
  label: 'Release',
  cell: ({ release, environment }: Sums): Html =>
    html`${excerpt(release || 'none', 100).text} <span class="quiet">${excerpt(environment, 60).text}</span>`,
};

const figures = [
  { label: 'Sessions', cell: ({ sessions }: Sums): string => count(sessions), number: true },
  {
    label: 'Crash-free sessions',
    cell: ({ sessions, crashed }: Sums): string => rate(sessions, crashed),
    number: true,
  },
  { label: 'Users', cell: ({ users }: Sums): string => count(users), number: true },
  {
    label: 'Crash-free users',
    cell: ({ users, crashedUsers }: Sums): string => rate(users, crashedUsers),
    number: true,
  },
  {
    label: 'Unhandled',
    cell: ({ unhandled }: Sums): string => count(unhandled),
    number: true,
    wideOnly: true,
  },
  { label: 'Abnormal', cell: ({ abnormal }: Sums): string => count(abnormal), number: true, wideOnly: true },
  { label: 'Errored', cell: ({ errored }: Sums): string => count(errored), number: true, wideOnly: true },
];

/** Never rounded up to 100 while there was a crash. */
function rate(all: number, crashed: number): string {
  if (all === 0) return '–';
  const percent = Math.floor((1 - crashed / all) * 10_000) / 100;
  return `${percent.toFixed(2)} %`;
}
