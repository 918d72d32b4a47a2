// The vocabulary of refusals and its page.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { IMPORT_REFUSALS } from '../../src/moving/import/import-refusals.ts';

test('docs/moving.md has every code with its meaning, and no other', () => {
  const page = readFileSync('docs/moving.md', 'utf8');
  const table = page.slice(page.indexOf('## What is refused'));
  const rows = [...table.matchAll(/^\| `(\w+)` \| (.+) \|$/gm)].map(([, code, meaning]) => [code, meaning]);
  assert.deepEqual(Object.fromEntries(rows), { ...IMPORT_REFUSALS });
});
