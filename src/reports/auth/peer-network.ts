// The address that a request comes from: for the limit on failed sign-ins, and for what only this machine may ask.
import type { IncomingMessage } from 'node:http';
import { isIP, isIPv4 } from 'node:net';
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

/** Whether a request was made on this machine. A proxy on it is a loopback peer too; it gives itself away by X-Forwarded-For. */
export function isThisMachine(c: Context): boolean {
  return isLoopback(c) && c.req.header('x-forwarded-for') === undefined;
}

/**
 * The network of an address: an IPv4 address whole, of an IPv6 address its first 64 bits (`2001:db8:0:1::/64`), since whoever has one has
 * all of them (RFC 6177). An IPv4 address written as IPv6 is that IPv4 address; what is no address stays as it is.
 */
export function networkOf(address: string): string {
  const plain = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  if (isIP(plain) === 0 || isIPv4(plain) || plain === '::1') return plain;
  const [head = '', tail] = (plain.split('%')[0] ?? '').split('::');
  const groups = (text: string): readonly string[] => (text === '' ? [] : text.split(':'));
  const [before, after] = [groups(head), groups(tail ?? '')];
  // Dotted ends stand for two groups.
  const afterCount = after.length + (after.at(-1)?.includes('.') === true ? 1 : 0);
  const missing = tail === undefined ? 0 : Math.max(0, 8 - before.length - afterCount);
  const all = [...before, ...Array.from({ length: missing }, () => '0'), ...after];
  const first = all.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${first.join(':')}::/64`;
}
