// Fills a store with reports as real clients send them: every protocol, many versions and platforms, over some days.
import { createHash } from 'node:crypto';
import { newCrashId } from '../../../src/report/crash-id.ts';
import type { Annotation, AttachmentKind, ReportFields } from '../../../src/report/report.ts';
import type { Store } from '../../../src/store/store.ts';

/** A part of a seeded report. */
export interface SeedPart {
  readonly name: string;
  readonly kind: AttachmentKind;
  readonly filename?: string | null;
  readonly contentType?: string | null;
  readonly bytes: Uint8Array;
}

/** A report to store; what is left out has a plain default. */
export interface SeedReport extends Partial<Omit<ReportFields, 'annotations'>> {
  readonly annotations?: Readonly<Record<string, string>> | readonly Annotation[];
  readonly parts?: readonly SeedPart[];
  /** Null: it is never a duplicate. */
  readonly identity?: string | null;
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Bytes that begin like a minidump and differ by `seed`. */
export function fakeDump(seed: string, length = 4096): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes.set(text('MDMP'));
  for (let at = 32; at < length; at += 32) {
    bytes.set(
      createHash('sha256')
        .update(`${seed} ${at}`)
        .digest()
        .subarray(0, length - at),
      at,
    );
  }
  return bytes;
}

/** Stores one report the way the submit server does; gives its crash id. */
export async function storeReport(store: Store, report: SeedReport): Promise<string> {
  const { annotations = {}, parts = [], ...fields } = report;
  const receivedAt = fields.receivedAt ?? Date.now();
  const account = fields.account ?? 'default';
  const product = fields.product ?? 'Sample';
  if ((await store.intake.product(account, product)) === null)
    await store.intake.createProduct(account, product);
  const draft = store.intake.draft();
  for (const { bytes, ...part } of parts) {
    const sink = draft.attachment({ filename: null, contentType: null, ...part });
    await sink.write(bytes);
    await sink.end();
  }
  const list = Array.isArray(annotations)
    ? (annotations as readonly Annotation[])
    : Object.entries(annotations as Readonly<Record<string, string>>).map(([key, value]) => ({ key, value }));
  const result = await draft.commit({
    protocol: 'crashpad',
    account,
    product,
    version: null,
    platform: null,
    notes: [],
    payloadKind: 'multipart',
    encoding: 'identity',
    bodyBytes: parts.reduce((sum, { bytes }) => sum + bytes.length, 600),
    userAgent: null,
    clientHash: null,
    throttle: { rule: 'accept_everything', action: 'accept' },
    installation: null,
    token: null,
    state: 'queued',
    identity: null,
    ...fields,
    receivedAt,
    annotations: list,
    crashId: newCrashId(0, receivedAt),
  });
  return result.crashId;
}

function pick<T>(list: readonly T[], n: number): T {
  return list[n % list.length] as T;
}

const hex = (seed: string, length: number) =>
  createHash('sha256').update(seed).digest('hex').slice(0, length);
