// Whose an upload of symbols is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownerOfUpload, type UploadPlaces } from '../../../src/process/symbols/owner-of-upload.ts';

const of = (account: string, product: string) => ({ account, product });

function owner(places: Partial<UploadPlaces>): ReturnType<typeof ownerOfUpload> {
  return ownerOfUpload({ accounts: [], products: [], account: null, product: null, ...places });
}

test('in an installation of one account nothing has to be said, whatever `test` holds', () => {
  const accounts = ['default', 'test'];
  for (const products of [
    [],
    [of('default', 'App')],
    [of('default', 'App'), of('test', 'App')],
    [of('test', 'Probe')],
    [of('default', 'App'), of('test', 'Probe')],
  ])
    assert.deepEqual(owner({ accounts, products }), { account: 'default' });
});

test('`test` is meant by whoever names it, one of its products, or has nothing else', () => {
  const products = [of('test', 'Probe')];
  const accounts = ['default', 'test'];
  assert.deepEqual(owner({ accounts, products, product: 'Probe' }), { account: 'test' });
  assert.deepEqual(owner({ accounts, products, account: 'test' }), { account: 'test' });
  assert.deepEqual(owner({ accounts: ['test'], products }), { account: 'test' });
});

test('an account without products is not meant beside one that has some', () => {
  assert.deepEqual(owner({ accounts: ['default', 'test', 'acme'], products: [of('acme', 'Shop')] }), {
    account: 'acme',
  });
});

test('with several accounts the product tells, where one of them has it', () => {
  const accounts = ['acme', 'apex'];
  const products = [of('acme', 'Shop'), of('apex', 'Till'), of('acme', 'App'), of('apex', 'App')];
  assert.deepEqual(owner({ accounts, products, product: 'Till' }), { account: 'apex' });
  assert.deepEqual(owner({ accounts, products, product: 'App' }), { choices: accounts });
  assert.deepEqual(owner({ accounts, products, product: 'New' }), { choices: accounts });
  assert.deepEqual(owner({ accounts, products }), { choices: accounts });
});

test('only accounts that have the product are offered for it', () => {
  const products = [of('acme', 'App'), of('apex', 'App'), of('apollo', 'Till')];
  assert.deepEqual(owner({ accounts: ['acme', 'apex', 'apollo'], products, product: 'App' }), {
    choices: ['acme', 'apex'],
  });
});

test('the account that is named is the one, product or not, and none but theirs', () => {
  const accounts = ['acme', 'apex'];
  const products = [of('acme', 'Shop'), of('apex', 'Till')];
  assert.deepEqual(owner({ accounts, products, account: 'acme', product: 'Till' }), { account: 'acme' });
  assert.deepEqual(owner({ accounts, products, account: 'other' }), { choices: accounts });
});
