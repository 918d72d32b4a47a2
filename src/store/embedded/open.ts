// Opens the embedded store: one SQLite file, attachments as files beside it.
import { COMMAND } from '../../base/command-name.ts';
import { availableParallelism } from 'node:os';
import type { Log } from '../../base/log.ts';
import type { Metrics } from '../../base/metrics.ts';
import { SecretsLocked } from '../shared/secret-box.ts';
import type { Store } from '../store.ts';
import { createErasureStore } from './erasure-store.ts';
import { createAuditStore } from './audit-store.ts';
import { createBugStore } from './bug-store.ts';
import { createBulkStore } from './bulk-store.ts';
import { copyBeforeMigration } from './database/before-migration.ts';
import { appliedNumber, migrate, readMigrations } from './database/migrate.ts';
import { openDatabase, walBytesFor } from './database/open-database.ts';
import type { ConnectionSettings } from './database/open-database.ts';
import { isEncrypted } from './database/sealing-functions.ts';
import {
  databaseExists,
  explainDamage,
  lookAtStart,
  requireDatabase,
  requireNoRestore,
  requireOwnFiles,
} from './database/sound-database.ts';
import { Examination } from './examination.ts';
import type { Connection } from './database/query.ts';
import { feedbackOfBug, feedbackOfProduct, feedbackOfReport } from './clients/feedback-rows.ts';
import { createClientKeyStore } from './client-key-store.ts';
import { CountBuffer } from './count-buffer.ts';
import { purgeIsDue } from './write/purge.ts';
import { findForeignFiles } from './write/foreign-files.ts';
import { diskUsage, totalBytes } from './write/disk-usage.ts';
import { DiskWatch } from './disk-watch.ts';
import { nodeFiles } from './disk/files.ts';
import type { StoreParts } from './store-parts.ts';
import { healthOf } from './store-health.ts';
import { InboxBuffer } from './inbox-buffer.ts';
import { createIntakeStore } from './intake-store.ts';
import { layoutOf, packBytesFor } from './disk/folder-layout.ts';
import { PackWriter } from './disk/pack-writer.ts';
import { isLackOfSpace } from './disk/storage-error.ts';
import { keepReserve, releaseReserve, reserveBytesFor } from './disk/reserve.ts';
import type { Layout } from './disk/folder-layout.ts';
import { createAccountStore } from './account-store.ts';
import { createAlertStore } from './alert-store.ts';
import { createNotificationStore } from './notification-store.ts';
import { keepTableMap } from './repair/table-map.ts';
import type { EmbeddedOptions } from './options.ts';
import { heedServed, noteServedLimits, readServedLimits } from './served-limits.ts';
import type { KeepingLimits } from './served-limits.ts';
import { createPeopleStore } from './people-store.ts';
import { createQueueStore } from './queue-store.ts';
import { PackingPool } from './packing/packing-pool.ts';
import { ReaderPool } from './reading/reader-pool.ts';
import { reportsByState } from './read/read-status.ts';
import { Recent } from './recent.ts';
import { createReportStore } from './report-store.ts';
import { mayDraftSegment } from './search/draft-segment.ts';
import { queryFault } from './search/ask-facts.ts';
import { listSavedSearches } from './search/saved-searches.ts';
import { Sealing } from './sealing.ts';
import { builtFrom, commitsOf, productsOfRelease } from './releases/read-releases.ts';
import { notePublicAnnotations } from './retention/keep-rules.ts';
import { createAnalysisStore } from './analysis-store.ts';
import { sessionDays } from './sessions/read-sessions.ts';
import { takeUpRestored } from './take-up-restored.ts';
import { createTicketStore } from './ticket-store.ts';
import { createSymbolStore } from './symbol-store.ts';
import type { FromThread } from './thread/protocol.ts';
import { countByKey, hasClearRows, sealInPlace } from './secrets/sealed-rows.ts';
import { beginEncryption, keepWrappedKeys, unlockStore } from './secrets/unlock-store.ts';
import { DataKeyWatch } from './secrets/data-key-watch.ts';
import { currentKeys, keysThere, Secrets } from './secrets/stored-secrets.ts';
import type { KeySource } from './secrets/stored-secrets.ts';
import { WriterClient } from './thread/writer-client.ts';

