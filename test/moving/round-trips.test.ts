// What goes out and comes back in beside reports: symbols, source maps and mappings, merges that people made; and what comes in from
// Bugsink and from a symbol server.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { createSymbols, type Surroundings } from '../../src/app/compose.ts';
import { loadConfig } from '../../src/app/config.ts';
import { createLog } from '../../src/base/log.ts';
import { createMetrics } from '../../src/base/metrics.ts';
import { occurrence } from '../process/report-of.ts';
import { writeBundle } from '../sentry/artifact-bundles.ts';
import { NOON, storeReport } from '../store/conformance/report-builder.ts';
import * as sources from './foreign-sources.ts';
import { mayday, processAll, reportsOf, withStore, type ImportJson } from './moving-harness.ts';

let root = '';
const dirOf = (name: string): string => path.join(root, name);

before(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'mayday-round-'));
});
after(() => rm(root, { recursive: true, force: true }));

async function imported(
  store: string,
  ...args: readonly string[]
): Promise<ImportJson & { readonly from: string }> {
  const { code, out } = await mayday(dirOf(store), 'import', ...args, '--json');
  assert.equal(code, 0, out);
  return JSON.parse(out) as ImportJson & { readonly from: string };
}

/** Everything of symbols that has to be the same wherever they are, with their content. */
function symbolsOf(store: string) {
  return withStore(dirOf(store), async ({ symbols }) => {
    const { rows } = await symbols.listSymbols({ order: 'name' }, { limit: 100 });
    return Promise.all(
      rows.map(async ({ debugFile, debugId, format, gives, sha256, product, uploadedBy, codeFile, os }) => {
        const text = await symbols.openText({ debugFile, debugId });
        assert.ok(text);
        const content = Buffer.concat(await text.toArray()).toString('base64');
        const isIndexed = (await symbols.indexPath({ debugFile, debugId })) !== null;
        return {
          debugFile,
          debugId,
          format,
          gives,
          sha256,
          product,
          uploadedBy,
          codeFile,
          os,
          content,
          isIndexed,
        };
      }),
    );
  });
}

test('symbols, source maps and mappings of Java classes come out and in again as they were', async () => {
  await sources.symbolTree(dirOf('tree'));
  await imported('old symbols', dirOf('tree'));
  const loaded = loadConfig({ CRASH_REPORTS_DIR: dirOf('old symbols') });
  assert.ok(loaded.ok);
  const surroundings: Omit<Surroundings, 'version'> = {
    config: loaded.config,
    log: createLog('silent'),
    metrics: createMetrics(),
  };
  await withStore(dirOf('old symbols'), async (store) => {
    const symbols = createSymbols(store, surroundings);
    const mapping = 'com.example.Cart -> a.b:\n    1:1:void pay():20:20 -> a\n';
    await writeFile(dirOf('mapping.txt'), mapping);
    await symbols.classes.take({
      file: dirOf('mapping.txt'),
      size: mapping.length,
      uuid: '6a8cb813-45f6-3652-ad33-778fd1eab196',
      product: null,
      by: 'Ada',
    });
    const headers = { 'debug-id': '11111111-2222-3333-4444-555555555555' };
    const map = { version: 3, sources: ['a.ts'], names: [], mappings: 'AAAA' };
    const size = await writeBundle(dirOf('bundle'), [
      { url: '~/a.js', type: 'minified_source', content: 'a()', headers },
      { url: '~/a.js.map', type: 'source_map', content: JSON.stringify(map), headers },
    ]);
    const release = { account: 'default', products: ['shop'], release: 'shop@1', dist: null };
    await symbols.maps.take({ file: dirOf('bundle'), size, ...release, by: 'Ada' });
    await symbols.close();
  });
  const before = await symbolsOf('old symbols');
  assert.deepEqual(before.map(({ format }) => format).toSorted(), [
    'proguard',
    'sourcemap',
    'sourcemap',
    'sym',
  ]);
  assert.equal((await mayday(dirOf('old symbols'), 'export', dirOf('symbols'), '--quiet')).code, 0);
  assert.equal((await imported('new symbols', dirOf('symbols'))).kinds['symbols']?.taken, 4);
  assert.deepEqual(await symbolsOf('new symbols'), before);
  assert.equal((await imported('new symbols', dirOf('symbols'))).kinds['symbols']?.present, 4);
});

