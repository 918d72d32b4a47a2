// The first line of a Syncthing report.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { goEnvironment, readGoVersionLine } from '../../src/base/go-version-line.ts';
import { SHARED_ABSENT, sharedData } from '../shared-data.ts';

// Holds: version-line
test('a line with a timestamp, tags and a log package is read whole', () => {
  const line =
    '2026-05-21 10:03:01 INF syncthing v2.1.1-dev.9.gb3b7d228 "Hafnium Hornet" (go1.26.3 darwin-arm64) me@host 2026-05-21 07:58:11 UTC [stnoupgrade, noproxy] (log.pkg=main)';
  assert.deepEqual(readGoVersionLine(line), {
    program: 'syncthing',
    version: 'v2.1.1-dev.9.gb3b7d228',
    tag: 'v2.1.1-dev',
    commit: 'b3b7d228',
    codename: 'Hafnium Hornet',
    runtime: 'go1.26.3',
    os: 'darwin',
    architecture: 'arm64',
    builder: 'me@host',
    built: '2026-05-21 07:58:11 UTC',
    tags: ['stnoupgrade', 'noproxy'],
  });
});

test('any program may take the place of syncthing, and most of the rest may be missing', () => {
  const read = readGoVersionLine(
    '07:48:24 INFO: stdiscosrv v1.1.3+39-g62a6d619e-dirty "E" (go1.12.1 linux-amd64)',
  );
  assert.equal(read?.program, 'stdiscosrv');
  assert.equal(read?.version, 'v1.1.3+39-g62a6d619e-dirty');
  assert.deepEqual([read?.builder, read?.built, read?.tags], [null, null, []]);
});

test('other lines are not understood, quickly', () => {
  assert.equal(readGoVersionLine(''), null);
  assert.equal(readGoVersionLine('panic: something'), null);
  assert.equal(readGoVersionLine('syncthing v1.2.3 "X" (go1.20)'), null);
  assert.equal(readGoVersionLine('a v1 "b" (c d-e'.repeat(120)), null);
  assert.equal(readGoVersionLine(`x ${'a v'.repeat(600)}`), null);
});

test('a version is a release and what git says of the build, in each of its forms', () => {
  for (const [version, tag, commit, environment] of [
    ['v1.2.3', 'v1.2.3', '', 'Stable'],
    ['v1.2.3-rc.1', 'v1.2.3-rc.1', '', 'Candidate'],
    ['v1.2.3-beta', 'v1.2.3-beta', '', 'Beta'],
    ['v1.1.3+39-g62a6d619e-dirty', 'v1.1.3', '62a6d619e', 'Development'],
    ['v1.23.7-dev.26.gdf7b56ae-extra', 'v1.23.7-dev', 'df7b56ae', 'Development'],
    ['unknown-dev', 'unknown-dev', '', 'Beta'],
  ] as const) {
    const read = readGoVersionLine(`syncthing ${version} "F" (go1.20 linux-amd64) me@host`);
    assert.ok(read !== null, version);
    assert.deepEqual(
      [read.program, read.version, read.tag, read.commit, goEnvironment(read)],
      ['syncthing', version, tag, commit, environment],
    );
  }
});

const vectors = sharedData('vectors', 'go-version.json');
// Holds: version-line
test(
  'known lines are read as their own program reads them',
  { skip: vectors === null ? SHARED_ABSENT : false },
  () => {
    const { cases } = JSON.parse(readFileSync(vectors ?? '', 'utf8')) as {
      readonly cases: readonly {
        readonly input: { readonly line: string };
        readonly expected: Readonly<Record<string, unknown>> | null;
      }[];
    };
    assert.ok(cases.length > 0);
    for (const { input, expected } of cases) {
      const read = readGoVersionLine(input.line);
      if (expected === null) assert.equal(read, null, input.line);
      else {
        assert.deepEqual(
          [
            read?.version,
            read?.tag,
            read?.commit,
            read === null ? null : goEnvironment(read),
            read?.codename,
            read?.runtime,
            read?.os,
            read?.architecture,
            read?.builder,
            read?.tags,
          ],
          [
            expected['version'],
            expected['tag'],
            expected['commit'],
            expected['environment'],
            expected['codename'],
            expected['runtime'],
            expected['goos'],
            expected['goarch'],
            expected['builder'],
            expected['extra'],
          ],
          input.line,
        );
      }
    }
  },
);
