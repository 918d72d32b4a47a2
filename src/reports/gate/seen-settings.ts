// What one person may see and change of products, colleagues, webhooks, alert rules and acts on many bugs. Each of them belongs to an
// account; of other accounts nothing is found.
import type { AlertLogEntry, AlertRule, AlertRuleFields } from '../../store/alerts.ts';
import type { BulkAct, BulkChange } from '../../store/bulk-acts.ts';
import type { DayCount } from '../../store/client-keys.ts';
import type { Delivery, NotificationStore, Webhook } from '../../store/notifications.ts';
import type { Product, User } from '../../store/people.ts';
import type { QueueStore } from '../../store/queue.ts';
import type { ReportStore } from '../../store/reports.ts';
import { isAtLeast } from '../../store/rights.ts';
import type { Place, Rights, Role } from '../../store/rights.ts';
import type { Store } from '../../store/store.ts';
import { NotSeen } from './sight.ts';
import type { Viewer } from './sight.ts';
import { withinOf } from './within.ts';

export type SettingsStore = Pick<
  Store,
  'people' | 'accounts' | 'notifications' | 'alerts' | 'bulk' | 'bugs' | 'clientKeys' | 'queue' | 'reports'
>;

/** For the time of one request. */
export class SeenSettings {
  readonly #store: SettingsStore;
  readonly #rights: Rights;
  readonly #isInstallationAdmin: boolean;

  constructor(store: SettingsStore, { rights, isInstallationAdmin = false }: Viewer) {
    this.#store = store;
    this.#rights = rights;
    this.#isInstallationAdmin = isInstallationAdmin;
  }

  // Products and accounts

  /** By account and name. */
  async products(): Promise<readonly Product[]> {
    const all = await this.#store.people.listProducts();
    return all.filter(({ account, name }) => this.has('read', { account, product: name }));
  }

  /** Null: there is none that they may read. */
  async product(account: string, name: string): Promise<Product | null> {
    return this.has('read', { account, product: name }) ? this.#store.people.getProduct(account, name) : null;
  }

  /** Names of the accounts that they belong to. */
  accounts(): readonly string[] {
    return this.#rights.accounts.map(({ account }) => account);
  }

