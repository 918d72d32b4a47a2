// The address that a request comes from, for the limit on failed sign-ins.
import type { IncomingMessage } from 'node:http';
import type { Context } from 'hono';

/** The peer of the connection, or the last entry of X-Forwarded-For where a trusted proxy adds it. */
export function clientAddress(c: Context, trustProxy: boolean): string {
  const forwarded = trustProxy ? c.req.header('x-forwarded-for')?.split(',').at(-1)?.trim() : undefined;
  return forwarded !== undefined && forwarded !== '' ? forwarded.slice(0, 64) : peerAddress(c);
}

/** The other end of the connection itself; empty in tests without a socket. */
export function peerAddress(c: Context): string {
  const incoming = (c.env as { readonly incoming?: IncomingMessage } | undefined)?.incoming;
  return incoming?.socket.remoteAddress ?? '';
}

/** Whether an address is the machine itself. */
export function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}
