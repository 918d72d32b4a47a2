// What people decided and said, taken in beside what others here have: the times, keys and pins that it had.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Store } from '../../src/store/store.ts';
import { NOON, storeReport } from '../store/conformance/report-builder.ts';
import { mayday, withStore, type ImportJson } from './moving-harness.ts';

const [KEY, OTHER_KEY, OFF_KEY] = ['a', 'b', 'c'].map((digit) => digit.repeat(32)) as [
  string,
  string,
  string,
];
const CRASH_ID = '0bba929f-8721-460c-8ead-a43c20260314';
let root = '';
const dirOf = (name: string): string => path.join(root, name);

const words = (message: string) => ({
  eventId: null,
  name: 'Ada',
  email: 'ada@example.org',
  message,
  url: '',
});

before(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'mayday-settings-'));
  await withStore(dirOf('old'), async (store) => {
    await store.people.createProductByHand('default', 'Piano');
    await store.clientKeys.addKey('default', 'Piano', { key: KEY, label: 'taken elsewhere' });
    await store.clientKeys.addKey('default', 'Piano', { key: OTHER_KEY, label: 'free' });
    await store.clientKeys.addKey('default', 'Piano', { key: OFF_KEY, label: 'off' });
    const off = (await store.clientKeys.settings('default', 'Piano'))?.keys.find(
      ({ key }) => key === OFF_KEY,
    );
    await store.clientKeys.changeKey('default', 'Piano', off?.id ?? 0, { enabled: false });
    await store.clientKeys.setDsnId('default', 'Piano', 7);
    await store.intake.putFeedback('default', 'Piano', words('first'), null, NOON);
    await store.intake.putFeedback('default', 'Piano', words('second'), null, NOON + 5000);
    await storeReport(store, { crashId: CRASH_ID, receivedAt: NOON, state: 'deferred' });
    await store.reports.pinReport(CRASH_ID, true);
  });
  assert.equal((await mayday(dirOf('old'), 'export', dirOf('export'), '--quiet')).code, 0);
});
after(() => rm(root, { recursive: true, force: true }));

async function imported(store: string): Promise<ImportJson> {
  const { out } = await mayday(dirOf(store), 'import', dirOf('export'), '--json', '--queue-only');
  return JSON.parse(out) as ImportJson;
}

const keyOf = async (store: Store, key: string) =>
  (await store.clientKeys.settings('default', 'Piano'))?.keys.find((one) => one.key === key);

test('what people said keeps its times and its order', async () => {
  await imported('said');
  const kept = await withStore(dirOf('said'), ({ feedback }) => feedback.ofProduct('default', 'Piano', 10));
  assert.deepEqual(
    kept.map(({ message, at }) => [message, at]),
    [
      ['second', NOON + 5000],
      ['first', NOON],
    ],
  );
});

test('a client key that another product here has is told, and everything else of the product comes', async () => {
  await withStore(dirOf('keys'), async (store) => {
    await store.people.createProductByHand('default', 'Organ');
    await store.clientKeys.addKey('default', 'Organ', { key: KEY, label: '' });
    await store.clientKeys.setDsnId('default', 'Organ', 7);
  });
  const { refusals } = await imported('keys');
  assert.deepEqual(
    refusals.map(({ code, count }) => [code, count]),
    [['name_taken', 1]],
  );
  assert.match(refusals[0]?.examples[0] ?? '', /Piano.*: 1 of its \d client keys cannot be had/);
  await withStore(dirOf('keys'), async (store) => {
    assert.equal((await store.intake.keyedProduct(KEY))?.product, 'Organ');
    const free = await store.intake.keyedProduct(OTHER_KEY);
    assert.deepEqual([free?.product, free?.dsnId], ['Piano', 7], 'DSNs in the field go on working');
    assert.equal((await keyOf(store, OFF_KEY))?.enabled, false);
  });
});

test('a key that a killed import had added and not yet switched off is switched off', async () => {
  await withStore(dirOf('killed'), async (store) => {
    await store.people.createProductByHand('default', 'Piano');
    await store.clientKeys.addKey('default', 'Piano', { key: OFF_KEY, label: 'off' });
  });
  assert.deepEqual((await imported('killed')).refusals, []);
  await withStore(dirOf('killed'), async (store) => {
    assert.equal((await keyOf(store, OFF_KEY))?.enabled, false);
  });
});

test('a report that a killed import had stored and not yet pinned is pinned', async () => {
  await withStore(dirOf('pins'), async (store) => {
    await storeReport(store, { crashId: CRASH_ID, receivedAt: NOON, state: 'deferred' });
  });
  assert.equal((await imported('pins')).kinds['report']?.present, 1);
  await withStore(dirOf('pins'), async (store) => {
    assert.equal((await store.reports.getReport(CRASH_ID))?.pinned, true);
  });
});
