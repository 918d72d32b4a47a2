// /bugs: what is crashing, since when, for whom. By week of the last occurrence, new ones first, then by count.
import { html } from 'hono/html';
import { allows } from '../../auth/person.ts';
import { CSRF_FIELD } from '../../auth/csrf.ts';
import type { BugRow } from '../../../store/bugs.ts';
import type { Page } from '../../../store/reports.ts';
import { assigneeName, bugsLink, ME, readBugQuery } from '../../query/bug-query.ts';
import type { BugQuery } from '../../query/bug-query.ts';
import { crashFilterOf, faultSentence } from '../../query/crash-filter.ts';
import { checkAssignee, checkIgnore, checkVersion, nameOf, readBugId } from '../../view/bug-change.ts';
import { bugFilters, bugTabs } from '../components/bug-filters.ts';
import { bugTable } from '../components/bug-table.ts';
import { count } from '../components/value-table.ts';
import { codeBlock } from '../components/code.ts';
import { ACTION_FIELD, faultBox } from '../components/form-controls.ts';
import { pager } from '../components/pager.ts';
import { sampleCurl } from '../components/integration-samples.ts';
import { peopleNames } from '../people-names.ts';
import type { Form, Html, MemberPage, MemberRequest, PageAnswer } from '../page.ts';

const ROWS = 30;
/** More bugs than a page shows are not selected by anybody. */
const MAX_SELECTED = 200;

type Change = (request: MemberRequest, id: number, form: Form) => Promise<string | null>;

/** An action on each selected bug: gives what is wrong, or null; the list keeps its place. */
function bulk(change: Change) {
  return {
    access: 'write' as const,
    async run(request: MemberRequest, form: Form): Promise<PageAnswer> {
      const ids = form
        .all('bug')
        .map(readBugId)
        .filter((id) => id !== null);
      if (ids.length === 0) return show(request, 'Select bugs first: with their boxes, or with the key x.');
      for (const id of ids.slice(0, MAX_SELECTED)) {
        const fault = await change(request, id, form);
        if (fault !== null) return show(request, fault);
      }
      const here = new URLSearchParams(request.url.search);
      here.delete('done');
      const query = here.toString();
      return { kind: 'redirect', to: query === '' ? '/bugs' : `/bugs?${query}`, done: 'bugs-changed' };
    },
  };
}

export const bugListPage: MemberPage = {
  path: '/bugs',
  access: 'read',
  nav: 'bugs',
  view: (request) => show(request, null),
  actions: {
    close: bulk(async ({ context, person }, id, form) => {
      const version = checkVersion(form.text('in_version'));
      if (!version.ok) return version.fault;
      await context.store.bugs.closeBug(id, nameOf(person), { inVersion: version.value });
      return null;
    }),
    reopen: bulk(async ({ context, person }, id) => {
      await context.store.bugs.reopenBug(id, nameOf(person));
      return null;
    }),
    ignore: bulk(async ({ context, person, now }, id) => {
      const forGood = checkIgnore({}, now);
      if (!forGood.ok) return forGood.fault;
      await context.store.bugs.ignoreBug(id, nameOf(person), forGood.value);
      return null;
    }),
    assign: bulk(async ({ context, person }, id, form) => {
      const assignee = await checkAssignee(context, person, form.text('to_whom'));
      if (!assignee.ok) return assignee.fault;
      await context.store.bugs.assignBug(id, nameOf(person), assignee.value);
      return null;
    }),
  },
};

async function show(request: MemberRequest, fault: string | null): Promise<PageAnswer> {
  const { context, person, url, now } = request;
  const query = readBugQuery(url.searchParams, { person, defaultState: 'open' });
  const [found, facets, people] = await Promise.all([
    listed(request, query),
    context.facets.get(),
    peopleNames(context),
  ]);
  const { page, counts } = found;
  const mayChange = allows('write', person);
  const trends = await request.seen.soonTrends(page.rows);
  const list = bugTable(page.rows, {
    trends,
    now,
    names: people.names,
    selectable: mayChange,
    byWeek: query.filter.order === 'week' || (query.filter.order === undefined && query.crashes === null),
    withProduct: query.given.product === undefined,
    given: crashFilterOf(query.given),
    caption:
      query.crashes === null
        ? 'Bugs by week of their last occurrence, new ones first, then by crashes'
        : 'Bugs by their crashes under the filter',
  });
  return {
    kind: 'html',
    title: query.given.product === undefined ? 'Bugs' : `${query.given.product} bugs`,
    status: fault === null && found.fault === null ? 200 : 400,
    body: html`<h1>Bugs</h1>
      ${faultBox(fault)} ${faultBox(found.fault)}
      ${counts === null ? null : bugTabs(query, counts)} ${bugFilters(query, facets)}
      ${found.note}
      ${
        found.fault !== null
          ? null
          : page.rows.length === 0
            ? emptyList(query, context.submitUrl)
            : mayChange
              ? selection(request, query, { list, choices: people.choices })
              : list
      }
      ${pager({
        newest: query.cursor === null ? null : bugsLink(query.given),
        older: page.next === null ? null : bugsLink({ ...query.given, cursor: page.next }),
      })}`,
  };
}

