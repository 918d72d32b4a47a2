// The sealing of attachments that were stored before a store was encrypted, killed at any call to the file system or the database, or with a disk that
// refuses one: whoever opens the store next ends it, every byte comes back, and nothing is left in clear in any file of the data folder.
// `npm test` tries a few calls, `npm run test:all` many; they are spread evenly, other ones on each day.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { buffer } from 'node:stream/consumers';
import { layoutOf } from '../../../src/store/embedded/disk/folder-layout.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { encryptionState } from '../../../src/store/embedded/secrets/encryption-state.ts';
import type { Store } from '../../../src/store/store.ts';
import { thorough } from '../../thorough.ts';
import { chunks, someBytes, storeReport } from '../conformance/report-builder.ts';
import type { Fault, Sort } from '../faults/fault-names.ts';
import { recount, strayFiles } from '../faults/recount.ts';
import { wordsIn } from './gone.ts';
import { storeOptions } from './open-store.ts';

const FAULTS = path.join(import.meta.dirname, '../faults');
const IDENTITY = 'ab'.repeat(32);
const OF_SORT: Readonly<Record<Sort, number>> = thorough
  ? { any: 20, commit: 6, removal: 3 }
  : { any: 3, commit: 1, removal: 1 };
/** What a call does that goes wrong, in turn. */
const ENDS: readonly Fault[] = ['kill', 'kill', 'EIO', 'kill', 'ENOSPC'];

interface Case {
  readonly sort: Sort;
  readonly call: number;
  readonly fault: Fault;
}

let root = '';
const words: string[] = [];
const ids: string[] = [];
let everything: unknown = null;

const opened: Store[] = [];

async function openIn(dir: string, encrypt: boolean): Promise<Store> {
  const store = await openEmbeddedStore(
    storeOptions(dir, { encrypt, housekeeping: false, sweepGraceMs: encrypt ? 0 : 60_000 }),
  );
  opened.push(store);
  return store;
}

/** An attachment that begins with a word of its own. */
function part(name: string, length: number): { readonly name: string; readonly data: Buffer } {
  const word = `Zq${name}${words.length}Xw`;
  words.push(word);
  return { name, data: Buffer.concat([Buffer.from(word), someBytes(length, words.length)]) };
}

async function everyByte(store: Store): Promise<unknown> {
  const all = [];
  for (const crashId of ids) {
    const report = await store.reports.getReport(crashId);
    const bytes = [];
    for (const { name } of report?.attachments ?? []) {
      const attachment = await store.reports.openAttachment(crashId, name);
      bytes.push([name, attachment === null ? null : (await buffer(attachment.stream)).toString('base64')]);
    }
    all.push({ report, bytes });
  }
  return all;
}

before(async () => {
  root = mkdtempSync(path.join(os.tmpdir(), 'mayday-killed-sealing-'));
  const dir = path.join(root, 'clear');
  const store = await openIn(dir, false);
  for (let n = 0; n < 3; n += 1)
    ids.push(
      (await storeReport(store, {}, [part('small', 10), part('packed', 150_000), part('also', 70_000)]))
        .crashId,
    );
  ids.push(
    (await storeReport(store, {}, [part('small', 10), part('filed', 5_000_000), part('second', 100_000)]))
      .crashId,
  );
  ids.push((await storeReport(store, { identity: IDENTITY, joins: true }, [part('own', 10)])).crashId);
  await storeReport(store, { identity: IDENTITY, joins: true }, [part('joined', 200_000)]);
  await store.intake.putBlob('default', 'Piano', 'hash', chunks(part('blob', 300_000).data));
  await store.maintenance.prune();
  everything = await everyByte(store);
  await store.close();
  for (const word of words) assert.equal(wordsIn(dir, [word]).length, 1, word);
});

after(async () => {
  for (const store of opened) await store.close();
  rmSync(root, { recursive: true, force: true });
});

function run(dir: string, { sort, call, fault }: Case): Promise<{ said: string; killed: boolean }> {
  cpSync(path.join(root, 'clear'), dir, { recursive: true });
  const seam = ['--import', path.join(FAULTS, 'fault-seam.ts')];
  const args = [...seam, path.join(FAULTS, 'killed-sealing-run.ts'), dir, sort, String(call), fault];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, (error, said, trouble) => {
      if (error !== null && error.signal !== 'SIGKILL') reject(new Error(`${error.message} ${trouble}`));
      else resolve({ said, killed: error !== null });
    });
  });
}

/** What is wrong after somebody opened the store again and housekeeping was done. */
async function wrongAfter(dir: string): Promise<readonly string[]> {
  const store = await openIn(dir, true);
  try {
    await store.maintenance.prune();
    assert.deepEqual(await everyByte(store), everything);
  } finally {
    await store.close();
  }
  const { behind, clearFiles, unsealed } = encryptionState(layoutOf(dir));
  const folders = readdirSync(path.join(dir, 'reports')).flatMap((day) =>
    readdirSync(path.join(dir, 'reports', day)).map((name) => path.join(dir, 'reports', day, name)),
  );
  return [
    ...(behind === null && clearFiles === 0 && unsealed === 0 ? [] : [`it is at ${behind?.at}`]),
    ...recount(dir),
    ...strayFiles(dir),
    ...folders
      .filter((folder) => readdirSync(folder).length !== 2)
      .map((folder) => `${folder} has other files`),
    ...wordsIn(dir, words),
  ];
}

/** At most `most` calls of a sort, spread evenly, other ones on each day. */
function spread(sort: Sort, calls: number): readonly Case[] {
  const count = Math.min(OF_SORT[sort], calls);
  const day = Math.floor(Date.now() / 86_400_000);
  const stride = calls / count;
  return Array.from({ length: count }, (_, index) => ({
    sort,
    call: 1 + Math.floor(index * stride + ((day * 7) % stride)),
    fault: ENDS[index % ENDS.length] ?? 'kill',
  }));
}

test('attachments are sealed with every byte of theirs, wherever that is killed or refused, and none stays in clear', async (t) => {
  const quiet = path.join(root, 'quiet');
  const { said, killed } = await run(quiet, { sort: 'any', call: 0, fault: 'kill' });
  assert.equal(killed, false);
  const calls = JSON.parse(said) as Readonly<Record<Sort, number>>;
  assert.ok(calls.any > 100 && calls.commit > 20 && calls.removal > 2, JSON.stringify(calls));
  assert.deepEqual(wordsIn(quiet, words), [], 'one run seals all of it');
  assert.deepEqual(await wrongAfter(quiet), []);
  const cases = (['any', 'commit', 'removal'] as const).flatMap((sort) => spread(sort, calls[sort]));
  let kills = 0;
  for (const [index, one] of cases.entries()) {
    const dir = path.join(root, `case-${index}`);
    if ((await run(dir, one)).killed) kills += 1;
    assert.deepEqual(await wrongAfter(dir), [], JSON.stringify(one));
    rmSync(dir, { recursive: true, force: true });
  }
  t.diagnostic(`${kills} kills in ${cases.length} cases at ${JSON.stringify(calls)} calls`);
  assert.ok(kills > cases.length / 3, `only ${kills} of ${cases.length} were killed`);
});
