// `mayday reprocess`: runs history again with new code, new symbols or new rules, also while the servers run.
import type { Config } from '../../app/config.ts';
import { createSymbols, openStore, startProcess } from '../../app/compose.ts';
import { versionInfo } from '../../app/version.ts';
import { createLog } from '../../base/log.ts';
import { createMetrics } from '../../base/metrics.ts';
import { Previews, type RulesPreview } from '../../process/preview/previews.ts';
import { countMatching, matchingReports, requeueMatching } from '../../process/reprocess.ts';
import { PROTOCOLS, type ReportState } from '../../report/report.ts';
import type { ReprocessFilter } from '../../store/queue.ts';
import type { Store } from '../../store/store.ts';
import { auditCommand } from '../audit-command.ts';
import { UsageError, readArguments } from '../arguments.ts';
import type { Command, CommandIo } from '../command.ts';
import { dataFolderOf } from '../command-folder.ts';
import { Progress } from '../terminal-progress.ts';
import { readTime } from '../time-argument.ts';

const POLL_MS = 200;

export const command: Command = {
  usage: `Usage: mayday reprocess FILTER... [--queue-only] [--dry-run [--count-only]]
       mayday reprocess --all [--queue-only] [--dry-run [--count-only]]

Processes stored reports again: with new code, new symbols, new rules of their product. Reports move between bugs where
their grouping changes; no count does. It is safe to run beside the servers, to interrupt, and to run again: what has been
put into the queue is then processed by the servers.

  --account NAME          reports of this account
  --product NAME          reports of this product
  --protocol NAME         ${PROTOCOLS.join(', ')}
  --signature TEXT        reports with exactly this signature
  --bug ID                reports of this bug
  --since TIME            reports that arrived at this time or later: 2026-05-01, 2026-05-01T12:00Z, or 7d, 12h, 30m ago
  --until TIME            reports that arrived before this time
  --missing-symbols ID    reports that lacked the symbols with this debug id
  --failed                only reports that failed
  --deferred              only reports that the throttle has deferred; they are left alone otherwise
  --all                   every report; needed where no other filter is given

  --queue-only            put them into the queue and leave the rest to the servers
  --dry-run               change nothing; say how many reports it would be and which crashes would move to which bug. Minidumps
                          are not walked again for that, so what new symbols would change is not told
  --count-only            with --dry-run: only say how many reports it would be
`,
  async run(args, io) {
    const { values } = readArguments(args, {
      account: { type: 'string' },
      product: { type: 'string' },
      protocol: { type: 'string' },
      signature: { type: 'string' },
      bug: { type: 'string' },
      since: { type: 'string' },
      until: { type: 'string' },
      'missing-symbols': { type: 'string' },
      failed: { type: 'boolean' },
      deferred: { type: 'boolean' },
      all: { type: 'boolean' },
      'queue-only': { type: 'boolean' },
      'dry-run': { type: 'boolean' },
      'count-only': { type: 'boolean' },
    });
    if (values.failed === true && values.deferred === true)
      throw new UsageError('Choose one of --failed and --deferred');
    const now = Date.now();
    const filter: ReprocessFilter = {
      ...(values.account !== undefined && { account: values.account }),
      ...(values.product !== undefined && { product: values.product }),
      ...(values.protocol !== undefined && { protocol: readProtocol(values.protocol) }),
      ...(values.signature !== undefined && { signature: values.signature }),
      ...(values.bug !== undefined && { bugId: readBug(values.bug) }),
      ...(values.since !== undefined && { receivedFrom: readTime('--since', values.since, now) }),
      ...(values.until !== undefined && { receivedTo: readTime('--until', values.until, now) }),
      ...(values['missing-symbols'] !== undefined && { missingDebugId: values['missing-symbols'] }),
    };
    const hasFilter = Object.keys(filter).length > 0 || values.failed === true || values.deferred === true;
    if (!hasFilter && values.all !== true)
      throw new UsageError('Name at least one filter, or --all for every report');
    const states: readonly ReportState[] =
      values.failed === true ? ['failed'] : values.deferred === true ? ['deferred'] : ['processed', 'failed'];

    const config = dataFolderOf(io);
    if (typeof config === 'number') return config;
    const surroundings = { config, log: createLog(config.LOG_LEVEL), metrics: createMetrics() };
    const store = await openStore(surroundings);
    try {
      if (values['dry-run'] === true) {
        const total = await countMatching(store.queue, filter, states);
        io.out(`${reports(total)} would be processed again.\n`);
        if (values['count-only'] === true || total === 0) return 0;
        return await dryRun(store, { filter, states, total }, io);
      }
      await auditCommand(store, 'report.reprocess', { object: 'reports' });
      return await reprocess(
        store,
        { filter, states, queueOnly: values['queue-only'] === true },
        surroundings,
        io,
      );
    } finally {
      await store.close();
    }
  },
};

