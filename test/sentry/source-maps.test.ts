// Source maps from upload to the frames of a report: by debug id, by release and URL, before and after the report.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { encodedMap, presortedDecodedMap } from '@jridgewell/trace-mapping';
import pino from 'pino';
import { createMetrics } from '../../src/base/metrics.ts';
import { MappingFiles } from '../../src/process/symbols/source-maps/mapping-files.ts';
import { SymbolService } from '../../src/process/symbols/symbol-service.ts';
import { SymbolsRefused } from '../../src/process/symbols/symbols-refused.ts';
import type { ProcessedFrame, ProcessedReport } from '../../src/report/processed-report.ts';
import { SHARED_ABSENT, sharedData } from '../shared-data.ts';
import { writeBundle, type BundleEntry } from './artifact-bundles.ts';
import { envelopeOf, postSentry, startSentry, type SentryServer } from './sentry-server.ts';

/** `function pay(cart) {` / `  throw new Error('no cart');` / `}` / `pay();`, minified to one line. */
const SCRIPT = "function a(b){throw new Error('no cart')}a();";
const SOURCE = "function pay(cart) {\n  throw new Error('no cart');\n}\npay();\n";
const MAP = JSON.stringify(
  encodedMap(
    presortedDecodedMap({
      version: 3,
      sources: ['webpack://shop/./src/pay.ts?abc1'],
      sourcesContent: [SOURCE],
      names: ['pay', 'cart', 'Error'],
      mappings: [
        [
          [0, 0, 0, 0],
          [9, 0, 0, 9, 0],
          [11, 0, 0, 13, 1],
          [14, 0, 1, 2],
          [20, 0, 1, 8],
          [24, 0, 1, 12, 2],
          [40, 0, 2, 0],
          [41, 0, 3, 0, 0],
        ],
      ],
    }),
  ),
);
const ID = '11111111-2222-3333-4444-555555555555';

const url = 'https://cdn.example/js/app.js';
const frames = [
  { function: '?', filename: url, abs_path: url, lineno: 1, colno: 42 },
  { function: 'a', filename: url, abs_path: url, lineno: 1, colno: 21, in_app: true },
];

function scriptAndMap(more: Partial<BundleEntry> = {}): readonly BundleEntry[] {
  return [
    {
      url: '~/js/app.js',
      type: 'minified_source',
      content: SCRIPT,
      headers: { Sourcemap: 'app.js.map' },
      ...more,
    },
    {
      url: '~/js/app.js.map',
      type: 'source_map',
      content: MAP,
      ...(more.headers !== undefined && { headers: more.headers }),
    },
  ];
}

