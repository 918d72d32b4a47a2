// One report of every protocol, with a token of its own at every place where a client can put words.
import { createHash } from 'node:crypto';
import { form, FORM_TYPE } from '../../submit/harness.ts';
import type { TestPart } from '../../submit/harness.ts';
import type { Canaries, CanaryKind } from './canaries.ts';
import { minidump } from './minidump.ts';
import { postSentryEverything } from './sentry-reports.ts';

/** Where reports go, and the product that they are about. */
export interface Posting {
  readonly submitUrl: string;
  readonly product: string;
  readonly canaries: Canaries;
  /** The product's address for Sentry's clients. */
  readonly dsnId: number;
  readonly key: string;
}

type Put = (kind: CanaryKind, place: string) => string;

const TYPED = { 'content-type': FORM_TYPE };

/** Posts all of them; gives the crash ids that were answered. */
export async function postEverything(posting: Posting): Promise<readonly string[]> {
  const put: Put = (kind, place) => posting.canaries.put(kind, `${posting.product}: ${place}`);
  const ids: string[] = [];
  for (const post of [form2(put), native(put), javaForm(put), extraForm(put)]) {
    const query = new URLSearchParams({ Email: put('removed', 'query Email'), note: put('secret', 'query') });
    const answer = await fetch(`${posting.submitUrl}/submit?${query.toString()}`, {
      method: 'POST',
      headers: { ...TYPED, ...headers(put) },
      body: form([{ name: 'ProductName', value: posting.product }, ...post]),
    });
    ids.push(/CrashID=bp-(\S+)/.exec(await answer.text())?.[1] ?? fail(answer));
  }
  await crashKit(posting, put);
  await crashKit1(posting, put);
  await syncthing(posting, put);
  await postSentryEverything({ ...posting, put });
  await refused(posting, put);
  return ids;
}

function fail(answer: Response): never {
  throw new Error(`not taken: ${answer.status}`);
}

function headers(put: Put): Record<string, string> {
  return {
    'user-agent': `Agent/1 ${put('secret', 'header user-agent')}`,
    referer: `https://x.example/${put('secret', 'header referer')}`,
    'x-own': put('secret', 'header of the client’s own'),
    cookie: `a=${put('secret', 'header cookie')}`,
  };
}

/** Values sent twice, removed annotations, a file with a name, the Jami fields, a fingerprint of the installation. */
function form2(put: Put): TestPart[] {
  return [
    { name: 'Version', value: put('open', 'version') },
    { name: 'platform', value: put('open', 'platform') },
    { name: 'client_sha', value: put('open', 'Jami client_sha') },
    { name: 'jamicore_sha', value: put('open', 'Jami jamicore_sha') },
    { name: 'guid', value: put('secret', 'guid') },
    { name: 'Email', value: put('removed', 'Email') },
    { name: 'Email', value: put('removed', 'Email sent twice') },
    { name: 'TelemetryClientId', value: put('removed', 'removed as a file'), filename: 'id.txt' },
    { name: 'Secret', value: put('secret', 'annotation sent twice') },
    { name: 'Secret', value: put('secret', 'the same annotation with another value') },
    {
      name: 'Odd',
      value: JSON.stringify({ in: put('secret', 'JSON annotation') }),
      type: 'application/json',
    },
    {
      name: 'log',
      value: `line ${put('secret', 'attachment')}\n`,
      filename: `${put('secret', 'file name')}.log`,
      type: `text/x-${put('secret', 'content type')}`,
    },
  ];
}

function native(put: Put): TestPart[] {
  return [
    { name: 'Version', value: '1.0' },
    { name: 'AbortMessage', value: put('message', 'abort message') },
    {
      name: 'upload_file_minidump',
      value: minidump(put),
      filename: 'a.dmp',
      type: 'application/octet-stream',
    },
  ];
}

function javaForm(put: Put): TestPart[] {
  return [
    { name: 'Version', value: '1.0' },
    { name: 'Breadcrumbs', value: `not json ${put('secret', 'breadcrumbs')}` },
    { name: 'AsyncShutdownTimeout', value: `{"phase": ${put('secret', 'broken shutdown timeout')}` },
    { name: 'StartupCrash', value: put('secret', 'boolean annotation that is none') },
    {
      name: 'JavaStackTrace',
      value: `java.lang.E: ${put('message', 'message of a Java exception')}\n\tat a.${put('open', 'Java class')}.c(B.java:1)\n`,
    },
  ];
}

function extraForm(put: Put): TestPart[] {
  return [
    { name: 'ExtraField', value: put('secret', 'annotation beside a trace') },
    {
      name: 'stack',
      value: [
        'Traceback (most recent call last):',
        `  File "app.py", line 3, in ${put('open', 'Python function')}`,
        '    run()',
        `ValueError: ${put('message', 'message of a Python exception')}`,
        '',
      ].join('\n'),
    },
  ];
}

