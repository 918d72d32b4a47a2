// Rows of the contract on runtimes that are to be had as WebAssembly alone: the oldest PHP that the library promises, and a newer Ruby.
// They have no network, so that a report is read from the queue; Ruby's has no end of a program and no threads either. What is not here
// (sending, answers, faults of the server, handlers of Ruby) is held on other versions only.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { assertUnchanged, expectedReport, variablesFor } from './bench.ts';
import { CLIENTS } from './language-programs.ts';
import { readableDifferences } from './match.ts';
import { PRODUCT, QueueFolder } from './queue-folder.ts';
import type { SampleResult } from './run-sample.ts';
import { WASM_PHP, WASM_RUBY } from './runtimes.ts';

interface Ran {
  readonly result: SampleResult;
  /** What lies in the queue. */
  readonly reports: readonly Record<string, unknown>[];
}

function runner(runtime: 'php' | 'ruby', packages: string) {
  return (
    program: string,
    words: readonly string[],
    more: Readonly<Record<string, string>> = {},
    url = 'http://127.0.0.1:9',
  ): Ran => {
    const queue = new QueueFolder();
    const driver = path.join(import.meta.dirname, `programs/wasm-${runtime}.mjs`);
    const done = spawnSync(
      process.execPath,
      ['--no-warnings', driver, packages, CLIENTS, queue.home, program, ...words],
      {
        encoding: 'utf8',
        timeout: 240_000,
        env: { ...variablesFor(url, queue, more), LANG: 'C.UTF-8', SAMPLE_PASSWORD: 'hunter2' },
      },
    );
    const result = { code: done.status, stdout: done.stdout, stderr: done.stderr, durationMs: 0 };
    const folder = path.join(queue.home, 'queue/default', PRODUCT);
    const names = more['MAYDAY_DISABLED'] === undefined && url !== '' ? readdirSync(folder) : [];
    const reports = names
      .filter((name) => /^[0-9a-f].*\.(?:new|json)$/.test(name))
      .map((name) => {
        const text = readFileSync(path.join(folder, name), 'utf8');
        assert.doesNotMatch(text, /hunter2/);
        return JSON.parse(text) as Record<string, unknown>;
      });
    return { result, reports };
  };
}

interface Vector {
  readonly name: string;
  readonly out: unknown;
}

function assertVectors(run: ReturnType<typeof runner>, program: string): void {
  const text = readFileSync(path.join(CLIENTS, '../testdata/privacy-vectors.json'), 'utf8');
  const { vectors } = JSON.parse(text.replaceAll('[Filtered]', '[filtered]')) as {
    vectors: readonly Vector[];
  };
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'mayday-vectors-')), 'vectors.json');
  writeFileSync(file, JSON.stringify(vectors));
  const { result } = run(program, [file], {}, '');
  assert.equal(result.code, 0, result.stderr);
  const found = JSON.parse(result.stdout) as readonly unknown[];
  assert.deepEqual(
    found,
    vectors.map(({ out }) => out),
  );
}

describe(`client library: ${WASM_PHP.name}`, { skip: WASM_PHP.missing }, () => {
  const run = runner('php', path.dirname(path.dirname(WASM_PHP.command)));
  const sample = 'php/sample/sample.php';

  it('reports an uncaught error as expected, once, and changes nothing else', () => {
    const { result, reports } = run(sample, ['crash']);
    assert.equal(result.code, 255);
    assertUnchanged(result, run(sample, ['crash'], { MAYDAY_DISABLED: '1' }).result);
    assert.equal(reports.length, 1);
    assert.equal(readableDifferences(expectedReport('php'), reports[0]), '');
  });

  it('merges repeats of a handled error, with its data filtered, and goes on', () => {
    const { result, reports } = run(sample, ['repeat']);
    assert.equal(result.stdout.trim(), 'still running');
    assert.deepEqual(
      reports.map(({ count, severity }) => ({ count, severity })),
      [{ count: 25, severity: 'normal' }],
    );
  });

  it('filters as the privacy vectors say', () => assertVectors(run, 'contract/programs/privacy.php'));
});

describe(`client library: ${WASM_RUBY.name}`, { skip: WASM_RUBY.missing }, () => {
  const run = runner('ruby', path.dirname(path.dirname(WASM_RUBY.command)));
  const sample = 'ruby/sample/sample.rb';

  it('reports a handled error with its frames and data, and goes on where no thread is to be had', () => {
    const { result, reports } = run(sample, ['report']);
    assert.equal(result.stdout.trim(), 'still running', result.stderr);
    const [report] = reports as {
      severity: string;
      data: unknown;
      stacktrace: { kind: string; locations: unknown[] }[];
    }[];
    assert.equal(report?.severity, 'normal');
    assert.deepEqual(report.data, { order: 17, password: '[filtered]' });
    assert.deepEqual(
      report.stacktrace.map(({ kind }) => kind),
      ['ArgumentError', 'OrderError'],
    );
    // Ruby 3.4 has more of itself in Ruby, at lines of its own that another version has elsewhere: they are where the program called them.
    const expected = (expectedReport('ruby') as { stacktrace: { locations: unknown[] }[] }).stacktrace[0]
      ?.locations;
    assert.equal(readableDifferences(expected?.slice(0, 3), report.stacktrace[0]?.locations.slice(0, 3)), '');
  });

  it('merges repeats', () => {
    const { reports } = run(sample, ['repeat']);
    assert.deepEqual(
      reports.map(({ count }) => count),
      [25],
    );
  });

  it('filters as the privacy vectors say', () => assertVectors(run, 'contract/programs/privacy.rb'));
});
