// API: what people do to bugs: close, reopen, ignore, assign, link, comment, merge, split.
import type { Checked } from '../view/bug-change.ts';
import {
  checkAssignee,
  checkComment,
  checkIgnore,
  checkTicket,
  checkVersion,
  nameOf,
  readBugId,
} from '../view/bug-change.ts';
import { UNMERGE_FAULT } from '../view/bug-change.ts';
import { bugJson } from '../view/bug-json.ts';
import { BUG, namedBug, noSuchBug } from './bugs-api.ts';
import type { ApiRequest, Operation } from '../operations/operation.ts';
import { ApiError } from '../operations/operation.ts';
import { schemaRef } from '../operations/schemas.ts';

/** The value of a check, or 400. */
function must<T>(checked: Checked<T>): T {
  if (!checked.ok) throw new ApiError(400, 'bad_change', checked.fault);
  return checked.value;
}

type Body = Readonly<Record<string, unknown>>;

/** The fields of a body; any other is a fault, because a typo must not look like success. */
function only(body: Body, names: readonly string[]): Body {
  const stranger = Object.keys(body).find((name) => !names.includes(name));
  if (stranger !== undefined) {
    throw new ApiError(400, 'bad_change', `"${stranger}" is none of ${names.join(', ')}.`);
  }
  return body;
}

/** The bug after a change. */
async function changed(request: ApiRequest, id: number): Promise<Response> {
  const bug = await request.seen.getBug(id);
  if (bug === null) throw noSuchBug();
  return request.c.json(bugJson(bug, request.reader));
}

interface ChangeOptions {
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  readonly body?:
    | 'CloseBug'
    | 'IgnoreBug'
    | 'AssignBug'
    | 'TicketOfBug'
    | 'CommentOnBug'
    | 'MergeBug'
    | 'SplitCase';
  /** The fields of the body. */
  readonly fields?: readonly string[];
  /** Whether every field may be left out, and so the body. */
  readonly bodyOptional?: boolean;
  /** Gives the bug to answer with. */
  readonly run: (
    request: ApiRequest,
    asked: { readonly id: number; readonly by: string; readonly body: Body },
  ) => Promise<number>;
}

/** `POST /api/bugs/{bug}/<name>`. */
function change({
  name,
  summary,
  description,
  body,
  fields = [],
  bodyOptional = false,
  run,
}: ChangeOptions): Operation {
  return {
    method: 'post',
    path: `/api/bugs/{bug}/${name}`,
    id: `${name}Bug`,
    summary,
    ...(description !== undefined && { description }),
    access: 'triage',
    parameters: [BUG],
    ...(body !== undefined && { requestBody: schemaRef(body), bodyOptional }),
    answer: {
      status: 200,
      description: 'The bug afterwards.',
      contentType: 'application/json',
      schema: schemaRef('Bug'),
    },
    failures: body === undefined ? [404] : [400, 404],
    async run(request) {
      // The body first: what is no JSON is refused whatever the bug.
      const given = body === undefined ? {} : only(await request.body(), fields);
      const id = await namedBug(request);
      return changed(request, await run(request, { id, by: nameOf(request.person), body: given }));
    },
  };
}

export const bugChangeOperations: readonly Operation[] = [
  change({
    name: 'close',
    summary: 'Close a bug, perhaps in a version',
    description: 'A later occurrence reopens it, by the reopening mode of its product.',
    body: 'CloseBug',
    fields: ['inVersion'],
    bodyOptional: true,
    run: async ({ context }, { id, by, body }) => {
      await context.store.bugs.closeBug(id, by, { inVersion: must(checkVersion(body['inVersion'])) });
      return id;
    },
  }),
  change({
    name: 'reopen',
    summary: 'Open a closed or ignored bug',
    run: async ({ context }, { id, by }) => {
      await context.store.bugs.reopenBug(id, by);
      return id;
    },
  }),
  change({
    name: 'ignore',
    summary: 'Ignore a bug for good, until a time, or until it has crashed so often',
    body: 'IgnoreBug',
    fields: ['until', 'untilCount'],
    bodyOptional: true,
    run: async ({ context }, { id, by, body }) => {
      await context.store.bugs.ignoreBug(id, by, must(checkIgnore(body, context.now())));
      return id;
    },
  }),
  change({
    name: 'assign',
    summary: 'Say who works on a bug',
    body: 'AssignBug',
    fields: ['assignee'],
    run: async ({ context, person, seen }, { id, by, body }) => {
      await context.store.bugs.assignBug(
        id,
        by,
        must(await checkAssignee({ seen, person }, body['assignee'])),
      );
      return id;
    },
  }),
  change({
    name: 'ticket',
    summary: 'Link a bug to a ticket',
    body: 'TicketOfBug',
    fields: ['ticket'],
    run: async ({ context, seen }, { id, by, body }) => {
      const ticket = must(checkTicket(body['ticket']));
      await context.store.bugs.setTicket(id, by, ticket);
      const bug = ticket === null ? null : await seen.getBug(id);
      if (ticket !== null && bug !== null) await context.tickets.linked(bug, ticket);
      return id;
    },
  }),
  change({
    name: 'comment',
    summary: 'Comment on a bug',
    body: 'CommentOnBug',
    fields: ['text'],
    run: async ({ context }, { id, by, body }) => {
      await context.store.bugs.commentBug(id, by, must(checkComment(body['text'])));
      return id;
    },
  }),
  change({
    name: 'merge',
    summary: 'Merge a bug into another one of its product',
    description: 'Everything moves there, later reports follow, and the answer is the other bug.',
    body: 'MergeBug',
    fields: ['into'],
    run: async ({ context, seen }, { id, by, body }) => {
      const named = readBugId(body['into']);
      const into = named === null ? null : await seen.resolveBug(named);
      if (into === null || !(await context.store.bugs.mergeBugs(id, into, by))) {
        throw new ApiError(
          400,
          'cannot_merge',
          '"into" must be the number of another bug of the same product.',
        );
      }
      return into;
    },
  }),
  {
    method: 'post',
    path: '/api/bugs/{bug}/unmerge',
    id: 'unmergeBug',
    summary: 'Undo a merge: a bug that was merged into this one gets back what it had',
    description:
      'Reports, counts, keys and history go back as they were. The answer says how many crashes that came since the merge went along, and how many stay.',
    access: 'triage',
    parameters: [BUG],
    requestBody: schemaRef('UnmergeBug'),
    answer: {
      status: 200,
      description: 'What went back, and what came since.',
      contentType: 'application/json',
      schema: schemaRef('Unmerged'),
    },
    failures: [400, 404],
    async run(request) {
      const body = only(await request.body(), ['from']);
      const id = await namedBug(request);
      const from = readBugId(body['from']);
      const { bugs } = request.context.store;
      const undone =
        from === null || (await request.seen.resolveBug(from)) !== id
          ? null
          : await bugs.unmergeBug(from, nameOf(request.person));
      if (undone === null) throw new ApiError(400, 'cannot_unmerge', UNMERGE_FAULT);
      return request.c.json(undone);
    },
  },
  change({
    name: 'split',
    summary: 'Make a case of a bug a bug of its own',
    description: 'Later reports of the case follow, and the answer is the new bug.',
    body: 'SplitCase',
    fields: ['case'],
    run: async ({ context }, { id, by, body }) => {
      const caseId = readBugId(body['case']);
      const made = caseId === null ? null : await context.store.bugs.splitCase(id, caseId, by);
      if (made === null) {
        throw new ApiError(
          400,
          'cannot_split',
          '"case" must be the number of one of several cases of the bug.',
        );
      }
      return made;
    },
  }),
];
