// What a page says after something was done: a closed list, so that a link cannot put words on a page.

const DONE = {
  deleted: 'The report and its attachments are deleted.',
  requeued: 'The report is back in the queue.',
  pinned: 'The report is pinned: it is pruned last.',
  unpinned: 'The report is no longer pinned.',
  saved: 'Saved.',
  password: 'The password is changed. Other sign-ins and all API tokens of yours have ended.',
  'person-erased':
    'The account is gone, with the name and address wherever they stood. Histories have a number.',
  'factors-reset': 'The second factors are taken away, and every sign-in of the person has ended.',
  'session-ended': 'That sign-in has ended.',
  'sessions-ended': 'You are signed in here alone.',
  revoked: 'The token works no longer.',
  'erasure-ready': 'The reports are counted below. Nothing is erased before you confirm it.',
  'erasure-begun': 'The erasure is under way. It goes on by itself.',
  'erasure-withdrawn': 'Nothing was erased.',
  withdrawn: 'The invitation is withdrawn: its link works no longer.',
  added: 'The product is added.',
  key: 'The upload key is replaced. Clients that still send the old one are refused where a key is required.',
  'bug-closed': 'The bug is closed. A new occurrence reopens it, as the product’s settings say.',
  'bug-reopened': 'The bug is open.',
  'bug-ignored': 'The bug is ignored. Its crashes are still counted.',
  'bug-assigned': 'The assignee is set.',
  'bug-ticket': 'The ticket is set.',
  'ticket-made': 'The bug has its ticket.',
  'bug-commented': 'Your comment is below.',
  'bug-merged': 'The bugs are one now. Later reports follow.',
  'bug-unmerged': 'The merge is undone: this bug has back what it had. The history says what came since.',
  'bug-split': 'The case is a bug of its own now. Later reports of it follow.',
  'report-moved': 'The report is filed under this bug, for good.',
  'queue-paused': 'Processing is paused. Reports are still taken and wait.',
  'queue-resumed': 'Processing goes on.',
  'queue-requeued': 'The reports are back in the queue.',
  unsubscribed: 'You are told of that no longer.',
  mailed: 'The test mail is on its way.',
  tested: 'The test is on its way. The list of deliveries shows what became of it.',
  again: 'The message is on its way again. The list of deliveries shows what became of it.',
  'webhook-deleted': 'The webhook is deleted. What still waited for it is given up.',
  'alert-added': 'The rule is added. It is evaluated from now on.',
  'alert-tested': 'A test is on its way to each target.',
  'alert-deleted': 'The rule and its log are deleted.',
  'symbols-uploaded': 'The symbols are uploaded, and the report has been processed with them.',
  'symbols-deleted': 'The symbols are deleted.',
  joined: 'You belong to the account now.',
  'account-closed': 'The account is closed: its reports are refused, and nobody sees it.',
  'account-reopened': 'The account is open again.',
  'signed-out': 'You are signed out.',
  welcome: 'Welcome. You are signed in.',
} as const;

export type DoneCode = keyof typeof DONE;

/** The sentence of a code; null where it is unknown. */
export function doneText(code: string | null): string | null {
  return code !== null && Object.hasOwn(DONE, code) ? DONE[code as DoneCode] : null;
}
