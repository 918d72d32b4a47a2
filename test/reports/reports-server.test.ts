// The life of the server: its log, its errors, and that closing finishes what is in flight.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { Writable } from 'node:stream';
import { describe, test } from 'node:test';
import pino from 'pino';
import { createMetrics } from '../../src/base/metrics.ts';
import { reportsApp } from '../../src/reports/app.ts';
import { Gate } from '../../src/reports/gate/gate.ts';
import type { Previews } from '../../src/process/preview/previews.ts';
import { Attempts } from '../../src/reports/attempts.ts';
import type { ReportsContext } from '../../src/reports/reports-context.ts';
import { StorageError } from '../../src/store/intake.ts';
import type { Store } from '../../src/store/store.ts';
import { ADMIN_TOKEN, startRunning } from './support/running.ts';
import { fakeDump, storeReport } from './support/seed.ts';

describe('closing', () => {
  test('lets a download that is under way finish, and takes no more', async () => {
    // However busy the machine is that has to unpack it.
    const running = await startRunning({ closeGraceMs: 120_000 });
    const bytes = fakeDump('large', 24 * 1024 * 1024);
    const crashId = await storeReport(running.store, {
      parts: [{ name: 'upload_file_minidump', kind: 'minidump', bytes }],
    });
    const request = http.get(`${running.url}/api/reports/${crashId}/attachments/upload_file_minidump`, {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    response.pause();
    const stopped = running.stop();
    await assert.rejects(fetch(`${running.url}/healthz`));
    let received = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) received += chunk.length;
    assert.equal(received, bytes.length);
    await stopped;
  });
});

/** A server whose store fails at everything, and what it logged. */
function failing(fault = new Error('the disk is on fire')): {
  readonly app: ReturnType<typeof reportsApp>;
  readonly lines: Record<string, unknown>[];
} {
  const lines: Record<string, unknown>[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
      done();
    },
  });
  const refuse = () => {
    throw fault;
  };
  const part = new Proxy({}, { get: () => refuse });
  const store = new Proxy({}, { get: () => part }) as Store;
  const context: ReportsContext = {
    store,
    log: pino({ level: 'debug' }, sink),
    metrics: createMetrics(),
    adminToken: ADMIN_TOKEN,
    submitUrl: 'https://crash.example',
    reportsUrl: 'https://reports.example',
    basePath: '',
    publicAnnotations: [],
    version: { version: '0', commit: null },
    // No route of these tests comes near symbols.
    symbols: part as unknown as ReportsContext['symbols'],
    gate: new Gate({ store, previews: part as unknown as Previews, publicAnnotations: [] }),
    tickets: part as unknown as ReportsContext['tickets'],
    publicSymbols: false,
    mail: false,
    webhookRefusal: () => Promise.resolve(null),
    serverNames: [],
    keepSymbolsDays: 0,
    providers: [],
    passwordSignIn: true,
    secondFactor: 'optional',
    requestsPerMinute: 0,
    sessionLife: { idleMs: 1, maxMs: 1 },
    clientAddress: () => '',
    now: Date.now,
    attempts: new Attempts({ now: Date.now }),
  };
  return { app: reportsApp(context), lines };
}

describe('a store that fails', () => {
  test('gives an error page without details, and the log has them', async () => {
    const { app, lines } = failing();
    const answer = await app.request('/reports', { headers: { cookie: '__Host-mayday=abc' } });
    const text = await answer.text();
    assert.equal(answer.status, 500);
    assert.match(text, /The page could not be made/);
    assert.doesNotMatch(text, /on fire/);
    assert.ok(JSON.stringify(lines).includes('the disk is on fire'));
  });

  test('gives a JSON error in the API, and makes the health check fail', async () => {
    const { app } = failing();
    const answer = await app.request('/api/status', { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
    assert.equal(answer.status, 500);
    assert.deepEqual(((await answer.json()) as { error: { code: string } }).error.code, 'internal');
    assert.equal((await app.request('/healthz')).status, 503);
  });
});

describe('a store without space', () => {
  const noSpace = () => failing(new StorageError('no space left on device', { reason: 'full' }));

  test('says so on pages, in the API and to tools, and asks to come again', async () => {
    const { app } = noSpace();
    const page = await app.request('/reports', { headers: { cookie: '__Host-mayday=abc' } });
    assert.equal(page.status, 503);
    assert.match(await page.text(), /no space left to write this down/);
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const answer = await app.request('/api/status', { headers });
    assert.equal(answer.status, 503);
    assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/);
    assert.equal(((await answer.json()) as { error: { code: string } }).error.code, 'disk_full');
    const tool = await app.request('/api/0/organizations/default/', { headers });
    assert.equal(tool.status, 503);
    assert.match(((await tool.json()) as { detail: string }).detail, /no space left/);
  });
});

describe('the request log', () => {
  test('names the route and not the secret of a one-time link', async () => {
    const { app, lines } = failing();
    await app.request('/setup/0123456789-secret');
    await app.request('/nothing/here');
    await app.request('/healthz');
    await app.request('/api/reports/nonsense');
    assert.ok(!JSON.stringify(lines).includes('0123456789-secret'));
    const requests = lines.filter(({ msg }) => String(msg).startsWith('request'));
    assert.deepEqual(
      requests.map(({ route, status, method }) => ({ route, status, method })),
      [
        { route: '/setup/:secret', status: 500, method: 'GET' },
        { route: '/*', status: 404, method: 'GET' },
        { route: '/healthz', status: 503, method: 'GET' },
        { route: '/api/reports/:crash_id', status: 401, method: 'GET' },
      ],
    );
    assert.ok(requests.every(({ ms }) => typeof ms === 'number'));
  });
});
