// /accounts/{account}: who belongs to an account, its teams, what each may do with which product, and its service tokens.
import { html } from 'hono/html';
import type { Account, AccountOutcome, Grant, Grantee, Member, Team } from '../../../store/accounts.ts';
import type { ApiToken, Product, User } from '../../../store/people.ts';
import { ROLES } from '../../../store/rights.ts';
import { allows } from '../../auth/person.ts';
import { noteGrant, noteToken } from '../../view/right-notes.ts';
import { keepsAdmin, LAST_ADMIN } from '../../view/last-admin.ts';
import { MUST_BE_INVITED } from '../../view/must-be-invited.ts';
import { createApiToken, MAX_TOKEN_DAYS } from '../../view/new-token.ts';
import { isAccountName, readRole, rightWords, ROLE_WORDS } from '../../view/right-words.ts';
import { accountPath } from '../components/account-path.ts';
import { codeBlock } from '../components/code.ts';
import { checkbox, faultBox, field, form, select } from '../components/form-controls.ts';
import { table } from '../components/table.ts';
import {
  productField,
  productOfForm,
  scopeFields,
  scopesOfForm,
  tokenWords,
} from '../components/token-form.ts';
import { nothing, time } from '../components/value-table.ts';
import { noSuchAccount } from '../named-account.ts';
import type { Form, Html, MemberPage, MemberRequest, PageAnswer } from '../page.ts';

export const accountPeoplePage: MemberPage = {
  path: '/accounts/:account',
  access: 'member',
  nav: 'people',
  view: (request) => show(request, {}),
  actions: {
    member: { access: 'account', recent: true, run: changeMember },
    remove: { access: 'account', recent: true, run: removeMember },
    'add-team': { access: 'account', run: addTeam },
    'delete-team': { access: 'account', recent: true, run: deleteTeam },
    team: { access: 'account', recent: true, run: changeTeam },
    grant: { access: 'account', recent: true, run: grant },
    revoke: { access: 'account', recent: true, run: revoke },
    'create-token': { access: 'account', recent: true, run: createToken },
    'revoke-token': { access: 'account', run: revokeToken },
  },
};

interface Shown {
  readonly fault?: string;
  readonly newToken?: string;
}

const FAULTS: Readonly<Record<Exclude<AccountOutcome, 'done'>, string>> = {
  taken: 'The account has a team of this name already.',
  missing: 'What the form names is not in the account any longer.',
  too_many: 'The account has as many of these as it may have.',
  last_admin: LAST_ADMIN,
};

async function finish(request: MemberRequest, result: Promise<AccountOutcome>): Promise<PageAnswer> {
  const outcome = await result;
  if (outcome !== 'done') return show(request, { fault: FAULTS[outcome] });
  const account = request.param('account');
  request.context.log.info({ account, by: request.person.user?.id }, 'rights changed');
  return { kind: 'redirect', to: accountPath(account), done: 'saved' };
}

function idOf(form: Form, name: string): number {
  const id = Number(form.text(name));
  return Number.isSafeInteger(id) ? id : 0;
}

async function changeMember(request: MemberRequest, form: Form): Promise<PageAnswer> {
  const [account, userId] = [request.param('account'), idOf(form, 'id')];
  const isAdmin = form.checked('isAdmin');
  const { accounts } = request.context.store;
  const known = (await accounts.members(account)).some((member) => member.userId === userId);
  // Somebody comes into an account by accepting an invitation; who administers the installation goes there themselves, and says so in the audit log.
  if (!known && !request.person.isInstallationAdmin) return show(request, { fault: FAULTS.missing });
  if (!known && request.person.user?.id !== userId) return show(request, { fault: MUST_BE_INVITED });
  return finish(request, accounts.setMember({ account, userId, isAdmin }, keepsAdmin(request.person)));
}

async function removeMember(request: MemberRequest, form: Form): Promise<PageAnswer> {
  const { accounts } = request.context.store;
  return finish(
    request,
    accounts.removeMember(request.param('account'), idOf(form, 'id'), keepsAdmin(request.person)),
  );
}

async function addTeam(request: MemberRequest, form: Form): Promise<PageAnswer> {
  const name = form.text('name').trim();
  if (!isAccountName(name))
    return show(request, { fault: 'A team has a name of 1 to 100 characters, without slashes.' });
  return finish(request, request.context.store.accounts.createTeam(request.param('account'), name));
}

function deleteTeam(request: MemberRequest, form: Form): Promise<PageAnswer> {
  const { accounts } = request.context.store;
  return finish(request, accounts.deleteTeam(request.param('account'), idOf(form, 'team')));
}

