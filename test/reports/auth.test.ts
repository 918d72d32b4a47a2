// Sign-in, sessions, one-time links and roles over HTTP, on a real store.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { createSetupLink } from '../../src/reports/auth/one-time-link.ts';
import { RECENT_MS, SESSION_LIFE } from '../../src/reports/auth/sessions.ts';
import { hashSecret } from '../../src/reports/auth/secrets.ts';
import { eventually } from './support/eventually.ts';
import { PASSWORD, addPerson, addToken, startRunning } from './support/running.ts';
import type { Running } from './support/running.ts';
import { Visitor } from './support/visitor.ts';

let running: Running;
const visitor = () => new Visitor(running.url);

before(async () => {
  running = await startRunning();
});

after(() => running.stop());

const first = { name: 'First', email: 'First@Example.org', password: PASSWORD, repeated: PASSWORD };

describe('the first administrator', () => {
  test('comes in through the link of the newest start, once', async () => {
    const old = new URL((await createSetupLink(running.store, running.url)) ?? '').pathname;
    const link = new URL((await createSetupLink(running.store, running.url)) ?? '').pathname;
    assert.equal((await visitor().get(old)).status, 404);
    const one = visitor();
    assert.equal((await one.act(link, 'setup', { ...first, repeated: 'different one' })).status, 400);
    assert.equal(
      (await one.act(link, 'setup', { ...first, password: 'short', repeated: 'short' })).status,
      400,
    );
    const guessable = { password: 'First.Example.1', repeated: 'First.Example.1' };
    assert.match(
      (await one.act(link, 'setup', { ...first, ...guessable })).text,
      /little more than words that can be guessed/,
    );
    assert.equal((await one.act(link, 'setup', { ...first, email: 'nobody' })).status, 400);
    // Two at once: the link is used up by one of them.
    const two = visitor();
    const answers = await Promise.all([
      one.act(link, 'setup', first),
      two.act(link, 'setup', { ...first, email: 'b@example.org' }),
    ]);
    assert.deepEqual(
      answers.map(({ status }) => status).toSorted((one, other) => one - other),
      [303, 404],
    );
    assert.equal((await running.store.people.listUsers()).length, 1);
    assert.equal((await visitor().get(link)).status, 404);
    assert.equal(await createSetupLink(running.store, running.url), null);
  });

  test('sees people and protected data', async () => {
    const [user] = await running.store.people.listUsers();
    assert.equal(user?.isAdmin, true);
    const right = (await running.store.accounts.rightsOf(user?.id ?? 0)).of({
      account: 'default',
      product: null,
    });
    assert.deepEqual(right, { role: 'admin', seesProtected: true, seesDumps: true });
    assert.match(user?.passwordHash ?? '', /^\$argon2id\$/);
  });
});

