// What a product decides about its data, as people decide it: on its page and in the API, with a preview that tells nobody more than they may see.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DEFAULT_DATA_RULES } from '../../src/report/privacy/data-rules.ts';
import { READ_DUMP } from '../store/conformance/kept-parts.ts';
import { complete, crash, processedReport } from '../store/conformance/processed-builder.ts';
import { newReport, storeReport } from '../store/conformance/report-builder.ts';
import { PASSWORD, addPerson, addToken, startRunning } from './support/running.ts';
import type { Running } from './support/running.ts';
import { Visitor } from './support/visitor.ts';

const PATH = '/products/default/shop/data';
const SECRET = 'hunter2-zq';

interface PreviewJson {
  readonly looked: number;
  readonly changed: number;
  readonly found: Readonly<Record<string, number>>;
  readonly examples:
    | readonly { readonly name: string; readonly before: string; readonly after: string | null }[]
    | null;
  readonly notes: readonly string[];
}

describe('the data rules of a product', () => {
  let running: Running;
  /** An administrator without the right to protected data, and one with it. */
  let blind: { readonly token: string; readonly visitor: Visitor };
  let seeing: { readonly token: string; readonly visitor: Visitor };

  before(async () => {
    running = await startRunning();
    await running.store.people.createProductByHand('default', 'shop');
    const person = async (email: string, seesProtected: boolean) => {
      const user = await addPerson(running.store, { email, role: 'admin', seesProtected });
      const visitor = new Visitor(running.url);
      await visitor.signIn(email, PASSWORD);
      return { token: await addToken(running.store, user), visitor };
    };
    blind = await person('blind@example.org', false);
    seeing = await person('seeing@example.org', true);
    await storeReport(
      running.store,
      newReport({
        product: 'shop',
        protocol: 'sentry',
        annotations: [
          { key: 'comments', value: `call ${SECRET} or ada@example.org` },
          { key: 'Version', value: 'of grace@example.org' },
        ],
      }),
      [
        {
          name: 'payload.json',
          kind: 'payload',
          data: Buffer.from(
            JSON.stringify({ message: `m ${SECRET}`, user: { email: 'ada@example.org', id: 7 } }),
          ),
        },
      ],
    );
    await storeReport(
      running.store,
      newReport({ product: 'shop', annotations: [{ key: 'comments', value: 'fine' }] }),
    );
  });
  after(() => running.stop());

  async function call(token: string, method: string, path: string, body?: unknown) {
    const answer = await fetch(`${running.url}/api/products/default/shop/data${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, text: await answer.text() };
  }

  test('are the default until somebody decides, and say what is wrong with a change', async () => {
    assert.deepEqual(JSON.parse((await call(blind.token, 'GET', '')).text), DEFAULT_DATA_RULES);
    for (const body of [
      { dumps: 'none' },
      { dumpDays: 0 },
      { dumpsOfBug: null },
      { protectedDays: 1.5 },
      { neverStored: ['*'] },
      { neverStored: [''] },
      { neverStored: 'mail' },
      { scrub: ['phone'] },
      { patterns: ['(?=x)'] },
      { patterns: ['x*'] },
      { patterns: Array.from({ length: 21 }, (_, index) => `x${index}`) },
      { neverstored: [] },
    ]) {
      const { status, text } = await call(blind.token, 'PATCH', '', body);
      assert.equal(status, 400, text);
      assert.match(text, /bad_value/);
    }
    const changed = await call(blind.token, 'PATCH', '', {
      neverStored: ['mail'],
      dumps: 'stacks',
      dumpDays: null,
    });
    assert.deepEqual(JSON.parse(changed.text), {
      ...DEFAULT_DATA_RULES,
      neverStored: ['mail'],
      dumps: 'stacks',
      dumpDays: null,
    });
    await call(blind.token, 'PATCH', '', DEFAULT_DATA_RULES);
  });

  test('are saved on the page, which keeps what was typed where it is refused', async () => {
    const fields = {
      dumps: 'newest',
      dumpsOfBug: '3',
      dumpDays: '',
      protectedDays: '14',
      neverStored: 'mail\nphone',
    };
    const refused = await seeing.visitor.act(PATH, 'save', { ...fields, patterns: '(?=no)' });
    assert.equal(refused.status, 400);
    assert.match(refused.text, /cannot be used/);
    assert.match(refused.text, /\(\?=no\)/);
    assert.match(refused.text, /phone/);
    const saved = await seeing.visitor.act(PATH, 'save', {
      ...fields,
      'scrub-email': 'yes',
      patterns: 'order-\\d+',
    });
    assert.equal(saved.status, 303, saved.text);
    assert.deepEqual((await running.store.people.getProduct('default', 'shop'))?.dataRules, {
      dumps: 'newest',
      dumpDays: null,
      dumpsOfBug: 3,
      protectedDays: 14,
      neverStored: ['mail', 'phone'],
      scrub: ['email'],
      patterns: ['order-\\d+'],
    });
    const { rows } = await running.store.audit.list({ what: 'product.data' }, { limit: 5 });
    assert.ok(rows.some(({ outcome, detail }) => outcome === 'done' && detail['dumps'] === 'newest'));
    const page = await blind.visitor.get(PATH);
    assert.match(page.text, /order-\\d\+/);
    await call(blind.token, 'PATCH', '', DEFAULT_DATA_RULES);
  });

  test('are tried on history, with examples for whoever sees protected data', async () => {
    const rules = { scrub: ['email'], patterns: [SECRET], neverStored: ['id'] };
    const { status, text } = await call(seeing.token, 'POST', '/preview', { rules, reports: 10 });
    assert.equal(status, 200, text);
    const preview = JSON.parse(text) as PreviewJson;
    assert.deepEqual([preview.looked, preview.changed], [2, 1]);
    assert.deepEqual([preview.found['email'], preview.found['pattern'], preview.found['name']], [3, 2, 1]);
    assert.deepEqual(Object.fromEntries((preview.examples ?? []).map(({ name, after }) => [name, after])), {
      comments: 'call [Filtered] or [Filtered]',
      Version: 'of [Filtered]',
      message: 'm [Filtered]',
      'user.email': '[Filtered]',
      'user.id': null,
    });
    assert.deepEqual(
      (await running.store.people.getProduct('default', 'shop'))?.dataRules,
      DEFAULT_DATA_RULES,
    );
    const page = await seeing.visitor.act(PATH, 'preview', {
      patterns: SECRET,
      dumps: 'all',
      dumpDays: '30',
    });
    assert.equal(page.status, 200, page.text);
    assert.match(page.text, new RegExp(`call ${SECRET}`));
  });

  test('tell nobody without that right whether a value is among protected data', async () => {
    const ask = async (pattern: string): Promise<PreviewJson> => {
      const { text } = await call(blind.token, 'POST', '/preview', { rules: { patterns: [pattern] } });
      assert.ok(!text.includes(SECRET));
      return JSON.parse(text) as PreviewJson;
    };
    const [present, absent] = [await ask('hunter2'), await ask('nowhere')];
    assert.deepEqual(present, absent);
    assert.equal(present.examples, null);
    assert.match(present.notes.join(' '), /right to see protected data/);
    // What is public for everybody is looked at.
    assert.equal((await ask('grace')).changed, 1);
    const page = await blind.visitor.act(PATH, 'preview', {
      patterns: 'hunter2',
      dumps: 'all',
      dumpDays: '30',
    });
    assert.ok(!page.text.includes(SECRET));
    assert.match(page.text, /0 would have been stored/);
  });

  test('are for administrators: others see what is decided', async () => {
    const user = await addPerson(running.store, {
      email: 'reader@example.org',
      role: 'triage',
      seesProtected: true,
    });
    const token = await addToken(running.store, user);
    assert.equal((await call(token, 'GET', '')).status, 200);
    assert.equal((await call(token, 'PATCH', '', { dumps: 'all' })).status, 403);
    assert.equal((await call(token, 'POST', '/preview', {})).status, 403);
    const visitor = new Visitor(running.url);
    await visitor.signIn('reader@example.org', PASSWORD);
    const page = await visitor.get(PATH);
    assert.match(page.text, /Administrators can change this/);
    assert.equal((await visitor.act(PATH, 'save', { dumps: 'all' })).status, 403);
  });

  test('have a report say why its dump and its annotations are gone', async () => {
    const { store } = running;
    await call(blind.token, 'PATCH', '', { dumps: 'stacks' });
    const { crashId } = await storeReport(store, newReport({ product: 'shop', receivedAt: Date.now() }), [
      { name: 'upload_file_minidump', kind: 'minidump', data: Buffer.from('MDMP') },
    ]);
    const walked = { product: 'shop', minidumps: { upload_file_minidump: READ_DUMP } };
    await complete(store, crashId, processedReport([crash('a')], walked));
    await store.maintenance.prune();
    const page = await blind.visitor.get(`/reports/${crashId}`);
    assert.match(page.text, /The dump upload_file_minidump went on .*Its stacks stay\./);
    const memory = await seeing.visitor.get(`/reports/${crashId}/memory?at=0x10`);
    assert.match(memory.text, /no minidump of this name.*went on/s);
    const answer = await fetch(`${running.url}/api/reports/${crashId}`, {
      headers: { authorization: `Bearer ${blind.token}` },
    });
    const { gone } = (await answer.json()) as {
      gone: { dumps: { why: string; names: string[] }; annotations: null };
    };
    assert.deepEqual(
      [gone.dumps.why, gone.dumps.names, gone.annotations],
      ['walked', ['upload_file_minidump'], null],
    );
    await call(blind.token, 'PATCH', '', DEFAULT_DATA_RULES);
  });
});
