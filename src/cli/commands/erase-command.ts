// `mayday erase`: finds everything of a person, an installation, a product, an account, a search or a time, counts it, and erases it for good.
import { openStore } from '../../app/compose.ts';
import { searchedInFolder } from '../../app/search-data-folder.ts';
import { createLog } from '../../base/log.ts';
import { createMetrics } from '../../base/metrics.ts';
import { readErasureWish } from '../../reports/query/erasure-wish.ts';
import type { ERASURE_FIELDS, ReadWish } from '../../reports/query/erasure-wish.ts';
import type { Store } from '../../store/store.ts';
import { keptCopiesSentence } from '../../app/kept-copies.ts';
import { auditCommand } from '../audit-command.ts';
import { UsageError, readArguments } from '../arguments.ts';
import type { Command, CommandIo } from '../command.ts';
import { dataFolderOf } from '../command-folder.ts';
import { Progress } from '../terminal-progress.ts';

/** Options, and the field of a wish that each is. */
const OPTIONS = {
  user: 'user',
  mail: 'mail',
  'mail-hash': 'mailHash',
  installation: 'installation',
  search: 'q',
  period: 'period',
  before: 'before',
  account: 'account',
  product: 'product',
} as const satisfies Readonly<Record<string, keyof typeof ERASURE_FIELDS | 'period'>>;

export const command: Command = {
  usage: `Usage: mayday erase OPTIONS [--yes]

Finds reports in the data folder (CRASH_REPORTS_DIR) and counts them; with --yes it erases them for good, with everything that they brought:
values, words, attachments, lines in the inbox. Counts of crashes stay as numbers. It can run beside the servers. Interrupted, it is gone
on with by the servers, or by \`mayday prune\`. docs/privacy.md says what stays.

  --user NAME          reports that name this user
  --mail ADDRESS       reports and words of people that name this mail address
  --mail-hash SHA256   the same by the hash of the address in lower case
  --installation NAME  reports of this installation
  --search SEARCH      reports that a search finds; --period narrows it
  --period PERIOD      of a search: only reports that arrived in the last 24h, 7d, 28d, 90d, 400d
  --before TIME        what arrived before this day (UTC) or ISO 8601 time
  --account NAME       only of this account; of a product: default without it
  --product NAME       only of this product
  --whole-product      the product with everything that it has
  --whole-account      everything of the account: its products, symbols, alerts, webhooks, tokens; its people and their rights stay
  --account-of MAIL    somebody with an account of this server: the account, and the name and address wherever they stand (no reports)
  --yes                erase what was found
`,
  async run(args, io) {
    const text = { type: 'string' } as const;
    const { values } = readArguments(args, {
      ...Object.fromEntries(Object.keys(OPTIONS).map((name) => [name, text])),
      'whole-product': { type: 'boolean' },
      'whole-account': { type: 'boolean' },
      'account-of': text,
      yes: { type: 'boolean' },
    });
    const given = values as Readonly<Record<string, string | boolean | undefined>>;
    const params = new URLSearchParams();
    for (const [option, name] of Object.entries(OPTIONS)) {
      const value = given[option];
      if (typeof value === 'string') params.set(name, value);
    }
    const [wholeProduct, wholeAccount] = [given['whole-product'] === true, given['whole-account'] === true];
    if (wholeProduct && !params.has('product')) throw new UsageError('--whole-product needs --product');
    if (wholeAccount && (params.has('product') || !params.has('account')))
      throw new UsageError('--whole-account needs --account, and no --product');
    if (wholeProduct || wholeAccount) params.set('whole', 'true');
    const member = given['account-of'];
    if (typeof member === 'string' && params.size > 0)
      throw new UsageError('--account-of stands alone: reports are erased by another command');
    const read = typeof member === 'string' ? null : readErasureWish(params);
    if (read !== null && 'fault' in read) throw new UsageError(read.fault);
    const config = dataFolderOf(io);
    if (typeof config === 'number') return config;
    const store = await openStore({ config, log: createLog(config.LOG_LEVEL), metrics: createMetrics() });
    try {
      const isMeant = given['yes'] === true;
      const code =
        read === null
          ? await eraseAccount(store, String(member), isMeant, io)
          : await erase(store, read, isMeant, io);
      const copies = isMeant && code === 0 ? keptCopiesSentence(config) : null;
      if (copies !== null) io.err(`${copies}\n`);
      return code;
    } finally {
      await store.close();
    }
  },
};

async function eraseAccount(store: Store, email: string, isMeant: boolean, io: CommandIo): Promise<number> {
  const user = await store.people.userByEmail(email);
  if (user === null) {
    io.err('Nobody with this address has an account.\n');
    return 1;
  }
  if (!isMeant) {
    io.out(
      `Person ${user.id}${user.isAdmin ? ', an administrator,' : ''} would be erased. Give --yes to erase for good.\n`,
    );
    return 0;
  }
  const done = await store.people.eraseUser(user.id);
  await auditCommand(store, 'person.erase', {
    object: `person ${user.id}`,
    outcome: done === 'erased' ? 'done' : 'refused',
  });
  if (done !== 'erased') {
    io.err('That would leave no administrator. Make somebody else one first.\n');
    return 1;
  }
  await store.maintenance.prune();
  io.out(`Person ${user.id} was erased.\n`);
  return 0;
}

async function erase(store: Store, read: ReadWish, isMeant: boolean, io: CommandIo): Promise<number> {
  const searched = read.search === null ? null : await searchedInFolder(store, read.search);
  if (searched !== null && 'fault' in searched) {
    io.err(`${searched.fault}\n`);
    return 1;
  }
  const { id, kind, found } = await store.erasures.prepare(read.wish, {
    person: null,
    ...(searched !== null && { found: searched.found }),
  });
  const line = { object: `erasure ${id}`, detail: { kind, found } };
  await auditCommand(store, 'erasure.prepare', line);
  if (!isMeant) {
    await store.erasures.withdraw(id);
    io.out(`${found} ${found === 1 ? 'report' : 'reports'} would be erased. Give --yes to erase for good.\n`);
    return 0;
  }
  await auditCommand(store, 'erasure.confirm', line);
  await store.erasures.confirm(id);
  const progress = new Progress(io, 'Erasing');
  progress.show(0, found);
  for (let now = await store.erasures.get(id); now?.state === 'erasing'; now = await store.erasures.get(id)) {
    progress.show(now.done, found);
    await store.erasures.step();
  }
  progress.end();
  // What was deleted is in no file any more when this is through.
  await store.maintenance.prune();
  const gone = (await store.erasures.get(id))?.done ?? found;
  io.out(`${gone} ${gone === 1 ? 'report was' : 'reports were'} erased.\n`);
  return 0;
}
