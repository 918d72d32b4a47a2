// /people: who may sign in, what they may do, and invitations for more. Nobody can take the last administrator away.
import { html } from 'hono/html';
import type { Role, User } from '../../../store/people.ts';
import { ROLES } from '../../../store/people.ts';
import { normalEmail } from '../../auth/email.ts';
import { createOneTimeLink } from '../../auth/one-time-link.ts';
import type { Invitation } from '../../auth/one-time-link.ts';
import { codeBlock } from '../components/code.ts';
import { checkbox, faultBox, field, form, select } from '../components/form-controls.ts';
import { table } from '../components/table.ts';
import { exactTime, time } from '../components/value-table.ts';
import type { Form, Html, MemberPage, MemberRequest, PageAnswer } from '../page.ts';
import { PageError } from '../page.ts';

export const peoplePage: MemberPage = {
  path: '/people',
  access: 'admin',
  nav: 'people',
  view: (request) => show(request, {}),
  actions: {
    invite: { access: 'admin', recent: true, run: invite },
    withdraw: { access: 'admin', run: withdraw },
    change: { access: 'admin', recent: true, run: change },
    reset: { access: 'admin', recent: true, run: reset },
    'reset-factors': { access: 'admin', recent: true, run: resetFactors },
    erase: { access: 'admin', recent: true, run: erase },
  },
};

const ROLE_NAMES = {
  read: 'read only',
  write: 'read and write',
  admin: 'administrator',
} as const satisfies Readonly<Record<Role, string>>;

function readRole(form: Form): Role | null {
  return ROLES.find((role) => role === form.text('role')) ?? null;
}

async function invite(request: MemberRequest, form: Form): Promise<PageAnswer> {
  const { context, now } = request;
  const [email, role] = [normalEmail(form.text('email')), readRole(form)];
  if (email === null || role === null) return show(request, { fault: 'That is not an e-mail address.' });
  if ((await context.store.people.userByEmail(email)) !== null) {
    return show(request, { fault: 'There is an account with this e-mail address already.' });
  }
  // A newer invitation makes the older ones void.
  for (const { hash, invitation } of await pendingInvitations(request)) {
    if (invitation.email === email) await context.store.people.takeOneTime(hash, 'invitation', now);
  }
  const data: Invitation = { email, role, seesProtected: form.checked('seesProtected') };
  const link = await createOneTimeLink(context.store, {
    purpose: 'invitation',
    data: JSON.stringify(data),
    reportsUrl: context.reportsUrl,
    now,
  });
  return show(request, {
    link: { url: link, words: `Send this link to ${email}. It works once, for a week.` },
  });
}

interface Pending {
  readonly hash: string;
  readonly expiresAt: number;
  readonly invitation: Invitation;
}

async function pendingInvitations({ context, now }: MemberRequest): Promise<readonly Pending[]> {
  const secrets = await context.store.people.listOneTime('invitation', now);
  return secrets.map(({ hash, expiresAt, data }) => ({
    hash,
    expiresAt,
    invitation: JSON.parse(data) as Invitation,
  }));
}

async function withdraw(request: MemberRequest, form: Form): Promise<PageAnswer> {
  const { people } = request.context.store;
  const taken = await people.takeOneTime(form.text('invitation'), 'invitation', request.now);
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
  const role = readRole(form) ?? user.role;
  const disabled = form.checked('disabled');
  const others = (await people.listUsers()).filter(
    (other) => other.id !== user.id && other.role === 'admin' && !other.disabled,
  );
  if (others.length === 0 && user.role === 'admin' && (role !== 'admin' || disabled)) {
    return show(request, { fault: 'That would leave no administrator. Make somebody else one first.' });
  }
  await people.updateUser(user.id, { role, disabled, seesProtected: form.checked('seesProtected') });
  if (disabled) await people.deleteSessionsOf(user.id);
  request.context.log.info({ user: user.id, role, disabled, by: request.person.user?.id }, 'person changed');
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
  const [users, pending] = await Promise.all([
    request.context.store.people.listUsers(),
    pendingInvitations(request),
  ]);
  return {
    kind: 'html',
    title: 'People',
    status: shown.fault === undefined ? 200 : 400,
    secret: shown.link !== undefined,
    body: html`<h1>People</h1>
      ${faultBox(shown.fault ?? null)}
      ${
        shown.link === undefined
          ? null
          : html`<div class="done" role="status">
              <p>${shown.link.words}</p>
              ${codeBlock({ id: 'link', label: 'The link', text: shown.link.url })}
            </div>`
      }
      ${userTable(users, request)}
      <section aria-labelledby="invite">
        <h2 id="invite">Invite somebody</h2>
        ${form(
          { to: '/people', action: 'invite', csrf: request.csrf },
          html`${field({ name: 'email', label: 'E-mail', type: 'email', required: true })}
            ${roleSelect('read')}
            ${checkbox({ name: 'seesProtected', label: 'May see protected data and attachments' })}
            <button>Make invitation link</button>`,
        )}
        ${pending.length === 0 ? null : pendingTable(pending, request)}
      </section>
      <p class="hint">
        The role read sees reports, write also deletes them and has them processed again, admin also manages
        people and products.
      </p>`,
  };
}

