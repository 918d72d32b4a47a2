// What is protected stays protected: everything that clients send carries a token of its own, and everybody looks everywhere.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { TARGETS } from '../../src/alerts/targets/target-registry.ts';
import { createLog } from '../../src/base/log.ts';
import { createMetrics } from '../../src/base/metrics.ts';
import { evaluateAlerts } from '../../src/process/alerts/evaluate-alerts.ts';
import { mailBody } from '../../src/process/notify/mail-body.ts';
import { newApiToken } from '../../src/reports/auth/bearer.ts';
import { NO_SOURCE } from '../../src/report/source/source-settings.ts';
import { NO_TRACKER } from '../../src/reports/view/tracker-change.ts';
import { hashPassword } from '../../src/reports/auth/passwords.ts';
import type { TokenScope } from '../../src/store/people.ts';
import type { Role } from '../../src/store/rights.ts';
import { readPayload } from '../../src/store/notice-payload.ts';
import type { Payload } from '../../src/store/notice-payload.ts';
import { NOTICES } from '../../src/store/notifications.ts';
import { thorough } from '../thorough.ts';
import { eventually } from '../store/conformance/report-builder.ts';
import { addUser } from '../store/conformance/add-user.ts';
import { scopesOf } from '../reports/support/running.ts';
import { Visitor } from '../reports/support/visitor.ts';
import { Canaries } from './support/canaries.ts';
import type { Canary } from './support/canaries.ts';
import { Crawler } from './support/crawler.ts';
import type { Identity, Seen, Subjects } from './support/crawler.ts';
import { unpacked } from './support/unpacked.ts';
import { everythingIn } from './support/data-folder.ts';
import { postEverything } from './support/reports.ts';
import { ADMIN_TOKEN, startWholeServer } from './support/whole-server.ts';
import type { WholeServer } from './support/whole-server.ts';

const PUBLIC = [
  'ProductName',
  'Version',
  'platform',
  'client_sha',
  'jamicore_sha',
  'environment',
  'logger',
  'level',
];
const PASSWORD = 'correct horse battery';
/** Messages are for everybody in the one, and protected in the other. */
const OPEN = 'OpenProduct';
const CLOSED = 'ClosedProduct';

/** A protected annotation names the commit that frames lead to. */
const SOURCE = {
  ...NO_SOURCE,
  repository: 'https://github.com/example/shop',
  paths: [{ from: '/', to: '' }],
  commitAnnotations: ['ExtraField'],
};
const TRACKER = { ...NO_TRACKER, form: 'https://tracker.example/new?t={title}&b={body}&s={signature}' };

const canaries = new Canaries();
let server: WholeServer;
let subjects: Subjects;

before(async () => {
  server = await startWholeServer(PUBLIC);
  for (const product of [OPEN, CLOSED]) {
    await server.store.people.createProductByHand('default', product);
    // Every bug has the draft of a ticket.
    await server.store.tickets.saveTracker({ account: 'default', product }, TRACKER);
    // The mail of people without the right, and of one with it.
  }
  const rules = { ...(await server.store.bugs.productRules('default', CLOSED)), source: SOURCE };
  await server.store.bugs.setProductRules('default', OPEN, rules);
  await server.store.bugs.setProductRules('default', CLOSED, {
    ...rules,
    messages: 'protected',
    // A key that quotes a protected annotation, as somebody with the right may make it.
    groupingRules: [
      { name: 'by field', when: { annotation: { ExtraField: '' } }, key: 'field {annotation.ExtraField}' },
    ],
  });
  for (const [email, role, seesProtected] of PEOPLE) await addPerson(email, role, seesProtected);
  await server.store.notifications.saveWebhook({
    account: 'default',
    product: null,
    url: server.hooks.url,
    secret: 's',
    format: 'mayday',
    notices: NOTICES,
    enabled: true,
  });
  await addAlerts();
  const answered: string[] = [];
  for (const product of [OPEN, CLOSED]) {
    const key = randomBytes(16).toString('hex');
    await server.store.clientKeys.addKey('default', product, { key, label: 'test' });
    const dsnId = (await server.store.clientKeys.settings('default', product))?.dsnId ?? 0;
    const { submitUrl } = server;
    answered.push(...(await postEverything({ submitUrl, product, canaries, dsnId, key })));
  }
  await server.idle();
  for (const product of [OPEN, CLOSED]) answered.push(await failedReport(product));
  await fireAlerts();
  subjects = await subjectsOf(answered);
});

