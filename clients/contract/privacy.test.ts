// The privacy vectors, which the server's own filter passes (test/report/privacy), hold in every client library.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { LANGUAGES } from './languages.ts';
import { missingRuntime } from './run-sample.ts';

interface Vector {
  readonly name: string;
  readonly out: unknown;
}

const ROOT = path.resolve(import.meta.dirname, '../..');
// The libraries write the mark in their own way.
const text = readFileSync(path.join(ROOT, 'testdata/privacy-vectors.json'), 'utf8').replaceAll(
  '[Filtered]',
  '[filtered]',
);
const { vectors } = JSON.parse(text) as { readonly vectors: readonly Vector[] };

/** For each language what is compiled, and the command that prints what it makes of the vectors; `{build}` is a fresh folder. */
const PROGRAMS: Readonly<
  Record<string, { readonly prepare?: readonly string[]; readonly run: readonly string[] }>
> = {
  python: { run: ['python3', 'contract/programs/privacy.py'] },
  javascript: { run: ['node', 'contract/programs/privacy.cjs'] },
  ruby: { run: ['ruby', 'contract/programs/privacy.rb'] },
  php: { run: ['php', 'contract/programs/privacy.php'] },
  java: {
    prepare: ['javac', '-d', '{build}', 'java/Mayday.java', 'java/test/PrivacyVectors.java'],
    run: ['java', '-cp', '{build}', 'mayday.PrivacyVectors'],
  },
  csharp: {
    prepare: [
      'mcs',
      '-langversion:7',
      '-out:{build}/vectors.exe',
      'csharp/Mayday.cs',
      'csharp/test/PrivacyVectors.cs',
    ],
    run: ['mono', '{build}/vectors.exe'],
  },
};

for (const language of LANGUAGES) {
  describe(`privacy vectors: ${language.name}`, { skip: missingRuntime(language) ?? false }, () => {
    const results = (): readonly unknown[] => {
      const program = PROGRAMS[language.name];
      assert.ok(program, 'every language has a program');
      const build = mkdtempSync(path.join(tmpdir(), 'mayday-vectors-'));
      const file = path.join(build, 'vectors.json');
      writeFileSync(file, JSON.stringify(vectors));
      let printed = '';
      for (const words of [program.prepare ?? [], [...program.run, file]]) {
        const [command, ...parameters] = words.map((word) => word.replace('{build}', build));
        if (command === undefined) continue;
        const options = { cwd: path.join(ROOT, 'clients'), encoding: 'utf8', timeout: 120_000 } as const;
        const done = spawnSync(command, parameters, options);
        assert.equal(done.status, 0, done.stdout + done.stderr);
        printed = done.stdout;
      }
      return JSON.parse(printed) as readonly unknown[];
    };

    it('all hold', () => {
      const found = results();
      assert.equal(found.length, vectors.length);
      const wrong = vectors.flatMap((vector, index) =>
        JSON.stringify(found[index]) === JSON.stringify(vector.out)
          ? []
          : [`${vector.name}: ${JSON.stringify(found[index])} in place of ${JSON.stringify(vector.out)}`],
      );
      assert.deepEqual(wrong, []);
    });
  });
}
