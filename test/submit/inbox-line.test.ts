// What the inbox and the log keep of a request.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inboxHeaders, inboxPath } from '../../src/submit/inbox-line.ts';

test('upload keys, client cookies and test tokens are not in the path, however many slashes there are', () => {
  for (const [target, shown] of [
    ['/submit', '/submit'],
    ['/submit?product=A&key=K3y&version=1', '/submit?product=A&key=(withheld)&version=1'],
    ['/submit?%45mail=alice%40example.com&b=1', '/submit?%45mail=(withheld)&b=1'],
    ['/submit/K3y', '/submit/(key)'],
    ['//submit/K3y', '/submit/(key)'],
    ['/submit//K3y', '/submit/(key)'],
    ['http://host.example/submit/K3y?guid=1', '/submit/(key)?guid=1'],
    ['/a/products/p/post-report/7/K3y', '/a/products/p/post-report/7/(cookie)'],
    ['/p/post-report/7//K3y/', '/p/post-report/7/(cookie)/'],
    ['/p/post-report//7/K3y', '/p/post-report/7/(cookie)'],
    ['/a/products/p/post-blob/7/K3y/abc', '/a/products/p/post-blob/7/(cookie)/abc'],
    ['/api/1/a/products/p/reports?token=K3y', '/api/1/a/products/p/reports?token=(withheld)'],
  ] as const) {
    assert.equal(inboxPath(target, new Set(['Email'])), shown);
  }
});

test('headers tell how a report was sent; of those that may hold an address or a secret only the name is kept', () => {
  const open = {
    host: 'crashes.example',
    'user-agent': 'Crashpad/0.8.0',
    'content-type': 'multipart/form-data; boundary=b',
    'content-encoding': 'gzip',
    'transfer-encoding': 'chunked',
    expect: '100-continue',
    origin: 'https://page.example',
  };
  const hidden = [
    ...['authorization', 'proxy-authorization', 'cookie', 'x-api-key', 'x-auth-token', 'referer'],
    ...['x-forwarded-for', 'forwarded', 'x-real-ip', 'cf-connecting-ip', 'fly-client-ip', 'x-azure-clientip'],
    ...['x-original-forwarded-for', 'x-cluster-client-ip', 'via'],
  ];
  const kept = inboxHeaders({
    ...open,
    ...Object.fromEntries(hidden.map((name) => [name, 'secret or 192.0.2.7'])),
  });
  assert.deepEqual(kept, { ...open, ...Object.fromEntries(hidden.map((name) => [name, '(withheld)'])) });
});
