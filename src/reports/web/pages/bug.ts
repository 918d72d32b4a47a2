// /bugs/{number}: where in the code, how often, for whom, since when; and what people do about it.
import { countedWords } from '../../view/counted-words.ts';
import { html } from 'hono/html';
import { EVERYTHING } from '../../../search/query/query-tree.ts';
import type { FrameLinker } from '../../../report/source/source-address.ts';
import type { ProcessedCrash } from '../../../report/processed-report.ts';
import type { Bug, BugCase } from '../../../store/bugs.ts';
import type { BugTrend } from '../../../store/crash-analysis.ts';
import type { Page } from '../../../store/reports.ts';
import type { Query } from '../../../search/query/query-tree.ts';
import { allows } from '../../auth/person.ts';
import type { CoverCrash } from '../../gate/cover-crash.ts';
import type { SeenStore } from '../../gate/gate.ts';
import type { SeenReport, SeenRow } from '../../gate/seen-report.ts';
import { affectedBy, wordsAbout } from '../../query/bug-people.ts';
import { bugUnderFilter, ofBug } from '../../query/bug-under-filter.ts';
import { reportSteps } from '../../query/report-steps.ts';
import type { ReportSteps } from '../../query/report-steps.ts';
import { differenceWords } from '../../view/compare-reports.ts';
import { affectedUsers } from '../components/affected-users.ts';
import { bugPlaces } from '../components/bug-places.ts';
import { faultSentence, filteredLink, readCrashFilter } from '../../query/crash-filter.ts';
import type { GivenCrashFilter } from '../../query/crash-filter.ts';
import { ticketOfBug } from '../../query/ticket-of-bug.ts';
import {
  checkAssignee,
  checkComment,
  checkIgnore,
  checkTicket,
  checkVersion,
  nameOf,
  readBugId,
  UNMERGE_FAULT,
} from '../../view/bug-change.ts';
import { feedbackSection } from '../components/feedback-list.ts';
import { excerpt } from '../../view/excerpt.ts';
import { correlationsSection, originWords } from '../components/bug-analysis.ts';
import { bugCases } from '../components/bug-cases.ts';
import { bugControls, commentForm } from '../components/bug-controls.ts';
import { bugFacts } from '../components/bug-facts.ts';
import { bugHistory } from '../components/bug-history.ts';
import { bugFilterLink, bugTitle } from '../components/bug-links.ts';
import { bugValues } from '../components/bug-values.ts';
import { coverStack } from '../components/crash.ts';
import { crashFilterForm } from '../components/crash-filters.ts';
import { faultBox } from '../components/form-controls.ts';
import { mergedBugs } from '../components/merged-bugs.ts';
import { bugTicket } from '../components/bug-ticket.ts';
import { suspectsSection } from '../components/bug-suspects.ts';
import { trendMark } from '../components/trend-mark.ts';
import { reportStepLinks } from '../components/report-step-links.ts';
import { similarBugsSection } from '../components/similar-bugs-section.ts';
import { pairList } from '../components/pair-list.ts';
import { bugReportTable } from '../components/report-table.ts';
import { count, time } from '../components/value-table.ts';
import { namedBug, noSuchBug } from '../named-bug.ts';
import { peopleNames } from '../people-names.ts';
import type { DoneCode } from '../done.ts';
import type { Form, Html, MemberPage, MemberRequest, PageAnswer } from '../page.ts';

const RECENT_REPORTS = 8;
const STACK_BUDGET = 14_000;
const MESSAGE_BUDGET = 2000;
const BREADCRUMBS_BUDGET = 2500;

type Outcome = { readonly fault: string } | { readonly done: DoneCode; readonly to?: number };
type Change = (request: MemberRequest, bug: Bug, form: Form) => Promise<Outcome>;

