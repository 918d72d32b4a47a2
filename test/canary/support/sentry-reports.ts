// What Sentry's clients send, through every endpoint, with a token of its own at every place where they can put words.
import { deflateSync } from 'node:zlib';
import { msgpack, unrealArchive } from '../../sentry/native-bodies.ts';
import { envelopeOf } from '../../sentry/sentry-server.ts';
import type { CanaryKind } from './canaries.ts';
import { minidump } from './minidump.ts';

/** Where events go: the product's number and key. */
export interface SentryPosting {
  readonly submitUrl: string;
  readonly dsnId: number;
  readonly key: string;
  readonly put: (kind: CanaryKind, place: string) => string;
}

const id = (pair: string): string => pair.repeat(16);

/** Posts everything; throws where something that should be taken is not. */
export async function postSentryEverything(posting: SentryPosting): Promise<void> {
  const { put } = posting;
  const endpoint = async (
    path: string,
    body: string | Uint8Array | FormData,
    headers: Readonly<Record<string, string>> = {},
    expected = 200,
  ): Promise<void> => {
    const answer = await fetch(`${posting.submitUrl}/api/${posting.dsnId}/${path}`, {
      method: 'POST',
      body: body instanceof Uint8Array ? Buffer.from(body) : body,
      headers: {
        'x-sentry-auth': `Sentry sentry_key=${posting.key}, sentry_version=7`,
        'user-agent': `sdk/1 ${put('secret', 'header user-agent of a Sentry client')}`,
        referer: `https://x.example/${put('secret', 'header referer of a Sentry client')}`,
        cookie: `a=${put('secret', 'header cookie of a Sentry client')}`,
        ...headers,
      },
    });
    const text = await answer.text();
    if (answer.status !== expected) throw new Error(`${path}: ${answer.status} ${text}`);
  };

  await endpoint(
    'envelope/',
    envelopeOf(
      { event_id: id('a1'), sdk: { name: 'sentry.test', version: '1' } },
      [{ type: 'event' }, event(put)],
      [
        {
          type: 'attachment',
          filename: `C:\\Users\\${put('secret', 'Sentry folder of an attachment')}\\${put('open', 'Sentry file name of an attachment')}.log`,
          content_type: `text/x-${put('secret', 'Sentry content type')}`,
        },
        `line ${put('secret', 'Sentry attachment')}`,
      ],
    ),
  );
  await endpoint('envelope/', feedback(put));
  await endpoint('envelope/', sessions(put));
  await endpoint('envelope/', notKept(put));
  await endpoint('envelope/', damaged(put));
  await endpoint('store/', deflateSync(JSON.stringify(message(put))).toString('base64'));
  await endpoint('store/', `{"password": ${put('removed', 'secret in an event that is no JSON')}`, {}, 400);
  await endpoint('minidump/', dumpForm(put));
  await endpoint(`unreal/${posting.key}/?UserID=${put('secret', 'Unreal UserID')}`, unreal(put));
  for (const path of ['security/', 'csp-report/'])
    await endpoint(
      `${path}?sentry_release=${put('open', `release of ${path}`)}&sentry_environment=live`,
      JSON.stringify(csp(put, path)),
      { 'content-type': 'application/csp-report' },
    );
  await endpoint('security/', JSON.stringify(reportingApi(put)), {
    'content-type': 'application/reports+json',
  });
  await dialog(posting);
}

type Put = SentryPosting['put'];

