// The page about extending names every contract of the store, and says how many there are.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const NUMBERS = ['ten', 'eleven', 'twelve', 'thirteen', 'fourteen', 'fifteen'];

test('a store’s contracts are all named, and counted', () => {
  const page = readFileSync('docs/extending.md', 'utf8');
  const contracts = globSync('src/store/*.ts').map((file) => path.basename(file));
  for (const contract of contracts) assert.ok(page.includes(`\`${contract}\``), contract);
  const toFill = contracts.length - 1;
  assert.match(page, new RegExp(`contracts there, ${NUMBERS[toFill - 10] ?? 'too many'} files`));
});
