// /reset/{secret}: somebody who forgot the password sets a new one, through a link from an administrator.
import { html } from 'hono/html';
import { beginSecondStep } from '../../auth/second-step.ts';
import { startSession } from '../../auth/sessions.ts';
import { faultBox, form } from '../components/form-controls.ts';
import { passwordFields, peekLink, readPassword, takeLink } from '../one-time-page.ts';
import type { Form, OpenPage, PageAnswer, PageRequest } from '../page.ts';
import { PageError } from '../page.ts';

export const resetPage: OpenPage = {
  path: '/reset/:secret',
  access: 'anyone',
  nav: null,
  view: (request) => show(request, null),
  actions: { reset: { access: 'anyone', run: reset } },
};

/** An account that is gone: the link then says so. */
const NOBODY = { name: '', email: '' };

async function reset(request: PageRequest, form: Form): Promise<PageAnswer> {
  const { people } = request.context.store;
  const { name, email } = (await people.userById(Number(await peekLink(request, 'reset')))) ?? NOBODY;
  const password = await readPassword(form, request.context, { name, email });
  if (password.fault !== null) return show(request, password.fault);
  const id = Number(await takeLink(request, 'reset'));
  const user = await people.userById(id);
  if (user === null || user.disabled) {
    throw new PageError(403, 'The account is gone or switched off.', 'Ask an administrator.');
  }
  await people.setPassword(id, password.hash);
  // Whoever has the link alone does not go around the second factor.
  if ((await people.listFactors(id)).length > 0) {
    await beginSecondStep(request.c, request.context, user);
    request.context.log.info({ user: id }, 'password reset');
    return { kind: 'redirect', to: '/sign-in/second' };
  }
  await startSession(request.c, request.context, id);
  request.context.log.info({ user: id }, 'password reset');
  return { kind: 'redirect', to: '/account/security', done: 'password' };
}

async function show(request: PageRequest, fault: string | null): Promise<PageAnswer> {
  await peekLink(request, 'reset');
  return {
    kind: 'html',
    title: 'New password',
    status: fault === null ? 200 : 400,
    secret: true,
    body: html`<div class="narrow">
      <h1>Choose a new password</h1>
      ${faultBox(fault)}
      ${form({ to: request.url.pathname, action: 'reset', csrf: request.csrf }, html`${passwordFields}<button class="primary">Set password</button>`)}
    </div>`,
  };
}
