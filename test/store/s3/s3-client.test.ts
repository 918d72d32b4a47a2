// The client of S3 against servers, and proxies before them, that answer as they should not.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { S3Client } from '../../../src/store/s3/s3-client.ts';
import { S3Error } from '../../../src/store/s3/s3-error.ts';

type Answer = (request: http.IncomingMessage, answer: http.ServerResponse) => void;

const CONTENT = Buffer.from('0123456789abcdefghij');

/** Runs `use` with a client of a server that answers so; gives the ranges that were asked for. */
async function against(answer: Answer, use: (client: S3Client) => Promise<void>): Promise<string[]> {
  const ranges: string[] = [];
  const server = http.createServer((request, response) => {
    ranges.push(request.headers.range ?? 'all');
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = new S3Client('files', {
    accessKeyId: 'key',
    secretAccessKey: 'secret',
    sessionToken: '',
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pathStyle: true,
    attempts: 3,
    firstWaitMs: 1,
  });
  try {
    await use(client);
  } finally {
    server.closeAllConnections();
    server.close();
  }
  return ranges;
}

/** From where on and up to where a request asks. */
function rangeOf(request: http.IncomingMessage): readonly [from: number, to: number] {
  const [, from = '0', to = ''] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  return [Number(from), to === '' ? CONTENT.length : Number(to) + 1];
}

function refusedWith(code: string, status: number): (error: unknown) => boolean {
  return (error) => error instanceof S3Error && error.code === code && error.status === status;
}

test('a server that does not give ranges is not believed, and not asked again', async () => {
  const ranges = await against(
    (_, answer) => answer.end(CONTENT),
    (client) =>
      assert.rejects(buffer(client.get('one', { at: 5, length: 4 })), (error) => {
        assert.match((error as Error).message, /from byte 5 on, and answered with no part of it/);
        return refusedWith('BadAnswer', 200)(error);
      }),
  );
  assert.deepEqual(ranges, ['bytes=5-8']);
});

test('a part that begins elsewhere is not believed', async () => {
  await against(
    (_, answer) => {
      answer.writeHead(206, { 'content-range': `bytes 0-3/${CONTENT.length}` });
      answer.end(CONTENT.subarray(0, 4));
    },
    (client) =>
      assert.rejects(buffer(client.get('one', { at: 5, length: 4 })), refusedWith('BadAnswer', 206)),
  );
});

test('no byte beyond the part that was asked for is given', async () => {
  await against(
    (request, answer) => {
      const [from] = rangeOf(request);
      answer.writeHead(206, { 'content-range': `bytes ${from}-19/${CONTENT.length}` });
      answer.write(CONTENT.subarray(from, from + 2));
      answer.end(CONTENT.subarray(from + 2));
    },
    async (client) => {
      assert.equal((await buffer(client.get('one', { at: 5, length: 4 }))).toString(), '5678');
      assert.equal((await buffer(client.get('one', { at: 5, length: 2 }))).toString(), '56');
    },
  );
});

test('an object whose length is not told is read to its end, also an empty one, and gone on with where it was cut off', async () => {
  await against(
    (_, answer) => {
      answer.writeHead(200, { 'transfer-encoding': 'chunked' });
      answer.end();
    },
    async (client) => assert.equal((await buffer(client.get('empty'))).length, 0),
  );
  const ranges = await against(
    (request, answer) => {
      const [from, to] = rangeOf(request);
      if (from > 0) {
        answer.writeHead(206, { 'content-range': `bytes ${from}-${to - 1}/${CONTENT.length}` });
        answer.end(CONTENT.subarray(from, to));
        return;
      }
      answer.writeHead(200, { 'transfer-encoding': 'chunked' });
      answer.write(CONTENT.subarray(0, 7), () => request.socket.destroy());
    },
    async (client) => assert.equal((await buffer(client.get('one'))).toString(), CONTENT.toString()),
  );
  assert.equal(ranges[0], 'all');
  assert.ok(ranges.includes('bytes=7-'), ranges.join(' '));
});

test('a list that goes on and does not say where is no list', async () => {
  await against(
    (_, answer) =>
      answer.end(
        '<ListBucketResult><IsTruncated>true</IsTruncated><Contents><Key>a</Key><Size>1</Size></Contents></ListBucketResult>',
      ),
    async (client) => {
      const seen: string[] = [];
      await assert.rejects(
        async () => {
          for await (const { objects } of client.list('')) seen.push(...objects.map(({ key }) => key));
        },
        refusedWith('BadAnswer', 502),
      );
      assert.deepEqual(seen, ['a']);
    },
  );
});

test('uploads that were left half stay where the key or the server does not let them be listed; any other refusal is one', async () => {
  const refusing =
    (status: number, code: string): Answer =>
    (_, answer) => {
      answer.writeHead(status);
      answer.end(`<Error><Code>${code}</Code></Error>`);
    };
  await against(refusing(403, 'AccessDenied'), (client) => client.abortUploads('parts/'));
  await against(refusing(501, 'NotImplemented'), (client) => client.abortUploads('parts/'));
  await against(refusing(404, 'NoSuchBucket'), (client) =>
    assert.rejects(client.abortUploads('parts/'), refusedWith('NoSuchBucket', 404)),
  );
});
