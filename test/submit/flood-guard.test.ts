// Reports beyond the allowance of a client network, while space is short.
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { FloodGuard, networkOf } from '../../src/submit/flood-guard.ts';
import { dump, postForm, withServer } from './harness.ts';

function requestFrom(peer: string, headers: Record<string, string> = {}): IncomingMessage {
  return { headers, socket: { remoteAddress: peer } } as unknown as IncomingMessage;
}

function guard(perMinute = 3) {
  const clock = { now: 960_000 };
  const told: (readonly [string, number])[] = [];
  const flood = new FloodGuard({
    perMinute,
    now: () => clock.now,
    tell: ({ product }, reports) => told.push([product, reports]),
  });
  const send = (
    address: string,
    more: { product?: string; short?: boolean; request?: IncomingMessage } = {},
  ) =>
    flood.isFlood({
      address,
      request: requestFrom(address),
      account: 'default',
      product: 'P',
      short: true,
      ...more,
    });
  return { clock, told, send };
}

test('a network may send its allowance of each product, and gets it back with time', () => {
  const { clock, told, send } = guard();
  assert.deepEqual(
    [1, 2, 3, 4, 5].map((n) => send(`203.0.113.${n}`)),
    [false, false, false, true, true],
  );
  assert.equal(send('203.0.113.9', { product: 'Other' }), false);
  assert.equal(send('203.0.114.1'), false);
  clock.now += 20_000;
  assert.equal(send('203.0.113.1'), false);
  assert.equal(send('203.0.113.1'), true);
  clock.now += 60_000;
  assert.equal(send('203.0.113.1'), false);
  assert.deepEqual(told, [['P', 3]]);
});

test('nothing is lost while there is room, nor of this machine, nor behind a proxy that nobody explained', () => {
  const { send } = guard(1);
  const many = (more: Parameters<typeof send>[1], address: string) =>
    Array.from({ length: 20 }, () => send(address, more)).some(Boolean);
  assert.equal(many({ short: false }, '198.51.100.1'), false);
  assert.equal(many({}, '127.0.0.1'), false);
  assert.equal(many({}, '::1'), false);
  assert.equal(many({}, 'unknown'), false);
  const proxy = requestFrom('10.0.0.7', { 'x-forwarded-for': '198.51.100.2' });
  assert.equal(many({ request: proxy }, '10.0.0.7'), false);
  // A stranger cannot make itself a proxy.
  const stranger = requestFrom('198.51.100.3', { 'x-forwarded-for': '1.2.3.4' });
  assert.equal(many({ request: stranger }, '198.51.100.3'), true);
});

test('a network is a /24 or a /64', () => {
  assert.equal(networkOf('203.0.113.77'), '203.0.113');
  assert.equal(networkOf('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2');
  assert.equal(networkOf('2001:db8::6'), networkOf('2001:db8::ffff:1'));
});

test('reports beyond it are answered as discarded and are not stored', () =>
  withServer({ floodPerMinute: 2, trustProxy: 'loopback' }, async (server) => {
    server.store.state.short = true;
    const answers: string[] = [];
    for (let at = 0; at < 4; at += 1) {
      const headers = { 'x-forwarded-for': '203.0.113.5' };
      const parts = [{ name: 'ProductName', value: 'P' }, dump(`MDMP ${at}`)];
      const { status, text } = await postForm(server, parts, { headers });
      assert.equal(status, 200);
      answers.push(text.startsWith('CrashID=') ? 'kept' : text.trim());
    }
    assert.deepEqual(answers, ['kept', 'kept', 'Discarded=rule_flood', 'Discarded=rule_flood']);
    assert.equal(server.store.reports.length, 2);
    assert.equal(server.store.openDrafts, 0);
  }));
