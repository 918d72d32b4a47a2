// An erasure of a person whose process is killed at any call to the file system or the database: whoever opens the store next ends it, nothing of
// the person is left in any byte of the data folder, and everything else is as it was. `npm test` tries a few calls, `npm run test:all` many; they
// are spread evenly, other ones on each day.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { buffer } from 'node:stream/consumers';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import type { Store } from '../../../src/store/store.ts';
import { thorough } from '../../thorough.ts';
import { complete, crash, processedReport } from '../conformance/processed-builder.ts';
import { eventually, someBytes, storeReport } from '../conformance/report-builder.ts';
import { wordsIn } from './gone.ts';
import { storeOptions } from './open-store.ts';
import type { Fault, Sort } from '../faults/fault-names.ts';
import { recount, strayFiles } from '../faults/recount.ts';

const FAULTS = path.join(import.meta.dirname, '../faults');
/** More than one step deletes at once. */
const GONE = 32;
const KEPT = 4;
/** Parts of words, since the search index may leave out how one begins. */
const words = (of: string): readonly string[] =>
  ['user', 'says', 'packed', 'filed', 'title', 'message', 'installation', 'feedback', 'inbox'].map(
    (place) => `${of}${place}`,
  );
const KILLS: Readonly<Record<Sort, number>> = thorough
  ? { any: 24, commit: 12, removal: 4 }
  : { any: 2, commit: 1, removal: 1 };

interface Case {
  readonly sort: Sort;
  readonly call: number;
  readonly fault: Fault;
}

let root = '';
let erasure = 0;
const gone: string[] = [];
const kept: string[] = [];
let keptBefore: unknown = null;
let bugsBefore: unknown = null;

/** Closed at the end, whatever happened. */
const opened: Store[] = [];

/** `server`: with housekeeping, and everything that no row owns goes at once. */
async function openIn(dir: string, { server }: { readonly server: boolean }): Promise<Store> {
  const options = server ? { sweepGraceMs: 0 } : { housekeeping: false };
  const store = await openEmbeddedStore(storeOptions(dir, { segmentRows: 4, ...options }));
  opened.push(store);
  return store;
}

/** A report with words of somebody at every place; some share a bug with others'. */
async function keep(store: Store, of: string, n: number): Promise<string> {
  const { crashId } = await storeReport(
    store,
    {
      annotations: [
        { key: 'user_id', value: `Zq${of}user` },
        { key: 'comments', value: `Zq${of}says${n}` },
      ],
      installation: `Zq${of}installation`,
    },
    n % 8 === 0
      ? [
          { name: 'packed', data: Buffer.concat([Buffer.from(`Zq${of}packed`), someBytes(150_000, n)]) },
          { name: 'filed', data: Buffer.concat([Buffer.from(`Zq${of}filed`), someBytes(900_000, n)]) },
        ]
      : [{ name: 'small', data: Buffer.from(`Zq${of}packed${n} `.repeat(30)) }],
  );
  const own = n % 2 === 0;
  await complete(
    store,
    crashId,
    processedReport(
      [
        crash(own ? `fingerprint:Zq${of}title` : 'shared', {
          signature: own ? `crash in Zq${of}title` : 'crash of everybody',
          message: `it says Zq${of}message`,
          // As real ones, it says nothing.
          grouping: { caseKey: own ? 'C1' : 'C2' },
          sections: [{ name: 'user', protected: true, values: [['name', `Zq${of}user`]] }],
        }),
      ],
      { installation: `Zq${of}installation` },
    ),
  );
  store.intake.addInbox({
    ...{ at: Date.now(), protocol: 'crashpad', method: 'POST', path: '/submit', product: 'Piano' },
    ...{ outcome: 'accepted_with_notes', reason: 'note', detail: `Zq${of}inbox`, status: 200, bodyBytes: 1 },
    ...{ clientHash: null, crashId, headers: {} },
  });
  return crashId;
}

/** Everything that others sent, with every byte. */
async function everythingKept(store: Store): Promise<unknown> {
  const reports = [];
  for (const crashId of kept) {
    const report = await store.reports.getReport(crashId);
    const bytes = [];
    for (const { name } of report?.attachments ?? []) {
      const attachment = await store.reports.openAttachment(crashId, name);
      bytes.push(attachment === null ? null : (await buffer(attachment.stream)).toString('base64'));
    }
    reports.push({ report, bytes });
  }
  const said = await store.feedback.ofProduct('default', 'Piano', 50);
  const inbox = (await store.reports.listInbox({ limit: 100 })).rows;
  return {
    reports,
    said: said.filter(({ message }) => message.includes('kept')),
    inbox: inbox.filter(({ detail }) => detail.includes('kept')),
  };
}

/** What the bugs count. */
async function countsOf(store: Store): Promise<unknown> {
  const { rows } = await store.bugs.listBugs({}, { limit: 50 });
  return rows
    .map(({ id, count, installations }) => ({ id, count, installations }))
    .toSorted((a, b) => a.id - b.id);
}

