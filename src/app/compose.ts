// Puts the parts together: configuration → store → roles. The only place that picks a store.
// What the submit server does not need is loaded when it is started, so that reports are taken in before pages are served.
import path from 'node:path';
import type { Log } from '../base/log.ts';
import type { Metrics } from '../base/metrics.ts';
import type { AuditEntry } from '../store/audit.ts';
import { addAuditLine } from '../store/embedded/audit/add-line.ts';
import type { Notifier } from '../process/notify/start-notifying.ts';
import { SymbolService } from '../process/symbols/symbol-service.ts';
import type { Processor, ProcessorOptions } from '../process/start-processing.ts';
import { readArchiveManifest } from '../store/embedded/backup/backup-archive.ts';
import { compareBucketBackup, compareSums, findBackup } from '../store/embedded/backup/compare-backup.ts';
import { listBucketBackups, type Bucket } from '../store/embedded/backup/bucket-format.ts';
import { listBackups } from '../store/embedded/backup/list-backups.ts';
import { findJournals, leaveJournal } from '../store/embedded/backup/later-erasures.ts';
import { readRestored } from '../store/embedded/journal/restored-file.ts';
import { makeArchive } from '../store/embedded/backup/make-archive.ts';
import { makeBackup } from '../store/embedded/backup/make-backup.ts';
import { makeBucketBackup } from '../store/embedded/backup/make-bucket-backup.ts';
import type { BackupSettings, MadeBackup } from '../store/embedded/backup/make-backup.ts';
import { findKeys } from '../store/embedded/backup/backup-keys.ts';
import { restoreBackup } from '../store/embedded/backup/restore-backup.ts';
import type { Restored, RestoreSettings } from '../store/embedded/backup/restore-backup.ts';
import { verifyStore } from '../store/embedded/backup/verify-store.ts';
import type { Verified } from '../store/embedded/backup/verify-store.ts';
import { nodeFiles } from '../store/embedded/disk/files.ts';
import { openEmbeddedStore } from '../store/embedded/open.ts';
import { servedLimitsOf } from '../store/embedded/served-limits.ts';
import { layoutOf } from '../store/embedded/disk/folder-layout.ts';
import { encryptionState } from '../store/embedded/secrets/encryption-state.ts';
import type { EncryptionState } from '../store/embedded/secrets/encryption-state.ts';
import { forgetKeys, keyUses, rotateKeys } from '../store/embedded/secrets/rotate-keys.ts';
import type { KeyUse, Rotation } from '../store/embedded/secrets/rotate-keys.ts';
import type { KeySource } from '../store/embedded/secrets/stored-secrets.ts';
import { unlockStore } from '../store/embedded/secrets/unlock-store.ts';
import { repairStore } from '../store/embedded/repair/repair.ts';
import type { RepairOptions, RepairResult } from '../store/embedded/repair/repair.ts';
import { S3Client } from '../store/s3/s3-client.ts';
import { isS3Url, parseS3Url } from '../store/s3/s3-location.ts';
import type { Store } from '../store/store.ts';
import { clientAddressOf } from '../submit/client-address.ts';
import { startSubmitServer, type SubmitServerOptions } from '../submit/submit-server.ts';
import type { Config } from './config.ts';
import type { Provider } from '../reports/sign-in-provider.ts';
import { providerFetch } from './provider-fetch.ts';
import { secretKeysLater, secretKeysOf } from './secret-keys-command.ts';
import { warnOfNames } from './server-names.ts';
import type { VersionInfo } from './version.ts';

const MEBIBYTE = 1024 * 1024;
const LEAST_SWEEP_GRACE_MS = 15 * 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** The roles (docs/architecture.md), which run in one process or each alone. */
export const ROLE_NAMES = ['submit', 'process', 'reports'] as const;
export type RoleName = (typeof ROLE_NAMES)[number];

/** What every part needs. */
export interface Surroundings {
  readonly config: Config;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly version: VersionInfo;
}

/** Files without a row go when they are so old: no upload under way is older, with half as much again for its commit. */
export function sweepGraceMs(config: Pick<Config, 'REQUEST_TIMEOUT_SECONDS'>): number {
  return Math.max(LEAST_SWEEP_GRACE_MS, 1.5 * config.REQUEST_TIMEOUT_SECONDS * 1000);
}

/** Limits of a store that a person asked for with a command, whatever its server keeps. */
export interface AskedLimits {
  readonly maxReportsSizeMb: number;
  /** 0: reports have no age. */
  readonly keepDays: number;
}

