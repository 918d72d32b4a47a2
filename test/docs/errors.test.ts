// docs/errors.md says what the table of refusals says, row by row.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { REFUSALS } from '../../src/base/refusal.ts';

test('the page of refusals has every code with its status, meaning and remedy, in the order of the table', () => {
  const page = readFileSync('docs/errors.md', 'utf8');
  const rows = [...page.matchAll(/^\| `([^`]+)` +\| (\d{3}) +\| (.+?) \| (.+?) \|$/gm)].map(
    ([, code, status, meaning, remedy]) => [code, Number(status), meaning, remedy],
  );
  assert.deepEqual(
    rows,
    Object.entries(REFUSALS).map(([code, { status, meaning, remedy }]) => [code, status, meaning, remedy]),
  );
});
