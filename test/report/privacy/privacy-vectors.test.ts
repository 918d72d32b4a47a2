// The rule of privacy as examples, and what holds for any value.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { filterEvent } from '../../../src/report/privacy/filter-event.ts';
import { filterText } from '../../../src/report/privacy/filter-text.ts';
import { ValueFilter } from '../../../src/report/privacy/filter-value.ts';
import { SecretNames } from '../../../src/report/privacy/secret-names.ts';

interface Vector {
  readonly name: string;
  readonly as?: 'value' | 'query' | 'source' | 'cookies';
  readonly more?: readonly string[];
  readonly in: unknown;
  readonly out: unknown;
  readonly count: number;
}

const { vectors } = JSON.parse(readFileSync('testdata/privacy-vectors.json', 'utf8')) as {
  readonly vectors: readonly Vector[];
};

function apply({ as = 'value', more = [], in: value }: Vector): readonly [unknown, number] {
  const filter = new ValueFilter(new SecretNames(more));
  if (as === 'cookies') return [filter.allMembers(value), filter.count];
  if (as === 'query' || as === 'source') return [filter.text(String(value), { as }), filter.count];
  return [filter.value(value), filter.count];
}

describe('the privacy vectors', () => {
  it('there are some', () => assert.ok(vectors.length > 20));
  for (const vector of vectors) {
    it(vector.name, () => assert.deepEqual(apply(vector), [vector.out, vector.count]));
    it(`${vector.name}: what came out is not changed again`, () => {
      assert.deepEqual(apply({ ...vector, in: vector.out }), [vector.out, 0]);
    });
  }
});

const names = new SecretNames();

describe('the privacy step', () => {
  it('never leaves the value of a secret name, wherever it stands', () => {
    const secret = 'Zq7-needle-Zq7';
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 4 }),
        fc.constantFrom('password', 'api_key', 'Authorization', 'sessionId', 'cardNumber'),
        fc.constantFrom('extra', 'contexts', 'breadcrumbs', 'tags'),
        (around, name, place) => {
          const text = JSON.stringify({ [name]: secret, around });
          const event = {
            [place]: { around, list: [{ [name]: secret }], text },
            request: { headers: { [name]: secret }, cookies: { x: secret }, data: `${name}=${secret}` },
          };
          const after = filterEvent(event, { names, keepAddress: false, address: null });
          assert.ok(!JSON.stringify(after.event).includes(secret));
          assert.ok(after.count >= 5);
        },
      ),
    );
  });

  it('leaves what holds no secret as it was, the very same object', () => {
    const filter = new ValueFilter(names);
    const value = { a: [1, 'two', { three: null }], text: 'plain words', url: '/x?plan=pro' };
    assert.equal(filter.value(value), value);
    assert.equal(filter.count, 0);
  });

  it('keeps ids, names of code and versions of an event', () => {
    const frame = { function: 'check_password', module: 'auth.session' };
    const event = {
      event_id: 'a'.repeat(32),
      modules: { keyring: '1.2' },
      exception: { values: [{ type: 'KeyError', value: "'price'", stacktrace: { frames: [frame] } }] },
      debug_meta: { images: [{ debug_id: 'x' }] },
    };
    const after = filterEvent(event, { names, keepAddress: false, address: null });
    assert.deepEqual([after.event, after.count], [event, 0]);
  });

  it('keeps the address of a user only where the product says so', () => {
    const event = { user: { id: '1', ip_address: '{{auto}}' } };
    const kept = filterEvent(event, { names, keepAddress: true, address: '192.0.2.1' });
    assert.deepEqual(kept.event['user'], { id: '1', ip_address: '192.0.2.1' });
    const dropped = filterEvent(event, { names, keepAddress: false, address: '192.0.2.1' });
    assert.deepEqual(dropped.event['user'], { id: '1' });
  });

  it('comes to an end on long hostile texts', () => {
    const pieces = [
      ...[
        'password=',
        '://a:',
        '@',
        'eyJ',
        '4111 ',
        '--',
        '{"',
        "'token': '",
        'Bearer ',
        '?token=',
        '&',
        '=',
      ],
      ...['A', '-----BEGIN ', 'PRIVATE KEY-----', 'Basic ', 'sk-', 'x-auth-token: ', '\n', '[[', '"""'],
    ];
    fc.assert(
      fc.property(fc.constantFrom(...pieces), fc.constantFrom(...pieces), (a, b) => {
        const text = `${a}${b}`.repeat(20_000);
        assert.equal(typeof filterText(text, names).text, 'string');
      }),
      { numRuns: 60 },
    );
  });

  it('survives depth and odd keys', () => {
    let deep: unknown = 'x';
    for (let level = 0; level < 500; level += 1) deep = { a: deep };
    const filter = new ValueFilter(names);
    assert.ok(JSON.stringify(filter.value(deep)).includes('[Filtered]'));
    const odd = JSON.parse('{"__proto__":{"password":"x"},"constructor":{"token":"y"}}') as object;
    assert.ok(!/"[xy]"/.test(JSON.stringify(filter.value(odd))));
  });
});

describe('hostile texts', () => {
  for (const piece of [
    '://:',
    '://a:x/',
    '://a:/',
    '?a=',
    '-p ',
    'a: ',
    '"a" => ',
    'eyJ',
    '-eyJAAAAA',
    '4111 ',
    'Basic a',
    '://a:1/',
  ]) {
    it(`cost no more than their length: ${JSON.stringify(piece)}`, () => {
      // A word that makes it worth looking.
      const text = `key ${piece.repeat(Math.ceil((2 * 1024 * 1024) / piece.length))}`;
      const before = process.cpuUsage();
      filterText(text, new SecretNames([]));
      const { user } = process.cpuUsage(before);
      // Processor time, not the clock's; a way that tries all lengths takes ten seconds.
      assert.ok(user < 4_000_000, `${user / 1000} ms`);
    });
  }
});
