// Every write that the writer thread knows, by name. They run together in one transaction with whatever else has arrived.
import {
  assignBug,
  closeBug,
  commentBug,
  ignoreBug,
  reopenBug,
  setTicket,
  takeOverBug,
} from '../../filing/actions.ts';
import { completeReport } from '../../filing/complete.ts';
import type { Ledger } from '../../filing/ledger.ts';
import { mergeBugs } from '../../filing/merge.ts';
import { unmergeBug } from '../../filing/unmerge.ts';
import { moveReport } from '../../filing/move.ts';
import { splitCase } from '../../filing/split.ts';
import { addAudit } from '../audit/audit-rows.ts';
import {
  addErasable,
  beginErasure,
  confirmErasure,
  erasureReady,
  stepErasure,
  withdrawErasure,
} from '../erasures/erasure-steps.ts';
import { noteRestored, recallErased } from '../erasures/recall-erased.ts';
import { tellFacts } from '../../filing/tell-facts.ts';
import { putSegment, trimFacts } from '../search/put-segment.ts';
import { addFeedback } from '../clients/feedback-rows.ts';
import { putSessions } from '../sessions/write-sessions.ts';
import { addClientCounts } from '../clients/client-counts.ts';
import {
  addProductKey,
  changeProductKey,
  deleteProductKey,
  setClientRules,
  setDsnId,
} from '../clients/write-keys.ts';
import { setProductRules } from '../bugs/rules-record.ts';
import { beginBulk, stepBulk, undoBulk } from '../bugs/bulk-steps.ts';
import { noteStack } from '../bugs/similar-bugs.ts';
import { forgetRelease, noteDeploy, noteRelease } from '../releases/write-releases.ts';
import { noteCommentsTold } from '../notifications/comment-rows.ts';
import {
  enqueueMessages,
  forgetDeliveries,
  messageDelivered,
  messageUndelivered,
  sendAgain,
  takeDueMessages,
} from '../notifications/outbox.ts';
import {
  advanceAlert,
  changeAlertRule,
  createAlertRule,
  deleteAlertRule,
} from '../notifications/alert-rows.ts';
import { dropExpired } from '../search/expired-facts.ts';
import { deleteSearch, saveSearch } from '../search/saved-searches.ts';
import { deleteSubscription, saveSubscription } from '../notifications/subscription-rows.ts';
import { deleteWebhook, saveWebhook } from '../notifications/webhook-rows.ts';
import { deleteTracker, saveTracker } from '../tickets/tracker-rows.ts';
import {
  gatherTicketMessages,
  takeTicketMessages,
  ticketMessageDone,
  ticketMessageFailed,
} from '../tickets/ticket-messages.ts';
import { claimTicket, loseTicket, releaseTicket, takeTickets, watchTicket } from '../tickets/ticket-rows.ts';
import { failReport } from '../queue/fail.ts';
import { extendLease, leaseReports } from '../queue/lease.ts';
import { setPaused } from '../queue/paused.ts';
import { requeueReports } from '../queue/requeue.ts';
import {
  deleteSymbolRow,
  deleteSymbolRows,
  giveUpSymbols,
  putSymbolRow,
  renewSymbolRow,
  touchSymbols,
} from '../symbols/write-symbols.ts';
import { joinAttachments } from '../joined/join-attachments.ts';
import { putBlob } from '../write/write-blobs.ts';
import { createPack, dropEntry } from '../write/pack-rows.ts';
import { eraseMember } from '../write/erase-member.ts';
import { deleteReport, pinReport } from '../write/change-report.ts';
import { heartbeat } from '../write/write-heartbeat.ts';
import { commitReport } from '../write/commit-report.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { addInbox } from '../write/write-inbox.ts';
import { newInstallation } from '../write/installations.ts';
import { clearOneTime, createOneTime, takeOneTime } from '../write/write-one-time.ts';
import {
  addFactor,
  clearFactors,
  removeFactor,
  setRecoveryCodes,
  useFactor,
  useRecoveryCode,
} from '../write/write-factors.ts';
import {
  addIdentity,
  createSession,
  deleteSession,
  deleteSessionOf,
  deleteSessionsOf,
  extendSession,
  renewSession,
  setPassword,
} from '../write/write-sign-in.ts';
import { createToken, createUser, deleteToken, touchToken, updateUser } from '../write/write-people.ts';
import {
  createAccount,
  createTeam,
  deleteTeam,
  followGroups,
  grantRight,
  removeMember,
  renameAccount,
  revokeRight,
  setAccountClosed,
  setInTeam,
  setMember,
} from '../write/write-accounts.ts';
import { createAutomaticProduct, createProductByHand, updateProduct } from '../transaction/product-rows.ts';

