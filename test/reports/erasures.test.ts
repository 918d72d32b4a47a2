// Erasing as people do it: on the page, in the API and with the command; first counted, then confirmed, and written down.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { openPromise } from 'yauzl';
import { command } from '../../src/cli/commands/erase-command.ts';
import { openEmbeddedStore } from '../../src/store/embedded/open.ts';
import { storeReport } from '../store/conformance/report-builder.ts';
import { newFolder, storeOptions } from '../store/embedded/open-store.ts';
import { wordsIn } from '../store/embedded/gone.ts';
import { ADMIN_TOKEN, PASSWORD, addPerson, addToken, startRunning } from './support/running.ts';
import type { Running } from './support/running.ts';
import { Visitor } from './support/visitor.ts';

/** The files of an archive by their names. */
async function unzip(file: string): Promise<ReadonlyMap<string, Buffer>> {
  const entries = new Map<string, Buffer>();
  const zip = await openPromise(file);
  for await (const entry of zip.eachEntry())
    entries.set(entry.fileName, await buffer(await zip.openReadStreamPromise(entry)));
  return entries;
}

interface ErasureJson {
  readonly id: number;
  readonly found: number;
  readonly state: string;
}

describe('a server', () => {
  let running: Running;
  before(async () => {
    running = await startRunning();
  });
  after(() => running.stop());

  async function report(user: string): Promise<string> {
    const stored = await storeReport(running.store, { annotations: [{ key: 'user_id', value: user }] });
    return stored.crashId;
  }

  async function call(method: string, path: string, body?: unknown, token = ADMIN_TOKEN): Promise<Response> {
    return fetch(`${running.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  test('erases everything of an account, by the API and by the page, and nothing of another one', async () => {
    const { store } = running;
    const accounts = ['byapi', 'bypage', 'stays'] as const;
    const reports = new Map<string, string>();
    for (const account of accounts) {
      await store.accounts.create(account);
      await store.people.createProductByHand(account, 'Shop');
      reports.set(account, (await storeReport(store, { account, product: 'Shop' })).crashId);
      await store.notifications.saveWebhook({
        ...{ account, product: null, url: 'https://hook.example/', secret: 's', format: 'mayday' },
        ...{ notices: ['new'], enabled: true },
      });
    }
    const made = await call('POST', '/api/erasures', { account: 'byapi', whole: true });
    const { id, found } = (await made.json()) as ErasureJson;
    assert.equal(found, 1);
    assert.equal((await call('POST', `/api/erasures/${id}/confirm`)).status, 200);
    const chief = { email: 'chief@example.org', role: 'admin', isAdmin: true, accounts: [] } as const;
    await addPerson(store, chief);
    const visitor = new Visitor(running.url);
    await visitor.signIn(chief.email, PASSWORD);
    const asked = await visitor.act('/erasures', 'prepare', { account: 'bypage', whole: 'yes' });
    assert.equal(asked.status, 303);
    const [newest] = await store.erasures.list();
    assert.deepEqual([newest?.kind, newest?.found], ['account', 1]);
    assert.equal((await visitor.act('/erasures', 'confirm', { id: String(newest?.id) })).status, 303);
    await store.maintenance.prune();
    const left: unknown[] = [];
    for (const account of accounts) {
      const hooks = (await store.notifications.listWebhooks()).filter((each) => each.account === account);
      const product = await store.people.getProduct(account, 'Shop');
      const report = await store.reports.getReport(reports.get(account) ?? '');
      left.push([hooks.length, product !== null, report !== null]);
      assert.notEqual(await store.accounts.find(account), null);
    }
    assert.deepEqual(left, [
      [0, false, false],
      [0, false, false],
      [1, true, true],
    ]);
  });

  test('counts in the API, erases when that is confirmed, and writes both down without naming the person', async () => {
    const [gone, kept] = [await report('u-17'), await report('u-18')];
    const made = await call('POST', '/api/erasures', { user: 'u-17' });
    assert.equal(made.status, 201);
    const { id, found, state } = (await made.json()) as ErasureJson;
    assert.deepEqual([found, state], [1, 'ready']);
    assert.notEqual(await running.store.reports.getReport(gone), null);
    assert.equal((await call('POST', `/api/erasures/${id}/confirm`)).status, 200);
    assert.equal((await call('POST', `/api/erasures/${id}/confirm`)).status, 409);
    assert.equal((await call('DELETE', `/api/erasures/${id}`)).status, 409);
    await running.store.maintenance.prune();
    assert.equal(await running.store.reports.getReport(gone), null);
    assert.notEqual(await running.store.reports.getReport(kept), null);
    const done = (await (await call('GET', `/api/erasures/${id}`)).json()) as ErasureJson;
    assert.equal(done.state, 'done');
    const { rows } = await running.store.audit.list(
      { object: `erasure ${id}`, outcome: 'done' },
      { limit: 9 },
    );
    assert.deepEqual(rows.map(({ what }) => what).toReversed(), [
      'erasure.prepare',
      'erasure.confirm',
      'erasure.done',
    ]);
    assert.ok(!JSON.stringify(rows).includes('u-17'));
  });

  test('refuses wishes that are none with a sentence, and to count people for those who may not see them', async () => {
    for (const body of [
      {},
      { user: 'a', before: '2026-01-01' },
      { before: 'then' },
      { mailHash: 'x' },
      { q: 'nokey:1' },
      // What is blank, unknown or no text must not make it an erasure of the whole product.
      { product: 'shop' },
      { q: '', product: 'shop' },
      { q: '  ', before: '', product: 'shop', whole: true },
      { period: '24h', product: 'shop' },
      { period: '24h', product: 'shop', whole: true },
      { product: 'shop', before: 1_767_225_600_000 },
      { product: 'shop', user: null, whole: true },
      { product: 'shop', befor: '2026-01-01', whole: true },
      { product: 'shop', q: 'signature:x', whole: true },
      { product: 'shop', whole: false },
      { product: 'shop', whole: 'true' },
      { product: '', user: 'u-1' },
      { period: '24h', user: 'u-1' },
      { whole: true },
    ]) {
      const answer = await call('POST', '/api/erasures', body);
      const { error } = (await answer.json()) as { readonly error: { readonly message: string } };
      assert.equal(answer.status, 400, JSON.stringify(body));
      assert.match(error.message, /^[A-Z"].*\.( \(at character \d+\))?$/);
    }
    const admin = await addPerson(running.store, { email: 'blind@example.org', role: 'admin' });
    const token = await addToken(running.store, admin);
    assert.equal((await call('POST', '/api/erasures', { user: 'u-1' }, token)).status, 403);
    assert.equal((await call('POST', '/api/erasures', { before: '2020-01-01' }, token)).status, 201);
    assert.equal((await call('GET', '/api/erasures/99999')).status, 404);
  });

  test('erases from its page', async () => {
    const gone = await report('u-20');
    await addPerson(running.store, { email: 'ada@example.org', role: 'admin', seesProtected: true });
    const visitor = new Visitor(running.url);
    await visitor.signIn('ada@example.org', PASSWORD);
    assert.match((await visitor.get('/status')).text, /href="\/erasures"/);
    assert.equal((await visitor.act('/erasures', 'prepare', { user: '' })).status, 400);
    assert.equal((await visitor.act('/erasures', 'prepare', { q: ' ', product: 'Piano' })).status, 400);
    assert.equal(
      (await visitor.act('/erasures', 'prepare', { q: ' ', product: 'Piano', whole: 'yes' })).status,
      303,
    );
    assert.equal((await running.store.erasures.list())[0]?.kind, 'product');
    assert.equal((await visitor.act('/erasures', 'prepare', { user: 'u-20' })).status, 303);
    const [made] = await running.store.erasures.list();
    assert.deepEqual([made?.found, made?.state], [1, 'ready']);
    assert.match((await visitor.get('/erasures')).text, /waits to be confirmed/);
    assert.equal((await visitor.act('/erasures', 'confirm', { id: String(made?.id) })).status, 303);
    await running.store.maintenance.prune();
    assert.equal(await running.store.reports.getReport(gone), null);
    assert.equal((await visitor.act('/erasures', 'confirm', { id: String(made?.id) })).status, 404);
  });
});

test('what was found is exported first, as a zip that people can read, and only for those who may see it', async () => {
  const running = await startRunning();
  const folder = await newFolder();
  try {
    const { crashId } = await storeReport(
      running.store,
      {
        annotations: [{ key: 'user_id', value: 'zq-17' }],
        receivedAt: Date.UTC(2026, 4, 2),
        identity: 'default/Piano:event:17',
      },
      [
        { name: 'app.log', data: Buffer.from('the last words') },
        { name: 'report.json', data: Buffer.from('{}') },
      ],
    );
    await storeReport(running.store, {
      annotations: [{ key: 'user_id', value: 'zq-18' }],
      identity: 'default/Piano:event:18',
    });
    for (const event of ['17', '18']) {
      const said = { eventId: event, name: 'Ada', email: '', message: `it broke ${event}`, url: '' };
      await running.store.intake.putFeedback('default', 'Piano', said, `default/Piano:event:${event}`);
    }
    const call = (method: string, path: string, body?: unknown) =>
      fetch(`${running.url}${path}`, {
        method,
        headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    const made = (await (await call('POST', '/api/erasures', { user: 'zq-17' })).json()) as ErasureJson;
    const answer = await call('GET', `/api/erasures/${made.id}/export`);
    assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, 'application/zip']);
    const file = path.join(folder, 'export.zip');
    writeFileSync(file, Buffer.from(await answer.arrayBuffer()));
    const entries = await unzip(file);
    const of = `reports/2026-05-02 ${crashId}`;
    assert.deepEqual([...entries.keys()].toSorted(), [
      'README.txt',
      `${of}/2-report.json`,
      `${of}/app.log`,
      `${of}/report.json`,
    ]);
    assert.match(entries.get('README.txt')?.toString() ?? '', /as they were kept: 1 of them/);
    assert.equal(entries.get(`${of}/app.log`)?.toString(), 'the last words');
    const says = JSON.parse(entries.get(`${of}/report.json`)?.toString() ?? '') as {
      readonly fields: unknown;
      readonly said: readonly { readonly message: string }[];
    };
    assert.deepEqual(
      says.said.map(({ message }) => message),
      ['it broke 17'],
    );
    assert.deepEqual(says.fields, [{ name: 'user_id', value: 'zq-17' }]);
    const { rows } = await running.store.audit.list({ what: 'erasure.export' }, { limit: 2 });
    assert.deepEqual([rows.length, rows[0]?.object], [1, `erasure ${made.id}`]);
    assert.ok(!JSON.stringify(rows).includes('zq-17'));
    // Nothing is erased by that; once it is withdrawn there is nothing to export.
    assert.equal((await call('DELETE', `/api/erasures/${made.id}`)).status, 204);
    assert.equal((await call('GET', `/api/erasures/${made.id}/export`)).status, 409);
    assert.notEqual(await running.store.reports.getReport(crashId), null);
    assert.equal((await call('GET', '/api/erasures/999/export')).status, 404);
  } finally {
    await running.stop();
    await rm(folder, { recursive: true, force: true });
  }
});

test('an erasure is not confirmed while its export runs, and an export of what is withdrawn meanwhile breaks off', async () => {
  const running = await startRunning();
  try {
    // More than sockets hold, and nothing that packs.
    for (const n of [1, 2, 3])
      await storeReport(running.store, { annotations: [{ key: 'user_id', value: 'zq-19' }] }, [
        { name: `app-${n}.log`, data: randomBytes(12 * 1024 * 1024) },
      ]);
    const call = (method: string, path: string, body?: unknown) =>
      fetch(`${running.url}${path}`, {
        method,
        headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    const { id } = (await (await call('POST', '/api/erasures', { user: 'zq-19' })).json()) as ErasureJson;
    const left = await call('GET', `/api/erasures/${id}/export`);
    const busy = await call('POST', `/api/erasures/${id}/confirm`);
    assert.equal(busy.status, 409);
    assert.match(await busy.text(), /"export_running"/);
    await left.body?.cancel();
    const cut = await call('GET', `/api/erasures/${id}/export`);
    assert.equal((await call('DELETE', `/api/erasures/${id}`)).status, 204);
    await assert.rejects(cut.arrayBuffer());
    const again = (await (await call('POST', '/api/erasures', { user: 'zq-19' })).json()) as ErasureJson;
    assert.equal((await call('POST', `/api/erasures/${again.id}/confirm`)).status, 200);
  } finally {
    await running.stop();
  }
});

test('an administrator erases the account of somebody, who is then no more than a number', async () => {
  const running = await startRunning();
  try {
    await addPerson(running.store, { email: 'root@example.org', role: 'admin' });
    await addPerson(running.store, { email: 'zqleft@example.org', role: 'triage' });
    const visitor = new Visitor(running.url);
    await visitor.signIn('root@example.org', PASSWORD);
    const left = new Visitor(running.url);
    await left.signIn('zqleft@example.org', PASSWORD);
    const id = (await running.store.people.userByEmail('zqleft@example.org'))?.id ?? 0;
    const root = (await running.store.people.userByEmail('root@example.org'))?.id ?? 0;
    // Without the box nothing happens, and the last administrator stays.
    const unmeant = await visitor.act('/people', 'erase', { id: String(id) });
    assert.equal(unmeant.status, 400);
    const last = await visitor.act('/people', 'erase', { id: String(root), meant: 'yes' });
    assert.match(last.text, /leave no administrator/);
    assert.equal((await visitor.act('/people', 'erase', { id: String(id), meant: 'yes' })).status, 303);
    assert.equal((await left.get('/bugs')).status, 303);
    assert.ok(!(await visitor.get('/people')).text.includes('zqleft'));
    const { rows } = await running.store.audit.list({ what: 'person.erase', outcome: 'done' }, { limit: 1 });
    assert.equal(rows[0]?.object, `person ${id}`);
    assert.ok(!JSON.stringify(rows).includes('zqleft'));
  } finally {
    await running.stop();
  }
});

describe('mayday erase', () => {
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

  test('counts, and erases with --yes what was found', async () => {
    const dir = await newFolder();
    const store = await openEmbeddedStore(storeOptions(dir));
    await storeReport(store, { annotations: [{ key: 'login', value: 'Zqsomebody' }] });
    await store.close();
    assert.deepEqual(await run(dir, '--user', 'Zqsomebody'), {
      code: 0,
      out: '1 report would be erased. Give --yes to erase for good.\n',
      err: '',
    });
    assert.ok(wordsIn(dir, ['Zqsomebody']).length > 0);
    const erased = await run(dir, '--user', 'Zqsomebody', '--yes');
    assert.deepEqual([erased.code, erased.out], [0, 'Erasing: 0 of 1\n1 report was erased.\n']);
    assert.deepEqual(wordsIn(dir, ['Zqsomebody']), []);
    const asked = await openEmbeddedStore(storeOptions(dir));
    for (const [email, isAdmin] of [
      ['root@example.org', true],
      ['zqleft@example.org', false],
    ] as const)
      await asked.people.createUser({ email, name: '', isAdmin, passwordHash: 'x' });
    await asked.close();
    assert.match((await run(dir, '--account-of', 'zqleft@example.org')).out, /Person 2 would be erased/);
    assert.equal((await run(dir, '--account-of', 'root@example.org', '--yes')).code, 1);
    assert.equal(
      (await run(dir, '--account-of', 'zqleft@example.org', '--yes')).out,
      'Person 2 was erased.\n',
    );
    assert.deepEqual(wordsIn(dir, ['zqleft']), []);
    assert.equal((await run(dir, '--account-of', 'zqleft@example.org', '--yes')).code, 1);
    await assert.rejects(run(dir, '--account-of', 'a@b', '--user', 'c'), /stands alone/);
    await assert.rejects(run(dir), /Say what is to be erased/);
    await assert.rejects(run(dir, '--product', 'Piano', '--yes'), /the whole of it/);
    await assert.rejects(
      run(dir, '--product', 'Piano', '--search', '', '--yes'),
      /"q" is given, but says nothing/,
    );
    const whole = await run(dir, '--product', 'Piano', '--whole-product', '--yes');
    assert.deepEqual([whole.code, whole.out], [0, 'Erasing: 0 of 0\n0 reports were erased.\n']);
  });
});
