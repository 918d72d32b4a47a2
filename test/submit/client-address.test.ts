// Who a client is behind proxies, and what is kept of its address.
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { addressHasher, clientAddressOf, clientKey } from '../../src/submit/client-address.ts';

function seen(trust: string, peer: string, forwarded?: string): string {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  return clientAddressOf(trust)({ headers, socket: { remoteAddress: peer } } as unknown as IncomingMessage);
}

test('without trust the peer is the client, whatever it says', () => {
  assert.equal(seen('', '10.0.0.1', '1.2.3.4'), '10.0.0.1');
  assert.equal(seen('0', '::ffff:10.0.0.1', '1.2.3.4'), '10.0.0.1');
});

test('a number of hops counts from the near side', () => {
  assert.equal(seen('1', '10.0.0.1', '6.6.6.6, 1.2.3.4'), '1.2.3.4');
  assert.equal(seen('2', '10.0.0.1', '6.6.6.6, 1.2.3.4, 10.0.0.2'), '1.2.3.4');
  assert.equal(seen('3', '10.0.0.1', '1.2.3.4'), '1.2.3.4');
  assert.equal(seen('1', '10.0.0.1'), '10.0.0.1');
});

test('a list trusts addresses and ranges; the first that is not trusted is the client', () => {
  const trust = '127.0.0.1, 10.0.0.0/8, fd00::/8';
  assert.equal(seen(trust, '10.0.0.1', '6.6.6.6, 1.2.3.4, 10.1.1.1'), '1.2.3.4');
  assert.equal(seen(trust, '11.0.0.1', '1.2.3.4'), '11.0.0.1', 'a stranger cannot choose');
  assert.equal(seen(trust, 'fd00::1', '2001:db8::7'), '2001:db8::7');
  assert.equal(seen('loopback', '::1', '[2001:DB8::7]:443'), '2001:db8::7');
  assert.equal(seen(trust, '10.0.0.1', '1.2.3.4:5678, 10.0.0.2'), '1.2.3.4');
  assert.equal(seen(trust, '10.0.0.1', 'unknown, 10.0.0.2'), '10.0.0.2', 'what is no address ends the chain');
  assert.equal(seen(trust, '10.0.0.1', `${'1.1.1.1,'.repeat(10_000)}10.0.0.2`), '1.1.1.1');
});

test('a setting that cannot be understood stops the start with a sentence', () => {
  for (const trust of ['10.0.0.0/33', 'proxy.example.com', '10.0.0.1/8/8', '::1/129']) {
    assert.throws(() => clientAddressOf(trust), /TRUST_PROXY has an entry/);
  }
});

test('the hash changes with the month and the salt, and not with the time of day', () => {
  const hash = addressHasher(Buffer.from('salt'));
  const june = Date.parse('2024-06-15T12:00:00Z');
  const one = hash('1.2.3.4', june);
  assert.match(one ?? '', /^[0-9a-f]{32}$/);
  assert.equal(hash('1.2.3.4', june + 86_400_000), one);
  assert.notEqual(hash('1.2.3.5', june), one);
  assert.notEqual(hash('1.2.3.4', Date.parse('2024-07-01T00:00:00Z')), one);
  assert.equal(hash('1.2.3.4', june), one, 'and back');
  assert.notEqual(addressHasher(Buffer.from('other'))('1.2.3.4', june), one);
  assert.equal(hash('unknown', june), null);
});

test('one IPv6 network counts as one client', () => {
  assert.equal(clientKey('1.2.3.4'), '1.2.3.4');
  assert.equal(clientKey('2001:db8:1:2:3:4:5:6'), clientKey('2001:db8:1:2::9'));
  assert.notEqual(clientKey('2001:db8:1:3::9'), clientKey('2001:db8:1:2::9'));
  assert.equal(clientKey('2001:db8::1'), '2001:db8:0:0::/64');
  assert.equal(clientKey('::1'), '0:0:0:0::/64');
});
