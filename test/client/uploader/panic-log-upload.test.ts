import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { HttpAnswer, SendRequest } from '../../../src/client/uploader/http-request.ts';
import { uploadPanicLog, withoutLogLines } from '../../../src/client/uploader/panic-log-upload.ts';
import { serverAddress } from '../../../src/client/uploader/server-address.ts';
import { SHARED_ABSENT, sharedData } from '../../shared-data.ts';

const filtered = (text: string): string => withoutLogLines(Buffer.from(text)).toString();

describe('before an upload', () => {
  for (const [what, before, after] of [
    [
      'log lines before the panic go',
      'v\nlog\nlog 2\nPanic at x\npanic: a\n\ngo\n',
      'v\nPanic at x\npanic: a\n\ngo\n',
    ],
    ['a log without them stays', 'v\nPanic at x\npanic: a\n', 'v\nPanic at x\npanic: a\n'],
    ['a second panic stays', 'v\nlog\nPanic at x\na\nPanic at y\nb', 'v\nPanic at x\na\nPanic at y\nb'],
    ['without a panic the version is left', 'v\nlog\nlog', 'v\n'],
    ['one line stays', 'v', 'v'],
    ['a panic without a version stays', 'Panic at x\nlog\nPanic at y\n', 'Panic at x\nlog\nPanic at y\n'],
    ['nothing stays nothing', '', ''],
  ] as const) {
    test(what, () => assert.equal(filtered(before), after));
  }

  test('a log of Syncthing itself stays as it is, byte for byte', (t) => {
    const file = sharedData('syncthing', 'panic.log');
    if (file === null) return t.skip(SHARED_ABSENT);
    const bytes = readFileSync(file);
    assert.ok(withoutLogLines(bytes).equals(bytes));
  });
});

describe('an upload', () => {
  const report = Buffer.from('v\nPanic at x\n');
  const id = createHash('sha256').update(report).digest('hex');
  const upload = async (...statuses: readonly number[]) => {
    const asked: string[] = [];
    const send: SendRequest = (request): Promise<HttpAnswer> => {
      asked.push(`${request.method} ${request.url} ${request.timeoutMs}`);
      const status = statuses[asked.length - 1];
      return status === undefined
        ? Promise.reject(new Error('connect ECONNREFUSED'))
        : Promise.resolve({ status, headers: {}, text: 'why\n' });
    };
    const address = serverAddress('http://h/newcrash/', 'k');
    return { asked, result: await uploadPanicLog(report, address, send) };
  };
  const head = `HEAD http://h/newcrash/${id}?key=k 10000`;
  const put = `PUT http://h/newcrash/${id}?key=k 60000`;

  test('asks first, and sends nothing that the server has', async () => {
    assert.deepEqual(await upload(200), { asked: [head], result: { kind: 'stored', id, before: true } });
  });

  for (const status of [404, 500]) {
    test(`sends after ${status}`, async () => {
      assert.deepEqual(await upload(status, 200), {
        asked: [head, put],
        result: { kind: 'stored', id, before: false },
      });
    });
  }

  for (const [statuses, retry] of [
    [[404, 503], true],
    [[404, 413], false],
    [[404, 302], false],
    [[404], true],
    [[], true],
  ] as const) {
    test(`that ends with ${statuses.join(', ') || 'nothing'} may ${retry ? '' : 'not '}be tried again`, async () => {
      const { result } = await upload(...statuses);
      assert.equal(result.kind === 'failed' && result.retry, retry);
    });
  }
});

test('every way to write a server gives its places', () => {
  for (const [url, form, panicLog] of [
    ['http://h:1', 'http://h:1/submit', 'http://h:1/newcrash/ID'],
    ['http://h:1/', 'http://h:1/submit', 'http://h:1/newcrash/ID'],
    ['http://h/submit', 'http://h/submit', 'http://h/newcrash/ID'],
    ['http://h/submit/KEY', 'http://h/submit/KEY', 'http://h/newcrash/ID'],
    ['http://h/crash/submit?a=1', 'http://h/crash/submit?a=1', 'http://h/crash/newcrash/ID?a=1'],
    ['https://h/newcrash/', 'https://h/submit', 'https://h/newcrash/ID'],
    ['https://h/cgi/upload.php', 'https://h/cgi/upload.php', 'https://h/cgi/upload.php/newcrash/ID'],
  ] as const) {
    const address = serverAddress(url);
    assert.deepEqual([address.form, address.panicLog('ID')], [form, panicLog], url);
  }
});
