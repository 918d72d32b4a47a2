// A start tells how the first administrator signs up, and starts where that cannot be written down.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setupLines } from '../../src/cli/setup-lines.ts';
import { StorageError } from '../../src/store/intake.ts';
import type { Store } from '../../src/store/store.ts';

function storeWith(users: number, createOneTime: () => Promise<void>): Pick<Store, 'people'> {
  const people = {
    userCount: () => Promise.resolve(users),
    clearOneTime: () => Promise.resolve(),
    createOneTime,
  };
  return { people } as unknown as Pick<Store, 'people'>;
}

test('there is a link for the first administrator, and none where there are people', async () => {
  const done = (): Promise<void> => Promise.resolve();
  assert.match(
    (await setupLines(storeWith(0, done), 'http://127.0.0.1:1')).join('\n'),
    /http:\/\/127\.0\.0\.1:1\/setup\//,
  );
  assert.deepEqual(await setupLines(storeWith(1, done), ''), []);
});

test('a full disk keeps the link away, not the server; what is no fault of the store ends the start', async () => {
  const full = (): Promise<void> =>
    Promise.reject(new StorageError('database or disk is full', { reason: 'full' }));
  assert.match((await setupLines(storeWith(0, full), '')).join('\n'), /No link .*disk is full.*Start again/);
  const wrong = (): Promise<void> => Promise.reject(new TypeError('wrong'));
  await assert.rejects(setupLines(storeWith(0, wrong), ''), TypeError);
});
