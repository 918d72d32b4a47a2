// `node bench/ingest/main.ts`: Mayday's intake against two floors measured in the same run, round by round:
// a bare node:http server that drains the body, and one that writes and fsyncs one file per request.
// Prints requests a second, p99, ratios (median of the rounds), start time, and peak memory with 64 large uploads at once.
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort, peakMemoryMb, startFloor, startMayday, type Child } from './children.ts';
import { formUpload, runLoad, type LoadResult } from './load.ts';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const ROUND_MS = Number(process.env['BENCH_ROUND_MS'] ?? 3000);
const CONNECTIONS = 32;
const SIZES = [
  { label: '1 KB', bytes: 1024 },
  { label: '100 KB', bytes: 100 * 1024 },
  { label: '1 MB', bytes: 1024 * 1024 },
] as const;
const LARGE = { uploads: 64, bytes: 25 * 1024 * 1024 } as const;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const show = (value: number, digits = 0): string => value.toFixed(digits).padStart(9);

async function compare(size: (typeof SIZES)[number]): Promise<void> {
  const servers = {
    drain: await startFloor('drain'),
    fsync: await startFloor('fsync'),
    mayday: await startMayday({ MAX_REPORTS_SIZE_MB: '4096' }),
  };
  const results: Record<keyof typeof servers, LoadResult[]> = { drain: [], fsync: [], mayday: [] };
  const request = formUpload(size.bytes);
  try {
    for (const server of Object.values(servers)) {
      await runLoad({ port: server.port, request, connections: CONNECTIONS, durationMs: ROUND_MS / 3 });
    }
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [name, server] of Object.entries(servers) as [keyof typeof servers, Child][]) {
        results[name].push(
          await runLoad({ port: server.port, request, connections: CONNECTIONS, durationMs: ROUND_MS }),
        );
      }
    }
  } finally {
    await Promise.all(Object.values(servers).map((server) => server.stop()));
  }
  say(`\n${size.label} dump + 7 annotations, ${CONNECTIONS} connections, ${ROUNDS} rounds of ${ROUND_MS} ms`);
  say('  server                 requests/s    p50 ms    p99 ms  failures');
  for (const [name, rounds] of Object.entries(results)) {
    const failures = rounds.reduce((sum, { failures: count }) => sum + count, 0);
    say(
      `  ${name.padEnd(22)}${show(median(rounds.map((r) => r.perSecond)))} ${show(median(rounds.map((r) => r.p50Ms)), 2)} ${show(median(rounds.map((r) => r.p99Ms)), 2)} ${show(failures)}`,
    );
  }
  const ratio = (floor: 'drain' | 'fsync'): string =>
    median(
      results.mayday.map((r, index) => r.perSecond / (results[floor][index]?.perSecond ?? Number.NaN)),
    ).toFixed(2);
  say(`  mayday / drain = ${ratio('drain')}   mayday / fsync = ${ratio('fsync')}`);
}

/** All uploads are under way at once: every connection has sent its first half before any sends its second. */
async function largeUploads(): Promise<void> {
  const mayday = await startMayday({ MAX_REPORTS_SIZE_MB: '8192' });
  const before = peakMemoryMb(mayday.pid);
  const request = formUpload(LARGE.bytes);
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
    `\n${LARGE.uploads} uploads of ${LARGE.bytes / 1024 / 1024} MB at once: ${good} answered 200 in ${seconds.toFixed(1)} s`,
  );
  say(`  peak resident memory ${peak.toFixed(0)} MB (${before.toFixed(0)} MB before)`);
}

/** A client tries until a report is accepted; meanwhile the server starts, and goes on starting its other roles. */
async function startUp(): Promise<void> {
  const accepted: number[] = [];
  const complete: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
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
  say(`\nstart to first accepted report: ${seconds(accepted)} s (median of ${ROUNDS})`);
  say(`start to all roles running: ${seconds(complete)} s`);
}

async function firstReport(port: number): Promise<void> {
  for (;;) {
    try {
      const { failures } = await runLoad({ port, request: formUpload(1024), connections: 1, durationMs: 0 });
      if (failures > 0) throw new Error('the first report was not accepted');
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error;
      await pause(5);
    }
  }
}

const only = process.argv[2];
if (only === undefined || only === 'start') await startUp();
for (const size of SIZES) if (only === undefined || only === size.label) await compare(size);
if (only === undefined || only === 'large') await largeUploads();
