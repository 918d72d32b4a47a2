// A backup that is restored brings nothing back that was erased after it was made.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { after, describe, test } from 'node:test';
import { journalKeeper } from '../../../src/app/compose.ts';
import { loadConfig } from '../../../src/app/config.ts';
import { command as backup } from '../../../src/cli/commands/backup-command.ts';
import { command as restore } from '../../../src/cli/commands/restore-command.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import type { ErasureWish } from '../../../src/store/erasures.ts';
import type { Store } from '../../../src/store/store.ts';
import { complete, crash, processedReport } from '../conformance/processed-builder.ts';
import { storeReport } from '../conformance/report-builder.ts';
import { wordsIn } from './gone.ts';
import { storeOptions } from './open-store.ts';

const roots: string[] = [];
after(() => {
  for (const root of roots) rmSync(root, { recursive: true, force: true });
});

interface Place {
  readonly root: string;
  readonly dir: string;
  readonly target: string;
  readonly open: () => Promise<Store>;
  /** Runs a command on the data folder. */
  readonly run: (
    command: typeof backup,
    ...args: readonly string[]
  ) => Promise<{ readonly code: number; readonly out: string; readonly err: string }>;
  /** The data folder is lost, or moved away. */
  readonly lose: (to?: string) => void;
}

function place(): Place {
  const root = mkdtempSync(path.join(os.tmpdir(), 'mayday-recalled-'));
  roots.push(root);
  const dir = path.join(root, 'data');
  return {
    root,
    dir,
    target: path.join(root, 'backups'),
    open: () => openEmbeddedStore(storeOptions(dir, { housekeeping: false })),
    async run(command, ...args) {
      let out = '';
      let err = '';
      const code = await command.run(args, {
        out: (text) => (out += text),
        err: (text) => (err += text),
        env: {
          ...{
            CRASH_REPORTS_DIR: dir,
            LOG_LEVEL: 'silent',
            REPORTS_SERVER_PORT: '9',
            SUBMIT_SERVER_PORT: '9',
          },
        },
        terminal: false,
      });
      return { code, out, err };
    },
    lose(to) {
      if (to === undefined) rmSync(dir, { recursive: true });
      else renameSync(dir, to);
    },
  };
}

const EVERYWHERE = { account: null, product: null } as const;

async function erase(store: Store, wish: ErasureWish, found: readonly string[] = []): Promise<void> {
  const { id } = await store.erasures.prepare(wish, {
    person: null,
    found: (async function* pages() {
      yield found;
    })(),
  });
  assert.equal(await store.erasures.confirm(id), true);
  await store.maintenance.prune();
  assert.equal((await store.erasures.get(id))?.state, 'done');
}

/** A report that names a person and an installation in what it says and in what was understood of it. */
async function keep(store: Store, of: string, product = 'Piano'): Promise<string> {
  const { crashId } = await storeReport(
    store,
    { product, annotations: [{ key: 'user_id', value: `Zq${of}user` }], installation: `Zq${of}installation` },
    [{ name: 'dump', data: Buffer.from(`Zq${of}bytes `.repeat(100)) }],
  );
  const processed = processedReport([crash(`Zq${of}key`, { signature: `crash in Zq${of}title` })], {
    product,
    installation: `Zq${of}installation`,
  });
  await complete(store, crashId, processed);
  return crashId;
}

