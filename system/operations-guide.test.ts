// Runs every shell block of "A day, a week and a bad night" in docs/operations.md, in order and in one shell, on a fresh folder: what the page
// tells an operator works as it stands. `systemctl` starts and stops a real server here; the database is spoiled before the bad night.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { NO_S3_SERVER, startS3Server } from './s3-server.ts';

const ROOT = path.resolve(import.meta.dirname, '..');

/** The blocks before and in the bad night. */
function blocksOfPage(): { readonly calm: readonly string[]; readonly night: readonly string[] } {
  const page = readFileSync(path.join(ROOT, 'docs/operations.md'), 'utf8');
  const section = /^## A day, a week and a bad night$([\s\S]*?)^## /m.exec(page)?.[1] ?? '';
  const [calm = '', night = ''] = section.split('### A bad night');
  const blocksIn = (text: string): readonly string[] =>
    [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
  return { calm: blocksIn(calm), night: blocksIn(night) };
}

/** What a service manager and an installation give. */
function writePrograms(bin: string): void {
  mkdirSync(bin);
  const programs = {
    mayday: `exec "${process.execPath}" "${path.join(ROOT, 'bin/mayday.js')}" "$@"`,
    systemctl: `set -eu
case $1 in
start)
  mayday serve > "$SERVICE.log" 2>&1 &
  echo $! > "$SERVICE.pid"
  for try in $(seq 600); do
    curl -fs "http://127.0.0.1:$SUBMIT_SERVER_PORT/__heartbeat__" > /dev/null &&
      curl -fs "http://127.0.0.1:$REPORTS_SERVER_PORT/healthz" > /dev/null && exit 0
    kill -0 "$(cat "$SERVICE.pid")" || break
    sleep 0.1
  done
  cat "$SERVICE.log" && exit 1 ;;
stop)
  kill "$(cat "$SERVICE.pid")"
  while kill -0 "$(cat "$SERVICE.pid")" 2> /dev/null; do sleep 0.1; done ;;
esac`,
  };
  for (const [name, body] of Object.entries(programs)) {
    writeFileSync(path.join(bin, name), `#!/bin/sh\n${body}\n`);
    chmodSync(path.join(bin, name), 0o755);
  }
}

async function freePort(): Promise<number> {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  taken.close();
  await once(taken, 'close');
  return port;
}

test('every command of the page succeeds, one after the other, and the store is whole in the end', async (t) => {
  const root = mkdtempSync(path.join(tmpdir(), 'mayday-operations-'));
  const s3 = NO_S3_SERVER === false ? await startS3Server() : null;
  try {
    for (const folder of ['lib', 'backup', 'elsewhere', 'tmp']) mkdirSync(path.join(root, folder));
    mkdirSync(path.join(root, 'lib/mayday'), { mode: 0o750 });
    writePrograms(path.join(root, 'bin'));
    const { calm, night } = blocksOfPage();
    assert.ok(calm.length >= 7 && night.length >= 3, `only ${calm.length} and ${night.length} blocks`);
    if (s3 === null) t.diagnostic(`the commands with a bucket are left out: ${String(NO_S3_SERVER)}`);
    else await s3.makeBucket('backups');
    const spoil =
      'dd if=/dev/zero of=/var/lib/mayday/mayday.db bs=4096 seek=1 count=20 conv=notrunc 2> /dev/null\n';
    const script = [...calm.filter((block) => s3 !== null || !block.includes('s3://')), spoil, ...night]
      .join('\n')
      .replaceAll('/var/lib/', `${root}/lib/`)
      .replaceAll('/var/tmp/', `${root}/tmp/`)
      .replaceAll('/backup/', `${root}/backup/`)
      .replaceAll('/elsewhere/', `${root}/elsewhere/`)
      .replace(
        /AWS_ACCESS_KEY_ID=\S+ AWS_SECRET_ACCESS_KEY=\S+/,
        'AWS_ACCESS_KEY_ID=key AWS_SECRET_ACCESS_KEY=secret',
      )
      .replace('https://s3.example.com', s3?.settings.endpoint ?? '');
    const shell = spawn('sh', ['-c', `set -eux\n${script}`], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: `${path.join(root, 'bin')}:${process.env['PATH'] ?? ''}`,
        SERVICE: path.join(root, 'service'),
        SUBMIT_SERVER_PORT: String(await freePort()),
        REPORTS_SERVER_PORT: String(await freePort()),
        SUBMIT_SERVER_HOST: '127.0.0.1',
        MIN_FREE_DISK_MB: '0',
      },
    });
    let said = '';
    shell.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    shell.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const [code] = (await once(shell, 'close')) as [number];
    assert.equal(code, 0, said.slice(-4000));
    assert.match(said, /something is wrong/);
    assert.match(said, /ok {4}backup/);
    const backups = readdirSync(path.join(root, 'backup/mayday')).filter((name) => name.endsWith('Z'));
    assert.equal(backups.length, 5);
    const found = spawnSync(path.join(root, 'bin/mayday'), ['verify', '--json'], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] ?? '', CRASH_REPORTS_DIR: path.join(root, 'lib/mayday') },
    });
    const { reports, wrong } = JSON.parse(found.stdout) as { reports: number; wrong: readonly string[] };
    assert.deepEqual(wrong, []);
    assert.ok(reports >= 5, `${reports} reports of the samples`);
  } finally {
    try {
      process.kill(Number(readFileSync(path.join(root, 'service.pid'), 'utf8')), 'SIGTERM');
    } catch {
      // It was stopped.
    }
    await s3?.stop();
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  }
});
