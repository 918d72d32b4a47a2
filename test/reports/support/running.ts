// A running reports server on an embedded store in a temporary folder, and a browser-like client for it.
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createLog } from '../../../src/base/log.ts';
import type { Log } from '../../../src/base/log.ts';
import { createMetrics } from '../../../src/base/metrics.ts';
import { hashPassword } from '../../../src/reports/auth/passwords.ts';
import { newApiToken } from '../../../src/reports/auth/bearer.ts';
import { startReportsServer } from '../../../src/reports/reports-server.ts';
import type { Provider } from '../../../src/reports/sign-in-provider.ts';
import type { TokenScope, User } from '../../../src/store/people.ts';
import type { ProductName } from '../../../src/store/reports.ts';
import type { Role } from '../../../src/store/rights.ts';
import { addUser } from '../../store/conformance/add-user.ts';
import type { NewPerson } from '../../store/conformance/add-user.ts';
import type { Store } from '../../../src/store/store.ts';
import { clientAddressOf } from '../../../src/submit/client-address.ts';
import { SymbolService } from '../../../src/process/symbols/symbol-service.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';

export const ADMIN_TOKEN = 'environment-token-of-the-administrator';
export const PASSWORD = 'correct horse battery';

export interface Running {
  readonly store: Store;
  readonly symbols: SymbolService;
  readonly dir: string;
  readonly url: string;
  readonly now: { value: number | null };
  stop(): Promise<void>;
}

/** Starts a server on a free port; `stop` ends it and removes its folder. */
export async function startRunning(
  options: {
    readonly reportsUrl?: string;
    readonly port?: number;
    readonly closeGraceMs?: number;
    readonly log?: Log;
    readonly providers?: readonly Provider[];
    readonly passwordSignIn?: boolean;
    readonly secondFactor?: 'optional' | 'admins' | 'everybody';
    readonly trustProxy?: string;
    readonly serverNames?: readonly string[];
    readonly requestsPerMinute?: number;
    readonly maxConnections?: number;
    readonly mail?: boolean;
    readonly webhookRefusal?: (url: URL) => Promise<string | null>;
    readonly trackerPrivateHosts?: readonly string[];
    readonly trackerTimeoutMs?: number;
    readonly publicSymbols?: boolean;
    readonly maxSymbolsUploadBytes?: number;
    readonly maxSymbolsTextBytes?: number;
  } = {},
): Promise<Running> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'mayday-reports-'));
  const log = options.log ?? createLog('silent');
  const metrics = createMetrics();
  const now: { value: number | null } = { value: null };
  const store = await openEmbeddedStore({
    dir,
    maxBytes: 512 * 1024 * 1024,
    minFreeBytes: 0,
    keepDays: null,
    autoProducts: true,
    maxAutoProducts: 100,
    inboxSize: 1000,
    sweepGraceMs: 60_000,
    log,
    metrics,
  });
  const symbols = new SymbolService({
    store,
    log,
    metrics,
    scratchDir: path.join(dir, 'incoming-symbols'),
    minFreeBytes: 0,
    maxUploadBytes: options.maxSymbolsUploadBytes ?? 64 * 1024 * 1024,
    maxTextBytes: options.maxSymbolsTextBytes ?? 256 * 1024 * 1024,
    keepDays: 0,
    upstream: { servers: [], redirectHosts: [], maxCacheBytes: 64 * 1024 * 1024, timeoutMs: 1000 },
  });
  const server = await startReportsServer({
    host: '127.0.0.1',
    port: options.port ?? 0,
    ...(options.providers !== undefined && { providers: options.providers }),
    passwordSignIn: options.passwordSignIn ?? true,
    ...(options.closeGraceMs !== undefined && { closeGraceMs: options.closeGraceMs }),
    ...(options.secondFactor !== undefined && { secondFactor: options.secondFactor }),
    ...(options.serverNames !== undefined && { serverNames: options.serverNames }),
    ...(options.requestsPerMinute !== undefined && { requestsPerMinute: options.requestsPerMinute }),
    ...(options.maxConnections !== undefined && { maxConnections: options.maxConnections }),
    store,
    log,
    metrics,
    adminToken: ADMIN_TOKEN,
    submitUrl: 'https://crash.example',
    mail: options.mail ?? false,
    ...(options.webhookRefusal !== undefined && { webhookRefusal: options.webhookRefusal }),
    ...(options.trackerPrivateHosts !== undefined && {
      trackerPrivateHosts: options.trackerPrivateHosts,
    }),
    ...(options.trackerTimeoutMs !== undefined && { trackerTimeoutMs: options.trackerTimeoutMs }),
    reportsUrl: options.reportsUrl ?? 'http://127.0.0.1:8081',
    publicAnnotations: PUBLIC,
    version: { version: '0.1.0', commit: '0123abcd' },
    clientAddress: clientAddressOf(options.trustProxy ?? ''),
    symbols,
    publicSymbols: options.publicSymbols ?? false,
    now: () => now.value ?? Date.now(),
  }).catch(async (error: unknown) => {
    await symbols.close();
    await store.close();
    await rm(dir, { recursive: true, force: true });
    throw error;
  });
  return {
    store,
    symbols,
    dir,
    url: `http://127.0.0.1:${server.port}`,
    now,
    async stop() {
      await server.close();
      await symbols.close();
      await store.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** The general list that the tests run with. */
const PUBLIC = [
  'build_id',
  'client_sha',
  'guid',
  'jamicore_sha',
  'platform',
  'ProductName',
  'Version',
  'BuildID',
  'ReleaseChannel',
  'ProcessType',
];

let hashed: Promise<string> | null = null;

/** A person with the common password. */
export async function addPerson(store: Store, person: Omit<NewPerson, 'passwordHash'>): Promise<User> {
  hashed ??= hashPassword(PASSWORD);
  return addUser(store, {
    name: person.email.split('@')[0] ?? '',
    ...person,
    passwordHash: await hashed,
  });
}

/** An API token of a person, with the person's own rights unless told otherwise. */
export async function addToken(
  store: Store,
  user: User,
  rights: {
    readonly role?: Role;
    readonly seesProtected?: boolean;
    readonly expiresAt?: number;
    readonly scope?: 'symbols';
    readonly products?: readonly ProductName[];
  } = {},
): Promise<string> {
  const { token, hash } = newApiToken();
  await store.people.createToken({
    userId: user.id,
    account: null,
    label: 'test',
    scopes: rights.scope === undefined ? scopesOf(rights) : [rights.scope],
    products: rights.products ?? null,
    expiresAt: rights.expiresAt ?? null,
    hash,
  });
  return token;
}

/** A token is cut down to what its owner may: one that asks for everything has the owner's rights. */
export function scopesOf({
  role = 'admin',
  seesProtected = true,
}: {
  readonly role?: Role;
  readonly seesProtected?: boolean;
}): readonly TokenScope[] {
  return [
    'read',
    ...(role === 'read' ? [] : (['triage', 'symbols'] as const)),
    ...(role === 'admin' ? (['admin'] as const) : []),
    ...(seesProtected ? (['protected', 'dumps'] as const) : []),
  ];
}
