import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { once } from '../../src/base/once.ts';
import { rememberLast } from '../../src/base/remember-last.ts';

describe('answers that are kept', () => {
  test('one for all is worked out when it is asked for, and no second time', () => {
    let asked = 0;
    const answer = once(() => {
      asked += 1;
      return null;
    });
    assert.equal(asked, 0);
    assert.deepEqual([answer(), answer(), asked], [null, null, 1]);
  });

  test('the last one is given again for the same text, and never for another', () => {
    const asked: string[] = [];
    const upper = rememberLast((text) => {
      asked.push(text);
      return text.toUpperCase();
    });
    assert.deepEqual(['a', 'a', 'b', 'a'].map(upper), ['A', 'A', 'B', 'A']);
    assert.deepEqual(asked, ['a', 'b', 'a']);
  });
});
