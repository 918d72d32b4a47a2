// What Mayday says to each tracker and makes of its answers: real requests to a local server that speaks their APIs, well and badly.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { NO_TRACKER } from '../../../src/reports/view/tracker-change.ts';
import { codeBlock, codeWords } from '../../../src/process/tickets/ticket-markup.ts';
import type { SendToTracker } from '../../../src/process/tickets/tracker-client.ts';
import { TrackerFailure } from '../../../src/process/tickets/tracker-failure.ts';
import { addressFault, trackerHttp } from '../../../src/process/tickets/tracker-http.ts';
import { trackerClient } from '../../../src/process/tickets/tracker-registry.ts';
import type { TrackerKind, TrackerSettings } from '../../../src/store/tickets.ts';
import { startLocalTracker } from './local-tracker.ts';
import type { LocalTracker } from './local-tracker.ts';

const TOKEN = 'the-secret-token';
const TEXT = {
  title: 'ZeroDivisionError | shop.cart.total',
  body: 'It crashed.',
  signature: 'shop.cart.total',
};

let tracker: LocalTracker;
before(async () => {
  tracker = await startLocalTracker();
});
after(() => tracker.close());
afterEach(() => {
  tracker.misbehave = null;
  tracker.seen.length = 0;
});

function settingsOf(kind: Exclude<TrackerKind, 'link'>): TrackerSettings {
  const at = { github: '/example/shop', gitlab: '/group/sub/shop', jira: '', bugzilla: '' }[kind];
  return {
    ...NO_TRACKER,
    kind,
    url: `${tracker.url}${at}`,
    project: kind === 'jira' ? 'SHOP' : kind === 'bugzilla' ? 'Shop' : null,
    component: kind === 'bugzilla' ? 'Cart' : null,
    labels: ['crash'],
  };
}

function connect(settings: TrackerSettings, timeoutMs = 5000) {
  const client = trackerClient(settings.kind);
  assert.ok(client);
  const http = trackerHttp({ privateHosts: [tracker.host], version: '1', timeoutMs });
  const send: SendToTracker = (request) => http(request, client.authorization(settings, TOKEN));
  return { client, send };
}

const MADE = {
  github: {
    path: '/api/v3/repos/example/shop/issues',
    header: ['authorization', `Bearer ${TOKEN}`],
    body: { title: TEXT.title, body: TEXT.body, labels: ['crash'] },
    url: (key: string) => `/example/shop/issues/${key}`,
    states: ['open', 'closed'],
  },
  gitlab: {
    path: '/api/v4/projects/group%2Fsub%2Fshop/issues',
    header: ['private-token', TOKEN],
    body: { title: TEXT.title, description: TEXT.body, labels: 'crash' },
    url: (key: string) => `/group/sub/shop/-/issues/${key}`,
    states: ['open', 'closed'],
  },
  jira: {
    path: '/rest/api/2/issue',
    header: ['authorization', `Bearer ${TOKEN}`],
    body: {
      fields: {
        project: { key: 'SHOP' },
        issuetype: { name: 'Bug' },
        summary: TEXT.title,
        description: TEXT.body,
        labels: ['crash'],
      },
    },
    url: (key: string) => `/browse/${key}`,
    states: ['To Do', 'Erledigt'],
  },
  bugzilla: {
    path: '/rest/bug',
    header: ['x-bugzilla-api-key', TOKEN],
    body: {
      product: 'Shop',
      component: 'Cart',
      version: 'unspecified',
      cf_crash_signature: '[@ shop.cart.total]',
      keywords: ['crash'],
      summary: TEXT.title,
      description: TEXT.body,
      op_sys: 'All',
      rep_platform: 'All',
    },
    url: (key: string) => `/show_bug.cgi?id=${key}`,
    states: ['NEW', 'RESOLVED FIXED'],
  },
} as const;

