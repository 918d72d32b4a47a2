// `mayday account`: accounts of the data folder, and people in them, without signing in.
import type { Config } from '../../app/config.ts';
import { openStore } from '../../app/compose.ts';
import { createLog } from '../../base/log.ts';
import { createMetrics } from '../../base/metrics.ts';
import { normalEmail } from '../../reports/auth/email.ts';
import { createOneTimeLink } from '../../reports/auth/one-time-link.ts';
import { isAccountName } from '../../reports/view/right-words.ts';
import type { AccountOutcome } from '../../store/accounts.ts';
import { ROLES } from '../../store/rights.ts';
import type { ProductRight } from '../../store/rights.ts';
import type { Store } from '../../store/store.ts';
import { auditCommand } from '../audit-command.ts';
import { UsageError, readArguments } from '../arguments.ts';
import type { Command, CommandIo } from '../command.ts';
import { dataFolderOf } from '../command-folder.ts';

/** What can be done, and how many words it takes beside its own. */
const DEEDS = { list: 0, create: 1, rename: 2, close: 1, reopen: 1, add: 2, remove: 2, admin: 1 } as const;
type Deed = keyof typeof DEEDS;

interface Asked {
  readonly deed: Deed;
  readonly name: string;
  /** The new name, or an e-mail address. */
  readonly other: string;
  readonly right: ProductRight | null;
  /** Null: as it is; of somebody new: not. */
  readonly isAdmin: boolean | null;
  readonly json: boolean;
}

export const command: Command = {
  usage: `Usage: mayday account list [--json]
       mayday account create NAME
       mayday account rename NAME NEW-NAME
       mayday account close NAME
       mayday account reopen NAME
       mayday account add NAME E-MAIL [--role ROLE] [--protected] [--dumps] [--admin | --no-admin]
       mayday account remove NAME E-MAIL
       mayday account admin E-MAIL

Accounts own products and people: nothing of one is seen in another, but by people who belong to both. Works on the data folder
(CRASH_REPORTS_DIR), also while the servers run.

  list       every account, with its products and people
  create     another account
  rename     programs that say the former name still reach it
  close      its reports are refused and nobody sees it; everything is kept. reopen takes that back
  add        somebody, or other rights for somebody who is in it. Who can sign in already is put into it without being asked, which pages and
             API do to nobody. For an address that nobody has it prints an invitation, a link under PUBLIC_REPORTS_URL that works once, for a week
  remove     takes somebody out, with what they were given in it
  admin      makes somebody who is known an administrator of the installation, and switches them on; for whoever has no password it
             prints a link that sets one, under PUBLIC_REPORTS_URL, once, within a day

  --role ROLE   what they may do with every product: ${ROLES.join(', ')}; without it what everybody in the account may
  --protected   they may see protected data, too
  --dumps       they may see attachments and dumps, too
  --admin       they administer the account; without this and the next it stays as it is
  --no-admin    they no longer do
  --json        print the accounts as JSON

Exit code 0: done; 1: it cannot be done; 2: the arguments or the settings are wrong.
`,
  async run(args, io) {
    const asked = readAsked(args);
    const config = dataFolderOf(io);
    if (typeof config === 'number') return config;
    const store = await openStore({ config, log: createLog(config.LOG_LEVEL), metrics: createMetrics() });
    try {
      return await act(store, asked, { config, io });
    } finally {
      await store.close();
    }
  },
};

