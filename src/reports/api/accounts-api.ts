// API: accounts, who belongs to them, teams, rights, invitations and service tokens.
import type { Account, AccountOutcome, Grant, Grantee, Member, Team } from '../../store/accounts.ts';
import type { User } from '../../store/people.ts';
import { bothRights, ROLES } from '../../store/rights.ts';
import type { ProductRight } from '../../store/rights.ts';
import { addToAudit } from '../auth/audit-note.ts';
import { allows } from '../auth/person.ts';
import type { ApiRequest, Operation, Parameter } from '../operations/operation.ts';
import { ApiError } from '../operations/operation.ts';
import { schemaRef } from '../operations/schemas.ts';
import { granteeNote, noteGrant, noteInvitation, noteToken } from '../view/right-notes.ts';
import { keepsAdmin, LAST_ADMIN } from '../view/last-admin.ts';
import { MUST_BE_INVITED } from '../view/must-be-invited.ts';
import { createInvitation, pendingInvitations } from '../view/new-invitation.ts';
import type { PendingInvitation } from '../view/new-invitation.ts';
import { createApiToken } from '../view/new-token.ts';
import { isoTime } from '../view/report-json.ts';
import { isAccountName } from '../view/right-words.ts';
import { tokenJson, tokenWish } from './tokens.ts';

const ACCOUNT: Parameter = { name: 'account', in: 'path', description: 'Name of the account.' };
const PERSON: Parameter = { name: 'person', in: 'path', description: 'Number of the person.' };
const TEAM: Parameter = { name: 'team', in: 'path', description: 'Number of the team.' };

const answerOf = (schema: Parameters<typeof schemaRef>[0], description: string, status: 200 | 201 = 200) =>
  ({ status, description, contentType: 'application/json', schema: schemaRef(schema) }) as const;
const DONE = { status: 204, description: 'Done.' } as const;

function accountJson({ name, createdAt, closedAt, products, members }: Account) {
  return { name, createdAt: isoTime(createdAt), closedAt: isoTime(closedAt), products, members };
}

function memberJson({ userId, isAdmin }: Member, users: ReadonlyMap<number, User>, teams: readonly Team[]) {
  const user = users.get(userId);
  return {
    ...{ id: userId, email: user?.email ?? null, name: user?.name ?? null, isAdmin },
    teams: teams.filter(({ members }) => members.includes(userId)).map(({ name }) => name),
  };
}

function grantJson({ id, product, to, role, seesProtected, seesDumps }: Grant) {
  return { id, product, to, role, seesProtected, seesDumps };
}

function invitationJson({ hash, expiresAt, invitation }: PendingInvitation, teams: readonly Team[]) {
  const { email, isAdmin, right, team } = invitation;
  const name = teams.find(({ id }) => id === team)?.name ?? null;
  return { ...{ id: hash, email, isAdmin, right, team: name }, expiresAt: isoTime(expiresAt) };
}

/** Accounts that the person belongs to; for administrators of the installation, all. */
async function shownAccounts({ context, seen, person }: ApiRequest): Promise<readonly Account[]> {
  const all = await context.store.accounts.list();
  if (allows('installation', person)) return all;
  const own = new Set(seen.settings.accounts());
  return all.filter(({ name }) => own.has(name));
}

async function shownAccount(request: ApiRequest, name: string): Promise<Account> {
  const found = (await shownAccounts(request)).find((account) => account.name === name);
  if (found === undefined) throw new ApiError(404, 'no_such_account', 'There is no such account.');
  return found;
}

const TAKEN = { account: 'An account has or had this name already.', team: 'The account has this team.' };

