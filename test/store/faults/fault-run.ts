// A process of its own: runs the history once for each of the cases named, with one fault in each. Arguments: `<folder>|<call>|<sort>|<fault>` …
// What happens goes to standard output at once, one JSON text a line, so that it is known even when the process is killed.
import { writeSync } from 'node:fs';
import { FAULTS, SORTS } from './fault-names.ts';
import { arm, disarm } from './fault-seam.ts';
import { runHistory } from './history.ts';

function say(value: unknown): void {
  writeSync(1, `${JSON.stringify(value)}\n`);
}

for (const argument of process.argv.slice(2)) {
  const [dir = '', call = '0', sortName = '', name = ''] = argument.split('|');
  const fault = FAULTS.find((each) => each === name) ?? 'EIO';
  const sort = SORTS.find((each) => each === sortName) ?? 'any';
  say({ begin: dir });
  arm(Number(call), sort, fault);
  await runHistory(dir, (told) => say({ told }));
  say({ end: disarm() });
}
