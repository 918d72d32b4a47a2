// `node bench/ingest/main.ts`: Mayday's intake against two floors measured in the same run, round by round: a bare node:http
// server that drains the body, and one that writes and fsyncs one file per request. Prints the whole table (small reports, real
// minidumps, random bytes), two submit processes on one folder, a stop under load, start time, and peak memory with 64 large uploads at once.
// With BENCH_BEFORE, the root of another checkout, its server takes its turn in every round, too.
// An argument names one part: `table`, `two`, `stop`, `start`, `large`, `large random`, or the label of a line (`1 KB`, `random 100 KB`).
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { benchCases, dumpLike } from './cases.ts';
import { freePort, peakMemoryMb, startMayday } from './children.ts';
import { compareProcesses, compareWithFloors, sayHead } from './compare.ts';
import { stopUnderLoad } from './stop.ts';
import { formUpload, runLoad } from './load.ts';
import { median } from '../median.ts';
import { say } from './words.ts';

const HOW = {
  rounds: Number(process.env['BENCH_ROUNDS'] ?? 3),
  roundMs: Number(process.env['BENCH_ROUND_MS'] ?? 3000),
  connections: 32,
};
const LARGE = { uploads: 64, bytes: 25 * 1024 * 1024 } as const;

/** All uploads are under way at once: every connection has sent its first half before any sends its second. */
async function largeUploads(kind: string, content: Buffer): Promise<void> {
  const mayday = await startMayday({ MAX_REPORTS_SIZE_MB: '8192' });
  const before = peakMemoryMb(mayday.pid);
  const request = formUpload(content);
  const half = Math.floor(request.bytes.length / 2);
  let halves = 0;
  let release: () => void = () => undefined;
  const allHalfway = new Promise<void>((resolve) => (release = resolve));
  const started = performance.now();
  const statuses = await Promise.all(
    Array.from({ length: LARGE.uploads }, (_, number) => {
      const first = Buffer.from(request.bytes.subarray(0, request.counterAt + 12));
      first.write(String(number).padStart(12, '0'), request.counterAt, 'latin1');
      return new Promise<string>((resolve, reject) => {
        const socket = connect(mayday.port, '127.0.0.1');
        let answer = '';
        socket.on('error', reject);
        socket.on('data', (chunk) => {
          answer += chunk.toString('latin1');
          if (answer.includes('\r\n\r\n')) socket.end();
        });
        socket.on('close', () => resolve(answer.slice(9, 12)));
        socket.write(first);
        socket.write(request.bytes.subarray(request.counterAt + 12, half), () => {
          halves += 1;
          if (halves === LARGE.uploads) release();
          void allHalfway.then(() => socket.write(request.bytes.subarray(half)));
        });
      });
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  const peak = peakMemoryMb(mayday.pid);
  await mayday.stop();
  const good = statuses.filter((status) => status === '200').length;
  say(
    `\n${LARGE.uploads} uploads of ${LARGE.bytes / 1024 / 1024} MB of ${kind} at once: ${good} answered 200 in ${seconds.toFixed(1)} s`,
  );
  say(`  peak resident memory ${peak.toFixed(0)} MB (${before.toFixed(0)} MB before)`);
}

/** A client tries until a report is accepted; meanwhile the server starts, and goes on starting its other roles. */
async function startUp(): Promise<void> {
  const accepted: number[] = [];
  const complete: number[] = [];
  for (let round = 0; round < HOW.rounds; round += 1) {
    const port = await freePort();
    const started = performance.now();
    const starting = startMayday({ SUBMIT_SERVER_PORT: String(port) });
    const whole = starting.then(() => complete.push(performance.now() - started));
    await firstReport(port);
    accepted.push(performance.now() - started);
    await whole;
    await (await starting).stop();
  }
  const seconds = (times: readonly number[]): string => (median(times) / 1000).toFixed(2);
  say(`\nstart to first accepted report: ${seconds(accepted)} s (median of ${HOW.rounds})`);
  say(`start to all roles running: ${seconds(complete)} s`);
}

async function firstReport(port: number): Promise<void> {
  for (;;) {
    try {
      const { failures } = await runLoad({
        ports: [port],
        request: formUpload(dumpLike(1024)),
        connections: 1,
        durationMs: 0,
      });
      if (failures > 0) throw new Error('the first report was not accepted');
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error;
      await pause(5);
    }
  }
}

const only = process.argv[2];
const wants = (part: string): boolean => only === undefined || only === part;
if (wants('start')) await startUp();
const cases = benchCases().filter(({ label }) => wants('table') || wants(label));
if (cases.length > 0) sayHead(HOW);
for (const subject of cases) await compareWithFloors(subject, HOW);
if (wants('two')) {
  await compareProcesses('1 KB', formUpload(dumpLike(1024)), HOW);
  await compareProcesses('100 KB', formUpload(dumpLike(100 * 1024)), HOW);
}
if (wants('stop')) {
  await stopUnderLoad('1 KB', formUpload(dumpLike(1024)), HOW.connections);
  await stopUnderLoad('random 100 KB', formUpload(randomBytes(100 * 1024)), HOW.connections);
}
if (wants('large')) await largeUploads('a dump', dumpLike(LARGE.bytes));
if (wants('large random')) await largeUploads('random bytes', randomBytes(LARGE.bytes));
