// The endpoints of Sentry's tools: pieces, what is made of them, releases, and what a tool is told when something is wrong.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { bundleOf } from '../../sentry/artifact-bundles.ts';
import { addPerson, addToken, ADMIN_TOKEN, startRunning, type Running } from '../support/running.ts';
import { formBody, symbolText, zipOf } from './support.ts';

const SCRIPT = "function a(){throw new Error('x')}a();";
const MAP = JSON.stringify({ version: 3, sources: ['src/pay.ts'], names: ['pay'], mappings: 'AAAA,SAASA' });
const UUID = '01234567-89ab-cdef-0123-456789abcdef';

const sha1 = (bytes: Buffer): string => createHash('sha1').update(bytes).digest('hex');

describe('the endpoints of Sentry’s tools', () => {
  let running: Running;
  let token = ADMIN_TOKEN;
  before(async () => {
    running = await startRunning({ serverNames: ['mayday.example'] });
    await running.store.people.createProductByHand('default', 'Web Shop');
  });
  after(() => running.stop());

  const ask = async (
    method: string,
    target: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ) => {
    const response = await fetch(`${running.url}/api/0${target}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, ...headers },
      ...(body !== undefined && {
        body: Buffer.isBuffer(body) ? new Uint8Array(body) : JSON.stringify(body),
      }),
    });
    const text = await response.text();
    return {
      status: response.status,
      json: (text === '' ? null : JSON.parse(text)) as Record<string, unknown>,
    };
  };
  const sendChunk = (bytes: Buffer, { name = sha1(bytes), zip = false } = {}) => {
    const form = formBody([
      { name: zip ? 'file_gzip' : 'file', filename: name, content: zip ? gzipSync(bytes) : bytes },
    ]);
    return ask('POST', '/organizations/default/chunk-upload/', form.body, {
      'Content-Type': form.contentType,
    });
  };
  const bundle = () =>
    bundleOf([
      {
        url: '~/app.js',
        type: 'minified_source',
        content: SCRIPT,
        headers: { Sourcemap: 'app.js.map', 'debug-id': UUID },
      },
      { url: '~/app.js.map', type: 'source_map', content: MAP, headers: { 'debug-id': UUID } },
    ]);

  it('give an absolute address, as a proxy in front tells it', async () => {
    const plain = await ask('GET', '/organizations/default/chunk-upload/');
    assert.equal(plain.json['url'], `${running.url}/api/0/organizations/default/chunk-upload/`);
    const behind = await ask('GET', '/organizations/default/chunk-upload', undefined, {
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Host': 'mayday.example',
    });
    assert.equal(behind.json['url'], 'https://mayday.example/api/0/organizations/default/chunk-upload/');
    assert.ok((plain.json['accept'] as readonly string[]).includes('artifact_bundles'));
  });

  it('join pieces, in any order of arrival, into a bundle, and keep it by debug id and release', async () => {
    const bytes = await bundle();
    const [first, second] = [bytes.subarray(0, 300), bytes.subarray(300)];
    const wanted = {
      checksum: sha1(bytes),
      chunks: [sha1(first), sha1(second)],
      projects: ['web-shop'],
      version: 'shop@1.0',
      dist: '7',
    };
    const assemble = () => ask('POST', '/organizations/default/artifactbundle/assemble/', wanted);
    assert.deepEqual((await assemble()).json, {
      state: 'not_found',
      missingChunks: wanted.chunks,
      detail: null,
    });
    assert.equal((await sendChunk(second, { zip: true })).status, 200);
    assert.deepEqual((await assemble()).json['missingChunks'], [wanted.chunks[0]]);
    assert.equal((await sendChunk(first)).status, 200);
    assert.deepEqual((await assemble()).json, { state: 'ok', missingChunks: [], detail: null });
    assert.equal((await assemble()).json['state'], 'ok');
    const { rows } = await running.store.symbols.listSymbols({ holds: 'mappings' }, { limit: 10 });
    assert.deepEqual(
      rows
        .map(({ codeFile, generator, gives }) => `${codeFile} of ${generator}: ${gives}`)
        .toSorted((a, b) => a.localeCompare(b)),
      ['~/app.js of shop@1.0 (7): alias', '~/app.js of shop@1.0 (7): lines,functions'],
    );
    assert.deepEqual((await running.store.symbols.listSymbols({ holds: 'symbols' }, { limit: 10 })).rows, []);
    const listed = (await ask('GET', '/projects/default/web-shop/releases/')).json as unknown;
    assert.deepEqual(
      (listed as readonly { readonly version: string }[]).map(({ version }) => version),
      ['shop@1.0'],
    );
    assert.equal((await ask('DELETE', '/organizations/default/releases/shop@1.0/')).status, 204);
    const left = await running.store.symbols.listSymbols({ holds: 'mappings' }, { limit: 10 });
    assert.equal(left.rows.length, 1);
  });

  it('take symbol files, and say what is wrong with others', async () => {
    const files = [Buffer.from(symbolText()), Buffer.from('no symbols at all')];
    for (const file of files) await sendChunk(file);
    const body = Object.fromEntries(
      files.map((file) => [sha1(file), { name: 'libapp.so.sym', chunks: [sha1(file)] }]),
    );
    const { json } = await ask('POST', '/projects/default/web-shop/files/difs/assemble/', body);
    const [good, bad] = files.map((file) => json[sha1(file)] as Record<string, unknown>);
    assert.equal(good?.['state'], 'ok');
    assert.equal((good?.['dif'] as Record<string, unknown> | undefined)?.['symbolType'], 'breakpad');
    assert.equal(bad?.['state'], 'error');
    assert.match(String(bad?.['detail']), /MODULE/);
  });

  it('take mappings of Java classes, by the UUID in their name, and as an archive', async () => {
    const mapping = Buffer.from('com.example.Cart -> a.b:\n    1:1:void pay():20:20 -> a\n');
    await sendChunk(mapping);
    const name = `/proguard/${UUID}.txt`;
    const { json } = await ask('POST', '/projects/default/web-shop/files/difs/assemble/', {
      [sha1(mapping)]: { name, chunks: [sha1(mapping)] },
    });
    const answered = json[sha1(mapping)] as Record<string, unknown>;
    assert.equal(answered['state'], 'ok', JSON.stringify(answered));
    assert.equal((answered['dif'] as Record<string, unknown>)['symbolType'], 'proguard');
    const other = UUID.replace('01', '02');
    const form = formBody([
      {
        name: 'file',
        filename: 'mappings.zip',
        content: await zipOf({ [`proguard/${other}.txt`]: mapping }),
      },
    ]);
    const archive = await ask('POST', '/projects/default/web-shop/files/dsyms/', form.body, {
      'Content-Type': form.contentType,
    });
    const [taken] = archive.json as unknown as readonly Record<string, unknown>[];
    assert.equal(taken?.['uuid'], other);
  });

  it('refuse pieces that are not what they say', async () => {
    const { status, json } = await sendChunk(Buffer.from('one'), { name: sha1(Buffer.from('another')) });
    assert.equal(status, 400);
    assert.match(String(json['detail']), /SHA-1/);
    assert.equal((await sendChunk(Buffer.from('x'), { name: '../../etc/passwd' })).status, 400);
  });

  it('answer releases with projects as objects', async () => {
    const made = await ask('POST', '/organizations/default/releases/', {
      version: 'shop@2.0',
      projects: ['Web Shop'],
    });
    assert.equal(made.status, 201);
    assert.deepEqual((made.json['projects'] as readonly { readonly slug: string }[])[0]?.slug, 'web-shop');
    const changed = await ask('PUT', '/organizations/default/releases/shop%402.0/', {
      dateReleased: '2026-01-01T00:00:00Z',
    });
    assert.equal(changed.json['version'], 'shop@2.0');
    assert.equal(changed.json['dateReleased'], '2026-01-01T00:00:00Z');
    assert.equal((await ask('POST', '/organizations/default/releases/shop@2.0/deploys/', {})).status, 201);
  });

  it('keep what is said of a release: when, of which commits, and where it went', async () => {
    const product = { account: 'default', product: 'Web Shop' };
    const at = '/organizations/default/releases';
    await ask('POST', `${at}/`, {
      version: 'shop@3.0+7',
      projects: ['web-shop'],
      url: 'javascript:alert(1)',
    });
    await ask('PUT', `${at}/shop%403.0+7/`, {
      refs: [{ repository: 'shop/web', commit: 'c0ffee' }],
      commits: [
        {
          id: 'c0ffee',
          repository: 'shop/web',
          author_name: 'Ada',
          message: 'Weigh\n\nit',
          timestamp: '2026-01-01',
          patch_set: [{ path: 'src/cart.py', type: 'M' }, { path: 'x'.repeat(400), type: 'A' }, 'no patch'],
        },
        { message: 'without an id' },
        'no commit',
      ],
    });
    await ask('PUT', `${at}/shop%403.0+7/`, { dateReleased: '2026-01-02T00:00:00Z' });
    await ask('POST', `${at}/shop%403.0+7/deploys/`, {
      environment: 'staging',
      url: 'https://staging.example',
    });
    const release = await running.store.releases.get(product, '3.0');
    assert.deepEqual(release?.commits, [
      {
        id: 'c0ffee',
        repository: 'shop/web',
        author: 'Ada',
        message: 'Weigh',
        at: Date.parse('2026-01-01'),
        paths: ['src/cart.py'],
        pathsLeft: 2,
      },
    ]);
    assert.deepEqual(
      [release.made?.releasedAt, release.made?.ref, release.made?.url],
      [Date.parse('2026-01-02'), 'c0ffee', null],
    );
    assert.deepEqual(
      release.deploys.map(({ environment, url }) => [environment, url]),
      [['staging', 'https://staging.example']],
    );
    // A release that nobody made for a product says nothing of its products.
    await ask('PUT', `${at}/4.0/`, { dateReleased: '2026-01-02T00:00:00Z' });
    assert.equal(await running.store.releases.get(product, '4.0'), null);
    await ask('DELETE', `${at}/shop%403.0+7/`);
    assert.equal(await running.store.releases.get(product, '3.0'), null);
  });

  it('say that an account, a product or an endpoint is not here', async () => {
    const account = await ask('GET', '/organizations/nobody/chunk-upload/');
    assert.equal(account.status, 404);
    assert.match(String(account.json['detail']), /no account "nobody"/);
    const product = await ask('POST', '/organizations/default/releases/', {
      version: '1',
      projects: ['none'],
    });
    assert.match(String(product.json['detail']), /no product "none"/);
    assert.equal((await ask('GET', '/organizations/default/monitors/')).status, 404);
  });

  it('need a token that may upload; one for symbols alone opens nothing else', async () => {
    const writer = await addPerson(running.store, { email: 'w@example.org', role: 'triage' });
    const reader = await addPerson(running.store, { email: 'r@example.org', role: 'read' });
    const good = [
      await addToken(running.store, writer),
      await addToken(running.store, writer, { scope: 'symbols' }),
    ];
    const bad = ['mayday_unknown', await addToken(running.store, reader)];
    const status = async (one: string) => {
      token = one;
      const answered = (await ask('GET', '/organizations/default/chunk-upload/')).status;
      token = ADMIN_TOKEN;
      return answered;
    };
    for (const one of good) assert.equal(await status(one), 200);
    for (const one of bad) assert.equal(await status(one), 401);
    const api = await fetch(`${running.url}/api/reports`, {
      headers: { Authorization: `Bearer ${good[1]}` },
    });
    assert.equal(api.status, 401);
    const uploaded = await fetch(`${running.url}/api/symbols?product=x`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${good[1]}` },
      body: symbolText({ debugFile: 'other.so' }),
    });
    assert.equal(uploaded.status, 201);
  });
});