export type { EmbeddedOptions } from './options.ts';

/** One processor is left for the thread that serves; more than these gain nothing beside the disk. */
const MAX_PACKING_THREADS = 4;
const DEFAULT_IDLE_PRODUCT_DAYS = 30;
const DEFAULT_LABEL_DAYS = 365;
const DEFAULT_KEEP_OF_CASE = 10;
const DEFAULT_SEGMENT_ROWS = 8190;
const MAIN_CACHE_BYTES = 4 * 1024 * 1024;

/**
 * Opens the store, creating the folder and bringing the database to this version. Throws a sentence for the operator when
 * the folder cannot be used or the database was made by a newer version.
 */
export async function openEmbeddedStore(given: EmbeddedOptions): Promise<Store> {
  const { dir, log, metrics, now = Date.now, files = nodeFiles } = given;
  const layout = layoutOf(dir);
  requireNoRestore(layout);
  await withSpace(layout, async () => {
    for (const folder of foldersOf(layout)) await files.makeFolder(folder);
  });
  requireDatabase(layout);
  const source = { layout, command: given.secretKeys };
  const limits = openWithSpace(layout, () => prepareDatabase(layout, given));
  const options = { ...given, ...limits };
  keepReserve(layout, reserveBytesFor(options.maxBytes));
  sealOldSecrets(source, options);
  const connection = openDatabase(layout.database, {
    readonly: true,
    cacheBytes: MAIN_CACHE_BYTES,
    walBytes: walBytesFor(options.maxBytes),
  });
  const disk = await DiskWatch.start({
    ...options,
    files,
    measure: () => measure(connection, layout, metrics),
  });
  const hear = (message: FromThread): void => {
    if (message.kind === 'disk') disk.hear(message.disk);
    if (message.kind === 'trouble') log.error({ detail: message.message }, 'the store had trouble');
    if (message.kind === 'unusable') {
      log.error('the store was encrypted by another process: this one must stop, and be started again');
      given.unusable?.();
    }
    if (message.kind === 'pruned') {
      metrics.prunedReports.inc(message.reports);
      log.info({ reports: message.reports, bytes: message.bytes, why: message.why }, 'reports were pruned');
    }
    if (message.kind === 'dropped') {
      const { dumps, annotations } = message;
      metrics.droppedParts.inc({ what: 'dumps' }, dumps);
      metrics.droppedParts.inc({ what: 'annotations' }, annotations);
      log.info({ dumps, annotations }, 'reports lost parts, as their products decided');
    }
    if (message.kind === 'results' && message.reports > 0) {
      metrics.commitBatchSize.observe(message.reports);
      metrics.commitSeconds.observe(message.seconds);
    }
  };
  const writer = new WriterClient(
    {
      dir,
      encrypted: isEncrypted(connection),
      maxBytes: options.maxBytes,
      keepDays: options.keepDays,
      sweepGraceMs: options.sweepGraceMs,
      pruneGraceMs: options.pruneGraceMs,
      keepOfCase: options.keepOfCase,
      maxAutoProducts: options.crowdOfProducts,
      keepIdleProductDays: options.keepIdleProductDays,
      keepLabelDays: options.keepLabelDays,
      keepAuditDays: options.keepAuditDays,
      housekeeping: options.housekeeping ?? true,
    },
    hear,
  );
  const examination =
    (options.housekeeping ?? true)
      ? new Examination({
          database: layout.database,
          damaged: (damage) =>
            log.error({ detail: damage }, `the database is damaged: run ${COMMAND} repair`),
          failed: (error) => log.error({ err: error }, 'the database could not be examined'),
        })
      : null;
  const inbox = new InboxBuffer(writer, options.inboxSize, (error) => {
    log.error({ err: error }, 'inbox entries could not be kept');
  });
  const counts = new CountBuffer(writer, now, (error) => {
    log.error({ err: error }, 'counts of clients could not be kept');
  });
  const pool = new PackingPool(
    Math.max(1, Math.min(MAX_PACKING_THREADS, availableParallelism() - 1)),
    layout.database,
  );
  const packs = new PackWriter({
    files,
    layout,
    packBytes: packBytesFor(options.maxBytes),
    register: (name) => writer.write('createPack', [name]),
    now,
  });
  const reader = new ReaderPool({ database: layout.database });
  const sealing = new Sealing({
    reader,
    writer,
    rows: options.segmentRows ?? DEFAULT_SEGMENT_ROWS,
    limits: { keepDays: options.keepDays, maxBytes: options.maxBytes },
    now,
    mayDraft: (wanted) => mayDraftSegment(connection, wanted),
    regularly: options.housekeeping ?? true,
    failed: (error) => log.error({ err: error }, 'facts of crashes could not be sealed'),
  });
  const parts: StoreParts = {
    options,
    now,
    layout,
    files,
    connection,
    reader,
    writer,
    pool,
    packs,
    secrets: new Secrets(source, { now, log }),
    products: new Recent(now),
    keys: new Recent(now),
    disk,
    damage: () => examination?.damage ?? null,
  };
  const dataKeys = new DataKeyWatch(connection, { source, ask: given.secretKeysLater, log });
  const audit = createAuditStore(parts);
  let closing: Promise<void> | null = null;

  async function close(): Promise<void> {
    await examination?.stop();
    await sealing.stop();
    await Promise.all([inbox.flush(), counts.flush(), audit.flush()]);
    await packs.close();
    await writer.close();
    await pool.close();
    await reader.close();
    disk.stop();
    dataKeys.stop();
    connection.close();
  }

  try {
    await takeUpRestored(parts);
  } catch (error) {
    await close();
    throw error;
  }
  const intake = createIntakeStore(parts, { inbox, counts });
  return {
    capabilities: { limitIsExact: true, spools: false, tellsDiskFree: true },
    health: () => healthOf(intake),
    intake,
    reports: createReportStore(
      parts,
      async () => {
        const usage = diskUsage(connection, layout);
        return { databaseBytes: usage.database + usage.log, usedBytes: totalBytes(usage) };
      },
      () => inbox.flush(),
    ),
    people: createPeopleStore(parts),
    accounts: createAccountStore(parts),
    queue: createQueueStore(parts),
    bugs: createBugStore(parts),
    bulk: createBulkStore(parts),
    search: {
      search: (question) => reader.read('askFacts', question, now()),
      timeline: (search) => reader.read('askTimeline', search, now()),
      firstMatches: (search) => reader.read('askFirstMatches', search, now()),
      searchBugs: (search) => reader.read('foundBugs', search, now()),
      searchBugIds: (search, limit) => reader.read('foundBugIds', search, limit, now()),
      usersOfBugs: (bugs) => reader.read('usersOfBugs', bugs),
      savedSearches: async (owner) => listSavedSearches(connection, owner),
      saveSearch: (saved) => writer.write('saveSearch', [saved]),
      deleteSearch: (owner, id) => writer.write('deleteSearch', [owner, id]),
      queryFault: async (products, asked) => queryFault(connection, products, asked, now()),
      searchReports: (search) => reader.read('foundReports', search, now()),
      searchKeys: (products, options) => reader.read('listSearchKeys', products, options?.onlyUsed === true),
    },
    analysis: createAnalysisStore(parts),
    releases: {
      list: (product, page) => reader.read('listReleases', product, page, now()),
      get: (product, version) => reader.read('getRelease', product, version, now()),
      compare: (product, asked) => reader.read('compareReleases', product, asked, now()),
      note: (product, note) => writer.write('noteRelease', [product, note, now()]),
      deployed: (product, version, deploy) => writer.write('noteDeploy', [product, version, deploy, now()]),
      async builtFrom(product, version) {
        return builtFrom(connection, product, version);
      },
      async commitsOf(product, version) {
        return commitsOf(connection, product, version);
      },
      async madeFor(account, version) {
        return productsOfRelease(connection, account, version);
      },
      forget: (product, version) => writer.write('forgetRelease', [product, version]),
    },
    symbols: createSymbolStore(parts),
    notifications: createNotificationStore(parts),
    alerts: createAlertStore(parts),
    tickets: createTicketStore(parts),
    clientKeys: createClientKeyStore(parts, () => counts.flush()),
    sessions: {
      async days(asked) {
        return sessionDays(connection, asked);
      },
    },
    feedback: {
      async ofProduct(account, product, limit) {
        return feedbackOfProduct(connection, account, product, limit);
      },
      async ofReport(crashId) {
        return feedbackOfReport(connection, crashId);
      },
      async ofBug(bugId, limit) {
        return feedbackOfBug(connection, bugId, limit);
      },
    },
    audit,
    erasures: createErasureStore(parts, () => inbox.flush()),
    maintenance: {
      async prune() {
        const pruned = await writer.maintain();
        await sealing.settle();
        // What segments held until now is in the log.
        if (purgeIsDue(connection, now(), 0)) await writer.maintain();
        return pruned;
      },
    },
    close: () => (closing ??= close()),
  };
}