/** Throws what a change that could not be made answers. `what`: of which it would be one more. */
function mustBeDone(outcome: AccountOutcome, what: 'account' | 'team' | 'right'): void {
  if (outcome === 'taken') throw new ApiError(409, 'taken', TAKEN[what === 'account' ? 'account' : 'team']);
  if (outcome === 'too_many')
    throw new ApiError(409, 'too_many', `There are as many ${what}s as there may be.`);
  if (outcome === 'last_admin') throw new ApiError(409, 'last_admin', LAST_ADMIN);
  if (outcome === 'missing')
    throw new ApiError(404, 'no_such_thing', 'What the request names is not in the account.');
}

function accountName(value: unknown): string {
  if (typeof value === 'string' && isAccountName(value)) return value;
  throw bad('"name" has 1 to 100 characters, without slashes and control characters.');
}

function bad(message: string): ApiError {
  return new ApiError(400, 'bad_account', message);
}

/** Nobody finds themselves in an account without having agreed, but for whoever administers the installation and goes there themselves. */
function mustComeByInvitation({ person }: ApiRequest, userId: number): void {
  if (!person.isInstallationAdmin) mustBeDone('missing', 'account');
  if (person.user?.id !== userId) throw new ApiError(409, 'must_be_invited', MUST_BE_INVITED);
}

/** A number of a person, team or right; 0 names none. */
function idOf(value: unknown): number {
  const id = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof id === 'number' && Number.isSafeInteger(id) && id > 0 ? id : 0;
}

function flagOf(body: Readonly<Record<string, unknown>>, name: string): boolean {
  const value = body[name] ?? false;
  if (typeof value !== 'boolean') throw bad(`"${name}" must be true or false.`);
  return value;
}

function rightOf(body: Readonly<Record<string, unknown>>): ProductRight {
  const role = ROLES.find((one) => one === body['role']);
  if (role === undefined) throw bad(`"role" must be one of ${ROLES.join(', ')}.`);
  return { role, seesProtected: flagOf(body, 'seesProtected'), seesDumps: flagOf(body, 'seesDumps') };
}

function granteeOf(value: unknown): Grantee {
  const { kind, id } = Object(value) as Readonly<Record<string, unknown>>;
  if (kind === 'everybody') return { kind };
  if (kind === 'user' || kind === 'team') return { kind, id: idOf(id) };
  throw bad('"to" must be {"kind": "everybody"}, or a "user" or "team" with its "id".');
}

/**
 * A token gives nobody a right that it does not have itself: else a leaked one would raise the rights of its owner. Administrators of the installation,
 * who belong to no account by that, count with what they have somewhere.
 */
function mustHave(request: ApiRequest, right: ProductRight, product: string | null = null): void {
  const { rights, isInstallationAdmin } = request.person;
  const own = bothRights(
    rights.of({ account: request.param('account'), product }),
    isInstallationAdmin ? rights.somewhere : null,
  );
  const lacks =
    right.seesProtected && own?.seesProtected !== true
      ? 'protected data'
      : right.seesDumps && own?.seesDumps !== true
        ? 'dumps'
        : null;
  if (lacks !== null)
    throw new ApiError(
      403,
      'not_allowed',
      `This token cannot give the right to ${lacks}: it does not have it.`,
    );
}

/** Who administers an account gives themselves every right in it. */
const OF_AN_ADMIN: ProductRight = { role: 'admin', seesProtected: true, seesDumps: true };

/** What comes with a place: in the account that of everybody, in a team (by its number) that of the team. */
async function mustHaveGrantsOf(request: ApiRequest, isOf: (to: Grantee) => boolean): Promise<void> {
  const grants = await request.context.store.accounts.grants(request.param('account'));
  for (const { to, product, ...right } of grants) if (isOf(to)) mustHave(request, right, product);
}

const isEverybody = ({ kind }: Grantee): boolean => kind === 'everybody';
const isTeam = (id: number) => (to: Grantee) => to.kind === 'team' && to.id === id;