describe('source maps', () => {
  let server: SentryServer;
  let symbols: SymbolService;
  let mappings: MappingFiles;
  let number = 0;
  let release = '';

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
    mappings = new MappingFiles(symbols.source);
  });
  after(async () => {
    await symbols.close();
    await server.close();
  });
  beforeEach(() => {
    number += 1;
    release = `shop@${number}.0`;
  });

  const upload = async (
    entries: readonly BundleEntry[],
    said: {
      readonly release?: string | null;
      readonly dist?: string | null;
      readonly account?: string;
    } = {},
    manifest: Readonly<Record<string, unknown>> = {},
  ) => {
    const file = path.join(server.dir, `bundle-${number}`);
    const size = await writeBundle(file, entries, manifest);
    return symbols.maps.take({
      file,
      size,
      account: said.account ?? 'default',
      products: ['shop'],
      release: said.release === undefined ? release : said.release,
      dist: said.dist ?? null,
      by: 'test',
    });
  };
  const processed = async (
    fields: object = {},
    stack: readonly object[] = frames,
  ): Promise<ProcessedReport> => {
    const id = (number * 1000 + Math.floor(Math.random() * 1000)).toString(16).padStart(32, '0');
    const event = {
      platform: 'javascript',
      release,
      exception: { values: [{ type: 'Error', value: 'no cart', stacktrace: { frames: stack } }] },
      ...fields,
    };
    await postSentry(server, 'envelope/', envelopeOf({ event_id: id }, [{ type: 'event' }, event]));
    const report = await server.ofEvent(id);
    assert.ok(report !== null);
    return server.process(report, undefined, mappings.of(report.account));
  };
  const shown = (report: ProcessedReport): readonly unknown[] =>
    (report.crashes[0]?.exceptions[0]?.frames ?? []).map((frame: ProcessedFrame) => [
      frame.function,
      frame.file,
      frame.line,
      frame.column,
    ]);
  const mapped = [
    ['pay', 'src/pay.ts', 2, 9],
    [null, 'src/pay.ts', 4, 1],
  ];

  it('map the frames of a release by URL, with the lines around them', async () => {
    assert.deepEqual(await upload(scriptAndMap()), { stored: 1, duplicates: 0, without: [], refused: [] });
    const report = await processed();
    assert.deepEqual(shown(report), mapped);
    const [inner] = report.crashes[0]?.exceptions[0]?.frames ?? [];
    assert.equal(inner?.source?.[5], "  throw new Error('no cart');");
    assert.equal(inner?.minified, `${url}:1:21`);
    assert.deepEqual(report.missingSymbols, []);
  });

  it('of the same dist go first, then those of any', async () => {
    const other = MAP.replaceAll('pay.ts', 'other.ts');
    await upload(scriptAndMap());
    await upload(
      [scriptAndMap()[0] as BundleEntry, { url: '~/js/app.js.map', type: 'source_map', content: other }],
      {
        dist: '7',
      },
    );
    const fileOf = (report: ProcessedReport) => report.crashes[0]?.exceptions[0]?.frames[0]?.file;
    assert.equal(fileOf(await processed({ dist: '7' })), 'src/other.ts');
    assert.equal(fileOf(await processed({ dist: '8' })), 'src/pay.ts');
    assert.equal(fileOf(await processed()), 'src/pay.ts');
  });

  it('are found by the debug id that the event lists, whatever release and URL', async () => {
    await upload(scriptAndMap({ headers: { 'debug-id': ID } }), { release: null });
    const debug_meta = { images: [{ type: 'sourcemap', code_file: url, debug_id: ID }] };
    assert.deepEqual(shown(await processed({ release: 'nobody@1', debug_meta })), mapped);
    assert.deepEqual(shown(await processed({ release: 'nobody@1' }))[0], ['a', url, 1, 21]);
  });

  it('of another account map nothing: whoever knows the id of a script must not read its sources', async () => {
    await server.store.accounts.create('other');
    const id = ID.replace('1', '9');
    const debug_meta = { images: [{ type: 'sourcemap', code_file: url, debug_id: id }] };
    await upload(scriptAndMap({ headers: { 'debug-id': id } }), { account: 'other', release: null });
    const report = await processed({ release: 'nobody@1', debug_meta });
    assert.deepEqual(shown(report)[0], ['a', url, 1, 21]);
    assert.ok(!JSON.stringify(report).includes("no cart');"));
    assert.equal(report.missingSymbols.length > 0, true);
    // What both have is both's.
    await upload(scriptAndMap({ headers: { 'debug-id': id } }), { release: null });
    assert.deepEqual(shown(await processed({ release: 'nobody@1', debug_meta })), mapped);
  });

  it('with a debug id and a release are found both ways', async () => {
    await upload(scriptAndMap({ headers: { 'Debug-Id': ID.replace('1', '2') } }));
    assert.deepEqual(shown(await processed()), mapped);
  });

  it('may stand in the script, or come alone', async () => {
    const inline = `${SCRIPT}\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(MAP).toString('base64')}`;
    await upload([{ url: '~/js/app.js', type: 'minified_source', content: inline }]);
    assert.deepEqual(shown(await processed()), mapped);
    release = `${release}.1`;
    await upload([{ url: '~/js/app.js.map', type: 'source_map', content: MAP }]);
    // Without the script the call site names the function.
    assert.deepEqual(shown(await processed()), mapped);
  });

  it('that are missing are told with the frame, and their arrival has the report processed again', async () => {
    const report = await processed();
    const [inner] = report.crashes[0]?.exceptions[0]?.frames ?? [];
    assert.equal(inner?.unmapped, 'No source map of this file is stored.');
    assert.equal(report.missingSymbols.length, 1);
    assert.equal(report.missingSymbols[0]?.codeFile, url);
    const [leased] = (await server.store.queue.lease({ worker: 'w', limit: 100, leaseMs: 60_000 })).slice(-1);
    assert.ok(leased !== undefined);
    await server.store.queue.complete(leased.crashId, leased.leaseId, report);
    await upload(scriptAndMap());
    await symbols.settled();
    assert.equal((await server.store.reports.getReport(leased.crashId))?.state, 'queued');
  });

  it('are missed for scripts of Node that a build tool made, and not for those that run as they were written', async () => {
    const lines = { context_line: 'short', pre_context: [], post_context: [], in_app: true };
    const missed = async (frame: object): Promise<readonly (string | null | undefined)[]> => {
      const report = await processed({ platform: 'node' }, [{ lineno: 1, colno: 9, ...lines, ...frame }]);
      return report.missingSymbols.map(({ codeFile }) => codeFile);
    };
    const file = (abs_path: string) => ({ filename: abs_path, abs_path });
    assert.deepEqual(await missed(file('/srv/shop/src/a.js')), []);
    assert.deepEqual(await missed(file('/srv/shop/node_modules/dist/a.js')), []);
    assert.deepEqual(await missed({ ...file('/srv/shop/dist/a.js'), in_app: false }), []);
    const built = '/srv/shop/dist/a.js';
    assert.deepEqual(await missed(file(built)), [built]);
    const bare = '/srv/shop/a.js';
    assert.deepEqual(await missed({ ...file(bare), colno: 4711 }), [bare]);
    assert.deepEqual(await missed({ ...file(bare), context_line: "{snip} throw new Error('x') {snip}" }), [
      bare,
    ]);
    // The map of a later upload is found by release and path.
    await upload([
      {
        url: '~/srv/shop/dist/a.js',
        type: 'minified_source',
        content: SCRIPT,
        headers: { Sourcemap: 'a.js.map' },
      },
      { url: '~/srv/shop/dist/a.js.map', type: 'source_map', content: MAP },
    ]);
    const later = await processed({ platform: 'node' }, [{ ...file(built), lineno: 1, colno: 21, ...lines }]);
    assert.deepEqual(shown(later)[0], mapped[0]);
    assert.deepEqual(later.missingSymbols, []);
  });

  it('whose index another version wrote, or the disk damaged, are indexed anew when they are asked for', async () => {
    await upload(scriptAndMap());
    const all = await server.store.symbols.listSymbols({ holds: 'mappings' }, { limit: 100 });
    const row = all.rows.find(({ generator }) => generator === release);
    assert.ok(row !== undefined);
    const index = (await server.store.symbols.indexPath(row)) ?? '';
    const bytes = readFileSync(index);
    bytes[7] = 0;
    writeFileSync(index, bytes);
    assert.deepEqual(shown(await processed()), mapped);
    assert.equal(readFileSync((await server.store.symbols.indexPath(row)) ?? '')[7], 1);
  });

  it('say why a frame is not mapped', async () => {
    await upload(scriptAndMap());
    const report = await processed({}, [
      { filename: url, lineno: 9, colno: 9 },
      { filename: url, lineno: 1 },
      { filename: '<anonymous>', lineno: 1, colno: 1 },
    ]);
    const why = (report.crashes[0]?.exceptions[0]?.frames ?? []).map(({ unmapped }) => unmapped);
    assert.deepEqual(why, [
      undefined,
      'The frame tells no line and column.',
      'The source map says nothing of this position.',
    ]);
  });

  it('that cannot be used are refused with a sentence', async () => {
    const refusal = (code: string) => (error: unknown) =>
      error instanceof SymbolsRefused && error.code === code;
    const broken = { url: '~/js/app.js.map', type: 'source_map', content: '{"version":3}' } as const;
    await assert.rejects(upload([scriptAndMap()[0] as BundleEntry, broken]), refusal('bad_map'));
    await assert.rejects(upload([scriptAndMap()[0] as BundleEntry]), refusal('no_maps'));
    await assert.rejects(upload(scriptAndMap(), { release: null }), refusal('bad_map'));
  });

  it(
    'of a real page map its recorded crash',
    { skip: sharedData('sentry', 'captures') === null ? SHARED_ABSENT : false },
    async () => {
      const read = (...segments: string[]) => readFileSync(sharedData('sentry', ...segments) ?? '', 'utf8');
      const capture = JSON.parse(read('captures', 'browser-uncaught.json')) as {
        readonly requests: readonly { readonly path: string; readonly body: string }[];
      };
      const body = capture.requests.find(({ body: text }) => text.includes('"type":"event"'))?.body ?? '';
      const line = body.split('\n').find((one) => one.includes('"exception"')) ?? '{}';
      const event = JSON.parse(line) as {
        readonly debug_meta: { readonly images: readonly { readonly debug_id: string }[] };
      };
      const debugId =
        event.debug_meta.images.find(({ debug_id }) => debug_id.startsWith('66f7992b'))?.debug_id ?? '';
      const script = read('sourcemaps', 'site-debugid', 'app.js');
      await upload(
        [
          {
            url: '~/app.js',
            type: 'minified_source',
            content: script,
            headers: { 'debug-id': debugId, sourcemap: 'app.js.map' },
          },
          {
            url: '~/app.js.map',
            type: 'source_map',
            content: read('sourcemaps', 'site-debugid', 'app.js.map'),
          },
        ],
        { release: null },
      );
      const report = await processed({ ...event, event_id: undefined });
      const crash = report.crashes[0];
      assert.deepEqual(shown(report).slice(0, 3), [
        ['rateFor', 'src/discounts.ts', 15, 65],
        ['priceOf', 'src/cart.ts', 26, 35],
        [null, 'src/cart.ts', 19, 21],
      ]);
      assert.equal(crash?.exceptions[0]?.frames[0]?.inApp, true);
    },
  );
});