after(() => server.stop());

/** Rules of every kind that finds something, one of them over protected data. */
async function addAlerts(): Promise<void> {
  const { store } = server;
  const users = await store.people.listUsers();
  const trusted = users.find(({ email }) => email === 'trusted@example.org');
  const targets = [
    { kind: 'webhook' as const, webhookId: (await store.notifications.listWebhooks())[0]?.id ?? 0 },
    ...users.map(({ id }) => ({ kind: 'mail' as const, userId: id })),
  ];
  const fields = {
    ...{
      account: 'default',
      product: null,
      search: '',
      bugId: null,
      everyMinutes: 1,
      tellsEnd: false,
      quiet: null,
    },
    ...{ targets, enabled: true, mutedUntil: null, ownerId: trusted?.id ?? null, isProtected: false },
  };
  const crashes = { kind: 'crashes', atLeast: 1, minutes: 60 } as const;
  const bugs = { kind: 'bugs', fresh: true, regressed: true } as const;
  await store.alerts.createRule({ ...fields, name: 'all crashes', condition: crashes });
  await store.alerts.createRule({ ...fields, name: 'closed bugs', product: CLOSED, condition: crashes });
  await store.alerts.createRule({ ...fields, name: 'new bugs', condition: bugs });
  const hidden = { ...fields, search: 'has:Secret', isProtected: true };
  await store.alerts.createRule({ ...hidden, name: 'hidden crashes', condition: crashes });
}

/** They fire on what has arrived. */
async function fireAlerts(): Promise<void> {
  const { store } = server;
  await evaluateAlerts({
    ...{ store, metrics: createMetrics(), log: createLog('silent'), publicAnnotations: PUBLIC, mail: true },
    // The moments of the next minutes, which hold what has just arrived.
    ...{ now: () => Date.now() + 3 * 60_000, enqueued: () => undefined, stopping: () => false },
    rest: () => Promise.resolve(),
  });
  const payloads = (await store.notifications.listDeliveries({}, 10_000)).flatMap(({ notice, payload }) =>
    notice === 'alert' ? (readPayload(payload) ?? []) : [],
  );
  alerts.push(...payloads);
}

/** What alert rules told. */
const alerts: Payload[] = [];

const PEOPLE: readonly (readonly [email: string, role: Role, seesProtected: boolean])[] = [
  ['reader@example.org', 'read', false],
  ['writer@example.org', 'triage', false],
  ['admin@example.org', 'admin', false],
  ['trusted@example.org', 'triage', true],
];

const tokens = new Map<string, string>();

async function addPerson(email: string, role: Role, seesProtected: boolean): Promise<void> {
  const { notifications } = server.store;
  const passwordHash = await hashPassword(PASSWORD);
  const user = await addUser(server.store, { email, role, seesProtected, passwordHash });
  await addToken(user.id, email, role, seesProtected);
  // A token never does more than its owner may, and may do less.
  await addToken(user.id, `${email} for uploads`, role, seesProtected, 'symbols');
  if (role === 'triage') await addToken(user.id, `${email} with less`, 'read', false);
  await addToken(user.id, `${email} with more`, 'admin', true);
  await notifications.saveSubscription({
    userId: user.id,
    account: 'default',
    product: null,
    notices: NOTICES,
    quietHours: null,
  });
}

async function addToken(
  userId: number,
  name: string,
  role: Role,
  seesProtected: boolean,
  scope: TokenScope | null = null,
): Promise<void> {
  const { token, hash } = newApiToken();
  const scopes = scope === null ? scopesOf({ role, seesProtected }) : [scope];
  const asked = { userId, account: null, label: 'test', scopes, products: null, expiresAt: null, hash };
  await server.store.people.createToken(asked);
  tokens.set(name, token);
}