describe('sign-in', () => {
  before(() => addPerson(running.store, { email: 'reader@example.org', role: 'read' }));

  test('takes the e-mail in any spelling and goes back to where the person wanted to go', async () => {
    const person = visitor();
    const path = '/sign-in?to=%2Freports%3Fproduct%3DJami';
    const answer = await person.act(path, 'sign-in', { email: ' Reader@EXAMPLE.org ', password: PASSWORD });
    assert.equal(answer.headers.get('location'), '/reports?product=Jami');
    assert.equal((await person.get('/reports')).status, 200);
  });

  test('never leads to another site', async () => {
    for (const to of [
      'https://evil.example/',
      '//evil.example',
      '/\\evil.example',
      '/\t/evil.example',
      '/.//evil.example',
      'javascript:alert(1)',
    ]) {
      const answer = await visitor().act(`/sign-in?to=${encodeURIComponent(to)}`, 'sign-in', {
        email: 'reader@example.org',
        password: PASSWORD,
      });
      assert.equal(answer.headers.get('location'), '/', to);
    }
  });

  test('says the same for a wrong password and for an unknown address', async () => {
    const wrong = await visitor().signIn('reader@example.org', 'not the password');
    const unknown = await visitor().signIn('nobody@example.org', 'not the password');
    assert.deepEqual([wrong.status, unknown.status], [400, 400]);
    const fault = (text: string) => /role="alert">([^<]+)</.exec(text)?.[1];
    assert.equal(fault(wrong.text), 'E-mail address and password do not match.');
    assert.equal(fault(unknown.text), fault(wrong.text));
  });

  test('does not let somebody in who is switched off', async () => {
    const user = await addPerson(running.store, { email: 'off@example.org', role: 'read' });
    const person = visitor();
    await person.signIn('off@example.org', PASSWORD);
    assert.equal((await person.get('/reports')).status, 200);
    await running.store.people.updateUser(user.id, { disabled: true });
    assert.equal((await person.get('/reports')).status, 303);
    assert.equal((await visitor().signIn('off@example.org', PASSWORD)).status, 400);
  });

  test('needs the cookie that belongs to the form', async () => {
    const page = await visitor().get('/sign-in');
    const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
    const answer = await visitor().post('/sign-in', {
      csrf,
      action: 'sign-in',
      email: 'reader@example.org',
      password: PASSWORD,
    });
    assert.equal(answer.status, 403);
  });
});

