// The submit server's metrics with their labels already looked up: a label look-up for each request would cost more than
// the counting.
import type { Metrics } from '../base/metrics.ts';

/** How a submission ended, for the metric. */
export type CountedOutcome = 'stored' | 'duplicate' | 'throttled' | 'refused' | 'answered' | 'ignored';

/** Counts and times by protocol. */
export class SubmitCounters {
  readonly #metrics: Metrics;
  readonly #byProtocol = new Map<string, ProtocolCounters>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  outcome(protocol: string, outcome: CountedOutcome): void {
    const { outcomes } = this.#of(protocol);
    let counter = outcomes.get(outcome);
    if (counter === undefined) {
      counter = this.#metrics.submissions.labels(protocol, outcome);
      outcomes.set(outcome, counter);
    }
    counter.inc();
  }

  refused(protocol: string, reason: string): void {
    this.#metrics.refused.labels(protocol, reason).inc();
    this.outcome(protocol, 'refused');
  }

  received(protocol: string, bytes: number): void {
    if (bytes > 0) this.#of(protocol).bytes.inc(bytes);
  }

  took(protocol: string, seconds: number): void {
    this.#of(protocol).seconds.observe(seconds);
  }

  uploads(change: 1 | -1): void {
    this.#metrics.uploadsInFlight.inc(change);
  }

  #of(protocol: string): ProtocolCounters {
    let counters = this.#byProtocol.get(protocol);
    if (counters === undefined) {
      counters = {
        outcomes: new Map(),
        bytes: this.#metrics.receivedBytes.labels(protocol),
        seconds: this.#metrics.submissionSeconds.labels(protocol),
      };
      this.#byProtocol.set(protocol, counters);
    }
    return counters;
  }
}

interface ProtocolCounters {
  readonly outcomes: Map<CountedOutcome, { inc(): void }>;
  readonly bytes: { inc(by: number): void };
  readonly seconds: { observe(value: number): void };
}