/** What a scrape shows of the store, whichever process of a shared folder it asks; gives the number of reports that wait. */
function measure(connection: Connection, layout: Layout, metrics: Metrics): number {
  const states = reportsByState(connection);
  for (const [state, count] of Object.entries(states)) {
    metrics.reports.set({ state }, count);
  }
  metrics.storeUsedBytes.set(totalBytes(diskUsage(connection, layout)));
  return states.queued;
}

/** The folders of a store; one of an earlier version may lack the newer ones. */
function foldersOf(layout: Layout): readonly string[] {
  return [layout.root, layout.reports, layout.incoming, layout.packs, layout.blobs, layout.symbols];
}

/** A folder takes a block, too. */
async function withSpace(layout: Layout, make: () => Promise<void>): Promise<void> {
  try {
    await make();
  } catch (error) {
    if (!isLackOfSpace(error) || !releaseReserve(layout)) throw error;
    await make();
  }
}

/** SQLite needs a little space to open a database; on a full disk there is what was kept back for that. */
function openWithSpace<T>(layout: Layout, open: () => T): T {
  try {
    return open();
  } catch (error) {
    // A full disk shows in several ways here, and where it was not the reason the second try fails as the first did.
    if (error instanceof SecretsLocked || !releaseReserve(layout)) throw error;
    return open();
  }
}

