// The page about extending names every contract of the store, and says how many there are.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const NUMBERS = [
  'ten',
  'eleven',
  'twelve',
  'thirteen',
  'fourteen',
  'fifteen',
  'sixteen',
  'seventeen',
  'eighteen',
  'nineteen',
  'twenty',
  'twenty-one',
  'twenty-two',
];

test('a store’s contracts are all named, and counted', () => {
  const page = readFileSync('docs/extending.md', 'utf8');
  const contracts = globSync('src/store/*.ts').map((file) => path.basename(file));
  for (const contract of contracts) assert.ok(page.includes(`\`${contract}\``), contract);
  const toFill = contracts.length - 1;
  assert.match(page, new RegExp(`contracts there, ${NUMBERS[toFill - 10] ?? 'too many'} files`));
});

test('what the ledger’s backing answers is counted', () => {
  const page = readFileSync('docs/extending.md', 'utf8');
  const backing = readFileSync('src/store/filing/backing.ts', 'utf8');
  const membersOf = (name: string): number => {
    const [, body = ''] = new RegExp(`export interface ${name} \\{(.*?)\\n\\}`, 's').exec(backing) ?? [];
    return body.match(/^ {2}readonly \w+:/gm)?.length ?? 0;
  };
  const counts = [membersOf('Loads'), membersOf('Lists'), membersOf('Bulks')];
  assert.ok(
    page.includes(`${counts[0]} questions, ${counts[1]} lists, ${counts[2]} set-based changes`),
    String(counts),
  );
});
