// docs/processed-minidump.md names every key that a processed minidump can have.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const ROOT = path.resolve(import.meta.dirname, '../..');

test('every key of the processed minidump is in its document', () => {
  const types = readFileSync(path.join(ROOT, 'src/formats/crash/processed-minidump.ts'), 'utf8');
  const page = readFileSync(path.join(ROOT, 'docs/processed-minidump.md'), 'utf8');
  const keys = [...new Set([...types.matchAll(/readonly (\w+)\??:/g)].map((match) => match[1] ?? ''))];
  assert.ok(keys.length > 80, `${keys.length} keys`);
  const named = new Set([...page.matchAll(/`([^`]+)`/g)].map((match) => match[1]));
  assert.deepEqual(
    keys.filter((key) => !named.has(key)),
    [],
  );
});

test('every status of the processed minidump is in its document', () => {
  const types = readFileSync(path.join(ROOT, 'src/formats/crash/processed-minidump.ts'), 'utf8');
  const page = readFileSync(path.join(ROOT, 'docs/processed-minidump.md'), 'utf8');
  const statuses = [...types.matchAll(/\| '(OK|ERROR_\w+)'/g)].map((match) => match[1] ?? '');
  assert.equal(statuses.length, 8);
  assert.deepEqual(
    statuses.filter((status) => !page.includes(`| \`${status}\` |`)),
    [],
  );
});
