// /sign-in/second: the second step for whoever has a second factor: a code, or a passkey.
import { html } from 'hono/html';
import { addToAudit } from '../../auth/audit-note.ts';
import { askForPasskey, checkPasskey, takesPasskeys } from '../../auth/passkeys.ts';
import { localPath } from '../../auth/return-path.ts';
import { checkCode, endSecondStep, personBetween } from '../../auth/second-step.ts';
import { startSession } from '../../auth/sessions.ts';
import type { User } from '../../../store/people.ts';
import { faultBox, field, form } from '../components/form-controls.ts';
import { passkeyButton } from '../components/passkey-button.ts';
import type { Form, OpenPage, PageAnswer, PageRequest } from '../page.ts';

const PATH = '/sign-in/second';
const BEGIN: PageAnswer = { kind: 'redirect', to: '/sign-in' };

export const secondStepPage: OpenPage = {
  path: PATH,
  access: 'anyone',
  nav: null,
  async view(request) {
    const user = await personBetween(request.c, request.context);
    return user === null ? BEGIN : show(request, user, null);
  },
  actions: {
    code: { access: 'anyone', run: takeCode },
    passkey: { access: 'anyone', run: takePasskey },
  },
};

async function takeCode(request: PageRequest, form: Form): Promise<PageAnswer> {
  const { c, context } = request;
  const user = await personBetween(c, context);
  if (user === null) return BEGIN;
  addToAudit(c, { person: user.id });
  const outcome = await checkCode(c, context, user, form.text('code').slice(0, 100));
  if (outcome === 'wait')
    return show(request, user, 'Too many wrong codes. Try again in a quarter of an hour.');
  if (outcome === 'wrong') {
    context.log.warn({ user: user.id }, 'wrong code at a sign-in');
    return show(request, user, 'The code is wrong, was used already, or is too old.');
  }
  addToAudit(c, { detail: { by: outcome } });
  return goOn(request, user, outcome === 'recovery' ? '/account/security' : null);
}

async function takePasskey(request: PageRequest, form: Form): Promise<PageAnswer> {
  const { c, context } = request;
  const user = await personBetween(c, context);
  if (user === null) return BEGIN;
  addToAudit(c, { person: user.id, detail: { by: 'passkey' } });
  const factor = await checkPasskey(context, `second ${user.id}`, form.text('passkey'), user.id);
  return factor === null ? show(request, user, 'That passkey is not taken.') : goOn(request, user, null);
}

async function goOn(request: PageRequest, user: User, to: string | null): Promise<PageAnswer> {
  const { c, context, url } = request;
  if (!(await endSecondStep(c, context))) return BEGIN;
  await startSession(c, context, user.id);
  context.log.info({ user: user.id }, 'signed in');
  return { kind: 'redirect', to: to ?? localPath(url.searchParams.get('to')) };
}

async function show(request: PageRequest, user: User, fault: string | null): Promise<PageAnswer> {
  const { context, csrf, url } = request;
  const factors = await context.store.people.listFactors(user.id);
  const passkeys = takesPasskeys(context) ? factors.filter(({ kind }) => kind === 'passkey') : [];
  const to = `${PATH}${url.search}`;
  return {
    kind: 'html',
    title: 'Second step',
    status: fault === null ? 200 : 400,
    secret: true,
    body: html`<div class="narrow">
      <h1>Second step</h1>
      ${faultBox(fault)}
      ${
        passkeys.length === 0
          ? null
          : form(
              { to, action: 'passkey', csrf },
              passkeyButton({
                act: 'get',
                name: 'passkey',
                options: await askForPasskey(context, `second ${user.id}`, passkeys),
                label: 'Use your passkey',
              }),
            )
      }
      ${form(
        { to, action: 'code', csrf },
        html`${field({ name: 'code', label: 'Code', required: true, autocomplete: 'one-time-code', maxLength: 40, hint: 'Six digits of your authenticator app, or one of your recovery codes.' })}
          <button class="primary">Go on</button>`,
      )}
      <p class="hint">Lost both? An administrator can take your second factors away on the people page.</p>
    </div>`,
  };
}