/** An action on the bug; its faults are told above the page. */
function change(run: Change) {
  return {
    access: 'triage' as const,
    async run(request: MemberRequest, form: Form): Promise<PageAnswer> {
      const bug = await namedBug(request);
      const outcome = await run(request, bug, form);
      if ('fault' in outcome) return show(request, outcome.fault);
      return { kind: 'redirect', to: `/bugs/${outcome.to ?? bug.id}`, done: outcome.done };
    },
  };
}

export const bugPage: MemberPage = {
  path: '/bugs/:bug',
  access: 'read',
  nav: 'bugs',
  async view(request) {
    const id = readBugId(request.param('bug'));
    const today = id === null ? null : await request.seen.resolveBug(id);
    if (today === null) throw noSuchBug();
    // What was merged into another bug is found there.
    if (today !== id || request.param('bug') !== String(id))
      return { kind: 'redirect', to: `/bugs/${today}` };
    return show(request, null);
  },
  actions: {
    close: change(async ({ context, person }, bug, form) => {
      const version = checkVersion(form.text('in_version'));
      if (!version.ok) return version;
      await context.store.bugs.closeBug(bug.id, nameOf(person), { inVersion: version.value });
      return { done: 'bug-closed' };
    }),
    reopen: change(async ({ context, person }, bug) => {
      await context.store.bugs.reopenBug(bug.id, nameOf(person));
      return { done: 'bug-reopened' };
    }),
    ignore: change(async ({ context, person, now }, bug, form) => {
      const often = form.text('until_count').trim();
      const options = checkIgnore(
        { until: form.text('until'), untilCount: often === '' ? null : Number(often) },
        now,
      );
      if (!options.ok) return options;
      await context.store.bugs.ignoreBug(bug.id, nameOf(person), options.value);
      return { done: 'bug-ignored' };
    }),
    assign: change(async ({ context, person, seen }, bug, form) => {
      const assignee = await checkAssignee({ seen, person }, form.text('assignee'));
      if (!assignee.ok) return assignee;
      await context.store.bugs.assignBug(bug.id, nameOf(person), assignee.value);
      return { done: 'bug-assigned' };
    }),
    ticket: change(async ({ context, person }, bug, form) => {
      const ticket = checkTicket(form.text('ticket'));
      if (!ticket.ok) return ticket;
      await context.store.bugs.setTicket(bug.id, nameOf(person), ticket.value);
      if (ticket.value !== null) await context.tickets.linked(bug, ticket.value);
      return { done: 'bug-ticket' };
    }),
    comment: change(async ({ context, person }, bug, form) => {
      const text = checkComment(form.text('comment'));
      if (!text.ok) return text;
      await context.store.bugs.commentBug(bug.id, nameOf(person), text.value);
      return { done: 'bug-commented' };
    }),
    merge: change(async ({ context, person, seen }, bug, form) => {
      const named = readBugId(form.text('into'));
      const into = named === null ? null : await seen.resolveBug(named);
      if (into === null) return { fault: 'There is no bug with this number.' };
      if (!(await context.store.bugs.mergeBugs(bug.id, into, nameOf(person)))) {
        return { fault: 'Bugs can be merged with other bugs of the same product only.' };
      }
      return { done: 'bug-merged', to: into };
    }),
    unmerge: change(async ({ context, person, seen }, bug, form) => {
      const from = readBugId(form.text('from'));
      const { bugs } = context.store;
      const isHere = from !== null && (await seen.resolveBug(from)) === bug.id;
      const undone = isHere ? await bugs.unmergeBug(from, nameOf(person)) : null;
      return undone === null ? { fault: UNMERGE_FAULT } : { done: 'bug-unmerged', to: undone.from };
    }),
    split: change(async ({ context, person }, bug, form) => {
      const caseId = readBugId(form.text('case'));
      const made =
        caseId === null ? null : await context.store.bugs.splitCase(bug.id, caseId, nameOf(person));
      return made === null
        ? { fault: 'The case cannot be split off: it is gone, or it is the only one.' }
        : { done: 'bug-split', to: made };
    }),
  },
};

