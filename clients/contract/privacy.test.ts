// The privacy vectors, which the server's own filter passes (test/report/privacy), hold in every client library.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { CLIENTS, languageProgram } from './language-programs.ts';
import { LANGUAGES } from './languages.ts';
import { missingRuntime } from './run-sample.ts';

interface Vector {
  readonly name: string;
  readonly out: unknown;
}

// The libraries write the mark in their own way.
const text = readFileSync(path.join(CLIENTS, '../testdata/privacy-vectors.json'), 'utf8').replaceAll(
  '[Filtered]',
  '[filtered]',
);
const { vectors } = JSON.parse(text) as { readonly vectors: readonly Vector[] };

for (const language of LANGUAGES) {
  describe(`privacy vectors: ${language.name}`, { skip: missingRuntime(language) ?? false }, () => {
    const results = (): readonly unknown[] => {
      const file = path.join(mkdtempSync(path.join(tmpdir(), 'mayday-vectors-')), 'vectors.json');
      writeFileSync(file, JSON.stringify(vectors));
      const [command = '', ...parameters] = languageProgram(language.name, 'privacy');
      const done = spawnSync(command, [...parameters, file], {
        cwd: CLIENTS,
        encoding: 'utf8',
        timeout: 120_000,
      });
      assert.equal(done.status, 0, done.stdout + done.stderr);
      return JSON.parse(done.stdout) as readonly unknown[];
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
