// What encryption at rest costs: reports stored and filed in turns into a store that is encrypted and into one that is not, of which the median of the
// ratios is printed. node bench/encryption/main.ts [rounds] [reports of a round]
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createLog } from '../../src/base/log.ts';
import { createMetrics } from '../../src/base/metrics.ts';
import { openEmbeddedStore } from '../../src/store/embedded/open.ts';
import type { Store } from '../../src/store/store.ts';
import { crash, fileReport } from '../../test/store/conformance/processed-builder.ts';
import { someBytes, storeReport } from '../../test/store/conformance/report-builder.ts';
import { median } from '../median.ts';

const rounds = Number(process.argv[2] ?? 8);
const reports = Number(process.argv[3] ?? 150);
const annotations = Array.from({ length: 20 }, (_, index) => ({
  key: `key${index}`,
  value: `value ${index} `.repeat(4),
}));

type Work = (store: Store, n: number) => Promise<unknown>;

/** As many at once as come over sockets; a process files one after the other. */
const AT_ONCE = 10;
const FILED = 'reports stored and filed';

const WORKS: Readonly<Record<string, Work>> = {
  'small reports stored': (store) =>
    storeReport(store, { annotations }, [{ name: 'log', data: someBytes(1500) }]),
  'reports with 300 KB stored': (store) =>
    storeReport(store, { annotations }, [{ name: 'dump', data: someBytes(300_000) }]),
  [FILED]: (store, n) =>
    fileReport(store, [crash(`key ${n % 20}`, { message: `message ${n}` })], { report: { annotations } }),
};

async function seconds(store: Store, work: Work, atOnce: number): Promise<number> {
  const start = performance.now();
  for (let n = 0; n < reports; n += atOnce)
    await Promise.all(Array.from({ length: atOnce }, (_, index) => work(store, n + index)));
  return (performance.now() - start) / 1000;
}

const dir = await mkdtemp(path.join(os.tmpdir(), 'mayday-bench-'));
const open = (name: string, encrypt: boolean): Promise<Store> =>
  openEmbeddedStore({
    ...{
      dir: path.join(dir, name),
      maxBytes: 8 * 1024 ** 3,
      minFreeBytes: 0,
      keepDays: null,
      inboxSize: 100,
    },
    ...{ autoProducts: true, maxAutoProducts: 100, sweepGraceMs: 60_000, encrypt },
    ...{ log: createLog('silent'), metrics: createMetrics() },
  });
const [clear, sealed] = await Promise.all([open('clear', false), open('sealed', true)]);
try {
  for (const [name, work] of Object.entries(WORKS)) {
    const ratios: number[] = [];
    const width = name === FILED ? 1 : AT_ONCE;
    for (let round = 0; round <= rounds; round += 1) {
      const first = round % 2 === 0 ? clear : sealed;
      const one = await seconds(first, work, width);
      const other = await seconds(first === clear ? sealed : clear, work, width);
      // The first round warms both up.
      if (round > 0) ratios.push(first === clear ? other / one : one / other);
    }
    process.stdout.write(`${name}: ${median(ratios).toFixed(2)} times as long\n`);
  }
} finally {
  await Promise.all([clear.close(), sealed.close()]);
  await rm(dir, { recursive: true, force: true });
}
