// The data folder is made, or the start fails at once.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { makeDataFolder } from '../../src/app/data-folder.ts';

test('makes the folder and those above it, for the owner and group only; one that exists is fine', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'mayday-folder-'));
  try {
    const folder = path.join(dir, 'a', 'b');
    makeDataFolder(folder);
    makeDataFolder(folder);
    assert.equal(statSync(folder).mode & 0o7, 0);
    writeFileSync(path.join(dir, 'file'), '');
    assert.throws(() => makeDataFolder(path.join(dir, 'file')), { code: 'EEXIST' });
    assert.throws(() => makeDataFolder(path.join(dir, 'file', 'below')), { code: 'EEXIST' });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

const isRoot = process.getuid?.() === 0;

test(
  'a folder of another user ends the start with a sentence that names the command that helps',
  { skip: isRoot ? false : 'only root can make a folder of another user' },
  () => {
    const dir = mkdtempSync(path.join(tmpdir(), 'mayday-folder-'));
    try {
      chmodSync(dir, 0o755);
      const script = `import { makeDataFolder } from ${JSON.stringify(path.resolve('src/app/data-folder.ts'))};
        process.setgid(65534); process.setuid(65534);
        try { makeDataFolder(${JSON.stringify(dir)}); } catch (error) { console.log(error.message); }`;
      const ended = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
      assert.match(ended.stdout, /belongs to user 0 and cannot be written by user 65534/, ended.stderr);
      assert.ok(ended.stdout.includes(`sudo chown -R 65534:65534 ${dir}`));
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
);

test(
  'a folder that the system refuses with ENOENT ends the start instead of hanging it',
  { skip: process.platform === 'linux' ? false : 'needs /proc' },
  () => {
    for (const command of ['serve', 'doctor']) {
      const ended = spawnSync(process.execPath, ['bin/mayday.js', command], {
        env: {
          ...process.env,
          CRASH_REPORTS_DIR: '/proc/mayday',
          SUBMIT_SERVER_PORT: '0',
          REPORTS_SERVER_PORT: '0',
        },
        encoding: 'utf8',
        timeout: 30_000,
        killSignal: 'SIGKILL',
      });
      assert.equal(ended.status, 1, `${command}: ${ended.stdout}${ended.stderr}`);
      assert.match(ended.stdout + ended.stderr, /\/proc\/mayday/, command);
    }
  },
);
