// Runs the small programs of `programs/` against a recording server, each with a queue of its own.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { it } from 'node:test';
import { reportIn, variablesFor } from './bench.ts';
import { QueueFolder } from './queue-folder.ts';
import type { RecordingServer } from './recording-server.ts';
import { startProcess } from './run-sample.ts';
import type { SampleResult } from './run-sample.ts';

/** What one program did and sent. */
export interface ProgramRun {
  readonly result: SampleResult;
  readonly reports: readonly Report[];
}

/** The parts of a report that the tests look at. */
export interface Report {
  readonly severity: string;
  readonly count?: number;
  readonly data: Readonly<Record<string, unknown>>;
  readonly user?: Readonly<Record<string, unknown>>;
  readonly version?: Readonly<Record<string, unknown>>;
  readonly request?: Readonly<Record<string, unknown>>;
  readonly environment?: { readonly variables: Readonly<Record<string, string>> };
  readonly stacktrace: readonly {
    readonly kind: string;
    readonly message: string;
    readonly locations: readonly Readonly<Record<string, unknown>>[];
  }[];
}

/** Runs `command programs/<file> <name>`. */
export async function runProgram(
  server: RecordingServer,
  words: readonly string[],
  queue = new QueueFolder(),
): Promise<ProgramRun> {
  const from = server.requests.length;
  const folder = path.join(import.meta.dirname, 'programs');
  const result = await startProcess(words, folder, variablesFor(server.url, queue)).finished;
  const reports = server.requests.slice(from).map((request) => reportIn(request) as unknown as Report);
  return { result, reports };
}

/** The only report of a run. */
export function only({ reports, result }: ProgramRun): Report {
  assert.equal(reports.length, 1, `${reports.length} reports\n${result.stdout}${result.stderr}`);
  const [report] = reports;
  assert.ok(report);
  return report;
}

/** The innermost location of the error itself (not of its causes). */
export function innermost(report: Report): Readonly<Record<string, unknown>> {
  return report.stacktrace.at(-1)?.locations[0] ?? {};
}

/** Why a test cannot run here, or null; an error in CI. `commands` are tried until one succeeds. */
export function firstThatWorks(commands: readonly (readonly string[])[]): string | null {
  for (const [command = '', ...parameters] of commands) {
    if (spawnSync(command, parameters, { timeout: 30_000 }).status === 0) return command;
  }
  if (process.env['CI'] === 'true') throw new Error(`none of these works: ${JSON.stringify(commands)}`);
  return null;
}

/** Tests of a program that lives on: `stay` reports two errors, waits, and dies without another word. */
export function livingProgramTests(server: () => RecordingServer, words: readonly string[]): void {
  const messages = ({ reports }: ProgramRun): string[] =>
    reports.map((report) => report.stacktrace[0]?.message.replaceAll(/['"]/g, '') ?? '').sort();

  it('sends each report while the program goes on', async () => {
    assert.deepEqual(messages(await runProgram(server(), words)), ['first', 'second']);
  });

  it('sends what waits as soon as the pause after a failure is over', async () => {
    const queue = new QueueFolder();
    queue.addFile('state.json', JSON.stringify({ failures: 1, not_before: Date.now() + 1500 }));
    assert.deepEqual(messages(await runProgram(server(), words, queue)), ['first', 'second']);
    assert.deepEqual(queue.names(), []);
  });
}
