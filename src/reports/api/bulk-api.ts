// API: what is done to many bugs at once, and its undoing.
import type { BulkAct, BulkChange } from '../../store/bulk-acts.ts';
import { isUnderWay } from '../../store/bulk-acts.ts';
import type { ApiRequest, Operation } from '../operations/operation.ts';
import { ApiError } from '../operations/operation.ts';
import { schemaRef } from '../operations/schemas.ts';
import { readBugQuery } from '../query/bug-query.ts';
import { bugsOfFilter, goOn, runBulk, undoBulk } from '../query/run-bulk.ts';
import { checkAssignee, checkIgnore, checkVersion, nameOf, readBugId } from '../view/bug-change.ts';
import type { Checked } from '../view/bug-change.ts';
import { isoTime } from '../view/report-json.ts';

const ACT = { name: 'act', in: 'path', description: 'The number of the act.' } as const;
const FIELDS = [
  ...['do', 'bugs', 'filter', 'expected'],
  ...['inVersion', 'until', 'untilCount', 'assignee', 'into'],
];
const MAX_LISTED = 50;

function bad(message: string): ApiError {
  return new ApiError(400, 'bad_change', message);
}

function must<T>(checked: Checked<T>): T {
  if (!checked.ok) throw bad(checked.fault);
  return checked.value;
}

type Body = Readonly<Record<string, unknown>>;

async function changeOf({ context, person, seen }: ApiRequest, body: Body): Promise<BulkChange> {
  switch (body['do']) {
    case 'close':
      return { do: 'close', inVersion: must(checkVersion(body['inVersion'])) };
    case 'reopen':
      return { do: 'reopen' };
    case 'ignore':
      return { do: 'ignore', ...must(checkIgnore(body, context.now())) };
    case 'assign':
      return { do: 'assign', assignee: must(await checkAssignee({ seen, person }, body['assignee'])) };
    case 'merge': {
      const named = readBugId(body['into']);
      const into = named === null ? null : await seen.resolveBug(named);
      if (into === null) throw bad('"into" must be the number of a bug.');
      return { do: 'merge', into };
    }
    default:
      throw bad('"do" is none of close, reopen, ignore, assign, merge.');
  }
}

/** The numbers that are named, or all of a filter; the number that whoever asks expects keeps surprises out. */
async function bugsOf({ seen, person }: ApiRequest, body: Body): Promise<readonly number[]> {
  const { bugs, filter, expected } = body;
  if (Array.isArray(bugs) && filter === undefined) {
    const ids = bugs.map(readBugId);
    if (ids.some((id) => id === null)) throw bad('"bugs" must be a list of numbers of bugs.');
    return ids.filter((id) => id !== null);
  }
  if (typeof filter !== 'string' || bugs !== undefined)
    throw bad(
      'Either "bugs", a list of numbers, or "filter", the query string of a list of bugs, is needed.',
    );
  const query = readBugQuery(new URLSearchParams(filter), { person, defaultState: 'open' });
  const found = await bugsOfFilter(seen, query);
  if ('fault' in found) throw bad(found.fault);
  if (expected !== found.ids.length)
    throw new ApiError(
      409,
      'not_expected',
      `${found.ids.length} bugs match: give this number as "expected", so that none is changed by surprise.`,
    );
  return found.ids;
}

function json(act: BulkAct): Readonly<Record<string, unknown>> {
  return { ...act, at: isoTime(act.at), undoneAt: isoTime(act.undoneAt), underWay: isUnderWay(act) };
}

async function actNamed(
  request: ApiRequest,
  run: (id: number) => Promise<BulkAct | null>,
): Promise<Response> {
  const id = readBugId(request.param('act'));
  const known = id === null ? null : await request.seen.settings.act(id);
  if (known === null) throw new ApiError(404, 'no_such_act', 'There is no act with this number.');
  const act = await run(known.id);
  if (act === null) throw bad('It was undone already, or is too old to be undone.');
  return request.c.json(json(act));
}

const ACT_ANSWER = {
  status: 200,
  description: 'The act. What is `underWay` is gone on with by `go-on`.',
  contentType: 'application/json',
  schema: schemaRef('BulkAct'),
} as const;

export const bulkOperations: readonly Operation[] = [
  {
    method: 'post',
    path: '/api/bug-acts',
    id: 'changeBugs',
    summary: 'Close, reopen, ignore, assign or merge many bugs at once',
    description:
      'Which ones: `bugs`, or all of a `filter` (the query string of a list) of which `expected` says how many they are. At most 10,000, and 100 for a merge. It can be undone for seven days.',
    access: 'triage',
    requestBody: schemaRef('ChangeBugs'),
    answer: ACT_ANSWER,
    failures: [400, 409],
    async run(request) {
      const body = await request.body();
      const stranger = Object.keys(body).find((name) => !FIELDS.includes(name));
      if (stranger !== undefined) throw bad(`"${stranger}" is none of ${FIELDS.join(', ')}.`);
      const change = await changeOf(request, body);
      const bugs = await bugsOf(request, body);
      const act = await runBulk(request.seen.settings, change, { bugs, by: nameOf(request.person) });
      // One of no bug is nobody's: what was named is not there for them.
      if (act === null) throw bad('None of these bugs is there, or may be changed by you.');
      return request.c.json(json(act));
    },
  },
  {
    method: 'get',
    path: '/api/bug-acts',
    id: 'listBugActs',
    summary: 'What was done to many bugs in the last seven days, the last first',
    access: 'read',
    answer: {
      status: 200,
      description: 'The acts.',
      contentType: 'application/json',
      schema: schemaRef('BulkActs'),
    },
    async run({ c, seen }) {
      return c.json({ acts: (await seen.settings.acts(MAX_LISTED)).map(json) });
    },
  },
  {
    method: 'post',
    path: '/api/bug-acts/{act}/undo',
    id: 'undoBugAct',
    summary: 'Undo an act on many bugs',
    description: 'Each bug gets back exactly what it had, in its history, too; what was changed since stays.',
    access: 'triage',
    parameters: [ACT],
    answer: ACT_ANSWER,
    failures: [400, 404],
    run: (request) => actNamed(request, (id) => undoBulk(request.seen.settings, id, nameOf(request.person))),
  },
  {
    method: 'post',
    path: '/api/bug-acts/{act}/go-on',
    id: 'goOnWithBugAct',
    summary: 'Go on with an act that is under way',
    access: 'triage',
    parameters: [ACT],
    answer: ACT_ANSWER,
    failures: [404],
    run: (request) => actNamed(request, (id) => goOn(request.seen.settings, id)),
  },
];
