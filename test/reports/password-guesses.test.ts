// Passwords that are guessed many at once, and passwords that nobody has time to look at.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { createOneTimeLink } from '../../src/reports/auth/one-time-link.ts';
import { checkPassword, PasswordQueueFull } from '../../src/reports/auth/passwords.ts';
import { RECENT_MS } from '../../src/reports/auth/sessions.ts';
import { PASSWORD, addPerson, startRunning } from './support/running.ts';
import type { Running } from './support/running.ts';
import { Visitor } from './support/visitor.ts';

const SECURITY = '/account/security';
const ANOTHER = 'a passphrase of nobody else';
let running: Running;

before(async () => {
  running = await startRunning();
});
after(() => running.stop());
afterEach(() => {
  running.now.value = null;
});

async function signedIn(email: string): Promise<Visitor> {
  await addPerson(running.store, { email, role: 'read' });
  const person = new Visitor(running.url);
  assert.equal((await person.signIn(email, PASSWORD)).status, 303);
  return person;
}

async function csrfOf(person: Visitor, page: string): Promise<string> {
  return /name="csrf" value="([^"]+)"/.exec((await person.get(page)).text)?.[1] ?? '';
}

/** While it works, as many passwords are being checked and wait as may: of each that ends another one takes the place at once. */
async function whileFull(work: () => Promise<void>): Promise<void> {
  const end = new AbortController();
  // Warm: the hash of nobody is made.
  await checkPassword(null, 'x');
  const full = await Promise.allSettled(Array.from({ length: 100 }, () => checkPassword(null, 'x')));
  const room = full.filter(({ status }) => status === 'fulfilled').length;
  assert.ok(room < 100);
  const load = Array.from({ length: room }, async () => {
    while (!end.signal.aborted) await checkPassword(null, 'x');
  });
  try {
    await assert.rejects(checkPassword(null, 'x'), PasswordQueueFull);
    await work();
  } finally {
    end.abort();
    await Promise.all(load);
  }
}

test('guesses at the own password with a session that is not theirs end, also many at once', async () => {
  const person = await signedIn('ada@example.org');
  const csrf = await csrfOf(person, SECURITY);
  const change = { csrf, action: 'password', password: ANOTHER, repeated: ANOTHER };
  const guesses = await Promise.all(
    Array.from({ length: 25 }, (_, n) => person.post(SECURITY, { ...change, current: `guess ${n}` })),
  );
  const refused = guesses.filter(({ text }) => text.includes('Too many wrong passwords'));
  assert.equal(refused.length, 15);
  assert.match((await person.post(SECURITY, { ...change, current: PASSWORD })).text, /Too many wrong/);
});

test('a password that nobody had time to check is a page that says so, and counts as no wrong one', async () => {
  const [bob, eve] = [await signedIn('bob@example.org'), await signedIn('eve@example.org')];
  const fresh = new Visitor(running.url);
  const user = await addPerson(running.store, { email: 'kim@example.org', role: 'read' });
  const reset = await createOneTimeLink(running.store, {
    ...({ purpose: 'reset', data: String(user.id) } as const),
    ...{ reportsUrl: running.url, now: Date.now() },
  });
  const link = new URL(reset).pathname;
  running.now.value = Date.now() + RECENT_MS + 1000;
  const forms = {
    signIn: ['/sign-in', 'sign-in', { email: 'bob@example.org', password: PASSWORD }, fresh],
    change: [SECURITY, 'password', { current: PASSWORD, password: ANOTHER, repeated: ANOTHER }, eve],
    proof: [SECURITY, 'begin-app', { 'proof-password': PASSWORD }, bob],
    reset: [link, 'reset', { password: ANOTHER, repeated: ANOTHER }, fresh],
  } as const;
  const send = (name: keyof typeof forms) => {
    const [page, action, fields, person] = forms[name];
    return person.post(page, { csrf: tokens[name] ?? '', action, ...fields });
  };
  const tokens: Record<string, string> = {};
  for (const [name, [page, , , person]] of Object.entries(forms)) tokens[name] = await csrfOf(person, page);
  await whileFull(async () => {
    for (const name of Object.keys(forms) as (keyof typeof forms)[]) {
      // One more than wrong ones are taken.
      const answers = await Promise.all(Array.from({ length: name === 'reset' ? 1 : 11 }, () => send(name)));
      for (const answer of answers) {
        assert.equal(answer.status, 503, `${name}: ${answer.text}`);
        assert.match(answer.text, /Too many passwords are being checked just now/);
        assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/);
      }
    }
  });
  assert.equal((await send('signIn')).status, 303);
  assert.match((await send('proof')).text, /name="seed"/);
  assert.equal((await send('change')).status, 303);
  // The link is as good as before.
  tokens['reset'] = await csrfOf(fresh, link);
  assert.equal((await send('reset')).status, 303);
});
