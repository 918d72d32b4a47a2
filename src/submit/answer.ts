// Sends an answer: always with Content-Length, never in chunks. A connection whose request was not read to its end is
// closed in such a way that the client can still read the answer.
import type { Socket } from 'node:net';
import type { WireAnswer } from '../wire/adapter.ts';
import type { Exchange } from './exchange.ts';

/** What is left of a body up to this size is read and forgotten, so that the connection can go on. */
const DRAINED_BYTES = 64 * 1024;
/** How long, and how many bytes long, a client that is still sending is listened to after its answer. */
const LINGER_MS = 2000;
const LINGER_BYTES = 64 * 1024 * 1024;

/** No answer is a page: what a browser is led to here it neither guesses the kind of, nor runs, nor shows in a frame. */
const SAFETY = [
  ...['X-Content-Type-Options', 'nosniff'],
  ...['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'; sandbox"],
];

/** Sends `answer` unless the client is gone. `closing`: the server is about to stop. */
export function send(exchange: Exchange, answer: WireAnswer, closing: boolean): void {
  const { request, response } = exchange;
  exchange.answered = true;
  if (response.destroyed || request.socket.destroyed) return;
  const { status, body, headers } = answer;
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  const list: string[] = ['Content-Length', String(length), ...SAFETY];
  if (headers?.['Content-Type'] === undefined) list.push('Content-Type', 'text/plain; charset=utf-8');
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) list.push(name, value);
  }
  const lingers = !request.complete && !drain(exchange);
  if (lingers || closing || exchange.mustClose) list.push('Connection', 'close');
  if (lingers) lingerAfterAnswer(exchange);
  response.writeHead(status, list);
  if (request.method === 'HEAD') response.end();
  else if (typeof body === 'string') response.end(body, length === body.length ? 'latin1' : 'utf8');
  else response.end(body);
}

/** Reads on where little is left to read; false where the connection has to be closed. */
function drain({ request, expectsContinue, mustClose }: Exchange): boolean {
  const length = Number(request.headers['content-length'] ?? Number.NaN);
  if (expectsContinue || mustClose || !(length <= DRAINED_BYTES)) return false;
  request.resume();
  return true;
}

/**
 * A socket that is destroyed while the client still sends makes its kernel forget the answer (RFC 9112, section 9.6).
 * So the answer goes out with the end of our side; what still comes in is dropped for a short time, then all is over.
 */
function lingerAfterAnswer({ request }: Exchange): void {
  const { socket } = request;
  // Node ends a connection that is not kept alive with this method once the answer is written.
  socket.destroySoon = () => {
    socket.end();
    let dropped = 0;
    request.on('data', (chunk: Buffer) => {
      dropped += chunk.length;
      if (dropped > LINGER_BYTES) socket.destroy();
    });
    request.on('error', () => socket.destroy());
    request.resume();
    destroyLater(socket);
  };
}

/** Ends a connection for good after the time that a client is given to read its answer. */
export function destroyLater(socket: Socket): void {
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  timer.unref();
  socket.once('close', () => clearTimeout(timer));
}
