// One realistic sample for every protocol, posted as the real clients post them. What `mayday demo` sends.
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { demoMinidump } from './demo-minidump.ts';

/** What one sample did: the last answer of the server, and whether the client would call it a success. */
export interface SampleResult {
  readonly ok: boolean;
  readonly status: number;
  readonly answer: string;
}

/** Where and when: `baseUrl` has no slash at its end; `seed` makes two runs differ, as two crashes do. */
export interface SampleContext {
  readonly baseUrl: string;
  readonly atMs: number;
  readonly seed: string;
  /** The DSN of a product, for the samples that need one; null: none was given. */
  readonly dsn: string | null;
  readonly fetch: typeof globalThis.fetch;
}

/** One protocol's sample. */
export interface Sample {
  readonly protocol: string;
  readonly describes: string;
  /** Whether it can be sent only with a DSN. */
  readonly needsDsn?: boolean;
  send(context: SampleContext): Promise<SampleResult>;
}

/** In the order of the table in README.md. */
export const SAMPLES: readonly Sample[] = [
  {
    protocol: 'crashpad',
    describes: 'Crashpad upload: gzip, minidump, Jami metadata',
    async send(context) {
      const form = await encodeForm([
        ['build_id', '202410021437'],
        ['client_sha', '77149ebd62'],
        ['guid', '50c4218a-bcb9-48a9-8093-a06e6435cd61'],
        ['jamicore_sha', 'cbf8f0af6'],
        ['platform', 'Ubuntu 22.04.4 LTS_x86_64'],
        ['crash_time', new Date(context.atMs).toISOString()],
        ['upload_file_minidump', demoMinidump(context.atMs), `${context.seed}.dmp`],
      ]);
      const url = `${context.baseUrl}/submit?product=Jami&version=20241002&guid=50c4218a-bcb9-48a9-8093-a06e6435cd61`;
      return post(context, url, gzipSync(form.body), {
        'content-type': form.contentType,
        'content-encoding': 'gzip',
        'user-agent': 'Crashpad/0.8.0 (Linux; x86_64)',
      });
    },
  },
  {
    protocol: 'socorro',
    describes: 'Socorro submission: JSON annotations, minidump',
    async send(context) {
      const extra = {
        ProductName: 'Demo Browser',
        Version: '128.0.1',
        BuildID: '20260728203720',
        ReleaseChannel: 'release',
        // Two runs within one second are two crashes and no retry.
        DemoRun: context.seed,
        CrashTime: String(Math.floor(context.atMs / 1000)),
        StartupTime: String(Math.floor(context.atMs / 1000) - 77),
        TelemetryEnvironment: JSON.stringify({
          build: { applicationName: 'Demo Browser', version: '128.0.1' },
        }),
      };
      const form = await encodeForm([
        ['extra', JSON.stringify(extra), null, 'application/json'],
        ['upload_file_minidump', demoMinidump(context.atMs + 1000), `${context.seed}.dmp`],
      ]);
      return post(context, `${context.baseUrl}/submit`, form.body, {
        'content-type': form.contentType,
        'user-agent': 'Breakpad/1.0 (Linux)',
      });
    },
  },
  {
    protocol: 'crashkit',
    describes: 'CrashKit current API: a new client id, then a Python exception',
    async send(context) {
      const product = `${context.baseUrl}/default/products/demo-python`;
      const answer = await context.fetch(`${product}/obtain-client-id`);
      const client = new URLSearchParams(await answer.text());
      const id = client.get('client_id') ?? '0';
      const cookie = client.get('client_cookie') ?? '0';
      return post(
        context,
        `${product}/post-report/${id}/${cookie}`,
        JSON.stringify([crashKitOccurrence(context)]),
        {
          'content-type': 'application/x-www-form-urlencoded',
          'user-agent': 'Python-urllib/3.12',
        },
      );
    },
  },
  {
    protocol: 'crashkit1',
    describes: 'CrashKit 1.0 API: a Java exception with its cause',
    send(context) {
      const url = `${context.baseUrl}/api/1/default/products/demo-java/reports`;
      return post(context, url, JSON.stringify(crashKit1Report(context)), {
        'content-type': 'application/json',
        'user-agent': 'Java/17.0.15',
      });
    },
  },
  {
    protocol: 'syncthing',
    describes: 'Syncthing: HEAD, then PUT of a Go panic log',
    async send(context) {
      const text = goPanic(context);
      const url = `${context.baseUrl}/newcrash/${createHash('sha256').update(text).digest('hex')}`;
      const head = await context.fetch(url, { method: 'HEAD' });
      if (head.status === 200) return { ok: true, status: 200, answer: 'stored before' };
      const put = await context.fetch(url, {
        method: 'PUT',
        body: text,
        headers: { 'content-type': 'text/plain' },
      });
      return { ok: put.status === 200, status: put.status, answer: (await put.text()).trim() };
    },
  },
  {
    protocol: 'sentry',
    describes: "Envelope of Sentry's Python client: an exception with its cause, and a session",
    needsDsn: true,
    async send({ dsn, atMs, seed, fetch: post }) {
      const { username: key, protocol, host, pathname } = new URL(dsn ?? '');
      const slash = pathname.lastIndexOf('/');
      const endpoint = `${protocol}//${host}${pathname.slice(0, slash)}/api/${pathname.slice(slash + 1)}/envelope/`;
      const eventId = createHash('sha256').update(seed).digest('hex').slice(0, 32);
      const response = await post(endpoint, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/x-sentry-envelope',
          'Content-Encoding': 'gzip',
          'X-Sentry-Auth': `Sentry sentry_key=${key}, sentry_version=7, sentry_client=sentry.python/2.75.0`,
        },
        body: gzipSync(sentryEnvelope(eventId, new Date(atMs).toISOString())),
      });
      const answer = await response.text();
      return { ok: response.status === 200 && answer.includes(eventId), status: response.status, answer };
    },
  },
];

