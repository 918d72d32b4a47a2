// Who may do what, written down a second time: a change of a right is made here too, on purpose.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OPERATIONS } from '../../src/reports/api/endpoint-registry.ts';
import { allows } from '../../src/reports/auth/person.ts';
import type { Access } from '../../src/reports/auth/person.ts';
import { ROLES } from '../../src/store/people.ts';
import { PAGES } from '../../src/reports/web/page-registry.ts';

const PAGE_RIGHTS: Readonly<Record<string, Access>> = {
  '/': 'read',
  '/bugs': 'read',
  '/bugs close': 'write',
  '/bugs reopen': 'write',
  '/bugs ignore': 'write',
  '/bugs assign': 'write',
  '/bugs/:bug': 'read',
  '/bugs/:bug close': 'write',
  '/bugs/:bug reopen': 'write',
  '/bugs/:bug ignore': 'write',
  '/bugs/:bug assign': 'write',
  '/bugs/:bug ticket': 'write',
  '/bugs/:bug comment': 'write',
  '/bugs/:bug merge': 'write',
  '/bugs/:bug unmerge': 'write',
  '/bugs/:bug split': 'write',
  '/bugs/:bug/compare': 'read',
  '/bugs/:bug/reports': 'read',
  '/reports': 'read',
  '/reports/:crash_id': 'read',
  '/reports/:crash_id requeue': 'write',
  '/reports/:crash_id pin': 'write',
  '/reports/:crash_id unpin': 'write',
  '/reports/:crash_id/delete': 'write',
  '/reports/:crash_id/delete delete': 'write',
  '/reports/:crash_id/attachments/:name': 'protected',
  '/reports/:crash_id/bundle': 'protected',
  '/reports/:crash_id move': 'write',
  '/reports/:crash_id/raw/:name': 'protected',
  '/reports/:crash_id/stack': 'read',
  '/reports/:crash_id/stack.txt': 'read',
  '/reports/:crash_id/threads': 'read',
  '/reports/:crash_id/modules': 'read',
  '/reports/:crash_id/debug': 'read',
  '/reports/:crash_id/memory': 'protected',
  '/reports/:crash_id/processed': 'read',
  '/symbols': 'read',
  '/symbols delete-old': 'admin',
  '/search': 'read',
  '/find': 'read',
  '/symbols/maps': 'read',
  '/symbols/missing': 'read',
  '/symbols/:debugFile/:debugId': 'read',
  '/symbols/:debugFile/:debugId delete': 'write',
  '/inbox': 'read',
  '/products': 'read',
  '/products add': 'admin',
  '/products/:account/:product': 'read',
  '/products/:account/:product save': 'admin',
  '/products/:account/:product key': 'admin',
  '/products/:account/:product/clients': 'read',
  '/products/:account/:product/clients add-key': 'admin',
  '/products/:account/:product/clients change-key': 'admin',
  '/products/:account/:product/clients delete-key': 'admin',
  '/products/:account/:product/clients dsn-id': 'admin',
  '/products/:account/:product/clients rules': 'admin',
  '/products/:account/:product/health': 'read',
  '/products/:account/:product/rules': 'read',
  '/products/:account/:product/rules save': 'admin',
  '/products/:account/:product/rules undo': 'admin',
  '/products/:account/:product/rules preview': 'write',
  '/products/:account/:product/rules signature': 'write',
  '/products/:account/:product/integration': 'read',
  '/status': 'read',
  '/status pause': 'admin',
  '/status resume': 'admin',
  '/status process-deferred': 'write',
  '/status process-failed': 'write',
  '/overview/:account/:product': 'read',
  '/people': 'admin',
  '/people invite': 'admin',
  '/people withdraw': 'admin',
  '/people change': 'admin',
  '/people reset': 'admin',
  '/webhooks': 'admin',
  '/webhooks create': 'admin',
  '/webhooks/:id': 'admin',
  '/webhooks/:id save': 'admin',
  '/webhooks/:id secret': 'admin',
  '/webhooks/:id test': 'admin',
  '/webhooks/:id delete': 'admin',
  '/account': 'read',
  '/account subscribe': 'read',
  '/account unsubscribe': 'read',
  '/account test-mail': 'read',
  '/account password': 'read',
  '/account create-token': 'read',
  '/account revoke-token': 'read',
  '/api': 'read',
  '/sign-in': 'anyone',
  '/sign-in sign-in': 'anyone',
  '/sign-out': 'anyone',
  '/sign-out sign-out': 'anyone',
  '/setup/:secret': 'anyone',
  '/setup/:secret setup': 'anyone',
  '/invitation/:secret': 'anyone',
  '/invitation/:secret accept': 'anyone',
  '/reset/:secret': 'anyone',
  '/reset/:secret reset': 'anyone',
};

