// A sender that posts realistic reports at a rate, and never has more than some under way: a slow server is asked less, it is no flood.
import { setTimeout as pause } from 'node:timers/promises';
import { SAMPLES } from '../../src/client/demo/demo-samples.ts';

const UNDER_WAY = 16;
const samples = SAMPLES.filter(({ needsDsn }) => needsDsn !== true);

export interface Sent {
  readonly perSecond: number;
  /** From the request to its answer. */
  readonly p50: number;
  readonly p99: number;
  readonly failed: number;
}

export class BoundedSender {
  readonly #baseUrl: string;
  readonly #perSecond: number;
  readonly #seed = `bench-${Date.now()}`;
  #sent = 0;
  #failed = 0;
  #latencies: number[] = [];
  #since = performance.now();
  readonly #stopping = new AbortController();
  readonly #loop: Promise<void>;

  constructor(baseUrl: string, perSecond: number) {
    this.#baseUrl = baseUrl;
    this.#perSecond = perSecond;
    this.#loop = this.#run();
  }

  /** What was sent since this was asked before. */
  told(): Sent {
    const sorted = this.#latencies.toSorted((a, b) => a - b);
    const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
    const seconds = (performance.now() - this.#since) / 1000;
    const told = { perSecond: sorted.length / seconds, p50: at(0.5), p99: at(0.99), failed: this.#failed };
    [this.#latencies, this.#failed, this.#since] = [[], 0, performance.now()];
    return told;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const startedAt = performance.now();
    const underWay = new Set<Promise<void>>();
    for (let due = 0; !this.#stopping.signal.aborted; due += 1) {
      const wait = startedAt + (due * 1000) / this.#perSecond - performance.now();
      if (wait > 1) await pause(wait);
      if (underWay.size >= UNDER_WAY) await Promise.race(underWay);
      const one = this.#send().finally(() => underWay.delete(one));
      underWay.add(one);
    }
    await Promise.all(underWay);
  }

  async #send(): Promise<void> {
    const sample = samples[this.#sent % samples.length];
    if (sample === undefined) throw new Error('there are no samples');
    this.#sent += 1;
    const [startedAt, seed] = [performance.now(), `${this.#seed}-${this.#sent}`];
    try {
      const { ok } = await sample.send({ baseUrl: this.#baseUrl, atMs: Date.now(), seed, dsn: null, fetch });
      if (!ok) this.#failed += 1;
    } catch {
      this.#failed += 1;
    }
    this.#latencies.push(performance.now() - startedAt);
  }
}