for (const kind of ['github', 'gitlab', 'jira', 'bugzilla'] as const) {
  test(`${kind}: a ticket is made, shown, commented, closed and opened again`, async () => {
    const settings = settingsOf(kind);
    const { client, send } = connect(settings);
    const expected = MADE[kind];
    const made = await client.create(settings, TEXT, send);
    assert.ok(made);
    // Where it is follows from the settings: an answer cannot lead people elsewhere.
    assert.equal(made.url, `${tracker.url}${expected.url(made.key)}`);
    const [request] = tracker.seen;
    assert.ok(request);
    assert.deepEqual([request.method, request.path, request.body], ['POST', expected.path, expected.body]);
    assert.equal(request.headers[expected.header[0]], expected.header[1]);
    assert.equal(request.headers['user-agent'], 'Mayday/1');
    assert.deepEqual(await client.show(settings, made.key, send), {
      state: expected.states[0],
      isClosed: false,
    });
    await client.comment(settings, made.key, 'Fixed.', send);
    await client.close(settings, made.key, send);
    assert.deepEqual(await client.show(settings, made.key, send), {
      state: expected.states[1],
      isClosed: true,
    });
    const kept = tracker.tickets.get(Number(made.key.replace('SHOP-', '')));
    assert.deepEqual([kept?.isClosed, kept?.comments], [true, ['Fixed.']]);
    assert.deepEqual(await client.commentsSince(settings, made.key, Date.now() - 60_000, send), ['Fixed.']);
    assert.deepEqual(await client.commentsSince(settings, made.key, Date.now() + 60_000, send), []);
    await client.reopen(settings, made.key, send);
    assert.deepEqual(await client.show(settings, made.key, send), {
      state: expected.states[0],
      isClosed: false,
    });
    // Its address, and its number or key, name it; that of another project does not.
    for (const text of [made.url, made.key, `${made.url}#c4`, kind === 'jira' ? made.key : `#${made.key}`])
      assert.deepEqual(client.named(settings, text), made, text);
    for (const text of [
      'https://elsewhere.example/example/shop/issues/1',
      'soon',
      '0',
      `${tracker.url}/x/y/issues/1`,
    ])
      assert.equal(client.named(settings, text), null, text);
  });
}

test('Jira Cloud takes the address of the token’s owner, and a transition by its name', async () => {
  const settings = { ...settingsOf('jira'), user: 'ann@example.org', closeTransition: 'start' };
  const { client, send } = connect(settings);
  const made = await client.create(settings, { ...TEXT, title: `a\n${'b'.repeat(400)}` }, send);
  const [request] = tracker.seen;
  const basic = Buffer.from(`ann@example.org:${TOKEN}`).toString('base64');
  assert.equal(request?.headers.authorization, `Basic ${basic}`);
  assert.equal(request?.body.fields.summary.length, 250);
  assert.ok(made);
  await client.close(settings, made.key, send);
  assert.equal(tracker.seen.at(-1)?.body.transition.id, '11');
  const other = { ...settings, closeTransition: 'Vanish' };
  await assert.rejects(client.close(other, made.key, send), /no transition "Vanish"/);
});

test('forms of trackers open filled', () => {
  const form = (kind: 'github' | 'gitlab' | 'jira' | 'bugzilla') => {
    const address = trackerClient(kind)?.form(settingsOf(kind), { ...TEXT, title: 'a & b #1' }) ?? null;
    return address === null ? null : new URL(address);
  };
  const github = form('github');
  assert.equal(github?.pathname, '/example/shop/issues/new');
  assert.deepEqual(
    [github?.searchParams.get('title'), github?.searchParams.get('body'), github?.searchParams.get('labels')],
    ['a & b #1', TEXT.body, 'crash'],
  );
  const gitlab = form('gitlab');
  assert.equal(gitlab?.pathname, '/group/sub/shop/-/issues/new');
  assert.equal(gitlab?.searchParams.get('issue[title]'), 'a & b #1');
  assert.equal(gitlab?.searchParams.get('issue[description]'), TEXT.body);
  const bugzilla = form('bugzilla');
  assert.equal(bugzilla?.pathname, '/enter_bug.cgi');
  assert.deepEqual(
    ['product', 'component', 'short_desc', 'comment', 'cf_crash_signature'].map((name) =>
      bugzilla?.searchParams.get(name),
    ),
    ['Shop', 'Cart', 'a & b #1', TEXT.body, '[@ shop.cart.total]'],
  );
  assert.equal(form('jira'), null);
});

