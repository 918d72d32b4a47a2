// The writer thread: the one place of a process that writes to the database.
// States: working on a batch → idle (housekeeping in small steps, if this process does it) → working … → closed.
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { KeptLedger } from '../filing/kept-ledger.ts';
import { foldLogInTime } from '../database/fold-log.ts';
import { openDatabase, walBytesFor } from '../database/open-database.ts';
import { layoutOf, packBytesFor } from '../disk/folder-layout.ts';
import { query } from '../database/query.ts';
import { releaseReserve } from '../disk/reserve.ts';
import { asStorageError, isLackOfSpace, spoilsConnection } from '../disk/storage-error.ts';
import { runBatch } from './batch.ts';
import { newNames } from '../transaction/write-context.ts';
import type { Writer } from '../write/in-transaction.ts';
import { Room } from '../write/room.ts';
import type { Growth } from '../write/room.ts';
import { Housekeeping } from './housekeeping.ts';
import { Turns } from './turns.ts';
import { unpackJobs } from './packed-jobs.ts';
import type { Job, JobFailure, JobResult } from './job.ts';
import type { FromThread, ThreadSettings, ToThread } from './protocol.ts';

const CACHE_BYTES = 16 * 1024 * 1024;

const settings = workerData as ThreadSettings;
const port = parentPort;
if (port === null) throw new Error('writer-thread.ts runs in a worker thread only');

const layout = layoutOf(settings.dir);
const walBytes = walBytesFor(settings.maxBytes);
const room = new Room({
  maxBytes: settings.maxBytes,
  walBytes,
  packBytes: packBytesFor(settings.maxBytes),
  pruneGraceMs: settings.pruneGraceMs,
  keepOfCase: settings.keepOfCase,
  pruned: ({ reports, bytes }) => tell({ kind: 'pruned', reports, bytes, why: 'size' }),
  trouble: (message) => tell({ kind: 'trouble', message }),
});
const turns = new Turns();
let writer = openWriter();
/** The database was encrypted by another process: what this one wrote would lie there in clear. */
let isUnusable = false;
const housekeeping = new Housekeeping({
  ...{ settings, room, turns, writer: () => writer, tell, failed },
  unusable() {
    isUnusable = true;
    tell({ kind: 'unusable' });
  },
});

function openWriter(): Writer {
  const connection = openDatabase(layout.database, { readonly: false, cacheBytes: CACHE_BYTES, walBytes });
  return { connection, layout, names: newNames(), kept: new KeptLedger() };
}

function tell(message: FromThread): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
  port?.postMessage(message);
}

/** A spoilt connection is replaced, since SQLite's view of a file after an I/O error is not to be trusted. */
function failed(error: unknown): void {
  tell({ kind: 'trouble', message: asStorageError(error, 'write').message });
  if (!spoilsConnection(error)) return;
  try {
    writer.connection.close();
  } catch {
    // What could not be closed is left to the collector; the new connection does not depend on it.
  }
  writer = openWriter();
}

async function work(jobs: readonly Job[]): Promise<readonly JobResult[]> {
  if (isUnusable) {
    const message = 'the store was encrypted by another process';
    return jobs.map(() => ({ failure: { message, reason: 'failed', certain: true } }));
  }
  try {
    const refusals = jobs.map((job) => refusal(job));
    const admitted = jobs.filter((_, index) => refusals[index] === null);
    const full = await withSpace(() => room.make(writer, sumOf(admitted)));
    const runnable = full === null ? admitted : admitted.filter(({ name }) => !GROWING.has(name));
    const results = await run(runnable);
    return jobs.map((job, index) => {
      const refused = refusals[index] ?? null;
      if (refused !== null) return refused;
      if (full !== null && GROWING.has(job.name)) return fullResult(full);
      return results.shift() ?? fullResult('the batch was cut short');
    });
  } catch (error) {
    const { message, reason } = asStorageError(error, 'commit');
    failed(error);
    return jobs.map(() => ({ failure: { message, reason, certain: false } }));
  }
}

