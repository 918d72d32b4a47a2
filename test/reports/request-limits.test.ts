// How often one may ask, as everybody: nobody, a person, a token, wrong tokens, from one network and from many.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { RequestRate } from '../../src/reports/request-rate.ts';
import { eventually } from './support/eventually.ts';
import { ADMIN_TOKEN, PASSWORD, addPerson, addToken, startRunning } from './support/running.ts';
import type { Running } from './support/running.ts';
import { Visitor } from './support/visitor.ts';

const PER_MINUTE = 5;

let running: Running;
let token: string;
let people = 0;
before(async () => {
  running = await startRunning({ requestsPerMinute: PER_MINUTE, trustProxy: 'loopback' });
  const ada = await addPerson(running.store, { email: 'ada@example.com', role: 'admin' });
  token = await addToken(running.store, ada);
});
after(() => running.stop());

/** Addresses that no other test uses. */
const address = (): string => `198.51.100.${(people += 1)}`;

async function statuses(
  times: number,
  path: string,
  headersOf: (at: number) => Readonly<Record<string, string>>,
): Promise<readonly Response[]> {
  const answers: Response[] = [];
  for (let at = 0; at < times; at += 1) {
    answers.push(await fetch(`${running.url}${path}`, { headers: headersOf(at), redirect: 'manual' }));
  }
  return answers;
}

function lastOf(answers: readonly Response[]): Response {
  const last = answers.at(-1);
  assert.ok(last !== undefined);
  return last;
}

const refused = (answers: readonly Response[]): number =>
  answers.filter(({ status }) => status === 429).length;

describe('requests of the reports server', () => {
  before(() => (running.now.value = Date.now()));
  after(() => (running.now.value = null));

  test('of one token are limited from wherever they come, and say when to come again', async () => {
    const answers = await statuses(PER_MINUTE + 2, '/api/me', () => ({
      authorization: `Bearer ${token}`,
      'x-forwarded-for': address(),
    }));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [...Array.from({ length: PER_MINUTE }, () => 200), 429, 429],
    );
    const last = lastOf(answers);
    assert.equal(last.headers.get('retry-after'), '12');
    assert.equal(((await last.json()) as { error: { code: string } }).error.code, 'too_many_requests');
    // Another token is not held by it.
    const other = await statuses(1, '/api/me', () => ({
      authorization: `Bearer ${ADMIN_TOKEN}`,
      'x-forwarded-for': address(),
    }));
    assert.equal(refused(other), 0);
    running.now.value = (running.now.value ?? 0) + 12_000;
    const later = await statuses(2, '/api/me', () => ({
      authorization: `Bearer ${token}`,
      'x-forwarded-for': address(),
    }));
    assert.deepEqual(
      later.map(({ status }) => status),
      [200, 429],
    );
  });

  test('of one sign-in are limited, with a page', async () => {
    const from = { 'x-forwarded-for': address() };
    const visitor = new Visitor(running.url);
    const page = await visitor.get('/sign-in', from);
    const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
    await visitor.post(
      '/sign-in',
      { csrf, action: 'sign-in', email: 'ada@example.com', password: PASSWORD },
      from,
    );
    const answers = [];
    for (let at = 0; at <= PER_MINUTE; at += 1) answers.push(await visitor.get('/account', from));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [...Array.from({ length: PER_MINUTE }, () => 200), 429],
    );
    assert.match(answers.at(-1)?.text ?? '', /asked too often.*Try again in 12 s/);
    assert.doesNotMatch(answers.at(-1)?.text ?? '', /ada@example/);
  });

  test('of one network are limited, whatever they bring along', async () => {
    const from = address();
    const answers = await statuses(PER_MINUTE * 10 + 3, '/api/me', (at) => ({
      authorization: `Bearer mayday_${at}`,
      'x-forwarded-for': from,
    }));
    assert.equal(refused(answers), 3);
    assert.equal(answers.filter(({ status }) => status === 401).length, PER_MINUTE * 10);
    const open = await statuses(2, '/sign-in', () => ({ 'x-forwarded-for': from }));
    assert.equal(refused(open), 2, 'also pages for anyone');
    assert.equal(refused(await statuses(1, '/sign-in', () => ({ 'x-forwarded-for': address() }))), 0);
    // All addresses of a /64 are one network.
    const v6 = await statuses(PER_MINUTE * 10 + 1, '/sign-in', (at) => ({
      'x-forwarded-for': `2001:db8:9:9::${(at + 1).toString(16)}`,
    }));
    assert.equal(refused(v6), 1);
    assert.equal(refused(await statuses(3, '/healthz', () => ({ 'x-forwarded-for': from }))), 0);
  });

  test('of tools get an answer that the tools print', async () => {
    const headers = { 'auth-token': 'mayday_tool', 'x-forwarded-for': address() };
    const answers = await statuses(PER_MINUTE + 1, '/api/0/', () => headers);
    assert.equal(lastOf(answers).status, 429);
    assert.match(((await lastOf(answers).json()) as { detail: string }).detail, /Try again in/);
  });

  test('with a body are refused in a way that its sender can read', async () => {
    const headers = { 'auth-token': 'mayday_sender', 'x-forwarded-for': address() };
    await statuses(PER_MINUTE, '/api/0/', () => headers);
    const answer = await fetch(`${running.url}/upload/`, {
      method: 'POST',
      headers,
      body: new Uint8Array(4 * 1024 * 1024),
    });
    assert.equal(answer.status, 429);
    assert.match(await answer.text(), /asked too often/);
  });

  test('of this machine are not limited', async () => {
    const answers = await statuses(PER_MINUTE * 2, '/api/me', () => ({ authorization: `Bearer ${token}` }));
    assert.equal(refused(answers), 0);
  });

  test('are counted where they were refused, by whose limit', async () => {
    const text = await (await fetch(`${running.url}/metrics`)).text();
    assert.match(text, /mayday_limited_requests_total\{of="sign_in"\} [1-9]/);
    assert.match(text, /mayday_limited_requests_total\{of="network"\} [1-9]/);
  });
});

