// The submit server end to end on a store in memory: one report of each protocol.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { isCrashId } from '../../src/report/crash-id.ts';
import { dump, post, postForm, request, withServer } from './harness.ts';

test('a Crashpad form is stored and answered with its crash id', () =>
  withServer({}, async (server) => {
    const answer = await postForm(server, [
      { name: 'prod', value: 'Editor' },
      { name: 'ver', value: '1.2' },
      dump(),
    ]);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/plain/);
    const crashId = /^CrashID=bp-(\S+)\n$/.exec(answer.text)?.[1] ?? '';
    assert.ok(isCrashId(crashId), answer.text);
    const { last } = server.store;
    assert.equal(last.crashId, crashId);
    assert.equal(last.protocol, 'crashpad');
    assert.equal(last.product, 'Editor');
    assert.equal(last.version, '1.2');
    assert.equal(last.attachments[0]?.name, 'upload_file_minidump');
    assert.equal(last.attachments[0]?.kind, 'minidump');
    assert.equal(last.attachments[0]?.bytes.toString(), 'MDMP dump');
    assert.equal(server.store.openDrafts, 0);
  }));

test('a CrashKit report is stored as sent and answered url-encoded', () =>
  withServer({}, async (server) => {
    const payload = '[{"language":"java","exceptions":[{"name":"E","message":"m","locations":[]}]}]';
    const answer = await post(server, '/test/products/java/post-report/0/0', payload, {
      'Content-Type': 'application/x-www-form-urlencoded',
    });
    assert.equal(answer.status, 200);
    assert.equal(answer.text, 'response=ok&status=0&error=none&blobs=');
    assert.equal(server.store.last.attachments[0]?.bytes.toString(), payload);
    assert.equal(server.store.last.protocol, 'crashkit');
  }));

test('a CrashKit 1.0 report is answered with its crash id', () =>
  withServer({}, async (server) => {
    const answer = await post(server, '/api/1/default/products/web/reports', '{"stacktrace":[]}');
    assert.equal(answer.status, 200);
    assert.equal(answer.text, `response=ok&report=${server.store.last.crashId}`);
  }));

test('a Syncthing report is found by its hash once it is stored', () =>
  withServer({}, async (server) => {
    const text =
      'syncthing v1.1.4 "E E" (go1.12.5 darwin-amd64) a@b 2019\nPanic at 2019-05-22T07:48:25Z\npanic: x\n';
    const path = `/newcrash/${createHash('sha256').update(text).digest('hex')}`;
    assert.equal((await request(server, path, { method: 'HEAD' })).status, 404);
    assert.equal((await post(server, path, text, {}, 'PUT')).status, 200);
    assert.equal((await request(server, path, { method: 'HEAD' })).status, 200);
    assert.equal(server.store.last.product, 'syncthing');
    assert.equal(server.store.last.version, 'v1.1.4');
    assert.equal(server.store.last.platform, 'darwin-amd64');
  }));

test('the health endpoints answer', () =>
  withServer({}, async (server) => {
    assert.equal(JSON.parse((await request(server, '/__version__')).text).version, '0.0.1');
    assert.equal((await request(server, '/__heartbeat__')).status, 200);
    assert.equal((await request(server, '/__lbheartbeat__')).text, 'ok\n');
    server.store.state.failCommit = 'failed';
    const failing = await request(server, '/__heartbeat__');
    assert.equal(failing.status, 503);
    assert.deepEqual(JSON.parse(failing.text).failing, { store: 'the disk is gone' });
  }));
