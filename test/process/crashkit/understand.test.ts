import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { packageFilter } from '../../../src/report/crashkit/packages.ts';
import type { CrashKitOccurrence, SectionId } from '../../../src/process/crashkit/understood-occurrence.ts';
import { understandBody, understandPayload } from '../../../src/process/crashkit/understand.ts';

function one(item: Record<string, unknown>, list?: string): CrashKitOccurrence {
  const sent = { exceptions: [{ name: 'E', locations: [{ package: 'a', line: 1 }] }], ...item };
  const { occurrences, problems } = understandPayload(
    [sent],
    list === undefined ? {} : { interesting: packageFilter(list) },
  );
  assert.deepEqual(problems, []);
  assert.ok(occurrences[0] !== undefined);
  return occurrences[0];
}

function report(item: Record<string, unknown>): CrashKitOccurrence {
  const { exceptions: _none, ...rest } = {
    stacktrace: [{ kind: 'E', locations: [{ module: 'm', method: 'f', line: 2 }] }],
    ...item,
    exceptions: null,
  };
  const { occurrences } = understandPayload(rest);
  assert.ok(occurrences[0] !== undefined);
  return occurrences[0];
}

function entries(occurrence: CrashKitOccurrence, id: SectionId): readonly (readonly [string, string])[] {
  const found = occurrence.sections.find((candidate) => candidate.id === id)?.entries ?? [];
  return found.map(({ key, value }) => [key, value]);
}

function section(occurrence: CrashKitOccurrence, id: SectionId): Record<string, string> {
  return Object.fromEntries(entries(occurrence, id));
}

describe('an occurrence of the current API', () => {
  it('has defaults where the client says nothing', () => {
    const { severity, role, count, date, context, language } = one({});
    assert.deepEqual(
      { severity, role, count, date, context, language },
      { severity: 'normal', role: 'customer', count: 1, date: null, context: 'unknown', language: 'unknown' },
    );
  });

  it('keeps severity, role, count, date and context', () => {
    const occurrence = one({
      severity: 'major',
      role: 'tester',
      count: '3',
      date: '2026-01-31',
      userActionOrScreenNameOrBackgroundProcess: 'Saving',
    });
    const { severity, role, count, date, context } = occurrence;
    assert.deepEqual([severity, role, count, date, context], ['major', 'tester', 3, '2026-01-31', 'Saving']);
  });

  it('notes a date and a count that make no sense', () => {
    const { date, count, notes } = one({ date: '2026-02-30', count: -4 });
    assert.deepEqual([date, count], [null, 1]);
    assert.deepEqual(notes, [
      'date: is not a date in the form YYYY-MM-DD; the day of arrival counts',
      'count: is not a whole number from 1 to 1000000; 1 was taken',
    ]);
  });

  it('takes the empty arrays of PHP for empty objects', () => {
    assert.deepEqual([one({ data: [], env: [] }).data, one({ data: [], env: [] }).env], [{}, {}]);
  });

  // Holds: ck-prefixes, ck1-request
  it('shows GET, POST, cookie and session variables each in a section of their own', () => {
    const occurrence = one({
      data: { G_q: 'x', P_name: 'n', C_sess: 's', S_user: 'u', other: 1, G_: 'bare' },
    });
    assert.deepEqual(section(occurrence, 'get'), { q: 'x' });
    assert.deepEqual(section(occurrence, 'post'), { name: 'n' });
    assert.deepEqual(section(occurrence, 'cookies'), { sess: 's' });
    assert.deepEqual(section(occurrence, 'session'), { user: 'u' });
    assert.deepEqual(section(occurrence, 'data'), { other: '1', G_: 'bare' });
  });

  // Holds: ck-env, ck1-env
  it('reads CGI variables in its environment, without overriding the client', () => {
    const occurrence = one({
      env: {
        PATH_INFO: '/vote/',
        QUERY_STRING: 'a=1&b=x%20y&b=z',
        HTTP_HOST: 'h:8000',
        SERVER_PORT: '8000',
        HTTP_COOKIE: 'k=v; w=%41',
        REQUEST_METHOD: 'POST',
      },
      data: { G_a: 'mine' },
    });
    assert.equal(occurrence.requestPath, '/vote/');
    assert.deepEqual(section(occurrence, 'get'), { a: 'mine', b: '[x y, z]' });
    assert.deepEqual(section(occurrence, 'cookies'), { k: 'v', w: 'A' });
    assert.equal(section(occurrence, 'request')['url'], 'http://h:8000/vote/?a=1&b=x%20y&b=z');
    assert.equal(section(occurrence, 'request')['method'], 'POST');
  });

  it('finds its blobs', () => {
    assert.deepEqual(one({ data: { log: 'blob:22ab', deep: { a: ['blob:33cd', 'no blob:1'] } } }).blobs, [
      { path: 'data.log', hash: '22ab' },
      { path: 'data.deep.a.0', hash: '33cd' },
    ]);
  });

  it('follows the uninteresting packages of its product', () => {
    const exceptions = [
      {
        name: 'E',
        locations: [
          { package: 'org.lib', line: 1 },
          { package: 'com.mine', line: 2 },
        ],
      },
    ];
    assert.equal(one({ exceptions }).signature, 'E: org.lib:1');
    assert.equal(one({ exceptions }, 'org').signature, 'E: com.mine:2');
  });

  // Holds: ck-array
  it('is of one case with another that differs in messages and data only', () => {
    const with1 = one({ exceptions: [{ name: 'E', message: 'one', locations: [] }], data: { a: 1 } });
    const with2 = one({ exceptions: [{ name: 'E', message: 'two', locations: [] }] });
    assert.equal(with1.caseKey, with2.caseKey);
    assert.notEqual(with1.occurrenceKey, with2.occurrenceKey);
    assert.notEqual(
      with1.caseKey,
      one({ exceptions: [{ name: 'E', locations: [] }], severity: 'major' }).caseKey,
    );
  });

  it('of the browser tells browser, system, page and query', () => {
    const { env, data } = one({
      language: 'javascript',
      env: {
        user_agent: 'Mozilla/5.0 (Macintosh) AppleWebKit/605 Version/17.4 Safari/605',
        vendor: 'Apple Computer, Inc.',
        platform: 'MacIntel',
        opera: false,
      },
      data: {
        url: 'https://Shop.example:8443/cart.html?item=a+b&item=%D1%84&empty=',
        cookie: 'secret=1',
        mine: 2,
      },
    });
    assert.deepEqual(data, { mine: '2', G_item: '[a b, ф]' });
    assert.deepEqual(
      [env['browser'], env['os_name'], env['PATH_INFO'], env['HTTP_HOST'], env['SERVER_PORT']],
      ['Safari 17', 'Mac OS X', '/cart.html', 'shop.example', '8443'],
    );
    assert.ok(!('vendor' in env) && !('opera' in env));
  });
});

