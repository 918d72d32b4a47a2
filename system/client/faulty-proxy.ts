// A server in front of the real one that fails on demand: each request takes the next fault, and passes where there is none.
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong with one request. */
export type Fault =
  | 'pass'
  /** The connection breaks before anything is read. */
  | 'reset'
  /** … in the middle of the body. */
  | 'reset in body'
  | 'error 500'
  /** An early answer, with the body unread and the connection closed. */
  | 'busy 503'
  | 'too many 429'
  | 'garbage'
  /** The real server has taken the report, and its answer does not arrive. */
  | 'answer lost'
  | 'answer cut';

export interface FaultyProxy {
  readonly url: string;
  /** Method and path of every request. */
  readonly seen: readonly string[];
  readonly faults: Fault[];
  close(): Promise<void>;
}

export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  const faults: Fault[] = [];
  const seen: string[] = [];
  const server = createServer((incoming, answer) => {
    seen.push(`${incoming.method} ${incoming.url}`);
    incoming.on('error', () => undefined);
    answer.on('error', () => undefined);
    handle(faults.shift() ?? 'pass', target, incoming, answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    faults,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function handle(fault: Fault, target: string, incoming: IncomingMessage, answer: ServerResponse): void {
  switch (fault) {
    case 'reset':
      incoming.socket.destroy();
      return;
    case 'reset in body':
      incoming.once('data', () => incoming.socket.destroy());
      return;
    case 'error 500':
      incoming.resume().on('end', () => answer.writeHead(500).end('out of order'));
      return;
    case 'busy 503':
      answer.writeHead(503, { 'retry-after': '0', connection: 'close' }).end('busy\n');
      return;
    case 'too many 429':
      incoming.resume().on('end', () => answer.writeHead(429, { 'retry-after': '0' }).end());
      return;
    case 'garbage':
      incoming.socket.end('SSH-2.0-OpenSSH_9.6\r\n');
      return;
    default:
      forward(fault, target, incoming, answer);
  }
}

function forward(fault: Fault, target: string, incoming: IncomingMessage, answer: ServerResponse): void {
  const outgoing = httpRequest(
    `${target}${incoming.url ?? '/'}`,
    { method: incoming.method, headers: { ...incoming.headers, connection: 'close' } },
    (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        if (fault === 'answer lost') {
          incoming.socket.destroy();
          return;
        }
        answer.writeHead(response.statusCode ?? 502, response.headers);
        if (fault === 'answer cut') {
          answer.write(Buffer.concat(chunks).subarray(0, 2), () => incoming.socket.destroy());
          return;
        }
        answer.end(Buffer.concat(chunks));
      });
    },
  );
  outgoing.on('error', () => incoming.socket.destroy());
  incoming.on('close', () => {
    if (!incoming.complete) outgoing.destroy();
  });
  incoming.pipe(outgoing);
}
