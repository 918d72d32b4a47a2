// /people: who may sign in, and invitations for more. What people may do is given account by account (/accounts/…). Signing in is the
// installation's: nobody can take its last administrator away.
import { html } from 'hono/html';
import type { User } from '../../../store/people.ts';
import { ROLES } from '../../../store/rights.ts';
import { createOneTimeLink } from '../../auth/one-time-link.ts';
import { allows } from '../../auth/person.ts';
import { createInvitation, pendingInvitations } from '../../view/new-invitation.ts';
import type { PendingInvitation } from '../../view/new-invitation.ts';
import { noteInvitation } from '../../view/right-notes.ts';
import { readRole, rightWords, ROLE_WORDS } from '../../view/right-words.ts';
import { accountPath } from '../components/account-path.ts';
import { codeBlock } from '../components/code.ts';
import { checkbox, faultBox, field, form, select } from '../components/form-controls.ts';
import { table } from '../components/table.ts';
import { exactTime, nothing, time } from '../components/value-table.ts';
import type { Form, Html, MemberPage, MemberRequest, PageAnswer } from '../page.ts';
import { PageError } from '../page.ts';

export const peoplePage: MemberPage = {
  path: '/people',
  access: 'account',
  nav: 'people',
  view: (request) => show(request, {}),
  actions: {
    invite: { access: 'account', recent: true, run: invite },
    withdraw: { access: 'account', run: withdraw },
    change: { access: 'installation', recent: true, run: change },
    reset: { access: 'installation', recent: true, run: reset },
    'reset-factors': { access: 'installation', recent: true, run: resetFactors },
    erase: { access: 'installation', recent: true, run: erase },
  },
};

/** Accounts that the person may invite into. */
async function openAccounts({ context, seen, person }: MemberRequest): Promise<readonly string[]> {
  if (!person.isInstallationAdmin) {
    return seen.settings.accounts().filter((account) => seen.settings.administers(account));
  }
  const all = await context.store.accounts.list();
  return all.filter(({ closedAt }) => closedAt === null).map(({ name }) => name);
}

async function invite(request: MemberRequest, form: Form): Promise<PageAnswer> {
  const email = form.text('email');
  const accounts = await openAccounts(request);
  const account = form.text('account') === '' ? accounts[0] : form.text('account');
  if (account === undefined || !accounts.includes(account))
    return show(request, { fault: 'There is no such account that you administer.' });
  const role = readRole(form.text('role'));
  const made = await createInvitation(request, {
    email,
    account,
    isAdmin: form.checked('isAdmin'),
    right:
      role === null
        ? null
        : { role, seesProtected: form.checked('seesProtected'), seesDumps: form.checked('seesDumps') },
    team: form.text('team') === '' ? null : form.text('team'),
  });
  if (!made.ok) return show(request, { fault: made.fault });
  return show(request, {
    link: { url: made.link, words: `Send this link to ${made.invitation.email}. It works once, for a week.` },
  });
}

async function withdraw(request: MemberRequest, form: Form): Promise<PageAnswer> {
  const pending = await pendingInvitations(request);
  const found = pending.find(({ hash }) => hash === form.text('invitation'));
  if (found !== undefined) noteInvitation(request.c, found.invitation);
  const { people } = request.context.store;
  const taken = found === undefined ? null : await people.takeOneTime(found.hash, 'invitation', request.now);
  if (taken === null) {
    throw new PageError(
      404,
      'There is no such invitation any more.',
      'It was used, withdrawn, or has expired.',
    );
  }
  return { kind: 'redirect', to: '/people', done: 'withdrawn' };
}

async function named(request: MemberRequest, form: Form): Promise<User> {
  const id = Number(form.text('id'));
  const user = Number.isSafeInteger(id) ? await request.context.store.people.userById(id) : null;
  if (user === null) throw new PageError(404, 'There is no such person.', 'Go back to the people page.');
  return user;
}

async function change(request: MemberRequest, form: Form): Promise<PageAnswer> {
  const { people } = request.context.store;
  const user = await named(request, form);
  const [isAdmin, disabled] = [form.checked('isAdmin'), form.checked('disabled')];
  if ((await people.updateUser(user.id, { isAdmin, disabled }, { keepsAdmin: true })) === 'last-admin')
    return show(request, { fault: 'That would leave no administrator. Make somebody else one first.' });
  if (disabled) await people.deleteSessionsOf(user.id);
  request.context.log.info(
    { user: user.id, isAdmin, disabled, by: request.person.user?.id },
    'person changed',
  );
  return { kind: 'redirect', to: '/people', done: 'saved' };
}