describe('a report of the 1.0 API', () => {
  // Holds: ck1-categories, ck1-host, ck1-user-rest, ck1-account, ck1-account-rest, ck1-version
  // Holds: ck1-configuration, ck1-request
  it('keeps host, user, account, version and configuration in sections', () => {
    const occurrence = report({
      'host.id': 'h1',
      user: { id: 'u1', tags: ['paid', 'beta'] },
      account: { name: 'Acme' },
      version: { number: '1.0rc2' },
      'configuration.port': 8080,
      request: { G_q: 'x', action: 'vote' },
    });
    assert.deepEqual([occurrence.hostId, occurrence.userId, occurrence.version], ['h1', 'u1', '1.0rc2']);
    assert.deepEqual(entries(occurrence, 'user'), [
      ['id', 'u1'],
      ['kind', 'person'],
      ['tags', 'paid'],
      ['tags', 'beta'],
    ]);
    assert.deepEqual(section(occurrence, 'configuration'), { port: '8080' });
    assert.deepEqual(section(occurrence, 'get'), { q: 'x' });
    assert.deepEqual(section(occurrence, 'request'), { action: 'vote' });
  });

  // Holds: ck1-user-id
  it('tells anonymous users from people', () => {
    const occurrence = report({ user: { id: 'anonymous-17' } });
    assert.deepEqual([occurrence.userId, occurrence.userIsAnonymous], [null, true]);
    assert.deepEqual(section(occurrence, 'user'), { id: 'anonymous-17', kind: 'anonymous' });
    assert.deepEqual(section(report({ user: { id: 'u1', kind: 'robot' } }), 'user'), {
      id: 'u1',
      kind: 'robot',
    });
    assert.deepEqual(section(report({ user: { plan: 'gold' } }), 'user'), { plan: 'gold' });
  });

  // Holds: ck1-user-tags, ck1-account-tags
  it('has each tag as a value of its own, however tags were sent', () => {
    const tags = (sent: unknown): unknown => entries(report({ account: { tags: sent } }), 'account');
    assert.deepEqual(tags(['a', 'b', 'a', '', 7, null, ['x']]), [
      ['tags', 'a'],
      ['tags', 'b'],
      ['tags', '7'],
    ]);
    assert.deepEqual(tags('gold'), [['tags', 'gold']]);
    assert.deepEqual(tags({ a: 1 }), []);
    assert.equal((tags(Array.from({ length: 500 }, (_, n) => `t${n}`)) as unknown[]).length, 100);
  });

  // Holds: ck1-variables
  it('interprets raw CGI variables', () => {
    const occurrence = report({
      'environment.variables': { REQUEST_URI: '/a?x=1', HTTP_HOST: 'h', HTTPS: 'on', LANG: 'C' },
    });
    assert.equal(occurrence.requestPath, '/a');
    assert.deepEqual(section(occurrence, 'get'), { x: '1' });
    assert.equal(section(occurrence, 'request')['url'], 'https://h/a');
    assert.equal(section(occurrence, 'variables')['LANG'], 'C');
  });

  it('has no request where the variables are those of a plain program', () => {
    assert.equal(report({ environment: { variables: { PATH: '/bin', LANG: 'C' } } }).requestPath, null);
  });

  it('is named by what ownership says is the application', () => {
    const { signature, definitive } = report({
      stacktrace: [
        {
          kind: 'E',
          locations: [
            { module: 're', method: 'match', line: 1 },
            { module: 'mine.views', method: 'vote', line: 2 },
          ],
        },
      ],
      ownership: { modules: [{ module_prefix: 'mine', kind: 'application' }] },
    });
    assert.equal(signature, 'E: mine.views.vote:2');
    assert.equal(definitive.because, 'it is the first location of the application');
  });
});

