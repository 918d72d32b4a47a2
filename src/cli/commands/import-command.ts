// `mayday import`: takes in what was exported, or what other crash report servers and clients keep, while servers run or not.
import type { Surroundings } from '../../app/compose.ts';
import { loadConfig } from '../../app/config.ts';
import { versionInfo } from '../../app/version.ts';
import { createLog } from '../../base/log.ts';
import { createMetrics } from '../../base/metrics.ts';
import { SourceRefused } from '../../moving/source-folder.ts';
import type { LocalHome } from '../../submit/local-intake.ts';
import { readArguments, UsageError } from '../arguments.ts';
import type { Command, CommandIo } from '../command.ts';
import { runImport, SOURCE_NAMES, type ImportEnding, type ImportOptions } from '../import-run.ts';
import { interruptible } from '../interruption.ts';

export const command: Command = {
  usage: `Usage: mayday import SOURCE [options]

Takes what SOURCE holds into the store of CRASH_REPORTS_DIR, beside running servers or without any (docs/moving.md). SOURCE is one of these:

  mayday                  a folder that \`mayday export\` wrote
  jami                    the folder of a Jami crash report server
  simple-breakpad-server  its folder, or its database
  mini-breakpad-server    its folder, or its pool
  socorro                 a file tree of Socorro: raw crashes and dumps
  crashpad                a Crashpad database, of any system
  sentry                  events of Sentry or Bugsink, one JSON object a line (a file, or a folder of them)
  symbols                 a folder of symbol files, <debug file>/<DEBUG ID>/<name>.sym
  symbol-server           http(s)://…: gives the symbols that stored reports lack

Reports keep their crash ids (where they have one) and their times of arrival, and are processed anew. What is here already is passed over, so an import that was cut
short goes on when the same command is given again. Nothing in SOURCE is changed.

  --from NAME     what SOURCE is, a name of the list above; it is found out by default
  --product NAME  the product that reports of a foreign source go to, whatever they say themselves (events of Sentry say nothing: they go to
                  DEFAULT_PRODUCT without it), and that symbols are for; of another account: ACCOUNT/NAME
  --dry-run       only say what would be taken in; nothing is stored
  --people        people and teams of an export, too, with the rights that it says (without a password, unless it has the hashes)
  --queue-only    leave the processing to the servers; give the command again later for the history of bugs
  --quiet         show no progress
  --json          print what became of everything as JSON

Exit code 0: done; 1: it could not be done or finished; 2: the arguments or the settings are wrong; 3: done, but some of it was refused.
`,
  async run(args, io) {
    const flag = { type: 'boolean' } as const;
    const text = { type: 'string' } as const;
    const { values, positionals } = readArguments(
      args,
      {
        from: text,
        product: text,
        'dry-run': flag,
        people: flag,
        'queue-only': flag,
        quiet: flag,
        json: flag,
      },
      { positionals: true },
    );
    const [source, ...more] = positionals;
    if (source === undefined || more.length > 0) throw new UsageError('Name one SOURCE to take in');
    if (values.from !== undefined && !SOURCE_NAMES.includes(values.from))
      throw new UsageError(`--from takes one of ${SOURCE_NAMES.join(', ')}, not "${values.from}"`);
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
      from: values.from ?? null,
      home: homeOf(values.product),
      dryRun: values['dry-run'] === true,
      people: values.people === true,
      queueOnly: values['queue-only'] === true,
      quiet: values.quiet === true || asJson,
    };
    try {
      const ending = await interruptible((isInterrupted) =>
        runImport(options, { surroundings, io, isInterrupted }),
      );
      return tell(ending, options, asJson, io);
    } catch (error) {
      if (error instanceof SourceRefused) {
        io.err(`${error.message}.\n`);
        return 1;
      }
      throw error;
    }
  },
};

/** `ACCOUNT/NAME`, or a name of the account that clients report to by default. */
function homeOf(text: string | undefined): LocalHome | null {
  if (text === undefined) return null;
  const slash = text.indexOf('/');
  const home =
    slash === -1
      ? { account: 'default', product: text }
      : { account: text.slice(0, slash), product: text.slice(slash + 1) };
  for (const name of [home.account, home.product]) {
    if (/^\s*$|^\.{1,2}$|\p{Cc}/u.test(name) || name.length > 200)
      throw new UsageError(`--product takes NAME or ACCOUNT/NAME, not "${text}"`);
  }
  return home;
}

/** Exit code of an import that is done, of which some was refused. */
const SOME_REFUSED = 3;

function tell(
  { from, summary, stopped }: ImportEnding,
  { dryRun }: ImportOptions,
  asJson: boolean,
  io: CommandIo,
): number {
  const { kinds, refusals } = summary;
  if (asJson)
    io.out(`${JSON.stringify({ from, dryRun, finished: stopped === null, stopped, ...summary })}\n`);
  else {
    const rows = Object.entries(kinds);
    io.out(`Taken for: ${from}\n`);
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