export const accountOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/accounts',
    id: 'listAccounts',
    summary: 'Your accounts; for administrators of the installation, all',
    access: 'member',
    answer: answerOf('AccountList', 'The accounts, the oldest first.'),
    async run(request) {
      return request.c.json({ accounts: (await shownAccounts(request)).map(accountJson) });
    },
  },
  {
    method: 'post',
    path: '/api/accounts',
    id: 'createAccount',
    summary: 'Make an account',
    description: 'Nobody belongs to it yet: invite whoever administers it.',
    access: 'installation',
    requestBody: schemaRef('NewAccount'),
    answer: answerOf('Account', 'The account.', 201),
    failures: [400, 409],
    async run(request) {
      const name = accountName((await request.body())['name']);
      mustBeDone(await request.context.store.accounts.create(name), 'account');
      return request.c.json(accountJson(await shownAccount(request, name)), 201);
    },
  },
  {
    method: 'get',
    path: '/api/accounts/{account}',
    id: 'getAccount',
    summary: 'An account',
    access: 'member',
    parameters: [ACCOUNT],
    answer: answerOf('Account', 'The account.'),
    failures: [404],
    async run(request) {
      return request.c.json(accountJson(await shownAccount(request, request.param('account'))));
    },
  },
  {
    method: 'patch',
    path: '/api/accounts/{account}',
    id: 'changeAccount',
    summary: 'Rename an account, close it, or open it again',
    description: 'Clients that say a former name still reach it. Closing keeps everything that is in it.',
    access: 'installation',
    parameters: [ACCOUNT],
    requestBody: schemaRef('AccountChange'),
    answer: answerOf('Account', 'The account as it is now.'),
    failures: [400, 404, 409],
    async run(request) {
      const { accounts } = request.context.store;
      const { name, closed, ...unknown } = await request.body();
      const [stranger] = Object.keys(unknown);
      if (stranger !== undefined)
        throw bad(`An account has no "${stranger.slice(0, 80)}" that can be changed.`);
      if (closed !== undefined && typeof closed !== 'boolean') throw bad('"closed" must be true or false.');
      const to = name === undefined ? null : accountName(name);
      const { name: was } = await shownAccount(request, request.param('account'));
      if (to !== null) mustBeDone(await accounts.rename(was, to), 'account');
      const now = to ?? was;
      if (closed === true) mustBeDone(await accounts.close(now), 'account');
      if (closed === false) mustBeDone(await accounts.reopen(now), 'account');
      return request.c.json(accountJson(await shownAccount(request, now)));
    },
  },
  {
    method: 'get',
    path: '/api/accounts/{account}/members',
    id: 'listMembers',
    summary: 'Who belongs to an account',
    access: 'member',
    parameters: [ACCOUNT],
    answer: answerOf('MemberList', 'The people.'),
    failures: [404],
    async run(request) {
      const { name } = await shownAccount(request, request.param('account'));
      const { accounts } = request.context.store;
      const [members, teams, users] = await Promise.all([
        accounts.members(name),
        accounts.teams(name),
        request.seen.settings.people(),
      ]);
      const byId = new Map(users.map((user) => [user.id, user]));
      return request.c.json({ members: members.map((member) => memberJson(member, byId, teams)) });
    },
  },
  {
    method: 'post',
    path: '/api/accounts/{account}/members',
    id: 'setMember',
    summary: 'Say whether somebody administers an account',
    description:
      'Administrators of the installation put themselves into an account by it, too; everybody else comes into it by accepting an invitation. Who administers an account can give themselves every right in it: a token makes somebody that only where it has the rights to protected data and to dumps itself.',
    access: 'account',
    parameters: [ACCOUNT],
    requestBody: schemaRef('MemberChange'),
    answer: DONE,
    failures: [400, 404, 409],
    async run(request) {
      const { accounts } = request.context.store;
      const account = request.param('account');
      const body = await request.body();
      const [userId, isAdmin] = [idOf(body['id']), flagOf(body, 'isAdmin')];
      const isKnown = (await accounts.members(account)).some((member) => member.userId === userId);
      if (!isKnown) mustComeByInvitation(request, userId);
      if (isAdmin) mustHave(request, OF_AN_ADMIN);
      else if (!isKnown) await mustHaveGrantsOf(request, isEverybody);
      const member = { account, userId, isAdmin };
      mustBeDone(await accounts.setMember(member, keepsAdmin(request.person)), 'account');
      return request.c.body(null, 204);
    },
  },
  {
    method: 'delete',
    path: '/api/accounts/{account}/members/{person}',
    id: 'removeMember',
    summary: 'Take somebody out of an account',
    description: 'With their rights in it, their places in its teams, and their wishes to be told of it.',
    access: 'account',
    parameters: [ACCOUNT, PERSON],
    answer: DONE,
    failures: [404, 409],
    async run(request) {
      const [account, userId] = [request.param('account'), idOf(request.param('person'))];
      const { accounts } = request.context.store;
      mustBeDone(await accounts.removeMember(account, userId, keepsAdmin(request.person)), 'account');
      return request.c.body(null, 204);
    },
  },
  {
    method: 'get',
    path: '/api/accounts/{account}/teams',
    id: 'listTeams',
    summary: 'The teams of an account',
    access: 'member',
    parameters: [ACCOUNT],
    answer: answerOf('TeamList', 'The teams.'),
    failures: [404],
    async run(request) {
      const { name: account } = await shownAccount(request, request.param('account'));
      const teams = await request.context.store.accounts.teams(account);
      return request.c.json({ teams: teams.map(({ id, name, members }) => ({ id, name, members })) });
    },
  },
  {
    method: 'post',
    path: '/api/accounts/{account}/teams',
    id: 'createTeam',
    summary: 'Make a team',
    access: 'account',
    parameters: [ACCOUNT],
    requestBody: schemaRef('NewTeam'),
    answer: answerOf('Team', 'The team.', 201),
    failures: [400, 404, 409],
    async run(request) {
      const { accounts } = request.context.store;
      const account = request.param('account');
      const wanted = accountName((await request.body())['name']);
      mustBeDone(await accounts.createTeam(account, wanted), 'team');
      const made = (await accounts.teams(account)).find(({ name }) => name === wanted);
      if (made === undefined) throw new ApiError(404, 'no_such_thing', 'The team is gone again.');
      const { id, name, members } = made;
      addToAudit(request.c, { object: `team ${id}` });
      return request.c.json({ id, name, members }, 201);
    },
  },
  {
    method: 'delete',
    path: '/api/accounts/{account}/teams/{team}',
    id: 'deleteTeam',
    summary: 'Delete a team, with its rights',
    access: 'account',
    parameters: [ACCOUNT, TEAM],
    answer: DONE,
    failures: [404],
    async run(request) {
      const { accounts } = request.context.store;
      mustBeDone(await accounts.deleteTeam(request.param('account'), idOf(request.param('team'))), 'team');
      return request.c.body(null, 204);
    },
  },
  {
    method: 'post',
    path: '/api/accounts/{account}/teams/{team}/members',
    id: 'addToTeam',
    summary: 'Put somebody of the account into a team',
    access: 'account',
    parameters: [ACCOUNT, TEAM],
    requestBody: schemaRef('TeamMember'),
    answer: DONE,
    failures: [400, 404],
    async run(request) {
      const [account, team] = [request.param('account'), idOf(request.param('team'))];
      const { id } = await request.body();
      await mustHaveGrantsOf(request, isTeam(team));
      mustBeDone(await request.context.store.accounts.setInTeam(account, team, idOf(id), true), 'team');
      return request.c.body(null, 204);
    },
  },
  {
    method: 'delete',
    path: '/api/accounts/{account}/teams/{team}/members/{person}',
    id: 'takeOutOfTeam',
    summary: 'Take somebody out of a team',
    access: 'account',
    parameters: [ACCOUNT, TEAM, PERSON],
    answer: DONE,
    failures: [404],
    async run(request) {
      const [account, team] = [request.param('account'), idOf(request.param('team'))];
      const person = idOf(request.param('person'));
      mustBeDone(await request.context.store.accounts.setInTeam(account, team, person, false), 'team');
      return request.c.body(null, 204);
    },
  },
  {
    method: 'get',
    path: '/api/accounts/{account}/grants',
    id: 'listGrants',
    summary: 'Who may do what with which product of an account',
    access: 'account',
    parameters: [ACCOUNT],
    answer: answerOf('GrantList', 'The rights that were given, the oldest first.'),
    failures: [404],
    async run(request) {
      const { name } = await shownAccount(request, request.param('account'));
      return request.c.json({ grants: (await request.context.store.accounts.grants(name)).map(grantJson) });
    },
  },
  {
    method: 'post',
    path: '/api/accounts/{account}/grants',
    id: 'giveRight',
    summary: 'Give a right to a person, a team, or everybody of an account',
    description:
      'In place of what the same had for the same product. Without a product it is for every product, new ones too. A token gives no right to protected data or dumps that it does not have itself.',
    access: 'account',
    parameters: [ACCOUNT],
    requestBody: schemaRef('NewGrant'),
    answer: DONE,
    failures: [400, 404, 409],
    async run(request) {
      const account = request.param('account');
      const body = await request.body();
      const right = rightOf(body);
      const to = granteeOf(body['to']);
      const { product = null } = body;
      if (product !== null && typeof product !== 'string') throw bad('"product" must be a name, or null.');
      addToAudit(request.c, { detail: { to: granteeNote(to) } });
      mustHave(request, right);
      mustBeDone(await request.context.store.accounts.grant({ account, product, to, ...right }), 'right');
      return request.c.body(null, 204);
    },
  },
  {
    method: 'delete',
    path: '/api/accounts/{account}/grants/{grant}',
    id: 'takeRight',
    summary: 'Take a right away',
    access: 'account',
    parameters: [ACCOUNT, { name: 'grant', in: 'path', description: 'Number of the right.' }],
    answer: DONE,
    failures: [404],
    async run(request) {
      const { accounts } = request.context.store;
      const [account, id] = [request.param('account'), idOf(request.param('grant'))];
      await noteGrant(request, account, id);
      mustBeDone(await accounts.revoke(account, id), 'right');
      return request.c.body(null, 204);
    },
  },
  {
    method: 'get',
    path: '/api/accounts/{account}/invitations',
    id: 'listInvitations',
    summary: 'Invitations into an account that nobody has used yet',
    access: 'account',
    parameters: [ACCOUNT],
    answer: answerOf('InvitationList', 'The one that ends first before others.'),
    failures: [404],
    async run(request) {
      const { name } = await shownAccount(request, request.param('account'));
      const pending = await pendingInvitations(request);
      const teams = await request.context.store.accounts.teams(name);
      const own = pending.filter(({ invitation }) => invitation.account === name);
      return request.c.json({ invitations: own.map((each) => invitationJson(each, teams)) });
    },
  },
  {
    method: 'post',
    path: '/api/accounts/{account}/invitations',
    id: 'invite',
    summary: 'Invite somebody into an account',
    description:
      'A newer invitation of the same address makes the older one void. A token invites nobody to a right to protected data or dumps that it does not have itself: by the right, the team, what everybody has, or by administering the account.',
    access: 'account',
    parameters: [ACCOUNT],
    requestBody: schemaRef('NewInvitation'),
    answer: answerOf('CreatedInvitation', 'The link, which nobody but you is told.', 201),
    failures: [400, 404],
    async run(request) {
      const { name: account } = await shownAccount(request, request.param('account'));
      const body = await request.body();
      const { email, right: wished = null, team = null } = body;
      if (typeof email !== 'string') throw bad('"email" is missing.');
      if (team !== null && typeof team !== 'string') throw bad('"team" must be the name of a team, or null.');
      if (wished !== null && typeof wished !== 'object') throw bad('"right" must be an object, or null.');
      const right = wished === null ? null : rightOf(wished as Readonly<Record<string, unknown>>);
      const isAdmin = flagOf(body, 'isAdmin');
      addToAudit(request.c, { detail: { ...right } });
      if (right !== null) mustHave(request, right);
      if (isAdmin) mustHave(request, OF_AN_ADMIN);
      await mustHaveGrantsOf(request, isEverybody);
      const named = (await request.context.store.accounts.teams(account)).find(({ name }) => name === team);
      if (named !== undefined) await mustHaveGrantsOf(request, isTeam(named.id));
      const wish = { email, account, isAdmin, right, team };
      const made = await createInvitation(request, wish);
      if (!made.ok) throw bad(made.fault);
      return request.c.json({ email: made.invitation.email, link: made.link }, 201);
    },
  },
  {
    method: 'delete',
    path: '/api/accounts/{account}/invitations/{invitation}',
    id: 'withdrawInvitation',
    summary: 'Withdraw an invitation',
    access: 'account',
    parameters: [ACCOUNT, { name: 'invitation', in: 'path', description: '`id` of the invitation.' }],
    answer: DONE,
    failures: [404],
    async run(request) {
      const { context } = request;
      const pending = await pendingInvitations(request);
      const found = pending.find(
        ({ hash, invitation }) =>
          hash === request.param('invitation') && invitation.account === request.param('account'),
      );
      if (found !== undefined) noteInvitation(request.c, found.invitation);
      const taken =
        found === undefined
          ? null
          : await context.store.people.takeOneTime(found.hash, 'invitation', context.now());
      if (taken === null)
        throw new ApiError(404, 'no_such_invitation', 'It was used, withdrawn, or has expired.');
      return request.c.body(null, 204);
    },
  },
  {
    method: 'get',
    path: '/api/accounts/{account}/tokens',
    id: 'listServiceTokens',
    summary: 'Service tokens of an account, without their secrets',
    access: 'account',
    parameters: [ACCOUNT],
    answer: answerOf('TokenList', 'The tokens.'),
    failures: [404],
    async run(request) {
      const { name: account } = await shownAccount(request, request.param('account'));
      const tokens = await request.context.store.people.listTokens({ account });
      return request.c.json({ tokens: tokens.map(tokenJson) });
    },
  },
  {
    method: 'post',
    path: '/api/accounts/{account}/tokens',
    id: 'createServiceToken',
    summary: 'Make a service token',
    description:
      'It belongs to the account and to no person. It never has more rights than the token that makes it.',
    access: 'account',
    parameters: [ACCOUNT],
    requestBody: schemaRef('NewToken'),
    answer: answerOf('CreatedToken', 'The token with its secret, shown this once.', 201),
    failures: [400, 404],
    async run(request) {
      const { name: account } = await shownAccount(request, request.param('account'));
      const made = await createApiToken(request, { account }, tokenWish(await request.body()));
      if (!made.ok) throw new ApiError(400, 'bad_token', made.fault);
      noteToken(request.c, made.info);
      return request.c.json({ ...tokenJson(made.info), token: made.token }, 201);
    },
  },
  {
    method: 'delete',
    path: '/api/accounts/{account}/tokens/{id}',
    id: 'revokeServiceToken',
    summary: 'Revoke a service token',
    access: 'account',
    parameters: [ACCOUNT, { name: 'id', in: 'path', description: '`id` of the token.' }],
    answer: DONE,
    failures: [404],
    async run(request) {
      const owner = { account: request.param('account') };
      if (!(await request.context.store.people.deleteToken(owner, idOf(request.param('id')))))
        throw new ApiError(404, 'no_such_token', 'The account has no such token.');
      return request.c.body(null, 204);
    },
  },
];
