// `node bench/attack/main.ts [attack …]`: honest uploads of 300 KB while somebody attacks the submit server, against the same uploads to the
// same server before. Prints the ratio of the medians (goal: below 2), what the server took in memory and processor time, and what honest
// clients were answered. Ends by itself; ATTACK_SECONDS says how long each attack goes on (10).
import { setTimeout as pause } from 'node:timers/promises';
import { cpuMicroseconds, peakMemoryMb, startMayday } from '../ingest/children.ts';
import { ATTACKS } from './attacks.ts';
import { honestUploads } from './honest.ts';

const SECONDS = Number(process.env['ATTACK_SECONDS'] ?? 10);
const QUIET_SECONDS = 4;
/** An attack has to be under way before it is measured. */
const BEGIN_MS = 1500;
const GOAL = 2;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const wanted = process.argv.slice(2);
const chosen = Object.entries(ATTACKS).filter(([name]) => wanted.length === 0 || wanted.includes(name));
if (chosen.length === 0) throw new Error(`the attacks are: ${Object.keys(ATTACKS).join(', ')}`);
say('| attack | quiet ms | under attack ms | ratio | worst ms | answers | peak MB | cores used |');
say('| --- | ---: | ---: | ---: | ---: | --- | ---: | ---: |');
for (const [name, attack] of chosen) {
  const mayday = await startMayday({ MAX_REPORTS_SIZE_MB: '4096', LOG_LEVEL: 'silent' });
  await honestUploads(mayday.port, 1);
  const quiet = await honestUploads(mayday.port, QUIET_SECONDS);
  const end = attack(mayday.port);
  await pause(BEGIN_MS);
  const [startedAt, before] = [performance.now(), cpuMicroseconds(mayday.pid)];
  const attacked = await honestUploads(mayday.port, SECONDS);
  const cores = (cpuMicroseconds(mayday.pid) - before) / (performance.now() - startedAt) / 1000;
  const peak = peakMemoryMb(mayday.pid);
  end();
  await mayday.stop();
  const ratio = attacked.medianMs / quiet.medianMs;
  const answers = Object.entries(attacked.answers).map(([status, count]) => `${count} × ${status}`);
  say(
    `| ${name} | ${quiet.medianMs.toFixed(0)} | ${attacked.medianMs.toFixed(0)} | ${ratio.toFixed(1)}${ratio < GOAL ? '' : ' **missed**'} | ${attacked.worstMs.toFixed(0)} | ${answers.join(', ')} | ${peak.toFixed(0)} | ${cores.toFixed(1)} |`,
  );
}
process.exit(0);
