// Parameters of header values, as they are and as they should not be.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mediaType, parseHeaderParameters } from '../../src/wire/header-parameters.ts';

const boundaryOf = (header: string) => parseHeaderParameters(header).parameters.get('boundary');

test('a boundary is found wherever it stands, quoted or not', () => {
  assert.equal(boundaryOf('multipart/form-data; boundary=abc'), 'abc');
  assert.equal(boundaryOf('multipart/form-data;boundary=abc;charset=utf-8'), 'abc');
  assert.equal(boundaryOf('multipart/form-data; charset=utf-8; boundary="a;b c"'), 'a;b c');
  assert.equal(boundaryOf('multipart/form-data; charset="x;boundary=no"; BOUNDARY = "yes"'), 'yes');
  assert.equal(boundaryOf('multipart/form-data; junk; ; boundary=abc'), 'abc');
  assert.equal(boundaryOf('multipart/form-data; boundary="a\\"b\\\\c"'), 'a"b\\c');
  assert.equal(boundaryOf('multipart/form-data; boundary="open'), 'open');
  assert.equal(boundaryOf('multipart/form-data; boundary='), '');
  assert.equal(boundaryOf('multipart/form-data'), undefined);
});

test('a backslash before any other character stands for itself', () => {
  const { parameters } = parseHeaderParameters('form-data; filename="C:\\crash\\new.dmp"');
  assert.equal(parameters.get('filename'), 'C:\\crash\\new.dmp');
});

test('the value before the parameters is in lower case', () => {
  assert.equal(parseHeaderParameters(' Multipart/Form-Data ; a=b').value, 'multipart/form-data');
  assert.equal(mediaType('Application/JSON; charset=utf-8'), 'application/json');
});

test('any text is read without an exception', () =>
  fc.assert(
    fc.property(fc.string(), (text) => {
      assert.ok(parseHeaderParameters(text).parameters instanceof Map);
    }),
  ));
