// Every operation of the API. Adding a resource: one file and one line here.
import { accountOperations } from './accounts-api.ts';
import { erasureOperations } from './erasures-api.ts';
import { auditOperations } from './audit-api.ts';
import { alertOperations } from './alerts-api.ts';
import { analysisOperations } from './analysis-api.ts';
import { attachmentOperations } from './attachments.ts';
import { bugChangeOperations } from './bug-changes.ts';
import { bulkOperations } from './bulk-api.ts';
import { bugOperations } from './bugs-api.ts';
import { clientOperations } from './clients-api.ts';
import { inboxOperations } from './inbox-api.ts';
import type { Operation } from '../operations/operation.ts';
import { overviewOperations } from './overview-api.ts';
import { processedOperations } from './processed-api.ts';
import { productRuleOperations } from './product-rules-api.ts';
import { productOperations } from './products-api.ts';
import { queueOperations } from './queue-api.ts';
import { releaseOperations } from './releases-api.ts';
import { reportOperations } from './reports-api.ts';
import { searchOperations } from './search-api.ts';
import { savedSearchOperations } from './searches-api.ts';
import { statusOperations } from './status-api.ts';
import { symbolOperations } from './symbols-api.ts';
import { subscriptionOperations } from './subscriptions-api.ts';
import { ticketOperations } from './tickets-api.ts';
import { productDataOperations } from './product-data-api.ts';
import { tokenOperations } from './tokens.ts';
import { webhookOperations } from './webhooks-api.ts';

export const OPERATIONS: readonly Operation[] = [
  ...bugOperations,
  ...bugChangeOperations,
  ...bulkOperations,
  ...searchOperations,
  ...savedSearchOperations,
  ...analysisOperations,
  ...releaseOperations,
  ...reportOperations,
  ...processedOperations,
  ...attachmentOperations,
  ...inboxOperations,
  ...statusOperations,
  ...queueOperations,
  ...productOperations,
  ...clientOperations,
  ...productDataOperations,
  ...overviewOperations,
  ...productRuleOperations,
  ...symbolOperations,
  ...subscriptionOperations,
  ...webhookOperations,
  ...alertOperations,
  ...auditOperations,
  ...erasureOperations,
  ...ticketOperations,
  ...tokenOperations,
  ...accountOperations,
];
