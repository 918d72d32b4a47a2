// All roles in one process on a store of their own, as `npm start` runs them, with a mail server and a receiver of webhooks.
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createLog } from '../../../src/base/log.ts';
import { createMetrics } from '../../../src/base/metrics.ts';
import { startNotifier } from '../../../src/process/notify/start-notifying.ts';
import { startProcessor } from '../../../src/process/start-processing.ts';
import { SymbolService } from '../../../src/process/symbols/symbol-service.ts';
import { startReportsServer } from '../../../src/reports/reports-server.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import type { Delivery } from '../../../src/store/notifications.ts';
import type { Store } from '../../../src/store/store.ts';
import { startSubmitServer } from '../../../src/submit/submit-server.ts';
import { startMailServer } from '../../process/notify/support/mail-server.ts';
import type { MailServer } from '../../process/notify/support/mail-server.ts';
import { startReceiver } from '../../process/notify/support/webhook-receiver.ts';
import type { WebhookReceiver } from '../../process/notify/support/webhook-receiver.ts';
import { storeOptions } from '../../store/embedded/open-store.ts';

export const ADMIN_TOKEN = 'environment-token-of-the-administrator';

export interface WholeServer {
  readonly store: Store;
  readonly dir: string;
  readonly submitUrl: string;
  readonly reportsUrl: string;
  readonly mail: MailServer;
  readonly hooks: WebhookReceiver;
  /** Waits until every report is processed and every message delivered that is due. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts everything on free ports; `stop` ends it and removes the folder. */
export async function startWholeServer(
  publicAnnotations: readonly string[],
  { encrypt = false }: { readonly encrypt?: boolean } = {},
): Promise<WholeServer> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'mayday-canary-'));
  const log = createLog('silent');
  const metrics = createMetrics();
  const store = await openEmbeddedStore(storeOptions(dir, { log, metrics, encrypt }));
  const mail = await startMailServer();
  const hooks = await startReceiver();
  const symbols = new SymbolService({
    store,
    log,
    metrics,
    scratchDir: path.join(dir, 'incoming-symbols'),
    minFreeBytes: 0,
    maxUploadBytes: 1024 * 1024,
    maxTextBytes: 1024 * 1024,
    keepDays: 0,
    upstream: { servers: [], redirectHosts: [], maxCacheBytes: 1024 * 1024, timeoutMs: 1000 },
  });
  const processor = await startProcessor({ store, log, metrics, processor: 'test', concurrency: 1 });
  const notifier = startNotifier({
    store,
    log,
    metrics,
    smtpUrl: mail.url,
    mailFrom: 'Mayday <mayday@mayday.example>',
    mailSpacingMs: 0,
    reportsUrl: 'https://mayday.example',
    allowPrivate: true,
    giveUpMs: 60_000,
    publicAnnotations,
    version: 'test',
    pollMs: 50,
  });
  const submit = await startSubmitServer({
    host: '127.0.0.1',
    port: 0,
    store: store.intake,
    log,
    metrics,
    limits: {
      maxUploadBytes: 4 * 1024 * 1024,
      maxParts: 100,
      maxPartHeaderBytes: 2048,
      maxTextPartBytes: 64 * 1024,
      maxAnnotations: 100,
      maxNameLength: 100,
      maxDecompressionRatio: 200,
      idleTimeoutMs: 5000,
      requestTimeoutMs: 10_000,
      maxUploadsPerClient: 100,
    },
    defaultProduct: 'default',
    trustProxy: '',
    throttleRules: [],
    removedAnnotations: ['Email', 'TelemetryClientId'],
    uuidToken: null,
    sentry: {
      maxEventBytes: 1024 * 1024,
      maxUnrealBytes: 1024 * 1024,
      maxEnvelopeHeaderBytes: 64 * 1024,
      maxEnvelopeItems: 100,
      maxEnvelopeSessions: 100,
      maxSessionBuckets: 100,
    },
    syncthing: { getEnabled: false, ignore: [], maxBytes: 1024 * 1024 },
    version: { version: 'test' },
    processNow: null,
    onQueued: () => processor.nudge(),
  });
  const reports = await startReportsServer({
    host: '127.0.0.1',
    port: 0,
    store,
    log,
    metrics,
    adminToken: ADMIN_TOKEN,
    submitUrl: 'https://crash.example',
    reportsUrl: 'http://127.0.0.1:8081',
    mail: true,
    publicAnnotations,
    version: { version: 'test', commit: null },
    symbols,
  });
  return {
    store,
    dir,
    submitUrl: `http://127.0.0.1:${submit.port}`,
    reportsUrl: `http://127.0.0.1:${reports.port}`,
    mail,
    hooks,
    async idle() {
      await until(async () => {
        processor.nudge();
        const { queued, leased } = await store.queue.counts();
        return queued + leased === 0;
      });
      await until(async () => {
        notifier.nudge();
        const pending = await store.notifications.listPendingNotices(1);
        const sent = await store.notifications.listDeliveries({}, 500);
        // A message that nobody has tried and that is meant for later is no work that is under way.
        const isUnderWay = ({ state, attempts, dueAt }: Delivery): boolean =>
          state === 'due' && (attempts > 0 || dueAt <= Date.now());
        return pending.length === 0 && !sent.some(isUnderWay);
      });
    },
    async stop() {
      await Promise.all([submit.close(), reports.close(), processor.close(), notifier.close()]);
      await symbols.close();
      await store.close();
      await Promise.all([mail.stop(), hooks.stop()]);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 600; turn += 1) {
    if (await isSo()) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
  }
  throw new Error('the server did not come to rest');
}
