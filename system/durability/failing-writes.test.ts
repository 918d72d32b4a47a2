// Writes that fail below the store (no space, I/O errors), and a file system that is really full: what is refused leaves nothing, what is
// acknowledged is kept, and the server goes on when the trouble is over.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { crashIdOf, dump, submit } from '../requests.ts';
import { leftovers, startServer } from '../server.ts';
import { faults, hammer } from './workload.ts';

const LOAD_MS = 3000;
const INJECTION = path.resolve(import.meta.dirname, 'fault-injection.ts');

for (const code of ['ENOSPC', 'EIO']) {
  test(`file operations that fail with ${code} lose nothing that was acknowledged`, async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'mayday-fault-'));
    const switchFile = path.join(folder, 'on');
    const server = await startServer({
      nodeArgs: ['--import', INJECTION],
      env: { FAULT_CODE: code, FAULT_SHARE: '20', FAULT_FILE: switchFile },
    });
    let stopped = false;
    try {
      writeFileSync(switchFile, '');
      const load = hammer(server, () => stopped);
      await new Promise((resolve) => setTimeout(resolve, LOAD_MS));
      rmSync(switchFile);
      const sample = await submit(server.submitUrl, [
        { name: 'prod', value: 'AfterFaults' },
        dump(Buffer.alloc(100_000, 1)),
      ]);
      crashIdOf(sample);
      stopped = true;
      const acknowledged = await load;
      assert.ok(acknowledged.length > 20, `only ${acknowledged.length} acknowledged`);
      assert.deepEqual(await faults(server, acknowledged), []);
      assert.deepEqual(leftovers(server.dir), []);
    } finally {
      stopped = true;
      await server.remove();
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

test('a refusal for lack of space is 503 with Retry-After', async () => {
  const server = await startServer({ env: { MIN_FREE_DISK_MB: '1000000000' } });
  try {
    const answer = await submit(server.submitUrl, [
      { name: 'prod', value: 'Full' },
      dump(Buffer.from('MDMP')),
    ]);
    assert.equal(answer.status, 503);
    assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/);
    const heartbeat = await fetch(`${server.submitUrl}/__heartbeat__`);
    assert.equal(heartbeat.status, 503);
    assert.ok((await heartbeat.text()).length > 2);
  } finally {
    await server.remove();
  }
});

/** A small file system of our own, or why there is none. */
function mountSmall(): { readonly dir: string } | { readonly skip: string } {
  const dir = mkdtempSync(path.join(tmpdir(), 'mayday-full-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', dir], { stdio: 'ignore' });
    return { dir };
  } catch {
    rmSync(dir, { recursive: true, force: true });
    return { skip: 'this user may not mount a tmpfs' };
  }
}

const small = mountSmall();
test(
  'a file system that is full keeps what was acknowledged and takes reports again when there is space',
  { skip: 'skip' in small ? small.skip : false },
  async () => {
    assert.ok('dir' in small);
    const filler = path.join(small.dir, 'filler');
    writeFileSync(filler, Buffer.alloc(4 * 1024 * 1024, 1));
    const server = await startServer({ dir: path.join(small.dir, 'data') });
    let stopped = false;
    try {
      const load = hammer(server, () => stopped, 8);
      await new Promise((resolve) => setTimeout(resolve, LOAD_MS));
      stopped = true;
      const acknowledged = await load;
      assert.ok(acknowledged.length > 5);
      const refused = await submit(server.submitUrl, [
        { name: 'prod', value: 'NoSpace' },
        dump(randomBytes(11_000_000)),
      ]);
      assert.equal(refused.status, 503, refused.text);
      assert.deepEqual(leftovers(server.dir), []);
      rmSync(filler);
      const answer = await submit(server.submitUrl, [
        { name: 'prod', value: 'SpaceAgain' },
        dump(Buffer.from('MDMP')),
      ]);
      crashIdOf(answer);
      assert.deepEqual(await faults(server, acknowledged), []);
      await server.stop();
      const again = await server.restart();
      assert.deepEqual(await faults(again, acknowledged), []);
      await again.stop();
    } finally {
      stopped = true;
      await server.remove();
      execFileSync('umount', ['-l', small.dir]);
      rmSync(small.dir, { recursive: true, force: true });
    }
  },
);
