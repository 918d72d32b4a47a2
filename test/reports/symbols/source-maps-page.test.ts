// The page of source maps: what is here, what reports lack, and how maps get there.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { writeBundle } from '../../sentry/artifact-bundles.ts';
import { addPerson, PASSWORD, startRunning, type Running } from '../support/running.ts';
import { Visitor } from '../support/visitor.ts';

const MAP = JSON.stringify({ version: 3, sources: ['src/pay.ts'], names: ['pay'], mappings: 'AAAA,SAASA' });

describe('/symbols/maps', () => {
  let running: Running;
  let visitor: Visitor;
  before(async () => {
    running = await startRunning();
    await addPerson(running.store, { email: 'r@example.org', role: 'read' });
    visitor = new Visitor(running.url);
    await visitor.signIn('r@example.org', PASSWORD);
  });
  after(() => running.stop());

  test('says that there are none, and how they get there', async () => {
    const page = await visitor.get('/symbols/maps');
    assert.equal(page.status, 200);
    assert.match(page.text, /No source maps yet/);
    assert.match(page.text, /Nothing is missing/);
    assert.match(page.text, /sentry-cli sourcemaps upload/);
    assert.match((await visitor.get('/symbols')).text, /href="\/symbols\/maps"/);
  });

  test('lists maps with their release, as text, and leaves them out of the symbols', async () => {
    const file = path.join(running.dir, 'bundle');
    const size = await writeBundle(file, [
      {
        url: '~/js/<b>app.js',
        type: 'minified_source',
        content: 'function a(){}',
        headers: { Sourcemap: 'app.js.map' },
      },
      { url: '~/js/app.js.map', type: 'source_map', content: MAP },
    ]);
    await running.symbols.maps.take({
      file,
      size,
      account: 'default',
      products: ['shop'],
      release: 'shop@2.4.1',
      dist: '7',
      by: 'test',
    });
    const page = await visitor.get('/symbols/maps');
    assert.match(page.text, /shop@2\.4\.1 \(7\)/);
    assert.match(page.text, /app\.js/);
    assert.doesNotMatch(page.text, /<b>app/);
    assert.match((await visitor.get('/symbols/maps?text=nothing')).text, /No source maps match/);
    assert.doesNotMatch((await visitor.get('/symbols')).text, /app\.js/);
    const [row] = (await running.store.symbols.listSymbols({ holds: 'mappings' }, { limit: 1 })).rows;
    assert.ok(row !== undefined);
    const single = await visitor.get(`/symbols/${encodeURIComponent(row.debugFile)}/${row.debugId}`);
    assert.equal(single.status, 200);
    assert.doesNotMatch(single.text, /download>/);
  });
});
