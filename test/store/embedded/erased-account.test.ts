// Everything of an account is erased: no file of the data folder holds a word of it, another account has all of its own, and an older backup that is
// restored brings nothing back.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { command as backup } from '../../../src/cli/commands/backup-command.ts';
import { command as erase } from '../../../src/cli/commands/erase-command.ts';
import { command as restore } from '../../../src/cli/commands/restore-command.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { NOTICES } from '../../../src/store/notifications.ts';
import type { Store } from '../../../src/store/store.ts';
import { wordsIn } from './gone.ts';
import { storeOptions } from './open-store.ts';
import { keep, wordsOf } from './words-everywhere.ts';

/** What an account has beside its reports, each with a word of its own. */
const BESIDE = [
  ...['shop', 'symbol', 'symboltext', 'hook', 'secret', 'room', 'hooktoken', 'rule', 'rulesearch', 'wish'],
  ...['search', 'service', 'invited', 'version', 'comment'],
].map((place) => `${place}Yw`);
const wordsBeside = (of: string): readonly string[] => BESIDE.map((place) => `Zq${of}${place}`);
const allOf = (of: string): readonly string[] => [...wordsOf(of), ...wordsBeside(of)];

const KEY = { debugFile: 'shared.pdb', debugId: 'C'.repeat(33) };
const FACTS = {
  ...{
    os: 'linux',
    cpu: 'x86',
    codeFile: null,
    codeId: null,
    generator: null,
    damagedLines: 0,
    hasCfi: false,
  },
};

/** An account with one of everything; whoever belongs to it belongs to no other. */
async function fill(store: Store, of: string, scratch: string): Promise<string> {
  const word = (place: string): string => `Zq${of}${place}Yw`;
  const [account, product] = [of, word('shop')];
  await store.accounts.create(account);
  const email = `member@${of}.example`;
  const user = await store.people.createUser({ email, name: '', isAdmin: false, passwordHash: 'x' });
  await store.accounts.setMember({ account, userId: user?.id ?? 0, isAdmin: true });
  const hook = await store.notifications.saveWebhook({
    ...{ account, product: null, url: `https://${word('hook')}.example/`, secret: word('secret') },
    ...{ format: 'mayday', notices: NOTICES, enabled: true, room: word('room'), token: word('hooktoken') },
  });
  const { crashId, bugId } = await keep(store, of, { account, product, webhook: hook.id });
  await store.bugs.commentBug(bugId, 'somebody', word('comment'));
  await store.bugs.closeBug(bugId, 'somebody', { inVersion: word('version') });
  const rule = await store.alerts.createRule({
    ...{ name: word('rule'), account, product: null, search: word('rulesearch'), bugId: null, quiet: null },
    ...{ condition: { kind: 'crashes', atLeast: 1, minutes: 5 }, everyMinutes: 60, tellsEnd: false },
    ...{ targets: [], enabled: true, mutedUntil: null, ownerId: user?.id ?? null, isProtected: false },
  });
  assert.ok(rule !== null);
  await store.notifications.saveSubscription({
    ...{ userId: user?.id ?? 0, account, product: null, bugId: null, notices: NOTICES, quietHours: null },
    search: word('wish'),
  });
  await store.search.saveSearch({
    ...{ owner: email, name: word('search'), page: 'search', query: '', shared: true, changedAt: Date.now() },
  });
  await store.people.createToken({
    ...{ userId: null, account, hash: `hash of ${of}`, label: word('service') },
    ...{ scopes: ['read'], products: null, expiresAt: null },
  });
  await store.people.createOneTime({
    ...{ hash: `invitation of ${of}`, purpose: 'invitation', expiresAt: Date.now() + 1e9 },
    data: JSON.stringify({ email: `${word('invited')}@example.org`, account, isAdmin: false, right: null }),
  });
  for (const [debugFile, text, owners] of [
    [`${word('symbol')}.pdb`, word('symboltext'), [account]],
    [KEY.debugFile, 'text of both', [account]],
  ] as const) {
    const textFile = path.join(scratch, 'symbols');
    writeFileSync(textFile, text.repeat(50));
    const debugId = debugFile === KEY.debugFile ? KEY.debugId : (of === 'gone' ? 'A' : 'B').repeat(33);
    await store.symbols.putSymbols({
      ...{ key: { debugFile, debugId }, facts: FACTS, product, accounts: owners, by: email },
      ...{ source: 'upload', textFile, indexFile: textFile },
    });
  }
  return crashId;
}

