// The audit log as people meet it: everything that changes or reveals leaves a line, on pages and in the API, and the log can be read and
// checked.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import {
  AUDITED_OPERATIONS,
  AUDITED_PAGES,
  auditedOperation,
  auditedPage,
} from '../../src/reports/audit/audited.ts';
import { OPERATIONS } from '../../src/reports/api/endpoint-registry.ts';
import { PAGES } from '../../src/reports/web/page-registry.ts';
import { command } from '../../src/cli/commands/audit-log-command.ts';
import type { AuditLine } from '../../src/store/audit.ts';
import { openEmbeddedStore } from '../../src/store/embedded/open.ts';
import { storeReport } from '../store/conformance/report-builder.ts';
import { newFolder, storeOptions } from '../store/embedded/open-store.ts';
import { ADMIN_TOKEN, PASSWORD, addPerson, addToken, startRunning } from './support/running.ts';
import type { Running } from './support/running.ts';
import { Visitor } from './support/visitor.ts';

describe('what is written down', () => {
  test('of every action, upload and protected download of a page stands in the table, and nothing else does', () => {
    const wanted: string[] = [];
    for (const { path, access, actions, upload } of PAGES) {
      for (const name of Object.keys(actions ?? {})) wanted.push(`${path} ${name}`);
      if (upload !== undefined) wanted.push(`${path} (files)`);
      // A sign-in by a provider is a view: the browser comes back from there.
      if (
        ['protected', 'dumps'].includes(access) ||
        ['/audit/export', '/erasures/:id/export', '/sign-in/from/:provider'].includes(path)
      )
        wanted.push(path);
    }
    assert.ok(wanted.length > 50);
    assert.deepEqual(Object.keys(AUDITED_PAGES).sort(), wanted.sort());
  });

  test('of every operation of the API that changes or gives out protected bytes stands in the table, and nothing else does', () => {
    const wanted = OPERATIONS.flatMap(({ id, method, access }) =>
      method !== 'get' ||
      ['protected', 'dumps'].includes(access) ||
      ['exportAudit', 'exportErasure'].includes(id)
        ? [id]
        : [],
    );
    assert.ok(wanted.length > 50);
    assert.deepEqual(Object.keys(AUDITED_OPERATIONS).sort(), wanted.sort());
  });

  test('of an action that the table does not know is its own name', () => {
    assert.equal(auditedPage('/new do')?.what, 'page /new do');
    assert.equal(auditedOperation({ id: 'newThing', method: 'post' })?.what, 'api newThing');
    assert.equal(auditedOperation({ id: 'newThing', method: 'get' }), null);
  });

  test('never repeats a field that can hold a secret, an address of a person, or free text', () => {
    const lines = [...Object.values(AUDITED_PAGES), ...Object.values(AUDITED_OPERATIONS)];
    const fields = new Set(lines.flatMap((line) => line?.fields ?? []));
    for (const name of [
      'email',
      'password',
      'current',
      'repeated',
      'secret',
      'token',
      'url',
      'comment',
      'text',
      'assignee',
      'key',
      'label',
    ])
      assert.ok(!fields.has(name), name);
  });
});

/** Clients name attachments: the log has the beginning of the name's SHA-256 alone. */
const DUMP = `sha256:${createHash('sha256').update('dump').digest('hex').slice(0, 12)}`;