/** Creates and migrates the database before any reader opens it. Gives the limits that hold in this process. */
function prepareDatabase(layout: Layout, options: EmbeddedOptions): KeepingLimits {
  const { maxBytes, log } = options;
  const source = { layout, command: options.secretKeys };
  const settings = { cacheBytes: MAIN_CACHE_BYTES, walBytes: walBytesFor(maxBytes) };
  return explainDamage(layout, () => {
    const isNew = !databaseExists(layout);
    if (!isNew) {
      // A damaged one is left exactly as it is.
      withDatabase(layout, { ...settings, readonly: true }, (connection) =>
        lookAtStart(connection, layout, () => performance.now()),
      );
      // A store that does not open is left exactly as it is, too.
      unlockStore(source);
    }
    return withDatabase(layout, { ...settings, readonly: false }, (connection) => {
      bringUpToDate(connection, layout, log);
      // A command may run beside servers that run in clear; a folder that it makes has none.
      if (options.encrypt === true && (isNew || options.limitsOf !== 'command')) {
        if (beginEncryption(connection, source)) log.info('the store is encrypted from now on');
      }
      keepWrappedKeys(connection, layout);
      lookForForeignFiles(connection, layout, log);
      tryToKeepTableMap(connection, layout, log);
      return limitsThatHold(connection, layout, { ...options, isNew });
    });
  });
}

/** A command that makes the store leaves its limits there as a server does: the next command goes on under them. */
function limitsThatHold(
  connection: Connection,
  layout: Layout,
  {
    isNew,
    limitsOf = 'server',
    askedLimits = {},
    log,
    ...options
  }: EmbeddedOptions & { readonly isNew: boolean },
): KeepingLimits {
  const own: KeepingLimits = {
    maxBytes: options.maxBytes,
    keepDays: options.keepDays,
    keepIdleProductDays: options.keepIdleProductDays ?? DEFAULT_IDLE_PRODUCT_DAYS,
    keepLabelDays: options.keepLabelDays === undefined ? DEFAULT_LABEL_DAYS : options.keepLabelDays,
    keepAuditDays: options.keepAuditDays ?? null,
    crowdOfProducts: options.autoProducts ? options.maxAutoProducts : 0,
    inboxSize: options.inboxSize,
    pruneGraceMs: options.pruneGraceMs ?? 0,
    keepOfCase: options.keepOfCase ?? DEFAULT_KEEP_OF_CASE,
  };
  if (limitsOf === 'command' && !isNew) {
    const used = totalBytes(diskUsage(connection, layout));
    return { ...heedServed(own, readServedLimits(connection), used), ...askedLimits };
  }
  try {
    noteServedLimits(connection, own);
    if (options.publicAnnotations !== undefined) notePublicAnnotations(connection, options.publicAnnotations);
  } catch (error) {
    // Reports are taken in all the same.
    log.warn({ err: error }, 'the limits of this server could not be written down for commands');
  }
  return own;
}

