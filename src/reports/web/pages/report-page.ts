// /reports/{crash id}: what one report says: its bug and stacks first, then everything that came in with it.
import { html } from 'hono/html';
import { allows } from '../../auth/person.ts';
import type { ProcessedLog } from '../../../report/processed-report.ts';
import type { SeenStore } from '../../gate/gate.ts';
import type { Bug } from '../../../store/bugs.ts';
import { filteredLink, readCrashFilter } from '../../query/crash-filter.ts';
import type { CrashFilter } from '../../query/crash-filter.ts';
import { reportSteps } from '../../query/report-steps.ts';
import type { ReportSteps } from '../../query/report-steps.ts';
import { reportStepLinks } from '../components/report-step-links.ts';
import { readText } from '../../view/payload-view.ts';
import { countOtherBuilds } from '../../view/other-builds.ts';
import { feedbackSection } from '../components/feedback-list.ts';
import { excerpt } from '../../view/excerpt.ts';
import { installationText } from '../../gate/seen-report.ts';
import type { SeenReport } from '../../gate/seen-report.ts';
import { annotationSection } from '../components/report-annotations.ts';
import { attachmentSection } from '../components/report-attachments.ts';
import { filterLink, PROTOCOL_NAMES } from '../components/report-links.ts';
import { logSection } from '../components/report-log.ts';
import { payloadSection } from '../components/report-payload.ts';
import { form } from '../components/form-controls.ts';
import { facts } from '../components/table.ts';
import { exactTime, size, time } from '../components/value-table.ts';
import { nameOf, readBugId } from '../../view/bug-change.ts';
import { headline, headlineFacts, headlineText } from '../components/report-headline.ts';
import { nativeOf, processedSections, processingSection } from '../components/report-processed.ts';
import { PageError } from '../page.ts';
import type { Html, MemberPage, MemberRequest, PageAnswer } from '../page.ts';
import { namedReport, noSuchReport } from '../named-report.ts';

