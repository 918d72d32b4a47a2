// Records of what people decided: accounts, products, people, releases, saved searches, alert rules. None of them is large.
import type { Grant } from '../../store/accounts.ts';
import type { Store } from '../../store/store.ts';
import type { ExportChoices, ExportFilter, ExportRecord } from './export-format.ts';

/** Whether what belongs to this product is chosen. */
export function isChosen(filter: ExportFilter, account: string, product: string | null): boolean {
  if (filter.account !== undefined && filter.account !== account) return false;
  return filter.product === undefined || product === null || filter.product === product;
}

/** Products, as JSON lists of account and name, of which something was found; null: all that the filter names. */
export type FoundPlaces = ReadonlySet<string> | null;

export const placeOf = (account: string, product: string): string => JSON.stringify([account, product]);

export async function* accountRecords(
  store: Store,
  filter: ExportFilter,
  places: FoundPlaces,
): AsyncGenerator<ExportRecord> {
  const found = places === null ? null : new Set([...places].map((place) => String(JSON.parse(place)[0])));
  for (const { name, closedAt } of await store.accounts.list()) {
    if (isChosen(filter, name, null) && (found === null || found.has(name)))
      yield { record: 'account', name, isClosed: closedAt !== null };
  }
}

/**
 * With the keys of its clients, so that programs in the field go on reporting. Where reports are chosen by what they are, without keys: such an
 * export may be handed to the person that it is about.
 */
export async function* productRecords(
  store: Store,
  filter: ExportFilter,
  { places, withKeys }: { readonly places: FoundPlaces; readonly withKeys: boolean },
): AsyncGenerator<ExportRecord> {
  for (const product of await store.people.listProducts()) {
    const { account, name } = product;
    if (!isChosen(filter, account, name)) continue;
    if (places !== null && !places.has(placeOf(account, name))) continue;
    const { learnedPackages: _learned, ...rules } = await store.bugs.productRules(account, name);
    const clients = withKeys ? await store.clientKeys.settings(account, name) : null;
    yield {
      record: 'product',
      account,
      name,
      createdAt: product.createdAt,
      automatic: product.automatic,
      requireKey: product.requireKey,
      uploadKey: withKeys ? product.uploadKey : null,
      publicAnnotations: product.publicAnnotations,
      keepDays: product.keepDays,
      dataRules: product.dataRules,
      rules,
      clients:
        clients === null
          ? null
          : {
              dsnId: clients.dsnId,
              keys: clients.keys.map(({ id: _id, ...key }) => key),
              rules: clients.rules,
            },
    };
  }
}

/** Without sessions, tokens and links; hashes of passwords on request alone. Rights are those of their own, not of their teams. */
export async function* personRecords(store: Store, choices: ExportChoices): AsyncGenerator<ExportRecord> {
  const belonging = await Promise.all(
    (await store.accounts.list()).map(async ({ name: account }) => ({
      account,
      members: await store.accounts.members(account),
      grants: await store.accounts.grants(account),
    })),
  );
  for (const user of await store.people.listUsers()) {
    const { id, passwordHash, ...shown } = user;
    const memberships = belonging.flatMap(({ account, members, grants }) => {
      const member = members.find(({ userId }) => userId === id);
      const own = grants.filter(({ to }) => to.kind === 'user' && to.id === id);
      const rights = own.map(({ id: _id, account: _account, to: _to, ...right }) => right);
      return member === undefined ? [] : [{ account, isAdmin: member.isAdmin, rights }];
    });
    const subscriptions = await store.notifications.listSubscriptions(id);
    yield {
      record: 'person',
      ...shown,
      ...(choices.passwords && { passwordHash }),
      memberships,
      subscriptions: subscriptions.map(({ id: _id, userId: _userId, ...subscription }) => subscription),
    };
  }
}

/**
 * Teams with their people, by e-mail address, and their rights; without a name: the rights that everybody in the account has. Whom groups of a
 * provider put in is left out: they would stay by hand where it is imported, and the next sign-in puts them in again.
 */
export async function* teamRecords(store: Store): AsyncGenerator<ExportRecord> {
  const emails = new Map((await store.people.listUsers()).map(({ id, email }) => [id, email]));
  for (const { name: account } of await store.accounts.list()) {
    const grants = await store.accounts.grants(account);
    const rights = (given: readonly Grant[]): readonly unknown[] =>
      given.map(({ id: _id, account: _account, to: _to, ...right }) => right);
    const everybody = grants.filter(({ to }) => to.kind === 'everybody');
    if (everybody.length > 0)
      yield { record: 'team', account, name: null, members: [], rights: rights(everybody) };
    for (const { id, name, members, byGroups } of await store.accounts.teams(account)) {
      yield {
        record: 'team',
        account,
        name,
        members: members
          .filter((member) => !byGroups.includes(member))
          .flatMap((member) => emails.get(member) ?? []),
        rights: rights(grants.filter(({ to }) => to.kind === 'team' && to.id === id)),
      };
    }
  }
}

/** What tools said of releases; what crashes and sessions say of them is not a record. */
export async function* releaseRecords(store: Store, filter: ExportFilter): AsyncGenerator<ExportRecord> {
  for (const { account, name: product } of await store.people.listProducts()) {
    if (!isChosen(filter, account, product)) continue;
    for (let offset = 0; ; offset += PAGE) {
      const { releases, total } = await store.releases.list({ account, product }, { offset, limit: PAGE });
      for (const { version, made } of releases) {
        const whole = made === null ? null : await store.releases.get({ account, product }, version);
        if (whole?.made === undefined || whole.made === null) continue;
        const { commits: _commits, deploys: _deploys, ...said } = whole.made;
        const { commits, deploys } = whole;
        yield { record: 'release', account, product, version, ...said, commits, deploys };
      }
      if (releases.length === 0 || offset + PAGE >= total) break;
    }
  }
}

const PAGE = 100;

/** Searches that people keep, each once, with whose they are. */
export async function* searchRecords(store: Store): AsyncGenerator<ExportRecord> {
  const told = new Set<number>();
  for (const { email } of await store.people.listUsers()) {
    for (const { id, ...search } of await store.search.savedSearches(email)) {
      if (told.has(id)) continue;
      told.add(id);
      yield { record: 'search', ...search };
    }
  }
}

/** Targets that are people stay, by e-mail address; addresses of webhooks are secrets, and only their number is told. */
export async function* alertRecords(store: Store, filter: ExportFilter): AsyncGenerator<ExportRecord> {
  const emails = new Map((await store.people.listUsers()).map(({ id, email }) => [id, email]));
  for (const rule of await store.alerts.listRules()) {
    if (!isChosen(filter, rule.account, rule.product)) continue;
    const {
      id: _id,
      ownerId,
      evaluatedTo: _to,
      state: _state,
      revision: _revision,
      targets,
      ...fields
    } = rule;
    const mails = targets.flatMap((target) =>
      target.kind === 'mail' ? (emails.get(target.userId) ?? []) : [],
    );
    yield {
      record: 'alert',
      ...fields,
      owner: ownerId === null ? null : (emails.get(ownerId) ?? null),
      mails,
      webhooks: targets.length - mails.length,
    };
  }
}
