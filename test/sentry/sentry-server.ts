// A submit server on a real store, with a product whose DSN is given, for tests of Sentry's protocol from request to crash.
import { rm } from 'node:fs/promises';
import net from 'node:net';
import pino from 'pino';
import { createMetrics } from '../../src/base/metrics.ts';
import type { SymbolProvider } from '../../src/formats/symbols/symbol-provider.ts';
import { NO_RULES, productSettings } from '../../src/process/product-settings.ts';
import { processReport } from '../../src/process/pipeline.ts';
import { readParts } from '../../src/process/worker/read-parts.ts';
import type { Mappings } from '../../src/process/symbols/source-maps/mapping-files.ts';
import type { ProcessedReport } from '../../src/report/processed-report.ts';
import type { Report } from '../../src/report/report.ts';
import type { ClientRules } from '../../src/report/client-rules.ts';
import { openEmbeddedStore } from '../../src/store/embedded/open.ts';
import type { Store } from '../../src/store/store.ts';
import { startSubmitServer, type SubmitServerOptions } from '../../src/submit/submit-server.ts';
import { newFolder, storeOptions } from '../store/embedded/open-store.ts';

export const KEY = '0123456789abcdef0123456789abcdef';
export const DSN_ID = 42;

export interface SentryServer {
  readonly port: number;
  readonly url: string;
  readonly store: Store;
  readonly dir: string;
  /** Every stored report, newest first. */
  reports(): Promise<readonly Report[]>;
  /** The report of an event. */
  ofEvent(eventId: string): Promise<Report | null>;
  process(report: Report, symbols?: SymbolProvider, mappings?: Mappings): Promise<ProcessedReport>;
  part(report: Report, name: string): Promise<Buffer | null>;
  setRules(rules: ClientRules): Promise<void>;
  close(): Promise<void>;
}

const PRODUCT = ['default', 'shop'] as const;

/** Starts a server with the product `shop`; the key and number of its DSN may be chosen. */
export async function startSentry(
  options: { readonly key?: string; readonly dsnId?: number } & Partial<
    Pick<SubmitServerOptions, 'now' | 'sentry'>
  > = {},
): Promise<SentryServer> {
  const { key = KEY, dsnId = DSN_ID } = options;
  const dir = await newFolder();
  const store = await openEmbeddedStore(storeOptions(dir));
  await store.people.createProductByHand(...PRODUCT);
  await store.clientKeys.addKey(...PRODUCT, { key, label: 'test' });
  await store.clientKeys.setDsnId(...PRODUCT, dsnId);
  const server = await startSubmitServer({
    host: '127.0.0.1',
    port: 0,
    store: store.intake,
    log: pino({ level: 'silent' }),
    metrics: createMetrics(),
    limits: {
      maxUploadBytes: 32 * 1024 * 1024,
      maxParts: 100,
      maxPartHeaderBytes: 8192,
      maxTextPartBytes: 1024 * 1024,
      maxAnnotations: 1000,
      maxNameLength: 256,
      maxDecompressionRatio: 2000,
      idleTimeoutMs: 20_000,
      requestTimeoutMs: 60_000,
      maxUploadsPerClient: 100,
    },
    defaultProduct: 'default',
    trustProxy: '',
    throttleRules: [],
    removedAnnotations: [],
    uuidToken: null,
    sentry: {
      maxEventBytes: 4 * 1024 * 1024,
      maxUnrealBytes: 4 * 1024 * 1024,
      maxEnvelopeHeaderBytes: 64 * 1024,
      maxEnvelopeItems: 1000,
      maxEnvelopeSessions: 100,
      maxSessionBuckets: 1000,
    },
    syncthing: { getEnabled: false, ignore: [], maxBytes: 1024 },
    version: {},
    processNow: null,
    ...('now' in options && options.now !== undefined && { now: options.now }),
    ...('sentry' in options && options.sentry !== undefined && { sentry: options.sentry }),
  });
  const reports = async (): Promise<readonly Report[]> => {
    const page = await store.reports.listReports({}, { limit: 1000 });
    const all = await Promise.all(page.rows.map(({ crashId }) => store.reports.getReport(crashId)));
    return all.filter((report) => report !== null);
  };
  return {
    port: server.port,
    url: `http://127.0.0.1:${server.port}`,
    store,
    dir,
    reports,
    async ofEvent(eventId) {
      const crashId = await store.intake.findByIdentity(`${PRODUCT.join('/')}:event:${eventId}`);
      return crashId === null ? null : store.reports.getReport(crashId);
    },
    async process(report, symbols, mappings) {
      const { parts } = await readParts(store.reports, report, 512);
      return processReport(
        { report, parts: new Map(parts) },
        {
          product: productSettings(NO_RULES),
          processor: 'test',
          now: () => 0,
          ...(symbols !== undefined && { symbols }),
          ...(mappings !== undefined && { mappings }),
        },
      );
    },
    async part(report, name) {
      const opened = await store.reports.openAttachment(report.crashId, name);
      if (opened === null) return null;
      const chunks: Uint8Array[] = [];
      for await (const chunk of opened.stream as AsyncIterable<Uint8Array>) chunks.push(chunk);
      return Buffer.concat(chunks);
    },
    async setRules(rules) {
      await store.clientKeys.setRules(...PRODUCT, rules);
    },
    async close() {
      await server.close();
      await store.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** An envelope as text: header, then items; payloads that are objects are written as JSON. */
export function envelopeOf(
  header: object,
  ...items: readonly (readonly [header: object, payload: object | string])[]
): string {
  const lines = [JSON.stringify(header)];
  for (const [itemHeader, payload] of items) {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
    lines.push(JSON.stringify({ length: Buffer.byteLength(text), ...itemHeader }), text);
  }
  return `${lines.join('\n')}\n`;
}

/** Posts a body to an endpoint of the product. */
export async function postSentry(
  server: SentryServer,
  endpoint: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {
    'X-Sentry-Auth': `Sentry sentry_key=${KEY}, sentry_version=7`,
  },
): Promise<{ readonly status: number; readonly headers: Headers; readonly text: string }> {
  const response = await fetch(`${server.url}/api/${DSN_ID}/${endpoint}`, {
    method: 'POST',
    body: typeof body === 'string' ? body : Buffer.from(body),
    headers,
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** Sends a recorded request byte for byte: its headers in their order, its body with the framing that they announce. */
export function replay(
  port: number,
  request: {
    readonly method: string;
    readonly path: string;
    readonly headers: readonly (readonly [name: string, value: string])[];
    readonly body: Buffer;
  },
): Promise<{ readonly status: number; readonly head: string; readonly text: string }> {
  const { method, path, headers, body } = request;
  const isChunked = headers.some(
    ([name, value]) => name.toLowerCase() === 'transfer-encoding' && /chunked/i.test(value),
  );
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  const head = Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  const framed = isChunked
    ? Buffer.concat([
        ...(body.length === 0
          ? []
          : [Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')]),
        Buffer.from('0\r\n\r\n'),
      ])
    : body;
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port, host: '127.0.0.1' });
    let text = '';
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      if (end === -1) return;
      const length = Number(/^content-length: (\d+)/im.exec(text.slice(0, end))?.[1] ?? 0);
      if (text.length < end + 4 + length) return;
      socket.destroy();
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
      resolve({ status, head: text.slice(0, end), text: text.slice(end + 4, end + 4 + length) });
    });
    socket.on('connect', () => socket.write(Buffer.concat([head, framed])));
  });
}