export const reportPage: MemberPage = {
  path: '/reports/:crash_id',
  access: 'read',
  nav: 'reports',
  async view(request) {
    const { person, seen, url } = request;
    const report = await namedReport(request);
    const [payload, found, failure, why, words] = await Promise.all([
      person.seesProtected ? payloadSection(seen, report) : null,
      seen.getProcessed(report.crashId),
      seen.failure(report.crashId),
      seen.whyHere(report.crashId),
      seen.feedbackOfReport(report.crashId),
    ]);
    const ids = found?.bugIds.slice(0, MAX_BUGS) ?? [];
    const builds =
      found === null ? new Map<string, number>() : await countOtherBuilds(seen.symbols, found.processed);
    const log = found?.processed.log;
    const original = log !== undefined && person.seesProtected ? await originalText(seen, report, log) : null;
    const theirs = await Promise.all(ids.map((id) => seen.getBug(id)));
    const [bug = null] = theirs;
    // The filter of the bug's page that led here: its reports are walked.
    const filter = readCrashFilter(url.searchParams);
    const steps =
      bug === null || filter.problem !== null
        ? null
        : await reportSteps(seen, bug, report.crashId, filter.query);
    const derived = found === null ? null : found.processed;
    const options = {
      report,
      processed: derived,
      bug,
      native:
        derived === null ? null : nativeOf(report, derived, { builds, seesProtected: person.seesProtected }),
      now: request.now,
    };
    const processedOptions =
      derived === null
        ? null
        : {
            report,
            processed: derived,
            bugs: theirs,
            why,
            builds,
            source: await seen.frameLinker(report),
            seesProtected: person.seesProtected,
            mayChange: allows('triage', person),
            csrf: request.csrf,
          };
    const version = report.version === null ? '' : ` ${excerpt(report.version, 100).text}`;
    return {
      kind: 'html',
      title: `${headlineText(options)} · ${report.product}${version} crash ${report.crashId.slice(0, 8)}`,
      secret: person.seesProtected,
      body: html`${heading(request, report, headline(options))} ${walk(bug, steps, filter)} ${state(report, failure)}
      ${headlineFacts(options)} ${feedbackSection(words, request.now)}
      ${processedOptions === null ? null : processedSections(processedOptions)}
      ${logSection(log, original)}
      ${annotationSection(report, {
        full: url.searchParams.get('full') === '1',
        fullLink: `/reports/${report.crashId}?full=1#annotations`,
      })}
      ${attachmentSection(report, person.seesProtected)} ${payload}
      <section aria-labelledby="facts">
        <h2 id="facts">How it came in</h2>
        ${reportFacts(report, request.now)}
      </section>
      ${notes(report)} ${processedOptions === null ? null : processingSection(processedOptions)}`,
    };
  },
  actions: {
    requeue: {
      access: 'triage',
      async run(request) {
        const { crashId } = await namedReport(request);
        if (!(await request.context.store.reports.requeueReport(crashId))) throw noSuchReport();
        return { kind: 'redirect', to: `/reports/${crashId}`, done: 'requeued' };
      },
    },
    pin: pinning(true),
    unpin: pinning(false),
    move: {
      access: 'triage',
      async run(request, fields) {
        const { crashId } = await namedReport(request);
        const { bugs } = request.context.store;
        const named = readBugId(fields.text('bug'));
        const into = named === null ? null : await request.seen.resolveBug(named);
        if (into === null || !(await bugs.moveReport(crashId, into, nameOf(request.person)))) {
          throw new PageError(
            400,
            'The report cannot be moved there.',
            'Go back and give the number of a bug of the same product.',
          );
        }
        return { kind: 'redirect', to: `/bugs/${into}`, done: 'report-moved' };
      },
    },
  },
};

/** Pins the report, or lets it go. */
function pinning(pinned: boolean) {
  return {
    access: 'triage' as const,
    async run(request: MemberRequest): Promise<PageAnswer> {
      const { crashId } = await namedReport(request);
      if (!(await request.context.store.reports.pinReport(crashId, pinned))) throw noSuchReport();
      return { kind: 'redirect', to: `/reports/${crashId}`, done: pinned ? 'pinned' : 'unpinned' };
    },
  };
}

/** The text that the crash was read from, as far as a page looks at it. */
async function originalText(seen: SeenStore, report: SeenReport, log: ProcessedLog): Promise<string | null> {
  if (log.source === 'annotation')
    return report.annotations.find(({ key }) => key === log.name)?.value ?? null;
  const read = await readText(seen, report.crashId, log.name);
  return read === null || (!read.complete && read.text.length < log.place.end) ? null : read.text;
}

/** Bugs of one report that its page names. */
const MAX_BUGS = 5;

/** What a report waits for, or why it could not be processed. */
function state(
  report: SeenReport,
  failure: { readonly reason: string; readonly attempts: number } | null,
): Html | null {
  if (report.state === 'queued') {
    return html`<p class="lead">
      ${failure === null ? 'The report waits to be processed.' : html`Processing failed and is tried again: ${excerpt(failure.reason, 500).text}`}
      <a href="/status">The queue</a> shows what waits.
    </p>`;
  }
  if (report.state === 'deferred') {
    return html`<p class="lead">The throttle deferred this report: it is processed when somebody asks for it.</p>`;
  }
  if (report.state !== 'failed') return null;
  return html`<p class="fault">
    Processing failed${failure === null ? null : html` after ${failure.attempts} ${failure.attempts === 1 ? 'attempt' : 'attempts'}: <span class="value">${excerpt(failure.reason, 1000).text}</span>`}.
    Everything that came in is kept.
  </p>`;
}

function heading({ person, csrf }: MemberRequest, report: SeenReport, title: Html): Html {
  const path = `/reports/${report.crashId}`;
  return html`<div class="heading">
    <div>
      ${title}
      <p class="id">
        Report <code id="crash-id">${report.crashId}</code>
        <button type="button" class="copy" data-copy="crash-id" hidden>Copy</button>
      </p>
    </div>
    <div class="actions">
      <a class="button" href="${path}/debug">Debug</a>
      ${person.seesProtected ? html`<a class="button" href="${path}/bundle" download>Download bundle</a>` : null}
      ${
        allows('triage', person) && report.state !== 'queued'
          ? form(
              { to: path, action: 'requeue', csrf, className: 'inline' },
              html`<button>${report.state === 'deferred' ? 'Process report' : 'Process again'}</button>`,
            )
          : null
      }
      ${
        allows('triage', person)
          ? form(
              { to: path, action: report.pinned ? 'unpin' : 'pin', csrf, className: 'inline' },
              html`<button title="Pinned reports are pruned last">${report.pinned ? 'Unpin' : 'Pin'}</button>`,
            )
          : null
      }
      ${allows('triage', person) ? html`<a class="button" href="${path}/delete">Delete…</a>` : null}
    </div>
  </div>`;
}

/** From report to report of the bug. */
function walk(bug: Bug | null, steps: ReportSteps | null, { given, query }: CrashFilter): Html | null {
  if (bug === null || steps === null || (steps.newer === null && steps.older === null)) return null;
  return html`<nav class="steps" aria-label="Reports of the bug">
    ${reportStepLinks(steps, (to) => filteredLink(`/reports/${to}`, given))}
    <span class="quiet">of <a href="${filteredLink(`/bugs/${bug.id}`, given)}">bug ${bug.id}</a>${query === null ? null : ', under its filter'}</span>
  </nav>`;
}

function reportFacts(report: SeenReport, now: number): Html {
  const { throttle } = report;
  const { jami, installation } = report;
  const trace = report.annotations.find(({ key }) => key === 'trace_id')?.value;
  const search = (value: string | null) => (value === null ? null : filterLink({ text: value }, value));
  return facts([
    ...(jami === null
      ? []
      : ([
          ['Platform', filterLink({ platform: report.platform ?? '' }, jami.platform)],
          ['Client SHA', search(jami.clientSha)],
          ['Jami core SHA', search(jami.jamicoreSha)],
          ['Build ID', search(jami.buildId)],
          ['GUID', jami.guid === null ? null : filterLink({ installation: jami.guid }, jami.guid)],
        ] as const)),
    [
      'Uploaded',
      html`${exactTime(report.receivedAt)} <span class="quiet">(${time(report.receivedAt, now)})</span>`,
    ],
    ['Product', filterLink({ account: report.account, product: report.product }, report.product)],
    [
      'Account',
      report.account === 'default' ? null : filterLink({ account: report.account }, report.account),
    ],
    // One crash can come as two events: a framework's handler and its log each send one.
    ['Trace', trace === undefined ? null : filterLink({ text: trace }, 'reports of the same trace')],
    ['Version', filterLink({ product: report.product, version: report.version ?? '' }, report.version)],
    ['Platform', jami === null ? filterLink({ platform: report.platform ?? '' }, report.platform) : null],
    ['State', filterLink({ state: report.state }, report.state)],
    ['Protocol', filterLink({ protocol: report.protocol }, PROTOCOL_NAMES[report.protocol])],
    [
      'Throttle',
      html`${throttle.action.replace('_', ' ')} <span class="quiet">by rule</span>
        <code>${excerpt(throttle.rule, 200).text}</code>`,
    ],
    [
      'Installation',
      installation === null || installationText(installation) === jami?.guid
        ? null
        : filterLink({ installation: installationText(installation) }, installationText(installation)),
    ],
    [
      'Client address',
      report.clientHash === null
        ? null
        : html`<code title="Salted hash that changes each month">${report.clientHash.slice(0, 16)}</code>`,
    ],
    [
      'User agent',
      report.userAgent === null
        ? null
        : html`<span class="value">${excerpt(report.userAgent, 800).text}</span>`,
    ],
    [
      'Body',
      html`${size(report.bodyBytes)} <span class="quiet">as ${report.payloadKind}, ${report.encoding}</span>`,
    ],
  ]);
}

function notes(report: SeenReport): Html | null {
  if (report.notes.length === 0) return null;
  const shown = report.notes.slice(0, 20);
  return html`<section aria-labelledby="notes">
    <h2 id="notes">Collector notes <span class="quiet">${report.notes.length}</span></h2>
    <ul>
      ${shown.map((note) => html`<li>${excerpt(note, 240).text}</li> `)}
    </ul>
    ${report.notes.length > shown.length ? html`<p class="quiet">and ${report.notes.length - shown.length} more.</p>` : null}
  </section>`;
}
