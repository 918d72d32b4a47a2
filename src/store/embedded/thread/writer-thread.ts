// The writer thread: the one place of a process that writes to the database.
// States: working on a batch → idle (housekeeping in small steps, if this process does it) → working … → closed.
import { parentPort, workerData } from 'node:worker_threads';
import { openDatabase } from '../database/open-database.ts';
import type { Connection } from '../database/query.ts';
import { layoutOf } from '../layout.ts';
import { asStorageError } from '../storage-error.ts';
import { runBatch } from '../write/batch.ts';
import type { BatchSettings } from '../write/batch.ts';
import type { FromThread, Job, JobResult, ThreadSettings, ToThread } from './protocol.ts';

const CACHE_BYTES = 16 * 1024 * 1024;
const WAL_BYTES = 8 * 1024 * 1024;

const settings = workerData as ThreadSettings;
const port = parentPort;
if (port === null) throw new Error('writer-thread.ts runs in a worker thread only');

const layout = layoutOf(settings.dir);
let writer = openWriter();

function openWriter(): BatchSettings {
  const connection: Connection = openDatabase(layout.database, {
    readonly: false,
    cacheBytes: CACHE_BYTES,
    walBytes: WAL_BYTES,
  });
  return { connection, layout, names: { products: new Map(), kinds: new Map() } };
}

function tell(message: FromThread): void {
  port?.postMessage(message);
}

/** A spoilt connection is replaced, since SQLite's view of a file after an I/O error is not to be trusted. */
function reopen(): void {
  try {
    writer.connection.close();
  } catch {
    // What could not be closed is left to the collector; the new connection does not depend on it.
  }
  writer = openWriter();
}

function work(jobs: readonly Job[]): readonly JobResult[] {
  try {
    return runBatch(writer, jobs);
  } catch (error) {
    const { message, reason } = asStorageError(error, 'commit');
    tell({ kind: 'trouble', message });
    reopen();
    return jobs.map(() => ({ failure: { message, reason, certain: false } }));
  }
}

port.on('message', (message: ToThread) => {
  if (message.kind === 'close') {
    writer.connection.close();
    port.close();
    return;
  }
  const startedAt = performance.now();
  const results = work(message.jobs);
  const reports = message.jobs.filter(({ name }) => name === 'commitReport').length;
  tell({ kind: 'results', results, reports, seconds: (performance.now() - startedAt) / 1000 });
});

tell({ kind: 'ready' });
