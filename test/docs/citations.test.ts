// Comments cite only pages that a reader of the repository has: every `….md` named in code exists.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const ROOT = path.resolve(import.meta.dirname, '../..');
/** Pages of this repository that are cited by name alone, and of clients' own folders. */
const pages = new Set(
  globSync(['*.md', 'docs/**/*.md', 'clients/**/*.md', 'deploy/**/*.md'], { cwd: ROOT }).flatMap((page) => [
    page.replaceAll('\\', '/'),
    path.posix.basename(page),
  ]),
);

test('every page that a comment cites is in the repository', () => {
  const files = globSync('{src,test,system,bench,scripts}/**/*.ts', { cwd: ROOT });
  assert.ok(files.length > 500, `only ${files.length} files`);
  const lost = files.flatMap((file) =>
    readFileSync(path.join(ROOT, file), 'utf8')
      .split('\n')
      .filter((line) => /^\s*(\/\/|\/?\*)/.test(line))
      .flatMap((line) => line.match(/[\w/.-]*\w\.md\b/g) ?? [])
      .filter((page) => !pages.has(page))
      .map((page) => `${file}: ${page}`),
  );
  assert.deepEqual(lost, []);
});
