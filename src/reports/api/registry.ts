// Every operation of the API. Adding a resource: one file and one line here.
import { attachmentOperations } from './attachments.ts';
import { inboxOperations } from './inbox.ts';
import type { Operation } from './operation.ts';
import { productOperations } from './products.ts';
import { reportOperations } from './reports.ts';
import { statusOperations } from './status.ts';
import { tokenOperations } from './tokens.ts';

export const OPERATIONS: readonly Operation[] = [
  ...reportOperations,
  ...attachmentOperations,
  ...inboxOperations,
  ...statusOperations,
  ...productOperations,
  ...tokenOperations,
];
