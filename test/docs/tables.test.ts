// The tables in docs/ that come from code say what the code says.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { configTable, metricsTable } from '../../scripts/doc-tables.ts';

const REPAIR = 'run "node scripts/docs.ts"';

test('docs/config.md has every setting with its default and sentence', () => {
  assert.ok(readFileSync('docs/config.md', 'utf8').includes(configTable()), REPAIR);
});

test('docs/metrics.md has every metric with its sentence', () => {
  assert.ok(readFileSync('docs/metrics.md', 'utf8').includes(metricsTable()), REPAIR);
});
