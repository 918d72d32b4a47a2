// Accounts, products, people, releases, saved searches and alert rules of an export → the store. What is here already stays as it is.
import { wordsUnder } from '../../report/privacy/words-under.ts';
import { dataRulesJson, readDataRules } from '../../report/privacy/data-rules.ts';
import type { SavedSearch } from '../../store/crash-search.ts';
import { NOTICES } from '../../store/notifications.ts';
import { ROLES } from '../../store/rights.ts';
import type { ProductRight } from '../../store/rights.ts';
import type { ProductRules } from '../../store/bugs.ts';
import { readClientRules } from '../../report/client-rules.ts';
import { personWords } from '../../report/person-words.ts';
import type { Store } from '../../store/store.ts';
import { BadRecord, Fields, textItem } from '../record-fields.ts';
import { PRESENT, TAKEN, refused, type Fate } from './import-tally.ts';
import { nameOf, type ReportLimits } from './take-report.ts';

/** What taking in settings needs beside the store. */
export interface SettingsTaker {
  readonly store: Store;
  readonly limits: ReportLimits;
  readonly dryRun: boolean;
  /** The rules that a change gives, or what is wrong with it, a sentence. */
  readonly checkRules: (
    now: ProductRules,
    change: Readonly<Record<string, unknown>>,
  ) => { readonly ok: true; readonly value: ProductRules } | { readonly ok: false; readonly fault: string };
  /** A hash that no password has: whoever comes without one sets a new one by a link. */
  readonly lockedPassword: () => Promise<string>;
}

const MAX_SHORT = 500;
const MAX_QUERY = 10_000;
const MAX_COMMITS = 10_000;
const MAX_MEMBERSHIPS = 1000;
/** People of one team. */
const MAX_MEMBERS = 100_000;
const KEY = /^[0-9a-f]{32}$/;
const UPLOAD_KEY = /^[A-Za-z0-9_-]{8,200}$/;
/** An argon2id hash whose checking costs no more than that of one made here, or about. */
const PASSWORD_HASH =
  /^\$argon2id\$v=19\$m=(?:[1-5]?\d{1,4}|6[0-4]\d{3}),t=[1-4],p=[1-4]\$[A-Za-z0-9+/]{16,100}\$[A-Za-z0-9+/]{32,200}$/;

export async function takeAccount(taker: SettingsTaker, value: unknown): Promise<Fate> {
  const fields = new Fields(value, 'the account');
  const name = nameOf(fields, 'name', taker.limits);
  const isClosed = fields.has('isClosed') && fields.flag('isClosed');
  const { accounts } = taker.store;
  if ((await accounts.list()).some((account) => account.name === name)) return PRESENT;
  if (taker.dryRun) return TAKEN;
  const outcome = await accounts.create(name);
  if (outcome === 'taken') return refused('name_taken', 'another account had its name');
  if (outcome !== 'done') return refused('bad_record', 'there are too many accounts');
  if (isClosed) await accounts.close(name);
  return TAKEN;
}

/** A product about which nothing was decided here takes over what was decided there. */
export async function takeProduct(taker: SettingsTaker, value: unknown): Promise<Fate> {
  const { store, limits, dryRun } = taker;
  const { people, bugs } = store;
  const fields = new Fields(value, 'the product');
  const account = nameOf(fields, 'account', limits);
  const name = nameOf(fields, 'name', limits);
  const publicAnnotations = fields.list('publicAnnotations', textItem, 1000);
  const keepDays = fields.maybeCount('keepDays');
  // Exports of an earlier version do not have them. Read as stored rules are: an expression that cannot be used is left out where it would be.
  const dataRules = readDataRules(fields.raw('dataRules'));
  const uploadKey = fields.maybeText('uploadKey', 200);
  if (uploadKey !== null && !UPLOAD_KEY.test(uploadKey)) throw new BadRecord('"uploadKey" is none');
  const clients = fields.raw('clients') === null ? null : readClients(fields.object('clients'));
  const found = await people.getProduct(account, name);
  const now = await bugs.productRules(account, name);
  const checked = taker.checkRules(now, objectOf(fields.raw('rules')));
  if (!checked.ok) throw new BadRecord(`"rules" cannot be: ${checked.fault}`);
  const isDecided =
    found !== null &&
    (found.publicAnnotations.length > 0 ||
      found.keepDays !== null ||
      dataRulesJson(found.dataRules) !== '{}' ||
      found.requireKey ||
      found.uploadKey !== null ||
      (await bugs.previousProductRules(account, name)) !== null);
  if (isDecided) return PRESENT;
  if (dryRun) return TAKEN;
  if (found === null) {
    await store.accounts.create(account);
    await people.createProductByHand(account, name);
  }
  const problems = clients === null ? [] : await takeClients(store, { account, name, ...clients });
  const change = {
    publicAnnotations,
    keepDays: keepDays === 0 ? null : keepDays,
    requireKey: fields.flag('requireKey'),
    dataRules,
  };
  await people.updateProduct(account, name, change);
  // Rules come last: by them another run sees that the product was taken in as a whole.
  await bugs.setProductRules(account, name, checked.value);
  if (uploadKey !== null && !(await takeUploadKey(store, { account, name, uploadKey })))
    problems.push('another product has its upload key');
  return problems.length === 0
    ? TAKEN
    : refused('name_taken', `${problems.join('; ')}; the rest is taken in`);
}