test('erasing an account leaves nothing of it, in a restored backup neither, and everything of another one', async () => {
  const root = mkdtempSync(path.join(os.tmpdir(), 'mayday-erased-account-'));
  const [dir, target] = [path.join(root, 'data'), path.join(root, 'backups')];
  const open = (): Promise<Store> => openEmbeddedStore(storeOptions(dir, { housekeeping: false }));
  const run = async (command: typeof erase, ...args: readonly string[]) => {
    let [out, err] = ['', ''];
    const code = await command.run(args, {
      out: (text) => (out += text),
      err: (text) => (err += text),
      env: {
        ...{ CRASH_REPORTS_DIR: dir, LOG_LEVEL: 'silent', REPORTS_SERVER_PORT: '9', SUBMIT_SERVER_PORT: '9' },
      },
      terminal: false,
    });
    return { code, out, err };
  };
  const counted = async (store: Store) => {
    const count = async (one: Promise<readonly { readonly account?: string | null }[]>, account: string) =>
      (await one).filter((each) => each.account === account).length;
    const of = async (account: string) => [
      await count(store.people.listProducts(), account),
      await count(store.notifications.listWebhooks(), account),
      await count(store.alerts.listRules(), account),
      await count(store.notifications.listSubscriptions(null), account),
      (await store.people.listTokens({ account })).length,
      (await store.symbols.listSymbols({ accounts: [account] }, { limit: 9 })).rows.length,
    ];
    return { gone: await of('gone'), kept: await of('kept') };
  };
  const wordsOfKept = (): ReadonlySet<string> =>
    new Set(wordsIn(dir, allOf('kept')).map((line) => line.replace(/^.*: /, '')));
  // Some are sealed or packed together: of these the rows are counted.
  let before: ReadonlySet<string> = new Set();
  /** Nothing of the one, everything of the other; members and the name stay. */
  const check = async (keptReport: string, goneReport: string): Promise<void> => {
    assert.deepEqual(wordsIn(dir, allOf('gone')), []);
    assert.deepEqual(wordsOfKept(), before);
    const store = await open();
    try {
      assert.equal(await store.reports.getReport(goneReport), null);
      assert.notEqual(await store.reports.getReport(keptReport), null);
      assert.deepEqual(await counted(store), { gone: [0, 0, 0, 0, 0, 0], kept: [1, 1, 1, 1, 1, 2] });
      assert.deepEqual(await store.symbols.accountsOf(KEY), ['kept']);
      assert.equal((await store.people.listOneTime('invitation', Date.now())).length, 1);
      assert.equal((await store.accounts.members('gone')).length, 1);
      assert.deepEqual((await store.search.savedSearches('member@kept.example')).length, 1);
    } finally {
      await store.close();
    }
  };
  try {
    const store = await open();
    const gone = await fill(store, 'gone', root);
    const kept = await fill(store, 'kept', root);
    await store.maintenance.prune();
    await store.close();
    assert.ok(wordsIn(dir, allOf('gone')).length > 30);
    before = wordsOfKept();
    assert.ok(before.size > allOf('kept').length - 5);
    assert.equal((await run(backup, '--quiet', target)).code, 0);
    const first =
      readdirSync(target)
        .sort()
        .find((name) => /^\d{8}T/.test(name)) ?? '';

    assert.match((await run(erase, '--account', 'gone', '--whole-account')).out, /^1 report would be erased/);
    assert.match(
      (await run(erase, '--account', 'gone', '--whole-account', '--yes')).out,
      /1 report was erased/,
    );
    await check(kept, gone);
    const after = await open();
    const [line] = (await after.audit.list({ what: 'erasure.done' }, { limit: 1 })).rows;
    assert.deepEqual([line?.detail['kind'], line?.detail['reports']], ['account', 1]);
    await after.close();

    assert.equal((await run(backup, '--quiet', target)).code, 0);
    // Keys are kept apart from backups.
    const keys = path.join(root, 'mayday.keys');
    renameSync(path.join(dir, 'mayday.keys'), keys);
    rmSync(dir, { recursive: true });
    const restored = await run(restore, '--quiet', '--at', first, target);
    assert.equal(restored.code, 0, restored.err);
    renameSync(keys, path.join(dir, 'mayday.keys'));
    await check(kept, gone);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
