// Every operation of the API. Adding a resource: one file and one line here.
import { attachmentOperations } from './attachments.ts';
import { bugChangeOperations } from './bug-changes.ts';
import { bugOperations } from './bugs.ts';
import { inboxOperations } from './inbox.ts';
import type { Operation } from './operation.ts';
import { overviewOperations } from './overview.ts';
import { processedOperations } from './processed.ts';
import { productRuleOperations } from './product-rules.ts';
import { productOperations } from './products.ts';
import { queueOperations } from './queue.ts';
import { reportOperations } from './reports.ts';
import { statusOperations } from './status.ts';
import { symbolOperations } from './symbols.ts';
import { subscriptionOperations } from './subscriptions.ts';
import { tokenOperations } from './tokens.ts';
import { webhookOperations } from './webhooks.ts';

export const OPERATIONS: readonly Operation[] = [
  ...bugOperations,
  ...bugChangeOperations,
  ...reportOperations,
  ...processedOperations,
  ...attachmentOperations,
  ...inboxOperations,
  ...statusOperations,
  ...queueOperations,
  ...productOperations,
  ...overviewOperations,
  ...productRuleOperations,
  ...symbolOperations,
  ...subscriptionOperations,
  ...webhookOperations,
  ...tokenOperations,
];
