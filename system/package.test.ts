// The published package: packed, installed into an empty folder and run, as a user of npm would.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { listReports, startServer } from './server.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const folder = mkdtempSync(path.join(tmpdir(), 'mayday-package-'));
const installed = path.join(folder, 'node_modules/mayday');
const bin = path.join(folder, 'node_modules/.bin/mayday');

before(() => {
  execFileSync('npm', ['pack', '--pack-destination', folder], { cwd: ROOT, stdio: 'pipe' });
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  assert.ok(tarball !== undefined);
  writeFileSync(path.join(folder, 'package.json'), '{"private": true}');
  execFileSync('npm', ['install', '--omit=dev', '--prefer-offline', `./${tarball}`], {
    cwd: folder,
    stdio: 'pipe',
  });
});
after(() => rmSync(folder, { recursive: true, force: true }));

test('the package holds what runs and its documentation, and no sources or tests', () => {
  for (const needed of ['bin/mayday.js', 'dist/cli/main.js', 'LICENSE', 'README.md', 'docs/config.md']) {
    assert.ok(existsSync(path.join(installed, needed)), needed);
  }
  for (const left of ['src', 'test', 'system', 'bench'])
    assert.ok(!existsSync(path.join(installed, left)), left);
  // What a run of the contract suite leaves in a clone is no part of it.
  assert.ok(!existsSync(path.join(installed, 'clients/python/__pycache__')));
});

test('the bin answers its version and help', () => {
  const version = spawnSync(bin, ['version'], { encoding: 'utf8' });
  assert.match(version.stdout, /^mayday \d+\.\d+\.\d+/, version.stderr);
  assert.match(spawnSync(bin, ['--help'], { encoding: 'utf8' }).stdout, /serve/);
});

test('the installed package serves, and its demo is taken', async () => {
  const server = await startServer({ script: path.join(installed, 'bin/mayday.js') });
  try {
    const demo = spawnSync(bin, ['demo', '--url', server.submitUrl], { encoding: 'utf8' });
    assert.equal(demo.status, 0, demo.stdout + demo.stderr);
    assert.ok((await listReports(server)).length >= 5);
    const page = await fetch(`${server.reportsUrl}/sign-in`);
    assert.equal(page.status, 200);
    const library = await fetch(`${server.reportsUrl}/clients/python/mayday.py`);
    assert.equal(await library.text(), readFileSync(path.join(ROOT, 'clients/python/mayday.py'), 'utf8'));
  } finally {
    await server.remove();
  }
});
