// What tests of exports and imports share: the command line as people give it, and stores to look into.
import assert from 'node:assert/strict';
import { createLog } from '../../src/base/log.ts';
import { createMetrics } from '../../src/base/metrics.ts';
import { main } from '../../src/cli/main.ts';
import { startProcessor } from '../../src/process/start-processing.ts';
import { openEmbeddedStore } from '../../src/store/embedded/open.ts';
import type { Page, ReportRow } from '../../src/store/reports.ts';
import type { Store } from '../../src/store/store.ts';
import { eventually } from '../store/conformance/report-builder.ts';
import { storeOptions } from '../store/embedded/open-store.ts';

/** Runs a command on a data folder. */
export function mayday(dir: string, ...args: readonly string[]): ReturnType<typeof maydayWith> {
  return maydayWith({}, dir, ...args);
}

/** The same with settings. */
export async function maydayWith(
  settings: Readonly<Record<string, string>>,
  dir: string,
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  let out = '';
  let err = '';
  const code = await main(args, {
    out: (text) => (out += text),
    err: (text) => (err += text),
    env: { CRASH_REPORTS_DIR: dir, LOG_LEVEL: 'silent', PROCESS_THREADS: '1', ...settings },
    terminal: false,
  });
  return { code, out, err };
}

export async function withStore<T>(dir: string, use: (store: Store) => Promise<T>): Promise<T> {
  const store = await openEmbeddedStore(storeOptions(dir));
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

/** Processes everything that waits, as servers would. */
export function processAll(dir: string): Promise<void> {
  return withStore(dir, async (store) => {
    const options = { log: createLog('silent'), metrics: createMetrics(), processor: 'test', concurrency: 1 };
    const processor = await startProcessor({ store, ...options });
    processor.nudge();
    await eventually(
      () => store.queue.counts(),
      ({ queued, leased }) => queued + leased === 0,
    );
    await processor.close();
  });
}

/** Everything of all reports that has to be the same wherever they are, with their bytes. */
export function reportsOf(dir: string) {
  return withStore(dir, async (store) => {
    const rows: ReportRow[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: Page<ReportRow> = await store.reports.listReports({}, { limit: 200, cursor });
      rows.push(...page.rows);
      cursor = page.next;
    }
    return Promise.all(
      rows.map(async ({ crashId }) => {
        const report = await store.reports.getReport(crashId);
        assert.ok(report);
        const { installationNumber: _number, state: _state, ...same } = report;
        const bytes = await Promise.all(
          report.attachments.map(async ({ name }) => {
            const opened = await store.reports.openAttachment(crashId, name);
            assert.ok(opened);
            return Buffer.concat(await opened.stream.toArray()).toString('base64');
          }),
        );
        return Object.assign(same, { identity: await store.reports.identityOf(crashId), bytes });
      }),
    );
  });
}

/** What `--json` says of an import. */
export interface ImportJson {
  readonly finished: boolean;
  readonly kinds: Readonly<
    Record<string, { readonly taken: number; readonly present: number; readonly refused: number }>
  >;
  readonly refusals: readonly {
    readonly code: string;
    readonly count: number;
    readonly examples: readonly string[];
  }[];
}
