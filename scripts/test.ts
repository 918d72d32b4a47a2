// Runs the tests (all, or the files and folders named) with Node's own runner; an empty run is a failure.
import { spawnSync } from 'node:child_process';
import { globSync, statSync } from 'node:fs';

const roots = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const flags = process.argv.slice(2).filter((argument) => argument.startsWith('-'));
const files = (roots.length > 0 ? roots : ['test', 'system', 'clients/contract'])
  .flatMap((root) =>
    statSync(root, { throwIfNoEntry: false })?.isDirectory() ? globSync(`${root}/**/*.test.ts`) : [root],
  )
  .sort();
if (files.length === 0) {
  process.stderr.write('No test files were found: an empty run is a failure.\n');
  process.exit(1);
}
const run = spawnSync(
  process.execPath,
  ['--test', '--test-concurrency=2', '--test-timeout=600000', ...flags, ...files],
  { stdio: 'inherit' },
);
process.exit(run.status ?? 1);
