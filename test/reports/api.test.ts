// The JSON API over HTTP, on a real store: every operation, its refusals, and that answers fit the OpenAPI document.
import assert from 'node:assert/strict';
import http from 'node:http';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { OPERATIONS } from '../../src/reports/api/endpoint-registry.ts';
import type { Operation } from '../../src/reports/operations/operation.ts';
import { SCHEMAS } from '../../src/reports/operations/schemas.ts';
import { openApiDocument } from '../../src/reports/api/openapi.ts';
import { apiRoutes, honoPath } from '../../src/reports/api/routes.ts';
import type { ReportsContext } from '../../src/reports/reports-context.ts';
import { eventually } from './support/eventually.ts';
import { schemaFaults } from './support/json-schema.ts';
import { ADMIN_TOKEN, addPerson, addToken, startRunning } from './support/running.ts';
import type { Running } from './support/running.ts';
import { fakeDump, sampleReport, seedInbox, seedReports, storeReport } from './support/seed.ts';
import { readZip } from './support/zip.ts';
import { giveRight } from '../store/conformance/add-user.ts';

const UNKNOWN_ID = 'de1bb258-cbbf-4589-a673-34f800160918';

let running: Running;
const tokens = { read: '', protected: '', write: '', admin: '' };
let ids: readonly string[] = [];
let jamiId = '';

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers that the schema check has seen
  readonly json: any;
}

