// How much processor time report() takes from the thread that calls it, in Python and Ruby: the libraries of this work tree beside those
// of a commit, in turns.
//
//   node bench/clients/main.ts [commit]      HEAD where none is named
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { median } from '../median.ts';

const commit = process.argv[2] ?? 'HEAD';
const ROUNDS = 5;
const TIMES = 300;
const HERE = import.meta.dirname;
const REPOSITORY = path.resolve(HERE, '../..');

const LANGUAGES = [
  { command: 'python3', library: 'clients/python/mayday.py', program: 'report.py' },
  { command: 'ruby', library: 'clients/ruby/mayday.rb', program: 'report.rb' },
] as const;

const folder = mkdtempSync(path.join(tmpdir(), 'mayday-bench-clients-'));
try {
  for (const { command, library, program } of LANGUAGES) {
    const before = path.join(folder, path.basename(library));
    writeFileSync(before, execFileSync('git', ['show', `${commit}:${library}`], { cwd: REPOSITORY }));
    const measure = (file: string): Record<string, number> =>
      JSON.parse(
        execFileSync(command, [path.join(HERE, program), file, String(TIMES)], { encoding: 'utf8' }),
      ) as Record<string, number>;
    const olds: Record<string, number>[] = [];
    const news: Record<string, number>[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      olds.push(measure(before));
      news.push(measure(path.join(REPOSITORY, library)));
    }
    for (const name of Object.keys(news[0] ?? {})) {
      const old = median(olds.map((one) => one[name] ?? Number.NaN));
      const now = median(news.map((one) => one[name] ?? Number.NaN));
      process.stdout.write(
        `${command} ${name}: ${old.toFixed(0)} µs at ${commit}, ${now.toFixed(0)} µs now, ratio ${(now / old).toFixed(2)}\n`,
      );
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
