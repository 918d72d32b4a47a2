// /sign-in: e-mail and password, then back to where the person wanted to go.
import { html } from 'hono/html';
import { addToAudit } from '../../auth/audit-note.ts';
import { beginGuess, rememberDevice } from '../../auth/guess-limits.ts';
import { clientAddress } from '../../auth/peer-network.ts';
import { normalEmail } from '../../auth/email.ts';
import { checkPassword } from '../../auth/passwords.ts';
import { localPath } from '../../auth/return-path.ts';
import { askForPasskey, checkPasskey, takesPasskeys } from '../../auth/passkeys.ts';
import { beginSecondStep } from '../../auth/second-step.ts';
import { startSession } from '../../auth/sessions.ts';
import { faultBox, field, form } from '../components/form-controls.ts';
import { passkeyButton } from '../components/passkey-button.ts';
import type { Form, Html, OpenPage, PageAnswer, PageRequest } from '../page.ts';
import { PageError } from '../page.ts';

export const signInPage: OpenPage = {
  path: '/sign-in',
  access: 'anyone',
  nav: null,
  async view(request) {
    if (request.session !== null) return { kind: 'redirect', to: returnPath(request) };
    return show(request, { fault: null, email: '' });
  },
  actions: {
    passkey: { access: 'anyone', run: signInByPasskey },
    'sign-in': { access: 'anyone', run: signIn },
  },
};

function returnPath({ url }: PageRequest): string {
  return localPath(url.searchParams.get('to'));
}

async function signIn(request: PageRequest, form: Form): Promise<PageAnswer> {
  const { c, context } = request;
  if (!context.passwordSignIn) {
    throw new PageError(403, 'This server takes no passwords.', 'Sign in by a provider or with a passkey.');
  }
  const given = form.text('email').slice(0, 254);
  const email = normalEmail(given);
  const user = email === null ? null : await context.store.people.userByEmail(email);
  if (user !== null) addToAudit(c, { person: user.id });
  const usable = user === null || user.disabled ? null : user;
  const guess = beginGuess(c, context, { email: email ?? '', user: usable });
  if (guess.waitMs > 0) {
    c.header('Retry-After', String(Math.ceil(guess.waitMs / 1000)));
    const minutes = Math.ceil(guess.waitMs / 60_000);
    const fault = `Too many failed attempts. Try again in ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}.`;
    return show(request, { fault, email: given, status: 429 });
  }
  const matches = await checkPassword(usable?.passwordHash ?? null, form.text('password')).catch(
    (error: unknown) => {
      guess.unchecked();
      throw error;
    },
  );
  if (matches && usable !== null) {
    guess.right();
    rememberDevice(c, context, usable);
    if ((await context.store.people.listFactors(usable.id)).length > 0) {
      await beginSecondStep(c, context, usable);
      const to = returnPath(request);
      return {
        kind: 'redirect',
        to: to === '/' ? '/sign-in/second' : `/sign-in/second?to=${encodeURIComponent(to)}`,
      };
    }
    await startSession(c, context, usable.id);
    context.log.info({ user: usable.id }, 'signed in');
    return { kind: 'redirect', to: returnPath(request) };
  }
  context.log.warn({ address: clientAddress(c, context) }, 'failed sign-in');
  return show(request, { fault: 'E-mail address and password do not match.', email: given, status: 400 });
}

/** A passkey that has checked its person is two factors in one. */
async function signInByPasskey(request: PageRequest, form: Form): Promise<PageAnswer> {
  const { c, context } = request;
  const factor = await checkPasskey(context, 'sign-in', form.text('passkey'), null);
  const user = factor === null ? null : await context.store.people.userById(factor.userId);
  if (user === null || user.disabled) {
    return show(request, { fault: 'That passkey is not known here.', email: '', status: 400 });
  }
  addToAudit(c, { detail: { by: 'passkey' } });
  await startSession(c, context, user.id);
  context.log.info({ user: user.id }, 'signed in');
  return { kind: 'redirect', to: returnPath(request) };
}

async function show(
  request: PageRequest,
  options: { readonly fault: string | null; readonly email: string; readonly status?: 400 | 429 },
): Promise<PageAnswer> {
  const to = returnPath(request);
  const { context, csrf } = request;
  const action = to === '/' ? '/sign-in' : `/sign-in?to=${encodeURIComponent(to)}`;
  const passkey = takesPasskeys(context)
    ? form(
        { to: action, action: 'passkey', csrf },
        passkeyButton({
          act: 'get',
          name: 'passkey',
          options: await askForPasskey(context, 'sign-in', []),
          label: 'Sign in with a passkey',
        }),
      )
    : null;
  const body = html`<div class="narrow">
    <h1>Sign in</h1>
    ${faultBox(options.fault)}
    ${context.passwordSignIn ? passwordForm(action, csrf, options.email) : null}
    ${providerLinks(request, to)}
    ${passkey}
    <p class="hint">
      The first administrator signs up through the link that the server prints when it starts. Everybody else
      is invited on the people page. A forgotten password is reset by an administrator there.
    </p>
  </div>`;
  return { kind: 'html', title: 'Sign in', body, status: options.status ?? 200 };
}

function passwordForm(action: string, csrf: string, email: string): Html {
  return form(
    { to: action, action: 'sign-in', csrf },
    html`${field({ name: 'email', label: 'E-mail', type: 'email', value: email, required: true, autocomplete: 'username' })}
      ${field({ name: 'password', label: 'Password', type: 'password', required: true, autocomplete: 'current-password' })}
      <button class="primary">Sign in</button>`,
  );
}

/** Ways in by providers, and, after a sign-out, out of them. */
function providerLinks({ context, url }: PageRequest, to: string): Html | null {
  const { providers } = context;
  if (providers.length === 0) return null;
  const query = to === '/' ? '' : `?to=${encodeURIComponent(to)}`;
  const isOut = url.searchParams.get('done') === 'signed-out';
  return html`${providers.map(
    ({ settings }) =>
      html`<p><a class="button" href="/sign-in/with/${settings.id}${query}">Sign in with ${settings.name}</a></p>`,
  )}
  ${
    isOut
      ? providers.map(
          ({ settings }) =>
            html`<p class="hint"><a href="/sign-out/with/${settings.id}">Sign out of ${settings.name}, too</a></p>`,
        )
      : null
  }`;
}
