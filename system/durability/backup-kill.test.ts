// Backups and restores of a real server's folder while reports arrive and go: the server, the backup and the restore are killed at random moments.
// What is finished is whole, what is not is none, and the next one goes on.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { someBytes } from '../../test/store/conformance/report-builder.ts';
import { startServer, type TestServer } from '../server.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
/** In the database, in a pack, in a file of its own. */
const SIZES = [2000, 90_000, 800_000];

interface Ran {
  readonly code: number | string;
  readonly out: string;
  readonly err: string;
}

/** A command of its own process; killed after so long. */
async function mayday(dir: string, args: readonly string[], killAfterMs: number | null = null): Promise<Ran> {
  const child = spawn(process.execPath, [path.join(ROOT, 'bin/mayday.js'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      CRASH_REPORTS_DIR: dir,
      SUBMIT_SERVER_PORT: '0',
      REPORTS_SERVER_PORT: '0',
    },
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  if (killAfterMs !== null) setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code: code ?? signal ?? '', out, err };
}

async function send(server: TestServer, index: number): Promise<boolean> {
  const form = new FormData();
  form.set('prod', `Product ${index % 3}`);
  form.set('ver', '1.0');
  const bytes = Buffer.from(someBytes(SIZES[index % SIZES.length] ?? 0, index + 1));
  form.set('upload_file_minidump', new Blob([bytes]), 'a.dmp');
  try {
    const answer = await fetch(`${server.submitUrl}/submit`, { method: 'POST', body: form });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    // The server was killed.
    return false;
  }
}

/** The finished backups in a folder. */
const finishedIn = (target: string): readonly string[] =>
  existsSync(target) ? readdirSync(target).filter((name) => name.endsWith('Z')) : [];

for (const kind of ['folder', 'file'] as const) {
  test(`kills spoil no backup and no restore (into one ${kind})`, async () => {
    const root = mkdtempSync(path.join(tmpdir(), 'mayday-kill-'));
    const target = path.join(root, kind === 'folder' ? 'backups' : 'all.tar.zst');
    let server = await startServer({ dir: path.join(root, 'data') });
    try {
      const state = { busy: true, sent: 0 };
      const intake = (async () => {
        for (let index = 0; state.busy; index += 1) {
          if (await send(server, index)) state.sent += 1;
          // Reports go, too.
          if (index % 15 === 14) await mayday(server.dir, ['prune']);
        }
      })();
      while (state.sent < 12) await new Promise((resolve) => setTimeout(resolve, 20));
      let finished = 0;
      for (let round = 0; round < 6; round += 1) {
        const before = kind === 'folder' ? finishedIn(target).length : 0;
        const ran = await mayday(server.dir, ['backup', '--quiet', target], 350 + 150 * round);
        // A kill may come when the backup has its name already, and only the rest of the command is left: it is whole then, too.
        if (ran.code === 0) finished += 1;
        else {
          assert.equal(ran.code, 'SIGKILL', ran.err);
          if (kind === 'folder') finished += finishedIn(target).length - before;
        }
        if (round !== 3) continue;
        // The server dies in the middle of one.
        const during = mayday(server.dir, ['backup', '--quiet', target]);
        await new Promise((resolve) => setTimeout(resolve, 500));
        await server.kill();
        const whole = await during;
        assert.equal(whole.code, 0, whole.err);
        server = await server.restart();
      }
      const last = await mayday(server.dir, ['backup', '--quiet', target]);
      assert.equal(last.code, 0, last.err);
      state.busy = false;
      await intake;
      await server.stop();
      if (kind === 'folder') {
        const names = finishedIn(target);
        assert.equal(names.length, finished + 2, 'each that was finished, and no other');
        for (const name of names) {
          const checked = await mayday(root, ['verify', '--quiet', path.join(target, name)]);
          assert.equal(checked.code, 0, checked.err);
        }
      }
      for (const killAfterMs of [300, 450, 600, null]) {
        const dir = path.join(root, 'restored');
        const ran = await mayday(dir, ['restore', '--quiet', target], killAfterMs);
        if (ran.code === 'SIGKILL' && !existsSync(path.join(dir, 'mayday.db'))) continue;
        assert.ok(ran.code === 0 || ran.code === 'SIGKILL', ran.err);
        const checked = await mayday(dir, ['verify', '--quiet']);
        assert.equal(checked.code, 0, checked.err);
        rmSync(dir, { recursive: true });
      }
      const dir = path.join(root, 'restored');
      await mayday(dir, ['restore', '--quiet', target]);
      const again = await startServer({ dir });
      assert.ok(await send(again, 99_999), 'a server takes reports on what was restored');
      await again.stop();
      const checked = await mayday(dir, ['verify', '--quiet']);
      assert.equal(checked.code, 0, checked.err);
    } finally {
      await server.remove();
      rmSync(root, { recursive: true, force: true });
    }
  });
}
