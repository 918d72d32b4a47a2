// `mayday serve`: starts the roles in this process, prints where they are, and stops in good order.
import { COMMAND } from '../../base/command-name.ts';
import { setTimeout as pause } from 'node:timers/promises';
import { keptCopies } from '../../app/kept-copies.ts';
import { loadConfig, settingsHelp, type Config } from '../../app/config.ts';
import {
  ROLE_NAMES,
  createSymbols,
  journalKeeper,
  openStore,
  startNotify,
  startProcess,
  startReports,
  startSubmit,
  type RoleName,
  type RunningServer,
} from '../../app/compose.ts';
import { makeDataFolder } from '../../app/data-folder.ts';
import { versionInfo } from '../../app/version.ts';
import { createLog, written } from '../../base/log.ts';
import { createMetrics } from '../../base/metrics.ts';
import type { Notifier } from '../../process/notify/start-notifying.ts';
import type { Processor } from '../../process/start-processing.ts';
import type { SymbolService } from '../../process/symbols/symbol-service.ts';
import type { Store } from '../../store/store.ts';
import { UsageError, readArguments } from '../arguments.ts';
import { boundedStop } from '../bounded-stop.ts';
import type { Command, CommandIo } from '../command.ts';
import { setupLines } from '../setup-lines.ts';

const MAINTENANCE_MS = 10 * 60_000;
/** What is erased is left beside the backups so soon. */
const JOURNAL_MS = 60_000;
const SYMBOL_MAINTENANCE_MS = 3_600_000;
/** Lines of the log that nobody reads hold no start up for longer. */
const FLUSH_MS = 500;
/** Time for the answers to reports that came before the store could write. */
const FIRST_REPORTS_MS = 20;
/** When the server stops, processing goes on for so long beside the last uploads. */
const LAST_ANSWERS_MS = 1000;
/** The log writes its lines a moment later. */
const LAST_LINE_MS = 100;
/** A stop that is not done by then is cut short: supervisors kill what takes longer, and a kill loses as little. */
const STOP_MS = 3000;

export const command: Command = {
  usage: `Usage: mayday serve [--only submit,process,reports] [--debug]

Starts the submit server, the processor and the reports server in one process, or only the roles named.
Stops on SIGTERM or SIGINT after finishing what is in flight.

  --only ROLES  comma-separated: submit, process, reports
  --debug       log everything (LOG_LEVEL=debug), with the fields of each accepted upload: they may be personal

Settings come from the environment, or from mayday.config.json (MAYDAY_CONFIG names another file):

${settingsHelp()}
`,
  async run(args, io) {
    const { values } = readArguments(args, { only: { type: 'string' }, debug: { type: 'boolean' } });
    const roles = readRoles(values.only);
    const loaded = loadConfig(values.debug === true ? { ...io.env, LOG_LEVEL: 'debug' } : io.env);
    if (!loaded.ok) {
      io.err(loaded.faults.map((fault) => `${fault}\n`).join(''));
      return 2;
    }
    return serve(loaded.config, roles, io);
  },
};

function readRoles(only: string | undefined): ReadonlySet<RoleName> {
  if (only === undefined) return new Set(ROLE_NAMES);
  const names = only.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !ROLE_NAMES.some((role) => role === name));
  if (unknown !== undefined) {
    throw new UsageError(`--only does not know "${unknown}"; the roles are ${ROLE_NAMES.join(', ')}`);
  }
  return new Set(ROLE_NAMES.filter((role) => names.includes(role)));
}