function pendingTable(pending: readonly Pending[], { csrf }: MemberRequest): Html {
  return table({
    caption: 'Invitations that nobody has used yet',
    rows: pending,
    columns: [
      { label: 'E-mail', cell: ({ invitation }) => invitation.email },
      {
        label: 'Role',
        cell: ({ invitation }) =>
          invitation.seesProtected ? `${invitation.role}, protected data` : invitation.role,
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

function roleSelect(value: Role): Html {
  return select({
    name: 'role',
    label: 'Role',
    value,
    choices: ROLES.map((role) => ({ value: role, label: ROLE_NAMES[role] })),
  });
}

function userTable(users: readonly User[], request: MemberRequest): Html {
  const { csrf, now } = request;
  return table({
    caption: 'People',
    rows: users,
    columns: [
      {
        label: 'Name',
        cell: (user) =>
          html`${user.name}${user.id === request.person.user?.id ? html` <span class="quiet">(you)</span>` : null}`,
      },
      { label: 'E-mail', cell: (user) => user.email },
      { label: 'Since', wideOnly: true, cell: (user) => time(user.createdAt, now) },
      { label: 'May', cell: (user) => rights(user) },
      {
        label: 'Change',
        cell: (user) =>
          html`<details>
            <summary>Change</summary>
            ${userForms(user, csrf)}
          </details>`,
      },
    ],
  });
}

function rights(user: User): string {
  if (user.disabled) return 'nothing: switched off';
  return user.seesProtected ? `${user.role}, protected data` : user.role;
}

/** Ids of fields must differ between the rows, so these are written out. */
function userForms(user: User, csrf: string): Html {
  const id = html`<input type="hidden" name="id" value="${user.id}" />`;
  const box = (name: string, label: string, checked: boolean) =>
    html`<div class="check">
      <input
        id="${name}-${user.id}"
        name="${name}"
        type="checkbox"
        value="yes"
        ${checked ? html` checked` : null}
      />
      <label for="${name}-${user.id}">${label}</label>
    </div>`;
  return html`${form(
    { to: '/people', action: 'change', csrf },
    html`${id}
      <div class="field">
        <label for="role-${user.id}">Role</label>
        <select id="role-${user.id}" name="role">
          ${ROLES.map((role) => html`<option${role === user.role ? html` selected` : null}>${role}</option>`)}
        </select>
      </div>
      ${box('seesProtected', 'May see protected data', user.seesProtected)}
      ${box('disabled', 'Switched off', user.disabled)}
      <button>Save</button>`,
  )}
  ${form({ to: '/people', action: 'reset', csrf, className: 'inline' }, html`${id}<button>Make password link</button>`)}
  ${form({ to: '/people', action: 'reset-factors', csrf, className: 'inline' }, html`${id}<button>Take second factors away</button>`)}
  ${form(
    { to: '/people', action: 'erase', csrf },
    html`${id}${box('meant', 'Erase the account, and the name and address wherever they stand, for good', false)}
      <button class="danger" aria-label="Erase the account of ${user.email} for good">Erase</button>`,
  )}`;
}
