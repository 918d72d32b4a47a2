// Cells of CSV exports that anybody could have sent (RFC 4180; formula injection).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csvCell } from '../../src/reports/http/search-export.ts';

test('what a spreadsheet would take for a formula gets an apostrophe', () => {
  for (const sign of ['=', '+', '-', '@', '\t', '\u0000', '＝', '＋', '－', '＠']) {
    assert.equal(csvCell(`${sign}cmd|' /C calc'!A0`), `'${sign}cmd|' /C calc'!A0`);
  }
  assert.equal(csvCell('\r=1'), '"\'\r=1"');
  assert.equal(csvCell('\n=1'), '"\'\n=1"');
});

test('numbers stay numbers, and quotes, commas and line ends stay in their cell', () => {
  for (const number of ['-3', '+1.5', '10']) assert.equal(csvCell(number), number);
  assert.equal(csvCell(-3), '-3');
  assert.equal(csvCell('a"b,c\r\nd'), '"a""b,c\r\nd"');
  assert.equal(csvCell('a=b'), 'a=b');
});