describe('a session', () => {
  test('is never one that was there before the sign-in', async () => {
    const person = visitor();
    person.cookies.set('mayday', 'chosen-by-somebody-else');
    await person.signIn('reader@example.org', PASSWORD);
    const mine = person.cookies.get('mayday') ?? '';
    assert.match(mine, /^[\w-]{43}$/);
    const other = visitor();
    other.cookies.set('mayday', 'chosen-by-somebody-else');
    assert.equal((await other.get('/reports')).status, 303);
    // Signing in again ends the session that the cookie named.
    const before = visitor();
    before.cookies.set('mayday', mine);
    const token = /name="csrf" value="([^"]+)"/.exec((await before.get('/account')).text)?.[1] ?? '';
    await before.post('/sign-in', {
      csrf: token,
      action: 'sign-in',
      email: 'reader@example.org',
      password: PASSWORD,
    });
    assert.notEqual(before.cookies.get('mayday'), mine);
    assert.equal((await person.get('/reports')).status, 303);
  });

  test('lies in a cookie that scripts and other sites do not get', async () => {
    const answer = await visitor().signIn('reader@example.org', PASSWORD);
    const cookie = answer.headers.getSetCookie().find((line) => line.startsWith('mayday='));
    assert.match(cookie ?? '', /HttpOnly/);
    assert.match(cookie ?? '', /SameSite=Lax/);
    assert.doesNotMatch(cookie ?? '', /Secure/);
  });

  test('is bound to https where the public address is', async () => {
    const secure = await startRunning({ reportsUrl: 'https://reports.example' });
    try {
      await addPerson(secure.store, { email: 'reader@example.org', role: 'read' });
      const answer = await new Visitor(secure.url).signIn('reader@example.org', PASSWORD);
      const cookie = answer.headers.getSetCookie().find((line) => line.startsWith('__Host-mayday='));
      assert.match(cookie ?? '', /Secure/);
      assert.match(answer.headers.get('strict-transport-security') ?? '', /max-age=\d+/);
    } finally {
      await secure.stop();
    }
  });

  test('lives on while it is used, ends two weeks after its last use, and three months after the sign-in', async () => {
    const start = Date.now();
    const { idleMs, maxMs } = SESSION_LIFE;
    const person = visitor();
    await person.signIn('reader@example.org', PASSWORD);
    const idle = visitor();
    await idle.signIn('reader@example.org', PASSWORD);
    try {
      for (let at = start; at < start + maxMs - 60_000; at += idleMs - 60_000) {
        running.now.value = at;
        assert.equal((await person.get('/reports')).status, 200);
      }
      assert.equal((await idle.get('/reports')).status, 303);
      running.now.value = start + maxMs - 60_000;
      assert.equal((await person.get('/reports')).status, 200);
      running.now.value = start + maxMs + 60_000;
      assert.equal((await person.get('/reports')).status, 303);
    } finally {
      running.now.value = null;
    }
  });

  test('is listed with browser, network and time, and ended singly or with all others', async () => {
    await addPerson(running.store, { email: 'lister@example.org', role: 'read' });
    const [here, there, far] = [visitor(), visitor(), visitor()];
    for (const one of [here, there, far]) await one.signIn('lister@example.org', PASSWORD);
    const { text } = await here.get('/account/security');
    assert.equal(text.match(/name="session"/g)?.length, 2, 'the one at hand has the button that signs out');
    assert.match(text, /another program <span class="quiet">\(this one\)<\/span>/);
    assert.match(text, /127\.0\.0\.1/);
    const user = await running.store.people.userByEmail('lister@example.org');
    const hashOf = (one: Visitor) => hashSecret(one.cookies.get('mayday') ?? '');
    const end = async (by: Visitor, session: string) =>
      (await by.act('/account/security', 'end-session', { session })).status;
    // Somebody else's session is nobody's business.
    const stranger = visitor();
    await stranger.signIn('reader@example.org', PASSWORD);
    assert.equal(await end(stranger, hashOf(there)), 404);
    assert.equal(await end(here, hashOf(there)), 303);
    assert.deepEqual([(await there.get('/reports')).status, (await far.get('/reports')).status], [303, 200]);
    await here.act('/account/security', 'end-others');
    assert.deepEqual([(await far.get('/reports')).status, (await here.get('/reports')).status], [303, 200]);
    // Whoever took the session over later cannot put its owner out.
    running.now.value = Date.now() + 11 * 60_000;
    const back = visitor();
    await back.signIn('lister@example.org', PASSWORD);
    for (const action of ['end-session', 'end-others', 'end-all']) {
      const asked = await here.act('/account/security', action, { session: hashOf(back) });
      assert.match(asked.text, /Confirm that it is you/, action);
      assert.equal((await back.get('/reports')).status, 200, action);
    }
    running.now.value = null;
    const out = await here.act('/account/security', 'end-all');
    assert.equal(out.headers.get('location'), '/sign-in?done=signed-out');
    assert.deepEqual(await running.store.people.listSessions(user?.id ?? 0, Date.now()), []);
  });

  test('ends with the sign-out, and only a post signs out', async () => {
    const person = visitor();
    await person.signIn('reader@example.org', PASSWORD);
    const value = person.cookies.get('mayday') ?? '';
    await person.get('/sign-out');
    assert.equal((await person.get('/reports')).status, 200);
    const csrf = /name="csrf" value="([^"]+)"/.exec((await person.get('/reports')).text)?.[1] ?? '';
    await person.post('/sign-out', { csrf, action: 'sign-out' });
    assert.equal(person.cookies.has('mayday'), false);
    const thief = visitor();
    thief.cookies.set('mayday', value);
    assert.equal((await thief.get('/reports')).status, 303);
  });
});

describe('passwords', () => {
  test('are changed with the old one, which signs out everywhere else and ends every token', async () => {
    const user = await addPerson(running.store, { email: 'changer@example.org', role: 'read' });
    const token = await addToken(running.store, user);
    const asScript = async () =>
      (await visitor().get('/api/me', { authorization: `Bearer ${token}` })).status;
    const [here, elsewhere] = [visitor(), visitor()];
    await here.signIn('changer@example.org', PASSWORD);
    await elsewhere.signIn('changer@example.org', PASSWORD);
    const fresh = { password: 'another long one', repeated: 'another long one' };
    const change = (current: string) => here.act('/account/security', 'password', { current, ...fresh });
    assert.equal((await change('wrong')).status, 400);
    assert.deepEqual([(await elsewhere.get('/reports')).status, await asScript()], [200, 200]);
    assert.equal((await change(PASSWORD)).headers.get('location'), '/account/security?done=password');
    assert.equal((await here.get('/reports')).status, 200);
    assert.deepEqual([(await elsewhere.get('/reports')).status, await asScript()], [303, 401]);
    assert.equal((await visitor().signIn('changer@example.org', 'another long one')).status, 303);
  });
});

