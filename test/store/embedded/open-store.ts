// Opens embedded stores for tests in folders that vanish afterwards.
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createLog } from '../../../src/base/log.ts';
import { createMetrics } from '../../../src/base/metrics.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import type { EmbeddedOptions } from '../../../src/store/embedded/options.ts';
import type { Store } from '../../../src/store/store.ts';

/** Options that a test need not care about. */
export function storeOptions(dir: string, options: Partial<EmbeddedOptions> = {}): EmbeddedOptions {
  return {
    dir,
    maxBytes: 1024 ** 3,
    minFreeBytes: 0,
    keepDays: null,
    autoProducts: true,
    maxAutoProducts: 100,
    inboxSize: 100,
    sweepGraceMs: 60_000,
    log: createLog('silent'),
    metrics: createMetrics(),
    ...options,
  };
}

/** A fresh folder. */
export function newFolder(): Promise<string> {
  return mkdtemp(path.join(os.tmpdir(), 'mayday-store-'));
}

/** Runs a test with a store in a folder of its own, then closes and removes both. */
export async function withStore(
  options: Partial<EmbeddedOptions>,
  run: (store: Store, dir: string) => Promise<void>,
): Promise<void> {
  const dir = await newFolder();
  try {
    const store = await openEmbeddedStore(storeOptions(dir, options));
    try {
      await run(store, dir);
    } finally {
      await store.close();
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
