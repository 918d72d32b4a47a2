// Tries damaged debug files: `node test/formats/debug-files/fuzz-run.ts [COUNT] [MINUTES] [FIRST]`, 100,000 within 30 minutes unless told
// otherwise. Ends by itself; prints every fault with the number that makes its input again.
import { fuzz } from './fuzzing.ts';
import { seedFiles } from './fuzz-seeds.ts';

const [count = 100_000, minutes = 30, first = 0] = process.argv.slice(2).map(Number);
const seeds = seedFiles({ corpus: true });
const start = performance.now();
let faults = 0;
const tried = await fuzz(
  seeds,
  { from: first, to: first + count, isOver: () => performance.now() - start > minutes * 60_000 },
  ({ seed, input, what }) => {
    faults++;
    process.stdout.write(`${seed}, input ${input}: ${what}\n`);
  },
);
const seconds = Math.round((performance.now() - start) / 1000);
const peak = Math.round(process.resourceUsage().maxRSS / 1024);
process.stdout.write(
  `${tried} inputs of ${seeds.length} files in ${seconds} s, ${faults} faults, at most ${peak} MB\n`,
);
process.exitCode = faults === 0 && tried > 0 ? 0 : 1;
