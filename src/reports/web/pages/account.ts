// /account: one's own notifications and API tokens.
import { html } from 'hono/html';
import { addToAudit } from '../../auth/audit-note.ts';
import type { ApiToken, User } from '../../../store/people.ts';
import type { Rights } from '../../../store/rights.ts';
import { rightWords } from '../../view/right-words.ts';
import { noteToken } from '../../view/right-notes.ts';
import { createApiToken, MAX_TOKEN_DAYS } from '../../view/new-token.ts';
import { excerpt } from '../../view/excerpt.ts';
import {
  notificationSection,
  removeSubscription,
  saveSubscription,
  sendTestMail,
} from '../account-notifications.ts';
import { codeBlock } from '../components/code.ts';
import { faultBox, field, form } from '../components/form-controls.ts';
import {
  productField,
  productOfForm,
  scopeFields,
  scopesOfForm,
  tokenWords,
} from '../components/token-form.ts';
import { facts, table } from '../components/table.ts';
import { time } from '../components/value-table.ts';
import type { Form, Html, MemberPage, MemberRequest, PageAnswer } from '../page.ts';
import { PageError } from '../page.ts';

export const accountPage: MemberPage = {
  path: '/account',
  access: 'member',
  nav: 'account',
  view: (request) => show(request, {}),
  actions: {
    'create-token': { access: 'member', recent: true, run: createToken },
    'revoke-token': { access: 'member', run: revokeToken },
    subscribe: { access: 'member', run: subscribe },
    unsubscribe: { access: 'member', run: unsubscribe },
    'test-mail': { access: 'member', run: testMail },
  },
};

function self({ person }: MemberRequest): User {
  // Pages know only sessions, and a session has a user.
  if (person.user === null) throw new PageError(403, 'This needs an account.', 'Sign in.');
  return person.user;
}

async function createToken(request: MemberRequest, form: Form): Promise<PageAnswer> {
  const days = form.text('days').trim();
  const result = await createApiToken(
    request,
    { userId: self(request).id },
    {
      label: form.text('label'),
      scopes: scopesOfForm(form),
      products: productOfForm(form),
      expiresInDays: days === '' ? null : Number(days),
    },
  );
  if (result.ok) {
    addToAudit(request.c, { object: `token ${result.info.id}` });
    noteToken(request.c, result.info);
  }
  return show(request, result.ok ? { newToken: result.token } : { tokenFault: result.fault });
}

async function revokeToken(request: MemberRequest, form: Form): Promise<PageAnswer> {
  const id = Number(form.text('id'));
  if (
    !Number.isSafeInteger(id) ||
    !(await request.context.store.people.deleteToken({ userId: self(request).id }, id))
  ) {
    throw new PageError(404, 'You have no such token.', 'Go back to your account.');
  }
  return { kind: 'redirect', to: '/account', done: 'revoked' };
}

async function subscribe(request: MemberRequest, form: Form): Promise<PageAnswer> {
  const fault = await saveSubscription(request, self(request), form);
  if (fault !== null) return show(request, { subscriptionFault: fault });
  return { kind: 'redirect', to: '/account', done: 'saved' };
}

async function unsubscribe(request: MemberRequest, form: Form): Promise<PageAnswer> {
  await removeSubscription(request, self(request), form);
  return { kind: 'redirect', to: '/account', done: 'unsubscribed' };
}

async function testMail(request: MemberRequest): Promise<PageAnswer> {
  await sendTestMail(request, self(request));
  return { kind: 'redirect', to: '/account', done: 'mailed' };
}

interface Shown {
  readonly subscriptionFault?: string;
  readonly tokenFault?: string;
  readonly newToken?: string;
}

async function show(request: MemberRequest, shown: Shown): Promise<PageAnswer> {
  const user = self(request);
  const { csrf, context, person } = request;
  const tokens = await context.store.people.listTokens({ userId: user.id });
  const faults = [shown.tokenFault, shown.subscriptionFault];
  const failed = faults.some((fault) => fault !== undefined);
  return {
    kind: 'html',
    title: 'Account',
    status: failed ? 400 : 200,
    secret: shown.newToken !== undefined,
    body: html`<h1>${user.name}</h1>
${facts([
  ['E-mail', user.email],
  ...(user.isAdmin ? ([['Administers', 'the installation']] as const) : []),
  ...rightsFacts(person.rights),
])}
<p><a href="/account/security">Signing in: password, and where you are signed in</a></p>
${await notificationSection(request, user, shown.subscriptionFault ?? null)}
<section aria-labelledby="tokens"><h2 id="tokens">API tokens</h2>
${shown.newToken === undefined ? null : newToken(shown.newToken, context.reportsUrl)}
${tokens.length === 0 ? html`<p class="quiet">You have none. A token lets a script read the <a href="/api">API</a>.</p>` : tokenTable(tokens, request)}
<details${shown.tokenFault === undefined ? null : html` open`}><summary>Make a token</summary>
${faultBox(shown.tokenFault ?? null)}
${form(
  { to: '/account', action: 'create-token', csrf },
  html`${field({ name: 'label', label: 'Label', required: true, maxLength: 80, hint: 'What will use it: "nightly triage script".' })}
    ${scopeFields(person)}
    ${productField(await request.seen.settings.products())}
    ${field({ name: 'days', label: 'Days until it expires', type: 'number', value: '365', min: 1, max: MAX_TOKEN_DAYS, hint: 'Empty: never.' })}
    <button>Make token</button>`,
)}</details>
</section>`,
  };
}

/** What somebody may do, account by account. */
function rightsFacts({ accounts }: Rights): readonly (readonly [string, string])[] {
  return accounts.map(({ account, isAdmin, everyProduct, products }) => [
    account,
    [
      ...(isAdmin ? ['administers the account'] : []),
      `every product: ${rightWords(everyProduct)}`,
      ...[...products].map(([product, right]) => `${excerpt(product, 80).text}: ${rightWords(right)}`),
    ].join('; '),
  ]);
}

function newToken(token: string, reportsUrl: string): Html {
  return html`<div class="done" role="status">
    <p>This is the token. It is shown this once; keep it where the script finds it.</p>
    ${codeBlock({ id: 'new-token', label: 'The new API token', text: token })}
    ${codeBlock({
      id: 'token-use',
      label: 'A command that uses the token',
      text: `curl -H 'Authorization: Bearer ${token}' ${reportsUrl}/api/reports`,
    })}
  </div>`;
}

function tokenTable(tokens: readonly ApiToken[], { csrf, now }: MemberRequest): Html {
  return table({
    caption: 'API tokens',
    rows: tokens,
    columns: [
      { label: 'Label', cell: ({ label }) => label },
      { label: 'May', cell: tokenWords },
      { label: 'Made', wideOnly: true, cell: ({ createdAt }) => time(createdAt, now) },
      { label: 'Last used', wideOnly: true, cell: ({ lastUsedAt }) => time(lastUsedAt, now) },
      {
        label: 'Expires',
        cell: ({ expiresAt }) =>
          expiresAt === null ? 'never' : new Date(expiresAt).toISOString().slice(0, 10),
      },
      {
        label: 'Revoke',
        cell: ({ id, label }) =>
          form(
            { to: '/account', action: 'revoke-token', csrf, className: 'inline' },
            html`<input type="hidden" name="id" value="${id}" /><button
                aria-label="Revoke the token ${label}"
              >
                Revoke
              </button>`,
          ),
      },
    ],
  });
}
