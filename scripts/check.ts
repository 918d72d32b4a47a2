// `npm run check`: every check that a change must pass, in the order of their cost; a failing step names its repair.
// `--no-tests` leaves the tests out, for who has just run them.
import { spawnSync } from 'node:child_process';

const steps = [
  { script: 'format:check', repair: 'npm run format' },
  { script: 'lint', repair: 'npm run lint -- --fix' },
  { script: 'types', repair: 'npm run types' },
  { script: 'unused', repair: 'npm run unused -- --fix' },
  { script: 'test', repair: 'npm test -- <file>' },
] as const;

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const withTests = !process.argv.includes('--no-tests');
for (const { script, repair } of steps.filter(({ script: name }) => withTests || name !== 'test')) {
  process.stdout.write(`\n== ${script}\n`);
  const { status } = spawnSync(npm, ['run', '--silent', script], { stdio: 'inherit' });
  if (status !== 0) {
    process.stderr.write(`\n"${script}" failed. To look at it alone or repair it: ${repair}\n`);
    process.exit(1);
  }
}
process.stdout.write('\nAll checks passed.\n');