function event(put: Put): object {
  const frame = {
    function: put('open', 'Sentry function'),
    module: put('open', 'Sentry module'),
    filename: 'app.py',
    lineno: 7,
    in_app: true,
    pre_context: [put('open', 'Sentry source before')],
    context_line: put('open', 'Sentry source line'),
    post_context: [put('open', 'Sentry source after')],
    vars: {
      total: put('secret', 'Sentry local'),
      api_token: put('removed', 'Sentry secret local'),
      nested: { list: [{ password: put('removed', 'Sentry nested secret local') }] },
    },
  };
  return {
    event_id: id('a1'),
    platform: 'python',
    release: `shop@${put('open', 'Sentry version')}`,
    dist: put('open', 'Sentry dist'),
    environment: put('open', 'Sentry environment'),
    transaction: put('secret', 'Sentry transaction'),
    server_name: put('secret', 'Sentry server name'),
    logger: put('open', 'Sentry logger'),
    fingerprint: ['{{ default }}', put('open', 'Sentry fingerprint')],
    tags: { region: put('secret', 'Sentry tag'), auth_token: put('removed', 'Sentry secret tag') },
    user: {
      id: put('secret', 'Sentry user id'),
      email: put('secret', 'Sentry user email'),
      username: put('secret', 'Sentry user name'),
      ip_address: put('removed', 'Sentry address of a user'),
      data: { plan: put('secret', 'Sentry user data') },
    },
    request: {
      url: `https://shop.example/${put('secret', 'Sentry request url')}`,
      method: 'POST',
      query_string: `q=${put('secret', 'Sentry query')}&password=${put('removed', 'Sentry secret query')}`,
      cookies: { theme: put('removed', 'Sentry cookie') },
      headers: {
        'X-Own': put('secret', 'Sentry request header'),
        Authorization: `Bearer ${put('removed', 'Sentry Authorization')}`,
        Cookie: `sid=${put('removed', 'Sentry cookie header')}`,
      },
      data: {
        cart: put('secret', 'Sentry request data'),
        card_number: put('removed', 'Sentry secret request data'),
      },
      env: {
        REMOTE_ADDR: put('secret', 'Sentry request env'),
        DB_PASSWORD: put('removed', 'Sentry secret env'),
      },
    },
    contexts: {
      os: { name: put('open', 'Sentry os') },
      runtime: {
        name: put('open', 'Sentry runtime'),
        flag: put('secret', 'Sentry field of a runtime that nobody knows'),
      },
      device: { name: put('secret', 'Sentry device name'), model: put('open', 'Sentry device model') },
      own: { thing: put('secret', 'Sentry own context'), secret: put('removed', 'Sentry secret context') },
    },
    extra: {
      thing: put('secret', 'Sentry extra'),
      passwd: put('removed', 'Sentry secret extra'),
      json: JSON.stringify({ api_key: put('removed', 'Sentry secret in JSON in a text') }),
      line: `psql postgres://me:${put('removed', 'Sentry password in an address')}@db/x`,
    },
    modules: { [put('open', 'Sentry package')]: '1.0' },
    breadcrumbs: [
      {
        timestamp: '2026-01-01T00:00:00Z',
        category: put('secret', 'Sentry breadcrumb category'),
        message: put('secret', 'Sentry breadcrumb'),
        data: {
          to: put('secret', 'Sentry breadcrumb data'),
          token: put('removed', 'Sentry secret breadcrumb data'),
        },
      },
    ],
    threads: { values: [{ id: 1, name: put('open', 'Sentry thread name'), stacktrace: { frames: [] } }] },
    exception: {
      values: [
        {
          type: put('open', 'Sentry exception type'),
          value: put('message', 'Sentry exception value'),
          mechanism: {
            type: 'generic',
            handled: false,
            data: { why: put('secret', 'Sentry mechanism data') },
          },
          stacktrace: { frames: [frame] },
        },
      ],
    },
    surprising: { thing: put('secret', 'Sentry field that nobody knows') },
  };
}

function message(put: Put): object {
  return {
    event_id: id('b2'),
    platform: 'javascript',
    logentry: { message: 'order %s failed', params: [put('message', 'Sentry parameter of a message')] },
    extra: { thing: put('secret', 'Sentry extra of a message') },
  };
}

function feedback(put: Put): string {
  const words = {
    name: put('secret', 'Sentry feedback name'),
    contact_email: put('secret', 'Sentry feedback email'),
    message: put('secret', 'Sentry feedback'),
    url: `https://shop.example/${put('secret', 'Sentry feedback url')}`,
    associated_event_id: id('a1'),
  };
  const old = {
    event_id: id('b2'),
    name: put('secret', 'Sentry user report name'),
    email: put('secret', 'Sentry user report email'),
    comments: put('secret', 'Sentry user report'),
  };
  return envelopeOf(
    {},
    [{ type: 'feedback' }, { contexts: { feedback: words } }],
    [{ type: 'user_report' }, old],
  );
}

/** Who the user of a session is stays nowhere: users are counted by a hash. */
function sessions(put: Put): string {
  const started = new Date().toISOString();
  const attrs = {
    release: `shop@${put('open', 'release of a session')}`,
    environment: put('open', 'environment of a session'),
    user_agent: put('removed', 'user agent of a session'),
    ip_address: put('removed', 'address of a session'),
  };
  const state = {
    sid: id('e5'),
    did: put('removed', 'user of a session'),
    init: true,
    started,
    status: 'crashed',
    attrs,
  };
  const buckets = {
    aggregates: [{ started, exited: 3, did: put('removed', 'user of a bucket') }],
    attrs: { release: `shop@${put('open', 'release of a bucket')}`, environment: 'live' },
  };
  return envelopeOf({}, [{ type: 'session' }, state], [{ type: 'sessions' }, buckets]);
}

