// A stream into a file: what was ended is closed before anybody is told, so that a removed file stays away.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { pipeToFile } from '../../../src/process/symbols/pipe-to-file.ts';

async function inFolder(run: (dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(path.join(tmpdir(), 'mayday-pipe-'));
  try {
    await run(dir);
  } finally {
    await rm(dir, { recursive: true });
  }
}

// oxlint-disable-next-line require-yield -- it never comes to that
async function* cutOff(): AsyncGenerator<Buffer> {
  throw new Error('cut off');
}

test('a source that fails at once is told of when its file has been opened: nothing appears after that', async () => {
  await inFolder(async (dir) => {
    for (let n = 0; n < 200; n += 1) {
      const file = path.join(dir, String(n));
      // Looked at in the same turn: later it would be there anyhow.
      const there = await pipeToFile(cutOff(), file).catch(() => existsSync(file));
      assert.equal(there, true, `file ${n} is yet to come`);
    }
  });
});

test('the bytes are there, and more of them behind', async () => {
  await inFolder(async (dir) => {
    const file = path.join(dir, 'file');
    await pipeToFile(Readable.from([Buffer.from('one '), Buffer.from('two ')]), file);
    await pipeToFile(Readable.from([Buffer.from('three')]), file, { flags: 'a' });
    assert.equal(await readFile(file, 'utf8'), 'one two three');
  });
});

test('chunks that are handed over give their memory back, others stay as they are', async () => {
  await inFolder(async (dir) => {
    const file = path.join(dir, 'file');
    const chunk = (): Uint8Array => new Uint8Array(16 * 1024).fill(7);
    const [given, kept] = [chunk(), chunk()];
    await pipeToFile(Readable.from([given]), file, { handsOver: true });
    await pipeToFile(Readable.from([kept]), file, { flags: 'a' });
    assert.deepEqual([given.length, kept.length], [0, 16 * 1024]);
    assert.equal((await readFile(file)).length, 32 * 1024);
  });
});

test('a source that fails later is told of, and its file is closed', async () => {
  await inFolder(async (dir) => {
    const file = path.join(dir, 'file');
    async function* breaking(): AsyncGenerator<Buffer> {
      yield Buffer.from('one');
      throw new Error('cut off');
    }
    await assert.rejects(pipeToFile(breaking(), file), /cut off/);
    assert.equal(await readFile(file, 'utf8'), 'one');
  });
});
