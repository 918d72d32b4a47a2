// Pages under a stranger's name (DNS rebinding), and the headers that every answer carries, as everybody who can ask.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { ADMIN_TOKEN, PASSWORD, addPerson, startRunning } from './support/running.ts';
import type { Running } from './support/running.ts';
import { Visitor } from './support/visitor.ts';

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

/** A request with a Host header of its own, which fetch does not send. */
function ask(
  url: string,
  headers: Readonly<Record<string, string>>,
  { method = 'GET', body = '' } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, headers }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on('data', (piece: Buffer) => pieces.push(piece));
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          text: Buffer.concat(pieces).toString(),
        }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

let running: Running;
let cookie: string;
before(async () => {
  running = await startRunning({ serverNames: ['Mayday.intern'] });
  await addPerson(running.store, { email: 'ada@example.com', role: 'admin', seesProtected: true });
  await running.store.people.createProductByHand('default', 'App');
  const visitor = new Visitor(running.url);
  await visitor.signIn('ada@example.com', PASSWORD);
  cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
});
after(() => running.stop());

describe('a stranger’s name', () => {
  const names = ['evil.example', 'evil.example:8081', 'localhost.evil.example', '127.0.0.1.evil.example'];

  for (const name of names) {
    test(`${name} gets no page, whoever asks`, async () => {
      for (const headers of [{ host: name }, { host: name, cookie }]) {
        for (const path of ['/', '/sign-in', '/people', '/nothing/here']) {
          const answer = await ask(`${running.url}${path}`, headers);
          assert.equal(answer.status, 421, path);
          assert.match(answer.text, /REPORTS_SERVER_NAMES/);
          assert.doesNotMatch(answer.text, /<input|ada@example/, path);
        }
      }
    });
  }

  test('signs nobody in, though the form has its own token and origin', async () => {
    const answer = await ask(
      `${running.url}/sign-in`,
      {
        host: 'evil.example',
        origin: 'http://evil.example',
        cookie: `mayday-form=${'a'.repeat(43)}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      {
        method: 'POST',
        body: `csrf=${'a'.repeat(43)}&action=sign-in&email=ada%40example.com&password=${encodeURIComponent(PASSWORD)}`,
      },
    );
    assert.equal(answer.status, 421);
    assert.equal(answer.headers['set-cookie'], undefined);
  });

  test('is written into the page as text', async () => {
    const answer = await ask(`${running.url}/sign-in`, { host: '<b>evil' });
    assert.ok([400, 421].includes(answer.status));
    assert.doesNotMatch(answer.text, /<b>evil/);
  });

  test('that cannot be understood is a bad request', async () => {
    assert.equal((await ask(`${running.url}/sign-in`, { host: 'a b' })).status, 400);
  });

  test('in X-Forwarded-Host changes nothing', async () => {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'x-forwarded-host': 'evil.example' };
    const answer = await ask(`${running.url}/api/0/organizations/default/chunk-upload/`, headers);
    assert.equal(answer.status, 200, answer.text);
    assert.doesNotMatch(answer.text, /evil/);
    const own = { ...headers, 'x-forwarded-host': 'mayday.intern' };
    assert.match(
      (await ask(`${running.url}/api/0/organizations/default/chunk-upload/`, own)).text,
      /mayday\.intern/,
    );
  });
});

test('names of this server and addresses get their page', async () => {
  for (const host of ['127.0.0.1', 'localhost:8081', '[::1]:8081', 'mayday.intern', 'MAYDAY.intern:80']) {
    assert.equal((await ask(`${running.url}/sign-in`, { host })).status, 200, host);
  }
});

test('a token opens the API under any name, since no page of a stranger has one', async () => {
  const headers = { host: 'crash-box', authorization: `Bearer ${ADMIN_TOKEN}` };
  assert.equal((await ask(`${running.url}/api/me`, headers)).status, 200);
  assert.equal((await ask(`${running.url}/healthz`, { host: 'crash-box' })).status, 200);
});

describe('headers', () => {
  test('of every answer say what a browser may do with it', async () => {
    const paths = [
      '/sign-in',
      '/',
      '/bugs',
      '/api/me',
      '/api/nothing',
      '/nothing',
      '/healthz',
      '/symbols/a/b/c',
    ];
    for (const headers of [{}, { cookie }]) {
      for (const path of paths) {
        const answer = await ask(`${running.url}${path}`, headers);
        const policy = String(answer.headers['content-security-policy']);
        assert.match(policy, /default-src 'none'; object-src 'none'/, path);
        assert.match(policy, /base-uri 'none'; frame-ancestors 'none'/, path);
        assert.equal(answer.headers['x-content-type-options'], 'nosniff', path);
        assert.equal(answer.headers['referrer-policy'], 'same-origin', path);
        assert.equal(answer.headers['cross-origin-opener-policy'], 'same-origin', path);
        assert.equal(answer.headers['cross-origin-resource-policy'], 'same-origin', path);
        assert.match(String(answer.headers['permissions-policy']), /camera=\(\), microphone=\(\)/, path);
        assert.equal(answer.headers['strict-transport-security'], undefined, 'not without https');
      }
    }
  });

  test('keep pages of people who are signed in out of caches', async () => {
    for (const path of ['/bugs', '/reports', '/account', '/people']) {
      const answer = await ask(`${running.url}${path}`, { cookie });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers['cache-control'], 'private, no-store', path);
    }
  });

  test('ask for https for a year, with subdomains where the host is ours alone', async () => {
    for (const [reportsUrl, expected] of [
      ['https://mayday.example.com', 'max-age=31536000; includeSubDomains'],
      ['https://www.example.com/mayday', 'max-age=31536000'],
    ] as const) {
      const secure = await startRunning({ reportsUrl });
      try {
        const answer = await ask(`${secure.url}/sign-in`, {});
        assert.equal(answer.headers['strict-transport-security'], expected);
      } finally {
        await secure.stop();
      }
    }
  });

  test('TRACE gives nothing back', async () => {
    const answer = await ask(`${running.url}/sign-in`, { 'x-secret': 'needle' }, { method: 'TRACE' });
    assert.ok(answer.status >= 400);
    assert.doesNotMatch(answer.text, /needle/);
  });
});
