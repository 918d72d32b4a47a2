// Whoever reads a page in a clone has no `mayday` on the path: a page with commands to copy says how a clone calls them, before the first.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

test('a page with commands of Mayday says how a clone calls them, before or beside the first', () => {
  const pages = globSync('{README.md,docs/**/*.md,deploy/**/*.md,clients/**/*.md}', {
    exclude: ['**/node_modules/**'],
  });
  let found = 0;
  for (const page of pages) {
    const text = readFileSync(page, 'utf8');
    const first = text.search(/^(?:\$ )?(?:[A-Z_]+=\S+ )*mayday [a-z]/m);
    if (first === -1) continue;
    found += 1;
    const said = text.indexOf('npm run mayday --');
    assert.ok(
      said !== -1 && said < first,
      `${page} does not say "npm run mayday --" before its first command`,
    );
  }
  assert.ok(found >= 5, `${found} pages with commands`);
});
