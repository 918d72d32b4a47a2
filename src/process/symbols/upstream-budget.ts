// What symbol servers may cost one report: bytes that are fetched for it, and time that it waits for them.
import { LRUCache } from 'lru-cache';

/** Most reports whose share is remembered: more are never processed at once. */
const MAX_JOBS = 1000;

type Spent = { bytes: number; ms: number };

/** Shares of jobs, by their names. */
export class UpstreamBudget {
  private readonly maxBytes: number;
  private readonly maxMs: number;
  private readonly spent = new LRUCache<string, Spent>({ max: MAX_JOBS });

  constructor({ maxBytes, maxMs }: { readonly maxBytes: number; readonly maxMs: number }) {
    this.maxBytes = maxBytes;
    this.maxMs = maxMs;
  }

  /** What is left for a job; null: nothing. */
  left(job: string): { readonly bytes: number; readonly ms: number } | null {
    const { bytes, ms } = this.spent.get(job) ?? { bytes: 0, ms: 0 };
    return bytes >= this.maxBytes || ms >= this.maxMs
      ? null
      : { bytes: this.maxBytes - bytes, ms: this.maxMs - ms };
  }

  spend(job: string, { bytes, ms }: Spent): void {
    const before = this.spent.get(job) ?? { bytes: 0, ms: 0 };
    this.spent.set(job, { bytes: before.bytes + bytes, ms: before.ms + ms });
  }
}