test('bugs that people had merged are merged where they come in', async () => {
  const crash = (name: string) =>
    occurrence({
      exceptions: [
        { name, message: name, locations: [{ package: 'shop', class: name, method: 'run', line: 3 }] },
      ],
    });
  await withStore(dirOf('apart'), async (store) => {
    for (const [index, name] of ['Cart', 'Cart', 'Till'].entries()) {
      await storeReport(store, { protocol: 'crashkit', payloadKind: 'json', receivedAt: NOON + index }, [
        { name: 'payload.json', kind: 'payload', data: Buffer.from(JSON.stringify([crash(name)])) },
      ]);
    }
  });
  await processAll(dirOf('apart'));
  await withStore(dirOf('apart'), async ({ bugs }) => {
    const { rows } = await bugs.listBugs({}, { limit: 10 });
    const into = rows.find(({ count }) => count === 2)?.id ?? 0;
    const from = rows.find(({ count }) => count === 1)?.id ?? 0;
    assert.equal(rows.length, 2);
    assert.equal(await bugs.mergeBugs(from, into, 'Ada'), true);
  });
  assert.equal((await mayday(dirOf('apart'), 'export', dirOf('merged'), '--quiet')).code, 0);
  assert.equal((await imported('together', dirOf('merged'))).kinds['bug']?.taken, 1);
  await withStore(dirOf('together'), async ({ bugs }) => {
    const { rows } = await bugs.listBugs({}, { limit: 10 });
    assert.deepEqual(
      rows.map(({ count }) => count),
      [3],
    );
    const merges = await bugs.mergesOf(rows[0]?.id ?? 0, 10);
    assert.deepEqual(
      merges.map(({ by }) => by),
      ['Ada'],
    );
  });
  assert.equal((await imported('together', dirOf('merged'))).kinds['bug']?.present, 1);
});

test('events of Bugsink, rows of its table with the event as a text, come with their times', async () => {
  const row = (id: string, minute: number) => ({
    id: `${id.repeat(8)}-1111-4222-8333-444444444444`,
    event_id: id.repeat(32),
    project: 1,
    issue: '0b1f6a4e-0000-4000-8000-000000000000',
    timestamp: `2026-03-14T11:0${minute}:00Z`,
    ingested_at: `2026-03-14T11:0${minute}:05Z`,
    digested_at: `2026-03-14T11:0${minute}:06.25Z`,
    data: JSON.stringify({
      event_id: id.repeat(32),
      timestamp: `2026-03-14T11:0${minute}:00Z`,
      platform: 'python',
      release: `web@1.${minute}`,
      exception: { values: [{ type: 'KeyError', value: id }] },
    }),
  });
  await writeFile(dirOf('bugsink.json'), JSON.stringify([row('a', 1), row('b', 2)], null, 2));
  const told = await imported('bugsink', dirOf('bugsink.json'), '--product', 'Web', '--queue-only');
  assert.equal(told.from, 'sentry');
  const found = (await reportsOf(dirOf('bugsink'))).map(({ product, version, receivedAt }) =>
    [product, version, new Date(receivedAt).toISOString()].join(' '),
  );
  assert.deepEqual(found.toSorted(), [
    'Web 1.1 2026-03-14T11:01:06.250Z',
    'Web 1.2 2026-03-14T11:02:06.250Z',
  ]);
});

test('a symbol server gives what reports lack, under the key that they name', async () => {
  await sources.jami(dirOf('jami'));
  await imported('lacking', dirOf('jami'));
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const [, debugFile = '', debugId = ''] = (request.url ?? '').split('/').map(decodeURIComponent);
    response.end(
      `MODULE Linux x86_64 ${debugId} ${debugFile}\nFILE 0 a.c\nFUNC 1000 10 0 main\n1000 10 1 0\n`,
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const told = await imported('lacking', url);
    assert.ok(asked.length > 0, 'some are lacking');
    assert.equal(told.kinds['symbols']?.taken, asked.length);
    await withStore(dirOf('lacking'), async ({ symbols }) => {
      const { rows } = await symbols.listSymbols({}, { limit: 100 });
      assert.deepEqual(
        rows.map(({ debugFile, debugId, source }) => `${source}/${debugFile}/${debugId}/`).toSorted(),
        asked.map((one) => `${url}${one.replace(/[^/]*$/, '')}`).toSorted(),
      );
      assert.deepEqual(await symbols.listMissing(10), []);
    });
  } finally {
    server.close();
  }
});
