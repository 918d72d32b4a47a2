// Second factors over HTTP: authenticator apps, recovery codes, who must have them, and how they are taken away.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createOneTimeLink } from '../../src/reports/auth/one-time-link.ts';
import { RECENT_MS } from '../../src/reports/auth/sessions.ts';
import { base32, newSeed, totpCode, totpStep } from '../../src/reports/auth/totp.ts';
import { PASSWORD, addPerson, addToken, startRunning } from './support/running.ts';
import type { Running } from './support/running.ts';
import { Visitor } from './support/visitor.ts';

const SECURITY = '/account/security';
let running: Running;
const visitor = () => new Visitor(running.url);

before(async () => {
  running = await startRunning();
});
after(() => running.stop());
afterEach(() => {
  running.now.value = null;
});

/** The code that an app shows, so many steps of 30 seconds from now. */
const codeOf = (seed: string, steps = 0) =>
  totpCode(seed, Math.floor((running.now.value ?? Date.now()) / 30_000) + steps);

/** A person with an app; the sign-in goes on. */
async function withApp(email: string): Promise<{ person: Visitor; seed: string; codes: readonly string[] }> {
  await addPerson(running.store, { email, role: 'read' });
  const person = visitor();
  await person.signIn(email, PASSWORD);
  const shown = await person.act(SECURITY, 'begin-app');
  const seed = /name="seed" value="([A-Z2-7]{32})"/.exec(shown.text)?.[1] ?? '';
  const added = await person.act(SECURITY, 'add-app', { seed, code: codeOf(seed), label: 'Telephone' });
  const codes = added.text.match(/\b[a-z2-9]{4}(?:-[a-z2-9]{4}){5}\b/g) ?? [];
  return { person, seed, codes };
}

/** Signs in with the password and gives the next page. */
async function half(email: string, to = ''): Promise<Visitor> {
  const person = visitor();
  const answer = await person.act(`/sign-in${to}`, 'sign-in', { email, password: PASSWORD });
  assert.match(answer.headers.get('location') ?? '', /^\/sign-in\/second/);
  assert.equal((await person.get('/reports')).status, 303);
  return person;
}

describe('codes by time', () => {
  test('are those of RFC 6238, appendix B', () => {
    const seed = base32(Buffer.from('12345678901234567890'));
    for (const [seconds, code] of [
      [59, '287082'],
      [1_111_111_109, '081804'],
      [1_111_111_111, '050471'],
      [1_234_567_890, '005924'],
      [2_000_000_000, '279037'],
      [20_000_000_000, '353130'],
    ] as const)
      assert.equal(totpCode(seed, Math.floor(seconds / 30)), code);
  });

  test('hold for a step before and after', () => {
    const seed = newSeed();
    const now = 1000 * 30_000 + 5000;
    const taken = [-2, -1, 0, 1, 2].map((by) => totpStep(seed, totpCode(seed, 1000 + by), now));
    assert.deepEqual(taken, [null, 999, 1000, 1001, null]);
  });
});

