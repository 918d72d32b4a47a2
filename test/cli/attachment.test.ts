// `mayday attachment`: what was sent comes out of the data folder as it was.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { command } from '../../src/cli/commands/attachment-command.ts';
import { openEmbeddedStore } from '../../src/store/embedded/open.ts';
import { someBytes, storeReport } from '../store/conformance/report-builder.ts';
import { storeOptions } from '../store/embedded/open-store.ts';

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(dir: string, ...args: readonly string[]): Promise<Said> {
  let out = '';
  let err = '';
  const code = await command.run(args, {
    out: (text) => (out += text),
    err: (text) => (err += text),
    env: { CRASH_REPORTS_DIR: dir, LOG_LEVEL: 'error' },
    terminal: false,
  });
  return { code, out, err };
}

async function withReports(
  test: (dir: string, crashId: string, data: Readonly<Record<string, Buffer>>) => Promise<void>,
): Promise<void> {
  const dir = mkdtempSync(path.join(tmpdir(), 'mayday-attachment-'));
  try {
    const store = await openEmbeddedStore(storeOptions(dir));
    const data = { log: someBytes(10), text: Buffer.from('line\n'.repeat(50_000)), dump: someBytes(700_000) };
    const { crashId } = await storeReport(
      store,
      {},
      Object.entries(data).map(([name, bytes]) => ({ name, data: bytes })),
    );
    await store.close();
    await test(dir, crashId, data);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

test('attachments of every place come out byte for byte, and are listed with their hashes', () =>
  withReports(async (dir, crashId, data) => {
    const listed = await run(dir, crashId);
    assert.equal(listed.code, 0);
    for (const [name, bytes] of Object.entries(data)) {
      assert.match(listed.out, new RegExp(`^[0-9a-f]{64} +${bytes.length} +file +${name}$`, 'm'));
      const file = path.join(dir, `${name}.out`);
      assert.deepEqual(await run(dir, crashId, name, '--output', file), { code: 0, out: '', err: '' });
      assert.deepEqual(readFileSync(file), bytes);
    }
  }));

test('a file that exists is not overwritten, and what does not exist is told', () =>
  withReports(async (dir, crashId) => {
    const file = path.join(dir, 'kept.txt');
    writeFileSync(file, 'kept');
    assert.equal((await run(dir, crashId, 'dump', '--output', file)).code, 1);
    assert.equal(readFileSync(file, 'utf8'), 'kept');
    const missing = await run(dir, crashId, 'nothing', '--output', path.join(dir, 'new.txt'));
    assert.deepEqual([missing.code, /no attachment nothing/.test(missing.err)], [1, true]);
    await assert.rejects(run(dir, 'no crash id'), /crash id/);
  }));