/** False: another product has it. */
async function takeUploadKey(
  { people }: Store,
  {
    account,
    name,
    uploadKey,
  }: { readonly account: string; readonly name: string; readonly uploadKey: string },
): Promise<boolean> {
  try {
    await people.updateProduct(account, name, { uploadKey });
    return true;
  } catch {
    return false;
  }
}

type Clients = ReturnType<typeof readClients>;

/** Gives what could not be had, a sentence's part for each. */
async function takeClients(
  { clientKeys }: Store,
  { account, name, dsnId, keys, rules }: Clients & { readonly account: string; readonly name: string },
): Promise<string[]> {
  await clientKeys.setRules(account, name, rules);
  let missing = 0;
  for (const { key, label, ...change } of keys) {
    await clientKeys.addKey(account, name, { key, label });
    // It may have been added by a run that was killed before it was changed.
    const own = (await clientKeys.settings(account, name))?.keys.find((one) => one.key === key);
    if (own === undefined) missing += 1;
    else await clientKeys.changeKey(account, name, own.id, change);
  }
  // Another product here may have the number, too: the key alone says whose an event is, and clients in the field send the number that
  // their DSN has.
  await clientKeys.setDsnId(account, name, dsnId);
  return missing === 0
    ? []
    : [
        `${missing} of its ${keys.length} client keys cannot be had: another product has them, or it has as many as it may`,
      ];
}

function readClients(fields: Fields) {
  return {
    dsnId: fields.count('dsnId'),
    rules: readClientRules(fields.raw('rules')),
    keys: fields.list(
      'keys',
      (item, name) => {
        const key = new Fields(item, name);
        const text = key.text('key', 32);
        if (!KEY.test(text)) throw new BadRecord(`"key" of ${name} is none`);
        return {
          key: text,
          label: key.text('label', MAX_SHORT),
          enabled: key.flag('enabled'),
          perMinute: key.maybeCount('perMinute'),
        };
      },
      50,
    ),
  };
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new BadRecord('"rules" is no object');
  return value as Readonly<Record<string, unknown>>;
}

export async function takePerson(
  { store, dryRun, lockedPassword }: SettingsTaker,
  value: unknown,
): Promise<Fate> {
  const fields = new Fields(value, 'the person');
  const email = fields.text('email', MAX_SHORT);
  if (!/^[^\s@]+@[^\s@]+$/.test(email)) throw new BadRecord('"email" is no address');
  const hash = fields.maybeText('passwordHash', MAX_SHORT);
  if (hash !== null && !PASSWORD_HASH.test(hash)) throw new BadRecord('"passwordHash" is none that is taken');
  const user = {
    email,
    name: fields.text('name', MAX_SHORT),
    isAdmin: fields.has('isAdmin') ? fields.flag('isAdmin') : fields.raw('role') === 'admin',
  };
  const memberships = fields.has('memberships')
    ? fields.list('memberships', readMembership, MAX_MEMBERSHIPS)
    : await membershipsOfRole(store, fields);
  const disabled = fields.flag('disabled');
  const subscriptions = fields.has('subscriptions')
    ? fields.list('subscriptions', readSubscription, 1000)
    : [];
  if ((await store.people.userByEmail(email)) !== null) return PRESENT;
  if (await store.erasures.wasPersonErased(email, fields.maybeTime('createdAt') ?? 0))
    return refused('erased', 'the account was erased here');
  if (dryRun) return TAKEN;
  const made = await store.people.createUser({ ...user, passwordHash: hash ?? (await lockedPassword()) });
  if (made === null) return PRESENT;
  if (disabled) await store.people.updateUser(made.id, { disabled });
  for (const { account, isAdmin, rights } of memberships) {
    // Of accounts and products that are not here nothing is taken.
    await store.accounts.setMember({ account, userId: made.id, isAdmin });
    for (const { product, ...right } of rights)
      await store.accounts.grant({ account, product, to: { kind: 'user', id: made.id }, ...right });
  }
  for (const subscription of subscriptions)
    await store.notifications.saveSubscription({ ...subscription, userId: made.id });
  return TAKEN;
}