async function call(
  path: string,
  options: { readonly token?: string | null; readonly method?: string; readonly body?: unknown } = {},
): Promise<Reply> {
  const { token = tokens.admin, method = 'GET', body } = options;
  const response = await fetch(`${running.url}${path}`, {
    method,
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  return {
    status: response.status,
    headers: response.headers,
    bytes,
    json: isJson ? JSON.parse(bytes.toString()) : null,
  };
}

function assertFits(reply: Reply, name: keyof typeof SCHEMAS): void {
  assert.deepEqual(schemaFaults(reply.json, SCHEMAS[name], SCHEMAS), []);
}

function assertError(reply: Reply, status: number, code?: string): void {
  assert.equal(reply.status, status);
  assertFits(reply, 'Error');
  if (code !== undefined) assert.equal(reply.json.error.code, code);
}

/** A path of an operation with plausible values. */
function examplePath(operation: Operation, crashId: string): string {
  return operation.path
    .replace('{crash_id}', crashId)
    .replace('{name}', 'upload_file_minidump')
    .replace('{account}', 'default')
    .replace('{product}', 'Jami')
    .replace('{bug}', '999')
    .replace('{id}', '999');
}

before(async () => {
  running = await startRunning();
  const { store } = running;
  ids = await seedReports(store, { count: 40, now: Date.now() });
  jamiId = ids.at(-1) ?? '';
  seedInbox(store, { count: 12, now: Date.now() });
  const reader = await addPerson(store, { email: 'reader@example.org', role: 'read' });
  const analyst = await addPerson(store, { email: 'analyst@example.org', role: 'read', seesProtected: true });
  const writer = await addPerson(store, { email: 'writer@example.org', role: 'triage' });
  const admin = await addPerson(store, { email: 'admin@example.org', role: 'admin', seesProtected: true });
  tokens.read = await addToken(store, reader);
  tokens.protected = await addToken(store, analyst);
  tokens.write = await addToken(store, writer);
  tokens.admin = await addToken(store, admin);
  // The search index follows the commits a little later.
  await eventually(
    async () => (await call('/api/reports?limit=200&text=jamicore_sha')).json.reports.length === 15,
  );
});

after(() => running.stop());

describe('every operation', () => {
  for (const operation of OPERATIONS) {
    const name = `${operation.method.toUpperCase()} ${operation.path}`;
    const method = operation.method.toUpperCase();

    test(`${name} is refused without a valid token`, async () => {
      for (const token of [null, 'wrong', `${tokens.admin}x`, '']) {
        const reply = await call(examplePath(operation, jamiId), { token, method });
        assertError(reply, 401, token === null ? 'no_token' : 'wrong_token');
        assert.equal(reply.headers.get('www-authenticate'), 'Bearer');
      }
    });

    // Who reads everything there is reads what tells of all of it.
    if (!['read', 'member', 'whole'].includes(operation.access)) {
      test(`${name} is refused for a token with too few rights`, async () => {
        assertError(
          await call(examplePath(operation, jamiId), { token: tokens.read, method }),
          403,
          'not_allowed',
        );
      });
    }

    if (operation.path.includes('{crash_id}')) {
      test(`${name} tells an unknown report from a text that is no crash id`, async () => {
        assertError(await call(examplePath(operation, UNKNOWN_ID), { method }), 404);
        for (const wrong of [
          'nonsense',
          '..%2f..%2fetc',
          `${UNKNOWN_ID}0`,
          UNKNOWN_ID.replace('160918', '161399'),
        ]) {
          assertError(await call(examplePath(operation, wrong), { method }), 400, 'bad_crash_id');
        }
      });
    }

    if (operation.requestBody !== undefined) {
      test(`${name} wants a JSON object`, async () => {
        for (const body of ['{', '[]', '"x"', 'null']) {
          const reply = await call(examplePath(operation, jamiId), { method, body });
          // A bug that is not there is told before anything is read.
          if (operation.path.includes('{bug}')) assertError(reply, 404, 'no_such_bug');
          else assertError(reply, 400, 'bad_json');
        }
      });
    }
  }

  test('an unknown operation is 404 as JSON', async () => {
    assertError(await call('/api/nothing'), 404, 'no_such_operation');
    assertError(await call('/api/reports', { method: 'PUT' }), 404);
  });

  test('a body that is too large is refused', async () => {
    const reply = await call('/api/products', { method: 'POST', body: { name: 'x'.repeat(70_000) } });
    assertError(reply, 413, 'too_large');
  });

  test('a session cookie does not open the API', async () => {
    const response = await fetch(`${running.url}/api/reports`, { headers: { cookie: 'mayday=abc' } });
    assert.equal(response.status, 401);
  });
});

describe('the OpenAPI document', () => {
  test('names exactly the routes that exist', () => {
    const context = {
      reportsUrl: 'http://x',
      version: { version: '1', commit: null },
    } as unknown as ReportsContext;
    const real = apiRoutes(context)
      .routes.filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path}`);
    const { paths } = openApiDocument(OPERATIONS, context) as {
      paths: Record<string, Record<string, unknown>>;
    };
    const described = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${honoPath(path)}`),
    );
    assert.ok(described.length >= 15);
    assert.deepEqual(real.sort(), [...described, 'GET /api/openapi.json'].sort());
  });

  test('names every path parameter, and no operation twice', () => {
    for (const { path, parameters = [] } of OPERATIONS) {
      const bound = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      assert.deepEqual(
        parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name),
        bound,
      );
    }
    assert.equal(new Set(OPERATIONS.map(({ id }) => id)).size, OPERATIONS.length);
  });

  test('is served to anyone as OpenAPI 3.1', async () => {
    const reply = await call('/api/openapi.json', { token: null });
    assert.equal(reply.status, 200);
    assert.equal(reply.json.openapi, '3.1.0');
    const refs = [...reply.bytes.toString().matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(
      ([, name]) => name ?? '',
    );
    assert.ok(refs.length > 10);
    for (const name of refs) assert.ok(name in reply.json.components.schemas, name);
  });
});