/**
 * Opens the store that the configuration names; creates the data folder. Only a server prunes to its own limits: a command keeps at least what the
 * server keeps that last served the store, unless limits are `asked` for.
 */
export function openStore(
  { config, log, metrics }: Omit<Surroundings, 'version'>,
  {
    as = 'command',
    asked,
    unusable,
  }: {
    readonly as?: 'server' | 'command';
    readonly asked?: AskedLimits;
    /** Another process encrypted the store: this one must end. */
    readonly unusable?: () => void;
  } = {},
): Promise<Store> {
  return openEmbeddedStore({
    limitsOf: as,
    ...(asked !== undefined && {
      askedLimits: {
        maxBytes: asked.maxReportsSizeMb * MEBIBYTE,
        keepDays: asked.keepDays === 0 ? null : asked.keepDays,
      },
    }),
    dir: config.CRASH_REPORTS_DIR,
    maxBytes: config.MAX_REPORTS_SIZE_MB * MEBIBYTE,
    minFreeBytes: config.MIN_FREE_DISK_MB * MEBIBYTE,
    keepDays: config.KEEP_DAYS === 0 ? null : config.KEEP_DAYS,
    autoProducts: config.AUTO_PRODUCTS,
    maxAutoProducts: config.MAX_AUTO_PRODUCTS,
    inboxSize: config.INBOX_SIZE,
    publicAnnotations: config.PUBLIC_ANNOTATIONS,
    sweepGraceMs: sweepGraceMs(config),
    pruneGraceMs: config.PRUNE_GRACE_MINUTES * 60_000,
    keepOfCase: config.KEEP_PER_CASE,
    keepIdleProductDays: config.KEEP_IDLE_PRODUCTS_DAYS,
    keepLabelDays: config.KEEP_VERSIONS_DAYS === 0 ? null : config.KEEP_VERSIONS_DAYS,
    keepAuditDays: config.KEEP_AUDIT_DAYS === 0 ? null : config.KEEP_AUDIT_DAYS,
    longQueue: config.LONG_QUEUE,
    ...secretKeys(config),
    encrypt: config.ENCRYPTION_AT_REST,
    ...(unusable !== undefined && { unusable }),
    log: log.child({ part: 'store' }),
    metrics,
  });
}

/** What the server keeps that last served the data folder of the configuration; null: none did. Throws SQLite's error. */
export function servedLimits(config: Config): AskedLimits | null {
  const served = servedLimitsOf(config.CRASH_REPORTS_DIR);
  if (served === null) return null;
  return { maxReportsSizeMb: Math.round(served.maxBytes / MEBIBYTE), keepDays: served.keepDays ?? 0 };
}

function secretKeys(
  config: Config,
): Pick<Parameters<typeof openEmbeddedStore>[0], 'secretKeys' | 'secretKeysLater'> {
  const [command, later] = [secretKeysOf(config), secretKeysLater(config)];
  return command === undefined || later === undefined ? {} : { secretKeys: command, secretKeysLater: later };
}

function keySourceOf(config: Config): KeySource {
  return { layout: layoutOf(config.CRASH_REPORTS_DIR), command: secretKeysOf(config) };
}

/** `mayday keys list`: the keys of secrets, and how many each sealed. Throws a sentence. */
export function listKeys(config: Config): readonly KeyUse[] {
  return keyUses(keySourceOf(config));
}

/** `mayday keys status`: encryption at rest of the data folder. Throws a sentence. */
export function encryptionOf(config: Config): EncryptionState {
  return encryptionState(layoutOf(config.CRASH_REPORTS_DIR));
}

/** `mayday keys rotate`: another key, and every secret sealed anew. Throws a sentence; every secret then opens as before. */
export function changeKeys(config: Config, options: { readonly data: boolean }): Rotation {
  return rotateKeys(keySourceOf(config), undefined, options);
}

/** `mayday keys forget`: takes retired keys out of the file. Throws a sentence; the file is then as it was. */
export function dropKeys(config: Config, ids: readonly string[]): readonly KeyUse[] {
  return forgetKeys(keySourceOf(config), ids);
}

/** `mayday repair` on the data folder of the configuration. */
export function repair(config: Config, now: number, options: RepairOptions): RepairResult {
  return repairStore(config.CRASH_REPORTS_DIR, now, { ...options, secretKeys: secretKeysOf(config) });
}

/** How far something is: of what, and how much of it. */
export type ShowProgress = (what: string, done: number, total: number) => void;