test('without a limit nobody is refused', async () => {
  const free = await startRunning({ requestsPerMinute: 0, trustProxy: 'loopback' });
  try {
    for (let at = 0; at < 20; at += 1) {
      const answer = await fetch(`${free.url}/sign-in`, { headers: { 'x-forwarded-for': '198.51.100.1' } });
      assert.equal(answer.status, 200);
    }
  } finally {
    await free.stop();
  }
});

test('a rate fills steadily, never beyond a minute’s worth, and forgets who was there longest ago', () => {
  let now = 0;
  const rate = new RequestRate({ perMinute: 60, now: () => now, maxKeys: 3 });
  for (let at = 0; at < 60; at += 1) assert.equal(rate.take('a'), 0);
  assert.equal(rate.take('a'), 1000);
  now = 500;
  assert.equal(rate.take('a'), 500);
  now = 1000;
  assert.equal(rate.take('a'), 0);
  assert.equal(rate.take('a'), 1000);
  now = 3_600_000;
  for (let at = 0; at < 60; at += 1) assert.equal(rate.take('a'), 0);
  assert.equal(rate.take('a'), 1000);
  // A clock that goes back gives nothing away.
  now = 0;
  assert.ok(rate.take('a') > 0);
  for (const key of ['b', 'c', 'd', 'e']) assert.equal(rate.take(key), 0);
  assert.equal(rate.size, 3);
});

test('connections beyond MAX_CONNECTIONS are closed, and there is room again when one ends', async () => {
  const full = await startRunning({ maxConnections: 3 });
  const { port } = new URL(full.url);
  const open = () => connect({ host: '127.0.0.1', port: Number(port) });
  /** Whoever sends the beginning of a form and then nothing. */
  const slow = [open(), open(), open()];
  try {
    for (const socket of slow) {
      await once(socket, 'connect');
      socket.write('POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\na');
    }
    const late = open();
    late.resume();
    await once(late, 'close');
    assert.equal(late.bytesRead, 0);
    slow[0]?.destroy();
    await eventually(async () => (await fetch(`${full.url}/healthz`).catch(() => null))?.status === 200);
  } finally {
    for (const socket of slow) socket.destroy();
    await full.stop();
  }
});