describe('a tracker that answers badly', () => {
  const cases: readonly (readonly [string, LocalTracker['misbehave'], TrackerFailure['kind'], RegExp])[] = [
    [
      'that redirects',
      (_, response) => {
        response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
        return true;
      },
      'refused',
      /redirects are not followed/,
    ],
    [
      'that refuses',
      (_, response) => {
        response.writeHead(422).end('{"message":"Validation Failed","errors":[{"field":"title"}]}');
        return true;
      },
      'refused',
      /422: Validation Failed \[\{"field":"title"\}\]/,
    ],
    [
      'that knows no token',
      (_, response) => {
        response.writeHead(401).end('{"message":"Bad credentials"}');
        return true;
      },
      'refused',
      /the token is not accepted\): Bad credentials/,
    ],
    [
      'that says the token back',
      (request, response) => {
        response
          .writeHead(400)
          .end(JSON.stringify({ message: `header ${String(request.headers.authorization)} and ${TOKEN}` }));
        return true;
      },
      'refused',
      /header … and …$/,
    ],
    [
      'that is busy',
      (_, response) => {
        response.writeHead(429, { 'retry-after': '7' }).end();
        return true;
      },
      'away',
      /429/,
    ],
    [
      'that limits',
      (_, response) => {
        response.writeHead(403, { 'retry-after': '60' }).end('{"message":"secondary rate limit"}');
        return true;
      },
      'away',
      /403/,
    ],
    [
      'behind a gateway that gives up',
      (_, response) => {
        response.writeHead(502).end('<html>Bad Gateway</html>');
        return true;
      },
      'unknown',
      /^it answered 502$/,
    ],
    [
      'that says no JSON',
      (_, response) => {
        response.writeHead(201).end('<html>');
        return true;
      },
      'unknown',
      /no JSON/,
    ],
    [
      'that never ends',
      (_, response) => {
        response.writeHead(201);
        const timer = setInterval(() => response.write('x'.repeat(65_536)), 1);
        response.on('close', () => clearInterval(timer));
        return true;
      },
      'unknown',
      /too long/,
    ],
    ['that says nothing', () => true, 'unknown', /no whole answer in 300 ms/],
    [
      'that drips',
      (_, response) => {
        response.writeHead(201);
        const timer = setInterval(() => response.write(' '), 20);
        response.on('close', () => clearInterval(timer));
        return true;
      },
      'unknown',
      /no whole answer/,
    ],
    [
      'that hangs up',
      (_, response) => {
        response.destroy();
        return true;
      },
      'unknown',
      /socket hang up/,
    ],
  ];
  for (const [title, misbehave, kind, words] of cases) {
    test(`${title} is ${kind}`, async () => {
      tracker.misbehave = misbehave;
      const settings = settingsOf('github');
      // Where the time is not what is looked at, a busy machine has enough of it.
      const { client, send } = connect(settings, words.source.startsWith('no whole answer') ? 300 : 30_000);
      await assert.rejects(client.create(settings, TEXT, send), (error) => {
        assert.ok(error instanceof TrackerFailure);
        assert.equal(error.kind, kind);
        assert.match(error.message, words);
        assert.ok(!error.message.includes(TOKEN));
        return true;
      });
    });
  }

  test('names no ticket where its JSON is another', async () => {
    const settings = settingsOf('github');
    const { client, send } = connect(settings);
    for (const json of [
      '[]',
      'null',
      '{"number":"1"}',
      '{"number":-1}',
      '{"number":1e400}',
      '{"number":{"a":1}}',
      '"x"',
    ]) {
      tracker.misbehave = (_, response) => {
        response.writeHead(201).end(json);
        return true;
      };
      assert.equal(await client.create(settings, TEXT, send), null, json);
      assert.equal(await client.show(settings, '1', send), null, json);
    }
    const key = { ...settingsOf('jira') };
    tracker.misbehave = (_, response) => {
      response.writeHead(201).end('{"key":"../../evil"}');
      return true;
    };
    assert.equal(await trackerClient('jira')?.create(key, TEXT, connect(key).send), null);
  });

  test('that is not there surely made no ticket', async () => {
    const gone = await startLocalTracker();
    await gone.close();
    const settings = { ...settingsOf('github'), url: `${gone.url}/example/shop` };
    const http = trackerHttp({ privateHosts: [gone.host], version: '1' });
    const client = trackerClient('github');
    await assert.rejects(
      client?.create(settings, TEXT, (request) => http(request, {})) ?? Promise.resolve(),
      {
        kind: 'away',
      },
    );
  });
});

