// /bugs/{number}/ticket: a ticket for the bug, shown before anything is sent: made by Mayday where there is a token, or in the form of the
// tracker; or a ticket that exists already.
import { html } from 'hono/html';
import type { TicketMade } from '../../../process/tickets/ticket-desk.ts';
import type { Bug } from '../../../store/bugs.ts';
import { ticketDraft, ticketOfBug } from '../../query/ticket-of-bug.ts';
import type { TicketDraft, TicketOfBug } from '../../query/ticket-of-bug.ts';
import { checkTicket, nameOf, readBugId } from '../../view/bug-change.ts';
import { checkTicketText, claimWords, madeFault } from '../../view/ticket-wish.ts';
import { bugTitle } from '../components/bug-links.ts';
import { ticketState } from '../components/bug-ticket.ts';
import { checkbox, faultBox, field, form } from '../components/form-controls.ts';
import { productPath } from '../components/product-path.ts';
import { namedBug, noSuchBug } from '../named-bug.ts';
import type { Form, Html, MemberPage, MemberRequest, PageAnswer } from '../page.ts';

export const bugTicketPage: MemberPage = {
  path: '/bugs/:bug/ticket',
  access: 'triage',
  nav: 'bugs',
  async view(request) {
    const id = readBugId(request.param('bug'));
    const today = id === null ? null : await request.seen.resolveBug(id);
    if (today === null) throw noSuchBug();
    if (today !== id) return { kind: 'redirect', to: `/bugs/${today}/ticket` };
    return show(request, await namedBug(request), {});
  },
  actions: {
    create: {
      access: 'triage',
      async run(request, given) {
        const bug = await namedBug(request);
        const typed = { title: given.text('title'), body: given.text('body') };
        const checked = checkTicketText(typed);
        if (!checked.ok) return show(request, bug, { fault: checked.fault, typed });
        const made = await create(request, bug, { ...checked.value, again: given.checked('again') });
        // The bug has its ticket, whoever was first.
        if (made.is === 'made' || made.is === 'has_ticket')
          return { kind: 'redirect', to: `/bugs/${bug.id}`, done: 'ticket-made' };
        return show(request, bug, { fault: madeFault(made), typed });
      },
    },
    link: {
      access: 'triage',
      async run(request, given: Form) {
        const bug = await namedBug(request);
        const ticket = checkTicket(given.text('ticket'));
        if (!ticket.ok || ticket.value === null)
          return show(request, bug, { fault: ticket.ok ? 'Give the address of the ticket.' : ticket.fault });
        await request.context.store.bugs.setTicket(bug.id, nameOf(request.person), ticket.value);
        await request.context.tickets.linked(bug, ticket.value);
        return { kind: 'redirect', to: `/bugs/${bug.id}`, done: 'bug-ticket' };
      },
    },
    refresh: {
      access: 'triage',
      async run(request) {
        const bug = await namedBug(request);
        if (bug.ticket !== null) await request.context.tickets.refresh(bug, bug.ticket);
        return { kind: 'redirect', to: `/bugs/${bug.id}` };
      },
    },
  },
};

/** The signature is the bug's, whatever the title says. */
async function create(
  { context, person }: MemberRequest,
  bug: Bug,
  { title, body, again }: { readonly title: string; readonly body: string; readonly again: boolean },
): Promise<TicketMade> {
  const { settings } = await ticketOfBug(context, bug);
  const draft = settings === null ? null : await ticketDraft(context, bug.id, settings);
  if (draft === null) return { is: 'no_tracker' };
  return context.tickets.make(
    bug,
    nameOf(person),
    { title, body, signature: draft.text.signature },
    { again },
  );
}

interface Shown {
  readonly fault?: string;
  readonly typed?: { readonly title: string; readonly body: string };
}

async function show(request: MemberRequest, bug: Bug, { fault, typed }: Shown): Promise<PageAnswer> {
  const { context, csrf, now } = request;
  const found = await ticketOfBug(context, bug);
  const draft = found.settings === null ? null : await ticketDraft(context, bug.id, found.settings);
  const to = `/bugs/${bug.id}/ticket`;
  const settingsPath = `${productPath({ account: bug.account, name: bug.product })}/tickets`;
  return {
    kind: 'html',
    title: `Ticket for ${bug.product} bug ${bug.id}`,
    status: fault === undefined ? 200 : 400,
    body: html`<p class="id"><a href="/bugs/${bug.id}">Bug ${bug.id}</a></p>
      <h1>A ticket for ${bugTitle(bug.title)}</h1>
      ${faultBox(fault ?? null)}
      ${
        found.ticket !== null
          ? ticketState(found.ticket, now)
          : bug.ticket !== null
            ? html`<p>The bug has the ticket ${bug.ticket}. Set another one on <a href="/bugs/${bug.id}">its page</a>.</p>`
            : draft === null
              ? html`<p class="empty">
                  ${bug.product} has no tracker. <a href="${settingsPath}">An administrator can name one</a>.
                </p>`
              : newTicket(found, draft, { to, csrf, ...(typed !== undefined && { typed }) })
      }
      ${
        bug.ticket === null
          ? html`<section aria-labelledby="existing">
              <h2 id="existing">There is a ticket already</h2>
              ${form({ to, action: 'link', csrf }, html`${field({ name: 'ticket', label: 'Its address, key or number', required: true, maxLength: 500 })} <button>Link it</button>`)}
            </section>`
          : null
      }`,
  };
}

function newTicket(
  { isConnected, label, claim }: TicketOfBug,
  { text, form: address }: TicketDraft,
  { to, csrf, typed = text }: Shown & { readonly to: string; readonly csrf: string },
): Html {
  return html`<p class="lead">
      What everybody may see of the bug; protected data is never in it. ${isConnected ? html`Read it, change it, then send it.` : html`The form of the tracker opens with it.`}
    </p>
    ${claim === null ? null : html`<p class="fault" role="alert">${claimWords(claim)}</p>`}
    ${
      isConnected
        ? form(
            { to, action: 'create', csrf, className: 'stack wide' },
            html`${field({ name: 'title', label: 'Title', value: typed.title, required: true, maxLength: 250 })}
              ${bodyArea(typed.body, false)}
              ${claim?.is === 'unknown' ? checkbox({ name: 'again', label: `I looked in ${label ?? 'the tracker'}: there is none`, hint: 'Else a second one might be made.' }) : null}
              <button class="primary">Create it in ${label ?? 'the tracker'}</button>`,
          )
        : html`<p class="value"><strong>${text.title}</strong></p>
            <div class="stack wide">${bodyArea(text.body, true)}</div>`
    }
    ${address === null ? null : html`<p><a class="button" href="${address}" rel="noreferrer">Open the form${label === null ? null : html` of ${label}`}</a></p>`}`;
}

function bodyArea(body: string, isReadOnly: boolean): Html {
  return html`<div class="field">
    <label for="field-body">Text</label>
    <textarea id="field-body" name="body" rows="18" maxlength="20000" ${isReadOnly ? html` readonly` : null}>
${body}</textarea>
  </div>`;
}