function readAsked(args: readonly string[]): Asked {
  const { values, positionals } = readArguments(
    args,
    {
      role: { type: 'string' },
      protected: { type: 'boolean' },
      dumps: { type: 'boolean' },
      admin: { type: 'boolean' },
      'no-admin': { type: 'boolean' },
      json: { type: 'boolean' },
    },
    { positionals: true },
  );
  const [word = '', name = '', other = ''] = positionals;
  const deed = (Object.keys(DEEDS) as Deed[]).find((one) => one === word);
  if (deed === undefined)
    throw new UsageError(`Say what to do: mayday account ${Object.keys(DEEDS).join(', ')}`);
  if (positionals.length !== DEEDS[deed] + 1)
    throw new UsageError(`mayday account ${deed} takes ${DEEDS[deed]} names`);
  const {
    role: named,
    protected: seesProtected = false,
    dumps: seesDumps = false,
    admin = false,
    'no-admin': noAdmin = false,
  } = values;
  const { json = false } = values;
  if (deed !== 'add' && (named !== undefined || seesProtected || seesDumps || admin || noAdmin))
    throw new UsageError('--role, --protected, --dumps, --admin and --no-admin go with add');
  if (admin && noAdmin) throw new UsageError('--admin and --no-admin are opposites');
  if (deed !== 'list' && json) throw new UsageError('--json goes with list');
  const role = ROLES.find((one) => one === named);
  if (named !== undefined && role === undefined)
    throw new UsageError(`--role is none of ${ROLES.join(', ')}`);
  if (role === undefined && (seesProtected || seesDumps))
    throw new UsageError('--protected and --dumps go with a --role');
  const newName = deed === 'create' ? name : deed === 'rename' ? other : null;
  if (newName !== null && !isAccountName(newName))
    throw new UsageError('A name has 1 to 100 characters, without slashes and control characters');
  const address = deed === 'admin' ? name : deed === 'add' || deed === 'remove' ? other : null;
  const email = address === null ? null : normalEmail(address);
  if (address !== null && email === null)
    throw new UsageError(`"${address.slice(0, 100)}" is no e-mail address`);
  return {
    ...{ deed, name, other: email ?? other, json },
    isAdmin: admin ? true : noAdmin ? false : null,
    right: role === undefined ? null : { role, seesProtected, seesDumps },
  };
}

interface Surroundings {
  readonly config: Config;
  readonly io: CommandIo;
}

async function act(store: Store, asked: Asked, { config, io }: Surroundings): Promise<number> {
  const { accounts } = store;
  const { deed, name, other } = asked;
  switch (deed) {
    case 'list':
      return list(store, asked, io);
    case 'create':
      return changed(store, { what: 'account.create', name, outcome: await accounts.create(name) }, io);
    case 'rename': {
      const outcome = await accounts.rename(name, other);
      return changed(store, { what: 'account.rename', name, outcome, detail: { name: other } }, io);
    }
    case 'close':
      return changed(store, { what: 'account.close', name, outcome: await accounts.close(name) }, io);
    case 'reopen':
      return changed(store, { what: 'account.reopen', name, outcome: await accounts.reopen(name) }, io);
    case 'add':
      return add(store, asked, { config, io });
    case 'admin':
      return appoint(store, asked, { config, io });
    default:
      return remove(store, asked, io);
  }
}

async function list({ accounts }: Store, { json }: Asked, io: CommandIo): Promise<number> {
  const all = await accounts.list();
  if (json) {
    io.out(`${JSON.stringify({ accounts: all })}\n`);
    return 0;
  }
  for (const { name, products, members, closedAt } of all) {
    const state = closedAt === null ? '' : `  closed ${new Date(closedAt).toISOString().slice(0, 10)}`;
    io.out(`${name}  ${products} products  ${members} people${state}\n`);
  }
  return 0;
}

const WORDS: Readonly<Record<Exclude<AccountOutcome, 'done'>, string>> = {
  taken: 'An account has or had this name already.',
  missing: 'There is no such account; `mayday account list` tells them.',
  too_many: 'There are as many accounts as there may be.',
  last_admin: 'That would leave the account without an administrator.',
};

/** Nothing is said of what was done, as a file that was copied says nothing. */
async function changed(
  store: Store,
  done: {
    readonly what: string;
    readonly name: string;
    readonly outcome: AccountOutcome;
    readonly detail?: Readonly<Record<string, string>>;
  },
  io: CommandIo,
): Promise<number> {
  if (done.outcome !== 'done') {
    io.err(`${WORDS[done.outcome]}\n`);
    return 1;
  }
  await auditCommand(store, done.what, { object: `account ${done.name}`, detail: done.detail ?? {} });
  return 0;
}

