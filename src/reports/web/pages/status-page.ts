// /status: is the server well? Disk against the limit, queue, rates, versions. Who may not see the whole installation is told of their own
// products, and of no figure that others have a part in.
import { html } from 'hono/html';
import { REPORT_STATES } from '../../../report/report.ts';
import type { StoreStatus } from '../../../store/reports.ts';
import { allows } from '../../auth/person.ts';
import { requeueAll } from '../../query/process-deferred.ts';
import { daysAgo } from '../../view/client-settings.ts';
import { clientCountsSection } from '../components/client-count-table.ts';
import { queueSection, requeueForms } from '../components/queue-section.ts';
import { facts } from '../components/table.ts';
import { count, exactTime, size, sizeText, time } from '../components/value-table.ts';
import type { ReportsContext } from '../../reports-context.ts';
import type { Html, MemberPage, MemberRequest, PageAnswer } from '../page.ts';

/** Free disk space below which the page warns. */
const LOW_DISK_BYTES = 512 * 1024 * 1024;
/** Days of what clients sent or lost that is no report. */
const CLIENT_DAYS = 7;

export const statusPage: MemberPage = {
  path: '/status',
  access: 'read',
  nav: 'status',
  view: (request) => (allows('whole', request.person) ? showWhole(request) : showOwn(request)),
  actions: {
    pause: {
      access: 'installation',
      async run({ context, person }) {
        await context.store.queue.setPaused(true);
        context.log.info({ by: person.user?.id }, 'queue paused');
        return { kind: 'redirect', to: '/status', done: 'queue-paused' };
      },
    },
    resume: {
      access: 'installation',
      async run({ context, person }) {
        await context.store.queue.setPaused(false);
        context.log.info({ by: person.user?.id }, 'queue resumed');
        return { kind: 'redirect', to: '/status', done: 'queue-resumed' };
      },
    },
    'process-deferred': requeueing('deferred'),
    'process-failed': requeueing('failed'),
  },
};

async function showWhole({ context, seen, now, person, csrf }: MemberRequest): Promise<PageAnswer> {
  const [status, queue, notKept] = await Promise.all([
    context.store.reports.status(),
    context.store.queue.counts(),
    seen.settings.clientCounts({ since: daysAgo(now, CLIENT_DAYS - 1), limit: 2000 }),
  ]);
  return {
    kind: 'html',
    title: 'Status',
    body: html`<h1>Status</h1>
        ${warnings(status)}
        <section aria-labelledby="disk">
          <h2 id="disk">Disk</h2>
          ${usage(status)}
          ${facts([
            ...(status.diskFreeBytes === null
              ? []
              : ([['Free on the disk', size(status.diskFreeBytes)]] as const)),
            ['Database', size(status.databaseBytes)],
            ['Pruned so far', html`${count(status.pruned)} reports`],
            ...(status.sealing === null
              ? []
              : ([['What is in clear from before', `being sealed: ${status.sealing}`]] as const)),
          ])}
        </section>
        ${queueSection(queue, { csrf, mayPause: allows('installation', person), mayChange: allows('triage', person) })}
        <section aria-labelledby="stored">
          <h2 id="stored">Reports</h2>
          <div class="figures">
            ${figure('stored', status.reports, '/reports')}
            ${REPORT_STATES.map((state) => figure(state, status.reportsByState[state], `/reports?state=${state}`))}
            ${figure('in the last hour', status.reportsLastHour, `/reports?from=${minute(now - 3_600_000)}`)}
            ${figure('in the last 24 hours', status.reportsLastDay, `/reports?from=${minute(now - 86_400_000)}`)}
          </div>
          ${facts([
            ['Newest', time(status.newestReportAt, now)],
            ['Oldest', time(status.oldestReportAt, now)],
          ])}
          ${allows('installation', person) ? html`<p><a href="/erasures">Erase reports for good…</a></p>` : null}
        </section>
        ${clientCountsSection(notKept, CLIENT_DAYS)}
        ${serverSection(context, now, [['Store schema', String(status.schemaVersion)]])}`,
  };
}

/** Of the products that somebody may read together. */
async function showOwn({ context, seen, now, person, csrf }: MemberRequest): Promise<PageAnswer> {
  const { settings } = seen;
  const [byState, products, notKept] = await Promise.all([
    settings.reportsByState(),
    settings.products(),
    settings.clientCounts({ since: daysAgo(now, CLIENT_DAYS - 1), limit: 2000 }),
  ]);
  const stored = REPORT_STATES.reduce((sum, state) => sum + byState[state], 0);
  const newest = Math.max(0, ...products.map(({ lastReportAt }) => lastReportAt ?? 0));
  return {
    kind: 'html',
    title: 'Status',
    body: html`<h1>Status</h1>
      <section aria-labelledby="stored">
        <h2 id="stored">Reports of your products</h2>
        <div class="figures">
          ${figure('stored', stored, '/reports')}
          ${REPORT_STATES.map((state) => figure(state, byState[state], `/reports?state=${state}`))}
        </div>
        ${facts([['Newest', time(newest === 0 ? null : newest, now)]])}
        ${requeueForms(byState, { csrf, mayChange: allows('triage', person) })}
      </section>
      ${clientCountsSection(notKept, CLIENT_DAYS)} ${serverSection(context, now, [])}`,
  };
}

function serverSection(
  { version, submitUrl, reportsUrl }: ReportsContext,
  now: number,
  more: readonly (readonly [string, string])[],
): Html {
  return html`<section aria-labelledby="server">
    <h2 id="server">Server</h2>
    ${facts([
      ['Version', version.version],
      ['Commit', version.commit === null ? null : html`<code>${version.commit}</code>`],
      ...more,
      ['Submit address', html`<code>${submitUrl}</code>`],
      ['Reports address', html`<code>${reportsUrl}</code>`],
      ['Clock', exactTime(now)],
    ])}
  </section>`;
}

function requeueing(state: 'deferred' | 'failed') {
  return {
    access: 'triage' as const,
    async run({ context, seen }: MemberRequest): Promise<PageAnswer> {
      await requeueAll(context.store.queue, seen.settings, state);
      return { kind: 'redirect', to: '/status', done: 'queue-requeued' };
    },
  };
}

/** A moment as a filter takes it, to the minute. */
function minute(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16)}Z`;
}

function usage({ usedBytes, limitBytes }: StoreStatus): Html {
  const percent = limitBytes === 0 ? 0 : Math.round((usedBytes / limitBytes) * 100);
  return html`<p>
      <label for="used">${sizeText(usedBytes)} of ${sizeText(limitBytes)} used (${percent} %).</label> The
      oldest reports are pruned before the limit is passed.
    </p>
    <meter id="used" min="0" max="${Math.max(1, limitBytes)}" value="${usedBytes}">${percent} %</meter>`;
}

function figure(label: string, value: number, href: string): Html {
  return html`<a class="figure" href="${href}"><strong>${count(value)}</strong> <span>${label}</span></a>`;
}

function warnings(status: StoreStatus): Html | null {
  if (status.diskFreeBytes === null || status.diskFreeBytes >= LOW_DISK_BYTES) return null;
  return html`<p class="fault" role="alert">
    Only ${sizeText(status.diskFreeBytes)} are free on the disk that holds the store. Make room, or lower
    MAX_REPORTS_SIZE_MB: when the disk is full, reports are refused.
  </p>`;
}
