// The section "Second factors" of the page about signing in: authenticator apps, passkeys, recovery codes.
import { html } from 'hono/html';
import type { SecondFactor } from '../../store/second-factors.ts';
import { MAX_FACTORS } from '../../store/second-factors.ts';
import type { User } from '../../store/people.ts';
import { askForNewPasskey, readNewPasskey, takesPasskeys } from '../auth/passkeys.ts';
import { newRecoveryCodes } from '../auth/second-step.ts';
import { isSeed, newSeed, totpAddress, totpStep } from '../auth/totp.ts';
import { codeBlock } from './components/code.ts';
import { faultBox, field, form } from './components/form-controls.ts';
import { passkeyButton } from './components/passkey-button.ts';
import { qrCode } from './components/qr-code.ts';
import { table } from './components/table.ts';
import { nothing, time } from './components/value-table.ts';
import type { Form, Html, MemberRequest } from './page.ts';
import { PageError } from './page.ts';

const PATH = '/account/security';
const KINDS = { totp: 'authenticator app', passkey: 'passkey' } as const;
const MAX_LABEL = 60;

/** What the section shows beside the list. */
export interface FactorsShown {
  readonly fault?: string;
  /** An authenticator app that is being added. */
  readonly seed?: string;
  /** Fresh recovery codes, shown this once. */
  readonly codes?: readonly string[];
}

/** Shows a fresh seed; it is stored when its first code was right. */
export function beginApp(): FactorsShown {
  return { seed: newSeed() };
}

/** Adds the app whose seed was shown, when it gives the right code. */
export async function addApp(request: MemberRequest, user: User, form: Form): Promise<FactorsShown> {
  const { context, now } = request;
  const seed = form.text('seed');
  if (!isSeed(seed)) throw new PageError(400, 'That is not a seed of this page.', 'Open the page again.');
  const step = totpStep(seed, form.text('code').replaceAll(/\s/g, ''), now);
  if (step === null) {
    return { seed, fault: 'The code is wrong. The clocks of both devices must agree within half a minute.' };
  }
  return add(request, user, {
    ...{ userId: user.id, kind: 'totp', label: labelOf(form, 'Authenticator app'), secret: seed },
    ...{ credential: null, counter: step, createdAt: context.now() },
  });
}

/** Adds the passkey that the browser made. */
export async function addPasskey(request: MemberRequest, user: User, form: Form): Promise<FactorsShown> {
  const { context } = request;
  const made = await readNewPasskey(context, user, form.text('passkey'));
  if (made === null) return { fault: 'That passkey is not taken. Try again.' };
  return add(request, user, {
    ...{ userId: user.id, kind: 'passkey', label: labelOf(form, 'Passkey'), secret: made.publicKey },
    ...{ credential: made.credential, counter: made.counter, createdAt: context.now() },
  });
}

function labelOf(form: Form, otherwise: string): string {
  return form.text('label').trim().slice(0, MAX_LABEL) || otherwise;
}

/** With the first factor come recovery codes. */
async function add(
  { context }: MemberRequest,
  user: User,
  factor: Omit<SecondFactor, 'id' | 'usedAt'>,
): Promise<FactorsShown> {
  const { people } = context.store;
  const isFirst = (await people.listFactors(user.id)).length === 0;
  if (!(await people.addFactor(factor))) {
    return { fault: `It is known already, or you have ${MAX_FACTORS} factors: remove one.` };
  }
  context.log.info({ user: user.id, kind: factor.kind }, 'second factor added');
  return isFirst ? { codes: await newRecoveryCodes(context, user) } : {};
}

/** Removes a factor. */
export async function removeFactor({ context }: MemberRequest, user: User, form: Form): Promise<void> {
  const id = Number(form.text('id'));
  if (!Number.isSafeInteger(id) || !(await context.store.people.removeFactor(user.id, id))) {
    throw new PageError(404, 'You have no such factor.', 'Go back to your account.');
  }
}

/** Fresh recovery codes; the others are void. */
export async function replaceCodes({ context }: MemberRequest, user: User): Promise<FactorsShown> {
  if ((await context.store.people.listFactors(user.id)).length === 0) {
    return { fault: 'Recovery codes are for those who have a second factor. Add one first.' };
  }
  return { codes: await newRecoveryCodes(context, user) };
}

