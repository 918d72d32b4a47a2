// One HTTP request of Mayday as a client: streamed body, bounded answer, timeouts, proxies. Every upload goes through it.
// `fetch` is not enough: it knows no proxy without flags, and loses the answer of a server that answers before it has read
// the body and closes (413, 503).
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';

/** What is sent. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A stream is sent chunked and destroyed in every case. */
  readonly body?: Uint8Array | Readable | null;
  /** The request fails when it has taken this long in all. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** What came back. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** At most `MAX_ANSWER_BYTES` of the body. */
  readonly text: string;
}

/** Sends a request; rejects with an error whose message is fit for people. Tests and callers pass their own. */
export type SendRequest = (request: HttpRequest) => Promise<HttpAnswer>;

/** How requests find their way. */
export interface HttpSettings {
  readonly userAgent: string;
  /** `http://[user:password@]host:port`; overrides the environment. */
  readonly proxy?: string | null;
  /** The environment, for HTTP_PROXY, HTTPS_PROXY and NO_PROXY. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

const MAX_ANSWER_BYTES = 64 * 1024;
/** A connection on which nothing moves in either direction for this long is given up. */
const IDLE_MS = 60_000;
/** After the answer's head the rest of it must come within this time. */
const ANSWER_BODY_MS = 10_000;

/** Makes the function that sends. Connections are not kept: crash reports are rare. */
export function httpSender({ userAgent, proxy = null, env = {} }: HttpSettings): SendRequest {
  const proxyEnv = proxy === null ? pickProxies(env) : { HTTP_PROXY: proxy, HTTPS_PROXY: proxy };
  const http = new HttpAgent({ keepAlive: false, proxyEnv });
  const https = new HttpsAgent({ keepAlive: false, proxyEnv });
  return (request) => {
    const secure = request.url.startsWith('https:');
    return send(request, {
      open: secure ? httpsRequest : httpRequest,
      agent: secure ? https : http,
      userAgent,
    });
  };
}

interface RequestTarget {
  readonly open: typeof httpRequest;
  readonly agent: HttpAgent;
  readonly userAgent: string;
}

function send(
  { method, url, headers = {}, body = null, timeoutMs, signal }: HttpRequest,
  { open, agent, userAgent }: RequestTarget,
): Promise<HttpAnswer> {
  const limit = AbortSignal.timeout(timeoutMs);
  const either = signal === undefined ? limit : AbortSignal.any([signal, limit]);
  return new Promise<HttpAnswer>((resolve, reject) => {
    const bytes = body instanceof Uint8Array ? body : null;
    const stream = body === null || body instanceof Uint8Array ? null : body;
    const fail = (error: Error): void => {
      stream?.destroy();
      outgoing.destroy();
      reject(worded(error, { limit, signal, timeoutMs }));
    };
    const outgoing = open(url, {
      method,
      agent,
      signal: either,
      headers: {
        'user-agent': userAgent,
        ...headers,
        ...(bytes !== null && { 'content-length': String(bytes.length) }),
      },
    });
    outgoing.setTimeout(IDLE_MS, () => fail(new Error(`nothing happened for ${IDLE_MS / 1000} s`)));
    let answered = false;
    outgoing.on('response', (incoming) => {
      answered = true;
      readAnswer(incoming).then((text) => {
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text });
        stream?.destroy();
        outgoing.destroy();
      }, fail);
    });
    // A server that has answered need not read the rest: a broken pipe after the answer says nothing.
    outgoing.on('error', (error) => {
      if (!answered) fail(error);
    });
    stream?.on('error', fail);
    if (stream !== null) stream.pipe(outgoing);
    else outgoing.end(bytes ?? undefined);
  });
}

function readAnswer(incoming: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = (): void => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).toString('utf8'));
    };
    const timer = setTimeout(() => incoming.destroy(new Error('the answer did not end')), ANSWER_BODY_MS);
    incoming.on('data', (chunk: Buffer) => {
      const room = MAX_ANSWER_BYTES - size;
      if (room > 0) chunks.push(chunk.subarray(0, room));
      size += chunk.length;
      if (size >= MAX_ANSWER_BYTES) finish();
    });
    incoming.on('end', finish);
    incoming.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    incoming.on('close', () => {
      clearTimeout(timer);
      if (!incoming.complete && size < MAX_ANSWER_BYTES) reject(new Error('the answer was cut short'));
    });
  });
}

function worded(
  error: Error,
  { limit, signal, timeoutMs }: { limit: AbortSignal; signal: AbortSignal | undefined; timeoutMs: number },
): Error {
  if (signal?.aborted === true) return new Error('it was interrupted', { cause: error });
  if (limit.aborted) return new Error(`no answer within ${timeoutMs / 1000} s`, { cause: error });
  // Node leaves the message of a refused connection to several addresses empty; the code still says it.
  const text = error.message === '' ? String((error as NodeJS.ErrnoException).code) : error.message;
  return new Error(text, { cause: error });
}

function pickProxies(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy'];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = env[name];
      return value === undefined || value === '' ? [] : [[name, value]];
    }),
  );
}