describe('reports', () => {
  test('are listed newest first and fit the document', async () => {
    const reply = await call('/api/reports?limit=200');
    assertFits(reply, 'ReportPage');
    assert.deepEqual(
      reply.json.reports.map((row: { crashId: string }) => row.crashId),
      ids.toReversed(),
    );
    assert.equal(reply.json.next, null);
  });

  test('a list stays the same list while reports arrive between its pages', async () => {
    const expected = (await call('/api/reports?limit=200')).json.reports.map(
      (row: { crashId: string }) => row.crashId,
    );
    const seen: string[] = [];
    let next: string | null = '';
    while (next !== null) {
      const reply: Reply = await call(
        `/api/reports?limit=7${next === '' ? '' : `&cursor=${encodeURIComponent(next)}`}`,
      );
      seen.push(...reply.json.reports.map((row: { crashId: string }) => row.crashId));
      next = reply.json.next;
      await storeReport(running.store, { ...sampleReport(3), receivedAt: Date.now() });
    }
    assert.deepEqual(seen, expected);
  });

  test('each filter narrows the list to rows that have the value', async () => {
    const cases = [
      ['product=Jami', (row: { product: string }) => row.product === 'Jami'],
      ['protocol=syncthing', (row: { protocol: string }) => row.protocol === 'syncthing'],
      ['version=132.0.2', (row: { version: string }) => row.version === '132.0.2'],
      ['platform=win32', (row: { platform: string }) => row.platform === 'win32'],
      ['state=processed', (row: { state: string }) => row.state === 'processed'],
      ['text=jamicore_sha', (row: { product: string }) => row.product === 'Jami'],
    ] as const;
    const all = (await call('/api/reports?limit=200')).json.reports.length;
    for (const [query, fits] of cases) {
      const { reports: rows } = (await call(`/api/reports?limit=200&${query}`)).json;
      assert.ok(rows.length > 0 && rows.length < all, query);
      assert.ok(rows.every(fits), query);
    }
  });

  test('a time range includes its start and excludes its end', async () => {
    const at = Date.UTC(2020, 1, 3, 12);
    const crashId = await storeReport(running.store, { product: 'Old', receivedAt: at });
    const find = async (query: string) =>
      (await call(`/api/reports?product=Old&${query}`)).json.reports.length;
    assert.equal(await find('from=2020-02-03&to=2020-02-03'), 1);
    assert.equal(await find('from=2020-02-03T12:00Z'), 1);
    assert.equal(await find('to=2020-02-03T12:00Z'), 0);
    assert.equal(await find('from=2020-02-04'), 0);
    assert.equal((await call(`/api/reports/${crashId}`, { method: 'DELETE' })).status, 204);
  });

  test('a filter or limit that cannot be understood is 400, a damaged cursor the first page', async () => {
    for (const query of [
      'protocol=x',
      'state=x',
      'from=yesterday',
      'to=2026-02-31',
      'text=' + 'x'.repeat(501),
    ]) {
      assertError(await call(`/api/reports?${query}`), 400, 'bad_filter');
    }
    for (const limit of ['0', '201', '-1', '1e2', 'x', '']) {
      assertError(await call(`/api/reports?limit=${limit}`), 400, 'bad_limit');
    }
    const first = (await call('/api/reports')).json.reports;
    assert.deepEqual((await call('/api/reports?cursor=%00garbage')).json.reports, first);
  });

  test('one report holds everything, under its id with or without bp-', async () => {
    const reply = await call(`/api/reports/${jamiId}`);
    assertFits(reply, 'Report');
    assert.equal(reply.json.crashId, jamiId);
    assert.equal(reply.json.jami.platform, 'Ubuntu 22.04.4 LTS_x86_64');
    assert.equal(reply.json.attachments[0].sha256.length, 64);
    assert.deepEqual((await call(`/api/reports/bp-${jamiId.toUpperCase()}`)).json, reply.json);
  });

  test('deleting removes a report for good', async () => {
    const crashId = await storeReport(running.store, {
      parts: [{ name: 'upload_file_minidump', kind: 'minidump', bytes: fakeDump('x', 90_000) }],
    });
    assert.equal(
      (await call(`/api/reports/${crashId}`, { method: 'DELETE', token: tokens.write })).status,
      204,
    );
    assertError(await call(`/api/reports/${crashId}`), 404, 'no_such_report');
    assertError(await call(`/api/reports/${crashId}`, { method: 'DELETE' }), 404);
  });

  test('a deferred report goes into the queue when asked for', async () => {
    const crashId = await storeReport(running.store, { state: 'deferred' });
    assert.equal(
      (await call(`/api/reports/${crashId}/reprocess`, { method: 'POST', token: tokens.write })).status,
      204,
    );
    assert.equal((await call(`/api/reports/${crashId}`)).json.state, 'queued');
  });
});