interface Membership {
  readonly account: string;
  readonly isAdmin: boolean;
  /** Product null: every product of the account. */
  readonly rights: readonly (ProductRight & { readonly product: string | null })[];
}

function readMembership(value: unknown, name: string): Membership {
  const fields = new Fields(value, name);
  return {
    account: fields.text('account', MAX_SHORT),
    isAdmin: fields.flag('isAdmin'),
    rights: fields.list('rights', readRight, MAX_MEMBERSHIPS),
  };
}

function readRight(value: unknown, name: string): Membership['rights'][number] {
  const right = new Fields(value, name);
  return {
    product: right.maybeText('product', MAX_SHORT),
    role: right.choice('role', ROLES),
    seesProtected: right.flag('seesProtected'),
    seesDumps: right.flag('seesDumps'),
  };
}

/** A team with those of its people who are here and in the account; without a name what everybody there may do. */
export async function takeTeam({ store, limits, dryRun }: SettingsTaker, value: unknown): Promise<Fate> {
  const fields = new Fields(value, 'the team');
  const account = nameOf(fields, 'account', limits);
  const name = fields.maybeText('name', MAX_SHORT);
  const members = fields.list('members', textItem, MAX_MEMBERS);
  const rights = fields.list('rights', readRight, MAX_MEMBERSHIPS);
  const { accounts, people } = store;
  if (name === null) {
    if ((await accounts.grants(account)).some(({ to }) => to.kind === 'everybody')) return PRESENT;
    if (dryRun) return TAKEN;
    for (const right of rights) await accounts.grant({ account, ...right, to: { kind: 'everybody' } });
    return TAKEN;
  }
  if ((await accounts.teams(account)).some((team) => team.name === name)) return PRESENT;
  if (dryRun) return TAKEN;
  const outcome = await accounts.createTeam(account, name);
  if (outcome === 'missing') return refused('bad_record', 'its account is not here');
  if (outcome === 'too_many') return refused('bad_record', 'there are too many teams in its account');
  const id = (await accounts.teams(account)).find((team) => team.name === name)?.id ?? 0;
  for (const email of members) {
    const user = await people.userByEmail(email);
    if (user !== null) await accounts.setInTeam(account, id, user.id, true);
  }
  for (const right of rights) await accounts.grant({ account, ...right, to: { kind: 'team', id } });
  return TAKEN;
}

/** An export of before there were accounts of people: their one role was for everything. */
async function membershipsOfRole(store: Store, fields: Fields): Promise<readonly Membership[]> {
  const was = fields.choice('role', ['read', 'write', 'triage', 'admin'] as const);
  const seesProtected = fields.flag('seesProtected');
  const role = was === 'write' ? 'triage' : was;
  const right = { product: null, role, seesProtected, seesDumps: seesProtected };
  return (await store.accounts.list()).map(({ name }) => ({
    account: name,
    isAdmin: role === 'admin',
    rights: [right],
  }));
}

function readSubscription(value: unknown, name: string) {
  const fields = new Fields(value, name);
  const quiet = fields.raw('quietHours') === null ? null : fields.object('quietHours');
  const hour = (hours: Fields, key: string): number => {
    const given = hours.count(key);
    if (given > 24) throw new BadRecord(`"${key}" of ${name} is no hour`);
    return given;
  };
  return {
    account: fields.text('account', MAX_SHORT),
    product: fields.maybeText('product', MAX_SHORT),
    notices: fields.list(
      'notices',
      (item) => new Fields({ notice: item }, name).choice('notice', NOTICES),
      10,
    ),
    quietHours: quiet === null ? null : { from: hour(quiet, 'from'), to: hour(quiet, 'to') },
    search: fields.maybeText('search', MAX_QUERY),
  };
}

