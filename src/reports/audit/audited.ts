// What the audit log says of every action of a page, every download and every operation of the API: one table, by the names under which
// pages and operations are registered. test/reports/audit.test.ts fails for one that is missing here; should one be missing all the same, it
// is written down under its own name. What people only look at is written down by the gate.

/** What a line says. */
export interface Audited {
  readonly what: string;
  /** What it is done to: `{name}` is a parameter of the path, or else a field of the form or body. */
  readonly object: string;
  /**
   * Fields of the form or body that the line repeats: choices of people. Never secrets, addresses of people, or free text. With `#` behind it
   * what a client chose, of which only the beginning of a hash is written down: the log outlives what clients sent.
   */
  readonly fields: readonly string[];
}

function line(what: string, object = '', fields: readonly string[] = []): Audited {
  return { what, object, fields };
}

/** Changes nothing and reveals nothing beyond what the gate writes down itself. */
const NOTHING = null;

const BUG = 'bug {bug}';
const REPORT = 'report {crash_id}';
const PRODUCT = 'product {account}/{product}';
const ALERT = 'alert {id}';
const WEBHOOK = 'webhook {id}';
const PERSON = 'person {id}';
const SYMBOLS = 'symbols {debugFile}/{debugId}';
const PERSON_FIELDS = ['account', 'role', 'seesProtected', 'seesDumps', 'isAdmin', 'disabled'];
const RIGHT_FIELDS = ['to', 'product', 'role', 'seesProtected', 'seesDumps'];
const TOKEN_FIELDS = ['role', 'seesProtected', 'seesDumps', 'days', 'scope', 'scopes', 'only'];
const DATA_FIELDS = ['dumps', 'dumpDays', 'dumpsOfBug', 'protectedDays', 'neverStored', 'scrub'];
const CLIENT_FIELDS = ['privacy', 'perMinute', 'enabled'];