describe('an authenticator app', () => {
  test('is added with a code that it shows, and not with a wrong one', async () => {
    await addPerson(running.store, { email: 'adder@example.org', role: 'read' });
    const person = visitor();
    await person.signIn('adder@example.org', PASSWORD);
    const shown = await person.act(SECURITY, 'begin-app');
    const seed = /name="seed" value="([A-Z2-7]{32})"/.exec(shown.text)?.[1] ?? '';
    assert.match(shown.text, /<svg class="qr" role="img" aria-label="QR code/);
    assert.equal((await person.act(SECURITY, 'add-app', { seed, code: '000000' })).status, 400);
    assert.equal((await person.act(SECURITY, 'add-app', { seed: 'x', code: '000000' })).status, 400);
    const user = await running.store.people.userByEmail('adder@example.org');
    assert.deepEqual(await running.store.people.listFactors(user?.id ?? 0), []);
    const added = await person.act(SECURITY, 'add-app', { seed, code: codeOf(seed) });
    assert.match(added.text, /10 recovery codes are left/);
    const [factor] = await running.store.people.listFactors(user?.id ?? 0);
    assert.equal(factor?.secret, seed);
    // Sealed: the seed is nowhere on disk.
    for (const name of ['mayday.db', 'mayday.db-wal']) {
      assert.ok(!readFileSync(path.join(running.dir, name)).includes(seed));
    }
  });

  test('is asked for after the password, and then the person goes where they wanted', async () => {
    const { seed } = await withApp('second@example.org');
    const person = await half('second@example.org', '?to=%2Freports%3Fproduct%3DJami');
    const at = '/sign-in/second?to=%2Freports%3Fproduct%3DJami';
    assert.equal((await person.act(at, 'code', { code: '000000' })).status, 400);
    running.now.value = Date.now() + 60_000;
    const code = codeOf(seed);
    const answer = await person.act(at, 'code', { code: `${code.slice(0, 3)} ${code.slice(3)}` });
    assert.equal(answer.headers.get('location'), '/reports?product=Jami');
    assert.equal((await person.get('/reports')).status, 200);
  });

  test('gives each code for one use', async () => {
    const { seed } = await withApp('replay@example.org');
    // The code with which it was added is used already.
    const first = await half('replay@example.org');
    const used = codeOf(seed);
    assert.equal((await first.act('/sign-in/second', 'code', { code: used })).status, 400);
    running.now.value = Date.now() + 60_000;
    const [one, two] = [await half('replay@example.org'), await half('replay@example.org')];
    const code = codeOf(seed);
    const answers = await Promise.all(
      [one, two].map((person) => person.act('/sign-in/second', 'code', { code })),
    );
    assert.deepEqual(
      answers.map(({ status }) => status).toSorted((a, b) => a - b),
      [303, 400],
    );
    // An older one than the last is none, either.
    const third = await half('replay@example.org');
    assert.equal((await third.act('/sign-in/second', 'code', { code: codeOf(seed, -1) })).status, 400);
  });

  test('is not guessed: after some wrong codes none is taken for a while', async () => {
    const { seed } = await withApp('guessed@example.org');
    const person = await half('guessed@example.org');
    for (let n = 0; n < 6; n += 1) await person.act('/sign-in/second', 'code', { code: '000000' });
    running.now.value = Date.now() + 60_000;
    const refused = await person.act('/sign-in/second', 'code', { code: codeOf(seed) });
    assert.match(refused.text, /Too many wrong codes/);
    running.now.value = Date.now() + 16 * 60_000;
    const later = await half('guessed@example.org');
    assert.equal((await later.act('/sign-in/second', 'code', { code: codeOf(seed) })).status, 303);
  });

  test('proves its person before acts that give rights', async () => {
    const { person, seed } = await withApp('prover@example.org');
    running.now.value = Date.now() + RECENT_MS + 60_000;
    const wish = { label: 'late', role: 'read', days: '1' };
    assert.match((await person.act('/account', 'create-token', wish)).text, /Or a code/);
    const wrong = await person.act('/account', 'create-token', { ...wish, 'proof-code': '000000' });
    assert.equal(wrong.status, 400);
    const right = await person.act('/account', 'create-token', { ...wish, 'proof-code': codeOf(seed) });
    assert.match(right.text, /mayday_[ps]_[0-9A-Za-z]{36}/);
  });
});

describe('the time between both steps', () => {
  test('ends after ten minutes, and belongs to the browser that gave the password', async () => {
    const { seed } = await withApp('between@example.org');
    const person = await half('between@example.org');
    assert.equal((await visitor().get('/sign-in/second')).headers.get('location'), '/sign-in');
    running.now.value = Date.now() + 11 * 60_000;
    assert.equal((await person.get('/sign-in/second')).headers.get('location'), '/sign-in');
    const late = await person.act('/sign-in', 'code', { code: codeOf(seed) });
    assert.notEqual(late.status, 303);
  });
});

describe('a link that sets a password', () => {
  test('does not go around the second factor', async () => {
    await withApp('reset@example.org');
    const user = await running.store.people.userByEmail('reset@example.org');
    const link = await createOneTimeLink(running.store, {
      ...{ purpose: 'reset', data: String(user?.id), reportsUrl: running.url, now: Date.now() },
    });
    const person = visitor();
    const fresh = { password: 'tulip kettle orbit', repeated: 'tulip kettle orbit' };
    const answer = await person.act(new URL(link).pathname, 'reset', fresh);
    assert.equal(answer.headers.get('location'), '/sign-in/second');
    assert.equal((await person.get('/reports')).status, 303);
  });
});

describe('recovery codes', () => {
  test('come with the first factor, work once each, and are counted', async () => {
    const { codes } = await withApp('recover@example.org');
    assert.equal(new Set(codes).size, 10);
    // 112 bits and more, since the store keeps a plain SHA-256 of them.
    for (const code of codes) assert.ok(code.replaceAll('-', '').length * Math.log2(31) >= 112, code);
    const person = await half('recover@example.org');
    const code = codes[0]?.toUpperCase() ?? '';
    const answer = await person.act('/sign-in/second', 'code', { code });
    assert.equal(answer.headers.get('location'), SECURITY);
    assert.match((await person.get(SECURITY)).text, /9 recovery codes are left/);
    const again = await half('recover@example.org');
    assert.equal((await again.act('/sign-in/second', 'code', { code })).status, 400);
  });

  test('are replaced by new ones, and go with the last factor', async () => {
    const { person, codes } = await withApp('replaced@example.org');
    const fresh = await person.act(SECURITY, 'recovery-codes');
    assert.equal(fresh.text.match(/\b[a-z2-9]{4}(?:-[a-z2-9]{4}){5}\b/g)?.length, 10);
    const other = await half('replaced@example.org');
    assert.equal((await other.act('/sign-in/second', 'code', { code: codes[1] ?? '' })).status, 400);
    const id = /name="id" value="(\d+)"/.exec((await person.get(SECURITY)).text)?.[1] ?? '';
    assert.equal((await person.act(SECURITY, 'remove-factor', { id })).status, 303);
    const user = await running.store.people.userByEmail('replaced@example.org');
    assert.equal(await running.store.people.recoveryCodes(user?.id ?? 0), 0);
    assert.equal((await person.act(SECURITY, 'recovery-codes')).status, 400);
    assert.equal((await visitor().signIn('replaced@example.org', PASSWORD)).headers.get('location'), '/');
  });
});

describe('an administrator', () => {
  test('takes the factors of somebody away who lost them, which ends the sign-ins of that person', async () => {
    const { person } = await withApp('lost@example.org');
    await addPerson(running.store, { email: 'boss@example.org', role: 'admin' });
    const boss = visitor();
    await boss.signIn('boss@example.org', PASSWORD);
    const user = await running.store.people.userByEmail('lost@example.org');
    const id = String(user?.id);
    assert.equal((await person.act('/account', 'nothing')).status, 400);
    assert.equal((await boss.act('/people', 'reset-factors', { id })).status, 303);
    assert.equal((await person.get('/reports')).status, 303);
    assert.equal((await visitor().signIn('lost@example.org', PASSWORD)).headers.get('location'), '/');
    const { rows } = await running.store.audit.list({}, { limit: 20 });
    assert.ok(rows.some(({ what, object }) => what === 'person.reset-factors' && object === `person ${id}`));
  });
});

describe('SECOND_FACTOR', () => {
  test('lets administrators do nothing but add one, and everybody else as before; tokens are not asked', async () => {
    const strict = await startRunning({ secondFactor: 'admins' });
    try {
      const user = await addPerson(strict.store, { email: 'boss@example.org', role: 'admin' });
      await addPerson(strict.store, { email: 'reader@example.org', role: 'read' });
      const [boss, reader] = [new Visitor(strict.url), new Visitor(strict.url)];
      await boss.signIn('boss@example.org', PASSWORD);
      await reader.signIn('reader@example.org', PASSWORD);
      assert.equal((await reader.get('/reports')).status, 200);
      for (const page of ['/', '/reports', '/people', '/account']) {
        assert.equal((await boss.get(page)).headers.get('location'), SECURITY, page);
      }
      const { text } = await boss.get(SECURITY);
      assert.match(text, /wants a second factor of you/);
      const csrf = /name="csrf" value="([^"]+)"/.exec(text)?.[1] ?? '';
      const invited = await boss.post('/people', {
        csrf,
        action: 'invite',
        email: 'x@example.org',
        role: 'read',
      });
      assert.equal(invited.headers.get('location'), SECURITY);
      assert.deepEqual(await strict.store.people.listOneTime('invitation', 0), []);
      const seed = newSeed();
      const code = totpCode(seed, Math.floor(Date.now() / 30_000));
      assert.equal((await boss.act(SECURITY, 'add-app', { seed, code })).status, 200);
      assert.equal((await boss.get('/people')).status, 200);
      const token = await addToken(strict.store, user);
      const asScript = await new Visitor(strict.url).get('/api/me', { authorization: `Bearer ${token}` });
      assert.equal(asScript.status, 200);
    } finally {
      await strict.stop();
    }
  });
});
