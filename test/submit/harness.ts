// Starts the submit server on a store in memory, and speaks to it over raw sockets.
import net from 'node:net';
import pino from 'pino';
import { createMetrics, type Metrics } from '../../src/base/metrics.ts';
import { startSubmitServer, type SubmitServerOptions } from '../../src/submit/submit-server.ts';
import { MemoryStore } from './memory-store.ts';

const LIMITS: SubmitServerOptions['limits'] = {
  maxUploadBytes: 4 * 1024 * 1024,
  maxParts: 100,
  maxPartHeaderBytes: 2048,
  maxTextPartBytes: 64 * 1024,
  maxAnnotations: 50,
  maxNameLength: 100,
  maxDecompressionRatio: 200,
  idleTimeoutMs: 5000,
  requestTimeoutMs: 10_000,
  maxUploadsPerClient: 100,
};

export interface Running {
  readonly port: number;
  readonly url: string;
  readonly store: MemoryStore;
  readonly metrics: Metrics;
  close(): Promise<void>;
}

type Overrides = Partial<Omit<SubmitServerOptions, 'limits'>> & {
  readonly limits?: Partial<SubmitServerOptions['limits']>;
};

export async function start(overrides: Overrides = {}): Promise<Running> {
  const store = new MemoryStore();
  const metrics = createMetrics();
  const server = await startSubmitServer({
    host: '127.0.0.1',
    port: 0,
    store,
    log: pino({ level: 'silent' }),
    metrics,
    defaultProduct: 'default',
    trustProxy: '',
    throttleRules: [],
    removedAnnotations: ['Email'],
    uuidToken: null,
    sentry: {
      maxEventBytes: 1024 * 1024,
      maxUnrealBytes: 1024 * 1024,
      maxEnvelopeHeaderBytes: 64 * 1024,
      maxEnvelopeItems: 100,
      maxEnvelopeSessions: 100,
      maxSessionBuckets: 100,
    },
    syncthing: { getEnabled: false, ignore: [], maxBytes: 1024 * 1024 },
    version: { source: 'mayday', version: '0.0.1', commit: 'abc', build: '1' },
    processNow: null,
    ...overrides,
    limits: { ...LIMITS, ...overrides.limits },
  });
  return {
    port: server.port,
    url: `http://127.0.0.1:${server.port}`,
    store,
    metrics,
    close: () => server.close(),
  };
}

/** Runs a test against a server of its own and closes it whatever happens. */
export async function withServer(
  overrides: Overrides,
  test: (server: Running) => Promise<void>,
): Promise<void> {
  const server = await start(overrides);
  try {
    await test(server);
  } finally {
    await server.close();
  }
}

export const BOUNDARY = '----mayday-test-boundary';

/** One part of a form: a text field, or bytes with a file name and type. */
export interface TestPart {
  readonly name: string;
  readonly value: string | Uint8Array;
  readonly filename?: string;
  readonly type?: string;
}

/** A multipart form as bytes. */
export function form(parts: readonly TestPart[], boundary: string = BOUNDARY): Buffer {
  const pieces: Uint8Array[] = [];
  for (const { name, value, filename, type } of parts) {
    const file = filename === undefined ? '' : `; filename="${filename}"`;
    const kind = type === undefined ? '' : `Content-Type: ${type}\r\n`;
    pieces.push(
      Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n${kind}\r\n`),
      typeof value === 'string' ? Buffer.from(value) : value,
      Buffer.from('\r\n'),
    );
  }
  pieces.push(Buffer.from(`--${boundary}--\r\n`));
  return Buffer.concat(pieces);
}

export const FORM_TYPE = `multipart/form-data; boundary=${BOUNDARY}`;

/** A dump part that is recognised by the name Socorro and Crashpad use. */
export function dump(value: string | Uint8Array = 'MDMP dump', name = 'upload_file_minidump'): TestPart {
  return { name, value, filename: 'crash.dmp', type: 'application/octet-stream' };
}

/** What a server answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Posts a form to `/submit`. */
export async function postForm(
  server: Running,
  parts: readonly TestPart[],
  options: { readonly path?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<Answer> {
  return post(server, options.path ?? '/submit', form(parts), {
    'Content-Type': FORM_TYPE,
    ...options.headers,
  });
}

export async function post(
  server: Running,
  path: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
  method = 'POST',
): Promise<Answer> {
  return request(server, path, { method, body: Buffer.from(body), headers });
}

export async function request(server: Running, path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(`${server.url}${path}`, init);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** A step of `raw`: ends the sending side. */
export const FIN = Symbol('FIN');

/** Sends bytes as they are, step by step, and gives everything that came back until the server closed (or `untilMs`). */
export function raw(
  port: number,
  steps: readonly (string | Uint8Array | number | typeof FIN)[],
  options: { readonly untilMs?: number; readonly until?: RegExp } = {},
): Promise<{ readonly text: string; readonly closed: boolean; readonly reset: boolean }> {
  const { untilMs = 6000, until } = options;
  return new Promise((resolve) => {
    let text = '';
    let reset = false;
    const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const finish = (closed: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ text, closed, reset });
    };
    const timer = setTimeout(() => finish(false), untilMs);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (until?.test(text) === true) finish(false);
    });
    socket.on('end', () => finish(true));
    socket.on('error', () => {
      reset = true;
      finish(true);
    });
    socket.on('connect', () => {
      void (async () => {
        for (const step of steps) {
          if (step === FIN) socket.end();
          else if (typeof step === 'number') await new Promise((wait) => setTimeout(wait, step));
          else if (!socket.destroyed) socket.write(step);
        }
      })();
    });
  });
}