describe('a payload', () => {
  it('that is not JSON says so', () => {
    const { occurrences, problems } = understandBody('{"a":');
    assert.deepEqual(occurrences, []);
    assert.match(problems[0] ?? '', /^the payload is not JSON: /);
  });

  it('keeps what it can of a mixed array', () => {
    const { occurrences, problems } = understandPayload([
      4,
      {},
      { exceptions: [{ name: 'E', locations: [] }] },
      { exceptions: [] },
    ]);
    assert.equal(occurrences.length, 1);
    assert.deepEqual(problems, [
      'occurrence 1 is not an object',
      'occurrence 2 holds no exception',
      'occurrence 4 holds no exception',
    ]);
  });

  // Holds: ck-array
  it('may hold two occurrences of one bug', () => {
    const item = { exceptions: [{ name: 'E', locations: [{ package: 'a' }] }] };
    const { occurrences } = understandPayload([item, item]);
    assert.equal(occurrences.length, 2);
    assert.equal(occurrences[0]?.bugKey, occurrences[1]?.bugKey);
  });

  it('may use any alphabet', () => {
    const { occurrences } = understandPayload([
      { exceptions: [{ name: 'Ошибка', message: '⚡', locations: [{ method: 'größe', line: 3 }] }] },
    ]);
    assert.equal(occurrences[0]?.signature, 'Ошибка: größe:3');
  });

  it('of any JSON value is understood within bounds', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.constantFrom(
          'data',
          'env',
          'user',
          'environment',
          'version',
          'exceptions',
          'severity',
          'date',
          'count',
          'role',
        ),
        (value, key) => {
          understandPayload(value);
          const { occurrences } = understandPayload([
            { language: 'javascript', exceptions: [{ name: 'E', locations: value }], [key]: value },
          ]);
          for (const occurrence of occurrences) {
            assert.ok(occurrence.signature.length > 0 && occurrence.signature.length <= 300);
            assert.match(occurrence.bugKey, /^L[0-9a-f]{40}$/);
          }
        },
      ),
    );
  });

  it('of any text is understood or said not to be', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (body) => {
        const { occurrences, problems } = understandBody(body);
        assert.ok(occurrences.length + problems.length > 0);
      }),
    );
  });
});

describe('what the libraries of Mayday say', () => {
  it('is shown: moment, environment, tags, and what the program did before', () => {
    const occurrence = report({
      time: '2026-01-31T12:00:00.123Z',
      environment: { name: 'staging', variables: { LANG: 'C' } },
      tags: { shop: 'north', desk: 4 },
      breadcrumbs: [
        { time: '2026-01-31T11:59:59.000Z', category: 'desk', message: 'opened', data: { order: 17 } },
        { message: 'closed' },
        'no note',
      ],
    });
    const environment = section(occurrence, 'environment');
    assert.deepEqual([environment['time'], environment['name']], ['2026-01-31T12:00:00.123Z', 'staging']);
    assert.deepEqual(section(occurrence, 'tags'), { shop: 'north', desk: '4' });
    assert.deepEqual(entries(occurrence, 'breadcrumbs'), [
      ['breadcrumb', '2026-01-31T11:59:59.000Z desk opened order=17'],
      ['breadcrumb', 'closed'],
    ]);
  });

  it('is bounded and may be anything', () => {
    const many = Array.from({ length: 500 }, (_, index) => ({ message: `${index} ${'x'.repeat(5000)}` }));
    const occurrence = report({ time: 7, tags: 'x', breadcrumbs: many });
    const found = entries(occurrence, 'breadcrumbs');
    assert.equal(found.length, 100);
    assert.ok(found.every(([, value]) => value.length <= 1000));
    assert.ok(found.at(-1)?.[1].startsWith('499 '));
    assert.deepEqual(entries(report({ breadcrumbs: { a: 1 } }), 'breadcrumbs'), []);
  });
});
