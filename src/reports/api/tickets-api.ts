// API: the trackers of products, and the tickets of bugs.
import type { Bug } from '../../store/bugs.ts';
import type { Tracker } from '../../store/tickets.ts';
import { ticketDraft, ticketOfBug } from '../query/ticket-of-bug.ts';
import { nameOf } from '../view/bug-change.ts';
import { isoTime } from '../view/report-json.ts';
import { checkTicketText, madeFault } from '../view/ticket-wish.ts';
import { checkTracker } from '../view/tracker-change.ts';
import type { ApiRequest, Operation } from '../operations/operation.ts';
import { ApiError } from '../operations/operation.ts';
import { BUG, namedBug, noSuchBug } from './bugs-api.ts';
import { namedProduct, PRODUCT_PARAMETERS } from './products-api.ts';
import { schemaRef } from '../operations/schemas.ts';

const MAX_LOG = 200;

const trackerAnswer = {
  status: 200,
  description: 'The tracker, without its token.',
  contentType: 'application/json',
  schema: schemaRef('Tracker'),
} as const;
const ticketAnswer = {
  status: 200,
  description: 'The ticket.',
  contentType: 'application/json',
  schema: schemaRef('BugTicket'),
} as const;

function trackerJson({ settings, token }: Pick<Tracker, 'settings' | 'token'>) {
  return { ...settings, hasToken: token !== null };
}

async function productOf(
  request: ApiRequest,
): Promise<{ readonly account: string; readonly product: string }> {
  const { account, name } = await namedProduct(request);
  return { account, product: name };
}

async function trackerOf(request: ApiRequest): Promise<Tracker> {
  const tracker = await request.context.store.tickets.tracker(await productOf(request));
  if (tracker === null) throw new ApiError(404, 'no_tracker', 'The product has no tracker.');
  return tracker;
}

async function bugOf(request: ApiRequest): Promise<Bug> {
  const bug = await request.seen.getBug(await namedBug(request));
  if (bug === null) throw noSuchBug();
  return bug;
}

async function ticketJson({ context }: ApiRequest, bug: Bug) {
  const { settings, isConnected, ticket, claim } = await ticketOfBug(context, bug);
  const draft =
    bug.ticket !== null || settings === null ? null : await ticketDraft(context, bug.id, settings);
  return {
    ticket: bug.ticket,
    known: ticket === null ? null : { ...ticket, checkedAt: isoTime(ticket.checkedAt) },
    tracker: settings?.kind ?? null,
    canCreate: isConnected && bug.ticket === null,
    beingMade: claim?.is ?? null,
    draft: draft === null ? null : { title: draft.text.title, body: draft.text.body, form: draft.form },
  };
}

