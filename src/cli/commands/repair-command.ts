// `mayday repair`: saves what can be read of a damaged store. No server may run meanwhile.
import { existsSync } from 'node:fs';
import { repair } from '../../app/compose.ts';
import { loadConfig, type Config } from '../../app/config.ts';
import { readArguments } from '../arguments.ts';
import type { Command, CommandIo } from '../command.ts';

const PROBE_MS = 2000;
/** Longer lists are cut in the text; `--json` has all of it. */
const MAX_NAMED = 50;

export const command: Command = {
  usage: `Usage: mayday repair [--json]

For a database that is damaged or missing: makes a new one out of every row that can be read, finds reports that nothing leads to
any more, joins files of reports to rows again, and says what is lost. It deletes nothing: the old database stays beside the new one, and
files that belong to nothing are moved into a folder of their own.

Stop all servers first, and make a copy of the data folder where there is room for one.

  --json   print what was done as JSON

Exit code 0: done, or nothing was damaged; 1: it could not be done, and everything is as it was.
`,
  async run(args, io) {
    const { values } = readArguments(args, { json: { type: 'boolean' } });
    const loaded = loadConfig(io.env);
    if (!loaded.ok) {
      io.err(loaded.faults.map((fault) => `${fault}\n`).join(''));
      return 2;
    }
    const { config } = loaded;
    if (!existsSync(config.CRASH_REPORTS_DIR)) {
      io.err(
        `There is no folder ${config.CRASH_REPORTS_DIR}. Set CRASH_REPORTS_DIR to the one that the servers use.\n`,
      );
      return 1;
    }
    const running = await runningServer(config);
    if (running !== null) {
      io.err(
        `A server answers on port ${running}. Stop all servers first: what they store meanwhile would be lost.\n`,
      );
      return 1;
    }
    const result = repair(config, Date.now());
    if (values.json === true) io.out(`${JSON.stringify({ ...result, sequences: undefined })}\n`);
    else tell(result, io);
    return 0;
  },
};

/** The port on which a server of this configuration answers; null: none does. */
async function runningServer(config: Config): Promise<number | null> {
  const ports = [
    [config.SUBMIT_SERVER_PORT, '/__lbheartbeat__'],
    [config.REPORTS_SERVER_PORT, '/healthz'],
  ] as const;
  for (const [port, path] of ports) {
    if (port === 0) continue;
    try {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
        signal: AbortSignal.timeout(PROBE_MS),
      });
      await answer.arrayBuffer();
      return port;
    } catch {
      // Nobody listens there, or nothing that speaks HTTP.
    }
  }
  return null;
}

function tell(result: ReturnType<typeof repair>, { out }: CommandIo): void {
  if (result.sound) {
    out(`Nothing is damaged: ${result.reports} reports, and every file belongs to one.\n`);
    missing(result.withoutFiles, out);
    return;
  }
  out(`There are ${result.reports} reports now.\n`);
  if (result.kept !== null) out(`The old database is kept as ${result.kept}.\n`);
  for (const { table, rows, lostPages, lostRows } of result.tables) {
    if (lostPages + lostRows === 0) continue;
    out(`${table}: ${rows} rows were saved; ${lostPages} pages and ${lostRows} rows could not be read.\n`);
  }
  if (result.found > 0) out(`${result.found} reports were found that nothing led to any more.\n`);
  list('reports have their rows again, by their files', result.joined, out);
  list('reports are not quite what they were', result.altered, out);
  missing(result.withoutFiles, out);
  list(`files and folders belong to nothing and were moved into ${result.aside}`, result.unclaimed, out);
  for (const sentence of result.sentences) out(`${sentence}\n`);
}

function missing(crashIds: readonly string[], out: CommandIo['out']): void {
  list('reports have lost their large attachments', crashIds, out);
}

function list(what: string, items: readonly string[], out: CommandIo['out']): void {
  if (items.length === 0) return;
  out(`${items.length} ${what}:\n`);
  for (const item of items.slice(0, MAX_NAMED)) out(`  ${item}\n`);
  if (items.length > MAX_NAMED) out(`  … and ${items.length - MAX_NAMED} more (--json names all)\n`);
}