describe('protected data', () => {
  test('annotations, file names and links are absent without the right', async () => {
    const crashId = await storeReport(running.store, {
      product: 'Secretive',
      annotations: { ReleaseChannel: 'release', URL: 'https://secret.example/patient' },
      parts: [
        {
          name: 'upload_file_minidump',
          kind: 'minidump',
          filename: 'C:\\Users\\marta\\x.dmp',
          bytes: fakeDump('s'),
        },
      ],
    });
    const hidden = await call(`/api/reports/${crashId}`, { token: tokens.read });
    assertFits(hidden, 'Report');
    assert.doesNotMatch(hidden.bytes.toString(), /secret\.example|marta|attachments\/upload/);
    assert.equal(hidden.json.protectedOmitted, 1);
    assert.deepEqual(hidden.json.annotations, [
      { key: 'ReleaseChannel', value: 'release', protected: false },
    ]);
    const shown = await call(`/api/reports/${crashId}`, { token: tokens.protected });
    assert.equal(shown.json.annotations[1].protected, true);
    assert.match(shown.json.attachments[0].filename, /marta/);
  });

  test('a product can declare annotations public', async () => {
    const crashId = await storeReport(running.store, { product: 'Open', annotations: { theme: 'dark' } });
    assert.equal((await call(`/api/reports/${crashId}`, { token: tokens.read })).json.annotations.length, 0);
    await call('/api/products/default/Open', { method: 'PATCH', body: { publicAnnotations: ['theme'] } });
    assert.equal((await call(`/api/reports/${crashId}`, { token: tokens.read })).json.annotations.length, 1);
  });

  test('cannot be guessed by searching for it', async () => {
    await storeReport(running.store, {
      product: 'Guess',
      annotations: { Email: 'nobody@needle.example', ReleaseChannel: 'haystack' },
    });
    const find = async (text: string, token: string) =>
      (await call(`/api/reports?text=${text}`, { token })).json.reports.length;
    await eventually(async () => (await find('needle', tokens.protected)) === 1);
    assert.equal(await find('needle', tokens.read), 0);
    assert.equal(await find('haystack', tokens.read), 1);
    assert.equal(await find('haystack%20needle', tokens.read), 0);
  });

  test('a token sees no more than its owner may now', async () => {
    const user = await addPerson(running.store, {
      email: 'changing@example.org',
      role: 'triage',
      seesProtected: true,
    });
    const token = await addToken(running.store, user);
    assert.equal((await call('/api/me', { token })).json.role, 'triage');
    await giveRight(running.store, user.id, { role: 'read' });
    const { accounts, ...me } = (await call('/api/me', { token })).json;
    assert.deepEqual(me, {
      email: user.email,
      name: 'changing',
      role: 'read',
      seesProtected: false,
      isInstallationAdmin: false,
    });
    assert.deepEqual(accounts[0], {
      account: 'default',
      isAdmin: false,
      everyProduct: { role: 'read', seesProtected: false, seesDumps: false },
      products: [],
    });
    await running.store.people.updateUser(user.id, { disabled: true });
    assertError(await call('/api/me', { token }), 401);
  });

  test('an expired token is no token', async () => {
    const user = await addPerson(running.store, { email: 'expired@example.org', role: 'read' });
    assertError(
      await call('/api/me', { token: await addToken(running.store, user, { expiresAt: Date.now() - 1 }) }),
      401,
    );
  });
});

