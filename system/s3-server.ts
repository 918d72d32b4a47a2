// A real S3 server (versitygw, over a folder) for tests, and a proxy before it that makes single requests go wrong as networks and busy servers do.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { S3Requests, type S3Settings } from '../src/store/s3/s3-request.ts';

const SERVER = process.env['S3_SERVER'] ?? '';
/** Why tests that need the server are skipped; false: they run. */
export const NO_S3_SERVER =
  SERVER !== '' && existsSync(SERVER)
    ? false
    : 'no S3 server here: S3_SERVER=$(sh scripts/install-s3-server.sh) builds one';

/**
 * What becomes of a request. `500`: refused; `stall`: no answer; `cut`: half of the answer's body; `lost`: done, and the answer does not arrive;
 * `dead`: the connection ends at once.
 */
export type S3Fault = '500' | 'stall' | 'cut' | 'lost' | 'dead';

export interface S3TestServer {
  /** Straight to the server. */
  readonly settings: S3Settings;
  /** Through the proxy. Few attempts, short waits. */
  readonly faulty: S3Settings;
  /** Asked for each request through the proxy; null: nothing goes wrong. */
  fault: (request: {
    readonly number: number;
    readonly method: string;
    readonly url: string;
  }) => S3Fault | null;
  /** Requests through the proxy so far. */
  readonly requests: () => number;
  /** The files behind a bucket. */
  readonly folder: (bucket: string) => string;
  makeBucket(bucket: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startS3Server(): Promise<S3TestServer> {
  const root = mkdtempSync(path.join(tmpdir(), 'mayday-s3-'));
  const data = path.join(root, 'data');
  mkdirSync(data);
  mkdirSync(path.join(root, 'meta'));
  const port = await freePort();
  const server = spawn(
    SERVER,
    ['--access', 'key', '--secret', 'secret', '--port', `127.0.0.1:${port}`, '--quiet', 'posix'].concat([
      '--sidecar',
      path.join(root, 'meta'),
      data,
    ]),
    { stdio: 'ignore' },
  );
  const settings: S3Settings = {
    accessKeyId: 'key',
    secretAccessKey: 'secret',
    sessionToken: '',
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${port}`,
    pathStyle: null,
  };
  await untilItAnswers(settings.endpoint, server);
  let count = 0;
  const started: { fault: S3TestServer['fault'] } = { fault: () => null };
  const proxy = http.createServer((request, answer) => {
    count += 1;
    const { method = '', url = '' } = request;
    pass(request, answer, port, started.fault({ number: count, method, url }));
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return Object.assign(started, {
    settings,
    faulty: {
      ...settings,
      endpoint: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
      firstWaitMs: 1,
      idleMs: 2000,
    },
    requests: () => count,
    folder: (bucket: string) => path.join(data, bucket),
    async makeBucket(bucket: string) {
      await new S3Requests(bucket, settings).ask({ method: 'PUT', key: '' });
    },
    async stop() {
      proxy.closeAllConnections();
      proxy.close();
      server.kill();
      if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
      rmSync(root, { recursive: true, force: true });
    },
  });
}

function pass(
  request: http.IncomingMessage,
  answer: http.ServerResponse,
  port: number,
  fault: S3Fault | null,
): void {
  if (fault === 'dead') {
    request.socket.destroy();
    return;
  }
  if (fault === 'stall') return;
  if (fault === '500') {
    request.resume().once('end', () => {
      answer.writeHead(503, { 'content-type': 'application/xml' });
      answer.end(
        '<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>Please slow down.</Message></Error>',
      );
    });
    return;
  }
  const { method, url, headers } = request;
  const onward = http.request({ host: '127.0.0.1', port, method, path: url, headers }, (answered) => {
    if (fault === 'lost') {
      answered.resume().once('end', () => request.socket.destroy());
      return;
    }
    answer.writeHead(answered.statusCode ?? 502, answered.headers);
    if (fault !== 'cut') {
      answered.pipe(answer);
      return;
    }
    const chunks: Buffer[] = [];
    answered.on('data', (chunk: Buffer) => chunks.push(chunk));
    answered.once('end', () => {
      const whole = Buffer.concat(chunks);
      answer.write(whole.subarray(0, whole.length >> 1), () => request.socket.destroy());
    });
  });
  onward.once('error', () => request.socket.destroy());
  request.pipe(onward);
}

async function freePort(): Promise<number> {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  taken.close();
  await once(taken, 'close');
  return port;
}

async function untilItAnswers(url: string, server: ChildProcess): Promise<void> {
  while (server.exitCode === null) {
    try {
      await (await fetch(url)).arrayBuffer();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`the S3 server ended with ${server.exitCode}`);
}
