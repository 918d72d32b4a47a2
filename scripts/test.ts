// Runs the tests (all, or the files and folders named) with Node's own runner; an empty run is a failure.
// The client libraries come last and one at a time: their tests watch real programs by the clock, and two at once would
// take the time from each other.
import { spawnSync } from 'node:child_process';
import { globSync, statSync } from 'node:fs';

const CLIENTS = 'clients/contract';
const roots = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const flags = process.argv.slice(2).filter((argument) => argument.startsWith('-'));
const files = (roots.length > 0 ? roots : ['test', 'system', CLIENTS])
  .flatMap((root) =>
    statSync(root, { throwIfNoEntry: false })?.isDirectory() ? globSync(`${root}/**/*.test.ts`) : [root],
  )
  .sort();
if (files.length === 0) {
  process.stderr.write('No test files were found: an empty run is a failure.\n');
  process.exit(1);
}

function run(concurrency: number, some: readonly string[]): number {
  if (some.length === 0) return 0;
  const options = ['--test', `--test-concurrency=${concurrency}`, '--test-timeout=600000'];
  return spawnSync(process.execPath, [...options, ...flags, ...some], { stdio: 'inherit' }).status ?? 1;
}

const ofClients = (file: string): boolean => file.replaceAll('\\', '/').startsWith(CLIENTS);
const servers = run(
  2,
  files.filter((file) => !ofClients(file)),
);
const clients = run(1, files.filter(ofClients));
process.exit(servers === 0 ? clients : servers);