/** An envelope of an error and the session that it ended. */
function sentryEnvelope(eventId: string, at: string): string {
  const frame = (name: string, line: number, source: string) => ({
    ...{ filename: 'shop/cart.py', abs_path: '/srv/shop/cart.py', module: 'shop.cart', function: name },
    ...{
      lineno: line,
      context_line: source,
      in_app: true,
      vars: { sku: "'A-1'", api_token: "'never stored'" },
    },
  });
  const event = {
    ...{ event_id: eventId, timestamp: at, platform: 'python', level: 'error', release: 'shop@2.4.1' },
    ...{ environment: 'production', tags: { region: 'eu-west' }, user: { id: '1001' } },
    breadcrumbs: { values: [{ timestamp: at, category: 'http', message: 'GET /cart' }] },
    exception: {
      values: [
        {
          ...{
            type: 'KeyError',
            value: "'price'",
            mechanism: { type: 'chained', exception_id: 1, parent_id: 0 },
          },
          stacktrace: { frames: [frame('total', 12, '    return sum(p["price"] for p in parts)')] },
        },
        {
          ...{ type: 'OrderFailed', value: 'order O-5512 failed' },
          mechanism: { type: 'excepthook', handled: false, exception_id: 0 },
          stacktrace: { frames: [frame('order', 31, '    raise OrderFailed(id) from error')] },
        },
      ],
    },
    sdk: { name: 'sentry.python', version: '2.75.0' },
  };
  const session = {
    ...{ sid: eventId, init: true, status: 'crashed', errors: 1, started: at, timestamp: at, did: '1001' },
    attrs: { release: 'shop@2.4.1', environment: 'production' },
  };
  const items: readonly (readonly [string, object])[] = [
    ['event', event],
    ['session', session],
  ];
  const lines = items.flatMap(([type, item]) => {
    const text = JSON.stringify(item);
    return [JSON.stringify({ type, length: Buffer.byteLength(text) }), text];
  });
  return `${[JSON.stringify({ event_id: eventId, sent_at: at }), ...lines].join('\n')}\n`;
}

type FormPart = readonly [
  name: string,
  value: string | Uint8Array,
  filename?: string | null,
  contentType?: string,
];

