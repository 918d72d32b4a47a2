// Records of what people decided: accounts, products, people, releases, saved searches, alert rules. None of them is large.
import type { Store } from '../../store/store.ts';
import type { ExportChoices, ExportFilter, ExportRecord } from './export-format.ts';

/** Whether what belongs to this product is chosen. */
export function isChosen(filter: ExportFilter, account: string, product: string | null): boolean {
  if (filter.account !== undefined && filter.account !== account) return false;
  return filter.product === undefined || product === null || filter.product === product;
}

export async function* accountRecords(store: Store, filter: ExportFilter): AsyncGenerator<ExportRecord> {
  for (const name of await store.people.listAccounts()) {
    if (isChosen(filter, name, null)) yield { record: 'account', name };
  }
}

/** With the keys of its clients, so that programs in the field go on reporting. */
export async function* productRecords(store: Store, filter: ExportFilter): AsyncGenerator<ExportRecord> {
  for (const product of await store.people.listProducts()) {
    const { account, name } = product;
    if (!isChosen(filter, account, name)) continue;
    const { learnedPackages: _learned, ...rules } = await store.bugs.productRules(account, name);
    const clients = await store.clientKeys.settings(account, name);
    yield {
      record: 'product',
      account,
      name,
      createdAt: product.createdAt,
      automatic: product.automatic,
      requireKey: product.requireKey,
      uploadKey: product.uploadKey,
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

/** Without sessions, tokens and links; hashes of passwords on request alone. */
export async function* personRecords(store: Store, choices: ExportChoices): AsyncGenerator<ExportRecord> {
  for (const user of await store.people.listUsers()) {
    const { id, passwordHash, ...shown } = user;
    const subscriptions = await store.notifications.listSubscriptions(id);
    yield {
      record: 'person',
      ...shown,
      ...(choices.passwords && { passwordHash }),
      subscriptions: subscriptions.map(({ id: _id, userId: _userId, ...subscription }) => subscription),
    };
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
