// What is posted from the list of bugs: the selected ones, or all of the filter after a question that names their number.
import { MAX_BULK_MERGES } from '../../store/bulk-acts.ts';
import type { BulkAct, BulkChange } from '../../store/bulk-acts.ts';
import { bugsLink, readBugQuery } from '../query/bug-query.ts';
import { bugsOfFilter, runBulk } from '../query/run-bulk.ts';
import { checkAssignee, checkIgnore, checkVersion, nameOf, readBugId } from '../view/bug-change.ts';
import type { Checked } from '../view/bug-change.ts';
import { filterWords } from './components/bug-filters.ts';
import { allQuestion, mergeQuestion } from './components/bulk-bar.ts';
import type { BulkAction } from './components/bulk-bar.ts';
import { peopleNames } from './people-names.ts';
import type { Form, MemberRequest, PageAnswer } from './page.ts';

/** Boxes that a form may bring: more than a page shows are not selected by anybody. */
const MAX_SELECTED = 200;
const NOTHING_SELECTED = 'Select bugs first: with their boxes, or with the key x.';

export type ShowFault = (request: MemberRequest, fault: string) => Promise<PageAnswer>;

/** The list's action of this name; `show` is the list with a fault. */
export function bulkAction(action: BulkAction, show: ShowFault) {
  return {
    access: 'triage' as const,
    run: (request: MemberRequest, form: Form): Promise<PageAnswer> =>
      action === 'merge' ? merge(request, form, show) : change(request, form, action, show),
  };
}

async function change(
  request: MemberRequest,
  form: Form,
  action: Exclude<BulkAction, 'merge'>,
  show: ShowFault,
): Promise<PageAnswer> {
  const { seen, person, url } = request;
  const checked = await changeOf(request, form, action);
  if (!checked.ok) return show(request, checked.fault);
  if (form.text('all') !== 'yes') {
    const bugs = selected(form);
    if (bugs.length === 0) return show(request, NOTHING_SELECTED);
    return done(request, await runBulk(seen.settings, checked.value, { bugs, by: nameOf(person) }));
  }
  const query = readBugQuery(url.searchParams, { person, defaultState: 'open' });
  const found = await bugsOfFilter(seen, query);
  if ('fault' in found) return show(request, found.fault);
  const { ids } = found;
  if (ids.length === 0) return show(request, 'No bug matches any longer.');
  const expected = form.text('expected');
  if (expected === String(ids.length)) {
    return done(request, await runBulk(seen.settings, checked.value, { bugs: ids, by: nameOf(person) }));
  }
  const { choices } = await peopleNames(seen);
  return {
    kind: 'html',
    title: 'Change many bugs',
    body: allQuestion({
      action,
      number: ids.length,
      csrf: request.csrf,
      to: here(request),
      people: choices,
      given: { inVersion: form.text('in_version'), toWhom: form.text('to_whom') },
      filter: filterWords(query),
      state: query.filter.state ?? 'all',
      changed: expected !== '',
    }),
  };
}

async function changeOf(
  { seen, person, now }: MemberRequest,
  form: Form,
  action: Exclude<BulkAction, 'merge'>,
): Promise<Checked<BulkChange>> {
  switch (action) {
    case 'close': {
      const version = checkVersion(form.text('in_version'));
      return version.ok ? { ok: true, value: { do: 'close', inVersion: version.value } } : version;
    }
    case 'reopen':
      return { ok: true, value: { do: 'reopen' } };
    case 'ignore': {
      const forGood = checkIgnore({}, now);
      return forGood.ok ? { ok: true, value: { do: 'ignore', ...forGood.value } } : forGood;
    }
    default: {
      const assignee = await checkAssignee({ seen, person }, form.text('to_whom'));
      return assignee.ok ? { ok: true, value: { do: 'assign', assignee: assignee.value } } : assignee;
    }
  }
}

/** First a look at what would become one, then the merge. */
async function merge(request: MemberRequest, form: Form, show: ShowFault): Promise<PageAnswer> {
  const { seen, person, csrf, now } = request;
  const ids = selected(form);
  const bugs = await seen.bugRowsOf(ids);
  if (form.text('all') === 'yes')
    return show(request, 'Merge what you select: all bugs of a filter are seldom one.');
  if (bugs.length < 2) return show(request, 'Select two bugs or more to merge them.');
  if (bugs.length > MAX_BULK_MERGES)
    return show(request, `At most ${MAX_BULK_MERGES} bugs are merged at once.`);
  if (new Set(bugs.map((bug) => JSON.stringify([bug.account, bug.product]))).size > 1)
    return show(request, 'Bugs can be merged with other bugs of the same product only.');
  const into = readBugId(form.text('into'));
  if (into === null || !bugs.some(({ id }) => id === into)) {
    return {
      kind: 'html',
      title: 'Merge bugs',
      body: mergeQuestion({ bugs, csrf, to: here(request), now }),
    };
  }
  const others = bugs.map(({ id }) => id).filter((id) => id !== into);
  const by = nameOf(person);
  return done(request, await runBulk(seen.settings, { do: 'merge', into }, { bugs: others, by }));
}

function selected(form: Form): readonly number[] {
  const ids = form.all('bug').map(readBugId);
  return [...new Set(ids.filter((id) => id !== null))].slice(0, MAX_SELECTED);
}

/** Back to the list, which tells what was done. */
function done(request: MemberRequest, act: BulkAct | null): PageAnswer {
  const params = paramsOf(request);
  if (act !== null) params.set('act', String(act.id));
  const query = params.toString();
  return { kind: 'redirect', to: query === '' ? '/bugs' : `/bugs?${query}` };
}

function here(request: MemberRequest): string {
  const query = paramsOf(request).toString();
  return query === '' ? bugsLink({}) : `/bugs?${query}`;
}

function paramsOf({ url }: MemberRequest): URLSearchParams {
  const params = new URLSearchParams(url.search);
  for (const name of ['done', 'act']) params.delete(name);
  return params;
}
