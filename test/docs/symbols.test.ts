// docs/symbols.md says what the table of refused symbol uploads says, row by row.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { SYMBOL_REFUSALS } from '../../src/process/symbols/symbols-refused.ts';

test('the page of symbols has every refusal with its status and meaning, in the order of the table', () => {
  const page = readFileSync('docs/symbols.md', 'utf8');
  const rows = [...page.matchAll(/^\| `([^`]+)` +\| (\d{3}) +\| (.+?) +\|$/gm)].map(
    ([, code, status, meaning]) => [code, Number(status), meaning],
  );
  assert.deepEqual(
    rows,
    Object.entries(SYMBOL_REFUSALS).map(([code, { status, meaning }]) => [code, status, meaning]),
  );
});
