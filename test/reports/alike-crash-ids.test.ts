// Crash ids of two accounts that begin alike: the beginning of one finds the reports of whoever asks, and says nothing of others.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { addPerson, addToken, PASSWORD, startRunning } from './support/running.ts';
import type { Running } from './support/running.ts';
import { completeReport, crash, processed } from './support/seed-bugs.ts';
import { newReport } from '../store/conformance/report-builder.ts';
import { Visitor } from './support/visitor.ts';

/** As much of a crash id as pages show. */
const ALIKE = 'abcdef12';
/** A beginning that only reports of the other account have, and that stands in a signature as well. */
const WORD = 'abcdef34';
/** More than a lookup of a beginning gives. */
const MANY = 120;

let running: Running;
const tokens = { few: '', many: '' };
const mine = `${ALIKE}-ffff-4111-8111-111110260314`;

before(async () => {
  running = await startRunning();
  const { store } = running;
  for (const account of ['few', 'many'] as const) {
    await store.accounts.create(account);
    const email = `reader@${account}.example`;
    tokens[account] = await addToken(
      store,
      await addPerson(store, { email, role: 'read', accounts: [account] }),
    );
    await store.people.createProductByHand(account, 'Shop');
  }
  const add = async (account: string, crashId: string, signature: string): Promise<void> => {
    const made = processed([crash({ key: signature, signature })], { product: 'Shop' });
    await store.intake.draft().commit(newReport({ account, product: 'Shop', crashId, state: 'queued' }));
    await completeReport(store, crashId, made);
  };
  for (let at = 0; at < MANY; at++)
    await add('many', `${ALIKE}-${String(at).padStart(4, '0')}-4111-8111-111110260314`, 'ManyError | alike');
  await add('many', `${WORD}-0000-4111-8111-111110260314`, 'ManyError | alike');
  await add('few', mine, 'FewError | alike');
  await add('few', `00000000-0000-4111-8111-111110260314`, `FewError | at_${WORD}`);
});

after(() => running.stop());

async function rows(account: keyof typeof tokens, query: string): Promise<number> {
  const where = new URL(`/api/search?${new URLSearchParams({ q: query }).toString()}`, running.url);
  const response = await fetch(where, { headers: { authorization: `Bearer ${tokens[account]}` } });
  return ((await response.json()) as { readonly rows: number }).rows;
}

test('one’s own report is found by the beginning of its id, however many of others begin alike', async () => {
  assert.equal(await rows('few', ALIKE), 1);
  assert.equal(await rows('few', `-${ALIKE}`), 1);
  const visitor = new Visitor(running.url);
  await visitor.signIn('reader@few.example', PASSWORD);
  assert.equal((await visitor.get(`/find?q=${ALIKE}`)).headers.get('location'), `/reports/${mine}`);
  assert.match((await visitor.get(`/bugs?state=all&q=${ALIKE}`)).text, /FewError/);
  assert.ok((await visitor.get(`/search?q=${ALIKE}`)).text.includes(mine));
});

test('all of one’s own reports are found by it, also when there are many', async () => {
  assert.equal(await rows('many', ALIKE), MANY);
  assert.equal(await rows('many', ALIKE.slice(0, 6)), MANY + 1);
});

test('a beginning that only ids of others have is a word like any', async () => {
  assert.equal(await rows('few', WORD), 1);
  assert.equal(await rows('many', WORD), 1);
});
