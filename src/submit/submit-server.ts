// The submit server: HTTP in, durable reports out. A request goes router → body → adapter → draft → store → answer.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Log } from '../base/log.ts';
import type { Metrics } from '../base/metrics.ts';
import type { IntakeStore } from '../store/intake.ts';
import type { Intake, WireSettings } from '../wire/adapter.ts';
import { ADAPTERS } from '../wire/adapter-registry.ts';
import { addressHasher, clientAddressOf } from './client-address.ts';
import { Connections } from './connections.ts';
import type { SubmitContext } from './submit-context.ts';
import { Exchange } from './exchange.ts';
import { putInFront, type TlsFiles } from './front.ts';
import type { SubmitLimits } from './submit-limits.ts';
import { RequestHandler } from './request-handler.ts';
import { KeyLimits } from './key-limits.ts';
import { createRouter } from './router.ts';
import { SubmitCounters } from './submit-counters.ts';
import { createThrottle } from './throttle.ts';
import type { ThrottleRule } from './throttle-rule.ts';
import { ToldToday } from './told-today.ts';
import { FloodGuard } from './flood-guard.ts';
import { floodLine } from './inbox-line.ts';
import { TextBudget } from './text-budget.ts';
import { UploadLanes } from './upload-lanes.ts';

/** What bounds the envelopes of Sentry's clients. */
export type SentryLimits = Pick<
  WireSettings,
  | 'maxEventBytes'
  | 'maxUnrealBytes'
  | 'maxEnvelopeHeaderBytes'
  | 'maxEnvelopeItems'
  | 'maxEnvelopeSessions'
  | 'maxSessionBuckets'
>;

/** Everything that the submit server is given. */
export interface SubmitServerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly store: IntakeStore;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly limits: SubmitLimits;
  /** Product of a report that names none. */
  readonly defaultProduct: string;
  /** See `clientAddressOf`. */
  readonly trustProxy: string;
  readonly throttleRules: readonly ThrottleRule[];
  /** Reports a minute of one client network and product, while space is short; 0 or absent: no limit. */
  readonly floodPerMinute?: number;
  readonly removedAnnotations: readonly string[];
  /** The bearer token that allows a report to carry its own crash id. */
  readonly uuidToken: string | null;
  readonly sentry: SentryLimits;
  readonly syncthing: {
    readonly getEnabled: boolean;
    readonly ignore: readonly RegExp[];
    readonly maxBytes: number;
  };
  /** The certificate with which the port also speaks TLS; null: it does not. */
  readonly tls?: TlsFiles | null;
  /** The JSON of `/__version__`. */
  readonly version: object;
  /** Processes a stored report before its answer; null where no processor runs in this process. */
  readonly processNow: Intake['processNow'] | null;
  /** Called after each report that was stored and waits to be processed; cheap. */
  readonly onQueued?: () => void;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Numbers from 0 to 1, for samples. */
  readonly random?: () => number;
}

/** A server that runs. `close` takes no new connection, finishes what is in flight, then resolves. */
export interface SubmitServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Keep-alive outlasts the usual minute of the proxies in front, so that it is never the server that hangs up. */
const KEEP_ALIVE_MS = 75_000;
/** Large bodies that are taken in at full speed at once: more than processors, few enough for memory. */
const LANES = 16;
/** Two reports with as much text as one may have by default. */
const MAX_TEXT_BYTES = 8 * 1024 * 1024;
/** Each connection is an open file, and its body may be another; processes may usually open some thousands of them. */
const MAX_CONNECTIONS = 2000;
/** Node's own limits stand behind the server's and are a little longer. */
const BACKSTOP_MS = 30_000;

