// What CGI variables say of a request.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { interpretCgi } from '../../../src/process/crashkit/cgi.ts';

const urlOf = (variables: Readonly<Record<string, string>>): string | undefined =>
  interpretCgi(variables)?.request.find(({ key }) => key === 'url')?.value;

describe('the address of a request', () => {
  const server = { HTTP_HOST: 'shop.example', SERVER_PORT: '80' };
  for (const [name, variables, url] of [
    [
      'is script and path',
      { SCRIPT_NAME: '/cgi-bin/shop', PATH_INFO: '/cart' },
      'http://shop.example/cgi-bin/shop/cart',
    ],
    ['is the script where no path is left', { SCRIPT_NAME: '/index.php' }, 'http://shop.example/index.php'],
    [
      'is the path of an application at the root',
      { SCRIPT_NAME: '', PATH_INFO: '/cart' },
      'http://shop.example/cart',
    ],
    [
      'is what was asked for',
      { REQUEST_URI: '/a%20b?x=1', SCRIPT_NAME: '/i.php', QUERY_STRING: 'x=1' },
      'http://shop.example/a%20b?x=1',
    ],
    ['was asked for in absolute form', { REQUEST_URI: 'http://shop.example/a' }, 'http://shop.example/a'],
  ] as const)
    it(name, () => assert.equal(urlOf({ ...server, ...variables }), url));
});

it('the path that names a bug is PATH_INFO', () => {
  assert.equal(interpretCgi({ SCRIPT_NAME: '/app', PATH_INFO: '/cart' })?.path, '/cart');
});
