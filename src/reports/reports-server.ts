// The reports server on its port: the role that people and scripts read reports through.
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Log } from '../base/log.ts';
import type { Metrics } from '../base/metrics.ts';
import type { SymbolService } from '../process/symbols/symbol-service.ts';
import { Previews } from '../process/preview/previews.ts';
import { TicketDesk } from '../process/tickets/ticket-desk.ts';
import { trackerHttp } from '../process/tickets/tracker-http.ts';
import type { Store } from '../store/store.ts';
import { reportsApp } from './app.ts';
import { Gate } from './gate/gate.ts';
import { baseFault, basePathOf, insidePath } from './below-path.ts';
import type { Provider } from './sign-in-provider.ts';
import { Attempts } from './attempts.ts';
import { peerOf } from './auth/peer-network.ts';
import { SESSION_LIFE } from './auth/sessions.ts';
import type { VersionInfo } from './reports-context.ts';

/** What the reports server needs to know. */
export interface ReportsServerOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly store: Store;
  readonly log: Log;
  readonly metrics: Metrics;
  /** MAYDAY_ADMIN_TOKEN; null: none. */
  readonly adminToken: string | null;
  /** Public base URL of the submit server: integration pages and samples show it. */
  readonly submitUrl: string;
  /** Public base URL of this server: one-time links, cookies (`Secure` with https), OpenAPI. */
  readonly reportsUrl: string;
  /** REPORTS_SERVER_NAMES: further names by which this server is known; default: none. */
  readonly serverNames?: readonly string[];
  /** Whether there is a mail server, so that the account page can say so; default: no. */
  readonly mail?: boolean;
  /** Why webhooks may not have an address, in a sentence; default: every address is taken. */
  readonly webhookRefusal?: (url: URL) => Promise<string | null>;
  /** TRACKER_PRIVATE_HOSTS; default: none. */
  readonly trackerPrivateHosts?: readonly string[];
  /** How long a tracker may take to answer; default: 15 s. */
  readonly trackerTimeoutMs?: number;
  /** Annotation names that are public for every product. */
  readonly publicAnnotations: readonly string[];
  readonly version: VersionInfo;
  readonly symbols: SymbolService;
  /** Symbols and symbolication for anyone; default: not. */
  readonly publicSymbols?: boolean;
  /** KEEP_SYMBOLS_DAYS, for the page that says so; default: 0. */
  readonly keepSymbolsDays?: number;
  /** The address of a client, for the limit on failed sign-ins; default: the other end of the connection. */
  readonly clientAddress?: (request: IncomingMessage) => string;
  /** How long a sign-in lasts, in milliseconds; default: two weeks without use, three months at most. */
  readonly sessionLife?: { readonly idleMs: number; readonly maxMs: number };
  /** Who must have a second factor; default: nobody. */
  readonly secondFactor?: 'optional' | 'admins' | 'everybody';
  /** Requests a minute of one sign-in or token; of one network ten times as many; default: no limit. */
  readonly requestsPerMinute?: number;
  /** MAX_CONNECTIONS; default: no limit. */
  readonly maxConnections?: number;
  /** Who else says who people are (OpenID Connect); default: nobody. */
  readonly providers?: readonly Provider[];
  /** Whether a password signs in; default: it does. */
  readonly passwordSignIn?: boolean;
  /** How long a request may still run once the server is told to close, in milliseconds; default: two seconds. */
  readonly closeGraceMs?: number;
  readonly now?: () => number;
}

/** Uploads of symbols may take long; each has an end to silence of its own. */
const REQUEST_TIMEOUT_MS = 2 * 3_600_000;
const CLOSE_GRACE_MS = 2000;

/** Starts listening. `close` takes no new connections, finishes what is in flight, then resolves. */
export async function startReportsServer(
  options: ReportsServerOptions,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const { host, port, store, now = Date.now, clientAddress = peerOf } = options;
  const basePath = basePathOf(options.reportsUrl);
  const previews = new Previews({ store, now });
  const app = reportsApp({
    ...options,
    mail: options.mail ?? false,
    webhookRefusal: options.webhookRefusal ?? (() => Promise.resolve(null)),
    serverNames: options.serverNames ?? [],
    submitUrl: options.submitUrl.replace(/\/+$/, ''),
    reportsUrl: options.reportsUrl.replace(/\/+$/, ''),
    basePath,
    clientAddress,
    publicSymbols: options.publicSymbols ?? false,
    keepSymbolsDays: options.keepSymbolsDays ?? 0,
    providers: options.providers ?? [],
    passwordSignIn: options.passwordSignIn ?? true,
    secondFactor: options.secondFactor ?? 'optional',
    sessionLife: options.sessionLife ?? SESSION_LIFE,
    requestsPerMinute: options.requestsPerMinute ?? 0,
    now,
    tickets: new TicketDesk({
      store,
      http: trackerHttp({
        privateHosts: options.trackerPrivateHosts ?? [],
        version: options.version.version,
        ...(options.trackerTimeoutMs !== undefined && { timeoutMs: options.trackerTimeoutMs }),
      }),
      privateHosts: options.trackerPrivateHosts ?? [],
      log: options.log,
      reportsUrl: options.reportsUrl.replace(/\/+$/, ''),
    }),
    gate: new Gate({ store, previews, publicAnnotations: options.publicAnnotations, now }),
    attempts: new Attempts({ now }),
  });
  const fault = baseFault(
    basePath,
    app.routes.map((route) => route.path),
  );
  if (fault !== null) {
    await previews.close();
    throw new Error(fault);
  }
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  server.prependListener('request', (incoming: IncomingMessage) => {
    incoming.url = insidePath(incoming.url ?? '/', basePath);
  });
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  if (options.maxConnections !== undefined) server.maxConnections = options.maxConnections;
  // A client that has sent its request may say so by closing its side; Node's default would then drop the answer.
  Object.assign(server, { httpAllowHalfOpen: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  let closing: Promise<void> | null = null;
  return {
    port: (server.address() as AddressInfo).port,
    close: () => (closing ??= close(server, previews, options.closeGraceMs ?? CLOSE_GRACE_MS)),
  };
}

async function close(server: Server, previews: Previews, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
  });
  // A download to a client that reads slowly must not keep the process for ever.
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  try {
    await closed;
  } finally {
    clearTimeout(timer);
    await previews.close();
  }
}