describe('acts that give rights', () => {
  const inTenMinutes = async (work: (person: Visitor) => Promise<void>): Promise<void> => {
    const person = visitor();
    await person.signIn('reader@example.org', PASSWORD);
    running.now.value = Date.now() + RECENT_MS;
    try {
      await work(person);
    } finally {
      running.now.value = null;
    }
  };
  const wish = { label: 'late', role: 'read', days: '1' };
  const tokens = async () => {
    const user = await running.store.people.userByEmail('reader@example.org');
    return (await running.store.people.listTokens({ userId: user?.id ?? 0 })).length;
  };

  test('ask for the password ten minutes after the sign-in, and go on with the form that was sent', async () => {
    await inTenMinutes(async (person) => {
      const asked = await person.act('/account', 'create-token', { ...wish, label: 'for <this>' });
      assert.match(asked.text, /Confirm that it is you/);
      assert.match(asked.text, /name="label" value="for &lt;this&gt;"/);
      assert.equal(await tokens(), 0);
      const before = person.cookies.get('mayday');
      const given = { ...wish, 'proof-password': PASSWORD };
      assert.match((await person.act('/account', 'create-token', given)).text, /mayday_p_[0-9A-Za-z]{36}/);
      assert.equal(await tokens(), 1);
      // The session has a fresh id; the old one is nobody's.
      assert.notEqual(person.cookies.get('mayday'), before);
      const old = visitor();
      old.cookies.set('mayday', before ?? '');
      assert.equal((await old.get('/reports')).status, 303);
      assert.match((await person.act('/account', 'create-token', wish)).text, /mayday_p_[0-9A-Za-z]{36}/);
    });
  });

  test('do nothing with a wrong password, and end the guessing', async () => {
    await inTenMinutes(async (person) => {
      const before = await tokens();
      const guess = async (password: string) =>
        (await person.act('/account', 'create-token', { ...wish, 'proof-password': password })).text;
      for (let n = 0; n < 10; n += 1) assert.match(await guess('wrong'), /The password is wrong/);
      assert.match(await guess(PASSWORD), /Too many wrong passwords/);
      assert.equal(await tokens(), before);
    });
  });
});

