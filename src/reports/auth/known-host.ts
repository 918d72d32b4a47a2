// Whether a request names this server in its Host header. Where no sign-in protects an answer, a web page of a stranger could read it
// through the browser of somebody who can reach this server: it lets a name of its own point here (DNS rebinding). The browser then
// sends that name. An address is no name, so nobody can let it point elsewhere.
import { isIP } from 'node:net';
import os from 'node:os';
import type { Context } from 'hono';
import type { ReportsContext } from '../reports-context.ts';

/** Hosts by which everybody reaches their own machine. */
const OWN_NAMES: ReadonlySet<string> = new Set([
  'localhost',
  'ip6-localhost',
  // Nobody else can let it point here but who keeps the names of its network.
  os.hostname().toLowerCase(),
]);

type Names = Pick<ReportsContext, 'reportsUrl' | 'serverNames'>;

/** True for addresses, this machine's own names, the host of PUBLIC_REPORTS_URL and those of REPORTS_SERVER_NAMES. */
export function isKnownHost(c: Context, context: Names): boolean {
  // Without a socket (tests call the server directly) Hono's request has a URL all the same.
  return namesThisServer(c.req.header('host') ?? new URL(c.req.url).host, context);
}

/** The same of a host with or without a port, as headers give it. */
export function namesThisServer(host: string, context: Names): boolean {
  const name = hostName(host);
  if (name === null) return false;
  return (
    isIP(name) !== 0 ||
    OWN_NAMES.has(name) ||
    name === hostName(new URL(context.reportsUrl).host) ||
    context.serverNames.some((known) => known.toLowerCase() === name)
  );
}

/** The name in `name:port` or `[address]:port`, in lower case; null where it is none. */
export function hostName(host: string): string | null {
  const address = /^\[([0-9a-f:.]{2,45})\](?::\d{1,5})?$/i.exec(host)?.[1];
  const name = address ?? /^([^:\s/@]{1,255})(?::\d{1,5})?$/.exec(host)?.[1];
  return name === undefined ? null : name.toLowerCase();
}
