// The Debian package: built, installed below a root of its own by dpkg, run, removed. Nothing of this machine changes.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { listReports, startServer } from './server.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const lacks =
  spawnSync('dpkg-deb', ['--version']).error === undefined
    ? process.getuid?.() === 0
      ? false
      : 'dpkg installs as root only'
    : 'there is no dpkg here';

describe('the Debian package', { skip: lacks }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'mayday-debian-'));
  const root = path.join(folder, 'root');
  const node = path.join(root, 'usr/lib/mayday/node');
  const script = path.join(root, 'usr/lib/mayday/node_modules/mayday/bin/mayday.js');
  const dpkg = (...args: readonly string[]): string =>
    execFileSync(
      'dpkg',
      // The scripts of the package are told the root instead of being locked into it, which has no shell; nor has it the C library.
      [`--root=${root}`, '--force-script-chrootless', '--force-depends', ...args],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
    );

  before(() => {
    execFileSync(process.execPath, ['scripts/build-deb.ts', folder], { cwd: ROOT, stdio: 'pipe' });
    const name = readdirSync(folder).find((each) => each.endsWith('.deb'));
    assert.match(name ?? '', /^mayday_\d+\.\d+\.\d+_(amd64|arm64)\.deb$/);
    mkdirSync(path.join(root, 'var/lib/dpkg/info'), { recursive: true });
    for (const file of ['status', 'available']) writeFileSync(path.join(root, 'var/lib/dpkg', file), '');
    dpkg('--install', path.join(folder, name ?? ''));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('installs the program, its service, its user, its manual page and its settings, readable as they should be', () => {
    assert.match(dpkg('--status', 'mayday'), /Status: install ok installed/);
    for (const file of [
      'usr/bin/mayday',
      'usr/lib/systemd/system/mayday.service',
      'usr/share/man/man1/mayday.1.gz',
      'usr/share/bash-completion/completions/mayday',
      'usr/share/doc/mayday/config.md',
      'usr/share/doc/mayday/copyright',
    ]) {
      assert.ok(existsSync(path.join(root, file)), file);
      assert.equal(statSync(path.join(root, file)).mode & 0o444, 0o444, `${file} can be read`);
    }
    assert.equal(statSync(path.join(root, 'etc/mayday.env')).mode & 0o777, 0o640, 'settings hold secrets');
    assert.equal(statSync(node).uid, 0);
    const unit = readFileSync(path.join(root, 'usr/lib/systemd/system/mayday.service'), 'utf8');
    const [program] = /^ExecStart=(\S+)/m.exec(unit)?.slice(1) ?? [];
    assert.ok(existsSync(path.join(root, program ?? '')), 'the service starts what is there');
    assert.match(unit, /^User=mayday$/m);
    if (spawnSync('systemd-sysusers', ['--version']).error === undefined)
      assert.match(readFileSync(path.join(root, 'etc/passwd'), 'utf8'), /^mayday:x:\d+:\d+:/m);
  });

  test('serves with the Node that it brings, and takes the demo', async () => {
    const server = await startServer({ node, script });
    try {
      const demo = spawnSync(node, [script, 'demo', '--url', server.submitUrl], { encoding: 'utf8' });
      assert.equal(demo.status, 0, demo.stdout + demo.stderr);
      assert.ok((await listReports(server)).length >= 5);
    } finally {
      await server.remove();
    }
  });

  test('its command is about the data folder of the service', () => {
    const shell = readFileSync(path.join(root, 'usr/bin/mayday'), 'utf8').replaceAll(
      '/usr/lib',
      `${root}/usr/lib`,
    );
    const file = path.join(folder, 'mayday');
    writeFileSync(file, shell, { mode: 0o755 });
    const { PATH } = process.env;
    const asked = spawnSync(file, ['verify'], { encoding: 'utf8', env: { PATH } });
    assert.match(asked.stdout + asked.stderr, /\/var\/lib\/mayday/);
  });

  test('its removal leaves settings, its purge leaves the reports', () => {
    const reports = path.join(root, 'var/lib/mayday');
    mkdirSync(reports, { recursive: true });
    writeFileSync(path.join(reports, 'mayday.db'), '');
    dpkg('--remove', 'mayday');
    assert.ok(!existsSync(node));
    assert.ok(existsSync(path.join(root, 'etc/mayday.env')));
    assert.match(dpkg('--purge', 'mayday'), /reports in \/var\/lib\/mayday are kept/);
    assert.ok(!existsSync(path.join(root, 'etc/mayday.env')));
    assert.ok(existsSync(path.join(reports, 'mayday.db')));
  });
});