export const ticketOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/products/{account}/{product}/tracker',
    id: 'getTracker',
    summary: 'The issue tracker of a product',
    access: 'read',
    parameters: PRODUCT_PARAMETERS,
    answer: trackerAnswer,
    failures: [404],
    async run(request) {
      return request.c.json(trackerJson(await trackerOf(request)));
    },
  },
  {
    method: 'patch',
    path: '/api/products/{account}/{product}/tracker',
    id: 'changeTracker',
    summary: 'Name the issue tracker of a product, or change it',
    description:
      'What the body does not name stays as it is. `token` is taken and never shown again; a change of the address needs it anew.',
    access: 'admin',
    parameters: PRODUCT_PARAMETERS,
    requestBody: schemaRef('TrackerChange'),
    answer: trackerAnswer,
    failures: [400, 404],
    async run(request) {
      const product = await productOf(request);
      const { store, tickets, log } = request.context;
      const before = await store.tickets.tracker(product);
      const checked = await checkTracker(
        await request.body(),
        before === null ? null : { settings: before.settings, hasToken: before.token !== null },
        (url) => tickets.addressFault(url),
      );
      if (!checked.ok) throw new ApiError(400, 'bad_tracker', checked.fault);
      await store.tickets.saveTracker(product, checked.value.settings, checked.value.token);
      log.info({ ...product, by: request.person.user?.id ?? 'admin token' }, 'the tracker was changed');
      return request.c.json(trackerJson(await trackerOf(request)));
    },
  },
  {
    method: 'delete',
    path: '/api/products/{account}/{product}/tracker',
    id: 'deleteTracker',
    summary: 'Take the issue tracker of a product away, with its token',
    description: 'What still waits for it is given up. Bugs keep their tickets.',
    access: 'admin',
    parameters: PRODUCT_PARAMETERS,
    answer: { status: 204, description: 'It is gone.' },
    failures: [404],
    async run(request) {
      await trackerOf(request);
      await request.context.store.tickets.deleteTracker(await productOf(request));
      return request.c.body(null, 204);
    },
  },
  {
    method: 'get',
    path: '/api/products/{account}/{product}/tracker/messages',
    id: 'listTrackerMessages',
    summary: 'What the issue tracker of a product was told of closed and reopened bugs',
    access: 'admin',
    parameters: PRODUCT_PARAMETERS,
    answer: {
      status: 200,
      description: `The last ${MAX_LOG}, newest first.`,
      contentType: 'application/json',
      schema: schemaRef('TrackerMessages'),
    },
    failures: [404],
    async run(request) {
      const product = await productOf(request);
      const messages = await request.context.store.tickets.listMessages(product, MAX_LOG);
      return request.c.json({
        messages: messages.map(({ id, bugId, ticket, part, what, at, attempts, state, lastError }) => ({
          id,
          bug: bugId,
          ticket,
          part,
          what,
          at: isoTime(at),
          attempts,
          state,
          lastError,
        })),
      });
    },
  },
  {
    method: 'get',
    path: '/api/bugs/{bug}/ticket',
    id: 'getBugTicket',
    summary: 'The ticket of a bug with its state, or what a new one would say',
    description: 'A draft is made of what everybody may see. `form` opens the form of the tracker filled.',
    access: 'read',
    parameters: [BUG],
    answer: ticketAnswer,
    failures: [404],
    async run(request) {
      return request.c.json(await ticketJson(request, await bugOf(request)));
    },
  },
  {
    method: 'post',
    path: '/api/bugs/{bug}/ticket/create',
    id: 'createBugTicket',
    summary: 'Make a ticket for a bug in the tracker of its product',
    description:
      'Without title and body it says what the draft says. Of several who ask at once one makes it. Where nobody knows whether an earlier try made one, the answer is 409 `ticket_unknown` until `again` says that somebody looked.',
    access: 'triage',
    parameters: [BUG],
    requestBody: schemaRef('NewTicket'),
    bodyOptional: true,
    answer: { ...ticketAnswer, status: 201, description: 'The ticket that was made.' },
    failures: [400, 404, 409],
    async run(request) {
      const { title, body, again = false, ...strange } = await request.body();
      const [stranger] = Object.keys(strange);
      if (stranger !== undefined || typeof again !== 'boolean')
        throw new ApiError(
          400,
          'bad_ticket',
          'The body may hold "title", "body" and "again", which is true or false.',
        );
      const bug = await bugOf(request);
      const { context, person } = request;
      const { settings } = await ticketOfBug(context, bug);
      const draft = settings === null ? null : await ticketDraft(context, bug.id, settings);
      if (draft === null) throw new ApiError(400, 'no_tracker', 'The product has no tracker.');
      const checked = checkTicketText({ title: title ?? draft.text.title, body: body ?? draft.text.body });
      if (!checked.ok) throw new ApiError(400, 'bad_ticket', checked.fault);
      const text = { ...checked.value, signature: draft.text.signature };
      const made = await context.tickets.make(bug, nameOf(person), text, { again });
      if (made.is !== 'made') throw new ApiError(...codeOf(made.is), madeFault(made));
      return request.c.json(await ticketJson(request, await bugOf(request)), 201);
    },
  },
  {
    method: 'post',
    path: '/api/bugs/{bug}/ticket/refresh',
    id: 'refreshBugTicket',
    summary: 'Ask the tracker for the state of a bug’s ticket now',
    access: 'triage',
    parameters: [BUG],
    answer: ticketAnswer,
    failures: [400, 404],
    async run(request) {
      const bug = await bugOf(request);
      const found = bug.ticket === null ? null : await request.context.tickets.refresh(bug, bug.ticket);
      if (found === null)
        throw new ApiError(400, 'no_ticket', 'The bug has no ticket of the tracker of its product.');
      return request.c.json(await ticketJson(request, bug));
    },
  },
];

function codeOf(
  is: 'refused' | 'has_ticket' | 'no_bug' | 'no_tracker' | 'asking' | 'unknown',
): readonly [status: 400 | 404 | 409, code: string] {
  const codes = {
    refused: [400, 'ticket_refused'],
    has_ticket: [409, 'has_ticket'],
    no_bug: [404, 'no_such_bug'],
    no_tracker: [400, 'no_tracker'],
    asking: [409, 'ticket_under_way'],
    unknown: [409, 'ticket_unknown'],
  } as const;
  return codes[is];
}
