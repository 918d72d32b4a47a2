// The request of a client that gets one chance: Crashpad's socket transport speaks HTTP/1.0 and sends its body in chunks, which
// HTTP/1.0 does not know. Mayday reads it; many proxies refuse it or drop the body.
import { createHash } from 'node:crypto';
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

const MAX_ANSWER = 64 * 1024;
/** nginx answers the head and closes: a body that comes after that makes the system throw the answer away, and nobody learns the status. */
const EARLY_ANSWER_MS = 200;

/** What came back: the status, and the SHA-256 of the body as the server received it; null where it did not say. */
export interface OldHttpEcho {
  readonly status: number;
  readonly sha256: string | null;
}

/** Sends such a request to `/__echo__` of an address. Status 0: no answer that is HTTP. */
export function echoOldHttp(
  baseUrl: string,
  content: Uint8Array,
  { timeoutMs }: { readonly timeoutMs: number },
): Promise<OldHttpEcho> {
  const url = new URL(baseUrl);
  const isTls = url.protocol === 'https:';
  const port = Number(url.port === '' ? (isTls ? 443 : 80) : url.port);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const path = `${url.pathname.replace(/\/$/, '')}/__echo__`;
  const head = `POST ${path} HTTP/1.0\r\nHost: ${url.host}\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n`;
  return new Promise((resolve) => {
    let answer = Buffer.alloc(0);
    let body: NodeJS.Timeout | undefined;
    const send = (): void => {
      socket.write(head);
      body = setTimeout(sendBody, EARLY_ANSWER_MS);
    };
    const sendBody = (): void => {
      socket.write(`${content.length.toString(16)}\r\n`);
      socket.write(content);
      socket.write('\r\n0\r\n\r\n');
    };
    const socket: Socket = isTls
      ? connectTls({ host, port, servername: /[a-z]/i.test(host) ? host : undefined }, send)
      : connectPlain({ host, port }, send);
    socket.setTimeout(timeoutMs, () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      if (answer.length < MAX_ANSWER) answer = Buffer.concat([answer, chunk]);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(body);
      resolve(readAnswer(answer.toString('latin1')));
    });
    socket.on('end', () => {
      clearTimeout(body);
      socket.end();
    });
  });
}

/** The hash that such an echo must have. */
export function hashOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function readAnswer(text: string): OldHttpEcho {
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1] ?? 0);
  return { status, sha256: /"sha256":\s*"([0-9a-f]{64})"/.exec(text)?.[1] ?? null };
}