/** Runs what may be run. What needs a little space to make more of it, or is a person's, gets what was kept back for it. */
async function run(jobs: readonly Job[]): Promise<JobResult[]> {
  if (jobs.length === 0) return [];
  const results = [...(await runBatch(writer, jobs))];
  const starved = jobs.flatMap((job, index) => {
    const result = results[index];
    const starves = result !== undefined && 'failure' in result && result.failure.reason === 'full';
    return starves && !GROWING.has(job.name) ? [index] : [];
  });
  if (starved.length === 0) return results;
  findSpace();
  for (const index of starved) {
    const [again] = await runBatch(writer, jobs.slice(index, index + 1));
    if (again !== undefined) results[index] = again;
  }
  return results;
}

/** Runs something, and once more with the space that was kept back where the disk was full. */
async function withSpace<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isLackOfSpace(error)) throw error;
    findSpace();
    return work();
  }
}

/** Folds the log back and gives up the reserve. */
function findSpace(): void {
  try {
    foldLog(writer.connection).all();
  } catch (error) {
    if (!isLackOfSpace(error)) throw error;
  }
  releaseReserve(layout);
}

const foldLog = query<[], unknown>(`PRAGMA wal_checkpoint(TRUNCATE)`);

/** Writes that wait for space; people can still sign in and remove reports when the store is full. */
const GROWING: ReadonlySet<string> = new Set([
  'commitReport',
  'createPack',
  'completeReport',
  'putBlob',
  'newInstallation',
  'addInbox',
]);

function refusal(job: Job): JobResult | null {
  if (!GROWING.has(job.name) || !room.tooLarge(job.growth)) return null;
  return fullResult('it is larger than everything that may be stored');
}

function fullResult(message: string): JobResult {
  return { failure: { message, reason: 'full', certain: true } };
}

function sumOf(jobs: readonly Job[]): Growth {
  let rows = 0;
  let files = 0;
  for (const { growth } of jobs) {
    rows += growth.rows;
    files += growth.files;
  }
  return { rows, files };
}

async function batch(jobs: readonly Job[]): Promise<void> {
  const startedAt = performance.now();
  const before = { full: room.full, short: room.short };
  const results = await work(jobs);
  if (room.full !== before.full || room.short !== before.short)
    tell({ kind: 'disk', disk: { full: room.full, short: room.short } });
  const reports = jobs.filter(({ name }) => name === 'commitReport').length;
  const failures: [number, JobFailure][] = [];
  const values = results.map((result, index) => {
    if ('value' in result) return result.value;
    failures.push([index, result.failure]);
    return undefined;
  });
  tell({ kind: 'results', values, failures, reports, seconds: (performance.now() - startedAt) / 1000 });
  foldLogInTime(writer.connection, layout);
  housekeeping.batchDone();
}

let isClosed = false;

function close(): void {
  isClosed = true;
  housekeeping.stop();
  writer.connection.close();
  port?.close();
}

async function maintain(): Promise<void> {
  try {
    tell({ kind: 'maintained', result: await withSpace(() => housekeeping.maintain()) });
  } catch (error) {
    // Whoever closes the store in the midst of it has no database any more: that is no fault, and the client answers those who wait.
    if (isClosed) return;
    failed(error);
    tell({ kind: 'unmaintained', message: asStorageError(error, 'keep the store in order').message });
  }
}

/** What was heard and has not had its turn. */
let heard: ToThread[] = [];

function hear(message: ToThread): void {
  heard.push(message);
  if (heard.length === 1) void turns.take(answer);
}

/** Takes what was posted while the last batch was written along with the message that is here. */
async function answer(): Promise<void> {
  for (let more = nextMessage(); more !== null; more = nextMessage()) heard.push(more);
  const messages = heard;
  heard = [];
  const jobs = messages.flatMap((message) => (message.kind === 'batch' ? unpackJobs(message.batch) : []));
  if (jobs.length > 0) await batch(jobs);
  for (const { kind } of messages) {
    if (kind === 'maintain') void maintain();
    else if (kind === 'close') close();
  }
}

function nextMessage(): ToThread | null {
  const received = port === null ? undefined : receiveMessageOnPort(port);
  return received === undefined ? null : (received.message as ToThread);
}

port.on('message', hear);

if (settings.housekeeping) housekeeping.start();
tell({ kind: 'ready' });
