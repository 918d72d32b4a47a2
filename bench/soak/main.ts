// `node bench/soak/main.ts [minutes]` (default 10): the whole server, all roles in one process, under everything that is asked of one at
// once: reports of all protocols, real minidumps, large uploads, symbols, pages, searches, deletes, and a store so small that it prunes all
// the time. Prints memory, descriptors, the write-ahead log and the event loop's delay by the minute, and at the end what grew.
// SOAK_MB is the size of the store (default 192), SOAK_PER_SECOND the reports a second (default 20).
import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { BENCH_ROOT, prepareSoakFolder, startSoaked, type Soaked } from './soaked-server.ts';
import { Work } from './work.ts';
import { look, sayRow, sayTableHead, sayVerdict, type Look } from './watch.ts';

const MINUTE_MS = 60_000;

const minutes = Number(process.argv[2] ?? 10);
if (!(minutes > 0)) throw new Error('the first argument is how many minutes the soak takes');
const megabytes = Number(process.env['SOAK_MB'] ?? 192);
const perSecond = Number(process.env['SOAK_PER_SECOND'] ?? 20);

const dir = mkdtempSync(path.join(BENCH_ROOT, 'mayday-soak-'));
let server: Soaked | null = null;
try {
  const dsnKey = await prepareSoakFolder(dir);
  server = await startSoaked(dir, megabytes);
  const work = new Work(server, { dsnKey, perSecond });
  const looks: Look[] = [await look(server, dir, work, 0)];
  sayTableHead({ minutes, megabytes, perSecond });
  sayRow(looks[0]);
  const started = performance.now();
  const working = work.run(minutes * MINUTE_MS);
  const steps = Math.max(2, Math.ceil(minutes));
  for (let step = 1; step <= steps; step += 1) {
    await pause(Math.max(0, (minutes * MINUTE_MS * step) / steps - (performance.now() - started)));
    looks.push(await look(server, dir, work, (performance.now() - started) / MINUTE_MS));
    sayRow(looks.at(-1));
  }
  await working;
  // What is only held for work under way is let go by then.
  await pause(Math.min(45_000, minutes * 10_000));
  looks.push(await look(server, dir, work, (performance.now() - started) / MINUTE_MS));
  sayRow(looks.at(-1), 'at rest');
  const code = await server.stop();
  sayVerdict(looks, work, code);
} finally {
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
}