async function show(request: MemberRequest, fault: string | null): Promise<PageAnswer> {
  const { context, person, seen, url, now, csrf } = request;
  const { id } = await namedBug(request);
  const unfiltered = await seen.wholeBug(id);
  if (unfiltered === null) throw noSuchBug();
  const filter = readCrashFilter(url.searchParams);
  const { bug: bare } = unfiltered;
  const chosen = (url.searchParams.get('report') ?? '').slice(0, 100);
  const [
    filtered,
    facets,
    newest,
    picked,
    similar,
    reports,
    rules,
    people,
    words,
    affected,
    origin,
    correlations,
    trends,
  ] = await Promise.all([
    filter.query === null ? null : bugUnderFilter(seen, unfiltered, filter.query),
    seen.facets(),
    seen.coverCrash(id),
    chosen === '' ? null : seen.crashOfBug(id, chosen),
    seen.similarBugs(id),
    reportsUnder(seen, bare, filter.query),
    context.store.bugs.productRules(bare.account, bare.product),
    peopleNames(seen),
    wordsAbout(seen, bare, filter.query),
    affectedBy(seen, bare, filter.query),
    seen.originOf(id),
    seen.correlations(id, filter.query ?? EVERYTHING),
    seen.soonTrends([bare]),
  ]);
  const whole = filtered !== null && 'whole' in filtered ? { ...unfiltered, ...filtered.whole } : unfiltered;
  // Under a filter the newest of its reports stands for the bug.
  const [first] = filter.query === null ? [] : reports.rows;
  const cover = picked ?? (first === undefined ? null : await seen.crashOfBug(id, first.crashId)) ?? newest;
  const [source, suspects, steps, report, samples, ticket] = await Promise.all([
    cover === null ? null : seen.frameLinkerOf(cover.crashId),
    seen.suspectsOf(id, cover),
    cover === null ? null : reportSteps(seen, bare, cover.crashId, filter.query),
    cover === null ? null : seen.getReport(cover.crashId),
    seen.crashesOfCases(id, whole.cases),
    ticketOfBug(context, bare),
  ]);
  const wrong =
    filter.problem !== null
      ? faultSentence(filter.problem, filter.at)
      : filtered !== null && 'fault' in filtered
        ? faultSentence(filtered.fault.problem, filtered.fault.at)
        : null;
  const { bug } = whole;
  const mayChange = allows('triage', person);
  const full = url.searchParams.get('full') === '1';
  const trend = trends.get(id) ?? null;
  const filterForm = crashFilterForm({
    action: `/bugs/${id}`,
    given: filter.given,
    facets,
    anyTime: 'all time',
  });
  const page = {
    kind: 'html',
    title: `${bugTitle(bug.title)} · ${bug.product} bug ${bug.id}`,
    secret: person.seesProtected,
    status: fault === null && wrong === null ? 200 : 400,
  } as const;
  // Where the filter is not understood, nothing is counted: numbers of all crashes would look like its answer.
  if (wrong !== null) {
    const body = html`${faultBox(fault)} ${heading(bug, { trend, isCounted: false, users: 0 })} ${faultBox(wrong)} ${filterForm}`;
    return { ...page, body };
  }
  return {
    ...page,
    body: html`${faultBox(fault)} ${heading(bug, { trend, isCounted: true, users: affected?.users ?? 0 })}
      ${
        mayChange
          ? bugControls(bug, {
              csrf,
              choices: people.choices,
              versions: whole.versions.flatMap(({ version }) => (version === null ? [] : [version])),
            })
          : null
      }
      ${filterForm} ${filterNote(filtered)}
      <div class="split">
        <div class="main">
          ${message(cover?.crash.message ?? bug.message)} ${coverSection(request, bug, { cover, source, report, steps, given: filter.given })}
          ${suspects === null ? null : suspectsSection(bug, suspects, { now, csrf, mayChange, names: people.names })}
          ${bugPlaces(whole, filter.given, now)} ${affectedUsers(bug, affected, { given: filter.given, now })}
          ${bugValues(whole.values, {
            bugId: id,
            given: filter.given,
            hidden: filter.query === null ? whole.hiddenValues : 0,
            full,
            fullLink: `${filteredLink(`/bugs/${id}`, filter.given, { full: '1' })}#values`,
          })}
          ${correlationsSection(bug, correlations === null || 'fault' in correlations ? null : correlations.found, filter.given)}
          ${bugCases(bug, whole.cases, { now, csrf, mayChange, differences: differencesOf(whole.cases, samples) })}
          ${feedbackSection(words, now)}
          ${similarBugsSection(bug, similar)} ${mergedBugs(bug, whole.merges, { now, csrf, mayChange })}
          <section aria-labelledby="reports">
            <h2 id="reports">Recent reports</h2>
            ${reports.rows.length === 0 ? html`<p class="quiet">${filter.query === null ? 'None is stored any longer.' : 'No stored report is under this filter.'}</p>` : bugReportTable(reports.rows, now)}
            ${reports.next === null ? null : html`<p><a href="${filter.query === null ? `/bugs/${id}/reports` : filteredLink('/reports', filter.given, { account: bug.account, product: bug.product, q: withBug(filter.given.q, id) })}">All reports ${filter.query === null ? 'of the bug' : 'under this filter'}</a></p>`}
          </section>
          <section aria-labelledby="history">
            <h2 id="history">Comments and history</h2>
            ${mayChange ? commentForm(bug, csrf) : null}
            ${bugHistory(whole.events, { now, full, fullLink: `${filteredLink(`/bugs/${id}`, filter.given, { full: '1' })}#history` })}
          </section>
        </div>
        <aside aria-label="State and people">
          ${bugFacts(bug, { rules, now, names: people.names, seesProtected: person.seesProtected, origin: originWords(bug, origin) })}
          ${bugTicket(bug, ticket, { now, csrf, mayChange })}
        </aside>
      </div>`,
  };
}

/** How each case differs from the most frequent one, in words, by its number. */
function differencesOf(
  cases: readonly BugCase[],
  samples: ReadonlyMap<number, ProcessedCrash>,
): ReadonlyMap<number, string> {
  const usual = samples.get(cases[0]?.id ?? 0);
  if (usual === undefined) return new Map();
  return new Map(
    [...samples].map(([id, crash]) => [
      id,
      differenceWords(crash, usual) ?? 'in nothing that its reports show',
    ]),
  );
}

/** The search with the bug, for lists that are not of one. */
function withBug(q: string | undefined, id: number): string {
  return q === undefined ? `bug:#${id}` : `bug:#${id} (${q})`;
}

