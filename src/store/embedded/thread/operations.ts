// Every write that the writer thread knows, by name. Those of WRITES run together in one transaction with whatever else has
// arrived; those of LONG_WRITES handle transactions of their own and are called again until they say that they are done.
import { addClientCounts } from '../clients/client-counts.ts';
import {
  addProductKey,
  changeProductKey,
  deleteProductKey,
  setClientRules,
  setDsnId,
} from '../clients/write-keys.ts';
import { assignBug, closeBug, commentBug, ignoreBug, reopenBug, setTicket } from '../bugs/actions.ts';
import { mergeBugs } from '../bugs/merge.ts';
import { moveReport } from '../bugs/move.ts';
import { setProductRules } from '../bugs/rules-record.ts';
import { splitCase } from '../bugs/split.ts';
import {
  enqueueMessages,
  forgetDeliveries,
  messageDelivered,
  messageUndelivered,
  takeDueMessages,
} from '../notifications/outbox.ts';
import { deleteSubscription, saveSubscription } from '../notifications/subscription-rows.ts';
import { deleteWebhook, saveWebhook } from '../notifications/webhook-rows.ts';
import { completeReport } from '../bugs/complete.ts';
import { failReport } from '../queue/fail.ts';
import { extendLease, leaseReports } from '../queue/lease.ts';
import { setPaused } from '../queue/paused.ts';
import { requeueReports } from '../queue/requeue.ts';
import {
  deleteSymbolRow,
  deleteSymbolRows,
  putSymbolRow,
  setIndexBytes,
  touchSymbols,
} from '../symbols/write-symbols.ts';
import { putBlob } from '../write/write-blobs.ts';
import { deleteReport } from '../write/change-report.ts';
import { heartbeat } from '../write/write-heartbeat.ts';
import { commitReport } from '../write/commit-report.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { addInbox } from '../write/write-inbox.ts';
import { newInstallation } from '../write/installations.ts';
import { clearOneTime, createOneTime, takeOneTime } from '../write/write-one-time.ts';
import {
  createSession,
  createToken,
  createUser,
  deleteSession,
  deleteSessionsOf,
  deleteToken,
  extendSession,
  touchToken,
  updateUser,
} from '../write/write-people.ts';
import {
  createAccount,
  createAutomaticProduct,
  createProductByHand,
  updateProduct,
} from '../transaction/product-rows.ts';

/** Writes inside the shared transaction. */
export const WRITES = {
  commitReport,
  createAutomaticProduct,
  createProductByHand,
  createAccount,
  updateProduct,
  deleteReport,
  leaseReports,
  extendLease,
  completeReport,
  failReport,
  requeueReports,
  setPaused,
  closeBug,
  reopenBug,
  ignoreBug,
  assignBug,
  setTicket,
  commentBug,
  mergeBugs,
  splitCase,
  moveReport,
  setProductRules,
  putSymbolRow,
  deleteSymbolRow,
  deleteSymbolRows,
  touchSymbols,
  setIndexBytes,
  saveSubscription,
  deleteSubscription,
  saveWebhook,
  deleteWebhook,
  enqueueMessages,
  takeDueMessages,
  messageDelivered,
  messageUndelivered,
  forgetDeliveries,
  addProductKey,
  changeProductKey,
  deleteProductKey,
  setDsnId,
  setClientRules,
  addClientCounts,
  newInstallation,
  putBlob,
  addInbox,
  createUser,
  updateUser,
  createSession,
  deleteSession,
  deleteSessionsOf,
  createToken,
  touchToken,
  deleteToken,
  extendSession,
  createOneTime,
  takeOneTime,
  clearOneTime,
  heartbeat,
};

export type WriteName = keyof typeof WRITES;

type Tail<T extends readonly unknown[]> = T extends readonly [unknown, ...infer Rest] ? Rest : never;

/** The arguments of a write, without the context. */
export type WriteArguments<N extends WriteName> = Tail<Parameters<(typeof WRITES)[N]>>;
/** What a write gives. */
export type WriteResult<N extends WriteName> = ReturnType<(typeof WRITES)[N]>;

/** Runs a write by name; the arguments come from `WriterClient.write`, which checked their types. */
export function runWrite(context: WriteContext, name: WriteName, args: readonly unknown[]): unknown {
  const operation = WRITES[name] as (context: WriteContext, ...args: readonly unknown[]) => unknown;
  return operation(context, ...args);
}
