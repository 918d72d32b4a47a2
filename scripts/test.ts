// Runs the tests with Node's own runner; an empty run is a failure.
//   (no path)   what needs no more than npm packages, and no minutes: `test/` without its browser tests and injected faults
//   --all       everything: real servers, services, browsers, runtimes of the client libraries, kills and faults
//   a path      the files and folders named
// The client libraries come last and one at a time: two of their programs at once would take the time from each other.
import { spawnSync } from 'node:child_process';
import { globSync, statSync } from 'node:fs';

const CLIENTS = 'clients/contract';
const ALL = '--all';
const roots = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const flags = process.argv.slice(2).filter((argument) => argument.startsWith('-') && argument !== ALL);
const all = process.argv.includes(ALL);

const slashed = (file: string): string => file.replaceAll('\\', '/');
const ofClients = (file: string): boolean => slashed(file).startsWith(CLIENTS);
/** Tests in a browser, and those that make every call of the store fail once. */
const needsMore = (file: string): boolean =>
  /(^|\/)browser[^/]*\.test\.ts$|\/store\/faults\//.test(slashed(file));

function chosen(): readonly string[] {
  const named = roots.length > 0 ? roots : all ? ['test', 'system', CLIENTS] : ['test'];
  const files = named.flatMap((root) =>
    statSync(root, { throwIfNoEntry: false })?.isDirectory() ? globSync(`${root}/**/*.test.ts`) : [root],
  );
  return (roots.length > 0 || all ? files : files.filter((file) => !needsMore(file))).sort();
}

function run(concurrency: number, some: readonly string[]): number {
  if (some.length === 0) return 0;
  const options = ['--test', `--test-concurrency=${concurrency}`, '--test-timeout=600000'];
  return spawnSync(process.execPath, [...options, ...flags, ...some], { stdio: 'inherit' }).status ?? 1;
}

const files = chosen();
if (files.length === 0) {
  process.stderr.write('No test files were found: an empty run is a failure.\n');
  process.exit(1);
}
const servers = run(
  2,
  files.filter((file) => !ofClients(file)),
);
const clients = run(1, files.filter(ofClients));
process.exit(servers === 0 ? clients : servers);