async function reportsUnder(
  seen: SeenStore,
  { id, account, product }: Bug,
  query: Query | null,
): Promise<Page<SeenRow>> {
  if (query === null) return seen.reportsOf(id, { limit: RECENT_REPORTS });
  const answer = await seen.searchReports(ofBug(id, query), { account, product }, { limit: RECENT_REPORTS });
  return 'found' in answer ? answer.found : { rows: [], next: null };
}

function filterNote(filtered: Awaited<ReturnType<typeof bugUnderFilter>> | null): Html | null {
  if (filtered === null) return null;
  return html`<p class="quiet" role="status">
    Counts, charts, cases, values, correlations and reports are those of this filter${'fault' in filtered ? '' : countedWords(filtered)}.
  </p>`;
}

function heading(
  bug: Bug,
  {
    trend,
    isCounted,
    users,
  }: { readonly trend: BugTrend | null; readonly isCounted: boolean; readonly users: number },
): Html {
  return html`<div class="heading">
    <div>
      <h1 class="signature" id="signature">${bugTitle(bug.title)}</h1>
      <p class="id">
        Bug ${bug.id} · ${bugFilterLink({ account: bug.account, product: bug.product }, bug.product)} ·
        <span class="${bug.state === 'open' ? 'broken' : ''}">${bug.state}</span
        >${bug.severity === 'major' ? html` · <span class="broken">major</span>` : null}
        ${trend === null ? null : trendMark(trend)}
        <button type="button" class="copy" data-copy="signature" hidden>Copy signature</button>
      </p>
    </div>
    ${
      isCounted
        ? html`<div class="figures">
            ${figure(bug.count, bug.count === 1 ? 'crash' : 'crashes')}
            ${figure(bug.installations, bug.installations === 1 ? 'installation' : 'installations')}
            ${users === 0 ? null : figure(users, users === 1 ? 'user' : 'users')}
          </div>`
        : null
    }
  </div>`;
}

