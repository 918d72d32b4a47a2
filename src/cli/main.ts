// The command line: finds the command, prints help, turns an unexpected error into one sentence and exit code 1.
import { UsageError } from './arguments.ts';
import type { CommandEntry, CommandIo } from './command.ts';
import { COMMANDS } from './command-registry.ts';
import { terminalText } from './terminal-text.ts';

const HELP_FLAGS = new Set(['--help', '-h', 'help']);

/** Runs `mayday <args>`; the result is the exit code (0 done, 1 failed, 2 wrong arguments). */
export async function main(args: readonly string[], io: CommandIo = terminalIo()): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || HELP_FLAGS.has(name)) {
    const asked = rest[0] === undefined ? undefined : find(rest[0]);
    io.out(asked === undefined ? overview() : (await asked.load()).command.usage);
    return name === undefined ? 2 : 0;
  }
  if (name === '--version' || name === '-v') return main(['version'], io);
  const entry = find(name);
  if (entry === undefined) {
    io.err(`mayday has no command "${name}". "mayday --help" lists them.\n`);
    return 2;
  }
  const { command } = await entry.load();
  const end = rest.indexOf('--');
  if (
    (end === -1 ? rest : rest.slice(0, end)).some((argument) => argument === '--help' || argument === '-h')
  ) {
    io.out(command.usage);
    return 0;
  }
  try {
    return await command.run(rest, io);
  } catch (error) {
    if (error instanceof UsageError) {
      io.err(`mayday ${name}: ${error.message}. "mayday ${name} --help" shows what it takes.\n`);
      return 2;
    }
    io.err(`mayday ${name}: ${describe(error)}\n`);
    if (io.env['LOG_LEVEL'] === 'debug' && error instanceof Error) io.err(`${error.stack ?? ''}\n`);
    return 1;
  }
}

function find(name: string): CommandEntry | undefined {
  return COMMANDS.find((command) => command.name === name);
}

function overview(): string {
  const width = Math.max(...COMMANDS.map((command) => command.name.length));
  const rows = COMMANDS.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`);
  return `Mayday, a crash report server.

Usage: mayday <command> [options]

${rows.join('\n')}

"mayday <command> --help" tells more of each.
`;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause.message : '';
  // A sentence that gives its cause already needs it no second time.
  return cause === '' || error.message.includes(cause) ? error.message : `${error.message} (${cause})`;
}

/** What a shell reports of a program that SIGPIPE ended. */
const PIPE_CLOSED = 141;

function terminalIo(): CommandIo {
  // "mayday dump … | head" closes the pipe before everything is written: that is no fault to tell of.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(PIPE_CLOSED);
    throw error;
  });
  const to = (stream: NodeJS.WriteStream) => (text: string) =>
    stream.write(stream.isTTY ? terminalText(text) : text);
  return {
    out: to(process.stdout),
    err: to(process.stderr),
    steer: (text) => process.stdout.write(text),
    env: process.env,
    terminal: process.stdout.isTTY,
  };
}
