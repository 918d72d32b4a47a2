// Locks of reports in a Crashpad database: whose they are, and what a kill leaves behind.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

const LOCK_MODULE = path.resolve(import.meta.dirname, '../../../src/client/uploader/crashpad-lock.ts');
const ROUNDS = 5000;

test('a lock says whose it is from the moment that it is there', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'mayday-lock-'));
  try {
    const dump = path.join(dir, 'a.dmp');
    const program = `
      import { takeCrashpadLock } from ${JSON.stringify(LOCK_MODULE)};
      for (let round = 0; round < ${ROUNDS}; round += 1) takeCrashpadLock(${JSON.stringify(dump)}, Date.now())();`;
    const taker = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: 'inherit' });
    const ended = new Promise<number | null>((resolve) => {
      taker.once('exit', resolve);
    });
    const seen: number[] = [];
    while (taker.exitCode === null && taker.signalCode === null) {
      for (let look = 0; look < 100; look += 1) {
        const length = lengthOf(path.join(dir, 'a.lock'));
        if (length !== null) seen.push(length);
      }
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    assert.equal(await ended, 0);
    assert.ok(seen.length > 0, 'the lock was never seen');
    assert.ok(Math.min(...seen) > 8, 'an empty lock, or one without its owner, was seen');
    assert.deepEqual(readdirSync(dir), [], 'nothing stays');
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

function lengthOf(file: string): number | null {
  try {
    return readFileSync(file).length;
  } catch {
    return null;
  }
}