async function reset(request: MemberRequest, form: Form): Promise<PageAnswer> {
  const user = await named(request, form);
  // A newer link makes the older ones void.
  await request.context.store.people.clearOneTime('reset', String(user.id));
  const link = await createOneTimeLink(request.context.store, {
    purpose: 'reset',
    data: String(user.id),
    reportsUrl: request.context.reportsUrl,
    now: request.now,
  });
  return show(request, {
    link: {
      url: link,
      words: `Send this link to ${user.email}. It sets a new password, once, within a day.`,
    },
  });
}

/** For somebody who lost them; the next sign-in needs the password alone, and every sign-in of now ends. */
async function resetFactors(request: MemberRequest, form: Form): Promise<PageAnswer> {
  const { people } = request.context.store;
  const user = await named(request, form);
  const factors = await people.clearFactors(user.id);
  await people.deleteSessionsOf(user.id);
  request.context.log.info(
    { user: user.id, factors, by: request.person.user?.id },
    'second factors taken away',
  );
  return { kind: 'redirect', to: '/people', done: 'factors-reset' };
}

/** For good; the box says that it is meant. */
async function erase(request: MemberRequest, form: Form): Promise<PageAnswer> {
  const user = await named(request, form);
  if (!form.checked('meant')) {
    return show(request, {
      fault: `Nothing was erased: tick the box to say that ${user.email} is to be erased for good.`,
    });
  }
  if ((await request.context.store.people.eraseUser(user.id)) === 'last-admin')
    return show(request, { fault: 'That would leave no administrator. Make somebody else one first.' });
  request.context.log.info({ user: user.id, by: request.person.user?.id }, 'person erased');
  return { kind: 'redirect', to: '/people', done: 'person-erased' };
}

interface Shown {
  readonly fault?: string;
  readonly link?: { readonly url: string; readonly words: string };
}

async function show(request: MemberRequest, shown: Shown): Promise<PageAnswer> {
  const { seen, person } = request;
  const [users, pending, accounts] = await Promise.all([
    seen.settings.people(),
    pendingInvitations(request),
    openAccounts(request),
  ]);
  const belongs = await accountsOf(request, accounts);
  return {
    kind: 'html',
    title: 'People',
    status: shown.fault === undefined ? 200 : 400,
    secret: shown.link !== undefined,
    body: html`<h1>People</h1>
      <p class="lead">
        Who may sign in. What they may do is given in each account:
        ${accounts.map((account, at) => html`${at === 0 ? '' : ', '}<a href="${accountPath(account)}">${account}</a>`)}.
      </p>
      ${faultBox(shown.fault ?? null)}
      ${
        shown.link === undefined
          ? null
          : html`<div class="done" role="status">
              <p>${shown.link.words}</p>
              ${codeBlock({ id: 'link', label: 'The link', text: shown.link.url })}
            </div>`
      }
      ${userTable(users, belongs, request)}
      <section aria-labelledby="invite">
        <h2 id="invite">Invite somebody</h2>
        ${form({ to: '/people', action: 'invite', csrf: request.csrf }, await inviteFields(request, accounts))}
        ${pending.length === 0 ? null : pendingTable(pending, request)}
      </section>
      ${allows('installation', person) ? html`<p><a href="/accounts">All accounts</a></p>` : null}`,
  };
}

async function inviteFields({ context }: MemberRequest, accounts: readonly string[]): Promise<Html> {
  const teams = await Promise.all(accounts.map((account) => context.store.accounts.teams(account)));
  const names = [...new Set(teams.flat().map(({ name }) => name))];
  return html`${field({ name: 'email', label: 'E-mail', type: 'email', required: true })}
    ${
      accounts.length > 1
        ? select({
            name: 'account',
            label: 'Account',
            value: accounts[0] ?? '',
            choices: accounts.map((value) => ({ value, label: value })),
          })
        : html`<input type="hidden" name="account" value="${accounts[0] ?? ''}" />`
    }
    ${select({
      name: 'role',
      label: 'Role in every product',
      value: 'read',
      choices: [
        ...ROLES.map((role) => ({ value: role, label: `${role}: ${ROLE_WORDS[role]}` })),
        { value: '', label: 'none of their own' },
      ],
    })}
    ${checkbox({ name: 'seesProtected', label: 'May see protected data' })}
    ${checkbox({ name: 'seesDumps', label: 'May see attachments and dumps' })}
    ${
      names.length === 0
        ? null
        : select({
            name: 'team',
            label: 'Team',
            value: '',
            choices: [{ value: '', label: 'none' }, ...names.map((value) => ({ value, label: value }))],
          })
    }
    ${checkbox({ name: 'isAdmin', label: 'Administers the account' })}
    <button>Make invitation link</button>`;
}

