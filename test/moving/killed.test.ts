// Exports and imports whose process is killed, again and again, at whatever moment: what comes out in the end is what would have come out
// without.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { NOON, someBytes, storeReport } from '../store/conformance/report-builder.ts';
import { mayday, maydayWith, reportsOf, withStore, type ImportJson } from './moving-harness.ts';

const REPORTS = 260;
const KILLS = 4;
const ENTRY = path.resolve('bin/mayday.js');
let root = '';
const dirOf = (name: string): string => path.join(root, name);

/** The exit code; null: it was killed. `isTime` is asked again and again, with what it has said so far. */
function runAndKill(
  dir: string,
  args: readonly string[],
  isTime: (said: string) => Promise<boolean>,
): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [ENTRY, ...args], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, CRASH_REPORTS_DIR: dir, LOG_LEVEL: 'silent' },
    });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const watch = setInterval(() => {
      void isTime(said).then((yes) => yes && child.kill('SIGKILL'));
    }, 5);
    child.once('error', reject);
    child.once('close', (code) => {
      clearInterval(watch);
      resolve(code);
    });
  });
}

async function filesIn(dir: string): Promise<number> {
  return (await readdir(dir, { recursive: true }).catch(() => [])).length;
}

/** Names and SHA-256 of everything in it but the manifest, whose times differ. */
async function sumsOf(dir: string): Promise<readonly string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((one) => one.isFile() && one.name !== 'mayday-export.json');
  const sums = files.map(async ({ parentPath, name }) => {
    const bytes = await readFile(path.join(parentPath, name));
    return `${path.relative(dir, path.join(parentPath, name))} ${createHash('sha256').update(bytes).digest('hex')}`;
  });
  return (await Promise.all(sums)).toSorted();
}

before(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'mayday-killed-'));
  await withStore(dirOf('old'), async (store) => {
    for (let number = 0; number < REPORTS; number += 1) {
      await storeReport(
        store,
        { receivedAt: NOON + number * 1000, identity: `default/Piano:${number}`, state: 'deferred' },
        [{ name: 'core', kind: 'file', data: someBytes(3000, number) }],
      );
    }
  });
});
after(() => rm(root, { recursive: true, force: true }));

test('an export that was killed again and again goes on, and is the same as one that was not', async () => {
  const target = dirOf('killed');
  let killed = 0;
  for (let round = 0; round < KILLS; round += 1) {
    const enough = (await filesIn(target)) + 1 + Math.floor(Math.random() * (REPORTS / KILLS));
    const code = await runAndKill(
      dirOf('old'),
      ['export', target],
      async () => (await filesIn(target)) >= enough,
    );
    if (code === null) killed += 1;
    else break;
  }
  assert.ok(killed > 0, 'it was faster than every kill');
  const last = await mayday(dirOf('old'), 'export', target, '--quiet');
  // It may have come to its end in the moment of the last kill.
  assert.ok(last.code === 0 || last.err.includes('finished'), last.err);
  await mayday(dirOf('old'), 'export', dirOf('whole'), '--quiet');
  assert.deepEqual(await sumsOf(target), await sumsOf(dirOf('whole')));
});

test('an import that was killed again and again goes on, and takes in every report once', async () => {
  const store = dirOf('new');
  for (let round = 0; round < KILLS; round += 1) {
    // From its first line of progress on it takes in; how far it then comes is chance.
    const delay = Math.random() * 1000;
    let since = 0;
    await runAndKill(store, ['import', dirOf('whole'), '--queue-only'], async (said) => {
      if (since === 0 && said.includes('Import: ')) since = Date.now();
      return since !== 0 && Date.now() - since > delay;
    });
  }
  const last = await mayday(store, 'import', dirOf('whole'), '--queue-only', '--json');
  assert.equal(last.code, 0, last.err);
  const { report } = (JSON.parse(last.out) as ImportJson).kinds;
  assert.equal((report?.taken ?? 0) + (report?.present ?? 0), REPORTS);
  const ids = await withStore(store, async ({ reports }) => (await reports.status()).reports);
  assert.equal(ids, REPORTS);
  assert.deepEqual(await reportsOf(store), await reportsOf(dirOf('old')));
});

test('an import ends with a sentence where the store is full, changes nothing then, and goes on when there is room', async () => {
  const store = dirOf('full');
  const full = await maydayWith({ MIN_FREE_DISK_MB: '100000000' }, store, 'import', dirOf('whole'), '--json');
  assert.equal(full.code, 1);
  assert.match(full.err, /^The store can keep no more: .*\n$/);
  assert.equal(await withStore(store, async ({ reports }) => (await reports.status()).reports), 0);
  const again = await mayday(store, 'import', dirOf('whole'), '--queue-only', '--json');
  assert.equal((JSON.parse(again.out) as ImportJson).kinds['report']?.taken, REPORTS);
});

test('an export and an import run beside each other on one store, as they do beside servers', async () => {
  const [written, taken] = await Promise.all([
    mayday(dirOf('new'), 'export', dirOf('beside'), '--quiet'),
    mayday(dirOf('new'), 'import', dirOf('whole'), '--queue-only', '--json'),
  ]);
  assert.deepEqual([written.code, taken.code], [0, 0]);
  assert.equal((JSON.parse(taken.out) as ImportJson).kinds['report']?.present, REPORTS);
});