async function crashKit({ submitUrl, product }: Posting, put: Put): Promise<void> {
  const base = `${submitUrl}/default/products/${product}`;
  const body = [
    {
      exceptions: [
        {
          name: put('open', 'CrashKit exception name'),
          message: put('message', 'CrashKit message'),
          locations: [
            {
              package: 'com.example',
              class: 'Cart',
              method: put('open', 'CrashKit method'),
              file: 'Cart.java',
              line: 3,
              claimed: true,
            },
          ],
        },
      ],
      data: { thing: put('secret', 'CrashKit data') },
      env: { os_name: put('open', 'CrashKit env os_name'), home: put('secret', 'CrashKit env') },
      request: { PATH_INFO: `/${put('secret', 'CrashKit request path')}` },
      role: put('open', 'CrashKit role'),
      userActionOrScreenNameOrBackgroundProcess: put('open', 'CrashKit context'),
      surprising: { key: put('secret', 'CrashKit field that nobody knows') },
    },
  ];
  const client = new URLSearchParams(await (await fetch(`${base}/obtain-client-id`)).text());
  const way = `${client.get('client_id') ?? '0'}/${client.get('client_cookie') ?? '0'}`;
  for (const text of [
    JSON.stringify(body),
    `{"not": json ${put('secret', 'CrashKit payload that is no JSON')}`,
  ]) {
    const answer = await fetch(`${base}/post-report/${way}`, {
      method: 'POST',
      body: text,
      headers: headers(put),
    });
    if (answer.status !== 200) fail(answer);
  }
}

async function crashKit1({ submitUrl, product }: Posting, put: Put): Promise<void> {
  const body = {
    host: { id: put('secret', 'CrashKit 1.0 host.id'), name: put('secret', 'CrashKit 1.0 host.name') },
    user: { id: put('secret', 'CrashKit 1.0 user.id'), name: put('secret', 'CrashKit 1.0 user.name') },
    account: { id: put('secret', 'CrashKit 1.0 account') },
    version: { number: put('open', 'CrashKit 1.0 version') },
    data: { d: put('secret', 'CrashKit 1.0 data') },
    env: { e: put('secret', 'CrashKit 1.0 env') },
    'environment.variables': { PATH_INFO: `/${put('secret', 'CrashKit 1.0 PATH_INFO')}` },
    request: { GET: { q: put('secret', 'CrashKit 1.0 GET parameter') } },
    stacktrace: [
      {
        kind: put('open', 'CrashKit 1.0 exception kind'),
        message: put('message', 'CrashKit 1.0 message'),
        data: { x: put('secret', 'CrashKit 1.0 data of an exception') },
        locations: [
          {
            file: 'views.py',
            module: 'app.views',
            method: put('open', 'CrashKit 1.0 method'),
            line: 21,
            locals: { total: put('secret', 'CrashKit 1.0 local variable') },
            source: ['def vote():', put('open', 'CrashKit 1.0 source line'), ''],
          },
        ],
      },
    ],
  };
  const answer = await fetch(
    `${submitUrl}/api/1/default/products/${product}/reports?token=${put('secret', 'CrashKit 1.0 test token')}`,
    { method: 'POST', body: JSON.stringify(body), headers: headers(put) },
  );
  if (answer.status !== 200) fail(answer);
}

async function syncthing({ submitUrl, product }: Posting, put: Put): Promise<void> {
  const log = [
    `${product} v1.2.3 "Erbium" (go1.22 linux-amd64) ${put('secret', 'Go user')}@${put('secret', 'Go host')} 2026-05-21 20:36:38 UTC`,
    put('secret', 'line before a Go panic'),
    'Panic at 2026-05-21T20:36:38Z',
    `panic: ${put('message', 'Go panic message')}`,
    '',
    'goroutine 1 [running]:',
    `main.${put('open', 'Go function')}(0xc000010000)`,
    '\t/src/main.go:7 +0x1d',
    '',
  ].join('\n');
  const bare = `${product} v1.2.3 "Erbium" (go1.22 linux-amd64) a@b 2026-05-21 20:36:38 UTC\nPanic at 2026-05-21T20:36:38Z\npanic: ${put('message', 'Go panic without frames')}\n`;
  for (const text of [log, bare]) {
    const id = createHash('sha256').update(text).digest('hex');
    const answer = await fetch(`${submitUrl}/newcrash/${id}`, {
      method: 'PUT',
      body: text,
      headers: headers(put),
    });
    if (answer.status !== 200) fail(answer);
  }
  const failures = [
    {
      description: put('message', 'description of a failure'),
      goroutines: '',
      extra: { more: put('secret', 'extra of a failure') },
      count: 1,
      version: `${product} v1.2.3 "Erbium" (go1.22 linux-amd64) a@b 2026-05-21 20:36:38 UTC`,
    },
  ];
  await fetch(`${submitUrl}/newcrash/failure`, {
    method: 'POST',
    body: JSON.stringify(failures),
    headers: headers(put),
  });
}

/** What is refused stands in the inbox alone. */
async function refused({ submitUrl, product }: Posting, put: Put): Promise<void> {
  const extra = `{"ProductName": "${product}", "Email": "${put('removed', 'Email in broken JSON')}" oops`;
  await fetch(`${submitUrl}/submit?${put('secret', 'query of a refused request')}=1`, {
    method: 'POST',
    headers: { ...TYPED, ...headers(put) },
    body: form([{ name: 'extra', value: extra, type: 'application/json' }]),
  });
  await fetch(`${submitUrl}/submit`, {
    method: 'POST',
    headers: {
      'content-type': `text/${put('secret', 'content type of a refused request')}`,
      ...headers(put),
    },
    body: put('secret', 'body of a refused request'),
  });
}
