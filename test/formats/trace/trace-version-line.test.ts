import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { goEnvironment, parseGoVersionLine } from '../../../src/formats/trace/trace-version-line.ts';
import { sharedData, SHARED_ABSENT } from '../../shared-data.ts';

describe('a version line', () => {
  it('is understood for any program, with a level before it', () => {
    const parsed = parseGoVersionLine(
      '2026-05-18 14:53:32 INF boxer v1.0.0-rc.2 "Red" (go1.25.0 linux-arm64) ci 2026',
    );
    assert.deepEqual(
      [parsed?.program, parsed?.tag, parsed?.codename, parsed?.goarch],
      ['boxer', 'v1.0.0-rc.2', 'Red', 'arm64'],
    );
    assert.equal(parsed === null ? null : goEnvironment(parsed), 'Candidate');
  });

  it('is null for other lines', () => {
    for (const line of ['', 'boxer v1', 'panic: x', '"'.repeat(5000)])
      assert.equal(parseGoVersionLine(line), null);
  });

  const file = sharedData('vectors', 'go-version.json');
  const cases =
    file === null
      ? []
      : (
          JSON.parse(readFileSync(file, 'utf8')) as {
            cases: { id: string; input: { line: string }; expected: unknown }[];
          }
        ).cases;
  it('has its vectors', { skip: file === null && SHARED_ABSENT }, () => assert.ok(cases.length > 0));
  for (const { id, input, expected } of cases) {
    it(`holds for ${id}`, () => {
      const parsed = parseGoVersionLine(input.line);
      if (parsed === null) return assert.equal(expected, null);
      const { program, ...parts } = parsed;
      assert.equal(program, 'syncthing');
      return assert.deepEqual({ ...parts, environment: goEnvironment(parsed) }, expected);
    });
  }
});