/** The accounts of each person, of those that are given. */
async function accountsOf(
  { context }: MemberRequest,
  accounts: readonly string[],
): Promise<ReadonlyMap<number, readonly string[]>> {
  const members = (
    await Promise.all(accounts.map((account) => context.store.accounts.members(account)))
  ).flat();
  const found = new Map<number, string[]>();
  for (const { userId, account } of members) found.set(userId, [...(found.get(userId) ?? []), account]);
  return found;
}

function pendingTable(pending: readonly PendingInvitation[], { csrf }: MemberRequest): Html {
  return table({
    caption: 'Invitations that nobody has used yet',
    rows: pending,
    columns: [
      { label: 'E-mail', cell: ({ invitation }) => invitation.email },
      { label: 'Account', cell: ({ invitation }) => invitation.account },
      {
        label: 'Role',
        cell: ({ invitation: { isAdmin, right } }) =>
          `${rightWords(right)}${isAdmin ? ', administers the account' : ''}`,
      },
      { label: 'Expires', cell: ({ expiresAt }) => exactTime(expiresAt) },
      {
        label: 'Withdraw',
        cell: ({ hash, invitation }) =>
          form(
            { to: '/people', action: 'withdraw', csrf, className: 'inline' },
            html`<input type="hidden" name="invitation" value="${hash}" />
              <button aria-label="Withdraw the invitation of ${invitation.email}">Withdraw</button>`,
          ),
      },
    ],
  });
}

function userTable(
  users: readonly User[],
  belongs: ReadonlyMap<number, readonly string[]>,
  request: MemberRequest,
): Html {
  const { csrf, now, person } = request;
  return table({
    caption: 'People',
    rows: users,
    columns: [
      {
        label: 'Name',
        cell: (user) =>
          html`${user.name}${user.id === person.user?.id ? html` <span class="quiet">(you)</span>` : null}`,
      },
      { label: 'E-mail', cell: (user) => user.email },
      { label: 'Since', wideOnly: true, cell: (user) => time(user.createdAt, now) },
      {
        label: 'Accounts',
        cell: ({ id }) => {
          const accounts = belongs.get(id) ?? [];
          return accounts.length === 0
            ? nothing
            : html`${accounts.map((account, at) => html`${at === 0 ? '' : ', '}<a href="${accountPath(account)}">${account}</a>`)}`;
        },
      },
      {
        label: 'Installation',
        cell: ({ disabled, isAdmin }) => (disabled ? 'switched off' : isAdmin ? 'administrator' : nothing),
      },
      ...(allows('installation', person)
        ? [
            {
              label: 'Change',
              cell: (user: User) =>
                html`<details>
                  <summary>Change</summary>
                  ${userForms(user, csrf)}
                </details>`,
            },
          ]
        : []),
    ],
  });
}

function userForms(user: User, csrf: string): Html {
  const id = html`<input type="hidden" name="id" value="${user.id}" />`;
  return html`${form(
    { to: '/people', action: 'change', csrf },
    html`${id}
      ${checkbox({ name: 'isAdmin', id: `isAdmin-${user.id}`, label: 'Administers the installation', checked: user.isAdmin })}
      ${checkbox({ name: 'disabled', id: `disabled-${user.id}`, label: 'Switched off', checked: user.disabled })}
      <button>Save</button>`,
  )}
  ${form({ to: '/people', action: 'reset', csrf, className: 'inline' }, html`${id}<button>Make password link</button>`)}
  ${form({ to: '/people', action: 'reset-factors', csrf, className: 'inline' }, html`${id}<button>Take second factors away</button>`)}
  ${form(
    { to: '/people', action: 'erase', csrf },
    html`${id}${checkbox({ name: 'meant', id: `meant-${user.id}`, label: 'Erase the account, and the name and address wherever they stand, for good' })}
      <button class="danger" aria-label="Erase the account of ${user.email} for good">Erase</button>`,
  )}`;
}
