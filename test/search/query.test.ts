// The query language: what is written is understood, and what is not understood is said with its place.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { numberOf, spanOf } from '../../src/search/query/operands.ts';
import { MAX_QUERY, parseQuery } from '../../src/search/query/parse-query.ts';
import { printQuery } from '../../src/search/query/print-query.ts';
import type { Query } from '../../src/search/query/query-tree.ts';
import { query, withoutPlaces } from './random-search.ts';

function treeOf(text: string): Query {
  const parsed = parseQuery(text);
  assert.ok('query' in parsed, JSON.stringify(parsed));
  return parsed.query;
}

function faultOf(text: string): readonly [problem: string, at: number] {
  const parsed = parseQuery(text);
  assert.ok('fault' in parsed, `${text} was understood`);
  return [parsed.fault.problem, parsed.fault.at];
}

describe('the query language', () => {
  it('reads keys, values, signs and brackets', () => {
    assert.deepEqual(treeOf('version:>=2.1 platform:windows,linux -channel:nightly'), {
      is: 'and',
      of: [
        { is: 'clause', key: 'version', conditions: [{ op: '>=', text: '2.1' }], at: 0 },
        {
          is: 'clause',
          key: 'platform',
          conditions: [
            { op: 'equals', text: 'windows' },
            { op: 'equals', text: 'linux' },
          ],
          at: 14,
        },
        {
          is: 'not',
          of: { is: 'clause', key: 'channel', conditions: [{ op: 'equals', text: 'nightly' }], at: 38 },
        },
      ],
    });
    assert.deepEqual(treeOf('a:1 OR (b:2 c:3)'), {
      is: 'or',
      of: [
        { is: 'clause', key: 'a', conditions: [{ op: 'equals', text: '1' }], at: 0 },
        {
          is: 'and',
          of: [
            { is: 'clause', key: 'b', conditions: [{ op: 'equals', text: '2' }], at: 8 },
            { is: 'clause', key: 'c', conditions: [{ op: 'equals', text: '3' }], at: 12 },
          ],
        },
      ],
    });
  });

  const single: readonly (readonly [string, unknown])[] = [
    ['uptime:<60', { op: '<', text: '60' }],
    ['memory:..512M', { op: 'between', from: '', to: '512M' }],
    ['received:2026-11-01..2026-11-07', { op: 'between', from: '2026-11-01', to: '2026-11-07' }],
    ['signature:~"js::"', { op: 'contains', text: 'js::' }],
    ['signature:^OOM', { op: 'starts', text: 'OOM' }],
    ['signature:$Run', { op: 'ends', text: 'Run' }],
    ['frame:/Alloc.*Huge/', { op: 'regex', text: 'Alloc.*Huge' }],
    ['frame:/usr/lib', { op: 'equals', text: '/usr/lib' }],
    ['frame:mozilla::*', { op: 'like', text: 'mozilla::*' }],
    ['frame:std::vector<int>', { op: 'equals', text: 'std::vector<int>' }],
    ['message:"a \\"b\\" \\\\ c"', { op: 'equals', text: 'a "b" \\ c' }],
    ['message:"*"', { op: 'equals', text: '*' }],
    ['received:-7d', { op: 'equals', text: '-7d' }],
  ];
  for (const [text, condition] of single) {
    it(`reads ${text}`, () => {
      const tree = treeOf(text);
      assert.ok(tree.is === 'clause');
      assert.deepEqual(tree.conditions, [condition]);
    });
  }

  it('takes an empty search for everything', () => {
    assert.deepEqual(treeOf('   '), { is: 'and', of: [] });
  });

  const faults: readonly (readonly [string, string, number])[] = [
    ['version:', 'A value for "version" is missing here.', 8],
    ['platform:windows, linux', 'A value for "platform" is missing here.', 17],
    ['(a:1', 'This "(" is not closed.', 0],
    ['a:1)', 'There is no "(" for this ")".', 3],
    ['a:"x', 'This quotation mark is not closed.', 2],
    ['a:1 OR', 'Something to look for is missing here.', 6],
    ['frame:/(/', 'This is no regular expression.', 6],
    ['NOT', 'Something to look for is missing here.', 3],
  ];
  for (const [text, problem, at] of faults) {
    it(`says what is wrong with ${text}`, () => {
      assert.deepEqual(faultOf(text), [problem, at]);
    });
  }

  it('bounds length, depth and number of conditions', () => {
    assert.match(faultOf('x'.repeat(MAX_QUERY + 1))[0], /at most 4096 characters/);
    assert.match(faultOf(`${'('.repeat(30)}a:1${')'.repeat(30)}`)[0], /at most 20 deep/);
    assert.match(faultOf('a:1 '.repeat(51))[0], /at most 50 conditions/);
    assert.match(faultOf(`a:/${'x'.repeat(201)}/`)[0], /at most 200 characters/);
  });

  it('prints what parses to the same tree', () => {
    fc.assert(
      fc.property(query, (tree) => {
        const parsed = parseQuery(printQuery(tree));
        assert.ok('query' in parsed, printQuery(tree));
        const again = parseQuery(printQuery(parsed.query));
        assert.ok('query' in again);
        const asWritten = JSON.parse(JSON.stringify(withoutPlaces(tree))) as unknown;
        assert.deepEqual(withoutPlaces(parsed.query), asWritten);
        assert.deepEqual(withoutPlaces(again.query), asWritten);
      }),
      { numRuns: 500 },
    );
  });

  it('answers any text with a tree or a fault inside it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        const parsed = parseQuery(text);
        if ('fault' in parsed) assert.ok(parsed.fault.at >= 0 && parsed.fault.at <= text.length);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('operands', () => {
  const numbers: readonly (readonly [string, number | null])[] = [
    ['60', 60],
    ['-1.5', -1.5],
    ['512M', 512 * 2 ** 20],
    ['4GiB', 4 * 2 ** 30],
    ['10min', 600],
    ['2h', 7200],
    ['0x10', 16],
    ['1e3', 1000],
    ['ten', null],
    ['', null],
    ['1parsec', null],
  ];
  for (const [text, number] of numbers) {
    it(`"${text}" is ${number === null ? 'no number' : number}`, () => {
      assert.equal(numberOf(text), number);
    });
  }

  const now = Date.parse('2026-11-30T12:00:00Z');
  const spans: readonly (readonly [string, string, string])[] = [
    ['2026-11-01', '2026-11-01T00:00:00.000Z', '2026-11-01T23:59:59.999Z'],
    ['2026-02', '2026-02-01T00:00:00.000Z', '2026-02-28T23:59:59.999Z'],
    ['2026-11-20T14:00Z', '2026-11-20T14:00:00.000Z', '2026-11-20T14:00:59.999Z'],
    ['-7d', '2026-11-23T12:00:00.000Z', '2026-11-30T12:00:00.000Z'],
    ['today', '2026-11-30T00:00:00.000Z', '2026-11-30T23:59:59.999Z'],
  ];
  for (const [text, first, last] of spans) {
    it(`"${text}" is from ${first}`, () => {
      const span = spanOf(text, now);
      assert.ok(span);
      assert.deepEqual(
        [new Date(span.first).toISOString(), new Date(span.last).toISOString()],
        [first, last],
      );
    });
  }

  it('knows no other times', () => {
    for (const text of ['soon', '2026-13-01', '-7y', '20261101', ''])
      assert.equal(spanOf(text, now), null, text);
  });
});
