// The address that a request comes from: for the limit on failed sign-ins, and for what only this machine may ask.
import type { IncomingMessage } from 'node:http';
import type { Context } from 'hono';
import type { ReportsContext } from '../reports-context.ts';

function incoming(c: Context): IncomingMessage | null {
  return (c.env as { readonly incoming?: IncomingMessage } | undefined)?.incoming ?? null;
}

/** The client's address, as the configuration finds it; empty where there is no socket (tests). */
export function clientAddress(c: Context, context: ReportsContext): string {
  const request = incoming(c);
  return request === null ? '' : context.clientAddress(request);
}

/** The other end of a connection. */
export function peerOf(request: IncomingMessage): string {
  return request.socket.remoteAddress ?? '';
}

/** Whether the connection itself comes from this machine. */
export function isLoopback(c: Context): boolean {
  const request = incoming(c);
  if (request === null) return false;
  const address = peerOf(request);
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}
