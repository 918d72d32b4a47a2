// The header of a part.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePartHeader } from '../../src/wire/part-header.ts';

test('what nearly every client sends is read', () => {
  assert.deepEqual(
    parsePartHeader(
      'Content-Disposition: form-data; name="upload_file_minidump"; filename="a.dmp"\r\nContent-Type: application/octet-stream',
    ),
    { name: 'upload_file_minidump', filename: 'a.dmp', contentType: 'application/octet-stream' },
  );
});

test('unquoted names, other orders, escapes and extended file names are read', () => {
  assert.equal(parsePartHeader('Content-Disposition: form-data; name=abc').name, 'abc');
  assert.deepEqual(parsePartHeader('Content-Disposition: form-data; filename="f;g"; name="a\\"b"'), {
    name: 'a"b',
    filename: 'f;g',
    contentType: null,
  });
  const extended = "Content-Disposition: form-data; name=a; filename=x; filename*=UTF-8''na%C3%AFve.txt";
  assert.equal(parsePartHeader(extended).filename, 'naïve.txt');
  const broken = "Content-Disposition: form-data; name=a; filename=x; filename*=UTF-8''%FF";
  assert.equal(parsePartHeader(broken).filename, 'x');
});

test('an empty file name is not the same as none', () => {
  assert.equal(parsePartHeader('Content-Disposition: form-data; name="a"; filename=""').filename, '');
  assert.equal(parsePartHeader('Content-Disposition: form-data; name="a"').filename, null);
});