export async function takeRelease({ store, limits, dryRun }: SettingsTaker, value: unknown): Promise<Fate> {
  const fields = new Fields(value, 'the release');
  const named = { account: nameOf(fields, 'account', limits), product: nameOf(fields, 'product', limits) };
  const note = {
    version: fields.text('version', MAX_SHORT),
    releasedAt: fields.maybeTime('releasedAt'),
    url: fields.maybeText('url', 2000),
    ref: fields.maybeText('ref', MAX_SHORT),
    commits: fields.list('commits', readCommit, MAX_COMMITS),
  };
  const deploys = fields.list('deploys', readDeploy, 1000);
  if ((await store.releases.commitsOf(named, note.version)) !== null) return PRESENT;
  if (dryRun) return TAKEN;
  for (const deploy of deploys) await store.releases.deployed(named, note.version, deploy);
  // The note comes last: by it another run sees that the release was taken in as a whole.
  const isNoted = await store.releases.note(named, note);
  return isNoted ? TAKEN : refused('bad_record', 'its product is not here, or has too many releases');
}

function readCommit(value: unknown, name: string) {
  const fields = new Fields(value, name);
  return {
    id: fields.text('id', MAX_SHORT),
    repository: fields.maybeText('repository', MAX_SHORT),
    author: fields.maybeText('author', MAX_SHORT),
    message: fields.text('message', MAX_QUERY),
    at: fields.maybeTime('at'),
    paths: fields.list('paths', textItem, MAX_COMMITS),
    pathsLeft: fields.count('pathsLeft'),
  };
}

function readDeploy(value: unknown, name: string) {
  const fields = new Fields(value, name);
  return {
    environment: fields.text('environment', MAX_SHORT),
    name: fields.maybeText('name', MAX_SHORT),
    url: fields.maybeText('url', 2000),
    startedAt: fields.maybeTime('startedAt'),
    finishedAt: fields.time('finishedAt'),
  };
}

export async function takeSearch({ store, dryRun }: SettingsTaker, value: unknown): Promise<Fate> {
  const fields = new Fields(value, 'the search');
  const search: Omit<SavedSearch, 'id'> = {
    owner: fields.text('owner', MAX_SHORT),
    name: fields.text('name', MAX_SHORT),
    page: fields.choice('page', ['search', 'bugs', 'reports'] as const),
    query: fields.text('query', MAX_QUERY),
    shared: fields.flag('shared'),
    changedAt: fields.time('changedAt'),
  };
  const kept = await store.search.savedSearches(search.owner);
  if (kept.some(({ owner, name }) => owner === search.owner && name === search.name)) return PRESENT;
  if (dryRun) return TAKEN;
  const id = await store.search.saveSearch(search);
  return id === null ? refused('bad_record', 'its owner keeps too many searches') : TAKEN;
}

/** The newest words of a product, which are all that is kept of it. */
const MAX_WORDS = 5000;

export async function takeFeedback({ store, limits, dryRun }: SettingsTaker, value: unknown): Promise<Fate> {
  const fields = new Fields(value, 'the words');
  const account = nameOf(fields, 'account', limits);
  const product = nameOf(fields, 'product', limits);
  const eventId = fields.maybeText('eventId', 100);
  const at = fields.time('at');
  const words = personWords({
    eventId,
    name: fields.text('name', MAX_QUERY),
    email: fields.text('email', MAX_QUERY),
    message: fields.text('message', 100_000),
    url: fields.text('url', MAX_QUERY),
  });
  if (words === null) throw new BadRecord('"message" says nothing');
  const policy = await store.intake.product(account, product);
  const underRules = wordsUnder(words, policy?.dataRules);
  const kept = await store.feedback.ofProduct(account, product, MAX_WORDS);
  const isHere = kept.some(
    (one) => one.eventId === eventId && one.message === underRules.message && one.email === underRules.email,
  );
  if (isHere) return PRESENT;
  if (await store.erasures.wereWordsErased({ account, product, at, email: words.email }))
    return refused('erased', 'such words were erased here');
  if (dryRun) return TAKEN;
  const identity = eventId === null ? null : `${account}/${product}:event:${eventId}`;
  const isKept = await store.intake.putFeedback(account, product, underRules, identity, at);
  return isKept ? TAKEN : refused('bad_record', 'its product is not here');
}