/** Writes on the ledger: the rules of filing. */
const FILING_WRITES = {
  completeReport: onLedger(completeReport),
  closeBug: onLedger(closeBug),
  reopenBug: onLedger(reopenBug),
  ignoreBug: onLedger(ignoreBug),
  assignBug: onLedger(assignBug),
  setTicket: onLedger(setTicket),
  commentBug: onLedger(commentBug),
  takeOverBug: onLedger(takeOverBug),
  mergeBugs: onLedger(mergeBugs),
  unmergeBug: onLedger(unmergeBug),
  splitCase: onLedger(splitCase),
  moveReport: onLedger(moveReport),
  tellFacts: onLedger(tellFacts),
};

/** Writes that neither read nor change what the ledger holds. Before all others it is written. */
const BESIDE_LEDGER: ReadonlySet<string> = new Set([
  'commitReport',
  'createPack',
  'dropEntry',
  'addInbox',
  'addAudit',
  'putBlob',
  'newInstallation',
  'createAutomaticProduct',
  'touchToken',
  'extendSession',
  'touchSymbols',
] satisfies readonly (keyof typeof OTHER_WRITES)[]);

const OTHER_WRITES = {
  commitReport,
  createPack,
  dropEntry,
  createAutomaticProduct,
  createProductByHand,
  createAccount,
  renameAccount,
  setAccountClosed,
  setMember,
  removeMember,
  createTeam,
  deleteTeam,
  setInTeam,
  followGroups,
  grantRight,
  revokeRight,
  updateProduct,
  deleteReport,
  pinReport,
  leaseReports,
  extendLease,
  failReport,
  requeueReports,
  setPaused,
  noteStack,
  setProductRules,
  beginBulk,
  undoBulk,
  stepBulk,
  putSymbolRow,
  deleteSymbolRow,
  deleteSymbolRows,
  giveUpSymbols,
  touchSymbols,
  renewSymbolRow,
  dropExpired,
  saveSearch,
  deleteSearch,
  saveSubscription,
  deleteSubscription,
  saveWebhook,
  deleteWebhook,
  createAlertRule,
  changeAlertRule,
  deleteAlertRule,
  advanceAlert,
  noteCommentsTold,
  enqueueMessages,
  takeDueMessages,
  messageDelivered,
  messageUndelivered,
  sendAgain,
  forgetDeliveries,
  saveTracker,
  deleteTracker,
  claimTicket,
  releaseTicket,
  loseTicket,
  watchTicket,
  takeTickets,
  gatherTicketMessages,
  takeTicketMessages,
  ticketMessageDone,
  ticketMessageFailed,
  addProductKey,
  changeProductKey,
  deleteProductKey,
  setDsnId,
  setClientRules,
  addClientCounts,
  putSegment,
  trimFacts,
  addFeedback,
  putSessions,
  noteRelease,
  noteDeploy,
  forgetRelease,
  newInstallation,
  putBlob,
  joinAttachments,
  addInbox,
  addAudit,
  beginErasure,
  addErasable,
  erasureReady,
  confirmErasure,
  withdrawErasure,
  stepErasure,
  recallErased,
  noteRestored,
  eraseMember,
  createUser,
  updateUser,
  createSession,
  deleteSession,
  deleteSessionOf,
  deleteSessionsOf,
  renewSession,
  setPassword,
  addIdentity,
  addFactor,
  useFactor,
  removeFactor,
  clearFactors,
  setRecoveryCodes,
  useRecoveryCode,
  createToken,
  touchToken,
  deleteToken,
  extendSession,
  createOneTime,
  takeOneTime,
  clearOneTime,
  heartbeat,
};

const WRITES = { ...FILING_WRITES, ...OTHER_WRITES };

export type WriteName = keyof typeof WRITES;

type Tail<T extends readonly unknown[]> = T extends readonly [unknown, ...infer Rest] ? Rest : never;

/** The arguments of a write, without the context. */
export type WriteArguments<N extends WriteName> = Tail<Parameters<(typeof WRITES)[N]>>;
/** What a write gives. */
export type WriteResult<N extends WriteName> = Awaited<ReturnType<(typeof WRITES)[N]>>;

/** Runs a write by name; the arguments come from `WriterClient.write`, which checked their types. */
export async function runWrite(
  context: WriteContext,
  name: WriteName,
  args: readonly unknown[],
): Promise<unknown> {
  if (!(name in FILING_WRITES) && !BESIDE_LEDGER.has(name)) await context.ledger.flush();
  const operation = WRITES[name] as (context: WriteContext, ...args: readonly unknown[]) => unknown;
  return operation(context, ...args);
}

function onLedger<Arguments extends readonly unknown[], Result>(
  rule: (ledger: Ledger, ...args: Arguments) => Promise<Result>,
): (context: WriteContext, ...args: Arguments) => Promise<Result> {
  return ({ ledger }, ...args) => rule(ledger, ...args);
}