function notKept(put: Put): string {
  const lost = {
    timestamp: new Date().toISOString(),
    discarded_events: [{ reason: put('open', 'reason of lost events'), category: 'error', quantity: 4 }],
  };
  return envelopeOf(
    {},
    [{ type: 'client_report' }, lost],
    [{ type: 'transaction' }, { transaction: put('removed', 'transaction that is not kept') }],
    [{ type: 'log' }, { items: [{ body: put('removed', 'log line that is not kept') }] }],
  );
}

/** Kept up to the damage; what stands behind it is not. */
function damaged(put: Put): string {
  const whole = envelopeOf({ event_id: id('f6') }, [
    { type: 'event' },
    { event_id: id('f6'), message: put('message', 'Sentry message before the damage') },
  ]);
  return `${whole}{"type":"event","length":${put('removed', 'Sentry item header that is no JSON')}\n`;
}

function dumpForm(put: Put): FormData {
  const form = new FormData();
  const part = (name: string, bytes: Uint8Array, filename: string): void =>
    form.append(name, new Blob([new Uint8Array(bytes)]), filename);
  part(
    '__sentry-event',
    msgpack({
      event_id: id('c3'),
      release: `shop@${put('open', 'version of a minidump')}`,
      tags: { region: put('secret', 'tag of a minidump') },
      extra: {
        api_token: put('removed', 'secret of a minidump'),
        thing: put('secret', 'extra of a minidump'),
      },
    }),
    'e',
  );
  part(
    '__sentry-breadcrumb1',
    msgpack({ timestamp: '2026-01-01T00:00:00Z', message: put('secret', 'breadcrumb of a minidump') }),
    'b1',
  );
  form.append('own_field', put('secret', 'field beside a minidump'));
  part(
    'upload_file_minidump',
    minidump((kind, place) => put(kind, `Sentry ${place}`)),
    'a.dmp',
  );
  part(
    'screen',
    Buffer.from(put('secret', 'file beside a minidump')),
    `${put('open', 'file name beside a minidump')}.txt`,
  );
  return form;
}

function unreal(put: Put): Uint8Array {
  const fields: Readonly<Record<string, string>> = {
    GameName: 'Shooter',
    BuildVersion: put('open', 'Unreal version'),
    LoginId: put('secret', 'Unreal login'),
    MachineId: put('secret', 'Unreal machine'),
    UserName: put('secret', 'Unreal user name'),
    CommandLine: `-password=${put('removed', 'Unreal password on the command line')} -map=${put('secret', 'Unreal command line')}`,
    ErrorMessage: put('message', 'Unreal error message'),
  };
  const xml = Object.entries(fields)
    .map(([name, value]) => `<${name}>${value}</${name}>`)
    .join('');
  return deflateSync(
    unrealArchive([
      ['CrashContext.runtime-xml', Buffer.from(`<F><R>${xml}</R></F>`)],
      [`${put('open', 'Unreal log name')}.log`, Buffer.from(put('secret', 'Unreal log'))],
    ]),
  );
}

function csp(put: Put, path: string): object {
  return {
    'csp-report': {
      'document-uri': `https://shop.example/${put('secret', `page of ${path}`)}`,
      referrer: `https://shop.example/${put('secret', `referrer of ${path}`)}`,
      'blocked-uri': `https://${put('message', `blocked host of ${path}`)}.example/${put('secret', `blocked path of ${path}`)}`,
      'effective-directive': 'script-src',
      'script-sample': put('secret', `script sample of ${path}`),
    },
  };
}

function reportingApi(put: Put): readonly object[] {
  return [
    {
      type: 'deprecation',
      url: `https://shop.example/${put('secret', 'page of a deprecation')}`,
      user_agent: put('secret', 'user agent of a deprecation'),
      body: { id: put('message', 'id of a deprecation'), message: put('secret', 'message of a deprecation') },
    },
  ];
}

async function dialog({ submitUrl, dsnId, key, put }: SentryPosting): Promise<void> {
  const dsn = `${submitUrl.replace('http://', `http://${key}@`)}/${dsnId}`;
  const query = new URLSearchParams({
    dsn,
    eventId: id('a1'),
    name: put('removed', 'name in the address of a dialog'),
  });
  const address = `${submitUrl}/api/embed/error-page/?${query.toString()}`;
  await (await fetch(address)).text();
  const answer = await fetch(address, {
    method: 'POST',
    body: new URLSearchParams({
      name: put('secret', 'name in a dialog'),
      email: put('secret', 'email in a dialog'),
      comments: put('secret', 'words in a dialog'),
    }),
    headers: { referer: `https://shop.example/${put('secret', 'page of a dialog')}` },
  });
  if (answer.status !== 200) throw new Error(`dialog: ${answer.status} ${await answer.text()}`);
}
