// Every page. Adding one: a file in pages/ and a line here (and one in nav.ts where it belongs there).
import type { Page } from './page.ts';
import { accountPage } from './pages/account.ts';
import { erasureExportPage, erasuresPage } from './pages/erasures-page.ts';
import { auditExportPage, auditPage } from './pages/audit-page.ts';
import { accountPeoplePage } from './pages/account-people-page.ts';
import { accountsPage } from './pages/accounts-page.ts';
import { alertHistoryPage } from './pages/alert-history-page.ts';
import { alertPage } from './pages/alert-page.ts';
import { alertsPage } from './pages/alerts-page.ts';
import { apiPage } from './pages/api.ts';
import { bugPage } from './pages/bug.ts';
import { bugActsPage } from './pages/bug-acts-page.ts';
import { bugComparePage } from './pages/bug-compare-page.ts';
import { bugListPage } from './pages/bug-list.ts';
import { bugTicketPage } from './pages/bug-ticket-page.ts';
import { bugReportsPage } from './pages/bug-reports-page.ts';
import { findPage } from './pages/find-page.ts';
import { healthPage } from './pages/health-page.ts';
import { homePage } from './pages/home.ts';
import { inboxPage } from './pages/inbox-page.ts';
import { integrationPage } from './pages/integration.ts';
import { invitationPage } from './pages/invitation.ts';
import { overviewPage } from './pages/overview-page.ts';
import { peoplePage } from './pages/people-page.ts';
import { missingSymbolsPage } from './pages/missing-symbols-page.ts';
import { productClientsPage } from './pages/product-clients-page.ts';
import { productDataPage } from './pages/product-data-page.ts';
import { productRulesPage } from './pages/product-rules-page.ts';
import { productPage } from './pages/product.ts';
import { productsPage } from './pages/products-page.ts';
import { reportComparePage } from './pages/report-compare-page.ts';
import { releaseComparePage } from './pages/release-compare-page.ts';
import { releasePage } from './pages/release-page.ts';
import { allReleasesPage, releasesPage } from './pages/releases-page.ts';
import { reportAttachmentPage } from './pages/report-attachment.ts';
import { reportBundlePage } from './pages/report-bundle.ts';
import { reportDebugPage } from './pages/report-debug.ts';
import { reportDeletePage } from './pages/report-delete.ts';
import { reportListPage } from './pages/report-list.ts';
import { reportPage } from './pages/report-page.ts';
import { reportMemoryPage } from './pages/report-memory-page.ts';
import { reportModulesPage } from './pages/report-modules.ts';
import { reportProcessedPage } from './pages/report-processed-page.ts';
import { reportRawPage } from './pages/report-raw.ts';
import { reportStackPage, reportStackTextPage } from './pages/report-stack.ts';
import { reportThreadsPage } from './pages/report-threads.ts';
import { resetPage } from './pages/reset.ts';
import { searchExportPage } from './pages/search-export-page.ts';
import { fromProviderPage, outOfProviderPage, toProviderPage } from './pages/provider-pages.ts';
import { secondStepPage } from './pages/second-step-page.ts';
import { securityPage } from './pages/security-page.ts';
import { searchPage } from './pages/search-page.ts';
import { setupPage } from './pages/setup.ts';
import { signInPage } from './pages/sign-in.ts';
import { signOutPage } from './pages/sign-out.ts';
import { statusPage } from './pages/status-page.ts';
import { symbolPage } from './pages/symbol.ts';
import { sourcePage } from './pages/source-page.ts';
import { sourceMapsPage } from './pages/source-maps-page.ts';
import { symbolUploadPage } from './pages/symbol-upload-page.ts';
import { symbolsPage } from './pages/symbols-page.ts';
import { topPage } from './pages/top-page.ts';
import { trackerPage } from './pages/tracker-page.ts';
import { versionsPage } from './pages/versions-page.ts';
import { webhookPage } from './pages/webhook.ts';
import { webhooksPage } from './pages/webhooks-page.ts';

export const PAGES: readonly Page[] = [
  homePage,
  overviewPage,
  bugListPage,
  bugActsPage,
  bugPage,
  bugComparePage,
  bugReportsPage,
  bugTicketPage,
  reportComparePage,
  findPage,
  topPage,
  allReleasesPage,
  releasesPage,
  releasePage,
  releaseComparePage,
  versionsPage,
  searchPage,
  searchExportPage,
  reportListPage,
  reportPage,
  reportDebugPage,
  reportDeletePage,
  reportAttachmentPage,
  reportBundlePage,
  reportRawPage,
  reportStackPage,
  reportStackTextPage,
  reportThreadsPage,
  reportModulesPage,
  reportMemoryPage,
  reportProcessedPage,
  symbolsPage,
  symbolUploadPage,
  missingSymbolsPage,
  sourceMapsPage,
  symbolPage,
  inboxPage,
  productsPage,
  productPage,
  productClientsPage,
  productDataPage,
  healthPage,
  productRulesPage,
  sourcePage,
  trackerPage,
  integrationPage,
  statusPage,
  peoplePage,
  auditPage,
  auditExportPage,
  erasuresPage,
  erasureExportPage,
  accountsPage,
  accountPeoplePage,
  alertsPage,
  alertHistoryPage,
  alertPage,
  webhooksPage,
  webhookPage,
  accountPage,
  securityPage,
  secondStepPage,
  toProviderPage,
  fromProviderPage,
  outOfProviderPage,
  apiPage,
  signInPage,
  signOutPage,
  setupPage,
  invitationPage,
  resetPage,
];
