// A thread like the store's reader threads: asks one question for the first time and then again, and tells how long each took by the clock
// and by its own time on a processor, which other work on the machine changes less.
import { parentPort, workerData } from 'node:worker_threads';
import { openDatabase } from '../../src/store/embedded/database/open-database.ts';
import { runRead } from '../../src/store/embedded/reading/reads.ts';
import { questionsOf } from './questions.ts';
import type { Asking } from './questions.ts';

export interface Taken {
  readonly clockMs: number;
  readonly cpuMs: number;
  readonly complete: boolean;
}

const { database, name, now, times } = workerData as {
  readonly database: string;
  readonly name: string;
  readonly now: number;
  readonly times: number;
};

const connection = openDatabase(database, { readonly: true, cacheBytes: 4 * 1024 * 1024, walBytes: 0 });
const ask: Asking = (read, args) => {
  const answer = runRead(connection, read, args) as {
    readonly answer?: { readonly complete: boolean };
    readonly found?: { readonly complete: boolean };
    readonly fault?: { readonly problem: string };
  };
  if (answer.fault !== undefined) throw new Error(answer.fault.problem);
  return answer.answer?.complete ?? answer.found?.complete ?? false;
};

const asked = questionsOf(now).find((one) => one.name === name);
if (asked === undefined) throw new Error(`no question is called ${name}`);
const taken: Taken[] = [];
for (let at = 0; at <= times; at += 1) {
  const [startedAt, cpuAt] = [performance.now(), cpu()];
  const complete = asked.ask(ask);
  taken.push({ clockMs: performance.now() - startedAt, cpuMs: (cpu() - cpuAt) / 1000, complete });
}
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
parentPort?.postMessage(taken);
connection.close();

/** Microseconds that this thread has been on a processor. */
function cpu(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}
