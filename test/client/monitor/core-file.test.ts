import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { coreFileSentence } from '../../../src/client/monitor/core-file.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'mayday-core-'));
after(() => rmSync(dir, { recursive: true }));
const STARTED = Date.now() - 1000;

function sentence(pattern: string, usesPid = '0'): string | null {
  writeFileSync(path.join(dir, 'core_pattern'), `${pattern}\n`);
  writeFileSync(path.join(dir, 'core_uses_pid'), `${usesPid}\n`);
  return coreFileSentence({ pid: 4711, cwd: dir, startedMs: STARTED }, dir);
}

for (const [pattern, usesPid, file] of [
  ['core', '0', 'core'],
  ['core', '1', 'core.4711'],
  ['%e.%p.%t.dump', '0', 'app.4711.1700000000.dump'],
  [`${dir}/cores-%p-100%%`, '0', 'cores-4711-100%'],
] as const) {
  test(`the pattern ${pattern.replace(dir, '')} finds ${file}`, () => {
    writeFileSync(path.join(dir, file), 'core');
    assert.equal(sentence(pattern, usesPid), `core file: ${path.join(dir, file)}`);
    rmSync(path.join(dir, file));
    assert.equal(sentence(pattern, usesPid), null);
  });
}

test('a core file of an earlier crash is not taken for this one', () => {
  writeFileSync(path.join(dir, 'core'), 'old');
  utimesSync(path.join(dir, 'core'), 1000, 1000);
  assert.equal(sentence('core'), null);
  rmSync(path.join(dir, 'core'));
});

test('a program that takes core files is named', () => {
  assert.equal(
    sentence('|/usr/lib/systemd/systemd-coredump %P %u %g %s %t 9223372036854775808 %h'),
    'core file: given to systemd-coredump; "coredumpctl info 4711" shows it',
  );
  assert.equal(sentence('|/usr/share/apport/apport -p%p'), 'core file: given to apport');
});