/** `mayday backup` of the data folder of the configuration: into a folder of backups, into one file, or into a bucket. Throws a sentence. */
export async function backUp(
  config: Config,
  {
    target,
    link,
    keep,
    ...options
  }: Pick<BackupSettings, 'target' | 'keep' | 'link' | 'full' | 'now' | 'version' | 'progress'>,
): Promise<MadeBackup> {
  unlockStore(keySourceOf(config));
  const settings = { ...options, files: nodeFiles, dir: config.CRASH_REPORTS_DIR };
  if (isS3Url(target)) return makeBucketBackup({ ...settings, keep, bucket: bucketOf(config, target) });
  if (isArchiveName(target)) return makeArchive({ ...settings, target });
  return makeBackup({ ...settings, target, link, keep });
}

/** Whether a backup is one file, by its name. */
export function isArchiveName(target: string): boolean {
  return !isS3Url(target) && target.endsWith('.tar.zst');
}

/** A bucket of backups, with the key of the configuration. Throws a sentence. */
function bucketOf(config: Config, url: string): Bucket {
  const { bucket, prefix } = parseS3Url(url);
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = config;
  if (accessKeyId === '' || secretAccessKey === '')
    throw new Error(`${url} needs a key: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`);
  const client = new S3Client(bucket, {
    accessKeyId,
    secretAccessKey,
    sessionToken: config.AWS_SESSION_TOKEN,
    region: config.AWS_REGION,
    endpoint: config.AWS_ENDPOINT_URL_S3,
    pathStyle: config.S3_PATH_STYLE === 'auto' ? null : config.S3_PATH_STYLE === 'always',
  });
  return { client, prefix, name: `s3://${bucket}/${prefix}`.replace(/\/$/, '') };
}

/** A restore, and how many reports went because they were erased since. */
export interface BroughtUp extends Restored {
  readonly erasedReports: number;
}

/** `mayday restore` into the data folder of the configuration, with what was erased since. Throws a sentence. */
export async function restore(
  surroundings: Omit<Surroundings, 'version'>,
  {
    from,
    journal,
    skipDamaged,
    keys: named,
    by,
    ...options
  }: Pick<RestoreSettings, 'name' | 'progress'> & {
    readonly from: string;
    /** Journals that cannot be read whole do not stop it. */
    readonly skipDamaged: boolean;
    /** A file of keys; null: those that are found. */
    readonly keys: string | null;
    /** The file of an erasure journal; null: those that are found. */
    readonly journal: string | null;
    readonly by: { readonly at: number; readonly user: string; readonly host: string };
  },
): Promise<BroughtUp> {
  const { config } = surroundings;
  const [files, dir] = [nodeFiles, config.CRASH_REPORTS_DIR];
  const source = isS3Url(from) ? bucketOf(config, from) : from;
  const keys = await findKeys({ files, dir, named, command: secretKeysOf(config) });
  const journals = await findJournals({ files, from: source, dir, named: journal });
  const erasures = { by, journals, skipDamaged };
  const restored = await restoreBackup({ ...options, from: source, files, dir, keys, erasures });
  return { ...restored, erasedReports: restored.erasures === 0 ? 0 : await applyErasures(surroundings) };
}

async function applyErasures(surroundings: Omit<Surroundings, 'version'>): Promise<number> {
  try {
    return (await bringUp(surroundings)) ?? 0;
  } catch (error) {
    const { CRASH_REPORTS_DIR: dir } = surroundings.config;
    throw new Error(
      `The backup lies in ${dir} now, but what was erased since it was made is not gone yet (${error instanceof Error ? error.message : String(error)}): restore again to go on with that, or start a server, which serves nothing before.`,
      { cause: error },
    );
  }
}

/** Goes on with a restore that was killed when its files were in place; gives the number of reports that went, null: there is none. Throws a sentence. */
export async function bringUp(surroundings: Omit<Surroundings, 'version'>): Promise<number | null> {
  if ((readRestored(surroundings.config.CRASH_REPORTS_DIR)?.lines.length ?? 0) === 0) return null;
  // Whoever opens the store applies it.
  const store = await openStore(surroundings);
  try {
    const { rows } = await store.audit.list({ what: 'store.restore' }, { limit: 1 });
    // What was erased is in no file any more when this is through.
    await store.maintenance.prune();
    return Number(rows[0]?.detail['reports'] ?? 0);
  } finally {
    await store.close();
  }
}