describe('administrators', () => {
  const admin = { visitor: new Visitor('') };
  const linkIn = (text: string) =>
    new URL(/http:\/\/[^<\s]+\/(?:invitation|reset)\/[\w-]{43}/.exec(text)?.[0] ?? 'http://none').pathname;

  before(async () => {
    admin.visitor = visitor();
    await addPerson(running.store, { email: 'boss@example.org', role: 'admin' });
    assert.equal((await admin.visitor.signIn('boss@example.org', PASSWORD)).status, 303);
  });

  test('invite people with a role, through a link that works once', async () => {
    const answer = await admin.visitor.act('/people', 'invite', {
      email: 'new@example.org',
      role: 'triage',
      seesProtected: 'yes',
    });
    const link = linkIn(answer.text);
    const guest = visitor();
    assert.match(
      (await guest.get(link)).text,
      /new@example\.org<\/strong> into the account\s+<strong>default<\/strong>: triage, protected data/,
    );
    const accepted = await guest.act(link, 'accept', { name: 'New', password: PASSWORD, repeated: PASSWORD });
    assert.equal(accepted.headers.get('location'), '/?done=welcome');
    const user = await running.store.people.userByEmail('new@example.org');
    assert.deepEqual([user?.isAdmin, user?.name], [false, 'New']);
    const rights = await running.store.accounts.rightsOf(user?.id ?? 0);
    assert.deepEqual(rights.of({ account: 'default', product: null }), {
      ...{ role: 'triage', seesProtected: true, seesDumps: false },
    });
    assert.equal((await visitor().get(link)).status, 404);
    // An invitation is no set-up link, and no reset.
    assert.equal((await visitor().get(link.replace('invitation', 'setup'))).status, 404);
    assert.equal(
      (await admin.visitor.act('/people', 'invite', { email: 'new@example.org', role: 'read' })).status,
      400,
    );
  });

  test('see invitations that nobody has used yet, and withdraw them; a newer one makes an older one void', async () => {
    const invite = async (role: string) =>
      linkIn((await admin.visitor.act('/people', 'invite', { email: 'later@example.org', role })).text);
    const [first, second] = [await invite('read'), await invite('admin')];
    assert.equal((await visitor().get(first)).status, 404);
    assert.equal((await visitor().get(second)).status, 200);
    const { text } = await admin.visitor.get('/people');
    assert.equal(text.match(/later@example\.org<\/td>/g)?.length, 1);
    const invitation = /name="invitation" value="([0-9a-f]{64})"/.exec(text)?.[1] ?? '';
    const withdrawn = await admin.visitor.act('/people', 'withdraw', { invitation });
    assert.equal(withdrawn.headers.get('location'), '/people?done=withdrawn');
    assert.equal((await visitor().get(second)).status, 404);
    assert.ok(!(await admin.visitor.get('/people')).text.includes('later@example.org'));
    assert.equal((await admin.visitor.act('/people', 'withdraw', { invitation })).status, 404);
  });

  test('make links that set a new password', async () => {
    const user = await addPerson(running.store, { email: 'forgot@example.org', role: 'read' });
    const signedIn = visitor();
    await signedIn.signIn('forgot@example.org', PASSWORD);
    const older = linkIn((await admin.visitor.act('/people', 'reset', { id: String(user.id) })).text);
    const link = linkIn((await admin.visitor.act('/people', 'reset', { id: String(user.id) })).text);
    assert.equal((await visitor().get(older)).status, 404);
    const person = visitor();
    const answer = await person.act(link, 'reset', {
      password: 'remember this one',
      repeated: 'remember this one',
    });
    assert.equal(answer.status, 303);
    assert.equal((await signedIn.get('/reports')).status, 303);
    assert.equal((await visitor().signIn('forgot@example.org', 'remember this one')).status, 303);
    assert.equal((await visitor().get(link)).status, 404);
  });

  test('change roles at once, but cannot leave nobody in charge', async () => {
    const user = await addPerson(running.store, { email: 'moving@example.org', role: 'read' });
    const person = visitor();
    await person.signIn('moving@example.org', PASSWORD);
    assert.equal((await person.get('/people')).status, 403);
    await admin.visitor.act('/people', 'change', { id: String(user.id), isAdmin: 'yes' });
    assert.equal((await person.get('/people')).status, 200);
    for (const other of await running.store.people.listUsers()) {
      if (other.email !== 'boss@example.org')
        await running.store.people.updateUser(other.id, { isAdmin: false });
    }
    const boss = await running.store.people.userByEmail('boss@example.org');
    for (const change of [
      { isAdmin: '', disabled: '' },
      { isAdmin: 'yes', disabled: 'yes' },
    ]) {
      const answer = await admin.visitor.act('/people', 'change', {
        id: String(boss?.id),
        ...change,
      });
      assert.equal(answer.status, 400);
      assert.match(answer.text, /would leave no administrator/);
    }
  });
});

