// Source maps serve CrashKit payloads and stack traces in texts, too: the version of the report is the release.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { encodedMap, presortedDecodedMap } from '@jridgewell/trace-mapping';
import pino from 'pino';
import { createMetrics } from '../../src/base/metrics.ts';
import { MappingFiles } from '../../src/process/symbols/source-maps/mapping-files.ts';
import { SymbolService } from '../../src/process/symbols/symbol-service.ts';
import type { ProcessedReport } from '../../src/report/processed-report.ts';
import { writeBundle } from '../sentry/artifact-bundles.ts';
import { startSentry, type SentryServer } from '../sentry/sentry-server.ts';

const SCRIPT = "function a(b){throw new Error('no cart')}a();";
const MAP = JSON.stringify(
  encodedMap(
    presortedDecodedMap({
      version: 3,
      sources: ['../src/pay.ts'],
      sourcesContent: ["function pay(cart) {\n  throw new Error('no cart');\n}\npay();\n"],
      names: ['pay'],
      mappings: [
        [
          [0, 0, 0, 0],
          [9, 0, 0, 9, 0],
          [14, 0, 1, 2],
          [41, 0, 3, 0],
        ],
      ],
    }),
  ),
);
const URL_OF = 'https://cdn.example/js/app.js';

describe('source maps of other clients', () => {
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
    const file = path.join(server.dir, 'bundle');
    const size = await writeBundle(file, [
      { url: '~/js/app.js', type: 'minified_source', content: SCRIPT, headers: { Sourcemap: 'app.js.map' } },
      { url: '~/js/app.js.map', type: 'source_map', content: MAP },
    ]);
    await symbols.maps.take({
      file,
      size,
      account: 'default',
      products: ['shop'],
      release: '2.4.1',
      dist: null,
      by: 'test',
    });
  });
  after(async () => {
    await symbols.close();
    await server.close();
  });

  const processed = async (): Promise<ProcessedReport> => {
    const [report] = await server.reports();
    assert.ok(report !== undefined);
    const made = await server.process(report, undefined, new MappingFiles(symbols.source).of('default'));
    await server.store.reports.deleteReport(report.crashId);
    return made;
  };
  const shown = (report: ProcessedReport) =>
    (report.crashes[0]?.exceptions[0]?.frames ?? []).map((frame) => [
      frame.function,
      frame.file,
      frame.line,
      frame.minified,
    ]);
  const wanted = [
    ['pay', 'src/pay.ts', 2, `${URL_OF}:1:15`],
    [null, 'src/pay.ts', 4, `${URL_OF}:1:42`],
  ];

  it('map the locations of CrashKit payloads', async () => {
    const location = (method: string, column: number) => ({
      absolute_url: URL_OF,
      function: method,
      line: 1,
      column,
    });
    const payload = [
      {
        language: 'javascript',
        version: { number: '2.4.1' },
        stacktrace: [{ kind: 'Error', message: 'no cart', locations: [location('a', 15), location('', 42)] }],
      },
    ];
    const answer = await fetch(`${server.url}/api/1/default/products/shop/reports`, {
      method: 'POST',
      body: JSON.stringify(payload),
    });
    assert.equal(answer.status, 200);
    const report = await processed();
    assert.deepEqual(shown(report), wanted);
    assert.match(report.crashes[0]?.signature ?? '', /pay/);
  });

  it('map the frames of a trace in an annotation', async () => {
    const form = new FormData();
    form.set('prod', 'shop');
    form.set('ver', '2.4.1');
    form.set('stack', `Error: no cart\n    at a (${URL_OF}:1:15)\n    at ${URL_OF}:1:42\n`);
    form.set('upload_file_minidump', new Blob(['not a dump at all']), 'x.dmp');
    const answer = await fetch(`${server.url}/submit`, { method: 'POST', body: form });
    assert.equal(answer.status, 200);
    assert.deepEqual(shown(await processed()), wanted);
  });
});