interface Listed {
  readonly page: Page<BugRow>;
  /** Null: the filter was not understood, and nothing is counted. */
  readonly counts: Parameters<typeof bugTabs>[1] | null;
  /** What is wrong with the filter of crashes. */
  readonly fault: string | null;
  readonly note: Html | null;
}

/** The rows, and how many bugs stand under each tab: of all crashes, or of those that the filter selects. */
async function listed({ seen, person }: MemberRequest, query: BugQuery): Promise<Listed> {
  if (query.fault !== null) return faulty(query.fault);
  const { state: _state, ...stateless } = query.filter;
  const { assignee: _assignee, ...anybodys } = stateless;
  const me = assigneeName(person);
  const ofAll = query.given.assignee === ME ? anybodys : stateless;
  const page = { limit: ROWS, ...(query.cursor === null ? {} : { cursor: query.cursor }) };
  const { crashes } = query;
  if (crashes === null) {
    const [rows, counts, mine] = await Promise.all([
      seen.listBugs(query.filter, page),
      seen.countBugs(ofAll),
      me === null ? null : seen.countBugs({ ...stateless, assignee: me }),
    ]);
    return { page: rows, counts: { ...counts, mine: mine?.open ?? null }, fault: null, note: null };
  }
  // An answer counts all states; a second one counts for the tab that the rows are not of.
  const isMine = query.given.assignee === ME;
  const other = isMine ? anybodys : me === null ? null : { ...stateless, assignee: me };
  const [rows, beside] = await Promise.all([
    seen.searchBugs(crashes, query.filter, page),
    other === null ? null : seen.searchBugs(crashes, other, { limit: 1 }),
  ]);
  if ('fault' in rows) return faulty(faultSentence(rows.fault.problem, rows.fault.at));
  const states = beside === null || 'fault' in beside ? null : beside.found.states;
  const [all, mine] = isMine ? [states, rows.found.states] : [rows.found.states, states];
  const { found } = rows;
  return {
    page: { rows: found.rows, next: found.next },
    counts: { ...(all ?? rows.found.states), mine: mine?.open ?? null },
    fault: null,
    note: html`<p class="quiet" role="status">
      ${count(found.crashes)} ${found.crashes === 1 ? 'crash' : 'crashes'} under this filter${found.complete ? '' : ' so far: the time was up'};
      counts, installations and bars below are theirs.
    </p>`,
  };
}

function faulty(fault: string): Listed {
  return { page: { rows: [], next: null }, counts: null, fault, note: null };
}

/** The list inside the form of what is done to many. */
function selection(
  { csrf }: MemberRequest,
  query: BugQuery,
  options: {
    readonly list: Html;
    readonly choices: readonly { readonly value: string; readonly label: string }[];
  },
): Html {
  const state = query.filter.state;
  const button = (action: string, label: string) =>
    html`<button name="${ACTION_FIELD}" value="${action}">${label}</button>`;
  return html`<form method="post" action="${bugsLink({ ...query.given, cursor: query.cursor })}">
    <input type="hidden" name="${CSRF_FIELD}" value="${csrf}" />
    <div class="bulk" role="group" aria-label="With the selected bugs">
      <span class="quiet">Selected:</span>
      ${state === 'closed' ? null : button('close', 'Close')}
      ${state === 'ignored' ? null : button('ignore', 'Ignore')}
      ${state === 'open' ? null : button('reopen', 'Reopen')}
      <label class="unseen" for="to-whom">Assign to</label>
      <select id="to-whom" name="to_whom">
        <option value="">nobody</option>
        ${options.choices.map(({ value, label }) => html`<option value="${value}">${label}</option>`)}
      </select>
      ${button('assign', 'Assign')}
    </div>
    ${options.list}
  </form>`;
}

function emptyList({ given, cursor }: BugQuery, submitUrl: string): Html {
  if (cursor !== null) return html`<p class="empty">There are no further bugs.</p>`;
  const narrowed = Object.keys(given).some((name) => name !== 'state');
  if (narrowed) {
    return html`<p class="empty">No bug matches these filters. <a href="/bugs">Show all open bugs</a></p>`;
  }
  if (given.state !== undefined && given.state !== 'open' && given.state !== 'all') {
    return html`<p class="empty">No bug is ${given.state}. <a href="/bugs">Show the open ones</a></p>`;
  }
  return html`<section class="empty">
    <h2>No open bug</h2>
    <p>Reports become bugs when they are processed; <a href="/status">the queue</a> shows what waits. To see one, post a sample:</p>
    ${codeBlock({ id: 'sample', label: 'A command that posts a sample crash', text: sampleCurl(submitUrl) })}
  </section>`;
}
