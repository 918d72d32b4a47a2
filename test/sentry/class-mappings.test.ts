// Obfuscated Java classes from the upload of their mapping to the frames of a report, before and after it.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import pino from 'pino';
import { createMetrics } from '../../src/base/metrics.ts';
import { MappingFiles } from '../../src/process/symbols/source-maps/mapping-files.ts';
import { SymbolService } from '../../src/process/symbols/symbol-service.ts';
import { SymbolsRefused } from '../../src/process/symbols/symbols-refused.ts';
import type { ProcessedReport } from '../../src/report/processed-report.ts';
import { envelopeOf, postSentry, startSentry, type SentryServer } from './sentry-server.ts';

const UUID = '6f0d2b7a-3c11-4c6e-9a52-0b1d8e7f4a10';
const MAPPING = `com.example.shop.Cart -> a.b:
# {"id":"sourceFile","fileName":"Cart.kt"}
    1:1:int com.example.shop.Discounts.rateFor(java.lang.String):12:12 -> a
    1:1:void pay(int):25 -> a
com.example.shop.PayException -> a.c:
com.example.shop.Discounts -> a.d:
`;

describe('mappings of Java classes', () => {
  let server: SentryServer;
  let symbols: SymbolService;
  before(async () => {
    server = await startSentry();
    symbols = new SymbolService({
      store: server.store,
      log: pino({ level: 'silent' }),
      metrics: createMetrics(),
      scratchDir: path.join(server.dir, 'incoming-symbols'),
      minFreeBytes: 0,
      maxUploadBytes: 1e9,
      maxTextBytes: 1e9,
      keepDays: 0,
      upstream: { servers: [], redirectHosts: [], maxCacheBytes: 0, timeoutMs: 1000 },
    });
  });
  after(async () => {
    await symbols.close();
    await server.close();
  });

  const take = async (text: string, uuid = UUID) => {
    const file = path.join(server.dir, 'mapping.txt');
    await writeFile(file, text);
    return symbols.classes.take({ file, size: text.length, uuid, product: 'shop', by: 'test' });
  };
  const processed = async (): Promise<ProcessedReport> => {
    const report = await server.ofEvent('ab'.repeat(16));
    assert.ok(report !== null);
    return server.process(report, undefined, new MappingFiles(symbols.source).of('default'));
  };
  const shown = (report: ProcessedReport) =>
    (report.crashes[0]?.exceptions[0]?.frames ?? []).map((frame) => [
      `${frame.package}.${frame.class}.${frame.function}`,
      `${frame.file}:${frame.line}`,
    ]);

  it('are missed by a report that came before, and have it processed again', async () => {
    const event = {
      platform: 'java',
      debug_meta: { images: [{ type: 'proguard', uuid: UUID }] },
      exception: {
        values: [
          {
            type: 'c',
            module: 'a',
            value: 'no card',
            stacktrace: {
              frames: [
                { module: 'java.lang.Thread', function: 'run', filename: 'Thread.java', lineno: 1012 },
                { module: 'a.b', function: 'a', filename: 'SourceFile', lineno: 1 },
              ],
            },
          },
        ],
      },
    };
    await postSentry(
      server,
      'envelope/',
      envelopeOf({ event_id: 'ab'.repeat(16) }, [{ type: 'event' }, event]),
    );
    const report = await processed();
    assert.deepEqual(
      report.missingSymbols.map(({ debugFile, codeId }) => [debugFile, codeId]),
      [['mapping.txt', 'proguard']],
    );
    const [inner, outer] = report.crashes[0]?.exceptions[0]?.frames ?? [];
    assert.equal(inner?.unmapped, 'No mapping of the classes of this build is stored.');
    assert.equal(outer?.unmapped, undefined);
    const [leased] = await server.store.queue.lease({ worker: 'w', limit: 1, leaseMs: 60_000 });
    assert.ok(leased !== undefined);
    await server.store.queue.complete(leased.crashId, leased.leaseId, report);
    await take(MAPPING);
    await symbols.settled();
    assert.equal((await server.store.reports.getReport(leased.crashId))?.state, 'queued');
  });

  it('name classes, exceptions and inlined frames', async () => {
    const report = await processed();
    assert.deepEqual(shown(report), [
      ['com.example.shop.Discounts.rateFor', 'Discounts.java:12'],
      ['com.example.shop.Cart.pay', 'Cart.kt:25'],
      ['java.lang.Thread.run', 'Thread.java:1012'],
    ]);
    assert.match(report.crashes[0]?.signature ?? '', /PayException: no card/);
    assert.equal(report.crashes[0]?.exceptions[0]?.frames[0]?.minified, 'a.b.a:1');
    assert.deepEqual(report.missingSymbols, []);
  });

  it('that are none, or have no UUID, are refused', async () => {
    const refusal = (code: string) => (error: unknown) =>
      error instanceof SymbolsRefused && error.code === code;
    await assert.rejects(take('not a mapping'), refusal('bad_mapping'));
    await assert.rejects(take(MAPPING, 'x'), refusal('bad_id'));
  });
});
