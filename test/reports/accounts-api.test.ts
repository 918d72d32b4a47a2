// Accounts, their people, teams, rights, invitations and service tokens by the API: who may, what comes of it, and what is refused in words.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { User } from '../../src/store/people.ts';
import { ADMIN_TOKEN, addPerson, addToken, PASSWORD, startRunning } from './support/running.ts';
import type { Running } from './support/running.ts';
import { Visitor } from './support/visitor.ts';

let running: Running;
let boss: User;
let member: User;
let stranger: User;

before(async () => {
  running = await startRunning();
  const { store } = running;
  for (const account of ['acme', 'other']) await store.accounts.create(account);
  for (const [account, name] of [
    ['acme', 'shop'],
    ['other', 'secret-shop'],
  ] as const)
    await store.people.createProductByHand(account, name);
  const rest = { isAdmin: false, accounts: ['acme'] };
  boss = await addPerson(store, { email: 'boss@example.org', role: 'admin', ...rest });
  member = await addPerson(store, { email: 'member@example.org', role: 'read', ...rest });
  stranger = await addPerson(store, { email: 'stranger@example.org', role: 'read', accounts: ['other'] });
});

after(() => running.stop());

interface Answer {
  readonly status: number;
  // What an operation answers; the tests say what they want of it.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

async function call(token: string, method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`${running.url}/api/accounts${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : JSON.parse(text) };
}

async function rightsOf(user: User, product = 'shop') {
  return (await running.store.accounts.rightsOf(user.id)).of({ account: 'acme', product });
}

describe('administrators of the installation', () => {
  test('make, rename, close and reopen accounts', async () => {
    const made = await call(ADMIN_TOKEN, 'POST', '', { name: 'labs' });
    assert.deepEqual([made.status, made.body.name, made.body.closedAt], [201, 'labs', null]);
    assert.equal((await call(ADMIN_TOKEN, 'POST', '', { name: 'labs' })).status, 409);
    assert.equal((await call(ADMIN_TOKEN, 'POST', '', { name: 'a/b' })).status, 400);
    const renamed = await call(ADMIN_TOKEN, 'PATCH', '/labs', { name: 'works', closed: true });
    assert.deepEqual([renamed.body.name, typeof renamed.body.closedAt], ['works', 'string']);
    // Nobody else gets a name that an account had.
    assert.equal((await call(ADMIN_TOKEN, 'POST', '', { name: 'labs' })).status, 409);
    const open = await call(ADMIN_TOKEN, 'PATCH', '/works', { closed: false });
    assert.equal(open.body.closedAt, null);
    assert.equal((await call(ADMIN_TOKEN, 'PATCH', '/works', { owner: 'x' })).status, 400);
    assert.equal((await call(ADMIN_TOKEN, 'PATCH', '/nothing', { closed: true })).status, 404);
    const { body } = await call(ADMIN_TOKEN, 'GET', '');
    assert.deepEqual(
      body.accounts.map(({ name }: { name: string }) => name),
      ['default', 'test', 'acme', 'other', 'works'],
    );
  });

  test('put nobody but themselves into an account, and take anybody out', async () => {
    const one = await addPerson(running.store, {
      email: 'one@example.org',
      role: 'read',
      accounts: ['other'],
    });
    const chief = { email: 'chief@example.org', role: 'admin', isAdmin: true, accounts: [] } as const;
    const own = await addPerson(running.store, chief);
    const token = await addToken(running.store, own);
    for (const by of [ADMIN_TOKEN, token]) {
      const put = await call(by, 'POST', '/acme/members', { id: one.id, isAdmin: false });
      assert.deepEqual([put.status, put.body.error.code], [409, 'must_be_invited']);
    }
    const { accounts } = running.store;
    assert.ok(!(await accounts.rightsOf(one.id)).isMemberOf('acme'));
    const visitor = new Visitor(running.url);
    await visitor.signIn('chief@example.org', PASSWORD);
    const refused = await visitor.act('/accounts/acme', 'member', { id: String(one.id) });
    assert.match(refused.text, /They do not belong to the account: invite them/);
    assert.match((await visitor.get('/accounts/acme')).text, /Join as its administrator/);
    const joined = await visitor.act('/accounts/acme', 'member', { id: String(own.id), isAdmin: 'yes' });
    assert.equal(joined.status, 303);
    assert.ok((await accounts.rightsOf(own.id)).isAdminOf('acme'));
    assert.doesNotMatch((await visitor.get('/accounts/acme')).text, /Join as its administrator/);
    assert.equal((await call(ADMIN_TOKEN, 'DELETE', `/acme/members/${own.id}`)).status, 204);
    assert.equal((await call(ADMIN_TOKEN, 'DELETE', `/acme/members/${own.id}`)).status, 404);
    assert.equal((await call(token, 'POST', '/acme/members', { id: own.id })).status, 204);
    assert.equal((await call(ADMIN_TOKEN, 'DELETE', `/acme/members/${own.id}`)).status, 204);
    const { rows } = await running.store.audit.list({ what: 'member.change' }, { limit: 20 });
    assert.ok(rows.some(({ object }) => object === `person ${own.id}`));
  });
});

describe('administrators of an account', () => {
  let token: string;
  before(async () => {
    token = await addToken(running.store, boss);
  });

  test('see their account and no other', async () => {
    const { body } = await call(token, 'GET', '');
    assert.deepEqual(
      body.accounts.map(({ name }: { name: string }) => name),
      ['acme'],
    );
    for (const path of ['/other', '/nothing', '/other/members', '/other/grants', '/other/invitations'])
      assert.equal((await call(token, 'GET', path)).status, 404, path);
    assert.equal((await call(token, 'POST', '', { name: 'mine' })).status, 403);
    assert.equal((await call(token, 'PATCH', '/acme', { closed: true })).status, 403);
    assert.equal((await call(token, 'POST', '/other/teams', { name: 'x' })).status, 404);
  });

  test('make teams, put people into them and give them rights', async () => {
    const made = await call(token, 'POST', '/acme/teams', { name: 'Core' });
    assert.equal(made.status, 201);
    const team = made.body.id as number;
    assert.equal((await call(token, 'POST', '/acme/teams', { name: 'Core' })).status, 409);
    const right = { to: { kind: 'team', id: team }, product: 'shop', role: 'triage' };
    assert.equal((await call(token, 'POST', '/acme/grants', right)).status, 204);
    assert.equal((await rightsOf(member))?.role, 'read');
    assert.equal((await call(token, 'POST', `/acme/teams/${team}/members`, { id: member.id })).status, 204);
    assert.equal((await rightsOf(member))?.role, 'triage');
    const { body } = await call(token, 'GET', '/acme/members');
    const shown = body.members.find(({ id }: { id: number }) => id === member.id);
    assert.deepEqual([shown.email, shown.teams, shown.isAdmin], ['member@example.org', ['Core'], false]);
    // Nobody comes into an account by a team.
    const out = await call(token, 'POST', `/acme/teams/${team}/members`, { id: stranger.id });
    assert.equal(out.status, 404);
    assert.equal((await call(token, 'DELETE', `/acme/teams/${team}/members/${member.id}`)).status, 204);
    assert.equal((await rightsOf(member))?.role, 'read');
    assert.equal((await call(token, 'DELETE', `/acme/teams/${team}`)).status, 204);
    assert.deepEqual((await call(token, 'GET', '/acme/teams')).body.teams, []);
  });

  test('give no right to protected data or dumps by a token that does not have it', async () => {
    const right = { to: { kind: 'user', id: member.id }, role: 'read', seesProtected: true };
    const refused = await call(token, 'POST', '/acme/grants', right);
    assert.equal(refused.status, 403);
    assert.match(refused.body.error.message, /protected data: it does not have it/);
    assert.equal((await rightsOf(member))?.seesProtected, false);
    const invited = { email: 'new@example.org', right: { role: 'read', seesDumps: true } };
    assert.equal((await call(token, 'POST', '/acme/invitations', invited)).status, 403);
    assert.equal((await call(ADMIN_TOKEN, 'POST', '/acme/grants', right)).status, 204);
    assert.equal((await rightsOf(member))?.seesProtected, true);
    const { body } = await call(token, 'GET', '/acme/grants');
    const given = body.grants.find(({ to }: { to: { id?: number } }) => to.id === member.id);
    assert.equal((await call(token, 'DELETE', `/acme/grants/${given.id}`)).status, 204);
    assert.equal(await rightsOf(member), null);
    const again = { to: { kind: 'everybody' }, role: 'read' };
    assert.equal((await call(token, 'POST', '/acme/grants', again)).status, 204);
    assert.equal((await rightsOf(member, 'of tomorrow'))?.role, 'read');
  });

  test('give nobody more than their token has by a team, by what everybody has, or by making somebody an administrator', async () => {
    const { store } = running;
    const everybody = { account: 'acme', product: null, to: { kind: 'everybody' }, role: 'read' } as const;
    await store.accounts.createTeam('acme', 'Seers');
    const team = (await store.accounts.teams('acme')).find(({ name }) => name === 'Seers')?.id ?? 0;
    const seeing = { role: 'read', seesProtected: false, seesDumps: true } as const;
    await store.accounts.grant({
      ...{ account: 'acme', product: 'shop', to: { kind: 'team', id: team }, ...seeing },
    });
    const seer = await addPerson(store, {
      ...{
        email: 'seer@example.org',
        role: 'admin',
        isAdmin: false,
        accounts: ['acme'],
        seesProtected: true,
      },
    });
    const strong = await addToken(store, seer);
    // Of what everybody has the token's owner has it, too: a token without the scopes does not.
    const narrow = await addToken(store, boss, { seesProtected: false });
    const invite = (more: object) => ['/acme/invitations', { email: 'x@example.org', ...more }] as const;
    const asked = [
      invite({ isAdmin: true }),
      invite({ team: 'Seers' }),
      ['/acme/members', { id: member.id, isAdmin: true }],
      [`/acme/teams/${team}/members`, { id: member.id }],
    ] as const;
    for (const [path, body] of asked) {
      const refused = await call(token, 'POST', path, body);
      assert.deepEqual([refused.status, refused.body.error.code], [403, 'not_allowed'], JSON.stringify(body));
    }
    assert.equal((await call(token, 'POST', ...invite({}))).status, 201);
    await store.accounts.grant({ ...everybody, seesProtected: true, seesDumps: false });
    assert.equal((await call(narrow, 'POST', ...invite({}))).status, 403);
    for (const [path, body] of asked)
      assert.ok((await call(strong, 'POST', path, body)).status < 300, JSON.stringify(body));
    await store.accounts.grant({ ...everybody, seesProtected: false, seesDumps: false });
    for (const { id } of (await call(token, 'GET', '/acme/invitations')).body.invitations)
      await call(token, 'DELETE', `/acme/invitations/${id}`);
    await store.accounts.setMember({ account: 'acme', userId: member.id, isAdmin: false });
    await store.accounts.removeMember('acme', seer.id);
    await store.accounts.deleteTeam('acme', team);
  });

  test('leave lines in the audit log that say what to whom', async () => {
    const { store } = running;
    const start = (await store.audit.list({}, { limit: 1 })).rows[0]?.id ?? 0;
    const right = { role: 'triage', seesProtected: false, seesDumps: false };
    const to = { kind: 'user', id: stranger.id } as const;
    await store.accounts.setMember({ account: 'acme', userId: stranger.id, isAdmin: false });
    await call(token, 'POST', '/acme/grants', { to, product: 'shop', ...right });
    const grants = await store.accounts.grants('acme');
    const given = grants.find((grant) => grant.to.kind === 'user' && grant.to.id === stranger.id);
    await call(token, 'DELETE', `/acme/grants/${given?.id}`);
    await store.accounts.removeMember('acme', stranger.id);
    const invited = await call(token, 'POST', '/acme/invitations', { email: 'seen@example.org', right });
    const visitor = new Visitor(running.url);
    const page = new URL(invited.body.link).pathname;
    const csrf = /name="csrf" value="([^"]+)"/.exec((await visitor.get(page)).text)?.[1] ?? '';
    const password = 'a long enough phrase of words';
    await visitor.post(page, { csrf, action: 'accept', name: 'Seen', password, repeated: password });
    const products = [{ account: 'acme', product: 'shop' }];
    const made = await call(token, 'POST', '/acme/tokens', {
      label: 'ci',
      scopes: ['read', 'triage'],
      products,
    });
    await call(token, 'DELETE', `/acme/tokens/${made.body.id}`);
    const lines = await store.audit.linesAfter(start, 20);
    const told = { ...right, to: `user ${stranger.id}`, product: 'shop' };
    const details = new Map(lines.map(({ what, detail }) => [what, detail]));
    assert.deepEqual(details.get('right.give'), told);
    assert.deepEqual(details.get('right.take'), { ...told, grant: String(given?.id) });
    assert.deepEqual(details.get('person.invite'), { account: 'acme', ...right });
    assert.deepEqual(details.get('person.accept-invitation'), { account: 'acme', isAdmin: false, ...right });
    const { scopes, products: named } = details.get('token.create') ?? {};
    assert.deepEqual([scopes, named], ['read triage', 'acme/shop']);
    assert.ok(!JSON.stringify(lines).includes('seen@'));
  });

  test('refuse to leave an account without one of them', async () => {
    for (const [method, path, body] of [
      ['POST', '/acme/members', { id: boss.id, isAdmin: false }],
      ['DELETE', `/acme/members/${boss.id}`, undefined],
    ] as const) {
      const refused = await call(token, method, path, body);
      assert.deepEqual([refused.status, refused.body.error.code], [409, 'last_admin']);
    }
    // Others come into the account by an invitation alone.
    assert.equal((await call(token, 'POST', '/acme/members', { id: stranger.id })).status, 404);
  });

  test('invite, see who is invited, and withdraw it', async () => {
    const wish = { email: 'New@Example.org', right: { role: 'triage' } };
    const first = await call(token, 'POST', '/acme/invitations', wish);
    assert.equal(first.status, 201);
    const second = await call(token, 'POST', '/acme/invitations', wish);
    const { body } = await call(token, 'GET', '/acme/invitations');
    // The newer one made the older one void.
    assert.equal(body.invitations.length, 1);
    const [pending] = body.invitations;
    assert.deepEqual([pending.email, pending.right.role, pending.team], ['new@example.org', 'triage', null]);
    assert.ok(!second.body.link.includes(pending.id));
    const visitor = new Visitor(running.url);
    const page = await visitor.get(new URL(second.body.link).pathname);
    assert.match(page.text, /You are invited as/);
    assert.equal((await visitor.get(new URL(first.body.link).pathname)).status, 404);
    assert.equal((await call(token, 'DELETE', `/acme/invitations/${pending.id}`)).status, 204);
    assert.equal((await call(token, 'DELETE', `/acme/invitations/${pending.id}`)).status, 404);
    assert.equal((await visitor.get(new URL(second.body.link).pathname)).status, 404);
    for (const bad of [
      { email: 'nobody' },
      { email: 'member@example.org' },
      { email: 'x@example.org', team: 'None' },
      { email: 'x@example.org', right: { role: 'owner' } },
    ])
      assert.equal((await call(token, 'POST', '/acme/invitations', bad)).status, 400, JSON.stringify(bad));
  });

  test('make service tokens that see their account alone, and revoke them', async () => {
    const made = await call(token, 'POST', '/acme/tokens', { label: 'ci', scopes: ['read'] });
    assert.equal(made.status, 201);
    assert.match(made.body.token, /^mayday_s_/);
    const service = made.body.token as string;
    const { body } = await call(service, 'GET', '');
    assert.deepEqual(
      body.accounts.map(({ name }: { name: string }) => name),
      ['acme'],
    );
    const products = await fetch(`${running.url}/api/products`, {
      headers: { authorization: `Bearer ${service}` },
    });
    assert.ok(!(await products.text()).includes('secret-shop'));
    assert.equal((await call(service, 'POST', '/acme/tokens', { label: 'x', scopes: ['read'] })).status, 403);
    const more = { label: 'more', scopes: ['read', 'protected'] };
    assert.equal((await call(token, 'POST', '/acme/tokens', more)).status, 400);
    assert.equal((await call(token, 'GET', '/acme/tokens')).body.tokens.length, 1);
    assert.equal((await call(token, 'DELETE', `/acme/tokens/${made.body.id}`)).status, 204);
    assert.equal((await call(service, 'GET', '')).status, 401);
  });
});

test('members see who belongs to their account and its teams, and nothing that gives rights', async () => {
  const token = await addToken(running.store, member);
  assert.equal((await call(token, 'GET', '/acme/members')).status, 200);
  assert.equal((await call(token, 'GET', '/acme/teams')).status, 200);
  for (const path of ['/acme/grants', '/acme/invitations', '/acme/tokens'])
    assert.equal((await call(token, 'GET', path)).status, 403, path);
  assert.equal((await call(token, 'POST', '/acme/teams', { name: 'x' })).status, 403);
});

test('the status page tells people of one account of their own products alone', async () => {
  const visitor = new Visitor(running.url);
  await visitor.signIn('member@example.org', 'correct horse battery');
  const { status, text } = await visitor.get('/status');
  assert.equal(status, 200);
  assert.match(text, /Reports of your products/);
  assert.doesNotMatch(text, /Disk|Free on the disk|Store schema/);
  const api = await addToken(running.store, member);
  const answer = await fetch(`${running.url}/api/status`, { headers: { authorization: `Bearer ${api}` } });
  assert.equal(answer.status, 403);
});