describe('failed sign-ins', () => {
  const from = (address: string) => ({ 'x-forwarded-for': `198.51.100.1, ${address}` });
  let limited: Running;
  beforeEach(async () => {
    limited = await startRunning({ trustProxy: '1' });
    await addPerson(limited.store, { email: 'reader@example.org', role: 'read' });
    await addPerson(limited.store, { email: 'other@example.org', role: 'read' });
  });
  afterEach(() => limited.stop());

  const attempt = async (
    address: string,
    password: string,
    { email = 'reader@example.org', person = new Visitor(limited.url) } = {},
  ) => {
    const csrf = /name="csrf" value="([^"]+)"/.exec((await person.get('/sign-in')).text)?.[1] ?? '';
    return person.post('/sign-in', { csrf, action: 'sign-in', email, password }, from(address));
  };
  const statuses = async (times: number, address: (n: number) => string, email?: string) => {
    const seen = [];
    for (let n = 0; n < times; n += 1) {
      const options = email === undefined ? {} : { email };
      seen.push((await attempt(address(n), 'wrong password', options)).status);
    }
    return new Set(seen);
  };

  test('are limited for one network and person, and time heals', async () => {
    assert.deepEqual(await statuses(8, () => '203.0.113.1'), new Set([400]));
    const refused = await attempt('203.0.113.1', PASSWORD);
    assert.equal(refused.status, 429);
    assert.ok(Number(refused.headers.get('retry-after')) > 0);
    assert.equal((await attempt('203.0.113.2', PASSWORD)).status, 303);
    assert.equal((await attempt('203.0.113.1', PASSWORD, { email: 'other@example.org' })).status, 303);
    limited.now.value = Date.now() + 16 * 60_000;
    await eventually(async () => (await attempt('203.0.113.1', PASSWORD)).status === 303);
  });

  test('count an IPv6 network as one, however many addresses it has', async () => {
    assert.deepEqual(await statuses(8, (n) => `2001:db8:1:2::${n}`), new Set([400]));
    assert.equal((await attempt('2001:db8:1:2:ffff::1', PASSWORD)).status, 429);
    assert.equal((await attempt('2001:db8:1:3::1', PASSWORD)).status, 303);
  });

  test('at once are no more than one after the other', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => attempt('203.0.113.1', 'wrong password')),
    );
    assert.equal(answers.filter(({ status }) => status === 400).length, 8);
  });

  test('of one network for many people end, and who signs in there takes nothing back for others', async () => {
    for (let n = 0; n < 29; n += 1) {
      const email = `nobody-${n}@example.org`;
      assert.equal((await attempt('203.0.113.1', 'wrong password', { email })).status, 400);
    }
    assert.equal((await attempt('203.0.113.1', PASSWORD, { email: 'other@example.org' })).status, 303);
    assert.equal((await attempt('203.0.113.1', 'wrong password')).status, 400);
    assert.equal((await attempt('203.0.113.1', PASSWORD)).status, 429);
  });

  test('of many networks for one person do not lock out the browser where the person signed in before', async () => {
    const honest = new Visitor(limited.url);
    assert.equal((await attempt('203.0.113.200', PASSWORD, { person: honest })).status, 303);
    honest.cookies.delete('mayday');
    await statuses(61, (n) => `198.18.${n}.1`);
    assert.equal((await attempt('203.0.113.201', PASSWORD)).status, 429);
    assert.equal((await attempt('203.0.113.202', PASSWORD, { person: honest })).status, 303);
    // The browser has a budget of its own, and its mark is good for this person alone.
    honest.cookies.delete('mayday');
    const other = { person: honest, email: 'other@example.org' };
    for (let n = 0; n < 8; n += 1) await attempt('203.0.113.203', 'wrong password', { person: honest });
    assert.equal((await attempt('203.0.113.203', PASSWORD, { person: honest })).status, 429);
    for (let n = 0; n < 8; n += 1) await attempt('203.0.113.204', 'wrong password', other);
    assert.equal((await attempt('203.0.113.204', PASSWORD, other)).status, 429);
  });

  test('are counted for a browser with a made-up mark as for any other', async () => {
    const [user] = await limited.store.people.listUsers();
    for (let n = 0; n < 9; n += 1) {
      const person = new Visitor(limited.url);
      person.cookies.set('mayday-device', `${user?.id}.${String(n).repeat(43)}.${'a'.repeat(43)}`);
      const { status } = await attempt('203.0.113.1', 'wrong password', { person });
      assert.equal(status, n < 8 ? 400 : 429);
    }
  });
});