async function add(store: Store, asked: Asked, { config, io }: Surroundings): Promise<number> {
  const { accounts, people } = store;
  const { other: email, right } = asked;
  const known = await accounts.find(asked.name);
  if (known === null) return changed(store, { what: '', name: asked.name, outcome: 'missing' }, io);
  const account = known.name;
  const user = await people.userByEmail(email);
  const member = (await accounts.members(account)).find(({ userId }) => userId === user?.id);
  const isAdmin = asked.isAdmin ?? member?.isAdmin ?? false;
  const detail = { account, isAdmin, ...right };
  if (user === null) {
    if (config.PUBLIC_REPORTS_URL === '') {
      io.err(
        `Nobody has the address ${email}. Set PUBLIC_REPORTS_URL, under which an invitation for them would lead.\n`,
      );
      return 1;
    }
    const invitation = { email, account, isAdmin, right, team: null };
    const link = await createOneTimeLink(store, {
      purpose: 'invitation',
      data: JSON.stringify(invitation),
      reportsUrl: config.PUBLIC_REPORTS_URL,
      now: Date.now(),
    });
    await auditCommand(store, 'person.invite', { object: `account ${account}`, detail });
    io.out(`Nobody has the address ${email} yet. This invitation works once, for a week:\n${link}\n`);
    return 0;
  }
  const outcome = await accounts.setMember({ account, userId: user.id, isAdmin });
  const to = { kind: 'user', id: user.id } as const;
  if (outcome === 'done' && right !== null) await accounts.grant({ account, product: null, to, ...right });
  if (outcome !== 'done') return changed(store, { what: '', name: account, outcome }, io);
  const isNew = member === undefined;
  await auditCommand(store, 'member.change', {
    object: `person ${user.id}`,
    detail: { ...detail, ...(isNew && { accepted: false }) },
  });
  if (isNew) io.out(unasked(email, account, await othersOf(store, user.id, account)));
  return 0;
}

/** Accounts that somebody belongs to beside one. */
async function othersOf({ accounts }: Store, userId: number, but: string): Promise<readonly string[]> {
  const { accounts: all } = await accounts.rightsOf(userId);
  return all.map(({ account }) => account).filter((account) => account !== but);
}

/** Said where somebody was put into an account without having accepted an invitation, as only this command does it. */
function unasked(email: string, account: string, others: readonly string[]): string {
  const known =
    others.length === 0
      ? 'They belong to no other account.'
      : `They also belong to ${others.slice(0, 20).join(', ')}: who invited them there vouched for the address.`;
  return `${email} belongs to ${account} from now on, without having been asked: the audit log says so. ${known}
`;
}

/** The way back in where nobody administers the installation any longer. */
async function appoint(store: Store, { other: email }: Asked, { config, io }: Surroundings): Promise<number> {
  const { people } = store;
  const user = await people.userByEmail(email);
  if (user === null) {
    io.err(`Nobody has the address ${email}. \`mayday account add\` invites somebody.\n`);
    return 1;
  }
  await people.updateUser(user.id, { isAdmin: true, disabled: false });
  const detail = { isAdmin: true, disabled: false };
  await auditCommand(store, 'person.change', { object: `person ${user.id}`, detail });
  if (user.passwordHash !== '') return 0;
  if (config.PUBLIC_REPORTS_URL === '') {
    io.out(`${email} has no password. With PUBLIC_REPORTS_URL set this command prints a link for one.\n`);
    return 0;
  }
  await people.clearOneTime('reset', String(user.id));
  const link = await createOneTimeLink(store, {
    purpose: 'reset',
    data: String(user.id),
    reportsUrl: config.PUBLIC_REPORTS_URL,
    now: Date.now(),
  });
  await auditCommand(store, 'person.reset-link', { object: `person ${user.id}`, detail: {} });
  io.out(`${email} has no password. This link sets one, once, within a day:\n${link}\n`);
  return 0;
}

async function remove(store: Store, asked: Asked, io: CommandIo): Promise<number> {
  const { name: account, other: email } = asked;
  const user = await store.people.userByEmail(email);
  const outcome = user === null ? 'missing' : await store.accounts.removeMember(account, user.id);
  if (user === null || outcome !== 'done') {
    io.err(`There is no ${email} in an account ${account}.\n`);
    return 1;
  }
  await auditCommand(store, 'member.remove', { object: `person ${user.id}`, detail: { account } });
  return 0;
}
