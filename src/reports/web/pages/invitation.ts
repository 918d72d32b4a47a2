// /invitation/{secret}: somebody who was invited into an account chooses name and password; somebody who can sign in already joins it.
import { html } from 'hono/html';
import type { User } from '../../../store/people.ts';
import { readInvitation } from '../../auth/one-time-link.ts';
import type { Invitation } from '../../auth/one-time-link.ts';
import { startSession } from '../../auth/sessions.ts';
import type { ReportsContext } from '../../reports-context.ts';
import { noteInvitation } from '../../view/right-notes.ts';
import { rightWords } from '../../view/right-words.ts';
import { faultBox, field, form } from '../components/form-controls.ts';
import { passwordFields, peekLink, readName, readPassword, takeLink } from '../one-time-page.ts';
import type { Form, OpenPage, PageAnswer, PageRequest } from '../page.ts';
import { PageError } from '../page.ts';

export const invitationPage: OpenPage = {
  path: '/invitation/:secret',
  access: 'anyone',
  nav: null,
  view: (request) => show(request, { fault: null, name: '' }),
  actions: {
    accept: { access: 'anyone', run: accept },
    join: { access: 'anyone', run: join },
  },
};

function checked(data: string): Invitation {
  const invitation = readInvitation(data);
  if (invitation === null) {
    throw new PageError(
      404,
      'This invitation cannot be read.',
      'Ask the administrator who invited you for another one.',
    );
  }
  return invitation;
}

async function accept(request: PageRequest, form: Form): Promise<PageAnswer> {
  const { c, context } = request;
  const peeked = checked(await peekLink(request, 'invitation'));
  const { email } = peeked;
  await mustBeThere(context, peeked);
  if ((await context.store.people.userByEmail(email)) !== null) throw takenAddress();
  const name = readName(form);
  const kept = form.text('name').slice(0, 100);
  if (name === null)
    return show(request, { name: kept, fault: 'Your name is missing, or longer than 100 characters.' });
  const password = await readPassword(form, context, { name, email });
  if (password.fault !== null) return show(request, { name: kept, fault: password.fault });
  const invitation = checked(await takeLink(request, 'invitation'));
  const user = await context.store.people.createUser({
    ...{ email, name, isAdmin: false, passwordHash: password.hash },
  });
  if (user === null) throw takenAddress();
  await enter(context, user, invitation);
  noteInvitation(c, invitation);
  await startSession(c, context, user.id);
  context.log.info({ user: user.id, account: invitation.account }, 'invitation accepted');
  return { kind: 'redirect', to: '/', done: 'welcome' };
}

function takenAddress(): PageError {
  return new PageError(
    403,
    'There is somebody with this e-mail address already.',
    'Sign in, and open the link again.',
  );
}

/** Somebody who is signed in, and whom the invitation is for. */
async function join(request: PageRequest): Promise<PageAnswer> {
  const { context, person } = request;
  const peeked = checked(await peekLink(request, 'invitation'));
  const user = person?.user ?? null;
  if (user === null || !isFor(peeked, user)) throw takenAddress();
  await mustBeThere(context, peeked);
  const invitation = checked(await takeLink(request, 'invitation'));
  await enter(context, user, invitation);
  noteInvitation(request.c, invitation);
  context.log.info({ user: user.id, account: invitation.account }, 'invitation accepted');
  return { kind: 'redirect', to: '/', done: 'joined' };
}

/** Before anything is changed: a link that leads nowhere is not used up, and makes nobody. */
async function mustBeThere({ store }: ReportsContext, { account }: Invitation): Promise<void> {
  if ((await store.accounts.find(account)) === null) throw goneAccount();
}

function goneAccount(): PageError {
  return new PageError(404, 'The account is gone.', 'Ask the administrator who invited you.');
}

/** Membership, right and team, as the account has them now: a team may be gone. */
async function enter(
  { store: { accounts } }: ReportsContext,
  { id: userId }: User,
  { account, isAdmin, right, team }: Invitation,
): Promise<void> {
  if ((await accounts.setMember({ account, userId, isAdmin })) !== 'done') throw goneAccount();
  if (right !== null)
    await accounts.grant({ account, product: null, to: { kind: 'user', id: userId }, ...right });
  if (team !== null) await accounts.setInTeam(account, team, userId, true);
}

function isFor(invitation: Invitation, user: User): boolean {
  return invitation.email.toLowerCase() === user.email.toLowerCase();
}

async function show(
  request: PageRequest,
  options: { readonly fault: string | null; readonly name: string },
): Promise<PageAnswer> {
  const invitation = checked(await peekLink(request, 'invitation'));
  const { email, account, isAdmin, right } = invitation;
  const user = request.person?.user ?? null;
  const words = html`You are invited as <strong>${email}</strong> into the account
    <strong>${account}</strong>: ${rightWords(right)}${isAdmin ? ', and you administer the account' : ''}.`;
  const to = request.url.pathname;
  if (user !== null && isFor(invitation, user)) {
    return page(
      html`<p>${words}</p>
      ${form({ to, action: 'join', csrf: request.csrf }, html`<button class="primary">Join the account</button>`)}`,
      options.fault,
    );
  }
  if ((await request.context.store.people.userByEmail(email)) !== null) {
    return page(
      html`<p>${words}</p>
      <p><a href="/sign-in?to=${encodeURIComponent(to)}">Sign in as ${email}</a> to join it.</p>`,
      options.fault,
    );
  }
  return page(
    html`<p>${words}</p>
      ${faultBox(options.fault)}
      ${form(
        { to, action: 'accept', csrf: request.csrf },
        html`<input type="hidden" name="username" autocomplete="username" value="${email}" />
          ${field({ name: 'name', label: 'Your name', value: options.name, required: true, autocomplete: 'name', maxLength: 100 })}
          ${passwordFields}
          <button class="primary">Create account</button>`,
      )}`,
    options.fault,
  );
}

function page(body: ReturnType<typeof html>, fault: string | null): PageAnswer {
  return {
    kind: 'html',
    title: 'Invitation',
    status: fault === null ? 200 : 400,
    secret: true,
    body: html`<div class="narrow">
      <h1>Join Mayday</h1>
      ${body}
    </div>`,
  };
}
