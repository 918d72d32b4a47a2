// Small programs that exist in every language, compiled where they have to be: those of `programs/`, and for Java and C# of `test/`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The folder `clients/`, in which the commands run. */
export const CLIENTS = path.resolve(import.meta.dirname, '..');

interface Program {
  readonly prepare?: readonly string[];
  readonly run: readonly string[];
}

const MCS = ['mcs', '-debug', '-langversion:7', 'csharp/Mayday.cs'];

/** For each language what is compiled and the command; `{build}` is a fresh folder. */
const PROGRAMS: Readonly<Record<string, (program: 'privacy' | 'repeats') => Program>> = {
  python: (program) => ({ run: ['python3', `contract/programs/${program}.py`] }),
  javascript: (program) => ({ run: ['node', `contract/programs/${program}.cjs`] }),
  ruby: (program) => ({ run: ['ruby', `contract/programs/${program}.rb`] }),
  php: (program) => ({ run: ['php', `contract/programs/${program}.php`] }),
  java: (program) => {
    const name = program === 'privacy' ? 'PrivacyVectors' : 'Repeats';
    return {
      prepare: ['javac', '-g', '-d', '{build}', 'java/Mayday.java', `java/test/${name}.java`],
      run: ['java', '-cp', '{build}', program === 'privacy' ? `mayday.${name}` : name],
    };
  },
  csharp: (program) => {
    const name = program === 'privacy' ? 'PrivacyVectors' : 'Repeats';
    return {
      prepare: [...MCS, '-out:{build}/program.exe', `csharp/test/${name}.cs`],
      run: ['mono', '--debug', '{build}/program.exe'],
    };
  },
  // The vectors are of no use to an application: a test of the package itself reads them.
  go: (program) =>
    program === 'privacy'
      ? {
          prepare: ['go', '-C', 'go', 'test', '-c', '-o', '{build}/program', '.'],
          run: ['{build}/program', '-vectors'],
        }
      : {
          prepare: ['go', '-C', 'go', 'build', '-buildvcs=false', '-o', '{build}/program', './test/repeats'],
          run: ['{build}/program'],
        },
};

/** Compiles the program where the language needs it; returns the command that runs it. Throws with the compiler's words. */
export function languageProgram(language: string, program: 'privacy' | 'repeats'): readonly string[] {
  const found = PROGRAMS[language]?.(program);
  if (found === undefined) throw new Error(`${language} has no programs in language-programs.ts`);
  const build = mkdtempSync(path.join(tmpdir(), `mayday-${program}-`));
  const filled = (words: readonly string[]): string[] => words.map((word) => word.replace('{build}', build));
  const [command, ...parameters] = filled(found.prepare ?? []);
  if (command !== undefined) {
    const done = spawnSync(command, parameters, { cwd: CLIENTS, encoding: 'utf8', timeout: 120_000 });
    if (done.status !== 0) throw new Error(`${command} failed:\n${done.stdout}${done.stderr}`);
  }
  return filled(found.run);
}