describe('attachments and bundles', () => {
  test('an attachment comes back byte for byte, always as a download', async () => {
    const bytes = fakeDump('whole', 300_000);
    const crashId = await storeReport(running.store, {
      parts: [{ name: 'page.html', kind: 'file', contentType: 'text/html', bytes }],
    });
    const reply = await call(`/api/reports/${crashId}/attachments/page.html`, { token: tokens.protected });
    assert.equal(
      createHash('sha256').update(reply.bytes).digest('hex'),
      createHash('sha256').update(bytes).digest('hex'),
    );
    assert.equal(reply.headers.get('content-length'), '300000');
    assert.equal(reply.headers.get('content-type'), 'application/octet-stream');
    assert.equal(reply.headers.get('content-disposition'), 'attachment; filename="page.html"');
    assert.equal(reply.headers.get('x-content-type-options'), 'nosniff');
    assert.match(reply.headers.get('content-security-policy') ?? '', /^sandbox/);
    const head = await call(`/api/reports/${crashId}/attachments/page.html`, { method: 'HEAD' });
    assert.deepEqual([head.status, head.bytes.length], [200, 0]);
    assertError(await call(`/api/reports/${crashId}/attachments/other`), 404, 'no_such_attachment');
  });

  test('a bundle of a Jami report has the name and files of the Jami access server', async () => {
    const reply = await call(`/api/reports/${jamiId}/bundle`);
    const { jami } = (await call(`/api/reports/${jamiId}`)).json;
    const base = `${jami.clientSha}-${jami.jamicoreSha}-Ubuntu_22.04.4_LTS_x86_64`;
    assert.equal(reply.headers.get('content-disposition'), `attachment; filename="${base}.zip"`);
    const entries = readZip(reply.bytes);
    assert.deepEqual([...entries.keys()], [`${base}.info`, `${base}.dmp`]);
    const dump = await call(`/api/reports/${jamiId}/attachments/upload_file_minidump`);
    assert.deepEqual(entries.get(`${base}.dmp`), dump.bytes);
    const info = JSON.parse(entries.get(`${base}.info`)?.toString() ?? '');
    assert.equal(info.client_sha, jami.clientSha);
    assert.equal(info.mayday.crashId, jamiId);
  });

  test('a bundle of any other report is named by its crash id, whatever the parts are called', async () => {
    const crashId = await storeReport(running.store, {
      annotations: { ['__proto__']: 'x', mayday: 'y' },
      parts: [
        { name: 'upload_file_minidump', kind: 'minidump', bytes: fakeDump('a') },
        { name: 'upload_file_minidump_browser', kind: 'minidump', bytes: fakeDump('b') },
        { name: 'memory_report', kind: 'file', bytes: fakeDump('c') },
      ],
    });
    const entries = readZip((await call(`/api/reports/${crashId}/bundle`)).bytes);
    assert.deepEqual(
      [...entries.keys()],
      [`${crashId}.info`, `${crashId}.dmp`, 'upload_file_minidump_browser.dmp', 'memory_report'],
    );
  });
});

