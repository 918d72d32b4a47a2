// The contract on further versions of the runtimes: what <language>.test.ts holds for the one on the path holds for them, too.
import { spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { describe } from 'node:test';
import { contractTestsOf } from './contract-tests.ts';
import { languageNamed } from './run-sample.ts';
import type { Language } from './languages.ts';
import { JAVAS, OLD_NODES, PYTHONS, SECOND_PHP } from './runtimes.ts';

/** The language with other commands in the place of those on the path. */
function on(name: string, commands: Readonly<Record<string, string>>): Language {
  const language = languageNamed(name);
  const other = ([command = '', ...words]: readonly string[]): readonly string[] => [
    commands[command] ?? command,
    ...words,
  ];
  return { ...language, prepare: language.prepare.map(other), run: other(language.run) };
}

for (const { name, command, missing } of PYTHONS) {
  // Without the virtual environment, whose folders are in the report, too.
  const python = missing === false ? realpathSync(command) : command;
  contractTestsOf(on('python', { python3: python }), `client library: ${name}`, missing);
}
for (const { name, command, missing } of OLD_NODES)
  contractTestsOf(on('javascript', { node: command }), `client library: ${name}`, missing);
// The one on the path is 17 or newer, as Debian has it.
for (const { name, command, missing } of JAVAS.slice(1)) {
  const commands = { java: path.join(command, 'java'), javac: path.join(command, 'javac') };
  contractTestsOf(on('java', commands), `client library: ${name}`, missing);
}

contractTestsOf(
  on('php', { php: SECOND_PHP.command }),
  `client library: ${SECOND_PHP.name}`,
  SECOND_PHP.missing,
);

// Debian has one version of each of these; where another is on the path, it is tested.
for (const [language, command, others] of [
  ['ruby', 'ruby', ['ruby2.7', 'ruby3.2', 'ruby3.3', 'ruby3.4']],
  ['php', 'php', ['php7.4', 'php8.1', 'php8.3', 'php8.4']],
] as const) {
  const found = others.filter((other) => spawnSync(other, ['--version']).status === 0);
  if (found.length === 0)
    describe(`client library: ${language}, a second version`, {
      skip: `none of ${others.join(', ')} is on the path`,
    });
  for (const other of found)
    contractTestsOf(on(language, { [command]: other }), `client library: ${other}`, false);
}