/** Starts listening; rejects where the port is taken or TRUST_PROXY cannot be understood. */
export async function startSubmitServer(options: SubmitServerOptions): Promise<SubmitServer> {
  const { limits, store, log } = options;
  const context = await submitContextOf(options);
  const connections = new Connections({ limits, log, onBroken: (code) => handler.broken(code) });
  const handler = new RequestHandler(context, createRouter(ADAPTERS), () => connections.closing);
  const checkMs = Math.max(50, Math.min(1000, limits.idleTimeoutMs / 4));
  const server = createServer({
    // Old clients speak HTTP/1.1 without naming a host.
    requireHostHeader: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: limits.idleTimeoutMs,
    requestTimeout: Math.max(limits.requestTimeoutMs, limits.idleTimeoutMs) + BACKSTOP_MS,
    connectionsCheckingInterval: checkMs,
  });
  // A client may say that it has sent everything before it reads the answer. Node drops such requests unless its server is told
  // otherwise; the property is older than its documentation.
  Object.assign(server, { httpAllowHalfOpen: true });
  const begin = (request: IncomingMessage, response: ServerResponse, expectsContinue: boolean) => {
    const exchange = new Exchange(request, response, {
      receivedAt: context.now(),
      startedAt: performance.now(),
      expectsContinue,
    });
    connections.begin(exchange);
    void handler.handle(exchange).finally(() => connections.end(exchange));
  };
  server.on('request', (request, response) => begin(request, response, false));
  server.on('checkContinue', (request, response) => begin(request, response, true));
  // Any other expectation is nothing that a crash report hangs on.
  server.on('checkExpectation', (request, response) => begin(request, response, false));
  server.maxConnections = limits.maxConnections ?? MAX_CONNECTIONS;
  server.on('connection', (socket: Socket) => connections.open(socket));
  const stopFront = putInFront({
    http: server,
    tls: options.tls ?? null,
    idleTimeoutMs: limits.idleTimeoutMs,
    log,
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) =>
    connections.fault(error, socket),
  );
  const sweep = setInterval(() => {
    const now = performance.now();
    connections.sweep(now);
    context.lanes.sweep(now);
    context.texts.sweep();
  }, checkMs);
  sweep.unref();
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  log.info({ host: options.host, port, full: store.admission().full }, 'submit server listens');
  let closed: Promise<void> | null = null;
  return {
    port,
    close: () => {
      stopFront();
      closed ??= connections.close(server).finally(() => clearInterval(sweep));
      return closed;
    },
  };
}

/** What requests share, whether a server or an import takes them. */
export async function submitContextOf(options: SubmitServerOptions): Promise<SubmitContext> {
  const { limits, store, syncthing, now = Date.now, random = Math.random } = options;
  const addressOf = clientAddressOf(options.trustProxy);
  const salt = await store.addressSalt();
  return {
    store,
    log: options.log,
    metrics: options.metrics,
    counters: new SubmitCounters(options.metrics),
    limits,
    lanes: new UploadLanes(LANES, undefined, limits.maxSlowUploads),
    texts: new TextBudget(limits.maxUploadTextBytes ?? MAX_TEXT_BYTES),
    settings: {
      ...limits,
      ...options.sentry,
      removedAnnotations: new Set(options.removedAnnotations),
      uuidToken: options.uuidToken,
      syncthingGetEnabled: syncthing.getEnabled,
      syncthingIgnore: syncthing.ignore,
      syncthingMaxBytes: syncthing.maxBytes,
    },
    defaultProduct: options.defaultProduct,
    throttle: createThrottle(options.throttleRules, random),
    floods: new FloodGuard({
      perMinute: options.floodPerMinute ?? 0,
      now,
      tell: (home, reports) => store.addInbox(floodLine(home, reports, now())),
    }),
    keyLimits: new KeyLimits(now),
    told: new ToldToday(now),
    addressOf,
    hashAddress: addressHasher(salt),
    version: { ...options.version },
    processNow: options.processNow,
    onQueued: options.onQueued ?? (() => undefined),
    now,
  };
}

function listen(server: Server, { host, port }: SubmitServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
