// The manual page mayday(1) in man's macros, made from the texts of `--help`.
import { COMMANDS } from '../src/cli/command-registry.ts';

const OPTION_LINE = /^ {2}(\S.*?) {2,}(\S.*)$/;
const SETTING_LINE = /^ {2}([A-Z][A-Z_]+) {2}\((default: .*)\)$/;

/** The whole page. `version` as `mayday version` says it. */
export async function manualPage(version: string): Promise<string> {
  const usages = await Promise.all(
    COMMANDS.map(async ({ name, load }) => ({ name, usage: (await load()).command.usage })),
  );
  return [
    `.TH MAYDAY 1 "" ${quoted(`Mayday ${version}`)} "User Commands"`,
    '.ad l',
    '.SH NAME',
    'mayday \\- a crash report server, and the tools around it',
    '.SH SYNOPSIS',
    '.B mayday',
    '.I command',
    '[\\fIoptions\\fR]',
    '.SH COMMANDS',
    ...COMMANDS.flatMap(({ name, summary }) => ['.TP', `.B ${escaped(name)}`, text(summary)]),
    ...usages.flatMap(section),
    '',
  ].join('\n');
}

function section({ name, usage }: { readonly name: string; readonly usage: string }): string[] {
  return [`.SH ${quoted(`MAYDAY ${name.toUpperCase()}`)}`, ...linesOf(usage)];
}

function* linesOf(usage: string): Generator<string> {
  let isUsage = true;
  for (const line of usage.split('\n')) {
    const setting = SETTING_LINE.exec(line);
    const option = setting === null ? OPTION_LINE.exec(line) : null;
    if (isUsage && line !== '') {
      yield* ['.br', `.B ${escaped(line.replace(/^Usage: | {7}/, ''))}`];
    } else if (line === '') {
      isUsage = false;
      yield '.PP';
    } else if (setting !== null) {
      yield* ['.TP', `.BR ${escaped(setting[1] ?? '')} ${quoted(` (${setting[2] ?? ''})`)}`];
    } else if (option !== null) {
      yield* ['.TP', `.B ${escaped(option[1] ?? '')}`, text(option[2] ?? '')];
    } else {
      yield text(line.trim());
    }
  }
}

/** Text of a line: never a request of the formatter. */
function text(line: string): string {
  return /^[.']/.test(line) ? `\\&${escaped(line)}` : escaped(line);
}

function escaped(value: string): string {
  return value
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/[^\u0020-\u007E]/gu, (letter) => `\\[u${hex(letter)}]`);
}

/** One argument of a macro. */
function quoted(value: string): string {
  return `"${escaped(value).replaceAll('"', '""')}"`;
}

function hex(letter: string): string {
  return (letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
}
