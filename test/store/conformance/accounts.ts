// Accounts, their people and teams, and what each may do with which product.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { Grant } from '../../../src/store/accounts.ts';
import type { Store } from '../../../src/store/store.ts';
import { eventually, storeReport } from './report-builder.ts';
import type { StoreFactory } from './suite.ts';

const READ = { role: 'read', seesProtected: false, seesDumps: false } as const;
const TRIAGE = { role: 'triage', seesProtected: true, seesDumps: false } as const;

async function person(store: Store, email: string): Promise<number> {
  const user = await store.people.createUser({ email, name: email, isAdmin: false, passwordHash: 'x' });
  assert.ok(user !== null);
  return user.id;
}

async function shop(store: Store): Promise<void> {
  assert.equal(await store.accounts.create('acme'), 'done');
  for (const name of ['Shop', 'Till']) assert.ok(await store.people.createProductByHand('acme', name));
}

async function withScratchFile(work: (file: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'mayday-accounts-'));
  try {
    const file = path.join(folder, 'file');
    await writeFile(file, 'some text');
    await work(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export function accountTopic(open: StoreFactory): void {
  const to = (id: number): Grant['to'] => ({ kind: 'user', id });

  test('nobody has rights in an account that they do not belong to', async () => {
    const store = await open();
    await shop(store);
    const ada = await person(store, 'ada@example.org');
    assert.equal(
      await store.accounts.grant({ account: 'acme', product: null, to: to(ada), ...READ }),
      'missing',
    );
    const everybody = { account: 'acme', product: null, to: { kind: 'everybody' }, ...READ } as const;
    assert.equal(await store.accounts.grant(everybody), 'done');
    assert.equal((await store.accounts.rightsOf(ada)).of({ account: 'acme', product: 'Shop' }), null);
    await store.accounts.setMember({ account: 'acme', userId: ada, isAdmin: false });
    assert.deepEqual((await store.accounts.rightsOf(ada)).of({ account: 'acme', product: 'Shop' }), READ);
    assert.equal((await store.accounts.rightsOf(ada)).of({ account: 'default', product: 'Shop' }), null);
  });

  test('groups of a provider put into teams and take out again; what is by hand, or another provider’s, stays', async () => {
    const store = await open();
    await shop(store);
    await store.accounts.create('apex');
    const ada = await person(store, 'ada@example.org');
    for (const name of ['Core', 'Web']) await store.accounts.createTeam('acme', name);
    await store.accounts.createTeam('apex', 'Core');
    const [core, web] = await store.accounts.teams('acme');
    assert.ok(core !== undefined && web !== undefined);
    const follow = (provider: string, teams: readonly string[], account = 'acme') =>
      store.accounts.followGroups({ account, userId: ada, provider, teams });
    const now = async () =>
      (await store.accounts.teams('acme')).map(({ name, members, byGroups }) => [
        name,
        members.length,
        byGroups.length,
      ]);
    const none = { joined: [], left: [], unknown: [] };

    assert.deepEqual(await follow('corp', ['Nowhere']), { ...none, unknown: ['Nowhere'] });
    assert.deepEqual(await store.accounts.members('acme'), []);
    assert.deepEqual(await follow('corp', ['Core', 'Core']), { ...none, joined: ['Core'] });
    assert.deepEqual(await store.accounts.members('acme'), [
      { userId: ada, account: 'acme', isAdmin: false },
    ]);
    assert.deepEqual(await follow('other', ['Core', 'Web']), { ...none, joined: ['Web'] });
    assert.deepEqual(await follow('corp', []), { ...none, left: ['Core'] });
    assert.deepEqual(await now(), [
      ['Core', 0, 0],
      ['Web', 1, 1],
    ]);
    // By hand from now on.
    await store.accounts.setInTeam('acme', web.id, ada, true);
    assert.deepEqual(await follow('other', []), none);
    assert.deepEqual(await now(), [
      ['Core', 0, 0],
      ['Web', 1, 0],
    ]);
    // A provider that leads to another account gives nothing in the former one any more.
    await follow('corp', ['Core']);
    assert.deepEqual(await follow('corp', ['Core'], 'apex'), { ...none, joined: ['Core'], left: ['Core'] });
    assert.deepEqual(await follow('corp', ['Core'], 'nowhere'), {
      ...none,
      left: ['Core'],
      unknown: ['Core'],
    });
  });

  test('rights of a person, of teams and of everybody add up, for each product and for every one', async () => {
    const store = await open();
    await shop(store);
    const ada = await person(store, 'ada@example.org');
    await store.accounts.setMember({ account: 'acme', userId: ada, isAdmin: false });
    assert.equal(await store.accounts.createTeam('acme', 'Core'), 'done');
    assert.equal(await store.accounts.createTeam('acme', 'Core'), 'taken');
    const [team] = await store.accounts.teams('acme');
    assert.ok(team !== undefined);
    await store.accounts.setInTeam('acme', team.id, ada, true);
    const ofTeam = { kind: 'team', id: team.id } as const;
    await store.accounts.grant({ account: 'acme', product: null, to: to(ada), ...READ });
    await store.accounts.grant({ account: 'acme', product: 'Shop', to: ofTeam, ...TRIAGE });
    const of = async (product: string) =>
      (await store.accounts.rightsOf(ada)).of({ account: 'acme', product });
    assert.deepEqual([await of('Shop'), await of('Till'), await of('later')], [TRIAGE, READ, READ]);
    await store.accounts.setInTeam('acme', team.id, ada, false);
    assert.deepEqual(await of('Shop'), READ);
    // In place of what the same had for the same.
    await store.accounts.grant({ account: 'acme', product: null, to: to(ada), ...TRIAGE });
    assert.equal((await store.accounts.grants('acme')).length, 2);
    assert.deepEqual(await of('Till'), TRIAGE);
  });

  test('whoever leaves an account loses everything in it', async () => {
    const store = await open();
    await shop(store);
    const ada = await person(store, 'ada@example.org');
    await store.accounts.setMember({ account: 'acme', userId: ada, isAdmin: true });
    await store.accounts.grant({ account: 'acme', product: 'Shop', to: to(ada), ...TRIAGE });
    assert.equal(
      (await store.accounts.rightsOf(ada)).of({ account: 'acme', product: 'Shop' })?.role,
      'admin',
    );
    assert.equal(await store.accounts.removeMember('acme', ada), 'done');
    assert.equal(await store.accounts.removeMember('acme', ada), 'missing');
    assert.deepEqual((await store.accounts.rightsOf(ada)).accounts, []);
    assert.deepEqual(await store.accounts.grants('acme'), []);
  });

  test('nobody sees the whole installation beside an account that has only people, only symbols or only lines of the inbox', async () => {
    const store = await open();
    await shop(store);
    const ada = await person(store, 'ada@example.org');
    await store.accounts.setMember({ account: 'acme', userId: ada, isAdmin: true });
    const isWhole = async () => (await store.accounts.rightsOf(ada)).isWhole;
    await store.accounts.create('other');
    assert.equal(await isWhole(), true);
    const grace = await person(store, 'grace@example.org');
    await store.accounts.setMember({ account: 'other', userId: grace, isAdmin: false });
    assert.equal(await isWhole(), false);
    await store.accounts.removeMember('other', grace);
    assert.equal(await isWhole(), true);
    await withScratchFile(async (file) => {
      const key = { debugFile: 'app.pdb', debugId: 'A'.repeat(33) };
      const facts = { os: 'linux', cpu: 'x86', codeFile: null, codeId: null, generator: null };
      await store.symbols.putSymbols({
        ...{ key, facts: { ...facts, damagedLines: 0, hasCfi: false }, product: null, by: 'Grace' },
        ...{ source: 'upload', accounts: ['other'], textFile: file, indexFile: file },
      });
      assert.equal(await isWhole(), false);
      await store.symbols.deleteSymbols(key);
      assert.equal(await isWhole(), true);
    });
    store.intake.addInbox({
      ...{ at: 1, protocol: null, method: 'POST', path: '/', account: 'other', product: 'Soon', status: 400 },
      ...{ outcome: 'refused', reason: 'no_annotations', detail: '', bodyBytes: 0, clientHash: null },
      ...{ crashId: null, headers: {} },
    });
    assert.equal(await eventually(isWhole, (whole) => !whole), false);
    await store.accounts.setMember({ account: 'other', userId: ada, isAdmin: true });
    assert.equal(await isWhole(), true);
  });

  test('a symbol file that two accounts have tells neither who uploaded it, nor for which product', async () => {
    const store = await open();
    await shop(store);
    await store.accounts.create('other');
    await withScratchFile(async (file) => {
      const key = { debugFile: 'app.pdb', debugId: 'A'.repeat(33) };
      const facts = { os: 'linux', cpu: 'x86', codeFile: null, codeId: null, generator: null };
      const put = (account: string, product: string) =>
        store.symbols.putSymbols({
          ...{
            key,
            facts: { ...facts, damagedLines: 0, hasCfi: false },
            product,
            by: `somebody of ${account}`,
          },
          ...{ source: 'upload', accounts: [account], textFile: file, indexFile: file },
        });
      const told = async () => {
        const found = await store.symbols.getSymbols(key);
        return [found?.product, found?.uploadedBy];
      };
      await put('acme', 'Shop');
      assert.deepEqual(await told(), ['Shop', 'somebody of acme']);
      assert.equal((await put('other', 'Soon')).kind, 'duplicate');
      assert.deepEqual(await told(), [null, '']);
      await store.symbols.giveUpSymbols(key, ['acme']);
      assert.deepEqual(await told(), [null, '']);
      assert.deepEqual(await store.symbols.accountsOf(key), ['other']);
    });
  });

  test('the last administrator of an account who is not switched off stays one, however many changes come at once', async () => {
    const store = await open();
    const { accounts, people } = store;
    await shop(store);
    const [ada, bob, off] = [
      await person(store, 'ada@example.org'),
      await person(store, 'bob@example.org'),
      await person(store, 'off@example.org'),
    ];
    for (const userId of [ada, bob, off])
      await accounts.setMember({ account: 'acme', userId, isAdmin: true });
    await people.updateUser(off, { disabled: true });
    const keeps = { keepsAdmin: true };
    const outcomes = await Promise.all([
      accounts.setMember({ account: 'acme', userId: ada, isAdmin: false }, keeps),
      accounts.removeMember('acme', bob, keeps),
    ]);
    assert.deepEqual(outcomes, ['done', 'last_admin']);
    assert.equal(
      await accounts.setMember({ account: 'acme', userId: bob, isAdmin: false }, keeps),
      'last_admin',
    );
    assert.equal(await accounts.removeMember('acme', ada, keeps), 'done');
    assert.equal(await accounts.removeMember('acme', off, keeps), 'done');
    assert.equal(await accounts.removeMember('acme', bob), 'done');
  });

  test('a closed account takes nothing and is nobody’s, and opens with everything that it had', async () => {
    const store = await open();
    await shop(store);
    const ada = await person(store, 'ada@example.org');
    await store.accounts.setMember({ account: 'acme', userId: ada, isAdmin: true });
    await storeReport(store, { account: 'acme', product: 'Shop' });
    assert.equal(await store.accounts.close('acme'), 'done');
    assert.equal((await store.intake.product('acme', 'Shop'))?.closed, true);
    assert.equal((await store.intake.product('acme', 'new'))?.closed, true);
    assert.equal(await store.intake.createProduct('acme', 'new'), false);
    assert.deepEqual((await store.accounts.rightsOf(ada)).accounts, []);
    assert.equal((await store.accounts.allRights()).isMemberOf('acme'), false);
    assert.equal(await store.accounts.reopen('acme'), 'done');
    assert.equal((await store.accounts.rightsOf(ada)).isAdminOf('acme'), true);
    assert.equal((await store.people.getProduct('acme', 'Shop'))?.reportCount, 1);
    assert.equal(await store.accounts.close('nobody'), 'missing');
  });

  test('every call takes a former name of an account, and invitations follow the account', async () => {
    const store = await open();
    const { accounts, people } = store;
    await shop(store);
    const ada = await person(store, 'ada@example.org');
    const secret = { purpose: 'invitation', expiresAt: Date.now() + 60_000 };
    const invitation = JSON.stringify({ email: 'a@example.org', account: 'acme' });
    await people.createOneTime({ ...secret, hash: 'i', data: invitation });
    assert.equal(await accounts.rename('acme', 'apex'), 'done');
    assert.equal((await accounts.find('acme'))?.name, 'apex');
    assert.equal(await accounts.find('nothing'), null);
    assert.equal(await accounts.setMember({ account: 'acme', userId: ada, isAdmin: true }), 'done');
    assert.deepEqual(await accounts.members('acme'), [{ userId: ada, account: 'apex', isAdmin: true }]);
    assert.equal(await accounts.createTeam('acme', 'Core'), 'done');
    const [team] = await accounts.teams('acme');
    assert.equal(team?.account, 'apex');
    assert.equal(await accounts.grant({ account: 'acme', product: 'Shop', to: to(ada), ...TRIAGE }), 'done');
    assert.equal((await accounts.grants('acme'))[0]?.account, 'apex');
    const [pending] = await people.listOneTime('invitation', Date.now());
    assert.equal((JSON.parse(pending?.data ?? '{}') as { account: string }).account, 'apex');
    // By a former name, too: what says the account by its name follows.
    assert.equal(await accounts.rename('acme', 'top'), 'done');
    const [again] = await people.listOneTime('invitation', Date.now());
    assert.equal((JSON.parse(again?.data ?? '{}') as { account: string }).account, 'top');
    assert.equal(await accounts.close('acme'), 'done');
    assert.notEqual((await accounts.find('top'))?.closedAt, null);
    assert.equal(await accounts.reopen('apex'), 'done');
    assert.equal(await accounts.removeMember('acme', ada), 'done');
    assert.deepEqual(await accounts.grants('top'), []);
  });

  test('a renamed account is reached by its former name, which nobody else gets', async () => {
    const store = await open();
    await shop(store);
    assert.equal(await store.accounts.rename('acme', 'default'), 'taken');
    assert.equal(await store.accounts.rename('acme', 'apex'), 'done');
    assert.equal(await store.people.getProduct('acme', 'Shop'), null);
    assert.ok((await store.people.getProduct('apex', 'Shop')) !== null);
    assert.equal((await store.intake.product('acme', 'Shop'))?.account, 'apex');
    assert.equal(await store.accounts.create('acme'), 'taken');
    assert.equal(await store.accounts.rename('apex', 'acme'), 'done');
  });

  test('lists and counts within some products tell nothing of others', async () => {
    const store = await open();
    await shop(store);
    const mine = await storeReport(store, { account: 'acme', product: 'Shop' });
    const other = await storeReport(store, { account: 'acme', product: 'Till' });
    const within = { accounts: [], products: [{ account: 'acme', product: 'Shop' }] };
    const { rows } = await store.reports.listReports({ within }, { limit: 10 });
    assert.deepEqual(
      rows.map(({ crashId }) => crashId),
      [mine.crashId],
    );
    assert.deepEqual(await store.reports.crashIdsFrom(other.crashId.slice(0, 8), 5, within), []);
    assert.deepEqual((await store.reports.facets(10, within)).products, within.products);
    assert.deepEqual(await store.reports.productOf(other.crashId), { account: 'acme', product: 'Till' });
    const whole = { accounts: ['acme'], products: [] };
    assert.equal((await store.reports.listReports({ within: whole }, { limit: 10 })).rows.length, 2);
    assert.equal((await store.reports.byState(within)).queued, 1);
    assert.equal((await store.reports.byState()).queued, 2);
    const nothing = { accounts: [], products: [] };
    assert.deepEqual(await store.reports.listReports({ within: nothing }, { limit: 10 }), {
      rows: [],
      next: null,
    });
  });

  test('a token for sending stands for the upload key of its one product', async () => {
    const store = await open();
    await shop(store);
    const token = 'mayday_s_of-a-test';
    const hash = createHash('sha256').update(token).digest('hex');
    const about = { userId: null, account: 'acme', label: 'ci', scopes: ['send'], expiresAt: null } as const;
    await store.people.createToken({ ...about, products: [{ account: 'acme', product: 'Shop' }], hash });
    assert.equal((await store.intake.productByKey(token))?.product, 'Shop');
    assert.equal(await store.intake.productByKey(`${token}x`), null);
    // A person's, as long as they belong to the account of the product.
    const ada = await person(store, 'ada@example.org');
    const own = 'mayday_p_of-a-test';
    const ofAda = {
      ...about,
      userId: ada,
      account: null,
      hash: createHash('sha256').update(own).digest('hex'),
    };
    await store.people.createToken({ ...ofAda, products: [{ account: 'acme', product: 'Shop' }] });
    assert.equal(await store.intake.productByKey(own), null);
    await store.accounts.setMember({ account: 'acme', userId: ada, isAdmin: false });
    assert.equal((await store.intake.productByKey(own))?.product, 'Shop');
    await store.accounts.close('acme');
    assert.equal(await store.intake.productByKey(token), null);
    assert.equal(await store.intake.productByKey(own), null);
  });
}
