// The writer thread may die at any moment: what was not acknowledged fails, what waits is written by the next thread.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mkdir, rm } from 'node:fs/promises';
import Database from 'better-sqlite3';
import { migrate } from '../../../src/store/embedded/database/migrate.ts';
import { layoutOf } from '../../../src/store/embedded/disk/folder-layout.ts';
import { WriterClient } from '../../../src/store/embedded/thread/writer-client.ts';
import type { FromThread } from '../../../src/store/embedded/thread/protocol.ts';
import { newFolder } from './open-store.ts';

async function withClient(
  run: (client: WriterClient, told: FromThread[], file: string) => Promise<void>,
): Promise<void> {
  const dir = await newFolder();
  const layout = layoutOf(dir);
  for (const folder of [layout.reports, layout.incoming, layout.blobs])
    await mkdir(folder, { recursive: true });
  const connection = new Database(layout.database);
  migrate(connection);
  connection.close();
  const told: FromThread[] = [];
  const client = new WriterClient(
    {
      dir,
      encrypted: false,
      maxBytes: 1024 ** 3,
      keepDays: null,
      sweepGraceMs: 60_000,
      pruneGraceMs: 0,
      keepOfCase: 10,
      maxAutoProducts: 100,
      keepIdleProductDays: 30,
      keepLabelDays: 365,
      keepAuditDays: null,
      housekeeping: true,
    },
    (message) => told.push(message),
  );
  try {
    await run(client, told, layout.database);
  } finally {
    await client.close();
    await rm(dir, { recursive: true, force: true });
  }
}

test('writes of one turn go in one batch', async () => {
  await withClient(async (client, told) => {
    await client.write('createAccount', ['warm']);
    told.length = 0;
    await Promise.all(
      Array.from({ length: 100 }, (_, index) => client.write('createAccount', [`a${index}`])),
    );
    assert.equal(told.filter(({ kind }) => kind === 'results').length, 1);
  });
});

test('what is posted while the thread writes is its next batch, whatever turn it came in', async () => {
  await withClient(async (client, told) => {
    const writes: Promise<unknown>[] = [];
    for (let turn = 0; turn < 40; turn += 1) {
      for (let index = 0; index < 5; index += 1)
        writes.push(client.write('createAccount', [`t${turn}-${index}`]));
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    await Promise.all(writes);
    const batches = told.filter(({ kind }) => kind === 'results');
    assert.equal(
      batches.reduce((sum, told) => sum + (told.kind === 'results' ? told.values.length : 0), 0),
      writes.length,
    );
    assert.ok(batches.length < 40, `${batches.length} batches for 40 turns`);
  });
});

test('a write that cannot be handed over fails alone in its turn, and later ones have their own answers', async () => {
  await withClient(async (client) => {
    await client.write('createAccount', ['warm']);
    const uncloneable = (() => null) as unknown as string;
    await assert.rejects(client.write('createAccount', [uncloneable]), {
      name: 'StorageError',
      certain: true,
    });
    await Promise.all(['one', 'two'].map((name) => client.write('createAccount', [name])));
  });
});

test('more than one batch may hold is written all the same, in order', async () => {
  await withClient(async (client) => {
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 1500 }, (_, index) =>
        client.write('createAccount', [`m${index}`]).then(() => order.push(index)),
      ),
    );
    assert.deepEqual(
      order,
      Array.from({ length: 1500 }, (_, index) => index),
    );
  });
});

test('a thread that dies fails what it had not acknowledged and is started again', async () => {
  await withClient(async (client, told, file) => {
    for (let round = 0; round < 3; round += 1) {
      const acknowledged: string[] = [];
      // All rounds together stay below the most accounts that there may be.
      const writes = Array.from({ length: 300 }, async (_, index) => {
        const name = `r${round}-${index}`;
        await client.write('createAccount', [name]);
        acknowledged.push(name);
      });
      const settled = Promise.allSettled(writes);
      await client.write('createAccount', [`first-${round}`]).catch(() => undefined);
      await client.kill();
      const results = await settled;
      for (const result of results) {
        if (result.status === 'rejected') {
          assert.equal(result.reason.name, 'StorageError');
          assert.equal(result.reason.certain, false);
        }
      }
      const connection = new Database(file, { readonly: true });
      const stored = new Set(connection.prepare<[], string>('SELECT name FROM accounts').pluck().all());
      connection.close();
      for (const name of acknowledged) assert.ok(stored.has(name), `${name} was acknowledged and is gone`);
    }
    assert.equal(await client.write('createAccount', ['after']), 'done');
    assert.ok(told.some((message) => message.kind === 'trouble'));
  });
});

test('a write that throws fails alone; those of the same batch are stored', async () => {
  await withClient(async (client) => {
    const session = {
      ...{ idHash: 'h', csrf: 'c', createdAt: 0, provenAt: 0, network: '', agent: '' },
      expiresAt: Number.MAX_SAFE_INTEGER,
    };
    const results = await Promise.allSettled([
      client.write('createAccount', ['before']),
      client.write('createSession', [{ ...session, userId: 4711 }, 0]),
      client.write('createAccount', ['behind']),
    ]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    assert.equal(await client.write('createAccount', ['before']), 'taken');
    assert.equal(await client.write('createAccount', ['behind']), 'taken');
  });
});

test('closing writes what still waits', async () => {
  await withClient(async (client) => {
    const writes = Array.from({ length: 1000 }, (_, index) => client.write('createAccount', [`c${index}`]));
    await client.close();
    assert.equal((await Promise.all(writes)).filter(Boolean).length, 1000);
    await assert.rejects(client.write('createAccount', ['late']), { name: 'StorageError' });
  });
});

test('writes are refused, not kept waiting, while no thread can be started', async () => {
  const dir = await newFolder();
  try {
    const settings = {
      dir: `${dir}/missing`,
      encrypted: false,
      maxBytes: 1024 ** 3,
      keepDays: null,
      sweepGraceMs: 60_000,
      pruneGraceMs: 0,
      keepOfCase: 10,
      maxAutoProducts: 100,
      keepIdleProductDays: 30,
      keepLabelDays: 365,
      keepAuditDays: null,
      housekeeping: true,
    };
    const client = new WriterClient(settings, () => undefined);
    await assert.rejects(client.write('createAccount', ['x']), { name: 'StorageError' });
    await client.close();
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

test('a maintenance that is asked for while the store closes, or after, ends', async () => {
  await withClient(async (client) => {
    const asked = client.maintain();
    await client.close();
    await asked;
    assert.deepEqual(await client.maintain(), { reports: 0, bytes: 0, orphanFiles: 0 });
  });
});