function changeTeam(request: MemberRequest, form: Form): Promise<PageAnswer> {
  const { accounts } = request.context.store;
  const isIn = form.text('to') !== 'out';
  return finish(
    request,
    accounts.setInTeam(request.param('account'), idOf(form, 'team'), idOf(form, 'user'), isIn),
  );
}

async function grant(request: MemberRequest, form: Form): Promise<PageAnswer> {
  const role = readRole(form.text('role'));
  if (role === null) return show(request, { fault: 'Choose a role.' });
  const product = form.text('product') === '' ? null : form.text('product');
  return finish(
    request,
    request.context.store.accounts.grant({
      account: request.param('account'),
      product,
      to: granteeOf(form.text('to')),
      role,
      seesProtected: form.checked('seesProtected'),
      seesDumps: form.checked('seesDumps'),
    }),
  );
}

function granteeOf(text: string): Grantee {
  const [, kind, id] = /^(user|team) (\d{1,15})$/.exec(text) ?? [];
  if (kind === 'user' || kind === 'team') return { kind, id: Number(id) };
  return { kind: 'everybody' };
}

async function revoke(request: MemberRequest, form: Form): Promise<PageAnswer> {
  await noteGrant(request, request.param('account'), idOf(form, 'grant'));
  return finish(
    request,
    request.context.store.accounts.revoke(request.param('account'), idOf(form, 'grant')),
  );
}

async function createToken(request: MemberRequest, form: Form): Promise<PageAnswer> {
  const days = form.text('days').trim();
  const result = await createApiToken(
    request,
    { account: request.param('account') },
    {
      label: form.text('label'),
      scopes: scopesOfForm(form),
      products: productOfForm(form),
      expiresInDays: days === '' ? null : Number(days),
    },
  );
  if (result.ok) noteToken(request.c, result.info);
  return show(request, result.ok ? { newToken: result.token } : { fault: result.fault });
}

async function revokeToken(request: MemberRequest, form: Form): Promise<PageAnswer> {
  const { people } = request.context.store;
  const account = request.param('account');
  if (!(await people.deleteToken({ account }, idOf(form, 'id'))))
    return show(request, { fault: FAULTS.missing });
  return { kind: 'redirect', to: accountPath(account), done: 'revoked' };
}

interface Content {
  readonly account: Account;
  readonly members: readonly Member[];
  readonly users: ReadonlyMap<number, User>;
  readonly teams: readonly Team[];
  readonly grants: readonly Grant[];
  readonly tokens: readonly ApiToken[];
  /** Those that the person may read. */
  readonly products: readonly Product[];
  readonly mayChange: boolean;
}

async function read(request: MemberRequest): Promise<Content> {
  const { context, seen, person } = request;
  const name = request.param('account');
  const { accounts, people } = context.store;
  const account = (await accounts.list()).find((each) => each.name === name);
  if (account === undefined) throw noSuchAccount();
  const mayChange = allows('account', person);
  const [members, users, teams, grants, tokens, products] = await Promise.all([
    accounts.members(name),
    seen.settings.people(),
    accounts.teams(name),
    mayChange ? accounts.grants(name) : [],
    mayChange ? people.listTokens({ account: name }) : [],
    seen.settings.products(),
  ]);
  return {
    ...{ account, members, teams, grants, tokens, mayChange },
    users: new Map(users.map((user) => [user.id, user])),
    products: products.filter((product) => product.account === name),
  };
}

async function show(request: MemberRequest, shown: Shown): Promise<PageAnswer> {
  const content = await read(request);
  const { account, mayChange } = content;
  return {
    kind: 'html',
    title: account.name,
    status: shown.fault === undefined ? 200 : 400,
    secret: shown.newToken !== undefined,
    body: html`<p><a href="/accounts">All accounts</a></p>
      <h1>${account.name}</h1>
      ${account.closedAt === null ? null : html`<p class="fault">The account is closed since ${time(account.closedAt, request.now)}: it takes no reports, and nobody sees what is in it.</p>`}
      ${faultBox(shown.fault ?? null)}
      ${shown.newToken === undefined ? null : tokenBox(shown.newToken)}
      <section aria-labelledby="members">
        <h2 id="members">People</h2>
        ${memberTable(content, request)}
        ${mayChange ? html`<p><a href="/people">Invite somebody</a></p>` : null} ${joinForm(content, request)}
      </section>
      ${mayChange ? grantSection(content, request) : null} ${teamSection(content, request)}
      ${mayChange ? tokenSection(content, request) : null}`,
  };
}

