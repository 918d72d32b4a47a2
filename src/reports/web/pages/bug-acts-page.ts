// /bugs/acts: what people did to many bugs at once in the last days, each with its undo.
import { html } from 'hono/html';
import type { BulkAct } from '../../../store/bulk-acts.ts';
import { allows } from '../../auth/person.ts';
import { localPath } from '../../auth/return-path.ts';
import { goOn, undoBulk } from '../../query/run-bulk.ts';
import { nameOf, readBugId } from '../../view/bug-change.ts';
import { actWords } from '../../view/bulk-words.ts';
import { bulkActButtons, outcome } from '../components/bulk-act.ts';
import { faultBox } from '../components/form-controls.ts';
import { table } from '../components/table.ts';
import { time } from '../components/value-table.ts';
import { peopleNames } from '../people-names.ts';
import type { Form, MemberPage, MemberRequest, PageAnswer } from '../page.ts';

const SHOWN = 50;

export const bugActsPage: MemberPage = {
  path: '/bugs/acts',
  access: 'read',
  nav: 'bugs',
  view: (request) => show(request, null),
  actions: {
    undo: {
      access: 'triage',
      run: (request, form) =>
        further(request, form, (id) => undoBulk(request.seen.settings, id, nameOf(request.person))),
    },
    'go-on': {
      access: 'triage',
      run: (request, form) => further(request, form, (id) => goOn(request.seen.settings, id)),
    },
  },
};

/** Back to where the button stood, which tells what became of the act. */
async function further(
  request: MemberRequest,
  form: Form,
  run: (id: number) => Promise<BulkAct | null>,
): Promise<PageAnswer> {
  const id = readBugId(form.text('act'));
  const act = id === null ? null : await run(id);
  if (act === null) return show(request, 'This was undone already, or is too old to be undone.');
  const back = new URL(localPath(form.text('back')), 'http://mayday');
  back.searchParams.delete('done');
  back.searchParams.set('act', String(act.id));
  return { kind: 'redirect', to: `${back.pathname}${back.search}` };
}

async function show(request: MemberRequest, fault: string | null): Promise<PageAnswer> {
  const { seen, person, now, csrf } = request;
  const [acts, { names }] = await Promise.all([seen.settings.acts(SHOWN), peopleNames(seen)]);
  const options = { now, csrf, names, mayChange: allows('triage', person), back: '/bugs/acts' };
  return {
    kind: 'html',
    title: 'Done to many bugs',
    status: fault === null ? 200 : 400,
    body: html`<h1>Done to many bugs</h1>
      ${faultBox(fault)}
      <p class="quiet">
        What was done to many bugs at once can be undone for seven days: each gets back exactly what it had. Bugs that were changed
        since stay as they are.
      </p>
      ${
        acts.length === 0
          ? html`<p class="empty">Nothing in the last days. Select bugs in <a href="/bugs">the list</a> to close, ignore, assign or merge them together.</p>`
          : table({
              caption: 'Acts on many bugs, the last first',
              rows: acts,
              columns: [
                { label: 'When', cell: ({ at }) => time(at, now) },
                { label: 'Who', cell: ({ by }) => by },
                { label: 'What', cell: (act) => html`${actWords(act, names)}${outcome(act)}` },
                { label: 'Undo', cell: (act) => bulkActButtons(act, options) },
              ],
            })
      }`,
  };
}
