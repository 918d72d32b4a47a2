// Real minidumps and hostile ones through the whole processor.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { DirectorySymbols } from '../../../src/process/symbols/directory-symbols.ts';
import { processReport } from '../../../src/process/pipeline.ts';
import type { Store } from '../../../src/store/store.ts';
import { sharedData, SHARED_ABSENT } from '../../shared-data.ts';
import { PAGE_BYTES } from '../../../src/base/paged-reader.ts';
import { largeDump } from '../../formats/crash/large-dump.ts';
import { eventually, storeReport } from '../../store/conformance/report-builder.ts';
import { optionsWith, reportOf } from '../report-of.ts';
import { withProcessor } from './processing.ts';

const dumps = sharedData('minidumps', 'dumps');
const hostile = sharedData('minidumps', 'hostile');
const symbols = sharedData('minidumps', 'symbols');
const skip = dumps === null || hostile === null || symbols === null ? SHARED_ABSENT : false;

function filesOf(folder: string): readonly { readonly name: string; readonly data: Buffer }[] {
  return readdirSync(folder)
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((name) => {
      const data = readFileSync(path.join(folder, name));
      return { name, data: name.endsWith('.gz') ? gunzipSync(data) : data };
    });
}

async function store(into: Store, data: Uint8Array): Promise<string> {
  const { crashId } = await storeReport(into, {}, [{ name: 'upload_file_minidump', kind: 'minidump', data }]);
  return crashId;
}

/** Dumps that other tools refuse as well. */
const DAMAGED = new Set(['rm-invalid-range.dmp', 'rm-invalid-record-count.dmp']);

test('every real dump becomes a bug with a stack', { skip }, async () => {
  await withProcessor({}, async ({ store: into, metrics, idle }) => {
    const files = filesOf(dumps ?? '');
    assert.equal(files.length, 37);
    const stored: (readonly [name: string, crashId: string])[] = [];
    for (const { name, data } of files) stored.push([name, await store(into, data)]);
    await idle();
    for (const [name, crashId] of stored) {
      const found = await into.queue.getProcessed(crashId);
      assert.ok(found !== null, name);
      const { processed } = found;
      assert.equal(processed.status, DAMAGED.has(name) ? 'unprocessable' : 'processed', name);
      if (DAMAGED.has(name)) continue;
      assert.equal(processed.crashes[0]?.kind, 'native', name);
      assert.ok((processed.crashes[0]?.exceptions[0]?.frames.length ?? 0) > 0, name);
      assert.doesNotMatch(processed.crashes[0]?.signature ?? '', /EMPTY/, name);
    }
    assert.equal((await metrics.processThreadsEnded.get()).values[0]?.value, 0);
  });
});

test('no hostile dump ends the processor or a thread of it', { skip }, async () => {
  await withProcessor({ timeoutMs: 20_000 }, async ({ store: into, metrics, idle }) => {
    const files = filesOf(hostile ?? '');
    assert.equal(files.length, 25);
    for (const { data } of files) await store(into, data);
    await idle();
    const counts = await into.queue.counts();
    assert.deepEqual([counts.queued, counts.leased, counts.failed], [0, 0, 0]);
    assert.equal((await metrics.processThreadsEnded.get()).values[0]?.value, 0);
  });
});

test('symbols name the frames, and what they lack is told', { skip }, async () => {
  const data = readFileSync(path.join(dumps ?? '', 'rm-test.dmp'));
  const input = reportOf({}, { upload_file_minidump: ['minidump', data] });
  const provider = new DirectorySymbols({ roots: [symbols ?? ''] });
  try {
    const named = await processReport(input, { ...optionsWith(), symbols: provider });
    const bare = await processReport(input, optionsWith());
    assert.match(bare.crashes[0]?.signature ?? '', /@0x[0-9a-f]+$/);
    assert.doesNotMatch(named.crashes[0]?.signature ?? '', /@0x/);
    assert.notEqual(named.crashes[0]?.grouping.key, bare.crashes[0]?.grouping.key);
    assert.deepEqual(bare.missingSymbols, []);
    assert.ok(named.missingSymbols.length > 0);
    for (const { debugId } of named.missingSymbols) assert.match(debugId, /^[0-9A-F]{33,}$/);
  } finally {
    provider.close();
  }
});

test('a large dump is read in pieces where it is stored, and a failure of the store is tried again', async () => {
  const large = largeDump();
  let pieces = 0;
  let failures = 1;
  const prepare = async (into: Store): Promise<void> => {
    const readAttachment = into.reports.readAttachment.bind(into.reports);
    into.reports.openAttachment = () => Promise.reject(new Error('a large dump is not read whole'));
    into.reports.readAttachment = async (crashId, name) => {
      const opened = await readAttachment(crashId, name);
      if (opened === null) return null;
      const { bytes } = opened;
      return {
        ...opened,
        bytes: {
          size: bytes.size,
          close: () => bytes.close(),
          read: (at, length) => {
            pieces += 1;
            if (pieces > 1 && failures > 0) {
              failures -= 1;
              return Promise.reject(new Error('the disk is away'));
            }
            return bytes.read(at, length);
          },
        },
      };
    };
  };
  let clock = Date.now();
  await withProcessor({ prepare, now: () => clock }, async ({ store: into, idle, metrics }) => {
    const crashId = await store(into, large);
    // The failed try is written down before the clock moves past its pause.
    await eventually(
      () => into.queue.counts(),
      ({ queued, leased }) => failures === 0 && queued === 1 && leased === 0,
    );
    clock += 60_000;
    await idle();
    const found = await into.queue.getProcessed(crashId);
    assert.equal(found?.processed.status, 'processed');
    assert.equal(found?.processed.crashes[0]?.kind, 'native');
    assert.ok(pieces * PAGE_BYTES < large.length / 2, `${pieces} pieces`);
    assert.equal((await metrics.processThreadsEnded.get()).values[0]?.value, 0);
  });
});

test('attachments are read ahead of their thread up to a number of bytes, however many reports are held', async () => {
  const reports = 60;
  const bytes = 250 * 1024;
  let opened = 0;
  let openedAtFirst = 0;
  const prepare = async (into: Store): Promise<void> => {
    const openAttachment = into.reports.openAttachment.bind(into.reports);
    into.reports.openAttachment = async (crashId, name) => {
      opened += 1;
      return openAttachment(crashId, name);
    };
    const complete = into.queue.complete.bind(into.queue);
    into.queue.complete = async (...wanted) => {
      if (openedAtFirst === 0) openedAtFirst = opened;
      return complete(...wanted);
    };
    for (let at = 0; at < reports; at += 1) await store(into, randomBytes(bytes));
  };
  await withProcessor({ prepare }, async ({ idle }) => {
    await idle();
    assert.equal(opened, reports);
    const most = Math.ceil((8 * 1024 * 1024) / bytes) + 1;
    assert.ok(openedAtFirst > 0 && openedAtFirst <= most, `${openedAtFirst} were read, ${most} may be`);
  });
});
