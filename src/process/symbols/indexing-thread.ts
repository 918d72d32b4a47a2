// Worker thread: makes the index of one module after the other. Indexing is seconds of computing for a large file, which
// must not stand still the server that takes the upload.
import { parentPort } from 'node:worker_threads';
import { writeSymbolIndex } from './index-symbol-file.ts';
import type { IndexingJob, IndexingResult } from './indexer.ts';
import { indexClassMapping } from './source-maps/index-class-mapping.ts';
import { indexUnit } from './source-maps/map-unit.ts';
import { indexDebugFiles, inspectDebugFile, writeSymbolText } from './read-debug-files.ts';

parentPort?.on('message', (job: IndexingJob) => {
  work(job).then(answer, (error: unknown) =>
    answer({ ok: false, fault: error instanceof Error ? error.message : String(error) }),
  );
});

async function work(job: IndexingJob): Promise<IndexingResult> {
  switch (job.kind) {
    case 'text':
      return { ok: true, facts: await writeSymbolIndex(job.textFile, job.indexFile) };
    case 'map':
      return { ok: true, map: await indexUnit(job.unitFile, job.indexFile) };
    case 'classes':
      await indexClassMapping(job.textFile, job.indexFile);
      return { ok: true };
    case 'inspect':
      return { ok: true, images: await inspectDebugFile(job.file) };
    case 'debug':
      return { ok: true, facts: (await indexDebugFiles(job.set, job.indexFile)).facts };
    case 'convert':
      await writeSymbolText(job.set, job.textFile);
      return { ok: true };
    default:
      return { ok: false, fault: 'the job is unknown' };
  }
}

function answer(result: IndexingResult): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
  parentPort?.postMessage(result);
}