describe('a server', () => {
  let running: Running;
  let crashId: string;
  before(async () => {
    running = await startRunning();
    ({ crashId } = await storeReport(
      running.store,
      { annotations: [{ key: 'comment', value: 'secret words' }] },
      [{ name: 'dump', data: Buffer.from('MDMP') }],
    ));
  });
  after(() => running.stop());

  async function newest(count: number): Promise<readonly AuditLine[]> {
    return (await running.store.audit.list({}, { limit: count })).rows;
  }

  async function since(id: number): Promise<readonly Pick<AuditLine, 'what' | 'object' | 'outcome'>[]> {
    const lines = await running.store.audit.linesAfter(id, 100);
    return lines.map(({ what, object, outcome }) => ({ what, object, outcome }));
  }

  async function lastId(): Promise<number> {
    return (await newest(1))[0]?.id ?? 0;
  }

  test('writes down sign-ins, those that failed, and signing out', async () => {
    const { id } = await addPerson(running.store, { email: 'ada@example.org', role: 'admin' });
    const start = await lastId();
    const visitor = new Visitor(running.url);
    await visitor.signIn('ada@example.org', 'wrong password');
    await visitor.signIn('nobody@example.org', 'wrong password');
    await running.store.audit.list({}, { limit: 1 });
    await visitor.signIn('ada@example.org', PASSWORD);
    const csrf = /name="csrf" value="([^"]+)"/.exec((await visitor.get('/')).text)?.[1] ?? '';
    await visitor.post('/sign-out', { csrf, action: 'sign-out' });
    const lines = await running.store.audit.linesAfter(start, 10);
    assert.deepEqual(
      lines.map(({ what, outcome, who }) => [what, outcome, who.person, who.way]),
      [
        ['sign-in', 'refused', id, 'nobody'],
        ['sign-in', 'refused', null, 'nobody'],
        ['sign-in', 'done', id, 'session'],
        ['sign-out', 'done', id, 'session'],
      ],
    );
    assert.deepEqual(new Set(lines.map(({ network }) => network)), new Set(['127.0.0.1']));
    assert.ok(!JSON.stringify(lines).includes('example.org'));
  });

  test('writes down who looked at protected data, once a minute, and not who may not see it', async () => {
    const seer = await addPerson(running.store, {
      email: 'see@example.org',
      role: 'read',
      seesProtected: true,
    });
    await addPerson(running.store, { email: 'blind@example.org', role: 'read' });
    const visitor = new Visitor(running.url);
    await visitor.signIn('see@example.org', PASSWORD);
    const other = new Visitor(running.url);
    await other.signIn('blind@example.org', PASSWORD);
    const start = await lastId();
    for (let n = 0; n < 3; n += 1) {
      assert.equal((await visitor.get(`/reports/${crashId}`)).status, 200);
      assert.equal((await other.get(`/reports/${crashId}`)).status, 200);
    }
    await newest(1);
    const lines = await running.store.audit.linesAfter(start, 10);
    // A minute may turn between the looks.
    assert.ok(lines.length >= 1 && lines.length <= 2, String(lines.length));
    for (const line of lines)
      assert.deepEqual(
        [line.what, line.object, line.who.person],
        ['protected.look', `report ${crashId}`, seer.id],
      );
  });

  test('writes down each download with the hash of its name, and one that was refused', async () => {
    const seer = await running.store.people.userByEmail('see@example.org');
    const blind = await running.store.people.userByEmail('blind@example.org');
    assert.ok(seer !== null && blind !== null);
    const get = async (user: typeof seer, path: string) =>
      fetch(`${running.url}${path}`, {
        headers: { authorization: `Bearer ${await addToken(running.store, user)}` },
      });
    const start = await lastId();
    assert.equal((await get(seer, `/api/reports/${crashId}/attachments/dump`)).status, 200);
    assert.equal((await get(seer, `/api/reports/${crashId}/bundle`)).status, 200);
    assert.equal((await get(blind, `/api/reports/${crashId}/attachments/dump`)).status, 403);
    await newest(1);
    const lines = (await running.store.audit.linesAfter(start, 20)).filter(
      ({ what }) => what !== 'protected.look',
    );
    assert.deepEqual(
      lines.map(({ what, object, outcome, who, detail }) => [
        what,
        object,
        outcome,
        who.person,
        who.way,
        detail,
      ]),
      [
        ['attachment.download', `report ${crashId}`, 'done', seer.id, 'token', { name: DUMP }],
        ['bundle.download', `report ${crashId}`, 'done', seer.id, 'token', {}],
        ['attachment.download', `report ${crashId}`, 'refused', blind.id, 'token', { name: DUMP }],
      ],
    );
    assert.ok(lines.every(({ who }) => Number.isSafeInteger(who.token)));
  });

  test('writes down changes with what was chosen, whether a page or the API was asked', async () => {
    const ada = await running.store.people.userByEmail('ada@example.org');
    const blind = await running.store.people.userByEmail('blind@example.org');
    assert.ok(ada !== null && blind !== null);
    const visitor = new Visitor(running.url);
    await visitor.signIn('ada@example.org', PASSWORD);
    const start = await lastId();
    await visitor.act('/people', 'change', { id: String(blind.id), role: 'read', seesProtected: 'yes' });
    await visitor.act('/account', 'create-token', { label: 'my secret label', role: 'read', days: '3' });
    const authorization = `Bearer ${ADMIN_TOKEN}`;
    await fetch(`${running.url}/api/reports/${crashId}/pin`, { method: 'POST', headers: { authorization } });
    await fetch(`${running.url}/api/queue/pause`, {
      method: 'POST',
      headers: { authorization: 'Bearer wrong' },
    });
    await newest(1);
    const lines = await running.store.audit.linesAfter(start, 20);
    const [change, token, pin, wrong] = lines.filter(({ what }) => what !== 'protected.look');
    assert.deepEqual(
      [change?.what, change?.object, change?.who.person, change?.detail],
      ['person.change', `person ${blind.id}`, ada.id, { role: 'read', seesProtected: 'yes' }],
    );
    assert.deepEqual(token?.what, 'token.create');
    assert.match(token?.object ?? '', /^token \d+$/);
    assert.deepEqual([pin?.what, pin?.object, pin?.who.way], ['report.pin', `report ${crashId}`, 'operator']);
    assert.deepEqual([wrong?.what, wrong?.outcome, wrong?.who.way], ['token.use', 'refused', 'nobody']);
    assert.ok(!JSON.stringify(lines).includes('secret label'));
  });

  test('shows the log to administrators alone, under a filter, and gives it as a file, which is written down', async () => {
    const visitor = new Visitor(running.url);
    await visitor.signIn('see@example.org', PASSWORD);
    assert.equal((await visitor.get('/audit')).status, 403);
    const admin = new Visitor(running.url);
    await admin.signIn('ada@example.org', PASSWORD);
    const page = await admin.get('/audit?what=person.*');
    assert.equal(page.status, 200);
    assert.match(page.text, /person\.change/);
    assert.doesNotMatch(page.text, /report\.pin/);
    assert.equal((await admin.get('/audit?from=yesterday')).status, 400);
    const start = await lastId();
    const csv = await admin.get('/audit/export?what=person.*');
    assert.match(csv.text, /^id,at,person,way,token,what/);
    assert.deepEqual(await since(start), [{ what: 'audit.export', object: '', outcome: 'done' }]);
  });

  test('gives the log and what its chain says in the API', async () => {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const list = await fetch(`${running.url}/api/audit?what=report.pin&limit=5`, { headers });
    const { lines } = (await list.json()) as { lines: readonly { readonly what: string }[] };
    assert.deepEqual(
      lines.map(({ what }) => what),
      ['report.pin'],
    );
    const chain = (await (await fetch(`${running.url}/api/audit/chain`, { headers })).json()) as {
      readonly fault: string | null;
      readonly lines: number;
    };
    assert.equal(chain.fault, null);
    assert.ok(chain.lines > 5);
    const exported = await (await fetch(`${running.url}/api/audit/export`, { headers })).text();
    assert.ok(exported.trimEnd().split('\n').length >= chain.lines);
    assert.equal((await fetch(`${running.url}/api/audit?outcome=bad`, { headers })).status, 400);
  });
});