async function subjectsOf(answered: readonly string[]): Promise<Subjects> {
  const { rows } = await server.store.reports.listReports({}, { limit: 200 });
  const crashIds = rows.map(({ crashId }) => crashId);
  for (const id of answered) assert.ok(crashIds.includes(id));
  const attachments = new Map<string, readonly string[]>();
  for (const id of crashIds) {
    const report = await server.store.reports.getReport(id);
    attachments.set(
      id,
      (report?.attachments ?? []).map(({ name }) => name),
    );
  }
  const bugs = await server.store.bugs.listBugs({}, { limit: 200 });
  assert.ok(bugs.rows.length > 8, `only ${bugs.rows.length} bugs`);
  const versions = new Set<string>();
  for (const product of [OPEN, CLOSED]) {
    const { releases } = await server.store.releases.list(
      { account: 'default', product },
      { offset: 0, limit: 50 },
    );
    for (const { version } of releases) versions.add(version);
  }
  assert.ok(versions.size > 1, 'releases to look at');
  return {
    crashIds,
    bugs: bugs.rows.map(({ id }) => id),
    products: [OPEN, CLOSED],
    versions: [...versions],
    attachments,
  };
}

/** A report that could not be processed, for a reason that quotes what was sent; the processor of the server is kept from it. */
async function failedReport(product: string): Promise<string> {
  const { queue } = server.store;
  const body = new FormData();
  body.append('ProductName', product);
  const reason = `cannot read ${canaries.put('secret', `${product}: reason of a failure`)}`;
  const answer = await fetch(`${server.submitUrl}/submit`, { method: 'POST', body });
  const crashId = /CrashID=bp-(\S+)/.exec(await answer.text())?.[1] ?? '';
  await server.idle();
  for (;;) {
    await queue.requeue([crashId]);
    const [lease] = await queue.lease({ worker: 'test', limit: 1, leaseMs: 60_000, crashId });
    if (lease === undefined) continue;
    if (await queue.fail(crashId, lease.leaseId, { reason, retryAt: null })) return crashId;
  }
}

async function session(email: string): Promise<Identity> {
  const visitor = new Visitor(server.reportsUrl);
  await visitor.signIn(email, PASSWORD);
  const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  return { name: `${email} signed in`, headers: { cookie } };
}

function bearer(email: string): Identity {
  return { name: `a token of ${email}`, headers: { authorization: `Bearer ${tokens.get(email) ?? ''}` } };
}

/** Which of three parts of all keys an identity searches by; all of them where it has no part. */
type Third = 0 | 1 | 2;

/** Everything that an identity can see. */
async function visit(identity: Identity, third: Third | null = null): Promise<readonly Seen[]> {
  const crawler = new Crawler(server.reportsUrl, identity);
  await crawler.pages([
    '/',
    '/bugs?state=all',
    '/reports',
    '/inbox',
    '/products',
    '/releases',
    '/status',
    '/symbols/missing',
  ]);
  await crawler.operations(subjects);
  for (const { id } of await server.store.alerts.listRules()) {
    for (const address of [`/alerts/${id}`, `/api/alerts/${id}`, `/api/alerts/${id}/log`])
      await crawler.get(address);
  }
  await searches(crawler, third);
  await comparisons(crawler);
  for (const product of [OPEN, CLOSED]) {
    for (const name of ['Secret', 'ExtraField', 'guid', 'Breadcrumbs']) {
      const rules = {
        groupingRules: [
          { name: 'peek', when: { annotation: { [name]: '' } }, key: `K {annotation.${name}}` },
        ],
      };
      await crawler.post(`/api/products/default/${product}/rules/preview`, { rules });
    }
    const rules = {
      groupingRules: [{ name: 'peek', when: { kind: 'java' }, key: 'K {message} {signature}' }],
    };
    await crawler.post(`/api/products/default/${product}/rules/preview`, { rules });
  }
  // What changes a bug answers with the bug; who may not is refused.
  for (const bug of subjects.bugs) await crawler.post(`/api/bugs/${bug}/comment`, { text: 'seen' });
  return crawler.seen;
}