/** The section. */
export async function factorSection(request: MemberRequest, user: User, shown: FactorsShown): Promise<Html> {
  const { context, csrf } = request;
  const { people } = context.store;
  const [factors, left] = await Promise.all([people.listFactors(user.id), people.recoveryCodes(user.id)]);
  return html`<section aria-labelledby="factors">
    <h2 id="factors">Second factors</h2>
    ${faultBox(shown.fault ?? null)} ${shown.codes === undefined ? null : newCodes(shown.codes)}
    ${
      factors.length === 0
        ? html`<p class="quiet">
            You have none: whoever knows your password signs in as you. An authenticator app or a passkey keeps
            them out.
          </p>`
        : html`${factorTable(factors, request)}
            <p>
              ${left === 0 ? html`<strong>No recovery code is left.</strong>` : `${left} recovery ${left === 1 ? 'code is' : 'codes are'} left.`}
            </p>
            ${form({ to: PATH, action: 'recovery-codes', csrf }, html`<button>Make new recovery codes</button>`)}`
    }
    ${shown.seed === undefined ? form({ to: PATH, action: 'begin-app', csrf }, html`<button>Add an authenticator app</button>`) : newApp(shown.seed, user, request)}
    ${
      takesPasskeys(context)
        ? form(
            { to: PATH, action: 'add-passkey', csrf },
            html`${field({ name: 'label', id: 'passkey-label', label: 'Name of the passkey', maxLength: MAX_LABEL, placeholder: 'Laptop' })}
            ${passkeyButton({
              act: 'create',
              name: 'passkey',
              options: await askForNewPasskey(context, user, factors),
              label: 'Add a passkey',
            })}
              <p class="hint">
                A key or device that proves itself: beside the password, or instead of it where it asks for a PIN
                or a fingerprint.
              </p>`,
          )
        : html`<p class="hint">Passkeys need https and a host name in PUBLIC_REPORTS_URL.</p>`
    }
  </section>`;
}

function newCodes(codes: readonly string[]): Html {
  return html`<div class="done" role="status">
    <p>
      These are your recovery codes. Each works once, in place of a code of the app. They are shown this once; keep
      them where you find them without your telephone.
    </p>
    ${codeBlock({ id: 'recovery-codes', label: 'Recovery codes', text: codes.join('\n') })}
  </div>`;
}

function newApp(seed: string, user: User, { context, csrf }: MemberRequest): Html {
  const address = totpAddress(seed, user.email, new URL(context.reportsUrl).host);
  return html`<div class="new-app">
    <h3>Add an authenticator app</h3>
    <p>Read this with the app, or type the key into it; then type the code that it shows.</p>
    ${qrCode(address, 'QR code with the key below')}
    ${codeBlock({ id: 'seed', label: 'The key', text: seed.match(/.{4}/g)?.join(' ') ?? seed })}
    ${form(
      { to: PATH, action: 'add-app', csrf },
      html`<input type="hidden" name="seed" value="${seed}" />
        ${field({ name: 'label', id: 'app-label', label: 'Name of the app', maxLength: MAX_LABEL, placeholder: 'Telephone' })}
        ${field({ name: 'code', label: 'Code', required: true, autocomplete: 'one-time-code', maxLength: 10 })}
        <button class="primary">Add</button>`,
    )}
  </div>`;
}

function factorTable(factors: readonly SecondFactor[], { csrf, now }: MemberRequest): Html {
  return table({
    caption: 'Your second factors',
    rows: factors,
    columns: [
      { label: 'Name', cell: ({ label }) => label },
      {
        label: 'Kind',
        cell: ({ kind, secret }) =>
          secret === ''
            ? `${KINDS[kind]}: its key is missing on this server, it proves nothing`
            : KINDS[kind],
      },
      { label: 'Added', wideOnly: true, cell: ({ createdAt }) => time(createdAt, now) },
      { label: 'Last used', cell: ({ usedAt }) => (usedAt === null ? nothing : time(usedAt, now)) },
      {
        label: 'Remove',
        cell: ({ id, label }) =>
          form(
            { to: PATH, action: 'remove-factor', csrf, className: 'inline' },
            html`<input type="hidden" name="id" value="${id}" /><button aria-label="Remove ${label}">Remove</button>`,
          ),
      },
    ],
  });
}
