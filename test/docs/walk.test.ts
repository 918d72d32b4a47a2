// The walk and the section on filing in docs/architecture.md name files that exist.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const page = readFileSync('docs/architecture.md', 'utf8');

/** The text between a heading and the next one. */
function section(heading: string): string {
  const [, text] = page.split(`## ${heading}\n`);
  assert.ok(text !== undefined, `there is a section "${heading}"`);
  return text.split('\n## ')[0] ?? '';
}

function namedFiles(text: string): readonly string[] {
  return [...text.matchAll(/`([\w/-]+\.ts)`/g)].map(([, file]) => file ?? '');
}

test('every file of the walk exists, and the walk goes through every room on the way', () => {
  const files = namedFiles(section('One upload, from socket to bug to page'));
  assert.ok(files.length > 30, `only ${files.length} files`);
  assert.deepEqual(
    files.filter((file) => !existsSync(`src/${file}`)),
    [],
  );
  const rooms = new Set(files.map((file) => file.split('/')[0]));
  assert.deepEqual(rooms, new Set(['submit', 'wire', 'report', 'store', 'process', 'formats', 'reports']));
});

test('every file that the section on filing names exists', () => {
  const files = namedFiles(section('Filing'));
  assert.ok(files.length > 8, `only ${files.length} files`);
  const missing = files.filter(
    (file) => !existsSync(`src/${file.includes('/') ? file : `store/filing/${file}`}`),
  );
  assert.deepEqual(missing, []);
});
