// The gate before acts that give rights, take safety or cannot be undone (`recent` of an action): whoever has not given a password or a
// second factor within the last ten minutes is asked for it, on a page that carries the posted form on. A stolen session alone does not pass.
import { html } from 'hono/html';
import { CSRF_FIELD } from '../auth/csrf.ts';
import { checkPassword } from '../auth/passwords.ts';
import { isRecent, renewSession } from '../auth/sessions.ts';
import type { Session } from '../auth/sessions.ts';
import { ACTION_FIELD, faultBox, field, form } from './components/form-controls.ts';
import type { Form, Html, MemberRequest, PageAnswer } from './page.ts';

/** Fields of the page that asks begin with this, so that they never meet those of the form that it carries. */
const PROOF = 'proof-';
const PASSWORD_FIELD = `${PROOF}password`;

/** Wrong proofs of one session, so that a stolen one is not good for guessing. */
const LIMIT = { max: 10, windowMs: 15 * 60_000 };

export type Proof =
  | { readonly kind: 'proven'; readonly session: Session }
  /** The page that asks instead of the answer. */
  | { readonly kind: 'ask'; readonly page: PageAnswer };

/** Lets a post through whose person has proven recently who it is, or proves it with this post; the session then gets a fresh id. */
export async function proveRecent(request: MemberRequest, session: Session, posted: Form): Promise<Proof> {
  const { c, context, now } = request;
  if (isRecent(session, now)) return { kind: 'proven', session };
  const ask = (fault: string | null): Proof => ({ kind: 'ask', page: askPage(request, posted, fault) });
  if (!posted.names().includes(PASSWORD_FIELD)) return ask(null);
  const key = `proof ${session.user.id} ${session.idHash}`;
  if (context.attempts.waitMs(key, LIMIT) > 0) {
    return ask('Too many wrong passwords. Try again in a quarter of an hour.');
  }
  if (!(await checkPassword(session.user.passwordHash, posted.text(PASSWORD_FIELD)))) {
    context.attempts.failed(key, LIMIT);
    return ask('The password is wrong.');
  }
  context.attempts.succeeded(key);
  const renewed = await renewSession(c, context, session);
  return renewed === null
    ? ask('This session has ended. Sign in again.')
    : { kind: 'proven', session: renewed };
}

function askPage(request: MemberRequest, posted: Form, fault: string | null): PageAnswer {
  const { url, csrf, person } = request;
  const own = new Set([CSRF_FIELD, ACTION_FIELD]);
  const carried = posted
    .names()
    .filter((name) => !own.has(name) && !name.startsWith(PROOF))
    .flatMap((name) => posted.all(name).map((value): Html => hidden(name, value)));
  return {
    kind: 'html',
    title: 'Confirm that it is you',
    status: fault === null ? 200 : 400,
    secret: true,
    body: html`<div class="narrow">
      <h1>Confirm that it is you</h1>
      <p>
        What you are about to do gives rights or takes safety, and your last sign-in is more than ten minutes ago.
      </p>
      ${faultBox(fault)}
      ${form(
        { to: `${url.pathname}${url.search}`, action: posted.text(ACTION_FIELD), csrf },
        html`${carried}
          <input type="hidden" autocomplete="username" value="${person.user?.email ?? ''}" />
          ${field({ name: PASSWORD_FIELD, label: 'Your password', type: 'password', required: true, autocomplete: 'current-password' })}
          <button class="primary">Go on</button>`,
      )}
    </div>`,
  };
}

function hidden(name: string, value: string): Html {
  return html`<input type="hidden" name="${name}" value="${value}" />`;
}