async function encodeForm(parts: readonly FormPart[]) {
  const form = new FormData();
  for (const [name, value, filename, contentType] of parts) {
    if (typeof value === 'string' && contentType === undefined) form.append(name, value);
    else {
      const blob = new Blob([typeof value === 'string' ? value : Buffer.from(value)], {
        type: contentType ?? 'application/octet-stream',
      });
      form.append(name, blob, filename ?? name);
    }
  }
  const encoded = new Response(form);
  return {
    body: new Uint8Array(await encoded.arrayBuffer()),
    contentType: encoded.headers.get('content-type') ?? '',
  };
}

async function post(
  context: SampleContext,
  url: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>>,
): Promise<SampleResult> {
  const answer = await context.fetch(url, {
    method: 'POST',
    body: typeof body === 'string' ? body : Buffer.from(body),
    headers,
  });
  const text = (await answer.text()).trim();
  return { ok: answer.status === 200 && !text.startsWith('Discarded='), status: answer.status, answer: text };
}

function crashKitOccurrence(context: SampleContext) {
  return {
    client_version: '1.0.3',
    count: 1,
    date: new Date(context.atMs).toISOString().slice(0, 10),
    data: { G_page: '7', P_title: 'hello', order: context.seed },
    env: {
      HTTP_HOST: 'shop.example.com',
      PATH_INFO: '/orders/1/checkout/',
      SERVER_SOFTWARE: 'WSGIServer/0.2',
      python_version: '3.12.4',
      os_kernel_name: 'Linux',
    },
    exceptions: [
      {
        name: 'ZeroDivisionError',
        message: 'division by zero',
        locations: [
          {
            claimed: true,
            file: '/srv/shop/orders/views.py',
            line: 21,
            method: 'checkout',
            package: 'shop.orders.views',
          },
          {
            claimed: false,
            class: 'WSGIHandler',
            file: '/usr/lib/python3/django/core/handlers/base.py',
            line: 86,
            method: 'get_response',
            package: 'django.core.handlers.base',
          },
        ],
      },
    ],
    language: 'python',
    role: 'customer',
    severity: 'major',
  };
}

function crashKit1Report(context: SampleContext) {
  return {
    occurrence_id: context.seed,
    language: 'java',
    host: { id: 'a2f0c9d4-demo', hostname: 'build-7' },
    user: { id: 'anonymous-12', tags: ['trial'] },
    version: { number: '2.4.1', revision: '9f3c2ab', edition: 'standard' },
    configuration: { port: 8443 },
    request: { G_action: 'export' },
    environment: { variables: { LANG: 'en_US.UTF-8' } },
    stacktrace: [
      {
        kind: 'java.io.FileNotFoundException',
        message: '/var/data/export.csv (Permission denied)',
        locations: [
          {
            package: 'java.io',
            class: 'FileOutputStream',
            method: 'open',
            module: 'FileOutputStream.java',
            line: 255,
          },
          {
            package: 'com.example.export',
            class: 'CsvWriter',
            method: 'write',
            module: 'CsvWriter.java',
            line: 41,
            source: ['  void write() {', '    var out = new FileOutputStream(path);', '  }'],
          },
        ],
      },
      {
        kind: 'com.example.export.ExportFailed',
        message: 'cannot write the export',
        locations: [
          {
            package: 'com.example.export',
            class: 'Exporter',
            method: 'run',
            module: 'Exporter.java',
            line: 88,
          },
        ],
      },
    ],
    ownership: { packages: [{ package_prefix: 'com.example', kind: 'application' }] },
  };
}

function goPanic(context: SampleContext): string {
  return `demo-sync v1.27.3 "Gold Grasshopper" (go1.22.1 linux-amd64) builder@example.com 2026-05-21 20:36:38 UTC
Panic at ${new Date(context.atMs).toISOString()}
panic: runtime error: index out of range [${context.seed.length}] with length 3

goroutine 106 [running]:
example.com/demo-sync/lib/model.(*folder).pull(0xc000158000)
\t/build/lib/model/folder.go:74 +0x41b
example.com/demo-sync/lib/model.(*folder).Serve(0xc000158000, {0xaa2e80, 0xc0000b4000})
\t/build/lib/model/folder.go:312 +0x9d
created by example.com/demo-sync/lib/model.(*model).startFolder in goroutine 1
\t/build/lib/model/model.go:588 +0x5b
`;
}
