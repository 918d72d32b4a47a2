// Real processes: killed in the middle of commits, and several at once on one folder.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { test } from 'node:test';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import type { Store } from '../../../src/store/store.ts';
import { eventually } from '../conformance/report-builder.ts';
import { newFolder, storeOptions, withStore } from './open-store.ts';

interface Committer {
  readonly child: ChildProcess;
  /** Crash ids that the process has acknowledged so far. */
  readonly acknowledged: string[];
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
}

function startCommitter(dir: string, ...args: readonly string[]): Committer {
  const script = path.join(import.meta.dirname, 'commit-loop.ts');
  const child = spawn(process.execPath, [script, dir, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const acknowledged: string[] = [];
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  const ready = new Promise<void>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line === 'ready') resolve();
      if (line.startsWith('stored ')) acknowledged.push(line.slice('stored '.length));
    });
  });
  return { child, acknowledged, ready, ended };
}

/** Fails unless the report's attachment is what its annotation says it is. */
async function assertWhole(store: Store, crashId: string): Promise<void> {
  const report = await store.reports.getReport(crashId);
  assert.ok(report !== null, `${crashId} was acknowledged and is gone`);
  const opened = await store.reports.openAttachment(crashId, 'dump');
  assert.ok(opened !== null, `the dump of ${crashId} is gone`);
  const digest = createHash('sha256')
    .update(await buffer(opened.stream))
    .digest('hex');
  assert.equal(digest, report.annotations.find(({ key }) => key === 'sha256')?.value);
}

async function allCrashIds(store: Store): Promise<readonly string[]> {
  const all: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await store.reports.listReports(
      {},
      cursor === null ? { limit: 200 } : { limit: 200, cursor },
    );
    all.push(...page.rows.map(({ crashId }) => crashId));
    cursor = page.next;
  } while (cursor !== null);
  return all;
}

test('kill -9 in the middle of commits loses no acknowledged report and leaves no half one', async () => {
  const dir = await newFolder();
  try {
    const acknowledged: string[] = [];
    for (let round = 0; round < 5; round += 1) {
      const committer = startCommitter(dir);
      await committer.ready;
      await eventually(
        async () => committer.acknowledged.length,
        (count) => count > 5 + round * 20,
      );
      committer.child.kill('SIGKILL');
      await committer.ended;
      acknowledged.push(...committer.acknowledged);
    }
    assert.ok(acknowledged.length > 50, `${acknowledged.length} reports were acknowledged`);
    const store = await openEmbeddedStore(storeOptions(dir));
    const stored = await allCrashIds(store);
    const missing = acknowledged.filter((crashId) => !stored.includes(crashId));
    assert.deepEqual(missing, []);
    for (const crashId of stored) await assertWhole(store, crashId);
    await store.close();
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

test('several processes commit into one folder at once, and another reads along', async () => {
  await withStore({ housekeeping: false }, async (store, dir) => {
    const committers = ['1', '2', '3'].map((seed) => startCommitter(dir, '120', seed));
    const stop = new AbortController();
    const reading = (async () => {
      while (!stop.signal.aborted) {
        await store.reports.status();
        for (const { crashId } of (await store.reports.listReports({}, { limit: 5 })).rows) {
          await assertWhole(store, crashId);
        }
        await pause(20);
      }
    })();
    await Promise.all(committers.map(({ ended }) => ended));
    stop.abort();
    await reading;
    const acknowledged = committers.flatMap(({ acknowledged }) => acknowledged);
    assert.ok(acknowledged.length >= 360, `${acknowledged.length} acknowledged`);
    assert.deepEqual((await allCrashIds(store)).toSorted(), acknowledged.toSorted());
    assert.equal((await store.reports.status()).reports, acknowledged.length);
  });
});

test('what one process changes another sees within two seconds', async () => {
  const dir = await newFolder();
  const submit = await openEmbeddedStore(storeOptions(dir));
  const reports = await openEmbeddedStore(storeOptions(dir, { housekeeping: false }));
  try {
    await submit.intake.createProduct('default', 'Piano');
    assert.equal((await submit.intake.product('default', 'Piano'))?.requireKey, false);
    await reports.people.updateProduct('default', 'Piano', { requireKey: true });
    const startedAt = Date.now();
    const policy = await eventually(
      () => submit.intake.product('default', 'Piano'),
      (found) => found?.requireKey === true,
    );
    assert.equal(policy?.requireKey, true);
    assert.ok(Date.now() - startedAt < 2500);
  } finally {
    await submit.close();
    await reports.close();
    await rm(dir, { recursive: true, force: true });
  }
});
