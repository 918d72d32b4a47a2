// /invitation/{secret}: somebody who was invited chooses name and password.
import { html } from 'hono/html';
import { readInvitation } from '../../auth/one-time-link.ts';
import type { Invitation } from '../../auth/one-time-link.ts';
import { startSession } from '../../auth/sessions.ts';
import { faultBox, field, form } from '../components/form-controls.ts';
import { passwordFields, peekLink, readName, readPassword, takeLink } from '../one-time-page.ts';
import type { Form, OpenPage, PageAnswer, PageRequest } from '../page.ts';
import { PageError } from '../page.ts';

export const invitationPage: OpenPage = {
  path: '/invitation/:secret',
  access: 'anyone',
  nav: null,
  view: (request) => show(request, { fault: null, name: '' }),
  actions: { accept: { access: 'anyone', run: accept } },
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
  const { email } = checked(await peekLink(request, 'invitation'));
  const name = readName(form);
  const kept = form.text('name').slice(0, 100);
  if (name === null)
    return show(request, { name: kept, fault: 'Your name is missing, or longer than 100 characters.' });
  const password = await readPassword(form, context, { name, email });
  if (password.fault !== null) return show(request, { name: kept, fault: password.fault });
  const invitation = checked(await takeLink(request, 'invitation'));
  const user = await context.store.people.createUser({ ...invitation, name, passwordHash: password.hash });
  if (user === null) {
    throw new PageError(403, 'There is an account with this e-mail address already.', 'Sign in with it.');
  }
  await startSession(c, context, user.id);
  context.log.info({ user: user.id }, 'invitation accepted');
  return { kind: 'redirect', to: '/', done: 'welcome' };
}

async function show(
  request: PageRequest,
  options: { readonly fault: string | null; readonly name: string },
): Promise<PageAnswer> {
  const invitation = checked(await peekLink(request, 'invitation'));
  return {
    kind: 'html',
    title: 'Invitation',
    status: options.fault === null ? 200 : 400,
    secret: true,
    body: html`<div class="narrow">
      <h1>Join Mayday</h1>
      <p>
        You are invited as <strong>${invitation.email}</strong>, with the role
        ${invitation.role}${invitation.seesProtected ? ' and the right to see protected data' : ''}.
      </p>
      ${faultBox(options.fault)}
      ${form(
        { to: request.url.pathname, action: 'accept', csrf: request.csrf },
        html`<input type="hidden" name="username" autocomplete="username" value="${invitation.email}" />
          ${field({ name: 'name', label: 'Your name', value: options.name, required: true, autocomplete: 'name', maxLength: 100 })}
          ${passwordFields}
          <button class="primary">Create account</button>`,
      )}
    </div>`,
  };
}