describe('mayday audit', () => {
  async function run(dir: string, ...args: readonly string[]) {
    let out = '';
    let err = '';
    const code = await command.run(args, {
      out: (text) => (out += text),
      err: (text) => (err += text),
      env: { CRASH_REPORTS_DIR: dir, LOG_LEVEL: 'error' },
      terminal: false,
    });
    return { code, out, err };
  }

  test('shows lines, and verifies them against one that was noted', async () => {
    const dir = await newFolder();
    const store = await openEmbeddedStore(storeOptions(dir));
    const who = { person: 3, way: 'session', token: null } as const;
    for (const what of ['report.delete', 'report.pin'])
      await store.audit.record({
        who,
        what,
        object: 'report 1',
        network: '',
        outcome: 'done',
        detail: { n: 1 },
      });
    await store.close();
    const shown = await run(dir, '--what', 'report.delete');
    assert.deepEqual(
      [shown.code, /person 3 {2}report\.delete {2}report 1 {2}n=1\n$/.test(shown.out)],
      [0, true],
    );
    const verified = await run(dir, 'verify');
    assert.equal(verified.code, 0);
    const known = verified.out.trimEnd().split('\n').at(-1) ?? '';
    assert.match(known, /^2:[0-9a-f]{64}$/);
    assert.equal((await run(dir, 'verify', '--known', known)).code, 0);
    const wrong = await run(dir, 'verify', '--known', `1:${known.slice(2)}`);
    assert.deepEqual(
      [wrong.code, wrong.err],
      [1, 'The audit log is not whole: line 1 is not the one that was noted.\n'],
    );
    await assert.rejects(run(dir, 'verify', '--known', 'x'), /--known/);
    await assert.rejects(run(dir, 'erase'), /verify/);
  });
});
