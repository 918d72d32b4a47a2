// Paths of all protocols side by side.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRouter } from '../../src/submit/router.ts';
import { ADAPTERS } from '../../src/wire/adapter-registry.ts';

const router = createRouter(ADAPTERS);
const found = (path: string) => {
  const match = router(path);
  return match === null ? null : [match.place.adapter.name, { ...match.params }];
};

test('every protocol has its paths, and none those of another', () => {
  const id = 'a'.repeat(64);
  assert.deepEqual(found('/submit'), ['crashpad', {}]);
  assert.deepEqual(found('/submit/k'), ['crashpad', { key: 'k' }]);
  assert.deepEqual(found('/a/products/p/obtain-client-id'), ['crashkit', { account: 'a', product: 'p' }]);
  assert.deepEqual(found('/api/products/p/obtain-client-id'), ['crashkit', { account: 'api', product: 'p' }]);
  assert.deepEqual(found('/a/products/p/post-report/1/c'), [
    'crashkit',
    { account: 'a', product: 'p', client: '1', cookie: 'c' },
  ]);
  assert.deepEqual(found('/p/obtain-client-id'), ['crashkit', { product: 'p' }]);
  assert.deepEqual(found('/p/post-report/1/c'), ['crashkit', { product: 'p', client: '1', cookie: 'c' }]);
  assert.deepEqual(found('/api/1/a/products/p/reports'), ['crashkit1', { account: 'a', product: 'p' }]);
  assert.deepEqual(found(`/newcrash/${id}`), ['syncthing', { sha256: id }]);
  assert.deepEqual(found('/newcrash/failure'), ['syncthing', {}]);
  assert.deepEqual(found('/__version__'), ['health', {}]);
});

test('the endpoints of Sentry’s clients and the paths of CrashKit 1.0 never collide', () => {
  for (const endpoint of ['envelope', 'store', 'minidump', 'security', 'csp-report', 'nel']) {
    assert.deepEqual(found(`/api/1/${endpoint}/`), ['sentry', { id: '1' }]);
    assert.deepEqual(found(`/api/1/${endpoint}/products/p/reports`), [
      'crashkit1',
      { account: endpoint, product: 'p' },
    ]);
  }
  assert.deepEqual(found('/api/1/unreal/products/'), ['sentry', { id: '1', key: 'products' }]);
});

test('what later protocols will use is free', () => {
  for (const path of [
    '/api/0/',
    '/api/0/organizations/acme/chunk-upload/',
    '/api/1/a/products/p/other',
    '/',
  ]) {
    assert.equal(found(path), null, path);
  }
});

test('names are decoded; one that is empty does not count as one', () => {
  assert.deepEqual(found('/a/products/p%20q/obtain-client-id'), [
    'crashkit',
    { account: 'a', product: 'p q' },
  ]);
  assert.deepEqual(found('/a/products/p%2Fq/obtain-client-id'), [
    'crashkit',
    { account: 'a', product: 'p/q' },
  ]);
  assert.equal(found('/a/products//obtain-client-id'), null);
  assert.throws(() => router('/%zz'), /bad_request/);
});

test('names that mean something in JavaScript are names like others', () => {
  assert.deepEqual(found('/constructor/obtain-client-id'), ['crashkit', { product: 'constructor' }]);
  assert.equal(found('/__proto__'), null);
});
