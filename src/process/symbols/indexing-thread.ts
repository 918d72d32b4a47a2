// Worker thread: makes the index of one symbol file after the other. Indexing is seconds of computing for a large file,
// which must not stand still the server that takes the upload.
import { parentPort } from 'node:worker_threads';
import { writeSymbolIndex } from './index-symbol-file.ts';
import type { IndexingJob, IndexingResult } from './indexer.ts';

parentPort?.on('message', (job: IndexingJob) => {
  writeSymbolIndex(job.textFile, job.indexFile).then(
    (facts) => answer({ ok: true, facts }),
    (error: unknown) => answer({ ok: false, fault: error instanceof Error ? error.message : String(error) }),
  );
});

function answer(result: IndexingResult): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
  parentPort?.postMessage(result);
}