/**
 * Makes the keys at the first start, and seals secrets that a version before keys left in clear: what they were is overwritten. Where secrets are
 * sealed and their file is missing (a backup was restored), none is made in the place where that belongs. Reports come in all the same where
 * that fails; what needs a secret then says so.
 */
function sealOldSecrets(source: KeySource, { maxBytes, log }: EmbeddedOptions): void {
  try {
    const settings = { cacheBytes: MAIN_CACHE_BYTES, walBytes: walBytesFor(maxBytes) };
    withDatabase(source.layout, { ...settings, readonly: true }, (reading) => {
      const needed = [...countByKey(reading).keys()].filter((id) => id !== 'none');
      const hasClear = hasClearRows(reading);
      const ring = needed.length === 0 || hasClear ? currentKeys(source) : keysThere(source);
      const missing = needed.filter((id) => ring?.some((key) => key.id === id) !== true);
      if (missing.length > 0) {
        log.error(
          { keys: missing },
          `secrets of webhooks, trackers or second factors cannot be opened: put the missing keys back (${COMMAND} keys list)`,
        );
      }
      if (!hasClear || ring === null) return;
      withDatabase(source.layout, { ...settings, readonly: false }, (connection) => {
        const sealed = sealInPlace(connection, ring);
        log.info({ sealed }, 'secrets that lay in clear in the database are sealed');
      });
    });
  } catch (error) {
    log.error({ err: error }, 'the keys of secrets cannot be used');
  }
}

/** Keeps a copy of what an older version left, and says which migration runs: those of a large store take minutes. */
function bringUpToDate(connection: Connection, layout: Layout, log: Log): void {
  const schema = appliedNumber(connection);
  const newest = readMigrations().at(-1)?.number ?? 0;
  if (schema > 0 && schema < newest) {
    log.info(
      { schema, newest },
      'the database is that of an older version; it is copied and brought up to date',
    );
    const copy = copyBeforeMigration(connection, layout, schema);
    if (copy === null)
      log.warn({ schema }, 'there is no room for a copy of the database before its migration');
    else log.info({ copy }, 'the database of the older version is kept for a week');
  }
  migrate(connection, undefined, ({ name }, index, total) => {
    if (schema > 0) log.info({ migration: name, number: index + 1, of: total }, 'a migration begins');
  });
}

/** Throws where the database is not that of the files. A backup that was put back over newer files may be used; nothing removes those. */
function lookForForeignFiles(connection: Connection, layout: Layout, log: Log): void {
  // The system's clock, which gives files their times.
  const { older, between, createdAt } = findForeignFiles(connection, layout, Date.now());
  requireOwnFiles(layout, older, createdAt);
  if (between === 0) return;
  log.warn(
    { found: between },
    `files of reports came while no server used this database (a backup was put back?): they stay, and ${COMMAND} repair gives them their rows`,
  );
}

/** A store that is full starts without: the map of the last start is nearly always the same. */
function tryToKeepTableMap(connection: Connection, layout: Layout, log: Log): void {
  try {
    keepTableMap(connection, layout);
  } catch (error) {
    log.warn({ err: error }, 'the map of the database could not be written');
  }
}

function withDatabase<T>(
  { database }: Layout,
  settings: ConnectionSettings,
  work: (connection: Connection) => T,
): T {
  const connection = openDatabase(database, settings);
  try {
    return work(connection);
  } finally {
    connection.close();
  }
}