const API_RIGHTS: Readonly<Record<string, Access>> = {
  listBugs: 'read',
  search: 'read',
  searchFields: 'read',
  getBug: 'read',
  listBugReports: 'read',
  listSimilarBugs: 'read',
  compareBugs: 'read',
  closeBug: 'write',
  reopenBug: 'write',
  ignoreBug: 'write',
  assignBug: 'write',
  ticketBug: 'write',
  commentBug: 'write',
  mergeBug: 'write',
  unmergeBug: 'write',
  splitBug: 'write',
  getQueue: 'read',
  pauseQueue: 'admin',
  resumeQueue: 'admin',
  processDeferred: 'write',
  processFailed: 'write',
  getOverview: 'read',
  getProductRules: 'read',
  changeProductRules: 'admin',
  undoProductRules: 'admin',
  previewProductRules: 'write',
  previewSignature: 'read',
  listReports: 'read',
  getReport: 'read',
  deleteReport: 'write',
  pinReport: 'write',
  unpinReport: 'write',
  getProcessedReport: 'read',
  getMemory: 'protected',
  reprocessReport: 'write',
  moveReport: 'write',
  getAttachment: 'protected',
  getBundle: 'protected',
  listInbox: 'read',
  getStatus: 'read',
  listProducts: 'read',
  createProduct: 'admin',
  getProduct: 'read',
  changeProduct: 'admin',
  listSymbols: 'read',
  listMissingSymbols: 'read',
  findKnownSymbols: 'read',
  getSymbols: 'read',
  deleteSymbols: 'write',
  deleteMatchingSymbols: 'admin',
  listSubscriptions: 'read',
  subscribe: 'read',
  unsubscribe: 'read',
  getProductClients: 'read',
  changeProductClients: 'admin',
  addProductKey: 'admin',
  changeProductKey: 'admin',
  deleteProductKey: 'admin',
  listClientCounts: 'read',
  listSessions: 'read',
  listFeedback: 'protected',
  listWebhooks: 'admin',
  createWebhook: 'admin',
  getWebhook: 'admin',
  changeWebhook: 'admin',
  deleteWebhook: 'admin',
  testWebhook: 'admin',
  listDeliveries: 'admin',
  getMe: 'read',
  listTokens: 'read',
  createToken: 'admin',
  revokeToken: 'admin',
};

describe('rights', () => {
  test('of pages and their actions are as written down', () => {
    const real: Record<string, Access> = {};
    for (const { path, access, actions } of PAGES) {
      real[path] = access;
      for (const [name, action] of Object.entries(actions ?? {})) real[`${path} ${name}`] = action.access;
    }
    assert.deepEqual(real, PAGE_RIGHTS);
  });

  test('of API operations are as written down', () => {
    assert.deepEqual(Object.fromEntries(OPERATIONS.map(({ id, access }) => [id, access])), API_RIGHTS);
  });

  test('grow with the role, and protected data is a right of its own', () => {
    const allowed = (access: Access) =>
      ROLES.filter((role) => allows(access, { user: null, role, seesProtected: false }));
    assert.deepEqual(allowed('anyone'), ['read', 'write', 'admin']);
    assert.deepEqual(allowed('read'), ['read', 'write', 'admin']);
    assert.deepEqual(allowed('write'), ['write', 'admin']);
    assert.deepEqual(allowed('admin'), ['admin']);
    assert.deepEqual(allowed('protected'), []);
    assert.equal(allows('protected', { user: null, role: 'read', seesProtected: true }), true);
    assert.equal(allows('read', null), false);
    assert.equal(allows('anyone', null), true);
  });
});