async function serve(config: Config, roles: ReadonlySet<RoleName>, io: CommandIo): Promise<number> {
  const surroundings = {
    config,
    log: createLog(config.LOG_LEVEL),
    metrics: createMetrics({ processMetrics: true }),
    version: versionInfo(io.env),
  };
  const { log } = surroundings;
  // Before anything that can take time: a signal during the start is a stop, too.
  const stopping = stopSignal();
  makeDataFolder(config.CRASH_REPORTS_DIR);
  const encryptedElsewhere = Promise.withResolvers<null>();
  const store = await openStore(surroundings, {
    as: 'server',
    unusable: () => encryptedElsewhere.resolve(null),
  });
  const copies = keptCopies(config);
  if (copies.length > 0)
    log.warn({ copies }, 'copies that a repair or a restore kept lie there: nothing is erased from them');
  let code = 0;
  const running: Pick<RunningServer, 'close'>[] = [];
  const symbols = createSymbols(store, surroundings);
  let processor: Processor | null = null;
  let notifier: Notifier | null = null;
  // The submit server comes first: a program that crashes now does not try twice.
  const processing = roles.has('process') ? Promise.withResolvers<Processor>() : null;
  // Whoever waits for it hears why it never came; nobody else needs to.
  processing?.promise.catch(() => undefined);
  try {
    let submitUrl =
      base(config.PUBLIC_SUBMIT_URL) || localUrl(config.SUBMIT_SERVER_HOST, config.SUBMIT_SERVER_PORT);
    if (roles.has('submit')) {
      const submit = await startSubmit(store, surroundings, processing?.promise ?? null).catch(
        explainPort('SUBMIT_SERVER_PORT'),
      );
      running.push(submit);
      submitUrl = base(config.PUBLIC_SUBMIT_URL) || localUrl(config.SUBMIT_SERVER_HOST, submit.port);
      // Loading the other roles keeps the thread busy: reports that waited for this start are answered before. A store that
      // cannot write now is told of by the health check.
      await store.intake.check().catch(() => undefined);
      await pause(FIRST_REPORTS_MS);
    }
    if (processing !== null) {
      processor = await startProcess(store, surroundings, {
        symbols: symbols.source,
        onFiled: () => notifier?.nudge(),
      });
      processing.resolve(processor);
    }
    let reportsUrl =
      base(config.PUBLIC_REPORTS_URL) || localUrl(config.REPORTS_SERVER_HOST, config.REPORTS_SERVER_PORT);
    if (roles.has('reports')) {
      const urls = { submitUrl, reportsUrl };
      const reports = await startReports(store, urls, surroundings, symbols).catch(
        explainPort('REPORTS_SERVER_PORT'),
      );
      running.push(reports);
      reportsUrl = base(config.PUBLIC_REPORTS_URL) || localUrl(config.REPORTS_SERVER_HOST, reports.port);
    }
    if (roles.has('process')) notifier = await startNotify(store, { reportsUrl }, surroundings);
    const words = await banner(store, roles, { submitUrl, reportsUrl }, surroundings.version.version);
    log.info({ roles: [...roles], dir: config.CRASH_REPORTS_DIR }, 'started');
    // Lines of the log are written a moment later: the addresses and the link come after them, and not between.
    await Promise.race([written(log), pause(FLUSH_MS, undefined, { ref: false })]);
    io.out(words);
    const timer = roles.has('submit') || roles.has('process') ? maintain(store, surroundings) : null;
    const symbolTimer = roles.has('submit') && roles.size === 1 ? null : maintainSymbols(symbols);
    const journalTimer = timer === null ? null : keepJournal(surroundings);
    const signal = await Promise.race([stopping, encryptedElsewhere.promise]);
    if (signal === null) code = 1;
    else log.info({ signal }, 'stopping');
    if (timer !== null) clearInterval(timer);
    if (symbolTimer !== null) clearInterval(symbolTimer);
    if (journalTimer !== null) clearInterval(journalTimer);
  } catch (error) {
    processing?.reject(error);
    throw error;
  } finally {
    const times = await boundedStop(
      async (note) => {
        const closed = Promise.all(running.map((server) => server.close())).then(() => note('answers'));
        // The submit server's last answers may wait for the processor, but not for long: a supervisor waits for both.
        await Promise.race([closed, pause(LAST_ANSWERS_MS, undefined, { ref: false })]);
        const worked = processor?.close().then(() => note('processor'));
        const told = notifier?.close().then(() => note('notifier'));
        await Promise.all([closed, worked, told]);
        await symbols.close();
        note('symbols');
        await store.close();
        note('store');
      },
      {
        limitMs: STOP_MS,
        cutShort: (closed) => {
          log.warn({ ms: closed }, 'the stop took too long and is cut short');
          // An exit would wait for every thread, and it is one of them that hangs. What a kill leaves is sound (system/durability).
          setTimeout(() => process.kill(process.pid, 'SIGKILL'), LAST_LINE_MS);
        },
      },
    );
    log.info({ ms: times }, 'closed');
  }
  log.info('stopped');
  return code;
}

function maintain(
  store: Store,
  { log, metrics }: { log: ReturnType<typeof createLog>; metrics: ReturnType<typeof createMetrics> },
) {
  return setInterval(() => {
    store.maintenance.prune().then(
      (result) => {
        metrics.prunedReports.inc(result.reports);
        if (result.reports + result.orphanFiles > 0) log.info(result, 'pruned');
      },
      (error: unknown) => log.error({ err: error }, 'pruning failed'),
    );
  }, MAINTENANCE_MS);
}

function keepJournal(
  surroundings: Parameters<typeof journalKeeper>[0] & { log: ReturnType<typeof createLog> },
) {
  const keep = journalKeeper(surroundings);
  if (keep === null) return null;
  let isBusy = false;
  const run = async (): Promise<void> => {
    if (isBusy) return;
    isBusy = true;
    try {
      await keep();
    } catch (error) {
      surroundings.log.warn({ err: error }, 'the erasure journal could not be left beside the backups');
    } finally {
      isBusy = false;
    }
  };
  void run();
  return setInterval(() => void run(), JOURNAL_MS);
}

/** At the start, too: reports that a stop left without their symbols. */
function maintainSymbols(symbols: SymbolService) {
  void symbols.maintain();
  return setInterval(() => void symbols.maintain(), SYMBOL_MAINTENANCE_MS);
}

function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
  });
}

/** A base URL, to which paths are added: without a slash at its end. */
function base(url: string): string {
  return url.replace(/\/+$/, '');
}

function localUrl(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

function explainPort(setting: string): (error: unknown) => never {
  return (error) => {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EADDRINUSE') {
      throw new Error(`The port of ${setting} is in use. Set ${setting} to another one.`, { cause: error });
    }
    if (code === 'EACCES') throw new Error(`The port of ${setting} needs more rights.`, { cause: error });
    throw error;
  };
}

async function banner(
  store: Store,
  roles: ReadonlySet<RoleName>,
  { submitUrl, reportsUrl }: { readonly submitUrl: string; readonly reportsUrl: string },
  version: string,
): Promise<string> {
  const lines = [`Mayday ${version}`, ''];
  if (roles.has('submit')) lines.push(`  Submit server   ${submitUrl}/submit`);
  if (roles.has('reports')) {
    lines.push(`  Reports server  ${reportsUrl}/`);
    lines.push(...(await setupLines(store, reportsUrl)));
  }
  if (roles.has('submit')) {
    const sample = `curl -F ProductName=Demo -F Version=1.0.0 -F "JavaStackTrace=java.lang.IllegalStateException: sample crash" ${submitUrl}/submit`;
    lines.push('', `  Post a sample crash (or one for every protocol: ${COMMAND} demo):`, `    ${sample}`);
  }
  return `${lines.join('\n')}\n\n`;
}