/** Every two releases that follow each other, on the page and in the API, and the top crashers of each product. */
async function comparisons(crawler: Crawler): Promise<void> {
  for (const product of [OPEN, CLOSED]) {
    for (const [at, version] of subjects.versions.entries()) {
      const base = subjects.versions[at + 1] ?? version;
      const asked = `base=${encodeURIComponent(base)}&new=${encodeURIComponent(version)}`;
      await crawler.get(`/api/products/default/${product}/compare?${asked}`);
      await crawler.get(`/products/default/${product}/compare?${asked}`);
    }
    await crawler.get(`/api/top?product=${product}&period=400d`);
    await crawler.get(`/top?product=${product}&period=400d`);
    for (const q of ['Secret:~a', 'has:guid']) {
      await crawler.get(`/api/top?product=${product}&period=400d&q=${encodeURIComponent(q)}`);
    }
  }
}

/** Every key that there is, or a third of them, as facet, column and condition, on the page and in the API. */
async function searches(crawler: Crawler, third: Third | null): Promise<void> {
  const trusted = new Crawler(server.reportsUrl, bearer('trusted@example.org'));
  const { text } = await trusted.get('/api/search/fields');
  const { fields } = JSON.parse(text.slice(text.indexOf('\n\n'))) as { fields: { name: string }[] };
  assert.ok(fields.length > 40, `only ${fields.length} keys`);
  // What a client named itself is said back to whoever asks for it.
  const filtered = ['/', '/bugs', '/reports', `/overview/default/${OPEN}`, `/overview/default/${CLOSED}`];
  const asked = fields.filter((field) => canaries.in(field.name).length === 0);
  for (const [at, { name }] of asked.entries()) {
    if (third !== null && Math.floor(at / filtered.length) % 3 !== third) continue;
    const key = encodeURIComponent(name);
    const question = `limit=200&facets=${key}&columns=${key}&sort=${key}&q=${encodeURIComponent(`has:${name}`)}`;
    await crawler.get(`/api/search?top=1000&${question}`);
    await crawler.get(`/search?${question}&group=${key},version&numbers=${key}`);
    await crawler.get(`/api/search/export?columns=${key}&sort=${key}`);
    await crawler.get(`/search/export?format=ndjson&columns=${key}`);
    // Each page that takes the filter, in turn: with all keys together every one of them is asked often.
    const q = `q=${encodeURIComponent(`has:${name}`)}`;
    const bug = subjects.bugs[at % subjects.bugs.length] ?? 0;
    await crawler.get(`${filtered[at % filtered.length] ?? '/'}?${q}`);
    await crawler.get(`/bugs/${bug}?${q}`);
    await crawler.get(`/api/reports?${q}`);
    await crawler.get(`/api/products/default/${at % 2 === 0 ? OPEN : CLOSED}/overview?${q}`);
  }
}

function isMessageOf(product: string, { kind, name }: Canary): boolean {
  return kind === 'message' && name.startsWith(`${product}:`);
}

/** What may not be seen by whom has no right to protected data, with where it was seen. */
function leaks(seen: readonly Seen[]): readonly string[] {
  const found = new Set<string>();
  for (const { address, text } of seen) {
    for (const canary of canaries.in(text)) {
      if (canary.kind === 'secret' || canary.kind === 'removed' || isMessageOf(CLOSED, canary)) {
        found.add(`${canary.name} at ${address.slice(0, 100)}`);
      }
    }
  }
  return [...found];
}

