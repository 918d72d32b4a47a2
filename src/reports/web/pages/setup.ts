// /setup/{secret}: creates the first administrator, through the link that the server prints while there is nobody.
import { html } from 'hono/html';
import { normalEmail } from '../../auth/email.ts';
import { startSession } from '../../auth/sessions.ts';
import { faultBox, field, form } from '../components/form-controls.ts';
import { passwordFields, peekLink, readName, readPassword, takeLink } from '../one-time-page.ts';
import type { Form, OpenPage, PageAnswer, PageRequest } from '../page.ts';
import { PageError } from '../page.ts';

export const setupPage: OpenPage = {
  path: '/setup/:secret',
  access: 'anyone',
  nav: null,
  view: (request) => show(request, { fault: null, name: '', email: '' }),
  actions: { setup: { access: 'anyone', run: setUp } },
};

async function setUp(request: PageRequest, form: Form): Promise<PageAnswer> {
  const { c, context } = request;
  await peekLink(request, 'setup');
  const kept = { name: form.text('name').slice(0, 100), email: form.text('email').slice(0, 254) };
  const [name, email] = [readName(form), normalEmail(form.text('email'))];
  if (name === null)
    return show(request, { ...kept, fault: 'Your name is missing, or longer than 100 characters.' });
  if (email === null) return show(request, { ...kept, fault: 'That is not an e-mail address.' });
  const password = await readPassword(form, context, { name, email });
  if (password.fault !== null) return show(request, { ...kept, fault: password.fault });
  await takeLink(request, 'setup');
  const user = await context.store.people.createUser(
    { email, name, isAdmin: true, passwordHash: password.hash },
    { onlyFirst: true },
  );
  if (user === null) {
    throw new PageError(403, 'There is an administrator already.', 'Sign in, or ask for an invitation.');
  }
  // Whoever sets up the installation begins with everything in the accounts that it begins with.
  for (const { name: account } of await context.store.accounts.list()) {
    await context.store.accounts.setMember({ account, userId: user.id, isAdmin: true });
    const right = { role: 'admin', seesProtected: true, seesDumps: true } as const;
    await context.store.accounts.grant({
      account,
      product: null,
      to: { kind: 'user', id: user.id },
      ...right,
    });
  }
  await startSession(c, context, user.id);
  context.log.info({ user: user.id }, 'first administrator created');
  return { kind: 'redirect', to: '/', done: 'welcome' };
}

async function show(
  request: PageRequest,
  options: { readonly fault: string | null; readonly name: string; readonly email: string },
): Promise<PageAnswer> {
  await peekLink(request, 'setup');
  return {
    kind: 'html',
    title: 'Set up',
    status: options.fault === null ? 200 : 400,
    secret: true,
    body: html`<div class="narrow">
      <h1>Set up Mayday</h1>
      <p>You become the first administrator. This link works once.</p>
      ${faultBox(options.fault)}
      ${form(
        { to: request.url.pathname, action: 'setup', csrf: request.csrf },
        html`${field({ name: 'name', label: 'Your name', value: options.name, required: true, autocomplete: 'name', maxLength: 100 })}
          ${field({ name: 'email', label: 'E-mail', type: 'email', value: options.email, required: true, autocomplete: 'username' })}
          ${passwordFields} <button class="primary">Create administrator</button>`,
      )}
    </div>`,
  };
}
