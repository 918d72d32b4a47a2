// Reports that lack symbols which are stored: put back to the queue, once, and not for ever.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { createLog } from '../../../src/base/log.ts';
import { createMetrics } from '../../../src/base/metrics.ts';
import { writeSymbolIndex } from '../../../src/process/symbols/index-symbol-file.ts';
import { requeueLacking, sweepLacking } from '../../../src/process/symbols/lacking-reports.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import type { Store } from '../../../src/store/store.ts';
import { symbolText } from '../../reports/symbols/support.ts';
import { crash, fileReport } from '../../store/conformance/processed-builder.ts';

const KEY = { debugFile: 'libapp.so', debugId: 'AABBCCDDEEFF001122334455667788990' };
const never = () => false;

let dir = '';
let store: Store;

before(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'mayday-lacking-'));
});
after(async () => {
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

beforeEach(async (context) => {
  // oxlint-disable-next-line typescript/no-unnecessary-condition -- there is none before the first test
  await store?.close();
  const log = createLog('silent');
  store = await openEmbeddedStore({
    dir: path.join(dir, context.name.replaceAll(/\W/g, '-')),
    maxBytes: 512 * 1024 * 1024,
    minFreeBytes: 0,
    keepDays: null,
    autoProducts: true,
    maxAutoProducts: 100,
    inboxSize: 100,
    sweepGraceMs: 60_000,
    log,
    metrics: createMetrics(),
  });
});

const lacking = (processedAt: number) =>
  fileReport(store, [crash('f')], { processed: { missingSymbols: [KEY], processedAt } });

async function putSymbols(): Promise<void> {
  const textFile = path.join(dir, 'app.sym');
  await writeFile(textFile, symbolText());
  const facts = await writeSymbolIndex(textFile, `${textFile}.index`);
  await store.symbols.putSymbols({
    key: KEY,
    facts: {
      os: facts.os ?? '',
      cpu: facts.cpu ?? '',
      codeFile: null,
      codeId: null,
      generator: null,
      damagedLines: 0,
      hasCfi: true,
    },
    product: null,
    by: 'test',
    source: 'upload',
    textFile,
    indexFile: `${textFile}.index`,
  });
}

const queued = async (): Promise<number> => (await store.queue.counts()).queued;

describe('reports that lack symbols', () => {
  test('all of them go back to the queue, over several pages', async () => {
    for (let n = 0; n < 620; n++) await lacking(1);
    await fileReport(store, [crash('g')]);
    assert.equal(await queued(), 0);
    assert.equal(await requeueLacking(store.queue, KEY.debugId), 620);
    assert.equal(await queued(), 620);
  });

  test('the sweep finds those that were overlooked', async () => {
    await lacking(Date.now() - 60_000);
    assert.equal(await sweepLacking(store, never), 0);
    await putSymbols();
    assert.equal(await sweepLacking(store, never), 1);
    assert.equal(await queued(), 1);
    assert.equal(await sweepLacking(store, never), 0);
  });

  test('the sweep leaves alone what was processed with the symbols at hand', async () => {
    await putSymbols();
    await lacking(Date.now() + 60_000);
    assert.equal(await sweepLacking(store, never), 0);
    assert.equal(await queued(), 0);
  });
});
