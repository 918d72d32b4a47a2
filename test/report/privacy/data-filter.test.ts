// The data rules of a product on values: what goes, and above all what stays.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DataFilter } from '../../../src/report/privacy/data-filter.ts';
import { dataNotes } from '../../../src/report/privacy/data-notes.ts';
import {
  DEFAULT_DATA_RULES,
  dataRulesJson,
  dataRulesOf,
  readDataRules,
  type DataRules,
} from '../../../src/report/privacy/data-rules.ts';
import { OwnPatterns, patternFault, patternsFault } from '../../../src/report/privacy/own-patterns.ts';

const with_ = (rules: Partial<DataRules>): DataFilter => new DataFilter({ ...DEFAULT_DATA_RULES, ...rules });
const scrubbed = (kind: DataRules['scrub'][number], text: string): string =>
  with_({ scrub: [kind] }).text(text);

describe('what is scrubbed from values', () => {
  it('addresses of mail go, names of files and packages with an @ stay', () => {
    assert.equal(scrubbed('email', 'from Ada.L+x@mail.example.org, sent'), 'from [Filtered], sent');
    assert.equal(scrubbed('email', '/u?m=ada%40example.org&n=1'), '/u?m=[Filtered]&n=1');
    for (const text of [
      'icon@2x.png',
      'lodash@4.17.21/index.js',
      '@babel/core',
      'git@host',
      'shop@1.2.3',
      'a @ b.de',
    ])
      assert.equal(scrubbed('email', text), text);
  });

  it('numbers of cards with the right check digit go, others stay', () => {
    assert.equal(scrubbed('card', 'paid with 4111 1111 1111 1111.'), 'paid with [Filtered].');
    assert.equal(scrubbed('card', 'paid with 4111 1111 1111 1112.'), 'paid with 4111 1111 1111 1112.');
    assert.equal(scrubbed('card', '0x4111111111111111'), '0x4111111111111111');
  });

  it('tokens that show what they are go', () => {
    assert.equal(scrubbed('token', 'Authorization: Bearer abc.DEF-123456'), 'Authorization: [Filtered]');
    assert.equal(
      scrubbed('token', 'authorization: basic YWRhOnBhc3M= sent'),
      'authorization: [Filtered] sent',
    );
    assert.equal(scrubbed('token', `x ghp_${'a1B2'.repeat(9)} y`), 'x [Filtered] y');
  });

  it('JSON web tokens go, however their heads are written and whatever stands before them', () => {
    const part = (value: unknown, space?: number): string =>
      Buffer.from(JSON.stringify(value, null, space)).toString('base64url');
    const claims = part({ sub: 'ada', iat: 1_516_239_022 });
    const signature = 'SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c';
    const jwt = `${part({ alg: 'HS256', typ: 'JWT' })}.${claims}.${signature}`;
    for (const before of ['', 'x ', 'token-', 'token_', 'a.b.', 'session.', '-eyJ-', 'token%3D', '"'])
      assert.equal(scrubbed('token', `${before}${jwt} y`), `${before}[Filtered] y`);
    const crlf = Buffer.from('{"typ":"JWT",\r\n "alg":"HS256"}').toString('base64url');
    for (const token of [
      `${crlf}.${claims}.${signature}`,
      `${part({ alg: 'RS256', kid: 'k' }, 2)}.${claims}.${signature}`,
      `${Buffer.from('{ "alg": "ES256" }').toString('base64url')}.${claims}.${signature}`,
      `${part({ typ: 'JWT', x5c: ['c'.repeat(4000)], alg: 'RS256' })}.${claims}.${'s'.repeat(9000)}`,
      `${part({ alg: 'none' })}.${claims}`,
      `${part({ alg: 'HS256' })}..${signature}`,
      `${part({ alg: 'dir', enc: 'A128GCM' })}..aXY.Y2lwaGVy.dGFn`,
      `${part({ typ: 'JWT' })}.${claims}.${signature}`,
    ])
      assert.equal(scrubbed('token', `sent ${token}.`), 'sent [Filtered].', token.slice(0, 60));
  });

  it('credentials of Basic go in any charset, also before a full stop; keys go that have capitals alone', () => {
    const basic = (text: string, encoding: BufferEncoding): string =>
      `Basic ${Buffer.from(text, encoding).toString('base64')}`;
    for (const secret of [
      basic('user:pass', 'utf8'),
      basic('user:p\u00e1ss', 'utf8'),
      basic('user:p\u00e1ss', 'latin1'),
      basic('user:password', 'utf8'),
      'sk-abcdefghijklmnopqrstuvwxyzABCD',
    ])
      for (const end of ['', '.', '...', '. Then', '"'])
        assert.equal(scrubbed('token', `sent ${secret}${end}`), `sent [Filtered]${end}`, secret + end);
    for (const text of [
      'basic authentication',
      'basic validation, basic configuration and Basic Programming',
      'Visual Basic implementation',
    ])
      assert.equal(scrubbed('token', text), text);
  });

  it('names, versions and base64 that are no web tokens stay', () => {
    const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    for (const text of [
      'com.example.eyJewellery.catalogue.ItemController.show(ItemController.java:12)',
      'eyJournalApplication.services.backend.Worker',
      'org.apache.keyJarStore.SigningService.verify',
      'libeyJ0eXAiOiJ.so.1.2.3',
      'app-2.14.0-eyJrc4.20240102.tar.gz',
      'at eyJhbGciOi.module.default (bundle.js:1:20)',
      `${base64({ version: 3, sources: ['a.js'], names: [] })}.map.txt`,
      `${base64({ alg: 7 })}.body.sig`,
      `${base64({ alg: 'HS256' })} alone`,
      `${base64({ alg: 'HS256' })}. Then`,
      `stack ${Buffer.from(new Float64Array(64).map((_, at) => at * 1e9 + 0.5).buffer).toString('base64')}`,
      'Visual Basic 6.0.9816 runtime, basic com.example.validation.Rule1',
      'class sk-folding-cube-animation-wrapper',
    ])
      assert.equal(scrubbed('token', text), text);
  });

  it('IP addresses go; versions, times, names of C++, this machine and no machine stay', () => {
    assert.equal(scrubbed('ip', 'peer 203.0.113.7:443 said'), 'peer [Filtered]:443 said');
    assert.equal(scrubbed('ip', 'dial [2001:db8::7]:22'), 'dial [[Filtered]]:22');
    assert.equal(scrubbed('ip', 'fe80::1ff:fe23:4567:890a%eth0 up'), '[Filtered] up');
    for (const text of [
      'v1.2.3.4',
      'System.Core, Version=4.0.0.0, Culture=neutral',
      'Version: 10.0.19045.3208',
      '1.2.3.4.5',
      '127.0.0.1 and 0.0.0.0',
      'std::dead::beef::cafe()',
      'at 12:34:56',
      'aa:bb:cc:dd:ee:ff',
      '256.1.1.1',
    ])
      assert.equal(scrubbed('ip', text), text);
    assert.deepEqual(with_({ scrub: ['ip'] }).annotations([{ key: 'ProductVersion', value: '1.2.3.4' }]), [
      { key: 'ProductVersion', value: '1.2.3.4' },
    ]);
  });

  it('names of users go out of paths of home folders, the rest of the path stays', () => {
    for (const [text, after] of [
      ['open /home/ada/src/main.c', 'open /home/[Filtered]/src/main.c'],
      ['/Users/ada', '/Users/[Filtered]'],
      ['C:\\Users\\Ada Lovelace\\AppData\\x.log', 'C:\\Users\\[Filtered]\\AppData\\x.log'],
      ['"C:\\\\Users\\\\ada\\\\x"', '"C:\\\\Users\\\\[Filtered]\\\\x"'],
      ['file:///home/ada/x and /tmp/y', 'file:///home/[Filtered]/x and /tmp/y'],
      ['open /home/ed/x and /home/te/y', 'open /home/[Filtered]/x and /home/[Filtered]/y'],
      ['/Users/red', '/Users/[Filtered]'],
      ['/Users/Shared/app', '/Users/Shared/app'],
      ['https://shop.example/home/products', 'https://shop.example/home/products'],
    ] as const)
      assert.equal(scrubbed('home', text), after);
  });

  it('expressions of people that go over lines find each place, however many there are', () => {
    const blocks = Array.from({ length: 60 }, (_, at) => `<card>\n${at}\n</card>`);
    assert.equal(
      with_({ patterns: ['(?s)<card>.*?</card>'] }).text(blocks.join('\n')),
      blocks.map(() => '[Filtered]').join('\n'),
    );
  });

  it('expressions of people are matched in RE2 s syntax, which does not go back', () => {
    assert.equal(
      with_({ patterns: ['(?i)cust(omer)?-\\d+'] }).text('of CUSTOMER-12 and cust-3'),
      'of [Filtered] and [Filtered]',
    );
    assert.equal(with_({ patterns: ['red|ed'] }).text('of ed, red'), 'of [Filtered], [Filtered]');
    assert.equal(with_({ patterns: ['cust-\\d+', 'ilter'] }).text('of cust-3'), 'of [Filtered]');
    // What a backtracking engine takes longer for than the universe lasts.
    const hostile = `${'a'.repeat(40)}!`;
    assert.equal(with_({ patterns: ['(a+)+$', '(a|a)*b', '([a-z]+)*\\d'] }).text(hostile), hostile);
  });

  it('what expressions look through is counted in steps, so that a report comes out the same however busy a machine is', () => {
    // 'x.*y|x' looks to the end of the line after each of its finds.
    const hostile = 'x'.repeat(4096);
    const run = new OwnPatterns(['x.*y|x']).forReport(4096 * 40 * 100);
    const first = run.scrub(`fine\n${hostile}`);
    assert.equal(first.isWhole, false);
    assert.equal(first.text, 'fine\n[Filtered]', 'what was not looked through is left out');
    assert.deepEqual(run.scrub('nothing'), { text: '[Filtered]', finds: 0, isWhole: false });
    const again = new OwnPatterns(['x.*y|x']).forReport(4096 * 40 * 100);
    assert.deepEqual(again.scrub(`fine\n${hostile}`), first);
  });

  it('a log of 400 KB is looked through by twenty expressions, and one beyond the bound keeps its beginning', () => {
    const patterns = Array.from({ length: 20 }, (_, index) => `cust-${index}-[0-9]{4}`);
    const line = '12:34:56.789 INFO com.example.Cart loaded cust-7-1234 in 12 ms\n';
    const clean = line.replace('cust-7-1234', '[Filtered]');
    const half = Math.floor(400_000 / line.length);
    assert.equal(with_({ patterns }).text(line.repeat(half)), clean.repeat(half));
    const filter = with_({ patterns });
    const out = filter.text(line.repeat(8 * half));
    assert.ok(out.length > 400_000 && out.endsWith('[Filtered]'), String(out.length));
    assert.ok(clean.repeat(8 * half).startsWith(out.slice(0, -'[Filtered]'.length)));
    assert.deepEqual(
      dataNotes(filter.found).at(-1),
      "1 text was left out from where the product's own expressions had looked through as much as they may.",
    );
  });

  it('a piece in which much is found is looked through to its end, with what stands before each place', () => {
    const text = `${'n1 '.repeat(30)}\nabc1 1\n1`;
    assert.equal(
      with_({ patterns: ['\\b1|n1'] }).text(text),
      `${'[Filtered] '.repeat(30)}\nabc1 [Filtered]\n[Filtered]`,
    );
    assert.equal(with_({ patterns: ['^a|b'] }).text(`${'b'.repeat(17)}a`), `${'[Filtered]'.repeat(17)}a`);
  });

  it('others have their turns while expressions look through a long text, with the same result', async () => {
    const rules = { ...DEFAULT_DATA_RULES, patterns: ['secret-\\d+', '[a-z]{3}-x'] };
    const payload = Buffer.from(JSON.stringify({ log: 'a secret-77 in a line\n'.repeat(20_000) }));
    let turns = 0;
    let goesOn = true;
    const other = (): void => {
      turns += 1;
      if (goesOn) setImmediate(other);
    };
    setImmediate(other);
    const out = await new DataFilter(rules).inTurns((filter) => filter.payload(payload));
    goesOn = false;
    assert.ok(turns > 5, String(turns));
    assert.deepEqual(out, new DataFilter(rules).payload(payload));
  });

  it('a long text is looked through in pieces, at lines', () => {
    const line = `${'.'.repeat(60)} secret-77\n`;
    const out = with_({ patterns: ['secret-\\d+'] }).text(line.repeat(2000));
    assert.equal(out, line.replace('secret-77', '[Filtered]').repeat(2000));
  });

  it('expressions that cannot be used are told in a sentence', () => {
    assert.equal(patternFault('order-[0-9]{4}'), null);
    for (const expression of [
      '(?=x)',
      '(x)\\1',
      '[',
      '((((a{30}){30}){30}){30})',
      'x*',
      '(a{500}){2}b{1000}',
      'a'.repeat(301),
    ])
      assert.match(patternFault(expression) ?? '', /^(?:The|An) expression .*\.$/s, expression);
    assert.equal(patternsFault(Array.from({ length: 20 }, () => 'order-[0-9]{4}')), null);
    assert.match(patternsFault(Array.from({ length: 9 }, () => '[a-z]{490}')) ?? '', /instructions/);
  });
});

