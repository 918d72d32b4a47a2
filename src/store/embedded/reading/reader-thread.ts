// A reader thread: answers one question after the other on a connection of its own, which never writes.
import { parentPort, workerData } from 'node:worker_threads';
import { openDatabase } from '../database/open-database.ts';
import { errorCode } from '../disk/storage-error.ts';
import type { ReadAnswer, ReadQuestion, ReaderSettings } from './reading-protocol.ts';
import { runRead } from './reads.ts';

const CACHE_BYTES = 4 * 1024 * 1024;

const { database } = workerData as ReaderSettings;
const connection = openDatabase(database, { readonly: true, cacheBytes: CACHE_BYTES, walBytes: 0 });

function answerTo({ name, args }: ReadQuestion): ReadAnswer {
  try {
    return { ok: true, value: runRead(connection, name, args) };
  } catch (error) {
    return {
      ok: false,
      message: error instanceof Error ? error.message : String(error),
      code: errorCode(error),
    };
  }
}

parentPort?.on('message', (question: ReadQuestion) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
  parentPort?.postMessage(answerTo(question));
});
