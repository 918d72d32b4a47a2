// The uploader against a server that fails at every step, and killed at random moments: everything arrives, once.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { listReports, startServer } from '../server.ts';
import { startFaultyProxy, type Fault } from './faulty-proxy.ts';
import { crashpadDump, fakeDatabase } from './reports.ts';
import { send, startSend } from './sending.ts';
import { inFolder } from './watching.ts';

const FAULTS: readonly Fault[] = [
  'reset',
  'reset in body',
  'error 500',
  'busy 503',
  'too many 429',
  'garbage',
  'answer lost',
  'answer cut',
];

test('every way in which a server fails once is overcome, and every report is there once', async () => {
  const server = await startServer();
  const proxy = await startFaultyProxy(server.submitUrl);
  try {
    await inFolder(async (dir) => {
      const files: string[] = [];
      for (const [index, fault] of FAULTS.entries()) {
        const file = path.join(dir, `${index}.dmp`);
        writeFileSync(file, crashpadDump({ prod: 'faults-app', fault }, 300_000));
        files.push(file);
        proxy.faults.push(fault, 'pass');
      }
      const { code, out, err } = await send(dir, [...files, '--url', proxy.url]);
      assert.equal(code, 0, out + err);
      assert.equal((await listReports(server, 'product=faults-app')).length, FAULTS.length);
      assert.equal(proxy.seen.length, 2 * FAULTS.length, 'each was tried twice');
      assert.equal(err.match(/; trying again in/g)?.length, FAULTS.length);
    });
  } finally {
    await proxy.close();
    await server.remove();
  }
});

test('panic logs and CrashKit 1.0 payloads whose answer was lost are not stored twice', async () => {
  const server = await startServer();
  const proxy = await startFaultyProxy(server.submitUrl);
  try {
    await inFolder(async (dir) => {
      const log = path.join(dir, 'panic-1.log');
      writeFileSync(
        log,
        'lost-app v1.0.0 "x" (go1.22 linux-amd64) a@b 2026-01-01 00:00:00 UTC\nPanic at 2026-01-01T00:00:00Z\npanic: boom\n',
      );
      const payload = path.join(dir, 'payload.json');
      writeFileSync(payload, JSON.stringify({ 'host.id': 'h', stacktrace: [] }));
      // HEAD fails, then HEAD passes and PUT loses its answer, then HEAD finds it.
      proxy.faults.push('error 500', 'answer lost', 'pass');
      // The question whether it has arrived, the post whose answer is lost, and the question again.
      proxy.faults.push('pass', 'answer lost', 'pass');
      const { code, out, err } = await send(dir, [log, payload, '-p', 'lost-app', '--url', proxy.url]);
      assert.equal(code, 0, out + err);
      assert.deepEqual(
        proxy.seen.map((line) => line.split(' ')[0]),
        ['HEAD', 'PUT', 'HEAD', 'HEAD', 'POST', 'HEAD'],
      );
      assert.equal((await listReports(server, 'product=lost-app')).length, 2);
    });
  } finally {
    await proxy.close();
    await server.remove();
  }
});

test('a server that stays away costs one attempt for each further report, and exit code 1', () =>
  inFolder(async (dir) => {
    const files = [1, 2, 3].map((number) => {
      const file = path.join(dir, `${number}.dmp`);
      writeFileSync(file, crashpadDump({ prod: 'away', n: String(number) }));
      return file;
    });
    const { code, err, out } = await send(dir, [...files, '--url', 'http://127.0.0.1:9', '--retries', '2']);
    assert.equal(code, 1);
    assert.equal(err.match(/trying again/g)?.length, 2);
    assert.match(out, /3 failed\n$/);
  }));

test('killed at random moments and started again, it sends every report once and marks each', async () => {
  const server = await startServer();
  try {
    await inFolder(async (dir) => {
      const db = path.join(dir, 'db');
      const reports = Array.from({ length: 30 }, (_, n) => ({
        uuid: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
        annotations: { prod: 'killed-app', n: String(n) },
        filler: 50_000,
      }));
      fakeDatabase(db, reports);
      mkdirSync(path.join(dir, 'home'));
      const args = [db, '--url', server.submitUrl];
      let kills = 0;
      for (let pending = 30; pending > 0 && kills < 40;) {
        const running = startSend(path.join(dir, 'home'), args);
        const timer = setTimeout(() => running.child.kill('SIGKILL'), 150 + Math.random() * 200);
        const { code } = await running.ended;
        clearTimeout(timer);
        if (code === null) kills += 1;
        pending = readdirSync(path.join(db, 'pending')).filter((name) => name.endsWith('.dmp')).length;
        if (code === 0) break;
      }
      assert.ok(kills > 0, 'no run was killed');
      const last = await send(path.join(dir, 'home'), args);
      assert.equal(last.code, 0, last.out + last.err);
      assert.equal((await listReports(server, 'product=killed-app')).length, 30);
      assert.equal(
        readdirSync(path.join(db, 'completed')).filter((name) => name.endsWith('.dmp')).length,
        30,
      );
      assert.deepEqual(
        readdirSync(path.join(db, 'pending')).filter((name) => name.endsWith('.dmp')),
        [],
      );
    });
  } finally {
    await server.remove();
  }
});