before(async () => {
  root = mkdtempSync(path.join(os.tmpdir(), 'mayday-killed-erasure-'));
  const dir = path.join(root, 'whole');
  const store = await openIn(dir, { server: false });
  for (let n = 0; n < GONE; n += 1) gone.push(await keep(store, 'gone', n));
  for (let n = 0; n < KEPT; n += 1) kept.push(await keep(store, 'kept', n));
  for (const whose of ['gone', 'kept']) {
    const email = `${whose}@example.org`;
    const said = { eventId: null, name: 'n', email, message: `Zq${whose}feedback`, url: '' };
    await store.intake.putFeedback('default', 'Piano', said, null);
  }
  await store.maintenance.prune();
  const everywhere = { account: null, product: null };
  const person = { user: 'Zqgoneuser', mail: 'gone@example.org', mailHash: null };
  const ready = await store.erasures.prepare({ kind: 'person', ...person, ...everywhere }, { person: null });
  assert.equal(ready.found, GONE);
  erasure = ready.id;
  await eventually(
    () => store.reports.listInbox({ limit: 100 }),
    ({ rows }) => rows.length === GONE + KEPT,
  );
  keptBefore = await everythingKept(store);
  bugsBefore = await countsOf(store);
  await store.close();
  // Each of them is there to be found.
  for (const whose of ['gone', 'kept']) {
    const found = wordsIn(dir, words(whose)).map((line) => line.replace(/.*: /, ''));
    assert.deepEqual([...new Set(found)].toSorted(), words(whose).toSorted());
  }
});
after(async () => {
  for (const store of opened) await store.close();
  rmSync(root, { recursive: true, force: true });
});

/** Goes on with the erasure in a copy of the folder; what the process said, and whether it was killed. */
async function run(
  dir: string,
  { sort, call, fault }: Case,
): Promise<{ readonly said: string; readonly killed: boolean }> {
  cpSync(path.join(root, 'whole'), dir, { recursive: true });
  const seam = ['--import', path.join(FAULTS, 'fault-seam.ts')];
  const script = path.join(FAULTS, 'killed-erasure-run.ts');
  const args = [...seam, script, dir, String(erasure), sort, String(call), fault];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, (error, said, trouble) => {
      if (error !== null && error.signal !== 'SIGKILL') reject(new Error(`${error.message} ${trouble}`));
      else resolve({ said, killed: error !== null });
    });
  });
}

/** What is wrong after somebody opened the store again and did nothing. */
async function wrongAfter(dir: string, confirmed: boolean): Promise<readonly string[]> {
  const wrong: string[] = [];
  const told = (sentence: string, holds: boolean): void => void (holds || wrong.push(sentence));
  const store = await openIn(dir, { server: true });
  try {
    const state = (await store.erasures.get(erasure))?.state;
    if (confirmed) told('what was confirmed waits again', state !== 'ready');
    if (state === 'ready') {
      // The kill came before it was written down: nothing is gone, and it can be confirmed.
      for (const crashId of gone)
        told(`${crashId} is gone`, (await store.reports.getReport(crashId)) !== null);
      told('it cannot be confirmed', await store.erasures.confirm(erasure));
    }
    const ended = await eventually(
      () => store.erasures.get(erasure),
      (one) => one?.state === 'done',
    );
    told(
      `it is ${ended?.state} with ${ended?.done} of ${ended?.found}`,
      ended?.state === 'done' && ended.done === GONE,
    );
    // The purge, for which housekeeping has an hour.
    await store.maintenance.prune();
    for (const crashId of gone) {
      told(`${crashId} is left`, (await store.reports.getReport(crashId)) === null);
      const back = {
        account: 'default',
        product: 'Piano',
        at: 1,
        crashId,
        installation: null,
        annotations: [],
      };
      told(`${crashId} could come back`, await store.erasures.wasReportErased(back));
    }
    const { rows } = await store.audit.list({ what: 'erasure.done' }, { limit: 9 });
    told(`the audit log tells its end ${rows.length} times`, rows.length === 1);
    assert.deepEqual(await everythingKept(store), keptBefore);
    assert.deepEqual(await countsOf(store), bugsBefore);
  } finally {
    await store.close();
  }
  return [...wrong, ...recount(dir), ...strayFiles(dir), ...wordsIn(dir, words('gone'))];
}

/** At most `most` calls of a sort, spread evenly, other ones on each day. */
function spread(sort: Sort, calls: number): readonly Case[] {
  const count = Math.min(KILLS[sort], calls);
  const day = Math.floor(Date.now() / 86_400_000);
  const stride = calls / count;
  return Array.from({ length: count }, (_, index) => ({
    sort,
    call: 1 + Math.floor(index * stride + ((day * 7) % stride)),
    // Of a transaction that is ended every other leaves half of what it wrote to the log.
    fault: sort === 'commit' && index % 2 === 1 ? 'short' : 'kill',
  }));
}

test('an erasure that is killed at any call is ended by whoever opens the store next, and leaves nothing of the person', async (t) => {
  const quiet = path.join(root, 'quiet');
  const { said, killed } = await run(quiet, { sort: 'any', call: 0, fault: 'kill' });
  assert.equal(killed, false);
  const calls = JSON.parse(said.split('\n')[1] ?? '') as Readonly<Record<Sort, number>>;
  assert.ok(calls.any > 300 && calls.commit > 4 && calls.removal > 0, JSON.stringify(calls));
  assert.deepEqual(await wrongAfter(quiet, true), []);
  const cases = (['any', 'commit', 'removal'] as const).flatMap((sort) => spread(sort, calls[sort]));
  let kills = 0;
  for (const [index, one] of cases.entries()) {
    const dir = path.join(root, `case-${index}`);
    const ran = await run(dir, one);
    if (ran.killed) kills += 1;
    assert.deepEqual(await wrongAfter(dir, ran.said.includes('confirmed')), [], JSON.stringify(one));
    rmSync(dir, { recursive: true, force: true });
  }
  t.diagnostic(`${kills} kills at ${JSON.stringify(calls)} calls`);
  assert.ok(kills > cases.length / 2, `only ${kills} of ${cases.length} were killed`);
});