describe('names that are never stored', () => {
  it('annotations go by their name, in any spelling of it, and by the end of a path', () => {
    const filter = with_({ neverStored: ['Email', 'user.*', 'x-*-id'] });
    const kept = filter.annotations([
      { key: 'email', value: '1' },
      { key: 'tags.EMAIL', value: '2' },
      { key: 'user.name', value: '3' },
      { key: 'X-Device-Id', value: '4' },
      { key: 'emails', value: '5' },
      { key: 'url', value: '/?email=ada&n=1' },
    ]);
    assert.deepEqual(kept, [
      { key: 'emails', value: '5' },
      { key: 'url', value: '/?email=[Filtered]&n=1' },
    ]);
  });

  it('members of events go where programs put data, and never what an event is made of', () => {
    const event = {
      event_id: 'a',
      message: 'm',
      user: { id: 7, email: 'x', address: { email: 'y' } },
      tags: [
        ['email', 'x'],
        ['plan', 'pro'],
      ],
      extra: { settings: '{"email":"x","n":1}' },
      breadcrumbs: { values: [{ message: 'b', data: { email: 'x', to: '/a' } }] },
      exception: {
        values: [
          {
            type: 'E',
            value: 'v',
            stacktrace: { frames: [{ function: 'f', vars: { email: 'x', n: '1' } }] },
          },
        ],
      },
    };
    const filter = with_({ neverStored: ['email', 'message', 'function', 'values'] });
    assert.deepEqual(filter.structured(event), {
      event_id: 'a',
      message: 'm',
      user: { id: 7, address: {} },
      tags: [['plan', 'pro']],
      extra: { settings: '{"n":1}' },
      breadcrumbs: { values: [{ message: 'b', data: { to: '/a' } }] },
      exception: {
        values: [{ type: 'E', value: 'v', stacktrace: { frames: [{ function: 'f', vars: { n: '1' } }] } }],
      },
    });
    assert.equal(filter.found.get('name'), 6);
  });

  it('parameters go out of queries, cookies and form bodies, whatever signs their values have', () => {
    const never = (text: string, name = ''): string =>
      with_({ neverStored: ['name', 'email'] }).text(text, name);
    for (const [text, after] of [
      ["/?name=O'Brien (Zq)&n=1".replaceAll(' ', ''), '/?name=[Filtered]&n=1'],
      ["a=1; name=Ada O'Lace", 'a=1; name=[Filtered]'],
      ['a=1&name=Ada "Zq" Lovelace #1&b=2', 'a=1&name=[Filtered]&b=2'],
      ['a=1&name=ada;zq&b=2', 'a=1&name=[Filtered]&b=2'],
      [`a=1&name=${'x'.repeat(10_000)}&b=2`, 'a=1&name=[Filtered]&b=2'],
      ['a=1&%6e%61%6d%65=ada', 'a=1&%6e%61%6d%65=[Filtered]'],
      ['a=1&user%5Bemail%5D=ada', 'a=1&user%5Bemail%5D=[Filtered]'],
      ['GET https://x.example/?name=ada&n=1 failed', 'GET https://x.example/?name=[Filtered]&n=1 failed'],
      ['next=%2F%3Fname%3Dada%26n%3D1', `next=${encodeURIComponent('/?name=')}[Filtered]%26n%3D1`],
      [
        `to=${encodeURIComponent(`/?next=${encodeURIComponent('/?name=ada')}`)}`,
        `to=${encodeURIComponent(`/?next=${encodeURIComponent('/?name=')}`)}[Filtered]`,
      ],
      [`data=${encodeURIComponent('{"name":"ada","n":1}')}`, `data=${encodeURIComponent('{"n":1}')}`],
      ['/?names=ada&n=1', '/?names=ada&n=1'],
      ['the name = of it', 'the name = of it'],
    ] as const)
      assert.equal(never(text), after, text.slice(0, 60));
    assert.equal(never('x y; name=Ada L; n=1', 'cookies'), 'x y; name=[Filtered]; n=1');
  });

  it('what holds nothing of it is the same object', () => {
    const event = { message: 'm', tags: { a: 'b' }, list: [1, { c: 'd' }] };
    assert.equal(
      with_({ neverStored: ['email'], scrub: ['email', 'ip'], patterns: ['zz+'] }).structured(event),
      event,
    );
  });

  it('names of people hold for lists of named values and for dotted paths', () => {
    const filter = with_({ neverStored: ['contexts.device.name'] });
    assert.deepEqual(
      filter.structured({ contexts: { device: { name: 'Ada s phone', model: 'm' }, app: { name: 'n' } } }),
      {
        contexts: { device: { model: 'm' }, app: { name: 'n' } },
      },
    );
    assert.deepEqual(with_({ neverStored: ['ip'] }).structured({ tags: [{ key: 'ip', value: '1' }] }), {
      tags: [],
    });
  });

  it('a value nested without end costs no stack', () => {
    let deep: unknown = 'x';
    for (let depth = 0; depth < 5000; depth += 1) deep = { a: deep };
    assert.ok(JSON.stringify(with_({ scrub: ['email'] }).structured(deep)).includes('[Filtered]'));
  });
});

describe('stored rules', () => {
  it('are read leniently, and take no room where nothing was decided', () => {
    assert.equal(dataRulesJson(DEFAULT_DATA_RULES), '{}');
    const rules: DataRules = {
      ...DEFAULT_DATA_RULES,
      dumps: 'stacks',
      dumpDays: null,
      neverStored: ['a'],
      scrub: ['card'],
    };
    assert.deepEqual(dataRulesOf(dataRulesJson(rules)), rules);
    assert.deepEqual(
      readDataRules({
        dumps: 'x',
        dumpDays: -1,
        dumpsOfBug: 'y',
        neverStored: [7, ' ', 'b'],
        scrub: 'email',
        patterns: null,
      }),
      { ...DEFAULT_DATA_RULES, dumpDays: null, neverStored: ['b'] },
    );
  });
});