const guid = (seed: string) => hex(seed, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

const minidump = (seed: string, filename: string): SeedPart => ({
  name: 'upload_file_minidump',
  kind: 'minidump',
  filename,
  contentType: 'application/octet-stream',
  bytes: fakeDump(seed, 2000 + ((seed.length * 977) % 9000)),
});

function payload(body: string, contentType: string): SeedPart {
  return { name: 'payload', kind: 'payload', contentType, bytes: text(body) };
}

/** Jami's desktop client (section 1). */
function jami(n: number): SeedReport {
  const platform = pick(
    [
      'Ubuntu 22.04.4 LTS_x86_64',
      'Windows 11 Version 23H2_x86_64',
      'Fedora Linux 40_x86_64',
      'macOS 14.5_arm64',
    ],
    n,
  );
  const build = pick(['202410021437', '202409121102', '202411181030'], n >> 1);
  return {
    protocol: 'crashpad',
    product: 'Jami',
    version: build,
    platform,
    annotations: {
      build_id: build,
      client_sha: hex(`client ${build}`, 10),
      guid: guid(`jami ${n % 37}`),
      jamicore_sha: hex(`core ${build}`, 9),
      platform,
      prod: 'Jami',
      list_annotations: 'qt.version=6.6.3\nqml.view=ConversationView',
    },
    parts: [minidump(`jami ${n}`, `${guid(`dump ${n}`)}.dmp`)],
    encoding: 'gzip',
    userAgent: 'Crashpad/0.8.0 WinHTTP/10.0.22631',
    installation: guid(`jami ${n % 37}`),
  };
}

function firefox(n: number): SeedReport {
  const version = pick(['133.0', '132.0.2', '128.5.0esr'], n);
  return {
    protocol: 'socorro',
    product: 'Firefox',
    version,
    platform: pick(['Windows', 'Linux', 'Mac', 'Android'], n >> 2),
    annotations: {
      ProductName: 'Firefox',
      Version: version,
      BuildID: pick(['20241118130310', '20241107132313'], n),
      ReleaseChannel: pick(['release', 'esr', 'nightly'], n),
      ProcessType: pick(['main', 'content', 'gpu'], n),
      URL: `https://intranet.example/patients/${n}`,
      StartupTime: String(1_700_000_000 + n),
      UptimeTS: `${n * 13}.5`,
      TelemetryEnvironment: JSON.stringify({ system: { os: { name: 'Windows_NT', version: '10.0' } } }),
    },
    parts: [minidump(`firefox ${n}`, 'minidump.dmp')],
    notes:
      n % 5 === 0 ? ['Annotation "AddOns" held bytes that are not UTF-8; they are replaced by U+FFFD.'] : [],
    throttle: {
      rule: pick(['is_firefox_desktop', 'is_nightly'], n),
      action: n % 5 === 0 ? 'defer' : 'accept',
    },
    state: n % 5 === 0 ? 'deferred' : 'queued',
    payloadKind: pick(['json', 'multipart'], n),
    userAgent: 'crashreporter/1.0.0',
  };
}

function electron(n: number): SeedReport {
  const version = pick(['2.14.1', '2.14.0', '2.13.7'], n);
  return {
    protocol: 'crashpad',
    product: 'Atlas Desktop',
    version,
    platform: pick(['win32', 'darwin', 'linux'], n),
    annotations: {
      _productName: 'Atlas Desktop',
      _version: version,
      ver: '31.3.1',
      prod: 'Electron',
      process_type: pick(['renderer', 'browser', 'gpu-process'], n),
      platform: pick(['win32', 'darwin', 'linux'], n),
      guid: guid(`atlas ${n % 19}`),
    },
    parts: [
      minidump(`electron ${n}`, `C:\\Users\\marta\\AppData\\Local\\Temp\\${guid(`e ${n}`)}.dmp`),
      {
        name: 'log',
        kind: 'file',
        filename: 'main.log',
        contentType: 'text/plain',
        bytes: text(`line ${n}\n`.repeat(80)),
      },
    ],
    installation: guid(`atlas ${n % 19}`),
    userAgent: 'Electron/31.3.1 Crashpad',
    state: n % 11 === 0 ? 'failed' : 'processed',
  };
}

function crashkit(n: number): SeedReport {
  const occurrence = {
    client_version: '1.0.3',
    language: pick(['python', 'java', 'php'], n),
    role: 'customer',
    data: { G_foo: 'bar', P_password: 'hunter2' },
    env: { HTTP_HOST: 'shop.example', PATH_INFO: `/cart/${n}/checkout`, python_version: '2.7.18' },
    exceptions: [
      {
        name: pick(['ZeroDivisionError', 'KeyError', 'NullPointerException'], n),
        message: 'integer division or modulo by zero',
        locations: [
          {
            package: 'shop.cart',
            method: 'total',
            file: '/srv/shop/cart.py',
            line: 21 + (n % 4),
            claimed: true,
          },
          {
            package: 'django.core.handlers.base',
            class: 'WSGIHandler',
            method: 'get_response',
            file: 'base.py',
            line: 86,
            claimed: false,
          },
        ],
      },
    ],
  };
  return {
    protocol: 'crashkit',
    product: 'shop',
    version: '1.0.3',
    annotations: { language: occurrence.language, 'exception.name': occurrence.exceptions[0]?.name ?? '' },
    parts: [payload(JSON.stringify([occurrence]), 'application/x-www-form-urlencoded')],
    payloadKind: 'json',
    userAgent: 'Python-urllib/2.7',
    installation: String(100 + (n % 23)),
  };
}

function crashkit1(n: number): SeedReport {
  const report = {
    'version.number': '4.2.0',
    host: { id: `web-${n % 4}`, hostname: `web-${n % 4}.example` },
    stacktrace: [
      {
        kind: 'TimeoutError',
        message: 'upstream',
        locations: [{ module: 'billing.worker', method: 'run', line: 12 }],
      },
    ],
  };
  return {
    protocol: 'crashkit1',
    product: 'billing',
    version: '4.2.0',
    annotations: { 'host.id': `web-${n % 4}`, kind: 'TimeoutError' },
    parts: [payload(JSON.stringify(report), 'application/json')],
    payloadKind: 'json',
    userAgent: 'crashkit-client/2',
  };
}

function syncthing(n: number): SeedReport {
  const body = `syncthing v1.27.${n % 9} "Gold Grasshopper" (go1.22.1 linux-amd64) builder@host 2024-03-05 16:34:18 UTC
Panic at 2024-05-22T07:48:25+02:00
panic: interface conversion: *pfilter.FilteredConn is not net.Conn: missing method Read

goroutine ${100 + n} [running]:
example/lib/connections.(*listener).Serve(0xc000158000)
\t/build/lib/connections/listen.go:74 +0x41b
`;
  return {
    protocol: 'syncthing',
    product: 'syncthing',
    version: `v1.27.${n % 9}`,
    platform: 'linux-amd64',
    annotations: { 'go.version': 'go1.22.1' },
    parts: [payload(body, 'text/plain')],
    payloadKind: 'text',
    userAgent: 'Go-http-client/1.1',
  };
}

const KINDS = [jami, firefox, jami, electron, crashkit, jami, syncthing, crashkit1] as const;

/** The `n`th of the realistic reports, without a time. */
export function sampleReport(n: number): SeedReport {
  return pick(KINDS, n)(n);
}

/** Stores `count` reports, the newest at `now`, going back about four days; newest last in the answer. */
export async function seedReports(
  store: Store,
  options: { readonly count: number; readonly now: number },
): Promise<readonly string[]> {
  const ids: string[] = [];
  const step = (4 * 86_400_000) / options.count;
  for (let left = options.count - 1; left >= 0; left -= 1) {
    const receivedAt = Math.floor(options.now - 20_000 - left * step);
    ids.push(await storeReport(store, { ...sampleReport(left), receivedAt }));
  }
  return ids;
}

/** Puts submissions that went wrong into the inbox. */
export function seedInbox(store: Store, options: { readonly count: number; readonly now: number }): void {
  const cases = [
    {
      protocol: 'socorro',
      outcome: 'refused',
      reason: 'no_annotations',
      detail: '',
      status: 400,
      path: '/submit',
    },
    {
      protocol: 'crashpad',
      outcome: 'refused',
      reason: 'too_large',
      detail: 'more than 104857600 bytes',
      status: 413,
      path: '/submit?product=Atlas',
    },
    {
      protocol: 'crashkit',
      outcome: 'refused',
      reason: 'invalid-client-id',
      detail: 'client 117',
      status: 403,
      path: '/default/products/shop/post-report/117/abc',
    },
    {
      protocol: 'socorro',
      outcome: 'accepted_with_notes',
      reason: 'not_utf8',
      detail: 'annotation AddOns',
      status: 200,
      path: '/submit',
    },
    {
      protocol: 'syncthing',
      outcome: 'ignored',
      reason: 'syncthing_ignored',
      detail: '',
      status: 200,
      path: `/newcrash/${hex('x', 64)}`,
    },
    {
      protocol: 'socorro',
      outcome: 'throttled',
      reason: 'b2g',
      detail: 'fake_accept',
      status: 200,
      path: '/submit',
    },
  ] as const;
  for (let n = 0; n < options.count; n += 1) {
    const one = pick(cases, n);
    store.intake.addInbox({
      ...one,
      at: options.now - (options.count - n) * 61_000,
      method: one.protocol === 'syncthing' ? 'PUT' : 'POST',
      product: n % 3 === 0 ? null : 'Firefox',
      bodyBytes: 1200 + n * 37,
      clientHash: hex(`client ${n % 5}`, 16),
      crashId: null,
      headers: {
        'user-agent': 'crashreporter/1.0.0',
        'content-type': 'multipart/form-data; boundary=x',
        host: 'crash.example',
      },
    });
  }
}