/** `<path> <action>` of pages, `<path> (files)` of uploads, and `<path>` of pages that give out protected bytes. */
export const AUDITED_PAGES: Readonly<Record<string, Audited | null>> = {
  '/bugs close': line('bugs.close'),
  '/bugs reopen': line('bugs.reopen'),
  '/bugs ignore': line('bugs.ignore'),
  '/bugs assign': line('bugs.assign'),
  '/bugs merge': line('bugs.merge', '', ['into']),
  '/bugs/acts undo': line('bugs.undo', 'act {act}'),
  '/bugs/acts go-on': line('bugs.go-on', 'act {act}'),
  '/bugs/:bug close': line('bug.close', BUG),
  '/bugs/:bug reopen': line('bug.reopen', BUG),
  '/bugs/:bug ignore': line('bug.ignore', BUG, ['until']),
  '/bugs/:bug assign': line('bug.assign', BUG),
  '/bugs/:bug ticket': line('bug.ticket', BUG),
  '/bugs/:bug comment': line('bug.comment', BUG),
  '/bugs/:bug merge': line('bug.merge', BUG, ['into']),
  '/bugs/:bug unmerge': line('bug.unmerge', BUG, ['from']),
  '/bugs/:bug split': line('bug.split', BUG, ['case']),
  '/bugs/:bug/ticket create': line('ticket.create', BUG),
  '/bugs/:bug/ticket link': line('bug.ticket', BUG),
  '/bugs/:bug/ticket refresh': line('ticket.refresh', BUG),
  '/reports/:crash_id requeue': line('report.reprocess', REPORT),
  '/reports/:crash_id pin': line('report.pin', REPORT),
  '/reports/:crash_id unpin': line('report.unpin', REPORT),
  '/reports/:crash_id move': line('report.move', REPORT, ['bug']),
  '/reports/:crash_id/delete delete': line('report.delete', REPORT),
  '/reports/:crash_id/attachments/:name': line('attachment.download', REPORT, ['name#']),
  '/reports/:crash_id/bundle': line('bundle.download', REPORT),
  '/reports/:crash_id/raw/:name': line('attachment.look', REPORT, ['name#']),
  '/reports/:crash_id/memory': line('memory.look', REPORT),
  '/symbols delete-old': line('symbols.delete', 'symbols', ['days']),
  '/symbols/upload (files)': line('symbols.upload', 'symbols'),
  '/symbols/:debugFile/:debugId delete': line('symbols.delete', SYMBOLS),
  '/search save': line('search.save'),
  '/search forget': line('search.forget', 'search {search}'),
  '/products/:account/:product/versions place': line('versions.change', PRODUCT),
  '/products/:account/:product/versions release': line('versions.change', PRODUCT),
  '/products/:account/:product/versions scheme': line('versions.change', PRODUCT),
  '/products add': line('product.create', 'product {account}/{name}'),
  '/products/:account/:product save': line('product.change', PRODUCT, ['requireKey', 'keepDays']),
  '/products/:account/:product key': line('product.upload-key', PRODUCT),
  '/products/:account/:product/clients add-key': line('product-key.create', PRODUCT, CLIENT_FIELDS),
  '/products/:account/:product/clients change-key': line('product-key.change', PRODUCT, [
    'id',
    ...CLIENT_FIELDS,
  ]),
  '/products/:account/:product/clients delete-key': line('product-key.delete', PRODUCT, ['id']),
  '/products/:account/:product/clients dsn-id': line('product.clients', PRODUCT, ['dsnId']),
  '/products/:account/:product/clients rules': line('product.clients', PRODUCT, CLIENT_FIELDS),
  '/products/:account/:product/data save': line('product.data', PRODUCT, DATA_FIELDS),
  '/products/:account/:product/data preview': NOTHING,
  '/products/:account/:product/tickets save': line('tracker.change', PRODUCT),
  '/products/:account/:product/tickets remove': line('tracker.delete', PRODUCT),
  '/products/:account/:product/source save': line('source.change', PRODUCT),
  '/products/:account/:product/rules save': line('rules.change', PRODUCT, ['messages']),
  '/products/:account/:product/rules undo': line('rules.undo', PRODUCT),
  '/products/:account/:product/rules preview': NOTHING,
  '/products/:account/:product/rules signature': NOTHING,
  '/status pause': line('queue.pause'),
  '/status resume': line('queue.resume'),
  '/status process-deferred': line('queue.process-deferred'),
  '/status process-failed': line('queue.process-failed'),
  '/people invite': line('person.invite', '', [...PERSON_FIELDS, 'team']),
  '/people withdraw': line('person.withdraw-invitation'),
  '/people change': line('person.change', PERSON, PERSON_FIELDS),
  '/people reset': line('person.reset-link', PERSON),
  '/people reset-factors': line('person.reset-factors', PERSON),
  '/people erase': line('person.erase', PERSON),
  '/accounts create': line('account.create', 'account {name}'),
  '/accounts rename': line('account.rename', 'account {account}', ['name']),
  '/accounts close': line('account.close', 'account {account}'),
  '/accounts reopen': line('account.reopen', 'account {account}'),
  '/accounts/:account member': line('member.change', PERSON, ['account', 'isAdmin']),
  '/accounts/:account remove': line('member.remove', PERSON, ['account']),
  '/accounts/:account add-team': line('team.create', 'account {account}', ['name']),
  '/accounts/:account delete-team': line('team.delete', 'team {team}', ['account']),
  '/accounts/:account team': line('team.change', 'team {team}', ['account', 'user', 'to']),
  '/accounts/:account grant': line('right.give', 'account {account}', RIGHT_FIELDS),
  '/accounts/:account revoke': line('right.take', 'account {account}', ['grant']),
  '/accounts/:account create-token': line('token.create', 'account {account}', TOKEN_FIELDS),
  '/accounts/:account revoke-token': line('token.delete', 'token {id}', ['account']),
  '/alerts create': line('alert.create'),
  '/alerts/:id save': line('alert.change', ALERT),
  '/alerts/:id switch': line('alert.switch', ALERT),
  '/alerts/:id test': line('alert.test', ALERT),
  '/alerts/:id again': line('alert.send-again', ALERT, ['delivery']),
  '/alerts/:id delete': line('alert.delete', ALERT),
  '/webhooks create': line('webhook.create'),
  '/webhooks/:id save': line('webhook.change', WEBHOOK),
  '/webhooks/:id secret': line('webhook.secret', WEBHOOK),
  '/webhooks/:id test': line('webhook.test', WEBHOOK),
  '/webhooks/:id again': line('webhook.send-again', WEBHOOK, ['delivery']),
  '/webhooks/:id delete': line('webhook.delete', WEBHOOK),
  '/account subscribe': line('subscription.create'),
  '/account unsubscribe': line('subscription.delete', 'subscription {id}'),
  '/account test-mail': line('subscription.test-mail'),
  '/account/security password': line('password.change'),
  '/account/security begin-app': NOTHING,
  '/account/security add-app': line('factor.add'),
  '/account/security add-passkey': line('factor.add'),
  '/account/security remove-factor': line('factor.remove', 'factor {id}'),
  '/account/security recovery-codes': line('factor.recovery-codes'),
  '/account/security end-session': line('session.end'),
  '/account/security end-others': line('session.end-others'),
  '/account/security end-all': line('session.end-all'),
  '/account create-token': line('token.create', '', TOKEN_FIELDS),
  '/account revoke-token': line('token.delete', 'token {id}'),
  '/audit/export': line('audit.export'),
  '/erasures prepare': line('erasure.prepare'),
  '/erasures/:id/export': line('erasure.export', 'erasure {id}'),
  '/erasures confirm': line('erasure.confirm', 'erasure {id}'),
  '/erasures withdraw': line('erasure.withdraw', 'erasure {id}'),
  '/sign-in sign-in': line('sign-in'),
  '/sign-in/from/:provider': line('sign-in'),
  '/sign-in passkey': line('sign-in'),
  '/sign-in/second code': line('sign-in.second'),
  '/sign-in/second passkey': line('sign-in.second'),
  '/sign-out sign-out': line('sign-out'),
  '/setup/:secret setup': line('person.set-up'),
  '/invitation/:secret accept': line('person.accept-invitation'),
  '/invitation/:secret join': line('person.accept-invitation'),
  '/reset/:secret reset': line('password.reset'),
};

