// A Node that is too old gets one plain sentence.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

test('an old Node is told in one sentence what is needed, and how a clone starts', () => {
  // The version is all that the entry point looks at; an old Node itself would need another download.
  const run = spawnSync(
    process.execPath,
    [
      '--import',
      "data:text/javascript,Object.defineProperty(process.versions, 'node', { value: '20.1.0' })",
      'bin/mayday.js',
      'version',
    ],
    { encoding: 'utf8' },
  );
  assert.equal(run.status, 1);
  assert.match(
    run.stderr,
    /^Mayday needs Node 24 or newer, and this is Node 20\.1\.0\. [^\n]+npm start[^\n]+\n$/,
  );
});
