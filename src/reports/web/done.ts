// What a page says after something was done: a closed list, so that a link cannot put words on a page.

const DONE = {
  deleted: 'The report and its attachments are deleted.',
  requeued: 'The report is back in the queue.',
  saved: 'Saved.',
  password: 'The password is changed, and other sessions are signed out.',
  revoked: 'The token works no longer.',
  added: 'The product is added.',
  key: 'The upload key is replaced. Clients that still send the old one are refused where a key is required.',
  'signed-out': 'You are signed out.',
  welcome: 'Welcome. You are signed in.',
} as const;

export type DoneCode = keyof typeof DONE;

/** The sentence of a code; null where it is unknown. */
export function doneText(code: string | null): string | null {
  return code !== null && Object.hasOwn(DONE, code) ? DONE[code as DoneCode] : null;
}