/** Whoever administers the installation goes into an account themselves. */
function joinForm({ account, members }: Content, { csrf, person }: MemberRequest): Html | null {
  const { user } = person;
  if (!person.isInstallationAdmin || user === null || members.some(({ userId }) => userId === user.id))
    return null;
  return form(
    { to: accountPath(account.name), action: 'member', csrf },
    html`<input type="hidden" name="id" value="${user.id}" />
      <input type="hidden" name="isAdmin" value="yes" />
      <p class="hint">You do not belong to it. The audit log says that you put yourself into it.</p>
      <button>Join as its administrator</button>`,
  );
}

function memberTable({ members, users, teams, mayChange }: Content, request: MemberRequest): Html {
  const to = accountPath(request.param('account'));
  const { csrf } = request;
  return members.length === 0
    ? html`<p class="empty">Nobody belongs to it yet.</p>`
    : table({
        caption: 'People of the account',
        rows: members,
        columns: [
          { label: 'Name', cell: ({ userId }) => nameOf(users.get(userId)) },
          { label: 'E-mail', cell: ({ userId }) => users.get(userId)?.email ?? nothing },
          {
            label: 'Teams',
            cell: ({ userId }) =>
              teams
                .filter((team) => team.members.includes(userId))
                .map(({ name }) => name)
                .join(', ') || nothing,
          },
          { label: 'Administers it', cell: ({ isAdmin }) => (isAdmin ? 'yes' : nothing) },
          ...(mayChange
            ? [
                {
                  label: 'Change',
                  cell: ({ userId, isAdmin }: Member) => {
                    const id = html`<input type="hidden" name="id" value="${userId}" />`;
                    return html`<details>
                      <summary>Change</summary>
                      ${form(
                        { to, action: 'member', csrf },
                        html`${id}
                          ${checkbox({ name: 'isAdmin', id: `isAdmin-${userId}`, label: 'Administers the account', checked: isAdmin })}
                          <button>Save</button>`,
                      )}
                      ${form({ to, action: 'remove', csrf, className: 'inline' }, html`${id}<button>Take out of the account</button>`)}
                    </details>`;
                  },
                },
              ]
            : []),
        ],
      });
}

function nameOf(user: User | undefined): string {
  return user === undefined ? '(gone)' : user.name || user.email;
}

function granteeWords(to: Grantee, { users, teams }: Content): string {
  if (to.kind === 'everybody') return 'everybody of the account';
  if (to.kind === 'user') return nameOf(users.get(to.id));
  return `team ${teams.find(({ id }) => id === to.id)?.name ?? '(gone)'}`;
}

function grantSection(content: Content, { csrf }: MemberRequest): Html {
  const { account, grants, members, users, teams, products } = content;
  const to = accountPath(account.name);
  const known = new Set(products.map(({ name }) => name));
  return html`<section aria-labelledby="rights">
    <h2 id="rights">Rights</h2>
    <p class="hint">
      Rights add up: of all lines that concern somebody and a product the highest role counts. What is given for every
      product holds for new ones, too. Who administers the account administers all of its products; protected data and dumps are
      given apart from that.
    </p>
    ${
      grants.length === 0
        ? html`<p class="empty">Nothing is given to anybody yet.</p>`
        : table({
            caption: 'Rights in the account',
            rows: grants,
            columns: [
              { label: 'Who', cell: (grant) => granteeWords(grant.to, content) },
              {
                label: 'Product',
                cell: ({ product }) =>
                  product === null ? 'every product' : known.has(product) ? product : '(a product)',
              },
              { label: 'May', cell: (grant) => rightWords(grant) },
              {
                label: 'Take away',
                cell: (grant) =>
                  form(
                    { to, action: 'revoke', csrf, className: 'inline' },
                    html`<input type="hidden" name="grant" value="${grant.id}" />
                      <button aria-label="Take away from ${granteeWords(grant.to, content)}">Take away</button>`,
                  ),
              },
            ],
          })
    }
    ${form(
      { to, action: 'grant', csrf },
      html`${select({
        name: 'to',
        label: 'Who',
        value: 'everybody',
        choices: [
          { value: 'everybody', label: 'everybody of the account' },
          ...teams.map(({ id, name }) => ({ value: `team ${id}`, label: `team ${name}` })),
          ...members.map(({ userId }) => ({ value: `user ${userId}`, label: nameOf(users.get(userId)) })),
        ],
      })}
        ${select({
          name: 'product',
          label: 'Product',
          value: '',
          choices: [
            { value: '', label: 'every product, new ones too' },
            ...products.map(({ name }) => ({ value: name, label: name })),
          ],
        })}
        ${select({
          name: 'role',
          id: 'grant-role',
          label: 'Role',
          value: 'read',
          choices: ROLES.map((role) => ({ value: role, label: `${role}: ${ROLE_WORDS[role]}` })),
        })}
        ${checkbox({ name: 'seesProtected', id: 'grant-seesProtected', label: 'May see protected data' })}
        ${checkbox({ name: 'seesDumps', id: 'grant-seesDumps', label: 'May see attachments and dumps' })}
        <button>Give</button>`,
    )}
  </section>`;
}