/** Operations of the API by their ids. */
export const AUDITED_OPERATIONS: Readonly<Record<string, Audited | null>> = {
  createAlert: line('alert.create'),
  previewAlert: NOTHING,
  changeAlert: line('alert.change', ALERT, ['enabled']),
  deleteAlert: line('alert.delete', ALERT),
  sendAlertAgain: line('alert.send-again', ALERT, ['delivery']),
  testAlert: line('alert.test', ALERT),
  exportAudit: line('audit.export'),
  prepareErasure: line('erasure.prepare'),
  exportErasure: line('erasure.export', 'erasure {id}'),
  confirmErasure: line('erasure.confirm', 'erasure {id}'),
  withdrawErasure: line('erasure.withdraw', 'erasure {id}'),
  saveSearch: line('search.save'),
  deleteSearch: line('search.forget', 'search {id}'),
  noteRelease: line('release.note', PRODUCT, ['version']),
  changeBugs: line('bugs.{do}', '', ['into', 'expected', 'bugs']),
  undoBugAct: line('bugs.undo', 'act {act}'),
  goOnWithBugAct: line('bugs.go-on', 'act {act}'),
  closeBug: line('bug.close', BUG, ['inVersion']),
  reopenBug: line('bug.reopen', BUG),
  ignoreBug: line('bug.ignore', BUG, ['until', 'untilCount']),
  assignBug: line('bug.assign', BUG),
  ticketBug: line('bug.ticket', BUG),
  changeTracker: line('tracker.change', PRODUCT),
  deleteTracker: line('tracker.delete', PRODUCT),
  createBugTicket: line('ticket.create', BUG),
  refreshBugTicket: line('ticket.refresh', BUG),
  commentBug: line('bug.comment', BUG),
  mergeBug: line('bug.merge', BUG, ['into']),
  unmergeBug: line('bug.unmerge', BUG, ['from']),
  splitBug: line('bug.split', BUG, ['case']),
  pauseQueue: line('queue.pause'),
  resumeQueue: line('queue.resume'),
  processDeferred: line('queue.process-deferred'),
  processFailed: line('queue.process-failed'),
  changeProductRules: line('rules.change', PRODUCT, ['messages']),
  undoProductRules: line('rules.undo', PRODUCT),
  previewProductRules: NOTHING,
  deleteReport: line('report.delete', REPORT),
  pinReport: line('report.pin', REPORT),
  unpinReport: line('report.unpin', REPORT),
  reprocessReport: line('report.reprocess', REPORT),
  moveReport: line('report.move', REPORT, ['bug']),
  getMemory: line('memory.look', REPORT),
  getAttachment: line('attachment.download', REPORT, ['name#']),
  getBundle: line('bundle.download', REPORT),
  listFeedback: line('feedback.look', PRODUCT),
  createProduct: line('product.create', 'product {account}/{name}'),
  changeProduct: line('product.change', PRODUCT, ['requireKey', 'keepDays', 'publicAnnotations']),
  findKnownSymbols: NOTHING,
  deleteSymbols: line('symbols.delete', SYMBOLS),
  deleteMatchingSymbols: line('symbols.delete', 'symbols'),
  subscribe: line('subscription.create'),
  unsubscribe: line('subscription.delete', 'subscription {id}'),
  changeProductClients: line('product.clients', PRODUCT, CLIENT_FIELDS),
  changeProductData: line('product.data', PRODUCT, DATA_FIELDS),
  previewProductData: NOTHING,
  addProductKey: line('product-key.create', PRODUCT, CLIENT_FIELDS),
  changeProductKey: line('product-key.change', PRODUCT, ['id', ...CLIENT_FIELDS]),
  deleteProductKey: line('product-key.delete', PRODUCT, ['id']),
  createWebhook: line('webhook.create'),
  changeWebhook: line('webhook.change', WEBHOOK, ['enabled', 'newSecret']),
  deleteWebhook: line('webhook.delete', WEBHOOK),
  sendDeliveryAgain: line('webhook.send-again', WEBHOOK, ['delivery']),
  testWebhook: line('webhook.test', WEBHOOK),
  createToken: line('token.create', '', TOKEN_FIELDS),
  revokeToken: line('token.delete', 'token {id}'),
  createAccount: line('account.create', 'account {name}'),
  changeAccount: line('account.change', 'account {account}', ['name', 'closed']),
  setMember: line('member.change', PERSON, ['account', 'isAdmin']),
  removeMember: line('member.remove', 'person {person}', ['account']),
  createTeam: line('team.create', 'account {account}', ['name']),
  deleteTeam: line('team.delete', 'team {team}', ['account']),
  addToTeam: line('team.change', 'team {team}', ['account', 'id']),
  takeOutOfTeam: line('team.change', 'team {team}', ['account', 'person']),
  giveRight: line('right.give', 'account {account}', RIGHT_FIELDS),
  takeRight: line('right.take', 'account {account}', ['grant']),
  invite: line('person.invite', 'account {account}', [...PERSON_FIELDS, 'team']),
  withdrawInvitation: line('person.withdraw-invitation', 'account {account}'),
  createServiceToken: line('token.create', 'account {account}', TOKEN_FIELDS),
  revokeServiceToken: line('token.delete', 'token {id}', ['account']),
};

/** What is written down of an action of a page; null: nothing. `key` as in the table. */
export function auditedPage(key: string): Audited | null {
  return Object.hasOwn(AUDITED_PAGES, key) ? (AUDITED_PAGES[key] ?? null) : line(`page ${key}`);
}

/** What is written down when the page itself is asked for; null: nothing beside what the gate does. */
export function auditedView(path: string): Audited | null {
  return Object.hasOwn(AUDITED_PAGES, path) ? (AUDITED_PAGES[path] ?? null) : null;
}

/** What is written down of an operation of the API; null: nothing beside what the gate does. */
export function auditedOperation({
  id,
  method,
}: {
  readonly id: string;
  readonly method: string;
}): Audited | null {
  if (Object.hasOwn(AUDITED_OPERATIONS, id)) return AUDITED_OPERATIONS[id] ?? null;
  return method === 'get' ? null : line(`api ${id}`);
}
