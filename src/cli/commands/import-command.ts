// `mayday import`: takes in what was exported, while servers run or not.
import { lstat, stat } from 'node:fs/promises';
import { createSymbols, openStore, startProcess, type Surroundings } from '../../app/compose.ts';
import { loadConfig } from '../../app/config.ts';
import { makeDataFolder } from '../../app/data-folder.ts';
import { reportLimits, SETTING_CHECKS } from '../../app/moving.ts';
import { versionInfo } from '../../app/version.ts';
import { createLog } from '../../base/log.ts';
import { createMetrics } from '../../base/metrics.ts';
import { faultOfExport } from '../../moving/export/open-export.ts';
import { readManifest } from '../../moving/export/read-manifest.ts';
import { takeBugs, takeRecords, type ExportTaker } from '../../moving/import/import-export.ts';
import { ImportTally, type ImportSummary } from '../../moving/import/import-tally.ts';
import { takeSymbolRecord } from '../../moving/import/take-symbols.ts';
import { SourceFolder, SourceRefused } from '../../moving/source-folder.ts';
import type { SymbolService } from '../../process/symbols/symbol-service.ts';
import { StorageError } from '../../store/intake.ts';
import type { Store } from '../../store/store.ts';
import { readArguments, UsageError } from '../arguments.ts';
import type { Command, CommandIo } from '../command.ts';
import { interruptible } from '../interruption.ts';
import { Progress } from '../terminal-progress.ts';

const POLL_MS = 200;

export const command: Command = {
  usage: `Usage: mayday import SOURCE [options]

Takes what SOURCE holds into the store of CRASH_REPORTS_DIR, beside running servers or without any. SOURCE is a folder that \`mayday export\`
wrote (docs/moving.md).

Reports keep their crash ids and their times of arrival, and are processed anew. What is here already is passed over, so an import that was cut
short goes on when the same command is given again. Nothing in SOURCE is changed.

  --dry-run      only say what would be taken in; nothing is stored
  --people       people of an export, too, with the rights that it says (without a password, unless it has the hashes)
  --queue-only   leave the processing to the servers; give the command again later for the history of bugs
  --quiet        show no progress
  --json         print what became of everything as JSON

Exit code 0: done; 1: it could not be done or finished; 2: the arguments or the settings are wrong; 3: done, but some of it was refused.
`,
  async run(args, io) {
    const flag = { type: 'boolean' } as const;
    const { values, positionals } = readArguments(
      args,
      { 'dry-run': flag, people: flag, 'queue-only': flag, quiet: flag, json: flag },
      { positionals: true },
    );
    const [source, ...more] = positionals;
    if (source === undefined || more.length > 0) throw new UsageError('Name one SOURCE to take in');
    const loaded = loadConfig(io.env);
    if (!loaded.ok) {
      io.err(loaded.faults.map((fault) => `${fault}\n`).join(''));
      return 2;
    }
    const { config } = loaded;
    const surroundings: Surroundings = {
      config,
      log: createLog(config.LOG_LEVEL),
      metrics: createMetrics(),
      version: versionInfo(io.env),
    };
    const asJson = values.json === true;
    const options: ImportOptions = {
      source,
      dryRun: values['dry-run'] === true,
      people: values.people === true,
      queueOnly: values['queue-only'] === true,
      quiet: values.quiet === true || asJson,
    };
    try {
      const folder = await openSource(source);
      return await interruptible(async (isInterrupted) => {
        const done = await runImport(folder, options, { surroundings, io, isInterrupted });
        return tell(done, options, asJson, io);
      });
    } catch (error) {
      if (error instanceof SourceRefused) {
        io.err(`${error.message}.\n`);
        return 1;
      }
      throw error;
    }
  },
};

interface ImportOptions {
  readonly source: string;
  readonly dryRun: boolean;
  readonly people: boolean;
  readonly queueOnly: boolean;
  readonly quiet: boolean;
}

interface Ending {
  readonly summary: ImportSummary;
  /** Why it ended before its end, a sentence; null: it is done. */
  readonly stopped: string | null;
}

interface Run {
  readonly surroundings: Surroundings;
  readonly io: CommandIo;
  readonly isInterrupted: () => boolean;
}

