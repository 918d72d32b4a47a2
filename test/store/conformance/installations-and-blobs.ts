// What CrashKit's clients leave beside reports.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chunks, someBytes } from './report-builder.ts';
import type { StoreFactory } from './suite.ts';

export function installationTopic(open: StoreFactory): void {
  test('an installation belongs to its product, with its cookie', async () => {
    const store = await open();
    const { id, cookie } = await store.intake.newInstallation('default', 'Piano');
    assert.match(id, /^[0-9]+$/);
    assert.match(cookie, /^[A-Za-z0-9]{12}$/);
    const known = (account: string, product: string, anId: string, aCookie: string) =>
      store.intake.installationKnown(account, product, anId, aCookie);
    assert.equal(await known('default', 'Piano', id, cookie), true);
    assert.equal(await known('default', 'Flute', id, cookie), false);
    assert.equal(await known('test', 'Piano', id, cookie), false);
    assert.equal(await known('default', 'Piano', id, 'wrongcookie1'), false);
    assert.equal(await known('default', 'Piano', '999999999999999999999', cookie), false);
    assert.equal(await known('default', 'Piano', `${id}x`, cookie), false);
  });

  test('installations get ids and cookies of their own', async () => {
    const store = await open();
    const made = await Promise.all(
      Array.from({ length: 20 }, () => store.intake.newInstallation('default', 'Piano')),
    );
    assert.equal(new Set(made.map(({ id }) => id)).size, 20);
    assert.equal(new Set(made.map(({ cookie }) => cookie)).size, 20);
  });

  test('blobs are missing until they are stored, for each product', async () => {
    const store = await open();
    const hashes = ['aB', 'Ab', 'big'];
    assert.deepEqual(await store.intake.missingBlobs('default', 'Piano', hashes), hashes);
    await store.intake.putBlob('default', 'Piano', 'aB', chunks(someBytes(100)));
    await store.intake.putBlob('default', 'Piano', 'big', chunks(someBytes(300_000)));
    assert.deepEqual(await store.intake.missingBlobs('default', 'Piano', hashes), ['Ab']);
    assert.deepEqual(await store.intake.missingBlobs('default', 'Flute', hashes), hashes);
  });

  test('a blob stored twice, also at once, is no error and is read to its end', async () => {
    const store = await open();
    const data = someBytes(200_000);
    await Promise.all([1, 2, 3].map(() => store.intake.putBlob('default', 'Piano', 'same', chunks(data))));
    let read = 0;
    const counted = (async function* () {
      for await (const chunk of chunks(data)) {
        read += chunk.length;
        yield chunk;
      }
    })();
    await store.intake.putBlob('default', 'Piano', 'same', counted);
    assert.equal(read, data.length);
  });

  test('a blob whose body fails is not stored, and the error is the body’s', async () => {
    const store = await open();
    const failing = (async function* () {
      yield someBytes(100_000);
      throw new RangeError('the client went away');
    })();
    await assert.rejects(store.intake.putBlob('default', 'Piano', 'half', failing), RangeError);
    assert.deepEqual(await store.intake.missingBlobs('default', 'Piano', ['half']), ['half']);
  });
}
