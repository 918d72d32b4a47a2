// The gate before acts that give rights, take safety or cannot be undone (`recent` of an action): whoever has not given a password or a
// second factor within the last ten minutes is asked for it, on a page that carries the posted form on. A stolen session alone does not pass.
import { html } from 'hono/html';
import { CSRF_FIELD } from '../auth/csrf.ts';
import { guessOwn } from '../auth/guess-limits.ts';
import { askForPasskey, checkPasskey, takesPasskeys } from '../auth/passkeys.ts';
import { checkCode } from '../auth/second-step.ts';
import { isRecent, renewSession } from '../auth/sessions.ts';
import type { Session } from '../auth/sessions.ts';
import { ACTION_FIELD, faultBox, field, form } from './components/form-controls.ts';
import { passkeyButton } from './components/passkey-button.ts';
import type { Form, Html, MemberRequest, PageAnswer } from './page.ts';

/** Fields of the page that asks begin with this, so that they never meet those of the form that it carries. */
const PROOF = 'proof-';
const PASSWORD_FIELD = `${PROOF}password`;
const CODE_FIELD = `${PROOF}code`;
const PASSKEY_FIELD = `${PROOF}passkey`;

export type Proof =
  | { readonly kind: 'proven'; readonly session: Session }
  /** The page that asks instead of the answer. */
  | { readonly kind: 'ask'; readonly page: PageAnswer };

/** Lets a post through whose person has proven recently who it is, or proves it with this post; the session then gets a fresh id. */
export async function proveRecent(request: MemberRequest, session: Session, posted: Form): Promise<Proof> {
  const { c, context, now } = request;
  if (isRecent(session, now)) return { kind: 'proven', session };
  const ask = async (fault: string | null): Promise<Proof> => ({
    kind: 'ask',
    page: await askPage(request, posted, fault),
  });
  if (!posted.names().some((name) => name.startsWith(PROOF))) return ask(null);
  const fault = await faultOfProof(request, session, posted);
  if (fault !== null) return ask(fault);
  const renewed = await renewSession(c, context, session);
  return renewed === null
    ? ask('This session has ended. Sign in again.')
    : { kind: 'proven', session: renewed };
}

/** What is wrong with what was given, in a sentence; null: it proves who it is. */
async function faultOfProof(
  { c, context }: MemberRequest,
  session: Session,
  posted: Form,
): Promise<string | null> {
  const { user } = session;
  const passkey = posted.text(PASSKEY_FIELD);
  if (passkey !== '') {
    const factor = await checkPasskey(context, `proof ${user.id}`, passkey, user.id);
    return factor === null ? 'That passkey is not taken.' : null;
  }
  const code = posted.text(CODE_FIELD).trim();
  if (code !== '') {
    const outcome = await checkCode(c, context, user, code.slice(0, 100));
    if (outcome === 'wait') return 'Too many wrong codes. Try again in a quarter of an hour.';
    return outcome === 'wrong' ? 'The code is wrong, was used already, or is too old.' : null;
  }
  const guess = await guessOwn(context, user, {
    key: `proof ${user.id} ${session.idHash}`,
    password: posted.text(PASSWORD_FIELD),
  });
  if (guess === 'wait') return 'Too many wrong passwords. Try again in a quarter of an hour.';
  return guess === 'wrong' ? 'The password is wrong.' : null;
}

async function askPage(request: MemberRequest, posted: Form, fault: string | null): Promise<PageAnswer> {
  const { url, csrf, person, context } = request;
  const own = new Set([CSRF_FIELD, ACTION_FIELD]);
  const carried = posted
    .names()
    .filter((name) => !own.has(name) && !name.startsWith(PROOF))
    .flatMap((name) => posted.all(name).map((value): Html => hidden(name, value)));
  const { user } = person;
  const factors = user === null ? [] : await context.store.people.listFactors(user.id);
  const passkeys = takesPasskeys(context) ? factors.filter(({ kind }) => kind === 'passkey') : [];
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
          <input type="hidden" autocomplete="username" value="${user?.email ?? ''}" />
          ${
            user === null || passkeys.length === 0
              ? null
              : passkeyButton({
                  act: 'get',
                  name: PASSKEY_FIELD,
                  options: await askForPasskey(context, `proof ${user.id}`, passkeys),
                  label: 'Use your passkey',
                })
          }
          ${field({ name: PASSWORD_FIELD, label: 'Your password', type: 'password', autocomplete: 'current-password' })}
          ${factors.length === 0 ? null : field({ name: CODE_FIELD, label: 'Or a code', autocomplete: 'one-time-code', maxLength: 40, hint: 'Of your authenticator app, or a recovery code.' })}
          <button class="primary">Go on</button>`,
      )}
      ${context.providers.map(
        ({ settings }) =>
          html`<p class="hint">
            Or <a href="/sign-in/with/${settings.id}?fresh=yes&amp;to=${encodeURIComponent(url.pathname)}">sign in again with ${settings.name}</a>
            and send the form again.
          </p>`,
      )}
    </div>`,
  };
}

function hidden(name: string, value: string): Html {
  return html`<input type="hidden" name="${name}" value="${value}" />`;
}