async function openSource(source: string): Promise<SourceFolder> {
  const found = await stat(source).catch(() => null);
  if (found === null) {
    const isLink = (await lstat(source).catch(() => null)) !== null;
    throw new SourceRefused(isLink ? `${source} is a link that leads nowhere` : `There is no ${source}`);
  }
  if (!found.isDirectory()) throw new SourceRefused(`${source} is no folder that an import knows`);
  return SourceFolder.open(source);
}

async function runImport(folder: SourceFolder, options: ImportOptions, run: Run): Promise<Ending> {
  const { surroundings, io, isInterrupted } = run;
  const { config } = surroundings;
  const progressOf = (label: string) => {
    const progress = new Progress(io, label);
    return {
      show: (done: number, total: number) => {
        if (!options.quiet) progress.show(done, total);
      },
      end: () => progress.end(),
    };
  };
  const read = await readManifest(folder.dir);
  if ('problem' in read) throw new SourceRefused(read.problem);
  const examining = progressOf('Examining');
  const fault = await faultOfExport(folder, read.manifest, examining.show);
  examining.end();
  if (fault !== null) throw new SourceRefused(fault);

  makeDataFolder(config.CRASH_REPORTS_DIR);
  const store = await openStore(surroundings);
  const symbols = createSymbols(store, surroundings);
  const tally = new ImportTally();
  const taking = progressOf('Import');
  const taker: ExportTaker = {
    store,
    folder,
    manifest: read.manifest,
    tally,
    limits: reportLimits(config),
    dryRun: options.dryRun,
    people: options.people,
    ...SETTING_CHECKS,
    takeSymbols: (from, value, dryRun) => takeSymbolRecord({ store, symbols }, from, value, dryRun),
    progress: taking.show,
    isInterrupted,
  };
  try {
    await takeRecords(taker);
    taking.end();
    let stopped = isInterrupted() ? INTERRUPTED : null;
    if (stopped === null && !options.dryRun && !options.queueOnly) {
      await processAll(store, symbols, run, progressOf('Processing'));
      stopped = isInterrupted() ? INTERRUPTED : null;
      if (stopped === null) await takeBugs(taker);
    }
    return { summary: tally.summary(), stopped };
  } catch (error) {
    taking.end();
    if (!(error instanceof StorageError)) throw error;
    return {
      summary: tally.summary(),
      stopped: `The store can keep no more: ${error.message}. What was taken in stays; make room, and give the same command again to go on.`,
    };
  } finally {
    await symbols.close();
    await store.close();
  }
}

const INTERRUPTED = 'Interrupted. What was taken in stays; give the same command again to go on.';

/** Processes what waits, beside the servers where some run. */
async function processAll(
  store: Store,
  symbols: SymbolService,
  { surroundings, isInterrupted }: Run,
  progress: { show: (done: number, total: number) => void; end: () => void },
): Promise<void> {
  const first = await store.queue.counts();
  const total = first.queued + first.leased;
  if (total === 0 || first.paused) return;
  const processor = await startProcess(store, surroundings, { symbols: symbols.source });
  try {
    for (;;) {
      const { queued, leased, paused } = await store.queue.counts();
      const left = Math.min(total, queued + leased);
      progress.show(total - left, total);
      if (left === 0 || paused || isInterrupted()) break;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  } finally {
    progress.end();
    await processor.close();
  }
}

/** Exit code of an import that is done, of which some was refused. */
const SOME_REFUSED = 3;

function tell(
  { summary, stopped }: Ending,
  { dryRun }: ImportOptions,
  asJson: boolean,
  io: CommandIo,
): number {
  const { kinds, refusals } = summary;
  if (asJson) io.out(`${JSON.stringify({ dryRun, finished: stopped === null, stopped, ...summary })}\n`);
  else {
    const rows = Object.entries(kinds);
    if (rows.length === 0) io.out('There is nothing in it.\n');
    for (const [kind, { taken, present, refused }] of rows) {
      const parts = [
        `${taken} ${dryRun ? 'would be taken in' : 'taken in'}`,
        ...(present === 0 ? [] : [`${present} here already`]),
        ...(refused === 0 ? [] : [`${refused} refused`]),
      ];
      io.out(`${kind}: ${parts.join(', ')}\n`);
    }
    for (const { code, count, examples } of refusals) {
      io.out(`refused as ${code}: ${count}\n${examples.map((one) => `  ${one}\n`).join('')}`);
    }
  }
  if (stopped !== null) {
    io.err(`${stopped}\n`);
    return 1;
  }
  return refusals.length === 0 ? 0 : SOME_REFUSED;
}