describe('a tracker that limits', () => {
  const now = Date.UTC(2026, 10, 30, 12);
  const at = (seconds: number): string => String(now / 1000 + seconds);
  const words = '{"message":"You have exceeded a secondary rate limit."}';
  // As GitHub, GitLab and Jira document it.
  const cases: readonly (readonly [
    string,
    number,
    Readonly<Record<string, string>>,
    string,
    seconds: number,
  ])[] = [
    [
      'GitHub, all used up',
      403,
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': at(900) },
      '{"message":"API rate limit exceeded for user ID 1."}',
      900,
    ],
    [
      'GitHub, all used up, as 429',
      429,
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': at(90) },
      '{}',
      90,
    ],
    ['GitHub, a secondary limit', 403, { 'retry-after': '30', 'x-ratelimit-remaining': '4990' }, words, 30],
    ['GitHub, a secondary limit that says no time', 403, { 'x-ratelimit-remaining': '4990' }, words, 60],
    [
      'GitLab',
      429,
      { 'retry-after': '45', 'ratelimit-remaining': '0', 'ratelimit-reset': at(45) },
      'Retry later',
      45,
    ],
    ['GitLab without Retry-After', 429, { 'ratelimit-reset': at(20) }, 'Retry later', 20],
    ['Jira Data Center', 429, { 'retry-after': '5', 'x-ratelimit-remaining': '0' }, '', 5],
    ['Jira Cloud', 429, { 'x-ratelimit-reset': '2026-11-30T12:02Z' }, '{}', 120],
    ['a gateway', 429, { 'retry-after': new Date(now + 40_000).toUTCString() }, '', 40],
    [
      'one whose clock is wrong',
      403,
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': at(-900) },
      '{}',
      60,
    ],
    ['one that asks for days', 429, { 'retry-after': '999999' }, '', 6 * 3600],
  ];
  for (const [title, status, headers, body, seconds] of cases) {
    test(`(${title}) did nothing, is left alone for as long as it says, and is asked again then`, async () => {
      const clock = { now };
      const settings = settingsOf('github');
      const client = trackerClient('github');
      assert.ok(client);
      const http = trackerHttp({ privateHosts: [tracker.host], version: '1', now: () => clock.now });
      const authorization = client.authorization(settings, TOKEN);
      tracker.misbehave = (_, response) => {
        response.writeHead(status, headers).end(body);
        return true;
      };
      const show = (given = authorization) =>
        http({ method: 'GET', url: `${tracker.url}/api/v3/repos/example/shop/issues/1` }, given);
      const create = () => client.create(settings, TEXT, (request) => http(request, authorization));
      const failsWith = (left: number) => (error: unknown) => {
        assert.ok(error instanceof TrackerFailure);
        assert.deepEqual([error.kind, error.retryAfterMs], ['away', left * 1000]);
        return true;
      };
      await assert.rejects(create(), failsWith(seconds));
      tracker.misbehave = null;
      clock.now += 1000;
      await assert.rejects(show(), failsWith(seconds - 1));
      await assert.rejects(show(), /asked not to be asked again before \d\d:\d\d UTC/);
      assert.equal(tracker.seen.length, 1);
      // The limit is one of the token.
      await show({ authorization: 'Bearer other' });
      clock.now += seconds * 1000;
      await show();
      assert.equal(tracker.seen.length, 3);
    });
  }

  test('is told from one that forbids', async () => {
    tracker.misbehave = (_, response) => {
      response
        .writeHead(403, { 'x-ratelimit-remaining': '4999', 'x-ratelimit-reset': at(900) })
        .end('{"message":"Resource not accessible by personal access token"}');
      return true;
    };
    const settings = settingsOf('github');
    const { client, send } = connect(settings);
    await assert.rejects(client.create(settings, TEXT, send), { kind: 'refused', retryAfterMs: null });
    tracker.misbehave = null;
    await client.create(settings, TEXT, send);
  });
});

describe('addresses', () => {
  test('of private networks are refused unless the operator names the host', async () => {
    const cases = [
      'http://127.0.0.1:1/a/b',
      'https://10.1.2.3/a/b',
      'https://[::1]/a/b',
      'https://169.254.169.254/a/b',
    ];
    for (const url of cases) assert.match(addressFault(new URL(url), []) ?? '', /TRACKER_PRIVATE_HOSTS/, url);
    assert.match(addressFault(new URL('http://tracker.example/'), []) ?? '', /by http/);
    assert.match(addressFault(new URL('ftp://tracker.example/'), []) ?? '', /neither http nor https/);
    assert.equal(addressFault(new URL('https://tracker.example/'), []), null);
    assert.equal(addressFault(new URL('http://10.1.2.3:8080/a'), ['10.1.2.3:8080']), null);
    assert.equal(addressFault(new URL('http://jira.intranet.example/a'), ['jira.intranet.example']), null);
    assert.notEqual(addressFault(new URL('http://10.1.2.3:9090/a'), ['10.1.2.3:8080']), null);
    // A name that leads to a private address is found out when it is connected to.
    const http = trackerHttp({ privateHosts: [], version: '1' });
    const request = { method: 'GET', url: `https://localhost:${new URL(tracker.url).port}/` } as const;
    await assert.rejects(http(request, {}), (error) => {
      assert.ok(error instanceof TrackerFailure);
      assert.equal(error.kind, 'refused');
      assert.match(error.message, /private address/);
      return true;
    });
    assert.deepEqual(tracker.seen, []);
  });
});

describe('words of clients', () => {
  test('end no code block early, and call nobody', () => {
    assert.equal(codeBlock('a\n```\n@all #1', 'markdown'), '````\na\n```\n@all #1\n````');
    assert.equal(codeBlock('a {code} [~ann] {CODE:x}', 'jira'), '{code}\na { code} [~ann] { CODE:x}\n{code}');
    assert.equal(codeBlock('a\u0000b\u001B[31m', 'plain'), 'a b [31m');
    assert.equal(codeWords('`@all`', 'markdown'), '`` `@all` ``');
    assert.equal(codeWords('[~ann] {x}\nb', 'jira'), '\\[\\~ann\\] \\{x\\} b');
  });
});
