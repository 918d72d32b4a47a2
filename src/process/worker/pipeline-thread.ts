// A processing thread: does jobs one after the other and answers each. Whatever goes wrong in here stays in here; a job that
// takes too long or too much memory is ended from outside, by ending the thread.
import { parentPort, workerData } from 'node:worker_threads';
import { processReport } from '../pipeline.ts';
import { productSettings } from '../product-settings.ts';
import { compileDataRule } from '../rules/data-rule.ts';
import { MappingFiles } from '../symbols/source-maps/mapping-files.ts';
import { IndexFileSymbols } from '../symbols/index-file-symbols.ts';
import { askSymbols } from '../symbols/symbol-port.ts';
import { stepBack } from './own-priority.ts';
import { askReads } from './stored-reads.ts';
import type { FromThread, ThreadJob, ThreadSetup, ToThread } from './thread-protocol.ts';

const port = parentPort;
if (port === null) throw new Error('this file is the code of a worker thread');
stepBack();
const { walkMs, maxStackFrames, dataRules, symbols, reads, shared } = workerData as ThreadSetup;
const storedSource = askReads(reads, shared);
const ownRules = dataRules.map(compileDataRule);
const files = symbols === null ? null : askSymbols(symbols);
const indexes = files === null ? null : new IndexFileSymbols({ source: files });
const mappings = files === null ? null : new MappingFiles(files);
const waiting: ThreadJob[] = [];
let working = false;

function answer(message: FromThread): void {
  port?.postMessage(message);
}

async function work(): Promise<void> {
  if (working) return;
  working = true;
  for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) answer(await done(job));
  working = false;
}

async function done({ id, task }: ThreadJob): Promise<FromThread> {
  const over = performance.now() + walkMs;
  try {
    const processed = await processReport(
      {
        report: task.report,
        parts: new Map(task.parts),
        stored: new Map((task.stored ?? []).map(([name, size]) => [name, storedSource(id, name, size)])),
        notes: task.notes,
        ...(task.walked !== undefined && { walked: task.walked }),
        rulesSee: task.rulesSee ?? null,
      },
      {
        product: productSettings(task.rules, ownRules),
        ...(task.dataRules !== undefined && { dataRules: task.dataRules }),
        processor: task.processor,
        now: () => task.now,
        isOver: () => performance.now() > over,
        ...(maxStackFrames !== null && { maxStackFrames }),
        ...(indexes !== null && { symbols: indexes.forJob({ users: [task.report.account] }) }),
        ...(mappings !== null && { mappings: mappings.of(task.report.account) }),
      },
    );
    return { kind: 'done', id, processed };
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    return { kind: 'failed', id, message, stack: stack ?? '' };
  }
}

port.on('message', (jobs: ToThread) => {
  waiting.push(...jobs);
  void work();
});
answer({ kind: 'ready' });
