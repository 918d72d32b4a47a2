// Work on assembled uploads: a tool asks, is told within seconds, and asks the same again until the work is done.
// States of a job: running → done | failed; forgotten some time later.
import { LRUCache } from 'lru-cache';

/** How long a question waits for its answer. */
const WAIT_MS = 8000;
const KEPT_MS = 15 * 60_000;
const MAX_KEPT = 5000;

/** What becomes of an assembled file. */
export interface Assembled {
  readonly state: 'not_found' | 'assembling' | 'ok' | 'error';
  readonly missingChunks: readonly string[];
  readonly detail: string | null;
  readonly dif?: unknown;
}

/** What is known of a job. */
type JobState =
  | { readonly state: 'running' }
  | { readonly state: 'done'; readonly result: Partial<Assembled> }
  | { readonly state: 'failed'; readonly error: unknown };

interface Job {
  settled: JobState;
  readonly done: Promise<unknown>;
}

/** The jobs of this process; another one does the same work again, which changes nothing. */
export class AssembleJobs {
  readonly #jobs = new LRUCache<string, Job>({ max: MAX_KEPT, ttl: KEPT_MS });

  /** The job with this key, where there is one. */
  async known(key: string): Promise<JobState | null> {
    const job = this.#jobs.get(key);
    return job === undefined ? null : this.#state(key, job);
  }

  /** Starts a job, or waits for the one that is under way. */
  run(key: string, work: () => Promise<Partial<Assembled>>): Promise<JobState> {
    const known = this.#jobs.get(key);
    if (known !== undefined) return this.#state(key, known);
    const done = work();
    const job: Job = { settled: { state: 'running' }, done };
    done.then(
      (result) => (job.settled = { state: 'done', result }),
      (error: unknown) => (job.settled = { state: 'failed', error }),
    );
    this.#jobs.set(key, job);
    return this.#state(key, job);
  }

  async #state(key: string, job: Job): Promise<JobState> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, WAIT_MS);
    });
    await Promise.race([job.done.catch(() => undefined), late]);
    clearTimeout(timer);
    // A fault is told once: the next question is another try.
    if (job.settled.state === 'failed') this.#jobs.delete(key);
    return job.settled;
  }
}