describe('the other resources', () => {
  test('the inbox is paged, filtered, and without headers for those who may not see them', async () => {
    const all = await call('/api/inbox?limit=200');
    assertFits(all, 'InboxPage');
    assert.equal(all.json.entries.length, 12);
    const first = await call('/api/inbox?limit=5');
    const second = await call(`/api/inbox?limit=5&cursor=${encodeURIComponent(first.json.next)}`);
    assert.deepEqual([...first.json.entries, ...second.json.entries], all.json.entries.slice(0, 10));
    const refused = (await call('/api/inbox?outcome=refused&protocol=socorro')).json.entries;
    assert.ok(refused.length > 0 && refused.every((row: { outcome: string }) => row.outcome === 'refused'));
    const hidden = await call('/api/inbox', { token: tokens.read });
    assertFits(hidden, 'InboxPage');
    assert.doesNotMatch(hidden.bytes.toString(), /boundary=x|product=Atlas/);
  });

  test('status fits the document', async () => {
    const reply = await call('/api/status', { token: tokens.read });
    assertFits(reply, 'Status');
    assert.equal(reply.json.version, '0.1.0');
    assert.ok(reply.json.usedBytes > 0);
  });

  test('products are added, read, changed and refused', async () => {
    for (const name of ['By hand/', '', ' padded', '.', '..']) {
      assertError(await call('/api/products', { method: 'POST', body: { name } }), 400, 'bad_product');
    }
    const product = await call('/api/products', { method: 'POST', body: { name: 'By hand' } });
    assert.equal(product.status, 201);
    assertFits(product, 'Product');
    assertError(await call('/api/products', { method: 'POST', body: { name: 'By hand' } }), 409);
    const path = '/api/products/default/By%20hand';
    const changed = await call(path, { method: 'PATCH', body: { requireKey: true, keepDays: 30 } });
    assert.equal(changed.json.requireKey, true);
    assert.match(changed.json.uploadKey, /^[0-9a-f]{32}$/);
    const renewed = await call(path, { method: 'PATCH', body: { newUploadKey: true } });
    assert.notEqual(renewed.json.uploadKey, changed.json.uploadKey);
    assert.equal(renewed.json.keepDays, 30);
    for (const body of [
      { keepDays: 0 },
      { keepDays: 1.5 },
      { requireKey: 'yes' },
      { publicAnnotations: [''] },
      { uploadKey: 'mine' },
    ]) {
      assertError(await call(path, { method: 'PATCH', body }), 400, 'bad_product');
    }
    assertError(await call('/api/products/default/none'), 404);
    assertFits(await call('/api/products', { token: tokens.read }), 'ProductList');
  });

  test('tokens are made, used, listed without secrets, and revoked', async () => {
    const made = await call('/api/tokens', { method: 'POST', body: { label: 'script', role: 'read' } });
    assert.equal(made.status, 201);
    const { token, id } = made.json;
    assert.equal((await call('/api/me', { token })).json.seesProtected, false);
    const list = await call('/api/tokens');
    assertFits(list, 'TokenList');
    assert.ok(!list.bytes.toString().includes(token));
    assertError(await call('/api/tokens', { method: 'POST', body: { label: '' } }), 400, 'bad_token');
    assert.equal((await call(`/api/tokens/${id}`, { method: 'DELETE' })).status, 204);
    assertError(await call('/api/me', { token }), 401);
    assertError(await call(`/api/tokens/${id}`, { method: 'DELETE' }), 404);
  });

  test('the token of the environment is an administrator that owns nothing', async () => {
    assert.deepEqual((await call('/api/me', { token: ADMIN_TOKEN })).json.role, 'admin');
    assertError(await call('/api/tokens', { token: ADMIN_TOKEN }), 400, 'no_owner');
  });
});

/** A GET with a Host header of its own, which fetch does not send. */
function rawGet(path: string, host: string): Promise<{ readonly status: number }> {
  return new Promise((resolve, reject) => {
    http
      .get(`${running.url}${path}`, { headers: { host } }, (answer) => {
        answer.resume();
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0 }));
      })
      .on('error', reject);
  });
}

describe('probes', () => {
  test('/healthz answers anyone', async () => {
    assert.equal((await call('/healthz', { token: null })).json.status, 'ok');
  });

  test('/metrics answers this machine and bearers of a token, not what a proxy passes on', async () => {
    const scrape = (headers: Record<string, string>) => fetch(`${running.url}/metrics`, { headers });
    const local = await scrape({});
    assert.equal(local.status, 200);
    const { reports } = (await call('/api/status')).json;
    const lines = (await local.text()).split('\n').filter((line) => line.startsWith('mayday_reports{'));
    assert.equal(
      lines.reduce((sum, line) => sum + Number(line.split(' ')[1]), 0),
      reports,
    );
    assert.equal((await scrape({ 'x-forwarded-for': '203.0.113.9' })).status, 401);
    // A page of a stranger whose name points to this machine sends that name.
    assert.equal((await rawGet('/metrics', 'evil.example')).status, 401);
    assert.equal((await rawGet('/metrics', 'localhost:8081')).status, 200);
    assert.equal((await rawGet('/metrics', '[::1]:8081')).status, 200);
    const bearer = { 'x-forwarded-for': '203.0.113.9', authorization: `Bearer ${tokens.read}` };
    assert.equal((await scrape(bearer)).status, 200);
  });
});
