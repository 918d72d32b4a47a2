// `mayday completion`: what a shell needs to complete commands and options, made from the texts of `--help`.
import { readArguments, UsageError } from '../arguments.ts';
import type { Command, CommandEntry } from '../command.ts';
import { usageOptions, usageSubcommands } from '../usage-text.ts';
import type { UsageOption } from '../usage-text.ts';

/** A command with what can follow its name. */
interface Completed {
  readonly name: string;
  readonly summary: string;
  readonly words: readonly string[];
  readonly options: readonly UsageOption[];
}

type Shell = (commands: readonly Completed[]) => string;

const SHELLS: Readonly<Record<string, Shell>> = { bash, zsh, fish };

const USAGE = `Usage: mayday completion bash|zsh|fish

Prints what the shell needs to complete commands, options and files of "mayday":

  bash   mayday completion bash > ~/.local/share/bash-completion/completions/mayday
  zsh    mayday completion zsh > "\${fpath[1]}/_mayday"
  fish   mayday completion fish > ~/.config/fish/completions/mayday.fish
`;

/** The command, for these commands. */
export function completionCommand(entries: readonly CommandEntry[]): Command {
  return {
    usage: USAGE,
    async run(args, io) {
      const [name, ...more] = readArguments(args, {}, { positionals: true }).positionals;
      const shell = name !== undefined && Object.hasOwn(SHELLS, name) ? SHELLS[name] : undefined;
      if (shell === undefined || more.length > 0) throw new UsageError('Name one shell: bash, zsh or fish');
      const commands = await Promise.all(
        entries.map(async ({ name: called, summary, load }) => {
          const { usage } = (await load()).command;
          return { name: called, summary, words: usageSubcommands(usage), options: usageOptions(usage) };
        }),
      );
      io.out(shell(commands));
      return 0;
    },
  };
}

function bash(commands: readonly Completed[]): string {
  const cases = commands.map(({ name, words, options }) => {
    const flags = [
      '--help',
      ...options.flatMap(({ short, long }) => (short === null ? [long] : [short, long])),
    ];
    return `    ${name}) words=${quoted([...words, ...flags].join(' '))} ;;`;
  });
  return `# Completion of mayday for bash, made by "mayday completion bash".
_mayday() {
  local words current="\${COMP_WORDS[COMP_CWORD]}"
  case "\${COMP_CWORD}:\${COMP_WORDS[1]}" in
    1:*) words=${quoted(`${commands.map(({ name }) => name).join(' ')} --help --version`)} ;;
${cases.join('\n').replaceAll(/^ {4}/gm, '    *:')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _mayday mayday
`;
}

function zsh(commands: readonly Completed[]): string {
  const rows = commands.map(
    ({ name, summary }) => `    ${quoted(`${name}:${summary.replaceAll(':', '\\:')}`)}`,
  );
  const cases = commands.map(({ name, words, options }) => {
    const specs = options.map(({ long, value, says }) =>
      quoted(
        `*${long}[${says.replaceAll(/[[\]\\:]/g, '\\$&')}]${value === null ? '' : `:${value.replaceAll(':', '\\:')}:_files`}`,
      ),
    );
    const first = words.length === 0 ? [] : [quoted(`1:what:(${words.join(' ')})`)];
    const all = ["'--help[show help]'", ...specs, ...first, "'*:file:_files'"];
    return `    ${name}) _arguments ${all.join(' \\\n        ')} ;;`;
  });
  return `#compdef mayday
# Completion of mayday for zsh, made by "mayday completion zsh".
_mayday() {
  local -a commands
  commands=(
${rows.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case "$words[1]" in
${cases.join('\n')}
  esac
}
_mayday "$@"
`;
}

function fish(commands: readonly Completed[]): string {
  const lines = commands.flatMap(({ name, summary, words, options }) => {
    const here = `complete -c mayday -n '__fish_seen_subcommand_from ${name}'`;
    return [
      `complete -c mayday -f -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
      ...words.map((word) => `${here} -a ${word}`),
      ...options.map(({ short, long, value, says }) =>
        [
          here,
          ...(short === null ? [] : [`-s ${short.slice(1)}`]),
          `-l ${long.slice(2)}`,
          ...(value === null ? [] : ['-r']),
          `-d ${quoted(says)}`,
        ].join(' '),
      ),
    ];
  });
  return `# Completion of mayday for fish, made by "mayday completion fish".
${lines.join('\n')}
`;
}

/** In single quotes, as the three shells read them. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
