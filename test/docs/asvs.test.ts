// The walk through OWASP ASVS 5 (docs/security.md): every requirement of levels 1 and 2 has exactly one row, and what a row names exists.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

const PAGE = 'docs/security.md';

interface Row {
  readonly chapter: string;
  readonly number: string;
  readonly where: string;
  readonly test: string;
}

/** The rows of the tables behind the heading of the walk. */
function rowsOf(page: string): readonly Row[] {
  const rows: Row[] = [];
  let chapter = '';
  for (const line of (page.split('\n## OWASP ASVS 5')[1] ?? '').split('\n')) {
    chapter = /^### (.+)$/.exec(line)?.[1] ?? chapter;
    const [, number, where, named] = /^\| (\d+\.\d+\.\d+) [^|]+ \| ([^|]+) \| ([^|]+) \|$/.exec(line) ?? [];
    if (number !== undefined && where !== undefined && named !== undefined) {
      rows.push({ chapter, number, where, test: named });
    } else assert.doesNotMatch(line, /^\| \d/, 'a row that cannot be read');
  }
  return rows;
}

const rows = rowsOf(readFileSync(PAGE, 'utf8'));
const paths = (cell: string): readonly string[] =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);

describe('the walk through OWASP ASVS 5', () => {
  test('has each requirement of levels 1 and 2 once, in the table of its chapter', () => {
    const wanted = readFileSync('testdata/asvs-5.0.0-levels-1-2.txt', 'utf8').trim().split('\n');
    assert.equal(wanted.length, 253);
    const walked = rows.filter(({ chapter }) => /^V\d/.test(chapter));
    assert.deepEqual(
      walked.map(({ number }) => number),
      wanted,
    );
    for (const { chapter, number } of walked)
      assert.equal(/^V(\d+) /.exec(chapter)?.[1], number.split('.')[0]);
    const all = rows.map(({ number }) => number);
    assert.equal(new Set(all).size, all.length);
  });

  test('names a test, a page, or why there is none', () => {
    for (const { number, where, test: cell } of rows) {
      const isExcused = /^(does not apply: |\*\*not met\*\*: |\*\*in part\*\*: ).{3}/.test(where);
      assert.ok(paths(cell).length > 0 || isExcused || /\]\([^)]+\)/.test(where), number);
    }
  });

  test('names only tests and files that exist', () => {
    const missing: string[] = [];
    for (const { number, where, test: cell } of rows) {
      for (const name of paths(cell)) {
        const file = name.startsWith('system/') ? name : path.join('test', name);
        if (!existsSync(file)) missing.push(`${number}: ${file}`);
      }
      for (const name of paths(where)) {
        const isFile = /^[a-z]+\/[\w/.-]+$/.test(name);
        if (isFile && !existsSync(path.join('src', name))) missing.push(`${number}: src/${name}`);
      }
    }
    assert.deepEqual(missing, []);
  });
});
