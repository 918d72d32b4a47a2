// docs/signatures.md says what the code does.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { SIGNATURE_DEFECTS } from '../../../src/process/signature/mode.ts';
import { SIGNATURE_RULES } from '../../../src/process/signature/rules/signature-rule-registry.ts';

const page = readFileSync(new URL('../../../docs/signatures.md', import.meta.url), 'utf8');
const rows = page.split('\n').filter((line) => line.startsWith('| '));

it('the page lists the rules in their order', () => {
  const names = SIGNATURE_RULES.map(({ name }) => name);
  const listed = rows.map((row) => row.split('|')[1]?.trim() ?? '').filter((name) => names.includes(name));
  assert.deepEqual(listed, names);
});

it('the page lists what the modes do differently', () => {
  for (const { function: name, socorro, byDefault } of SIGNATURE_DEFECTS) {
    assert.ok(rows.includes(`| \`${name}\` | \`${socorro}\` | \`${byDefault}\` |`), name);
  }
});