/** A line in the audit log of a data folder, by a command that does not open its store. Null: it stands there; else why not. */
export function auditFolder({ CRASH_REPORTS_DIR: dir }: Config, entry: AuditEntry): string | null {
  try {
    const isThere = addAuditLine(layoutOf(dir).database, entry, Date.now());
    return isThere ? null : 'its database is that of another version';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Leaves what was erased beside the backups, where BACKUP_DIR says where they are, as soon as there is more of it; call it again and again. Throws. */
export function journalKeeper({ config }: Pick<Surroundings, 'config'>): (() => Promise<void>) | null {
  const { BACKUP_DIR: backups, CRASH_REPORTS_DIR: dir } = config;
  if (backups === '') return null;
  const folder = isArchiveName(backups) ? path.dirname(path.resolve(backups)) : backups;
  let last = 0;
  return async () => {
    last = await leaveJournal(nodeFiles, dir, isS3Url(backups) ? bucketOf(config, backups) : folder, last);
  };
}

/** `mayday verify` of a data folder, or of a backup's: an encrypted one opens with the keys of the configuration, or with a file of keys in it. */
export async function verify(config: Config | null, dir: string, progress: ShowProgress): Promise<Verified> {
  const own: KeySource = { layout: layoutOf(dir) };
  const hasKeys = (await nodeFiles.stat(own.layout.keys)) !== null;
  unlockStore(hasKeys || config === null ? own : keySourceOf(config), own.layout.database);
  return verifyStore({ files: nodeFiles, dir, progress });
}

/** `mayday verify` of a backup: whether its files are those that were written. */
export function verifyBackup(
  backup: string,
  progress: (done: number, total: number) => void,
): Promise<readonly string[]> {
  return compareSums(nodeFiles, backup, progress);
}

/** `mayday verify` of the newest backup in a bucket: which one it is, and what is wrong with it. Throws a sentence. */
export async function verifyBucketBackup(
  config: Config,
  url: string,
  progress: (done: number, total: number) => void,
): Promise<{ readonly where: string; readonly wrong: readonly string[] }> {
  return compareBucketBackup(bucketOf(config, url), null, progress);
}

/** The newest backup of a folder of backups; a backup itself, or an archive, is its own. Throws a sentence. */
export function newestBackup(from: string): Promise<string> {
  return isArchiveName(from) ? Promise.resolve(from) : findBackup(nodeFiles, from, null);
}

/** When the newest finished backup was begun, milliseconds since 1970; null: there is none. `target`: a folder of backups, an archive, or a bucket. */
export async function newestBackupAt(config: Config, target: string): Promise<number | null> {
  if (isS3Url(target)) return (await listBucketBackups(bucketOf(config, target))).at(-1)?.startedAt ?? null;
  if (!isArchiveName(target)) return (await listBackups(nodeFiles, target)).at(-1)?.startedAt ?? null;
  if ((await nodeFiles.stat(target)) === null) return null;
  return Date.parse((await readArchiveManifest(nodeFiles, target)).startedAt);
}

/** Symbols for the processor and the reports server of one process. */
export function createSymbols(
  store: Store,
  { config, log, metrics }: Omit<Surroundings, 'version'>,
): SymbolService {
  return new SymbolService({
    store,
    log: log.child({ part: 'symbols' }),
    metrics,
    scratchDir: path.join(config.CRASH_REPORTS_DIR, 'incoming-symbols'),
    minFreeBytes: config.MIN_FREE_DISK_MB * MEBIBYTE,
    maxUploadBytes: config.MAX_SYMBOLS_UPLOAD_MB * MEBIBYTE,
    maxTextBytes: config.MAX_SYMBOLS_TEXT_MB * MEBIBYTE,
    maxMapBytes: config.MAX_SOURCE_MAP_MB * MEBIBYTE,
    indexing: {
      maxHeapMb: config.SYMBOL_INDEXING_MB,
      timeoutMs: config.SYMBOL_INDEXING_SECONDS * 1000,
    },
    keepDays: config.KEEP_SYMBOLS_DAYS,
    upstream: {
      servers: [
        ...config.SYMBOL_SERVERS.map((url) => ({ url, kind: 'breakpad' as const })),
        ...config.DEBUGINFOD_SERVERS.map((url) => ({ url, kind: 'debuginfod' as const })),
        ...config.MICROSOFT_SYMBOL_SERVERS.map((url) => ({ url, kind: 'microsoft' as const })),
      ],
      redirectHosts: config.SYMBOL_SERVER_REDIRECTS,
      maxCacheBytes: config.SYMBOL_CACHE_MB * MEBIBYTE,
      timeoutMs: config.SYMBOL_SERVER_TIMEOUT_SECONDS * 1000,
      perReport: {
        maxBytes: config.SYMBOL_SERVER_REPORT_MB * MEBIBYTE,
        maxMs: config.SYMBOL_SERVER_REPORT_SECONDS * 1000,
      },
    },
  });
}

/** A server that runs. */
export interface RunningServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Role 2. `symbols` is where native stacks get their names; `onFiled` hears of every report that was filed under its bugs.
 */
export async function startProcess(
  store: Store,
  { config, log, metrics, version }: Surroundings,
  { symbols = null, onFiled }: Pick<ProcessorOptions, 'symbols' | 'onFiled'> = {},
): Promise<Processor> {
  const { startProcessor } = await import('../process/start-processing.ts');
  return startProcessor({
    store,
    log: log.child({ part: 'process' }),
    metrics,
    processor: version.version,
    concurrency: config.PROCESS_THREADS,
    timeoutMs: config.PROCESS_TIMEOUT_SECONDS * 1000,
    maxHeapMb: config.PROCESS_MEMORY_MB,
    maxStackFrames: config.MAX_STACK_FRAMES,
    dataRules: config.PROCESSING_RULES,
    symbols,
    ...(onFiled !== undefined && { onFiled }),
  });
}

/** Tells people and issue trackers of bugs, beside role 2. `reportsUrl` is where people read them. */
export async function startNotify(
  store: Store,
  { reportsUrl }: { readonly reportsUrl: string },
  { config, log, metrics, version }: Surroundings,
): Promise<Notifier> {
  const [{ startNotifier }, { startTickets }, { trackerHttp }] = await Promise.all([
    import('../process/notify/start-notifying.ts'),
    import('../process/tickets/start-tickets.ts'),
    import('../process/tickets/tracker-http.ts'),
  ]);
  const tickets = startTickets({
    store,
    log: log.child({ part: 'tickets' }),
    metrics,
    http: trackerHttp({ privateHosts: config.TRACKER_PRIVATE_HOSTS, version: version.version }),
    privateHosts: config.TRACKER_PRIVATE_HOSTS,
    reportsUrl,
    giveUpMs: config.NOTIFY_GIVE_UP_DAYS * DAY_MS,
  });
  const notifier = startNotifier({
    store,
    log: log.child({ part: 'notify' }),
    metrics,
    smtpUrl: config.SMTP_URL === '' ? null : config.SMTP_URL,
    mailFrom: config.MAIL_FROM,
    mailSpacingMs: config.MAIL_SPACING_SECONDS * 1000,
    reportsUrl,
    allowPrivate: config.WEBHOOK_ALLOW_PRIVATE,
    giveUpMs: config.NOTIFY_GIVE_UP_DAYS * DAY_MS,
    publicAnnotations: config.PUBLIC_ANNOTATIONS,
    version: version.version,
  });
  return {
    nudge: () => notifier.nudge(),
    async close() {
      await Promise.all([notifier.close(), tickets.close()]);
    },
  };
}

/** What bounds and steers the taking in of reports, wherever they come from. */
export function submitOptions(
  store: Store,
  { config, log, metrics, version }: Surroundings,
): SubmitServerOptions {
  return {
    host: config.SUBMIT_SERVER_HOST,
    port: config.SUBMIT_SERVER_PORT,
    store: store.intake,
    log: log.child({ part: 'submit' }),
    metrics,
    limits: {
      maxUploadBytes: config.MAX_UPLOAD_SIZE_MB * MEBIBYTE,
      maxParts: config.MAX_PARTS,
      maxPartHeaderBytes: config.MAX_PART_HEADER_BYTES,
      maxTextPartBytes: config.MAX_TEXT_PART_KB * 1024,
      maxAnnotations: config.MAX_ANNOTATIONS,
      maxNameLength: config.MAX_NAME_LENGTH,
      maxDecompressionRatio: config.MAX_DECOMPRESSION_RATIO,
      idleTimeoutMs: config.IDLE_TIMEOUT_SECONDS * 1000,
      requestTimeoutMs: config.REQUEST_TIMEOUT_SECONDS * 1000,
      maxUploadsPerClient: config.MAX_UPLOADS_PER_CLIENT,
      maxSlowUploads: config.MAX_SLOW_UPLOADS,
      maxUploadTextBytes: config.MAX_UPLOAD_TEXTS_MB * MEBIBYTE,
      maxConnections: config.MAX_CONNECTIONS,
    },
    defaultProduct: config.DEFAULT_PRODUCT,
    trustProxy: config.TRUST_PROXY,
    throttleRules: config.THROTTLE_RULES,
    floodPerMinute: config.FLOOD_PER_MINUTE,
    removedAnnotations: config.REMOVED_ANNOTATIONS,
    uuidToken: config.UUID_TOKEN === '' ? null : config.UUID_TOKEN,
    sentry: {
      maxEventBytes: config.MAX_EVENT_KB * 1024,
      maxUnrealBytes: config.MAX_UNREAL_MB * MEBIBYTE,
      maxEnvelopeHeaderBytes: config.MAX_ENVELOPE_HEADER_KB * 1024,
      maxEnvelopeItems: config.MAX_ENVELOPE_ITEMS,
      maxEnvelopeSessions: config.MAX_ENVELOPE_SESSIONS,
      maxSessionBuckets: config.MAX_SESSION_BUCKETS,
    },
    syncthing: {
      getEnabled: config.SYNCTHING_GET,
      ignore: config.SYNCTHING_IGNORE,
      maxBytes: config.SYNCTHING_MAX_KB * 1024,
    },
    tls: config.TLS_CERT === '' ? null : { cert: config.TLS_CERT, key: config.TLS_KEY },
    version,
    processNow: null,
  };
}

/** Role 1. `processor` is the one of this process, once it has started; null where it runs elsewhere. */
export function startSubmit(
  store: Store,
  surroundings: Surroundings,
  processor: Promise<Processor> | null = null,
): Promise<RunningServer> {
  // Until it has started it needs no nudge: it begins with what is there.
  let started: Processor | null = null;
  processor?.then(
    (running) => (started = running),
    () => undefined,
  );
  return startSubmitServer({
    ...submitOptions(store, surroundings),
    processNow: processor === null ? null : async (crashId) => (await processor).processNow(crashId),
    onQueued: () => started?.nudge(),
  });
}

/** The providers of the configuration. */
function providersOf(config: Config, kind: typeof Provider): readonly Provider[] {
  return config.OIDC_PROVIDERS.map(
    (settings) => new kind(settings, providerFetch({ privateHosts: settings.privateHosts })),
  );
}

/** Role 3. `submitUrl` is where programs in the field report to, for the integration pages. */
export async function startReports(
  store: Store,
  urls: { readonly submitUrl: string; readonly reportsUrl: string },
  { config, log, metrics, version }: Surroundings,
  symbols: SymbolService,
): Promise<RunningServer> {
  const [{ startReportsServer }, { Provider }, { addressRefusal }] = await Promise.all([
    import('../reports/reports-server.ts'),
    import('../reports/sign-in-provider.ts'),
    import('../process/notify/address-guard.ts'),
  ]);
  warnOfNames(config, log);
  return startReportsServer({
    host: config.REPORTS_SERVER_HOST,
    port: config.REPORTS_SERVER_PORT,
    store,
    log: log.child({ part: 'reports' }),
    metrics,
    adminToken: config.MAYDAY_ADMIN_TOKEN === '' ? null : config.MAYDAY_ADMIN_TOKEN,
    submitUrl: urls.submitUrl,
    reportsUrl: urls.reportsUrl,
    serverNames: config.REPORTS_SERVER_NAMES,
    mail: config.SMTP_URL !== '',
    webhookRefusal: async (url) =>
      config.WEBHOOK_ALLOW_PRIVATE ? null : ((await addressRefusal(url))?.message ?? null),
    trackerPrivateHosts: config.TRACKER_PRIVATE_HOSTS,
    publicAnnotations: config.PUBLIC_ANNOTATIONS,
    version,
    clientAddress: clientAddressOf(config.TRUST_PROXY),
    symbols,
    publicSymbols: config.PUBLIC_SYMBOLS,
    keepSymbolsDays: config.KEEP_SYMBOLS_DAYS,
    providers: providersOf(config, Provider),
    passwordSignIn: config.PASSWORD_SIGN_IN,
    secondFactor: config.SECOND_FACTOR,
    requestsPerMinute: config.REPORTS_REQUESTS_PER_MINUTE,
    maxConnections: config.MAX_CONNECTIONS,
    sessionLife: {
      idleMs: config.SESSION_IDLE_HOURS * HOUR_MS,
      maxMs: config.SESSION_MAX_DAYS * DAY_MS,
    },
  });
}
