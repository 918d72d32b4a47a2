// Reading the beginning of a report's annotations.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { annotationsFromJson, beginningFromJson } from '../../../src/store/shared/report-row.ts';

test('wherever annotations are cut, what stands before the cut is read', () => {
  const pairs = [
    ['a', 'plain'],
    ['q"uote', 'back\\slash and "quote"\n\u0001 ü 😀'],
    ['', ''],
    ['end\\', '\\\\'],
  ];
  const json = JSON.stringify(pairs);
  const whole = pairs.map(([key, value]) => `${key} ${value}`).join('\n');
  for (let length = 1; length <= json.length; length += 1) {
    const read = beginningFromJson(json.slice(0, length), length);
    const words = read.map(({ key, value }) => `${key} ${value}`).join('\n');
    // The space behind a key whose value was cut off is not in the whole where the key itself was cut.
    const told = words.replace(/ $/, '');
    assert.ok(whole.startsWith(told), `${json.slice(0, length)} → ${words}`);
    // Of the letters before the cut at most the escape that was cut is lost.
    const complete = pairs.filter((pair) => json.slice(0, length).includes(JSON.stringify(pair)));
    for (const [key, value] of complete)
      assert.ok(
        read.some((one) => one.key === key && one.value === value),
        `${length}: ${key}`,
      );
  }
  assert.deepEqual(beginningFromJson(json, json.length + 1), annotationsFromJson(json));
});
