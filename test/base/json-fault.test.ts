// What is said of a JSON text that is none.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonFault } from '../../src/base/json-fault.ts';

function faultOf(text: string): string {
  try {
    JSON.parse(text);
  } catch (error) {
    return jsonFault(error);
  }
  return assert.fail('it is JSON');
}

test('the fault of a JSON text says where it is and quotes nothing of the text', () => {
  for (const text of [
    '{"password": hunter2}',
    '{"a":"hunter2" x}',
    'hunter2',
    '["hunter2',
    '{"a":1} hunter2',
    '"hunter2\n"',
  ]) {
    const fault = faultOf(text);
    assert.doesNotMatch(fault, /hunter|unter2|nter2/, text);
    assert.ok(fault.length > 5, fault);
  }
  assert.match(faultOf('{"a":1 "b"}'), /position 7/);
});
