// Accounts, products and upload keys.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOON, storeReport } from './report-builder.ts';
import type { StoreFactory } from './suite.ts';

export function productTopic(open: StoreFactory): void {
  test('the accounts default and test exist from the start; people add others', async () => {
    const store = await open();
    const names = async () => (await store.accounts.list()).map(({ name }) => name);
    assert.deepEqual(await names(), ['default', 'test']);
    assert.equal(await store.accounts.create('acme'), 'done');
    assert.equal(await store.accounts.create('acme'), 'taken');
    assert.deepEqual(await names(), ['default', 'test', 'acme']);
  });

  test('a product is created by its first report, in accounts that exist', async () => {
    const store = await open();
    assert.equal(await store.intake.product('default', 'Piano'), null);
    assert.equal(await store.intake.createProduct('default', 'Piano'), true);
    assert.equal(await store.intake.createProduct('default', 'Piano'), true);
    assert.equal(await store.intake.createProduct('nobody', 'Piano'), false);
    assert.deepEqual(await store.intake.product('default', 'Piano'), {
      account: 'default',
      product: 'Piano',
      requireKey: false,
      privateKeys: null,
    });
    assert.equal((await store.people.getProduct('default', 'Piano'))?.automatic, true);
  });

  test('automatic products end at the cap; existing ones stay', async () => {
    const store = await open({ maxAutoProducts: 2 });
    const made = await Promise.all(
      ['A', 'B', 'C', 'D'].map((name) => store.intake.createProduct('default', name)),
    );
    assert.deepEqual(made, [true, true, false, false]);
    assert.equal(await store.intake.createProduct('default', 'A'), true);
    assert.notEqual(await store.people.createProductByHand('default', 'E'), null);
  });

  test('automatic products can be off', async () => {
    const store = await open({ autoProducts: false });
    assert.equal(await store.intake.createProduct('default', 'A'), false);
    assert.equal((await store.people.createProductByHand('default', 'A'))?.automatic, false);
    assert.equal(await store.intake.createProduct('default', 'A'), true);
  });

  test('a report of a product that nobody created is kept all the same', async () => {
    const store = await open({ autoProducts: false });
    assert.equal((await storeReport(store, { product: 'Surprise' })).kind, 'stored');
    assert.equal((await store.people.getProduct('default', 'Surprise'))?.reportCount, 1);
  });

  test('a product made by hand is made once, in an account that exists', async () => {
    const store = await open();
    assert.notEqual(await store.people.createProductByHand('default', 'Piano'), null);
    assert.equal(await store.people.createProductByHand('default', 'Piano'), null);
    assert.equal(await store.people.createProductByHand('nobody', 'Piano'), null);
  });

  test('changes of a product are seen by the intake at once in the same process', async () => {
    const store = await open();
    await store.people.createProductByHand('default', 'Piano');
    assert.equal((await store.intake.product('default', 'Piano'))?.requireKey, false);
    const change = { requireKey: true, uploadKey: 'k3y', publicAnnotations: ['color'], keepDays: 30 };
    assert.equal(await store.people.updateProduct('default', 'Piano', change), true);
    assert.equal((await store.intake.product('default', 'Piano'))?.requireKey, true);
    assert.equal((await store.intake.productByKey('k3y'))?.product, 'Piano');
    assert.equal(await store.intake.productByKey('other'), null);
    const product = await store.people.getProduct('default', 'Piano');
    assert.deepEqual(
      [product?.requireKey, product?.uploadKey, product?.publicAnnotations, product?.keepDays],
      [true, 'k3y', ['color'], 30],
    );
    await store.people.updateProduct('default', 'Piano', { uploadKey: null, keepDays: null });
    assert.equal(await store.intake.productByKey('k3y'), null);
    assert.equal((await store.people.getProduct('default', 'Piano'))?.requireKey, true);
    assert.equal(await store.people.updateProduct('default', 'Harp', {}), false);
  });

  test('a product counts its stored reports and knows its last', async () => {
    const store = await open();
    const { crashId } = await storeReport(store, { receivedAt: NOON });
    await storeReport(store, { receivedAt: NOON - 1000 });
    const [product] = await store.people.listProducts();
    assert.deepEqual([product?.reportCount, product?.lastReportAt], [2, NOON]);
    await store.reports.deleteReport(crashId);
    assert.equal((await store.people.listProducts())[0]?.reportCount, 1);
  });
}