describe('without the right to protected data', () => {
  test('nobody sees anything', async () => {
    for (const base of [server.reportsUrl, server.submitUrl]) {
      const crawler = new Crawler(base, { name: 'nobody', headers: {} });
      await crawler.pages([
        '/',
        '/reports',
        '/api/reports',
        '/metrics',
        '/healthz',
        '/__version__',
        '/__heartbeat__',
      ]);
      await crawler.operations(subjects);
      for (const product of [OPEN, CLOSED]) {
        await crawler.get(`/default/products/${product}/last-posted-report`);
        await crawler.get(`/test/products/${product}/last-posted-report`);
        await crawler.get(`/api/1/default/products/${product}/latest-report?token=x`);
      }
      const found = crawler.seen.flatMap(({ address, text }) =>
        canaries.in(text).map(({ name }) => `${name} at ${address}`),
      );
      assert.deepEqual(found, []);
    }
  });

  // A Latin square: each key is searched by in every role and with every kind of proof of who asks, if not in each pair of them.
  const thirdOf = (role: number, proof: number): Third => ([0, 1, 2] as const)[(role + proof) % 3] ?? 0;
  const ways: readonly (readonly [name: string, identity: () => Promise<Identity>, third: Third | null])[] = [
    ...PEOPLE.filter(([, , seesProtected]) => !seesProtected).flatMap(([email], role) => [
      [`${email} signed in`, () => session(email), thirdOf(role, 0)] as const,
      [`${email} by token`, async () => bearer(email), thirdOf(role, 1)] as const,
      [
        `${email} by a token that claims the right`,
        async () => bearer(`${email} with more`),
        thirdOf(role, 2),
      ] as const,
    ]),
    [
      'a token without the right of somebody who has it',
      async () => bearer('trusted@example.org with less'),
      null,
    ],
  ];
  for (const [at, [name, identity, third]] of ways.entries()) {
    const skip = thorough || at === 0 ? false : 'npm run test:all looks as everybody';
    test(`${name} sees what is public and nothing else`, { skip }, async () => {
      const seen = await visit(await identity(), third);
      const names = new Set(seen.flatMap(({ text }) => canaries.in(text)).map((canary) => canary.name));
      assert.deepEqual(leaks(seen), []);
      const missing = canaries
        .all()
        .filter((canary) => canary.kind === 'open' || isMessageOf(OPEN, canary))
        .filter((canary) => !names.has(canary.name))
        .map((canary) => canary.name);
      assert.deepEqual(missing, [], 'what is public must be seen, or the visit proves nothing');
    });
  }

  test('a token for uploads alone sees nothing at all, whoever made it', async () => {
    for (const email of thorough ? ['admin@example.org', 'trusted@example.org'] : ['trusted@example.org']) {
      const seen = await visit(bearer(`${email} for uploads`), thorough ? null : 0);
      const found = seen.flatMap(({ address, text }) =>
        canaries
          .in(text)
          // The way back after a sign-in says what was asked for.
          .filter(({ token }) => !address.includes(token))
          .map(({ name }) => `${name} at ${address}`),
      );
      assert.deepEqual(found, []);
    }
  });

  test('no search, filter or cursor tells whether a protected word exists', async () => {
    const crawler = new Crawler(server.reportsUrl, bearer('reader@example.org'));
    const nonsense = 'qzx000000000000';
    const places = (word: string): readonly string[] => [
      `/api/reports?text=${word}`,
      `/api/reports?limit=1&text=${word}`,
      `/api/reports?installation=${word}`,
      `/api/bugs?text=${word}`,
      `/api/bugs?limit=1&text=${word}`,
      `/api/bugs?q=${word}`,
      `/api/search?facets=signature&q=${word}`,
      `/api/search?q=Secret:~${word}`,
      `/api/search?q=guid:${word}`,
      `/api/search/export?q=${word}`,
      `/api/search/export?q=Secret:~${word}`,
      `/api/reports?q=${word}`,
      `/api/reports?q=guid:${word}`,
      `/api/products/default/${OPEN}/overview?q=${word}`,
      `/api/products/default/${CLOSED}/overview?q=Secret:${word}`,
    ];
    const ask = async (word: string): Promise<readonly string[]> => {
      const answers: string[] = [];
      for (const place of places(word)) {
        const { status, text } = await crawler.get(place);
        answers.push(
          `${status} ${text
            .slice(text.indexOf('\n\n'))
            .replaceAll(word, nonsense)
            .replace(/"asOf":"[^"]*"/, '')}`,
        );
      }
      return answers;
    };
    const expected = await ask(nonsense);
    const hidden = canaries.all().filter((canary) => canary.kind !== 'open' && !isMessageOf(OPEN, canary));
    for (const canary of thorough ? hidden : hidden.filter((_, at) => at % 8 === 0)) {
      assert.deepEqual(await ask(canary.token), expected, canary.name);
    }
    // A public word is found, so the search looks at all.
    const found = await crawler.get(`/api/reports?text=${canaries.named(`${OPEN}: Jami client_sha`).token}`);
    assert.match(found.text, /"crashId"/);
  });

  test('a word in many protected annotations gives no other page and no other cursor than a word in none', async () => {
    const word = canaries.put('secret', 'a word of many reports');
    for (let index = 0; index < 25; index += 1) {
      const body = new FormData();
      body.append('ProductName', OPEN);
      body.append('Secret', `${word} ${index}`);
      assert.equal((await fetch(`${server.submitUrl}/submit`, { method: 'POST', body })).status, 200);
    }
    await server.idle();
    const trusted = new Crawler(server.reportsUrl, bearer('trusted@example.org'));
    // Words are put into the index soon after a report is stored, and not with it.
    const found = await eventually(
      async () => (await trusted.get(`/api/reports?limit=20&text=${word}`)).text,
      (text) => /"next":"/.test(text),
    );
    assert.match(found, /"next":"/);
    const crawler = new Crawler(server.reportsUrl, bearer('reader@example.org'));
    const ask = async (limit: number, text: string): Promise<string> => {
      const seen = await crawler.get(`/api/reports?limit=${limit}&text=${text}`);
      return seen.text.slice(seen.text.indexOf('\n\n'));
    };
    for (const limit of [1, 2, 20]) assert.equal(await ask(limit, word), await ask(limit, 'nothingsaysthis'));
  });

  test('rules over what is protected are saved by nobody who may not see it', async () => {
    const admin = new Crawler(server.reportsUrl, bearer('admin@example.org'));
    const rule = (when: object, key = 'K') => ({ groupingRules: [{ name: 'peek', when, key }] });
    const refused: readonly (readonly [product: string, change: object])[] = [
      [OPEN, rule({ annotation: { Secret: 'x' } })],
      [OPEN, rule({ kind: 'java' }, 'K {annotation.Secret}')],
      // An annotation that is called like what everybody sees.
      [OPEN, rule({ annotation: { message: 'x' } })],
      [CLOSED, rule({ message: 'x' })],
      [CLOSED, rule({ kind: 'java' }, '{message}')],
      [CLOSED, { messages: 'public' }],
    ];
    for (const [product, change] of refused) {
      const before = await server.store.bugs.productRules('default', product);
      const { status, text } = await admin.patch(`/api/products/default/${product}/rules`, change);
      assert.equal(status, 403, `${JSON.stringify(change)}: ${text}`);
      assert.match(text, /your account does not have/);
      assert.deepEqual(await server.store.bugs.productRules('default', product), before);
    }
    const named = { publicAnnotations: ['Secret'] };
    const closed = await admin.patch(`/api/products/default/${OPEN}`, named);
    assert.equal(closed.status, 403, closed.text);
    assert.deepEqual((await server.store.people.getProduct('default', OPEN))?.publicAnnotations, []);
    const allowed = await admin.patch(`/api/products/default/${OPEN}/rules`, rule({ message: 'zzz' }));
    assert.equal(allowed.status, 200, allowed.text);
  });

  test('mails and webhooks say what is public and nothing else', () => {
    const hooks = server.hooks.posts.map(({ body }) => ({ address: 'webhook', status: 0, text: body }));
    const mails = server.mail.mails
      .filter(({ to }) => !to.includes('trusted@example.org'))
      .map(({ subject, text, html }) => ({
        address: 'mail',
        status: 0,
        text: `${subject}\n${text}\n${html}`,
      }));
    assert.ok(hooks.length > 5 && mails.length > 2, `${hooks.length} webhooks, ${mails.length} mails`);
    assert.deepEqual(leaks([...hooks, ...mails]), []);
    assert.ok(canaries.in(JSON.stringify(hooks)).some((canary) => isMessageOf(OPEN, canary)));
  });

  test('alerts say what is public and nothing else, in the words of every target', () => {
    const rules = new Set(alerts.map((alert) => (alert.notice === 'alert' ? alert.rule.name : '')));
    assert.deepEqual([...rules].toSorted(), ['all crashes', 'closed bugs', 'hidden crashes', 'new bugs']);
    const webhook = {
      id: 1,
      account: 'default',
      product: null,
      url: 'https://x.example/',
      secret: 's',
      notices: [],
    };
    const options = { deliveryId: 1, sentAt: 0, reportsUrl: 'https://mayday.example' };
    const said: string[] = [];
    for (const alert of alerts) {
      said.push(JSON.stringify(alert), JSON.stringify(mailBody([alert], options.reportsUrl)));
      for (const target of TARGETS) {
        const hook = { ...webhook, format: target.name, enabled: true, room: '!r:x', token: 't' };
        said.push(target.request(hook, alert, options).body);
      }
    }
    assert.ok(said.length > 20);
    assert.deepEqual(leaks(said.map((text) => ({ address: 'an alert', status: 0, text }))), []);
    assert.ok(said.some((text) => text.includes('of OpenProduct') || text.includes(OPEN)));
  });

  test('an installation is a number that can be filtered by', async () => {
    const crawler = new Crawler(server.reportsUrl, bearer('reader@example.org'));
    const guid = canaries.named(`${OPEN}: guid`).token;
    const { rows } = await server.store.reports.listReports({ installation: guid }, { limit: 10 });
    const [row] = rows;
    assert.ok(row);
    const number = `#${row.installationNumber ?? ''}`;
    const { text } = await crawler.get(`/api/reports?installation=${encodeURIComponent(number)}`);
    const { reports } = JSON.parse(text.slice(text.indexOf('\n\n'))) as {
      reports: { crashId: string; installation: string; jami: { guid: string } }[];
    };
    assert.deepEqual(
      reports.map(({ crashId, installation, jami }) => [crashId, installation, jami.guid]),
      [[row.crashId, number, number]],
    );
  });
});

describe('with the right to protected data', () => {
  test('everything that was kept can be seen, so that the tokens above were there to be found', async () => {
    const identities = [await session('trusted@example.org'), bearer('trusted@example.org')];
    const environment = { name: 'the environment', headers: { authorization: `Bearer ${ADMIN_TOKEN}` } };
    // What one of them does not search by another does: looked at is what all of them see together.
    const thirds = [0, 1, 2] as const;
    const seen = (
      await Promise.all([...identities, environment].map((identity, at) => visit(identity, thirds[at])))
    ).flat();
    const names = new Set(seen.flatMap(({ text }) => canaries.in(text)).map(({ name }) => name));
    const missing = canaries
      .all()
      .filter(({ kind, name }) => kind !== 'removed' && !names.has(name))
      .map(({ name }) => name.replace(/^\w+: /, ''));
    assert.deepEqual([...new Set(missing)].sort(), NEVER_SHOWN);
    const removed = seen.flatMap(({ text }) => canaries.in(text)).filter(({ kind }) => kind === 'removed');
    assert.deepEqual(removed, []);
  });
});

/** Kept nowhere, or for lookups alone: headers that may hold secrets, test tokens, bodies of refused requests. */
const NEVER_SHOWN = [
  'CrashKit 1.0 test token',
  'body of a refused request',
  'header cookie',
  'header of the client’s own',
  'header referer',
  'annotation sent twice',
  'header cookie of a Sentry client',
].sort();

describe('annotations on the removal list, and secrets in events', () => {
  test('are nowhere on the disk, nor are values that were filtered', async () => {
    const found = new Set<string>();
    let places = 0;
    // Attachments that share a row are coded each for itself: the store reads them.
    for (const [crashId, names] of subjects.attachments) {
      for (const attachment of names) {
        const opened = await server.store.reports.openAttachment(crashId, attachment);
        const bytes = opened === null ? Buffer.alloc(0) : await buffer(opened.stream);
        for (const text of unpacked(bytes)) {
          for (const { kind, name } of canaries.in(text))
            if (kind === 'removed') found.add(`${name} in the attachment ${attachment}`);
        }
      }
    }
    for (const [place, text] of everythingIn(server.dir)) {
      places += 1;
      for (const { kind, name } of canaries.in(text))
        if (kind === 'removed') found.add(`${name} in ${place}`);
    }
    assert.ok(places > 100, `only ${places} places were looked at`);
    assert.deepEqual([...found], []);
  });
});

describe('somebody of another account', () => {
  const [ACCOUNT, PRODUCT] = ['elsewhere', 'OtherProduct'];
  const MEMBERS = [
    ['other-reader@example.org', 'read', false],
    ['other-triager@example.org', 'triage', false],
    ['other-admin@example.org', 'admin', false],
    ['other-trusted@example.org', 'triage', true],
  ] as const;
  const SERVICE = 'a service token of elsewhere';

  before(async () => {
    const { accounts, people } = server.store;
    await accounts.create(ACCOUNT);
    await people.createProductByHand(ACCOUNT, PRODUCT);
    const passwordHash = await hashPassword(PASSWORD);
    for (const [email, role, seesProtected] of MEMBERS) {
      const rest = { role, seesProtected, isAdmin: false, accounts: [ACCOUNT], passwordHash };
      const user = await addUser(server.store, { email, ...rest });
      await addToken(user.id, email, role, seesProtected);
    }
    const { token, hash } = newApiToken('service');
    const scopes = scopesOf({ role: 'admin', seesProtected: true });
    const asked = { userId: null, account: ACCOUNT, label: 'ci', scopes, products: null, expiresAt: null };
    await people.createToken({ ...asked, hash });
    tokens.set(SERVICE, token);
  });

  /** What of the first account was told to whoever did not say it first: values, and names of products. */
  function told(seen: readonly Seen[]): readonly string[] {
    return seen.flatMap(({ address, text }) => [
      ...canaries
        .in(text)
        .filter(({ token }) => !address.includes(token))
        .map(({ name }) => `${name} at ${address.slice(0, 100)}`),
      ...[OPEN, CLOSED]
        .filter((name) => text.includes(name) && !address.includes(name))
        .map((name) => `${name} at ${address.slice(0, 100)}`),
    ]);
  }

  for (const name of [...MEMBERS.map(([email]) => email), SERVICE]) {
    test(`${name} sees nothing of the first one, on no page and by no operation`, async () => {
      const identities = name === SERVICE ? [bearer(name)] : [await session(name), bearer(name)];
      for (const identity of identities) {
        const crawler = new Crawler(server.reportsUrl, identity);
        await crawler.pages([
          '/',
          '/bugs?state=all',
          '/reports',
          '/inbox',
          '/products',
          '/releases',
          '/status',
        ]);
        await crawler.operations(subjects);
        for (const key of ['signature', 'message', 'Secret', 'guid', 'version', 'product']) {
          await crawler.get(`/api/search?facets=${key}&columns=${key}&limit=200`);
          await crawler.get(`/search/export?format=ndjson&columns=${key}`);
        }
        for (const bug of subjects.bugs) await crawler.post(`/api/bugs/${bug}/comment`, { text: 'seen' });
        assert.deepEqual(told(crawler.seen), []);
        assert.ok(crawler.seen.some(({ text }) => text.includes(PRODUCT)) || name !== SERVICE);
      }
    });
  }

  test('no search, count or cursor tells them whether a word of it exists', async () => {
    const crawler = new Crawler(server.reportsUrl, bearer('other-trusted@example.org'));
    const nonsense = 'qzx000000000000';
    const ask = async (word: string): Promise<readonly string[]> => {
      const answers: string[] = [];
      for (const place of [
        `/api/reports?limit=1&text=${word}`,
        `/api/bugs?limit=1&text=${word}`,
        `/api/search?facets=signature&q=${word}`,
        `/api/search/export?q=Secret:~${word}`,
      ]) {
        const { status, text } = await crawler.get(place);
        const body = text.slice(text.indexOf('\n\n')).replaceAll(word, nonsense);
        answers.push(`${status} ${body.replace(/"asOf":"[^"]*"/, '')}`);
      }
      return answers;
    };
    const expected = await ask(nonsense);
    for (const canary of canaries.all()) assert.deepEqual(await ask(canary.token), expected, canary.name);
    const { text } = await crawler.get('/api/search?facets=version');
    const { crashes } = JSON.parse(text.slice(text.indexOf('\n\n'))) as { crashes: number };
    assert.equal(crashes, 0);
  });
});
