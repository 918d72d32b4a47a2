// What the pages behind one-time links share: looking the secret up, and the form that sets a password.
import { html } from 'hono/html';
import { guessableWords, passwordFault } from '../auth/password-rules.ts';
import { hashPassword, MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH } from '../auth/passwords.ts';
import type { ReportsContext } from '../reports-context.ts';
import type { OneTimePurpose } from '../auth/one-time-link.ts';
import { hashSecret } from '../auth/secrets.ts';
import { field } from './components/form-controls.ts';
import type { Form, Html, PageRequest } from './page.ts';
import { PageError } from './page.ts';

/** The data behind the link of this request; throws the page that says what to do when it no longer works. */
export async function peekLink(request: PageRequest, purpose: OneTimePurpose): Promise<string> {
  const hash = hashSecret(request.param('secret'));
  const data = await request.context.store.people.peekOneTime(hash, purpose, request.now);
  if (data === null) throw deadLink(purpose);
  return data;
}

/** Uses the link up; only one of two requests at once gets the data. */
export async function takeLink(request: PageRequest, purpose: OneTimePurpose): Promise<string> {
  const hash = hashSecret(request.param('secret'));
  const data = await request.context.store.people.takeOneTime(hash, purpose, request.now);
  if (data === null) throw deadLink(purpose);
  return data;
}

const AGAIN: Readonly<Record<OneTimePurpose, string>> = {
  setup: 'Start the reports server again: while there is nobody, each start prints a fresh link.',
  invitation: 'Ask the administrator who invited you for another link.',
  reset: 'Ask an administrator for another link.',
};

function deadLink(purpose: OneTimePurpose): PageError {
  return new PageError(404, 'This link was used already, has been replaced, or is too old.', AGAIN[purpose]);
}

/** Two password fields. */
export const passwordFields: Html = html`${field({
  name: 'password',
  label: 'New password',
  type: 'password',
  required: true,
  autocomplete: 'new-password',
  maxLength: MAX_PASSWORD_LENGTH,
  hint: `At least ${MIN_PASSWORD_LENGTH} characters. Length counts, not kinds of characters; words that do not belong together are good.`,
})}
${field({
  name: 'repeated',
  label: 'The same again',
  type: 'password',
  required: true,
  autocomplete: 'new-password',
  maxLength: MAX_PASSWORD_LENGTH,
})}`;

/** The hash of the password in a form, or what is wrong with it. `owner`: whose it becomes. */
export async function readPassword(
  form: Form,
  context: ReportsContext,
  owner: { readonly name: string; readonly email: string },
): Promise<
  { readonly hash: string; readonly fault: null } | { readonly hash: null; readonly fault: string }
> {
  const guessable = guessableWords({ ...owner, host: new URL(context.reportsUrl).hostname });
  const fault = passwordFault(form.text('password'), form.text('repeated'), guessable);
  if (fault !== null) return { hash: null, fault };
  return { hash: await hashPassword(form.text('password')), fault: null };
}

/** The name in a form, or null where it is empty or too long. */
export function readName(form: Form): string | null {
  const name = form.text('name').trim();
  return name === '' || name.length > 100 ? null : name;
}
