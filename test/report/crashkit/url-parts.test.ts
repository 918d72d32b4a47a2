import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { urlParts } from '../../../src/report/crashkit/url-parts.ts';

describe('the parts of a URL', () => {
  it('are found for an absolute one', () => {
    assert.deepEqual(urlParts('https://u:p@Example.org:8443/a/b.js?q=1&r=?2#frag'), {
      path: '/a/b.js',
      host: 'example.org',
      port: '8443',
      query: 'q=1&r=?2',
    });
  });

  it('are found for one without a path, a relative one and one of another scheme', () => {
    assert.equal(urlParts('http://h').host, 'h');
    assert.equal(urlParts('http://h?q').query, 'q');
    assert.equal(urlParts('app.js?v=2').path, 'app.js');
    assert.equal(urlParts('http://[::1]:80/x').host, '::1');
    assert.equal(urlParts('file:///C:/a.html').path, '/C:/a.html');
  });

  it('exist for any text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(':', '/', '?', '#', '@', 'a', '[', ']', '1') }),
        (text) => {
          const { path, host, port, query } = urlParts(text);
          assert.ok(path.length + host.length + port.length + query.length <= text.length);
        },
      ),
    );
  });
});