function figure(value: number, label: string): Html {
  return html`<p class="figure"><strong>${count(value)}</strong> <span>${label}</span></p>`;
}

/** The message of the crash whose stack stands below it: crashes of a bug may say different things (READ here, WRITE there). */
function message(of: string): Html | null {
  if (of === '') return null;
  const { text, complete } = excerpt(of, MESSAGE_BUDGET);
  return html`<p class="message value">${text}${complete ? null : '…'}</p>`;
}

interface CoverParts {
  readonly cover: CoverCrash | null;
  readonly source: FrameLinker | null;
  /** The report that the crash is of. */
  readonly report: SeenReport | null;
  readonly steps: ReportSteps | null;
  readonly given: GivenCrashFilter;
}

function coverSection({ person, now }: MemberRequest, bug: Bug, parts: CoverParts): Html {
  const { cover, source, report, steps, given } = parts;
  if (cover === null) {
    return html`<section aria-labelledby="stack">
      <h2 id="stack">Stack</h2>
      <p class="quiet">No report of this bug is stored any longer; its counts stay.</p>
    </section>`;
  }
  const { crash, crashId, position } = cover;
  const text = `/reports/${crashId}/stack.txt${position === 0 ? '' : `?crash=${position}`}`;
  const beside = steps?.older ?? steps?.newer ?? null;
  return html`<section aria-labelledby="stack">
    <div class="heading">
      <div>
        <h2 id="stack">Stack</h2>
        <p class="quiet">
          of report <a href="${filteredLink(`/reports/${crashId}`, given)}"><code>${crashId.slice(0, 8)}</code></a>${report === null ? null : html`, ${excerpt([report.version, report.platform].filter((part) => part !== null).join(' on ') || 'no version', 90).text}, ${time(report.receivedAt, now)}`}
        </p>
      </div>
      <p class="steps">
        ${reportStepLinks(steps, (to) => `${filteredLink(`/bugs/${bug.id}`, given, { report: to })}#stack`)}
        ${beside === null ? null : html`<a href="/bugs/${bug.id}/reports/compare?one=${crashId}&amp;other=${beside}">Compare two</a>`}
        <a href="${text}">as text</a>
        <button type="button" class="copy" data-copy-from="${text}" hidden>Copy</button>
      </p>
    </div>
    ${
      crash.reason === null || crash.exceptions.some(({ kind }) => kind === crash.reason)
        ? null
        : html`<p>${excerpt(crash.reason, 300).text}${crash.address === null ? null : html` at <code>${excerpt(crash.address, 40).text}</code>`}</p>`
    }
    ${coverStack(crash, { crashId, position, seesProtected: person.seesProtected, budget: { left: STACK_BUDGET }, product: bug, source })}
    ${breadcrumbs(crash, person.seesProtected)}
  </section>`;
}

/** What happened before the newest crash, the last first: they are of one report, and not counted as values are. */
function breadcrumbs(crash: CoverCrash['crash'], seesProtected: boolean): Html | null {
  const section = crash.sections.find(({ name }) => name === 'breadcrumbs');
  if (section === undefined || section.values.length === 0 || (section.protected && !seesProtected))
    return null;
  return html`<details class="${section.protected ? 'protected' : ''}">
    <summary>Breadcrumbs of the newest report <span class="quiet">${count(section.values.length)}</span></summary>
    ${pairList(section.values.toReversed(), { left: BREADCRUMBS_BUDGET }, 'the report')}
  </details>`;
}