  /** Whether they have at least this role there. */
  has(role: Role, place: Place): boolean {
    return isAtLeast(this.#rights.of(place)?.role ?? null, role);
  }

  administers(account: string): boolean {
    return this.#rights.isAdminOf(account);
  }

  /** Null: it exists already, or they do not administer the account. */
  async createProduct(account: string, name: string): Promise<Product | null> {
    return this.administers(account) ? this.#store.people.createProductByHand(account, name) : null;
  }

  // People

  /** Everybody who shares an account with them; for whoever administers the installation, everybody. */
  async people(): Promise<readonly User[]> {
    return this.#isInstallationAdmin ? this.#store.people.listUsers() : this.colleagues();
  }

  /** Everybody who shares an account with them. */
  async colleagues(): Promise<readonly User[]> {
    const users = await this.#store.people.listUsers();
    const members = await Promise.all(
      this.accounts().map((account) => this.#store.accounts.members(account)),
    );
    const known = new Set(members.flat().map(({ userId }) => userId));
    return users.filter(({ id }) => known.has(id));
  }

  async personByEmail(email: string): Promise<User | null> {
    const wanted = email.trim().toLowerCase();
    return (await this.colleagues()).find((user) => user.email.toLowerCase() === wanted) ?? null;
  }

  // Webhooks: for administrators of what they tell of.

  async webhooks(): Promise<readonly Webhook[]> {
    return (await this.#store.notifications.listWebhooks()).filter((webhook) => this.has('admin', webhook));
  }

  /** How many there are of all accounts: their number is bounded. */
  async webhookCount(): Promise<number> {
    return (await this.#store.notifications.listWebhooks()).length;
  }

  async saveWebhook(webhook: Omit<Webhook, 'id'> & { readonly id?: number }): Promise<Webhook> {
    this.#mustAdminister(webhook);
    if (webhook.id !== undefined) await this.#webhook(webhook.id);
    return this.#store.notifications.saveWebhook(webhook);
  }

  async deleteWebhook(id: number): Promise<boolean> {
    await this.#webhook(id);
    return this.#store.notifications.deleteWebhook(id);
  }

  async deliveriesTo(webhookId: number, limit: number): Promise<readonly Delivery[]> {
    await this.#webhook(webhookId);
    const to = { channel: 'webhook', target: String(webhookId) } as const;
    return this.#store.notifications.listDeliveries(to, limit);
  }

  async #webhook(id: number): Promise<Webhook> {
    const found = (await this.webhooks()).find((webhook) => webhook.id === id);
    if (found === undefined) throw new NotSeen('a webhook of somebody else');
    return found;
  }

  // Alert rules: the same.

  async alertRules(): Promise<readonly AlertRule[]> {
    return (await this.#store.alerts.listRules()).filter((rule) => this.has('admin', rule));
  }

  async alertRule(id: number): Promise<AlertRule | null> {
    const rule = await this.#store.alerts.getRule(id);
    return rule !== null && this.has('admin', rule) ? rule : null;
  }

  /** Whether they see what a rule over protected data says and finds. */
  seesProtectedOf(place: Place): boolean {
    return this.#rights.of(place)?.seesProtected === true;
  }

  async createRule(
    fields: AlertRuleFields & Pick<AlertRule, 'ownerId' | 'isProtected'>,
  ): Promise<AlertRule | null> {
    this.#mustAdminister(fields);
    return this.#store.alerts.createRule(fields);
  }

  async changeRule(
    id: number,
    fields: AlertRuleFields & Pick<AlertRule, 'ownerId' | 'isProtected'>,
    restart: boolean,
  ): Promise<AlertRule | null> {
    this.#mustAdminister(fields);
    return (await this.alertRule(id)) === null ? null : this.#store.alerts.changeRule(id, fields, restart);
  }

  async deleteRule(id: number): Promise<boolean> {
    return (await this.alertRule(id)) !== null && this.#store.alerts.deleteRule(id);
  }

  /** Newest first; of one rule, or of all that they see. */
  async alertLog(ruleId: number | null, limit: number): Promise<readonly AlertLogEntry[]> {
    if (ruleId !== null) {
      return (await this.alertRule(ruleId)) === null ? [] : this.#store.alerts.listLog(ruleId, limit);
    }
    const known = new Set((await this.alertRules()).map(({ id }) => id));
    return (await this.#store.alerts.listLog(null, limit)).filter((entry) => known.has(entry.ruleId));
  }

  async deliveriesOfRule(ruleId: number, limit: number): Promise<readonly Delivery[]> {
    return (await this.alertRule(ruleId)) === null ? [] : this.#store.alerts.deliveriesOf(ruleId, limit);
  }

  /** Sends a message again that was given up; false: it is not one of a webhook or rule that they administer. */
  async sendAgain(...[id, of]: Parameters<NotificationStore['sendAgain']>): Promise<boolean> {
    const isTheirs =
      'alertId' in of
        ? (await this.alertRule(of.alertId)) !== null
        : (await this.webhooks()).some((webhook) => webhook.id === of.webhookId);
    return isTheirs && this.#store.notifications.sendAgain(id, of);
  }

  // Acts on many bugs: whoever reads all of their products sees them, whoever may change all of those undoes them.

  async acts(limit: number): Promise<readonly BulkAct[]> {
    const acts = await this.#store.bulk.list(limit);
    const seen = await Promise.all(acts.map(({ id }) => this.#mayAct('read', id)));
    return acts.filter((_, at) => seen[at] === true);
  }

  async act(id: number): Promise<BulkAct | null> {
    return (await this.#mayAct('read', id)) ? this.#store.bulk.get(id) : null;
  }

  /** Of the bugs those are taken that they may change; of a merge, nothing where that is not so of what it goes into. */
  async beginAct(change: BulkChange, bugs: readonly number[], by: string): Promise<number> {
    const into = change.do === 'merge' ? [change.into] : [];
    const places = await Promise.all([...into, ...bugs].map((id) => this.#store.bugs.productOf(id)));
    const mayChange = places.map((place) => place !== null && this.has('triage', place));
    const isLed = mayChange.slice(0, into.length).every((may) => may);
    const taken = isLed ? bugs.filter((_, at) => mayChange[at + into.length] === true) : [];
    return this.#store.bulk.begin(change, taken, by);
  }

  async stepAct(id: number): Promise<BulkAct | null> {
    return (await this.#mayAct('triage', id)) ? this.#store.bulk.step(id) : null;
  }

  async undoAct(id: number, by: string): Promise<boolean> {
    return (await this.#mayAct('triage', id)) && this.#store.bulk.undo(id, by);
  }

  async #mayAct(role: Role, id: number): Promise<boolean> {
    const products = await this.#store.bulk.productsOf(id);
    // An act whose bugs are gone says by whom and how many: it is for whoever reads everything.
    return products.length === 0
      ? this.#rights.isWhole
      : products.every((product) => this.has(role, product));
  }

  // Counts and the queue

  /** What clients sent or lost that is no report, of all products that they see together. */
  clientCounts(options: { readonly since: string; readonly limit: number }): Promise<readonly DayCount[]> {
    const within = withinOf(this.#rights);
    return this.#store.clientKeys.counts({ ...options, ...(within !== null && { within }) });
  }

  /** Stored reports of all products that they see together, by state. */
  reportsByState(): ReturnType<ReportStore['byState']> {
    return this.#store.reports.byState(withinOf(this.#rights) ?? undefined);
  }

  /** Reports of products that they may change. */
  findForReprocess(
    ...[filter, page]: Parameters<QueueStore['findForReprocess']>
  ): ReturnType<QueueStore['findForReprocess']> {
    const within = withinOf(this.#rights, 'triage');
    return this.#store.queue.findForReprocess({ ...filter, ...(within !== null && { within }) }, page);
  }

  #mustAdminister(place: Place): void {
    if (!this.has('admin', place)) throw new NotSeen('a place that they do not administer');
  }
}