function teamSection({ account, teams, members, users, mayChange }: Content, { csrf }: MemberRequest): Html {
  const to = accountPath(account.name);
  const inTeam = (team: Team, userId: number): Html =>
    html`${nameOf(users.get(userId))}
    ${team.byGroups.includes(userId) ? html`<span class="quiet">by groups of a provider</span>` : null}
    ${
      mayChange
        ? form(
            { to, action: 'team', csrf, className: 'inline' },
            html`<input type="hidden" name="team" value="${team.id}" /><input
                type="hidden"
                name="user"
                value="${userId}"
              /><button name="to" value="out" aria-label="Take ${nameOf(users.get(userId))} out of ${team.name}">
                Take out
              </button>`,
          )
        : null
    }`;
  return html`<section aria-labelledby="teams">
    <h2 id="teams">Teams</h2>
    ${teams.length === 0 ? html`<p class="quiet">There are none.</p>` : null}
    ${teams.map(
      (team) =>
        html`<h3>${team.name}</h3>
          ${team.members.length === 0 ? html`<p class="quiet">Nobody is in it.</p>` : html`<ul>${team.members.map((id) => html`<li>${inTeam(team, id)}</li>`)}</ul>`}
          ${
            mayChange
              ? html`${form(
                  { to, action: 'team', csrf, className: 'row-form' },
                  html`<input type="hidden" name="team" value="${team.id}" />
                    <div class="field">
                      <label for="add-${team.id}">Add to ${team.name}</label>
                      <select id="add-${team.id}" name="user">
                        ${members.map(({ userId }) => html`<option value="${userId}">${nameOf(users.get(userId))}</option>`)}
                      </select>
                    </div>
                    <button>Add</button>`,
                )}
                ${form({ to, action: 'delete-team', csrf, className: 'inline' }, html`<input type="hidden" name="team" value="${team.id}" /><button>Delete the team ${team.name}</button>`)}`
              : null
          }`,
    )}
    ${
      mayChange
        ? form(
            { to, action: 'add-team', csrf, className: 'row-form' },
            html`${field({ name: 'name', label: 'New team', required: true, maxLength: 100 })} <button>Add team</button>`,
          )
        : null
    }
  </section>`;
}

function tokenSection({ account, tokens, products }: Content, { csrf, person, now }: MemberRequest): Html {
  const to = accountPath(account.name);
  return html`<section aria-labelledby="tokens">
    <h2 id="tokens">Service tokens</h2>
    <p class="hint">They belong to the account and to no person, so that they outlive whoever made them.</p>
    ${
      tokens.length === 0
        ? html`<p class="quiet">There are none.</p>`
        : table({
            caption: 'Service tokens',
            rows: tokens,
            columns: [
              { label: 'Label', cell: ({ label }) => label },
              { label: 'May', cell: tokenWords },
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
                    { to, action: 'revoke-token', csrf, className: 'inline' },
                    html`<input type="hidden" name="id" value="${id}" /><button
                        aria-label="Revoke the token ${label}"
                      >
                        Revoke
                      </button>`,
                  ),
              },
            ],
          })
    }
    <details>
      <summary>Make a service token</summary>
      ${form(
        { to, action: 'create-token', csrf },
        html`${field({ name: 'label', label: 'Label', required: true, maxLength: 80 })} ${scopeFields(person)}
          ${productField(products)}
          ${field({ name: 'days', label: 'Days until it expires', type: 'number', value: '365', min: 1, max: MAX_TOKEN_DAYS, hint: 'Empty: never.' })}
          <button>Make token</button>`,
      )}
    </details>
  </section>`;
}

function tokenBox(token: string): Html {
  return html`<div class="done" role="status">
    <p>This is the token. It is shown this once; keep it where its service finds it.</p>
    ${codeBlock({ id: 'new-token', label: 'The new service token', text: token })}
  </div>`;
}
