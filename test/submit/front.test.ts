// What stands in front of the HTTP server: TLS and plain HTTP on one port, certificates that are renewed, targets with blanks.
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import pino from 'pino';
import { mendTarget, putInFront } from '../../src/submit/front.ts';
import { dump, form, FORM_TYPE, withServer } from './harness.ts';

const TLS = path.resolve(import.meta.dirname, '../../testdata/tls');
let folder: string;
before(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'mayday-tls-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

function pair(name: 'first' | 'second'): { readonly cert: string; readonly key: string } {
  const files = { cert: path.join(folder, 'cert.pem'), key: path.join(folder, 'key.pem') };
  copyFileSync(path.join(TLS, `${name}.pem`), files.cert);
  copyFileSync(path.join(TLS, `${name}.key`), files.key);
  return files;
}

/** Everything that a server says until it hangs up. */
async function answerOf(socket: Socket, ...pieces: readonly (string | Uint8Array)[]): Promise<string> {
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => undefined);
  for (const piece of pieces) socket.write(piece);
  await closed;
  return text;
}

const request = (target: string, version = '1.1'): readonly (string | Uint8Array)[] => {
  const body = form([{ name: 'a', value: `${target} ${version}` }, dump()]);
  return [
    `POST ${target} HTTP/${version}\r\nHost: x\r\nConnection: close\r\nContent-Type: ${FORM_TYPE}\r\nContent-Length: ${body.length}\r\n\r\n`,
    body,
  ];
};

describe('a request target with blanks', () => {
  for (const [sent, meant] of [
    [
      'POST /submit?product=My App&version=1 0 HTTP/1.1\r\nHost: x\r\n\r\n',
      '/submit?product=My%20App&version=1%200',
    ],
    ['GET /a b HTTP/1.0\r\n\r\n', '/a%20b'],
    ['GET /a HTTP/1.1\r\n\r\n', '/a'],
    ['GET /?q=HTTP/1.1 x HTTP/1.1\n\n', '/?q=HTTP/1.1%20x'],
  ] as const)
    test(`is mended: ${sent.split('\r\n')[0]}`, () => {
      const mended = mendTarget(Buffer.from(sent)).toString();
      assert.equal(mended.split(' ')[1], meant);
      assert.equal(mended.slice(mended.indexOf('\n')), sent.slice(sent.indexOf('\n')));
    });

  test('is left alone where it is none', () => {
    for (const text of ['', '\n', 'hello world\r\n', '\u0016\u0003\u0001 x\n', 'POST  HTTP/1.1\r\n'])
      assert.equal(mendTarget(Buffer.from(text, 'latin1')).toString('latin1'), text);
  });

  test('names a product, also when it comes byte by byte', () =>
    withServer({}, async (server) => {
      const [head = '', body = ''] = request('/submit?product=My App');
      for (const pieces of [
        [head, body],
        [...(String(head).match(/./gs) ?? []), body],
      ]) {
        const answer = await answerOf(connect(server.port, '127.0.0.1'), ...pieces);
        assert.match(answer, /^HTTP\/1\.1 200/);
        assert.equal(server.store.last.product, 'My App');
      }
    }));
});

describe('with a certificate', () => {
  const tlsTo = (port: number): TLSSocket =>
    connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false });

  test('one port speaks TLS and plain HTTP, in 1.1 and 1.0', () =>
    withServer({ tls: pair('first') }, async (server) => {
      for (const version of ['1.1', '1.0']) {
        assert.match(
          await answerOf(tlsTo(server.port), ...request('/submit?product=A B', version)),
          /^HTTP\/1\.1 200/,
        );
        assert.equal(server.store.last.product, 'A B');
        assert.match(
          await answerOf(connect(server.port, '127.0.0.1'), ...request('/submit', version)),
          /^HTTP\/1\.1 200/,
        );
      }
    }));

  test('garbage that begins as TLS does ends that connection only', () =>
    withServer({ tls: pair('first') }, async (server) => {
      await answerOf(
        connect(server.port, '127.0.0.1'),
        Buffer.from([0x16, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
      );
      assert.match(await answerOf(tlsTo(server.port), ...request('/submit')), /200/);
    }));

  test('files that change are read again; a pair that cannot be used leaves the one before', async () => {
    const http = createServer((_request, response) => response.end('ok'));
    const files = pair('first');
    const stop = putInFront({
      http,
      tls: files,
      idleTimeoutMs: 5000,
      log: pino({ level: 'silent' }),
      reloadMs: 5,
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const { port } = http.address() as AddressInfo;
    const nameNow = async (): Promise<string> => {
      const socket = tlsTo(port);
      await new Promise((resolve) => socket.once('secureConnect', resolve));
      const name = String(socket.getPeerCertificate().subject.CN);
      socket.destroy();
      return name;
    };
    try {
      assert.equal(await nameNow(), 'first.mayday.test');
      pair('second');
      while ((await nameNow()) !== 'second.mayday.test')
        await new Promise((resolve) => setTimeout(resolve, 5));
      writeFileSync(files.cert, 'no certificate');
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.equal(await nameNow(), 'second.mayday.test');
      assert.equal(readFileSync(files.cert, 'utf8'), 'no certificate');
    } finally {
      stop();
      http.closeAllConnections();
      http.close();
    }
  });
});

test('a silent connection is given up, and does not hold up the end of the server', () =>
  withServer({ limits: { idleTimeoutMs: 100 } }, async (server) => {
    assert.equal(await answerOf(connect(server.port, '127.0.0.1')), '');
  }));
