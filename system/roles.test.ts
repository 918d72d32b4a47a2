// The two servers as processes of their own: either starts alone, one goes on while the other is away, and --debug tells what came.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startNginx, freePort, lacks } from './proxies.ts';
import { crashIdOf, dump, submit } from './requests.ts';
import { getReport, startServer, type TestServer } from './server.ts';

const PATIENCE_MS = 20_000;
const SECRET = 'kvothe@example.org';

let dir = '';
let taking: TestServer;
let showing: TestServer;
before(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'mayday-roles-'));
  taking = await startServer({ dir, args: ['--only', 'submit', '--debug'] });
  showing = await startServer({ dir, args: ['--only', 'process,reports', '--debug'] });
});
after(async () => {
  await taking.stop();
  await showing.stop();
  rmSync(dir, { recursive: true, force: true });
});

async function send(server: TestServer, product: string): Promise<string> {
  return crashIdOf(
    await submit(server.submitUrl, [
      { name: 'prod', value: product },
      { name: 'contact', value: SECRET },
      dump(Buffer.from(`MDMP ${product}`)),
    ]),
  );
}

async function heard(server: TestServer, pattern: RegExp): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!pattern.test(server.output())) {
    assert.ok(Date.now() < end, `never said ${pattern.source}: ${server.output().slice(-2000)}`);
    await sleep(50);
  }
}

// Holds: jami-start, jami-start-access, jami-apart, docker-local
test('either role starts alone, and both meet in the folder', async () => {
  assert.doesNotMatch(taking.output(), /Reports server/);
  assert.doesNotMatch(showing.output(), /Submit server/);
  const crashId = await send(taking, 'Apart');
  const report = await getReport({ ...taking, reportsUrl: showing.reportsUrl }, crashId);
  assert.equal(report.product, 'Apart');
});

// Holds: jami-apart, docker-local
test('--debug of the one that takes logs each upload with its fields, of the other each page; without it no field is logged', async () => {
  const crashId = await send(taking, 'Told');
  await heard(taking, new RegExp(`"level":"debug".*${SECRET}`));
  await heard(taking, new RegExp(`${crashId}.*report accepted`));
  await getReport({ ...taking, reportsUrl: showing.reportsUrl }, crashId);
  await heard(showing, /"level":"debug"|"route":"\/api\/reports/);
  const quiet = await startServer();
  try {
    const other = await send(quiet, 'Quiet');
    await heard(quiet, new RegExp(`${other}.*report accepted`));
    assert.doesNotMatch(quiet.output(), new RegExp(SECRET));
    assert.equal(quiet.output().split('report accepted').length - 1, 1, 'one line for each accepted report');
  } finally {
    await quiet.remove();
  }
});

test('one goes on while the other is away, and what came meanwhile is shown afterwards', async () => {
  await showing.stop();
  const crashId = await send(taking, 'Meanwhile');
  showing = await startServer({ dir, args: ['--only', 'process,reports'] });
  assert.equal(
    (await getReport({ ...taking, reportsUrl: showing.reportsUrl }, crashId)).product,
    'Meanwhile',
  );
});

test(
  'an outer machine may take the uploads and pass them on',
  { skip: process.env['CI'] === 'true' ? false : lacks('nginx') },
  async () => {
    const ports = { http: await freePort(), https: 0, submit: taking.submitPort, reports: 0 };
    const outer = await startNginx('stream.conf', ports);
    try {
      const crashId = await send({ ...taking, submitUrl: `http://127.0.0.1:${ports.http}` }, 'Outer');
      assert.equal(
        (await getReport({ ...taking, reportsUrl: showing.reportsUrl }, crashId)).product,
        'Outer',
      );
    } finally {
      await outer.stop();
    }
  },
);
