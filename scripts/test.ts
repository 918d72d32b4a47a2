// Runs the tests with Node's own runner; an empty run is a failure.
//   (no path)   what needs no more than npm packages, and no minutes: `test/` without those of NEEDS_MORE, and a sample of what could be tried
//               without end
//   --all       everything: real servers, services, browsers, runtimes of the client libraries, kills and faults
//   a path      the files and folders named; a word that is no path names the tests in `test/` that have it in theirs
// The client libraries come last and one at a time: two of their programs at once would take the time from each other.
import { spawnSync } from 'node:child_process';
import { globSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';

const CLIENTS = 'clients/contract';
const ALL = '--all';
const roots = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const flags = process.argv.slice(2).filter((argument) => argument.startsWith('-') && argument !== ALL);
const all = process.argv.includes(ALL);
/** Tests that look from many sides then look from some of them (test/thorough.ts). */
const isSample = !all && roots.length === 0;

/**
 * Every file is a process of its own, and every store has threads: each would strip the types of some hundred modules again. The same
 * folder as a server's that is started from sources (bin/mayday.js).
 */
const COMPILED = path.resolve(import.meta.dirname, '../node_modules/.cache/mayday');

const slashed = (file: string): string => file.replaceAll('\\', '/');
const ofClients = (file: string): boolean => slashed(file).startsWith(CLIENTS);
/**
 * Tests in a browser, those that make every call of the store fail once, that kill, break or encrypt whole stores, crawl every page as everybody,
 * or take in the data of other servers. Each takes some ten seconds of a processor, and has a smaller kin that `npm test` runs.
 */
const NEEDS_MORE = [
  /(^|\/)browser[^/]*\.test\.ts$/,
  /\/store\/faults\//,
  /\/canary\/canary\.test\.ts$|\/killed[^/]*\.test\.ts$/,
  /\/store\/embedded\/(?:backup|encryption|repair|restored-erasures|thin-facts)\.test\.ts$/,
  /\/moving\/(?:import-foreign|import-hostile|export-import)\.test\.ts$/,
];
const needsMore = (file: string): boolean => NEEDS_MORE.some((kind) => kind.test(slashed(file)));

function chosen(): readonly string[] {
  const named = roots.length > 0 ? roots : all ? ['test', 'system', CLIENTS] : ['test'];
  const files = [...new Set(named.flatMap((root) => testsOf(root)))];
  return (roots.length > 0 || all ? files : files.filter((file) => !needsMore(file))).sort();
}

function testsOf(root: string): readonly string[] {
  const entry = statSync(root, { throwIfNoEntry: false });
  if (entry?.isFile() === true) return [root];
  const found = entry?.isDirectory() === true ? globSync(`${root}/**/*.test.ts`) : [];
  if (found.length > 0) return found;
  const worded = globSync('test/**/*.test.ts').filter((file) => slashed(file).includes(root));
  if (worded.length === 0) process.stderr.write(`No test has "${root}" in its path.\n`);
  return worded;
}

function run(concurrency: number, some: readonly string[]): number {
  if (some.length === 0) return 0;
  // All faults of the store take hours, each part of them more than ten minutes.
  const timeoutMs = process.env['FAULT_CASES'] === 'all' ? 24 * 3_600_000 : 600_000;
  const options = ['--test', `--test-concurrency=${concurrency}`, `--test-timeout=${timeoutMs}`];
  return (
    spawnSync(process.execPath, [...options, ...flags, ...some], {
      stdio: 'inherit',
      env: { NODE_COMPILE_CACHE: COMPILED, MAYDAY_TESTS: isSample ? 'sample' : 'all', ...process.env },
    }).status ?? 1
  );
}

const files = chosen();
if (files.length === 0) {
  process.stderr.write('No test files were found: an empty run is a failure.\n');
  process.exit(1);
}
// One more than there are processors: tests wait for disks and for clients that are slow on purpose.
const servers = run(
  availableParallelism() + 1,
  files.filter((file) => !ofClients(file)),
);
const clients = run(1, files.filter(ofClients));
process.exit(servers === 0 ? clients : servers);
