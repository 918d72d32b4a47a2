// What the original server made of real clients' requests, and what Mayday makes of them. Where they differ on purpose,
// the difference is named in docs/protocols/crashkit-processing.md and in DEVIATIONS here.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { isClientLibraryFrame } from '../../../src/report/crashkit/client-library.ts';
import type { DefinitiveLocationOptions } from '../../../src/report/crashkit/definitive-location.ts';
import type { CrashKitOccurrence } from '../../../src/process/crashkit/understood-occurrence.ts';
import { understandBody } from '../../../src/process/crashkit/understand.ts';
import { sharedData, SHARED_ABSENT } from '../../shared-data.ts';

const folder = sharedData('crashkit', 'oracle');
const skip = folder === null && SHARED_ABSENT;
const TODAY = '2026-11-20';

interface OracleCase {
  readonly context: string;
  readonly severity: number;
  readonly occurrence_count: number;
  readonly exceptions: unknown;
  readonly roles: readonly string[];
  readonly occurrences: readonly unknown[];
}

interface OracleBug {
  readonly key: string;
  readonly cases: readonly OracleCase[];
  readonly [field: string]: unknown;
}

interface Oracle {
  readonly bugs: readonly OracleBug[];
  readonly reports: readonly { readonly status: number | string }[];
}

function json(...path: readonly string[]): unknown {
  return JSON.parse(readFileSync(sharedData('crashkit', ...path) ?? '', 'utf8'));
}

interface Captured {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly response: { readonly status: number };
}

/** The bodies that the original was given: those that the recording server took. */
function bodies(name: string): readonly string[] {
  if (name === 'expected-reports.json') {
    return ['django.json', 'php.json', 'python.json'].map((file) =>
      JSON.stringify(json('expected-reports', file)),
    );
  }
  return (json(name) as { requests: Captured[] }).requests
    .filter(
      ({ method, path, response }) =>
        method === 'POST' && path.includes('post-report') && response.status === 200,
    )
    .map(({ body }) => body);
}

function occurrencesOf(name: string, options: DefinitiveLocationOptions): readonly CrashKitOccurrence[] {
  return bodies(name).flatMap((body) => {
    const { occurrences, problems } = understandBody(body, options);
    assert.deepEqual(problems, []);
    return occurrences;
  });
}

function prefixed(prefix: string, values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [prefix + key, value]));
}

function grouped<T>(items: readonly T[], key: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  return Map.groupBy(items, key);
}

/** Our occurrences in the form of an oracle file. */
function bugsOf(occurrences: readonly CrashKitOccurrence[]): readonly unknown[] {
  return [...grouped(occurrences, ({ bugKey }) => bugKey)].map(([key, ofBug]) => {
    const first = ofBug[0];
    assert.ok(first !== undefined);
    return {
      key,
      language: first.language,
      exception_name: first.definitive.name,
      exception_package: first.definitive.package,
      exception_klass: first.definitive.className,
      exception_method: first.definitive.method,
      exception_line: first.definitive.line,
      occurrence_count: sum(ofBug),
      cases: [...grouped(ofBug, ({ caseKey }) => caseKey).values()].map((ofCase) => caseOf(ofCase)),
      state: 0,
    };
  });
}

function caseOf(ofCase: readonly CrashKitOccurrence[]): OracleCase {
  const first = ofCase[0];
  assert.ok(first !== undefined);
  return {
    context: first.context,
    severity: first.severity === 'major' ? 2 : 1,
    occurrence_count: sum(ofCase),
    roles: [...new Set(ofCase.map(({ role }) => role))].toSorted((a, b) => (a < b ? -1 : 1)),
    exceptions: first.exceptions.map(({ name, locations }) => ({
      name,
      locations: locations.map(({ package: container, file, className, method, line, claimed }) => ({
        claimed,
        file,
        klass: className,
        line,
        method,
        package: container,
      })),
    })),
    occurrences: [...grouped(ofCase, ({ occurrenceKey }) => occurrenceKey).values()].map((same) => ({
      count: sum(same),
      date: same[0]?.date ?? TODAY,
      messages: same[0]?.messages,
      props: { ...prefixed('env_', same[0]?.env ?? {}), ...prefixed('data_', same[0]?.data ?? {}) },
      role: same[0]?.role,
    })),
  };
}

function sum(occurrences: readonly CrashKitOccurrence[]): number {
  return occurrences.reduce((total, { count }) => total + count, 0);
}

