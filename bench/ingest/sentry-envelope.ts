// A small error envelope, as Sentry's Python client sends one, and a data folder with the product that its key names.
import { createLog } from '../../src/base/log.ts';
import { createMetrics } from '../../src/base/metrics.ts';
import { openEmbeddedStore } from '../../src/store/embedded/open.ts';
import type { Store } from '../../src/store/store.ts';
import type { PreparedRequest } from './load.ts';

export const SENTRY_KEY = '0123456789abcdef0123456789abcdef';
export const DSN_ID = 42;
/** As `load.ts` patches it; decimal digits are hexadecimal ones, too. */
const COUNTER = '0'.repeat(12);

/** The event of the envelope. */
export function sentryEvent(eventId: string): object {
  return {
    event_id: eventId,
    timestamp: '2026-03-14T12:00:00.000000Z',
    platform: 'python',
    level: 'error',
    release: 'shop@1.2.3',
    environment: 'production',
    server_name: 'web-1',
    tags: { region: 'eu-west' },
    user: { id: '1001' },
    contexts: { runtime: { name: 'CPython', version: '3.13.1' }, trace: { trace_id: 'a'.repeat(32) } },
    breadcrumbs: {
      values: [
        { type: 'http', category: 'httplib', data: { url: 'https://shop.example/cart', status_code: 200 } },
      ],
    },
    sdk: { name: 'sentry.python', version: '2.75.0' },
    exception: {
      values: [
        {
          type: 'ValueError',
          value: 'the cart is empty',
          mechanism: { type: 'excepthook', handled: false },
          stacktrace: {
            frames: Array.from({ length: 6 }, (_, index) => ({
              filename: `shop/part${index}.py`,
              abs_path: `/srv/shop/part${index}.py`,
              module: `shop.part${index}`,
              function: `step_${index}`,
              lineno: 10 + index,
              context_line: `    return step(${index})`,
              vars: { index: String(index) },
              in_app: true,
            })),
          },
        },
      ],
    },
  };
}

/** The request; its header names an event id of its own each time. */
export function envelopeUpload(): PreparedRequest {
  const event = JSON.stringify(sentryEvent('b'.repeat(32)));
  const header = JSON.stringify({ event_id: `${COUNTER}${'a'.repeat(20)}`, sent_at: '2026-03-14T12:00:00Z' });
  const body = `${header}\n${JSON.stringify({ type: 'event', length: Buffer.byteLength(event) })}\n${event}\n`;
  const head = [
    `POST /api/${DSN_ID}/envelope/ HTTP/1.1`,
    'Host: 127.0.0.1',
    'Content-Type: application/x-sentry-envelope',
    `X-Sentry-Auth: Sentry sentry_key=${SENTRY_KEY}, sentry_version=7, sentry_client=sentry.python/2.75.0`,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  const bytes = Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
  return { bytes, counterAt: bytes.indexOf(COUNTER) };
}

/** A store on a data folder of the benchmark. */
export function openBenchStore(dir: string): Promise<Store> {
  return openEmbeddedStore({
    dir,
    maxBytes: 4096 * 1024 * 1024,
    minFreeBytes: 0,
    keepDays: null,
    autoProducts: true,
    maxAutoProducts: 100,
    inboxSize: 100,
    sweepGraceMs: 60_000,
    log: createLog('silent'),
    metrics: createMetrics(),
  });
}

/** Makes the product and its key in an empty data folder. */
export async function prepareSentryFolder(dir: string): Promise<void> {
  const store = await openBenchStore(dir);
  await store.people.createProductByHand('default', 'shop');
  await store.clientKeys.addKey('default', 'shop', { key: SENTRY_KEY, label: 'bench' });
  await store.clientKeys.setDsnId('default', 'shop', DSN_ID);
  await store.close();
}
