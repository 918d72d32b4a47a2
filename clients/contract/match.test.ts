// The comparison itself: a suite whose comparison accepts anything proves nothing.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { differences, readableDifferences } from './match.ts';

const paths = (expected: unknown, actual: unknown): string[] =>
  differences(expected, actual).map((found) => found.path);

describe('comparison with an expected report', () => {
  it('finds nothing in equal values', () => {
    const report = { a: [1, 'x', null, { b: true }] };
    assert.deepEqual(differences(report, structuredClone(report)), []);
    assert.equal(readableDifferences(report, report), '');
  });

  it('names the path of what differs, is absent, or is there without being expected', () => {
    assert.deepEqual(paths({ a: [{ b: 1 }], c: 1, d: 1 }, { a: [{ b: 2 }], d: 1, e: 1 }), [
      'a[0].b',
      'c',
      'e',
    ]);
    assert.match(
      readableDifferences({ a: 1 }, { a: 2 }),
      /a\n {2}expected 1\n {2}actual {3}2\nThe report was:/,
    );
  });

  it('compares the length of lists unless they are open', () => {
    assert.deepEqual(paths([1], [1, 2]), ['[1]']);
    assert.deepEqual(paths([1, 2], [1]), ['[1]']);
    assert.deepEqual(paths([1, '<...>'], [1]), []);
    assert.deepEqual(paths([1, '<...>'], [1, 2, 3]), []);
    assert.deepEqual(paths([1, '<...>'], [2, 2]), ['[0]']);
  });

  it('lets optional and further keys be there or not', () => {
    assert.deepEqual(paths({ 'a?': 1 }, {}), []);
    assert.deepEqual(paths({ 'a?': 1 }, { a: 2 }), ['a']);
    assert.deepEqual(paths({ a: 1, '...': '<string>' }, { a: 1, b: 'x' }), []);
    assert.deepEqual(paths({ '...': '<string>' }, { b: 1 }), ['b']);
  });

  it('does not take an object for a list, nor null for an object', () => {
    assert.deepEqual(paths({}, []), ['']);
    assert.deepEqual(paths([], {}), ['']);
    assert.deepEqual(paths({ a: {} }, { a: null }), ['a']);
  });

  const cases: readonly [placeholder: string, yes: readonly unknown[], no: readonly unknown[]][] = [
    ['<any>', [0, null, '', {}], [undefined]],
    ['<string>', ['', 'a'], [1, null, undefined, []]],
    ['<int>', [0, -1, 10], [1.5, '1', null]],
    ['<number>', [1.5, 0], ['1', null]],
    ['<bool>', [true, false], [0, 'true']],
    ['<object>', [{}, { a: 1 }], [[], null, 'x']],
    ['<array>', [[], [1]], [{}, null]],
    ['<uuid>', ['de1bb258-cbbf-4589-a673-34f802160918'], ['DE1BB258-CBBF-4589-A673-34F802160918', 'x', '']],
    ['<regex:^a.*b$>', ['ab', 'axxb'], ['ba', 'abc', 1]],
    [
      '<source:raise>',
      [['raise x'], ['', 'raise x', '']],
      [['raise x', ''], ['raise', '', ''], [1], 'raise', []],
    ],
    ['<module>', ['<module>'], ['x']],
  ];
  for (const [placeholder, yes, no] of cases) {
    it(`knows ${placeholder}`, () => {
      for (const value of yes)
        assert.deepEqual(paths({ a: placeholder }, { a: value }), [], JSON.stringify(value));
      for (const value of no)
        assert.deepEqual(paths({ a: placeholder }, { a: value }), ['a'], JSON.stringify(value));
    });
  }
});
