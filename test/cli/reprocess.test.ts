// `mayday reprocess` on a real store.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { UsageError } from '../../src/cli/arguments.ts';
import { command } from '../../src/cli/commands/reprocess-command.ts';
import { NO_RULES } from '../../src/process/product-settings.ts';
import { startProcessor } from '../../src/process/start-processing.ts';
import { createLog } from '../../src/base/log.ts';
import { createMetrics } from '../../src/base/metrics.ts';
import { openEmbeddedStore } from '../../src/store/embedded/open.ts';
import type { Store } from '../../src/store/store.ts';
import { NOON, eventually, storeReport } from '../store/conformance/report-builder.ts';
import { storeOptions } from '../store/embedded/open-store.ts';
import { occurrence } from '../process/report-of.ts';

let dir = '';

async function run(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await command.run(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    env: { CRASH_REPORTS_DIR: dir, LOG_LEVEL: 'silent', PROCESS_THREADS: '1' },
    terminal: false,
  });
  return { code, out, err };
}

async function withStore<T>(use: (store: Store) => Promise<T>): Promise<T> {
  const store = await openEmbeddedStore(storeOptions(dir));
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

async function bugs(): Promise<readonly (readonly [title: string, count: number])[]> {
  const { rows } = await withStore((store) => store.bugs.listBugs({}, { limit: 50 }));
  return rows.map(({ title, count }) => [title, count] as const).toSorted((a, b) => (a[0] < b[0] ? -1 : 1));
}

const DAY = 86_400_000;

before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'mayday-reprocess-'));
  await withStore(async (store) => {
    for (const [index, product] of ['Piano', 'Piano', 'Piano', 'Drum'].entries()) {
      await storeReport(
        store,
        { protocol: 'crashkit', payloadKind: 'json', product, receivedAt: NOON + index * DAY },
        [{ name: 'payload.json', kind: 'payload', data: Buffer.from(JSON.stringify([occurrence()])) }],
      );
    }
    const processor = await startProcessor({
      store,
      log: createLog('silent'),
      metrics: createMetrics(),
      processor: 'first',
      concurrency: 1,
    });
    processor.nudge();
    await eventually(
      () => store.queue.counts(),
      ({ queued, leased }) => queued + leased === 0,
    );
    await processor.close();
  });
});
after(() => rm(dir, { recursive: true, force: true }));

describe('mayday reprocess', () => {
  test('asks for a filter, or --all', async () => {
    await assert.rejects(run(), UsageError);
    await assert.rejects(run('--dry-run'), UsageError);
    await assert.rejects(run('--since', 'yesterday'), UsageError);
    await assert.rejects(run('--protocol', 'gopher'), UsageError);
    await assert.rejects(run('--bug', 'x'), UsageError);
    await assert.rejects(run('--failed', '--deferred'), UsageError);
  });

  const dryRuns: readonly [readonly string[], number][] = [
    [['--all'], 4],
    [['--product', 'Piano'], 3],
    [['--product', 'Piano', '--since', '2026-03-15'], 2],
    [['--until', '2026-03-15T00:00Z'], 1],
    [['--since', '1d'], 0],
    [['--protocol', 'syncthing'], 0],
    [['--signature', 'IllegalState: shop.Cart.total'], 4],
    [['--failed'], 0],
    [['--missing-symbols', 'ABC'], 0],
  ];
  for (const [args, count] of dryRuns) {
    test(`--dry-run ${args.join(' ')} finds ${count}`, async () => {
      const { code, out } = await run(...args, '--dry-run', '--count-only');
      assert.equal(code, 0);
      assert.equal(out, `${count === 1 ? '1 report' : `${count} reports`} would be processed again.\n`);
    });
  }

  test('changes no count', async () => {
    const earlier = await bugs();
    const { code, out, err } = await run('--all');
    assert.equal(err, '');
    assert.equal(code, 0);
    assert.match(out, /4 reports processed again\.\n$/);
    assert.deepEqual(await bugs(), earlier);
    const [row] = (await withStore((store) => store.reports.listReports({}, { limit: 1 }))).rows;
    const stored = await withStore((store) => store.queue.getProcessed(row?.crashId ?? ''));
    assert.notEqual(stored?.processed.processor, 'first');
  });

  test('--dry-run says which crashes would move to which bug, and moves none', async () => {
    const still = await run('--product', 'Piano', '--dry-run');
    assert.deepEqual([still.code, still.err], [0, '']);
    assert.match(still.out, /None would move to another bug\./);
    const before = await withStore((store) => store.bugs.productRules('default', 'Piano'));
    const groupingRules = [{ name: 'march', when: { frame: 'Cart' }, key: 'carts of {kind}' }];
    await withStore((store) => store.bugs.setProductRules('default', 'Piano', { ...before, groupingRules }));
    const filed = await bugs();
    const { code, out } = await run('--product', 'Piano', '--since', '2026-03-15', '--dry-run');
    assert.equal(code, 0);
    assert.match(out, /2 would get another key and 0 another title\./);
    assert.match(out, /\n {2}2\t#\d+ .* -> a new bug, .*\trule:carts of java\n$/);
    const whole = await run('--product', 'Piano', '--dry-run');
    assert.match(whole.out, /\n {2}3\t#\d+ .* -> the same bug under a new key/);
    assert.deepEqual(await bugs(), filed);
    await withStore((store) => store.bugs.setProductRules('default', 'Piano', before));
  });

  // Holds: ck1-server-side
  test('moves reports where the rules of their product have changed', async () => {
    const groupingRules = [{ name: 'carts', when: { frame: 'Cart' }, key: 'carts' }];
    await withStore((store) => store.bugs.setProductRules('default', 'Drum', { ...NO_RULES, groupingRules }));
    const { code } = await run('--product', 'Drum');
    assert.equal(code, 0);
    const { rows } = await withStore((store) => store.bugs.listBugs({ product: 'Drum' }, { limit: 5 }));
    assert.equal(rows.length, 1);
    const bug = await withStore((store) => store.bugs.getBug(rows[0]?.id ?? 0));
    assert.equal(bug?.count, 1);
    assert.ok(bug.keys.includes('rule:carts'));
  });

  test('--queue-only leaves the work to the servers', async () => {
    const { code, out } = await run('--product', 'Piano', '--queue-only');
    assert.equal(code, 0);
    assert.equal(out.split('\n').at(-2), '3 reports put into the queue for the servers to process.');
    assert.equal((await withStore((store) => store.queue.counts())).queued, 3);
  });

  test('says that processing is paused instead of waiting for ever', async () => {
    await withStore((store) => store.queue.setPaused(true));
    const { code, out } = await run('--product', 'Drum');
    assert.equal(code, 0);
    assert.match(out, /Processing is paused\.\n$/);
  });
});
