// Runs every shell block of docs/api.md, in order and in one shell, against a real server: what the page shows works as it stands.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { ADMIN_TOKEN, startServer, type TestServer } from './server.ts';

const PAGE = path.resolve(import.meta.dirname, '../docs/api.md');
let server: TestServer;
let folder: string;

before(async () => {
  server = await startServer();
  folder = mkdtempSync(path.join(tmpdir(), 'mayday-guide-'));
});
after(async () => {
  await server.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** The page's commands, with this server's addresses and token. */
function script(): string {
  const blocks = [...readFileSync(PAGE, 'utf8').matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(
    ([, block = '']) => block,
  );
  assert.ok(blocks.length >= 8, `only ${blocks.length} blocks`);
  return `set -eu\n${blocks.join('\n')}`
    .replace(/^MAYDAY=\S+/m, `MAYDAY=${server.reportsUrl}`)
    .replace(/^SUBMIT=\S+/m, `SUBMIT=${server.submitUrl.replace(/\/submit$/, '')}`)
    .replace(/^TOKEN=\S+/m, `TOKEN=${ADMIN_TOKEN}`);
}

test('every command of the guide succeeds, one after the other', async () => {
  const shell = spawn('sh', ['-c', script()], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  shell.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  shell.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise((resolve) => shell.once('close', resolve));
  assert.equal(code, 0, said.slice(-2000));
  assert.match(said, /com\.example\.Editor/);
});