describe('an older backup', () => {
  /** What is erased after the backup, and how. */
  const ways: readonly (readonly [of: string, erase: (store: Store, gone: string) => Promise<void>])[] = [
    ['one report', async (store, gone) => void (await store.reports.deleteReport(gone))],
    [
      'a person',
      (store) =>
        erase(store, { kind: 'person', user: 'Zqgoneuser', mail: null, mailHash: null, ...EVERYWHERE }),
    ],
    [
      'an installation',
      (store) => erase(store, { kind: 'installation', installation: 'Zqgoneinstallation', ...EVERYWHERE }),
    ],
    ['what a search found', (store, gone) => erase(store, { kind: 'search' }, [gone])],
    ['a product', (store) => erase(store, { kind: 'product', account: 'default', product: 'Piano' })],
  ];
  for (const [of, act] of ways) {
    test(`comes back without ${of} that was erased later`, async () => {
      const { dir, target, open, run, lose } = place();
      const store = await open();
      const gone = await keep(store, 'gone');
      const kept = await keep(store, 'kept', 'Organ');
      await store.close();
      assert.equal((await run(backup, '--quiet', target)).code, 0);
      const first =
        readdirSync(target)
          .sort()
          .find((name) => /^\d{8}T/.test(name)) ?? '';
      const later = await open();
      await act(later, gone);
      await later.close();
      // A later backup takes what was erased to where the older one lies.
      assert.equal((await run(backup, '--quiet', target)).code, 0);
      lose();
      const restored = await run(restore, '--quiet', '--at', first, target);
      assert.deepEqual([restored.code, restored.err], [0, '']);
      assert.match(restored.out, /1 report that was erased since is gone/);
      assert.equal(existsSync(path.join(dir, 'restored.jsonl')), false);
      assert.deepEqual(wordsIn(dir, ['Zqgoneuser', 'Zqgonebytes', 'Zqgoneinstallation', 'Zqgonetitle']), []);
      const again = await open();
      assert.equal(await again.reports.getReport(gone), null);
      assert.notEqual(await again.reports.getReport(kept), null);
      const { rows } = await again.audit.list({ what: 'store.restore' }, { limit: 2 });
      assert.deepEqual([rows.length, rows[0]?.who.way, rows[0]?.detail['reports']], [1, 'command', 1]);
      await again.close();
    });
  }

  test('takes what was erased from the old data folder, from a file that is named, and nothing of another store', async () => {
    const { root, dir, target, open, run, lose } = place();
    const store = await open();
    const gone = await keep(store, 'gone');
    await store.close();
    assert.equal((await run(backup, '--quiet', target)).code, 0);
    const later = await open();
    await later.reports.deleteReport(gone);
    await later.maintenance.prune();
    await later.close();
    const old = `${dir}.old`;
    lose(old);
    const name =
      readdirSync(old)
        .sort()
        .find((each) => /^erasures-[0-9a-f]{12}\.jsonl$/.test(each)) ?? '';
    const journal = readFileSync(path.join(old, name), 'utf8');
    assert.ok(!journal.includes(gone), 'the journal names no report');
    assert.match((await run(restore, '--quiet', target)).out, /1 report that was erased/);
    lose();
    rmSync(old, { recursive: true });
    // Nothing knows of it any more …
    assert.doesNotMatch((await run(restore, '--quiet', target)).out, /erased/);
    lose();
    // … but a file that was kept elsewhere.
    const file = path.join(root, 'kept-elsewhere.jsonl');
    writeFileSync(file, journal);
    assert.match((await run(restore, '--quiet', '--erasures', file, target)).out, /1 report that was erased/);
    lose();
    const foreign = path.join(root, 'foreign.jsonl');
    writeFileSync(foreign, journal.replace(/"store":"[0-9a-f]{32}"/, `"store":"${'0'.repeat(32)}"`));
    await assert.rejects(() => run(restore, '--quiet', '--erasures', foreign, target), /another store/);
    assert.equal(existsSync(path.join(dir, 'mayday.db')), false);
    writeFileSync(foreign, 'something else');
    await assert.rejects(
      () => run(restore, '--quiet', '--erasures', foreign, target),
      /no journal of erasures/,
    );
  });

  test('that is one file finds beside it what later ones left there', async () => {
    const { root, target, open, run, lose } = place();
    const store = await open();
    await keep(store, 'gone');
    const words = { eventId: null, name: '', message: 'words Zqfromada', email: 'ada@example.org', url: '' };
    await store.intake.putFeedback('default', 'Piano', words, null);
    await store.close();
    const [first, second] = [path.join(root, 'a.tar.zst'), path.join(root, 'b.tar.zst')];
    assert.equal((await run(backup, '--quiet', first)).code, 0);
    const later = await open();
    await erase(later, { kind: 'before', before: Date.now() + 1000, ...EVERYWHERE });
    const person = { kind: 'person', user: null, mail: 'Ada@example.org', mailHash: null } as const;
    await erase(later, { ...person, account: 'default', product: 'Piano' });
    await later.close();
    assert.equal((await run(backup, '--quiet', second)).code, 0);
    lose();
    rmSync(target, { recursive: true, force: true });
    assert.match((await run(restore, '--quiet', first)).out, /1 report that was erased/);
    const again = await open();
    assert.deepEqual(await again.feedback.ofProduct('default', 'Piano', 5), []);
    await again.close();
  });

  test('leaves what a person sent after the erasure, and applies nothing twice', async () => {
    const { dir, target, open, run, lose } = place();
    const store = await open();
    await keep(store, 'gone');
    await erase(store, { kind: 'person', user: 'Zqgoneuser', mail: null, mailHash: null, ...EVERYWHERE });
    const anew = await keep(store, 'gone');
    await store.close();
    assert.equal((await run(backup, '--quiet', target)).code, 0);
    lose();
    assert.doesNotMatch((await run(restore, '--quiet', target)).out, /erased/);
    const again = await open();
    assert.notEqual(await again.reports.getReport(anew), null);
    await again.close();
    assert.equal(existsSync(path.join(dir, 'restored.jsonl')), false);
  });

  test('is brought up to date by whoever opens it first, where the restore was killed before that', async () => {
    const { dir, target, open, run, lose } = place();
    const store = await open();
    const gone = await keep(store, 'gone');
    await store.close();
    assert.equal((await run(backup, '--quiet', target)).code, 0);
    const later = await open();
    await later.reports.deleteReport(gone);
    await later.close();
    assert.equal((await run(backup, '--quiet', '--full', target)).code, 0);
    const first =
      readdirSync(target)
        .sort()
        .find((each) => /^\d{8}T/.test(each)) ?? '';
    lose();
    // As the kill leaves it: the files are in their places, the erasures wait.
    const { restoreBackup } = await import('../../../src/store/embedded/backup/restore-backup.ts');
    const { findJournals } = await import('../../../src/store/embedded/backup/later-erasures.ts');
    const { nodeFiles } = await import('../../../src/store/embedded/disk/files.ts');
    const by = { at: Date.now(), user: 'root', host: 'here' };
    const journals = await findJournals({ files: nodeFiles, from: target, dir, named: null });
    const settings = { files: nodeFiles, from: target, name: first, dir, progress: () => undefined };
    await restoreBackup({ ...settings, erasures: { by, journals, skipDamaged: false } });
    assert.ok(existsSync(path.join(dir, 'restored.jsonl')));
    // No backup is made of what waits to be erased.
    await assert.rejects(() => run(backup, '--quiet', target), /erased since/);
    assert.match((await run(restore, '--quiet', target)).out, /1 report that was erased/);
    const again = await open();
    assert.equal(await again.reports.getReport(gone), null);
    await again.close();
  });
});

