import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askVersion, versionLine } from '../../../src/client/monitor/version-line.ts';
import { readGoVersionLine } from '../../../src/base/go-version-line.ts';

const SYNCTHING =
  'syncthing v1.1.4 "Erbium Earthworm" (go1.12.5 darwin-amd64) jb@kvin.kastelo.net 2019-05-21 20:36:38 UTC';

test('a line in the form of Syncthing is passed on as it is', () => {
  assert.equal(versionLine({ command: 'x', name: null, said: `${SYNCTHING}\nmore` }), SYNCTHING);
});

for (const [said, command, name, program, version] of [
  ['myapp 1.2.3', '/usr/bin/run.sh', null, 'myapp', 'v1.2.3'],
  ['v24.1.0', '/usr/bin/node', null, 'node', 'v24.1.0'],
  ['openjdk version "17.0.2" 2022-01-18', 'java', null, 'openjdk', 'v17.0.2'],
  ['Python 3.11.4', 'python3', 'billing', 'billing', 'v3.11.4'],
  ['1.0.0-rc.1+build5', 'C:\\app.exe'.replace('C:\\', ''), null, 'app', 'v1.0.0-rc.1+build5'],
  [null, './a b"(c)', null, 'a-b-c-', 'v0-unknown'],
  ['unreleased', 'tool', null, 'tool', 'v0-unknown'],
  [SYNCTHING, 'x', 'mine', 'mine', 'v1.1.4'],
] as const) {
  test(`"${said ?? 'nothing'}" of ${command} is ${program} ${version} to the server`, () => {
    const read = readGoVersionLine(versionLine({ command, name, said }));
    assert.deepEqual([read?.program, read?.version], [program, version]);
  });
}

test('a command is asked: its first line, on whichever output, or nothing', async () => {
  assert.equal(await askVersion('echo; echo one; echo two'), 'one');
  assert.equal(await askVersion('echo err >&2; exit 3'), 'err');
  assert.equal(await askVersion('exit 1'), null);
  assert.equal(await askVersion('nosuchprogram 2>/dev/null'), null);
});

test('a command that hangs, or leaves something behind, is not waited for', async () => {
  const started = Date.now();
  assert.equal(await askVersion('echo early; sleep 3; echo', 300), 'early');
  assert.ok(Date.now() - started < 2500);
});
