// `mayday watch`: runs any program as Syncthing's monitor process runs Syncthing, and reports its crashes.
import path from 'node:path';
import { isatty } from 'node:tty';
import { versionInfo } from '../../app/version.ts';
import { monitor } from '../../client/monitor/monitor.ts';
import { runUnmonitored } from '../../client/monitor/unmonitored.ts';
import { httpSender } from '../../client/uploader/http-request.ts';
import { isServerUrl, serverAddress, type ServerAddress } from '../../client/uploader/server-address.ts';
import { UsageError, readArguments } from '../arguments.ts';
import type { Command } from '../command.ts';

const DEFAULT_DIR = 'crash-logs';
const DEFAULT_KEEP_DAYS = 14;
const MAX_KEEP_DAYS = 36_500;

export const command: Command = {
  usage: `Usage: mayday watch [options] -- COMMAND [ARGUMENT...]

Runs a program with its input and output untouched, restarts it when it ends with an error, and stops with it when it
succeeds. When its output shows a crash (Go, Python, Java, Node, Rust, .NET, Ruby, C++), or a signal ends it, a panic log is
written and reported.

  --dir DIR              where panic logs are kept (default: ./${DEFAULT_DIR})
  --url URL              report to this server (default: MAYDAY_URL; without one, crashes are kept and not reported)
  --key KEY              the product's upload key
  --once                 run the program once: its crash is recorded and reported, and it is not restarted
  --no-restart           run the program without a monitor: nothing is recorded, reported or restarted; also MAYDAY_NO_RESTART=1
  --version-string TEXT  the program's version, as "name v1.2.3" or in the form of Syncthing's first line
  --version-command CMD  a shell command that prints it; asked at each start
  --product NAME         the program's name in reports (default: the name of COMMAND)
  --pattern REGEX        lines of standard error that begin a crash too; may be given several times
  --include-output       keep the first 10 and the last 50 lines of output in the log; they are never uploaded
  --keep-days N          delete logs after N days, reported or not (default: ${DEFAULT_KEEP_DAYS})
  --quiet                say nothing on standard error

A pause of 1 s stands between restarts; after 4 restarts within 60 s the next failure is the last. SIGTERM, SIGINT and
SIGQUIT are passed on and end the program and the monitor; SIGHUP, SIGUSR1 and SIGUSR2 are passed on.

Exit code: the program's, or 128 + n when signal n ended it; 127 or 126 when it cannot be started; 2 for wrong arguments.
`,
  async run(args, io) {
    const { options, program } = split(args);
    const { values, positionals } = readArguments(
      options,
      {
        dir: { type: 'string' },
        url: { type: 'string' },
        key: { type: 'string' },
        once: { type: 'boolean' },
        'no-restart': { type: 'boolean' },
        'version-string': { type: 'string' },
        'version-command': { type: 'string' },
        product: { type: 'string' },
        pattern: { type: 'string', multiple: true },
        'include-output': { type: 'boolean' },
        'keep-days': { type: 'string' },
        quiet: { type: 'boolean' },
      },
      { positionals: true },
    );
    if (program !== null && positionals.length > 0) {
      throw new UsageError(`"${positionals[0]}" stands before the "--" and is no option`);
    }
    const [name, ...programArguments] = program ?? positionals;
    if (name === undefined || name === '') throw new UsageError('Name the program to watch, after "--"');
    const versionString = values['version-string'];
    const versionCommand = values['version-command'];
    if (versionString !== undefined && versionCommand !== undefined) {
      throw new UsageError('Choose one of --version-string and --version-command');
    }

    // A reader that goes away must not end the monitor: the program decides for itself what that means.
    for (const stream of [process.stdout, process.stderr]) {
      stream.on('error', () => undefined).setMaxListeners(0);
    }
    const say = (sentence: string): void => {
      if (values.quiet !== true) io.err(`[mayday watch] ${sentence}\n`);
    };
    if (values.once === true && values['no-restart'] === true)
      throw new UsageError('Choose one of --once and --no-restart');
    const surroundings = {
      stdout: process.stdout,
      stderr: process.stderr,
      terminal: isatty(0) || isatty(1) || isatty(2),
      stdoutTerminal: isatty(1),
      signals: process,
      send: httpSender({ userAgent: `Mayday/${versionInfo(io.env).version}`, env: io.env }),
      now: Date.now,
      say,
    };
    // An option outweighs the environment.
    if (values['no-restart'] === true || (values.once !== true && isOn(io.env['MAYDAY_NO_RESTART'])))
      return runUnmonitored(name, programArguments, surroundings);
    return monitor(
      {
        command: name,
        args: programArguments,
        dir: path.resolve(values.dir ?? DEFAULT_DIR),
        address: readAddress(values.url ?? io.env['MAYDAY_URL'], values.key ?? null),
        restart: values.once !== true,
        includeOutput: values['include-output'] === true,
        patterns: (values.pattern ?? []).map(readPattern),
        name: values.product ?? null,
        version:
          versionString !== undefined
            ? { text: versionString }
            : versionCommand !== undefined
              ? { shellCommand: versionCommand }
              : null,
        keepDays: readKeepDays(values['keep-days']),
      },
      surroundings,
    );
  },
};

/** What stands before the first `--` is ours, what follows it the program's. */
function split(args: readonly string[]): {
  readonly options: readonly string[];
  readonly program: readonly string[] | null;
} {
  const end = args.indexOf('--');
  return end === -1
    ? { options: args, program: null }
    : { options: args.slice(0, end), program: args.slice(end + 1) };
}

function readAddress(url: string | undefined, key: string | null): ServerAddress | null {
  if (url === undefined || url === '') return null;
  if (!isServerUrl(url)) throw new UsageError(`--url "${url}" is not an http or https URL`);
  return serverAddress(url, key);
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0';
}

function readPattern(source: string): RegExp {
  try {
    return new RegExp(source);
  } catch (error) {
    throw new UsageError(`--pattern "${source}" is not a regular expression: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function readKeepDays(text: string | undefined): number {
  if (text === undefined) return DEFAULT_KEEP_DAYS;
  const days = Number(text);
  if (!Number.isInteger(days) || days < 1 || days > MAX_KEEP_DAYS) {
    throw new UsageError(`--keep-days "${text}" is not a whole number of days from 1 to ${MAX_KEEP_DAYS}`);
  }
  return days;
}