/** Processes without storing, and tells what would move. */
async function dryRun(
  store: Store,
  {
    filter,
    states,
    total,
  }: { readonly filter: ReprocessFilter; readonly states: readonly ReportState[]; readonly total: number },
  io: CommandIo,
): Promise<number> {
  let interrupted = false;
  const interrupt = (): void => {
    interrupted = true;
  };
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  const previews = new Previews({ store });
  try {
    const trial = previews.reprocessing();
    const progress = new Progress(io, 'Trying');
    let done = 0;
    for await (const crashId of matchingReports(store.queue, filter, states)) {
      if (interrupted) break;
      const problem = await trial.add(crashId);
      if (problem !== null) io.err(`${problem}\n`);
      done += 1;
      progress.show(done, total);
    }
    progress.end();
    if (interrupted) io.err(`Interrupted after ${reports(done)}.\n`);
    io.out(movesText(await trial.sum()));
    return interrupted ? 1 : 0;
  } finally {
    process.removeListener('SIGINT', interrupt);
    process.removeListener('SIGTERM', interrupt);
    await previews.close();
  }
}

/** One line for each move: how many crashes, from which bug, where to. */
function movesText({ examined, crashes, regrouped, renamed, moves }: RulesPreview): string {
  const lines = [
    `Of ${crashes} ${crashes === 1 ? 'crash' : 'crashes'} in ${reports(examined)} that had been processed, ${regrouped} would get another key and ${renamed} another title.`,
    moves.length === 0 ? 'None would move to another bug.' : 'These would move to another bug:',
  ];
  for (const { from, to, key, crashes: count, becomesWhole } of moves) {
    const target =
      to.bugId !== null
        ? `#${to.bugId} ${cut(to.title)}${becomesWhole ? `, and #${from.bugId} would be gone` : ''}`
        : becomesWhole
          ? `the same bug under a new key, as ${cut(to.title)}`
          : `a new bug, ${cut(to.title)}`;
    lines.push(`  ${count}\t#${from.bugId} ${cut(from.title)} -> ${target}\t${key}`);
  }
  return `${lines.join('\n')}\n`;
}

function cut(title: string): string {
  return title.length <= 100 ? title : `${title.slice(0, 97)}...`;
}

async function reprocess(
  store: Store,
  what: {
    readonly filter: ReprocessFilter;
    readonly states: readonly ReportState[];
    readonly queueOnly: boolean;
  },
  surroundings: {
    readonly config: Config;
    readonly log: ReturnType<typeof createLog>;
    readonly metrics: ReturnType<typeof createMetrics>;
  },
  io: CommandIo,
): Promise<number> {
  let interrupted = false;
  const interrupt = (): void => {
    interrupted = true;
  };
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    const queueing = new Progress(io, 'Queueing');
    let requeued = 0;
    for await (const step of requeueMatching(store.queue, what.filter, what.states, () => interrupted)) {
      requeued = step.requeued;
      queueing.show(step.requeued, step.total);
    }
    queueing.end();
    if (interrupted) return stopped(requeued, io);
    if (requeued === 0) {
      io.out('No report matches.\n');
      return 0;
    }
    const { paused } = await store.queue.counts();
    if (what.queueOnly || paused) {
      const why = paused ? ' Processing is paused.' : '';
      io.out(`${reports(requeued)} put into the queue for the servers to process.${why}\n`);
      return 0;
    }
    const all = { ...surroundings, version: versionInfo(io.env) };
    const symbols = createSymbols(store, all);
    const processor = await startProcess(store, all, { symbols: symbols.source });
    try {
      const processing = new Progress(io, 'Processing');
      for (;;) {
        const { queued, leased } = await store.queue.counts();
        const left = Math.min(requeued, queued + leased);
        processing.show(requeued - left, requeued);
        if (left === 0 || interrupted) break;
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
      processing.end();
    } finally {
      await processor.close();
      await symbols.close();
    }
    if (interrupted) return stopped(requeued, io);
    io.out(`${reports(requeued)} processed again.\n`);
    return 0;
  } finally {
    process.removeListener('SIGINT', interrupt);
    process.removeListener('SIGTERM', interrupt);
  }
}

function stopped(requeued: number, io: CommandIo): number {
  io.err(
    `Interrupted. ${reports(requeued)} had been put into the queue; running servers process what is left.\n`,
  );
  return 1;
}

function reports(count: number): string {
  return count === 1 ? '1 report' : `${count} reports`;
}

function readProtocol(text: string): string {
  if (PROTOCOLS.some((name) => name === text)) return text;
  throw new UsageError(`--protocol does not know "${text}"; it is one of ${PROTOCOLS.join(', ')}`);
}

function readBug(text: string): number {
  if (/^[1-9]\d{0,15}$/.test(text)) return Number.parseInt(text, 10);
  throw new UsageError(`--bug takes the number of a bug, not "${text}"`);
}
