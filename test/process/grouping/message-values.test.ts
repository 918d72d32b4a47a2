// Messages that differ in their values alone read the same.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { MESSAGE_KINDS } from '../../../bench/grouping/message-kinds.ts';
import { firstLine, foldedMessage } from '../../../src/process/grouping/message-values.ts';

describe('a message without its values', () => {
  for (const [kind, one, other] of MESSAGE_KINDS) {
    it(`is the same with another ${kind}`, () => {
      assert.equal(foldedMessage(one).text, foldedMessage(other).text);
      assert.notEqual(foldedMessage(one).text, one);
    });
  }

  const KEPT: readonly string[] = [
    'no items',
    "can't open the till",
    'called `Option::unwrap()` on a `None` value',
    'free(): invalid pointer',
    'double free or corruption (!prev)',
    'java.lang.String cannot be cast to shop.Cart',
    'utf8 codec failed in base64 decoder of x86',
    'read/write error',
    'facade and decade',
  ];
  for (const text of KEPT) it(`keeps "${text}"`, () => assert.equal(foldedMessage(text).text, text));

  const TOLD_APART: readonly (readonly [string, string])[] = [
    ['order 7 is gone', 'order 7 is late'],
    ['cannot open /a/b', 'cannot read /a/b'],
    ['timed out after 3 s', 'gave up after 3 s'],
  ];
  for (const [one, other] of TOLD_APART) {
    it(`tells "${one}" from "${other}"`, () =>
      assert.notEqual(foldedMessage(one).text, foldedMessage(other).text));
  }

  it('names the kinds that it took out', () => {
    assert.deepEqual(foldedMessage('user ada@example.org at 10.0.0.1').kinds, ['e-mail', 'IPv4']);
  });

  it('is of the first line that says something', () => {
    assert.equal(firstLine('\n  \n one\ntwo'), 'one');
    assert.equal(foldedMessage('one\ntwo 3').text, 'one');
  });

  it('is bounded for any text, and folding it again changes nothing that matters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (text) => {
        const { text: folded } = foldedMessage(text);
        assert.ok(folded.length < 5000);
        assert.ok(!folded.includes('\n'));
      }),
    );
  });
});