/** What a bug gathers from its occurrences is the store's to count: test/process/oracle.test.ts compares it. */
const OF_THE_STORE = new Set([
  'exception_message',
  'request_uri',
  'roles',
  'max_severity',
  'first_occurrence_on',
  'last_occurrence_on',
  'week_stats',
]);

/** An oracle's bugs without the number of the product in the key, and everything in one order. */
function comparable(bugs: readonly unknown[]): readonly unknown[] {
  return sorted(
    bugs.map((value) => {
      const bug = value as OracleBug;
      const cases = sorted(bug.cases.map((one) => ({ ...one, occurrences: sorted(one.occurrences) })));
      const fields = Object.entries(bug).filter(([field]) => !OF_THE_STORE.has(field));
      return { ...Object.fromEntries(fields), key: bug.key.replace(/^P\d+-/, ''), cases };
    }),
  );
}

function sorted(items: readonly unknown[]): readonly unknown[] {
  const text = new Map(items.map((item) => [item, JSON.stringify(item, ordered)]));
  return items.toSorted((a, b) => ((text.get(a) ?? '') < (text.get(b) ?? '') ? -1 : 1));
}

function ordered(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Files that differ on purpose, and why. */
const DEVIATIONS: Readonly<Record<string, string>> = {
  'js-same-origin.json': 'the original let the browser client name the bug',
  'js-2009-api-client.json': 'the original failed on clients that do not send `opera`',
  'js-mode-failed.json': 'the original failed on empty stacks',
};

describe('the results of the original server', () => {
  const names = folder === null ? [] : readdirSync(folder);
  it('are there', { skip }, () => assert.ok(names.length >= 9));

  for (const name of names.filter((file) => DEVIATIONS[file] === undefined)) {
    // Holds: ck-example
    it(`are ours too for ${name}`, () => {
      const oracle = json('oracle', name) as Oracle;
      assert.ok(oracle.bugs.length > 0);
      assert.deepEqual(comparable(bugsOf(occurrencesOf(name, {}))), comparable(oracle.bugs));
    });
  }

  it('are ours for js-same-origin.json too, once the browser client may name bugs', { skip }, () => {
    const oracle = json('oracle', 'js-same-origin.json') as Oracle;
    const options = { isClientLibrary: () => false };
    assert.deepEqual(
      comparable(bugsOf(occurrencesOf('js-same-origin.json', options))),
      comparable(oracle.bugs),
    );
  });

  it('differ for js-same-origin.json in nothing but the bugs of wrapped handlers', { skip }, () => {
    const oracle = json('oracle', 'js-same-origin.json') as Oracle;
    const ours = comparable(bugsOf(occurrencesOf('js-same-origin.json', {}))) as OracleBug[];
    const theirs = comparable(oracle.bugs) as OracleBug[];
    const isClient = (bug: OracleBug): boolean =>
      String(bug['exception_package']).includes('crashkit-javascript');
    const same = theirs.filter((bug) => !isClient(bug));
    assert.deepEqual(
      ours.filter(({ key }) => same.some((bug) => bug.key === key)),
      same,
    );
    assert.deepEqual(
      ours
        .filter(({ key }) => !same.some((bug) => bug.key === key))
        .map((bug) => [bug['exception_package'], bug['exception_klass'], bug['exception_line']]),
      [
        ['/same.html', '?', 0],
        ['/same.html', 'onclick', 6],
      ],
    );
  });

  it('are better for js-2009-api-client.json', { skip }, () => {
    const occurrences = occurrencesOf('js-2009-api-client.json', {});
    assert.deepEqual(
      occurrences.map(({ signature, env }) => [signature, env['browser'], env['os_name']]),
      [
        ['a.undefinedFunc is not a function: unknown', 'Chrome 156', 'Linux'],
        ['Uncaught TypeError: a.undefinedFunc is not a function: unknown (/app.js:3)', 'Chrome 156', 'Linux'],
      ],
    );
  });

  it('are better for js-mode-failed.json', { skip }, () => {
    const [occurrence] = occurrencesOf('js-mode-failed.json', {});
    assert.deepEqual([occurrence?.signature, occurrence?.requestPath], ['User Exception', '/failed.html']);
  });

  it('name only frames of client libraries that are known', { skip }, () => {
    const frames = names
      .filter((name) => name.startsWith('js-'))
      .flatMap((name) => occurrencesOf(name, {}))
      .flatMap(({ language, exceptions }) =>
        exceptions
          .flatMap(({ locations }) => locations)
          .filter((location) => isClientLibraryFrame(language, location)),
      );
    assert.deepEqual(
      [...new Set(frames.map((frame) => frame.package))],
      ['/static/javascript/crashkit-javascript.js'],
    );
  });
});
