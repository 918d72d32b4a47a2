// What was deleted is told to nobody: a report, the last one of a bug, those of an installation and of a person carry a token at every place, which is
// seen on pages, in answers and in exports before, and nowhere after.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newApiToken } from '../../src/reports/auth/bearer.ts';
import { hashPassword } from '../../src/reports/auth/passwords.ts';
import type { ErasureWish } from '../../src/store/erasures.ts';
import { scopesOf } from '../reports/support/running.ts';
import { Visitor } from '../reports/support/visitor.ts';
import { addUser } from '../store/conformance/add-user.ts';
import { eventually } from '../store/conformance/report-builder.ts';
import { thorough } from '../thorough.ts';
import { Canaries } from './support/canaries.ts';
import type { CanaryKind } from './support/canaries.ts';
import { Crawler } from './support/crawler.ts';
import type { Identity, Subjects } from './support/crawler.ts';
import { startWholeServer } from './support/whole-server.ts';
import type { WholeServer } from './support/whole-server.ts';

const PRODUCT = 'Piano';
const PASSWORD = 'correct horse battery';
/** Whose tokens they are: each report is about one of them. */
const SUBJECTS = [
  'a report',
  'the last report of a bug',
  'an installation',
  'a person',
  'somebody else',
] as const;
type Subject = (typeof SUBJECTS)[number];

const canaries = new Canaries();
let server: WholeServer;
const reports = new Map<Subject, string>();
let subjects: Subjects;

const put = (kind: CanaryKind, subject: Subject, place: string): string =>
  canaries.put(kind, `${subject}: ${place}`);
const tokenOf = (subject: Subject, place: string): string => canaries.named(`${subject}: ${place}`).token;

/** A report with a trace; all but the last of a bug crash at one place. */
async function post(subject: Subject): Promise<void> {
  const own = subject === 'the last report of a bug';
  const place = own ? put('open', subject, 'function') : 'everybody';
  const trace = [
    'Traceback (most recent call last):',
    `  File "app.py", line 3, in ${place}`,
    '    run()',
    `ValueError: ${put('open', subject, 'message')}`,
    '',
  ];
  const body = new FormData();
  body.append('ProductName', PRODUCT);
  body.append('Version', '1.0');
  body.append('guid', put('secret', subject, 'guid'));
  body.append('user_id', put('secret', subject, 'user'));
  body.append('Comments', `it broke ${put('secret', subject, 'comment')}`);
  body.append('stack', trace.join('\n'));
  const log = `line ${put('secret', subject, 'attachment')}\n`;
  body.append('log', new Blob([log]), `${put('secret', subject, 'file name')}.log`);
  const answer = await fetch(`${server.submitUrl}/submit`, { method: 'POST', body });
  reports.set(subject, /CrashID=bp-(\S+)/.exec(await answer.text())?.[1] ?? '');
}

async function identities(): Promise<readonly Identity[]> {
  const passwordHash = await hashPassword(PASSWORD);
  const made: Identity[] = [];
  for (const [email, role, seesProtected] of [
    ['all@example.org', 'admin', true],
    ['reader@example.org', 'read', false],
  ] as const) {
    const user = await addUser(server.store, { email, role, seesProtected, passwordHash });
    const { token, hash } = newApiToken();
    const scopes = scopesOf({ role, seesProtected });
    const rest = { account: null, label: 'test', products: null, expiresAt: null };
    await server.store.people.createToken({ userId: user.id, scopes, hash, ...rest });
    made.push({ name: `${email} by token`, headers: { authorization: `Bearer ${token}` } });
    if (!thorough && !seesProtected) continue;
    const visitor = new Visitor(server.reportsUrl);
    await visitor.signIn(email, PASSWORD);
    const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    made.push({ name: `${email} signed in`, headers: { cookie } });
  }
  return made;
}

/** `<whose>: <place>` of everything that these people see, but for what they ask by themselves. */
async function seenBy(people: readonly Identity[]): Promise<ReadonlyMap<string, string>> {
  const seen = new Map<string, string>();
  for (const identity of people) {
    const crawler = new Crawler(server.reportsUrl, identity);
    await crawler.pages(['/', '/bugs?state=all', '/reports', '/inbox', '/releases', '/status', '/erasures']);
    await crawler.operations(subjects);
    for (const key of ['guid', 'user_id', 'Comments', 'message', 'signature']) {
      await crawler.get(`/api/search?top=100&limit=200&facets=${key}&columns=${key}&q=has:${key}`);
      await crawler.get(`/search?facets=${key}&columns=${key}&group=${key}`);
      await crawler.get(`/search/export?format=ndjson&columns=${key}`);
      await crawler.get(`/api/search/export?columns=${key}`);
    }
    for (const { name, token } of canaries.all()) {
      for (const place of ['/api/reports', '/api/bugs']) {
        // Whether a word is found says as much as the word.
        const { text } = await crawler.get(`${place}?text=${token}`);
        if (/"crashId"|"count":/.test(text.slice(text.indexOf('\n\n'))))
          seen.set(name, `${place} by its words`);
      }
    }
    for (const { address, text } of crawler.seen) {
      for (const { name, token } of canaries.in(text))
        if (!address.includes(token)) seen.set(name, `${address.slice(0, 100)} as ${identity.name}`);
    }
  }
  return seen;
}

async function erase(wish: ErasureWish): Promise<void> {
  const { id, found } = await server.store.erasures.prepare(wish, { person: null });
  assert.equal(found, 1);
  assert.equal(await server.store.erasures.confirm(id), true);
}

before(async () => {
  server = await startWholeServer(['ProductName', 'Version', 'platform']);
  await server.store.people.createProductByHand('default', PRODUCT);
  for (const subject of SUBJECTS) await post(subject);
  await server.idle();
  const bugs = (await server.store.bugs.listBugs({}, { limit: 20 })).rows.map(({ id }) => id);
  assert.equal(bugs.length, 2);
  const attachments = new Map<string, readonly string[]>();
  for (const crashId of reports.values()) {
    const report = await server.store.reports.getReport(crashId);
    attachments.set(
      crashId,
      (report?.attachments ?? []).map(({ name }) => name),
    );
  }
  subjects = { crashIds: [...reports.values()], bugs, products: [PRODUCT], versions: ['1.0'], attachments };
});
after(() => server.stop());

test('what was deleted is on no page, in no answer and in no export, where it was before', async () => {
  const people = await identities();
  const { store } = server;
  // Words are put into the index soon after a report is stored, and not with it.
  for (const subject of SUBJECTS)
    await eventually(
      async () => (await store.reports.listReports({ text: tokenOf(subject, 'comment') }, { limit: 2 })).rows,
      (rows) => rows.length === 1,
    );
  const all = canaries.all().map(({ name }) => name);
  assert.deepEqual([...(await seenBy(people)).keys()].toSorted(), all.toSorted());

  const everywhere = { account: null, product: null };
  for (const subject of ['a report', 'the last report of a bug'] as const)
    assert.equal(await store.reports.deleteReport(reports.get(subject) ?? ''), true);
  await erase({ kind: 'installation', installation: tokenOf('an installation', 'guid'), ...everywhere });
  const user = tokenOf('a person', 'user');
  await erase({ kind: 'person', user, mail: null, mailHash: null, ...everywhere });
  await store.maintenance.prune();

  const seen = await seenBy(people);
  const left = [...seen].filter(([name]) => !name.startsWith('somebody else: '));
  assert.deepEqual(left, []);
  assert.deepEqual(
    [...seen.keys()].toSorted(),
    all.filter((name) => name.startsWith('somebody else: ')).toSorted(),
  );
});
