// A submit server that records what it gets and misbehaves on demand: the fault cases of the contract suite.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the server treats a report. */
export type Behaviour =
  | 'ok'
  /** 500 with a page of HTML. */
  | 'error'
  /** 503 with `Retry-After: 120`. */
  | 'busy'
  /** Reads the request and never answers. */
  | 'slow'
  /** One byte of an answer every 100 ms, without end. */
  | 'trickle'
  /** 200, and bytes that mean nothing. */
  | 'garbage'
  /** Bytes that are not HTTP. */
  | 'not-http'
  /** Closes the connection in the middle of the answer. */
  | 'cut'
  /** 400, as for an invalid report. */
  | 'invalid'
  /** 302 to another path of the same server. */
  | 'redirect';

/** One request as it arrived. */
export interface Recorded {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A running recording server. */
export interface RecordingServer {
  /** The base that a client is configured with. */
  readonly url: string;
  /** Every request so far, oldest first, preflights apart. */
  readonly requests: readonly Recorded[];
  behaviour: Behaviour;
  /** Resolves when that many requests have arrived; rejects after `timeoutMs`. */
  arrived(count: number, timeoutMs?: number): Promise<void>;
  close(): Promise<void>;
}

/** Starts the server on a free port of 127.0.0.1; `port` takes a certain one. */
export async function startRecordingServer(behaviour: Behaviour = 'ok', port = 0): Promise<RecordingServer> {
  const requests: Recorded[] = [];
  const timers = new Set<NodeJS.Timeout>();
  const state = { behaviour };
  const server = createServer((request, response) => {
    record(request)
      .then((recorded) => {
        if (recorded.method === 'OPTIONS') return answerPreflight(response);
        requests.push(recorded);
        return answer(state.behaviour, recorded, response, timers);
      })
      .catch(() => response.destroy());
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const { port: actualPort } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${actualPort}`,
    requests,
    get behaviour() {
      return state.behaviour;
    },
    set behaviour(value) {
      state.behaviour = value;
    },
    arrived: (count, timeoutMs = 10_000) => arrived(requests, count, timeoutMs),
    close: () => close(server, timers),
  };
}

async function record(request: IncomingMessage): Promise<Recorded> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const url = new URL(request.url ?? '/', 'http://server');
  return {
    method: request.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body: Buffer.concat(chunks).toString('utf8'),
  };
}

function answerPreflight(response: ServerResponse): void {
  response.writeHead(204, {
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Allow-Methods': 'POST',
    'Access-Control-Allow-Headers': 'content-type',
  });
  response.end();
}

function answer(
  behaviour: Behaviour,
  recorded: Recorded,
  response: ServerResponse,
  timers: Set<NodeJS.Timeout>,
): void {
  const text = { 'Content-Type': 'text/plain', 'Access-Control-Allow-Origin': '*' };
  const send = (status: number, body: string | Buffer, headers: Record<string, string> = {}): void => {
    response.writeHead(status, { ...text, ...headers, 'Content-Length': String(Buffer.byteLength(body)) });
    response.end(body);
  };
  switch (behaviour) {
    case 'ok':
      return send(200, 'response=ok&report=de1bb258-cbbf-4589-a673-34f800160918');
    case 'error':
      return send(500, '<html><body>Internal Server Error</body></html>');
    case 'busy':
      return send(503, 'response=busy', { 'Retry-After': '120' });
    case 'invalid':
      return send(400, 'response=invalid-report&problem=stacktrace%3A+missing');
    case 'redirect':
      return send(302, '', { Location: `/elsewhere${recorded.path}` });
    case 'garbage':
      return send(200, Buffer.from([0, 255, 254, 10, 13, 38, 61, 37, 37, 200, 1]));
    case 'slow':
      return;
    case 'trickle': {
      response.writeHead(200, text);
      timers.add(setInterval(() => response.write('r'), 100));
      return;
    }
    case 'not-http':
      response.socket?.end('\u0000\u0001 this is not HTTP\r\n\r\n');
      return;
    case 'cut':
      response.writeHead(200, { ...text, 'Content-Length': '1000' });
      response.write('response=o');
      timers.add(setTimeout(() => response.destroy(), 50));
  }
}

async function arrived(requests: readonly Recorded[], count: number, timeoutMs: number): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (requests.length < count) {
    if (Date.now() > end)
      throw new Error(`${requests.length} of ${count} requests arrived in ${timeoutMs} ms`);
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
}

async function close(server: Server, timers: ReadonlySet<NodeJS.Timeout>): Promise<void> {
  for (const timer of timers) clearInterval(timer);
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
