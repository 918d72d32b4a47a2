// What the tests of every language share: the variables of a sample, and the assertions about one run.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { PRODUCT } from './queue-folder.ts';
import type { QueueFolder } from './queue-folder.ts';
import type { Recorded } from './recording-server.ts';
import type { ReadyLanguage, SampleResult } from './run-sample.ts';

/** What the tests of one language share. */
export interface Bench {
  readonly sample: ReadyLanguage;
  /** What the sample's `crash` does with the library switched off. */
  readonly plainCrash: SampleResult;
  readonly plainReport: SampleResult;
}

/** The variables that point a sample at a server and a queue. */
export function variablesFor(
  url: string,
  queue: QueueFolder,
  more: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return {
    MAYDAY_URL: url,
    MAYDAY_PRODUCT: PRODUCT,
    MAYDAY_TOKEN: 'contract-token',
    MAYDAY_QUEUE_DIR: queue.home,
    // More than the default, for a runtime that takes a while to start its client of HTTP on a busy machine.
    MAYDAY_EXIT_MS: '6000',
    ...more,
  };
}

/** The report in a recorded request. */
export function reportIn(request: Recorded | undefined): Record<string, unknown> {
  assert.ok(request, 'no request arrived');
  assert.ok(!request.body.includes('hunter2'), `a secret was sent: ${request.body}`);
  return JSON.parse(request.body) as Record<string, unknown>;
}

/** Asserts that the library changed neither the output nor the exit code. */
export function assertUnchanged(actual: SampleResult, plain: SampleResult): void {
  assert.deepEqual(
    { code: actual.code, stdout: actual.stdout, stderr: actual.stderr },
    { code: plain.code, stdout: plain.stdout, stderr: plain.stderr },
  );
}

/** The expected report of a language. */
export function expectedReport(name: string): unknown {
  const file = path.resolve(import.meta.dirname, '..', name, 'expected-report.json');
  return JSON.parse(readFileSync(file, 'utf8'));
}