test('an account that was renamed between the backup and the erasure is known by its older names', async () => {
  const { dir, target, open, run } = place();
  const store = await open();
  assert.equal(await store.accounts.create('before'), 'done');
  const { crashId } = await storeReport(store, { account: 'before', product: 'Piano' }, []);
  const { crashId: other } = await storeReport(store, { product: 'Piano' }, []);
  await store.close();
  assert.equal((await run(backup, '--quiet', target)).code, 0);
  const first = readdirSync(target).find((name) => /^\d{8}T/.test(name)) ?? '';
  const later = await open();
  assert.equal(await later.accounts.rename('before', 'since'), 'done');
  await erase(later, { kind: 'product', account: 'since', product: 'Piano' });
  await later.close();
  renameSync(dir, `${dir}.old`);
  assert.match((await run(restore, '--quiet', '--at', first, target)).out, /1 report that was erased/);
  const again = await open();
  assert.equal(await again.reports.getReport(crashId), null);
  assert.notEqual(await again.reports.getReport(other), null);
  await again.close();
});

test('a journal that cannot be written keeps no erasure waiting', async () => {
  const { dir, open } = place();
  const first = await open();
  const gone = await keep(first, 'gone');
  const kept = await keep(first, 'kept');
  await first.reports.deleteReport(kept);
  await first.maintenance.prune();
  await first.close();
  const file = path.join(dir, readdirSync(dir).find((name) => name.startsWith('erasures-')) ?? '');
  rmSync(file);
  // Nobody can put a file in its place.
  mkdirSync(path.join(file, 'in the way'), { recursive: true });
  const store = await openEmbeddedStore(storeOptions(dir));
  const wish = { kind: 'person', user: 'Zqgoneuser', mail: null, mailHash: null, ...EVERYWHERE } as const;
  const { id } = await store.erasures.prepare(wish, { person: null });
  assert.equal(await store.erasures.confirm(id), true);
  while ((await store.erasures.get(id))?.state !== 'done') await pause(50);
  assert.equal(await store.reports.getReport(gone), null);
  await store.close();
});

