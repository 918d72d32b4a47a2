// `mayday account` on a data folder: accounts are made, renamed and closed, people put into them; each leaves its line in the audit log.
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { UsageError } from '../../src/cli/arguments.ts';
import { command } from '../../src/cli/commands/account-command.ts';
import { openEmbeddedStore } from '../../src/store/embedded/open.ts';
import type { Store } from '../../src/store/store.ts';
import { newFolder, storeOptions } from '../store/embedded/open-store.ts';

let dir = '';

before(async () => {
  dir = await newFolder();
  await withStore(async (store) => {
    await store.people.createUser({
      ...{ email: 'ada@example.org', name: 'Ada', isAdmin: false, passwordHash: 'x' },
    });
  });
});

after(() => rm(dir, { recursive: true, force: true }));

async function withStore<T>(use: (store: Store) => Promise<T>): Promise<T> {
  const store = await openEmbeddedStore(storeOptions(dir, { housekeeping: false }));
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

async function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const code = await command.run(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    env: { CRASH_REPORTS_DIR: dir, LOG_LEVEL: 'silent', ...env },
    terminal: false,
  });
  return { code, out, err };
}

test('accounts are made, renamed, closed and opened again', async () => {
  assert.equal((await run(['create', 'acme'])).code, 0);
  const again = await run(['create', 'acme']);
  assert.deepEqual([again.code, again.err], [1, 'An account has or had this name already.\n']);
  assert.equal((await run(['rename', 'acme', 'apex'])).code, 0);
  assert.equal((await run(['close', 'apex'])).code, 0);
  assert.match((await run(['list'])).out, /^apex {2}0 products {2}0 people {2}closed \d{4}-\d\d-\d\d$/m);
  assert.equal((await run(['reopen', 'apex'])).code, 0);
  const { accounts } = JSON.parse((await run(['list', '--json'])).out) as {
    accounts: readonly { name: string; closedAt: number | null }[];
  };
  assert.equal(accounts.find(({ name }) => name === 'apex')?.closedAt, null);
  const gone = await run(['close', 'nothing']);
  assert.deepEqual([gone.code, gone.err.startsWith('There is no such account')], [1, true]);
  const lines = await withStore((store) => store.audit.list({ what: 'account.*' }, { limit: 10 }));
  assert.deepEqual(lines.rows.map(({ what }) => what).toReversed(), [
    ...['account.create', 'account.rename', 'account.close', 'account.reopen'],
  ]);
});

test('people are put into an account with what they may do, and taken out again', async () => {
  const added = await run(['add', 'apex', 'Ada@example.org', '--role', 'triage', '--protected', '--admin']);
  assert.deepEqual([added.code, added.err], [0, '']);
  // Nobody asked them, as pages and API have it: the output and the audit log say so.
  const says =
    /^ada@example\.org belongs to apex from now on, without having been asked.* They (?:also )?belong to /;
  assert.match(added.out, says);
  const [line] = (await withStore((store) => store.audit.list({ what: 'member.change' }, { limit: 1 }))).rows;
  assert.equal(line?.detail['accepted'], false);
  const again = await run(['add', 'apex', 'ada@example.org', '--role', 'triage', '--protected']);
  assert.deepEqual([again.code, again.out, again.err], [0, '', '']);
  const rights = await withStore(async ({ accounts, people }) =>
    accounts.rightsOf((await people.userByEmail('ada@example.org'))?.id ?? 0),
  );
  assert.equal(rights.isAdminOf('apex'), true);
  assert.deepEqual(rights.of({ account: 'apex', product: 'any' }), {
    ...{ role: 'admin', seesProtected: true, seesDumps: false },
  });
  // Another role says nothing of who administers the account.
  const isAdmin = () => withStore(async ({ accounts }) => (await accounts.members('apex'))[0]?.isAdmin);
  assert.equal((await run(['add', 'acme', 'ada@example.org', '--role', 'read'])).code, 0);
  assert.equal(await isAdmin(), true);
  assert.equal((await run(['add', 'apex', 'ada@example.org', '--no-admin'])).code, 0);
  assert.equal(await isAdmin(), false);
  assert.equal((await run(['remove', 'apex', 'ada@example.org'])).code, 0);
  assert.equal((await run(['remove', 'apex', 'ada@example.org'])).code, 1);
});

test('an address that nobody has is invited by a link that the server takes', async () => {
  const without = await run(['add', 'apex', 'new@example.org']);
  assert.deepEqual([without.code, /Set PUBLIC_REPORTS_URL/.test(without.err)], [1, true]);
  const env = { PUBLIC_REPORTS_URL: 'https://mayday.example.com/below' };
  const { code, out } = await run(['add', 'apex', 'new@example.org', '--role', 'read'], env);
  assert.equal(code, 0);
  assert.match(out, /\nhttps:\/\/mayday\.example\.com\/below\/invitation\/\S+\n$/);
  const pending = await withStore((store) => store.people.listOneTime('invitation', Date.now()));
  const [invited] = pending.map(({ data }) => JSON.parse(data) as { email: string; account: string });
  assert.deepEqual([invited?.email, invited?.account], ['new@example.org', 'apex']);
});

test('somebody is made an administrator of the installation again, with a link where they have no password', async () => {
  await withStore(async (store) => {
    const { id } = (await store.people.userByEmail('ada@example.org')) ?? { id: 0 };
    await store.people.updateUser(id, { disabled: true });
    await store.people.createUser({
      ...{ email: 'corp@example.org', name: 'Corp', isAdmin: false, passwordHash: '' },
    });
  });
  assert.deepEqual(await run(['admin', 'Ada@example.org']), { code: 0, out: '', err: '' });
  const env = { PUBLIC_REPORTS_URL: 'https://mayday.example.com' };
  const linked = await run(['admin', 'corp@example.org'], env);
  assert.match(linked.out, /\nhttps:\/\/mayday\.example\.com\/reset\/\S+\n$/);
  assert.equal((await run(['admin', 'nobody@example.org'])).code, 1);
  const admins = await withStore((store) => store.people.listUsers());
  assert.deepEqual(
    admins.map(({ email, isAdmin, disabled }) => [email, isAdmin, disabled]),
    [
      ['ada@example.org', true, false],
      ['corp@example.org', true, false],
    ],
  );
});

test('what makes no sense is said before anything is opened', async () => {
  for (const args of [
    [],
    ['paint', 'apex'],
    ['create'],
    ['create', 'a/b'],
    ['create', 'x', '--role', 'read'],
    ['rename', 'apex'],
    ['add', 'apex', 'nobody'],
    ['add', 'apex', 'a@example.org', '--role', 'owner'],
    ['add', 'apex', 'a@example.org', '--protected'],
    ['close', 'apex', '--json'],
    ['admin', 'nobody'],
    ['admin', 'a@example.org', '--admin'],
    ['add', 'apex', 'a@example.org', '--admin', '--no-admin'],
  ])
    await assert.rejects(run(args), UsageError, args.join(' '));
});