test('the journal is the file of whoever has the database, also where root makes it', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('only root can make files that are of others');
  const { dir, open } = place();
  const store = await open();
  const gone = await keep(store, 'gone');
  chownSync(path.join(dir, 'mayday.db'), 65_534, 65_534);
  await store.reports.deleteReport(gone);
  await store.maintenance.prune();
  await store.close();
  const name = readdirSync(dir).find((each) => each.startsWith('erasures-')) ?? '';
  assert.deepEqual(statSync(path.join(dir, name)).uid, 65_534);
});

test('a server leaves what is erased beside the backups, and makes no folder where none is', async () => {
  const { root, dir, target, open, run } = place();
  const store = await open();
  const first = await keep(store, 'a');
  const second = await keep(store, 'b');
  assert.equal((await run(backup, '--quiet', target)).code, 0);
  const loaded = loadConfig({ CRASH_REPORTS_DIR: dir, BACKUP_DIR: target });
  assert.ok(loaded.ok);
  const leave = journalKeeper(loaded);
  const journals = () => readdirSync(target).filter((name) => name.startsWith('erasures-'));
  await leave?.();
  assert.deepEqual(journals(), []);
  for (const [at, crashId] of [first, second].entries()) {
    await store.reports.deleteReport(crashId);
    await leave?.();
    const text = readFileSync(path.join(target, journals()[0] ?? ''), 'utf8');
    assert.equal(text.trimEnd().split('\n').length, at + 2);
  }
  await store.close();
  const elsewhere = loadConfig({ CRASH_REPORTS_DIR: dir, BACKUP_DIR: path.join(root, 'not-mounted') });
  assert.ok(elsewhere.ok);
  await journalKeeper(elsewhere)?.();
  assert.equal(existsSync(path.join(root, 'not-mounted')), false);
});

test('a journal that lost its end to a kill is written anew, and what a lost database knew stays in it', async () => {
  const { dir, open } = place();
  const store = await open();
  for (const word of ['a', 'b']) await store.reports.deleteReport(await keep(store, word));
  await store.maintenance.prune();
  const name =
    readdirSync(dir)
      .sort()
      .find((each) => each.startsWith('erasures-')) ?? '';
  const file = path.join(dir, name);
  const lines = () =>
    readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly n?: number; readonly id?: string });
  const two = lines();
  assert.deepEqual(
    two.map(({ n }) => n),
    [undefined, 1, 2],
  );
  const stranger = createHash('sha256').update('lost').digest('hex').slice(0, 32);
  const text = readFileSync(file, 'utf8').split('\n');
  text.splice(1, 0, JSON.stringify({ n: 7, id: stranger, at: 1, kind: 'report' }));
  writeFileSync(file, text.join('\n').slice(0, -10));
  await store.reports.deleteReport(await keep(store, 'c'));
  await store.maintenance.prune();
  assert.deepEqual(
    lines().map(({ n, id }) => [n, id === stranger]),
    [
      [undefined, false],
      [0, true],
      [1, false],
      [2, false],
      [3, false],
    ],
  );
  await store.close();
});
