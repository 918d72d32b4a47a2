// The wish for a ticket as it comes from a form or the API, and words for what became of it.
import type { TicketMade } from '../../process/tickets/ticket-desk.ts';
import type { HeldClaim } from '../../store/tickets.ts';
import type { Checked } from './bug-change.ts';

const MAX_TITLE = 250;
const MAX_BODY = 20_000;

/** What a person made of the draft. */
export function checkTicketText({
  title,
  body,
}: {
  readonly title: unknown;
  readonly body: unknown;
}): Checked<{ readonly title: string; readonly body: string }> {
  if (typeof title !== 'string' || title.trim() === '' || title.length > MAX_TITLE || /\p{Cc}/u.test(title))
    return { ok: false, fault: `"title" must be a text of 1 to ${MAX_TITLE} characters in one line.` };
  if (typeof body !== 'string' || body.length > MAX_BODY)
    return { ok: false, fault: `"body" must be a text of at most ${MAX_BODY} characters.` };
  return { ok: true, value: { title: title.trim(), body: body.replaceAll('\r\n', '\n') } };
}

export function claimWords(claim: HeldClaim): string {
  if (claim.is === 'asking') return 'Somebody is making a ticket for this bug right now.';
  const why = claim.fault === null ? 'no answer was written down' : claim.fault;
  return `At ${new Date(claim.at).toISOString().slice(0, 16)}Z the tracker was asked for a ticket, and nobody knows whether it made one: ${why}. Look there first.`;
}

/** Why there is no ticket. */
export function madeFault(made: Exclude<TicketMade, { readonly is: 'made' }>): string {
  if (made.is === 'refused') return `The tracker made no ticket: ${made.fault}.`;
  if (made.is === 'asking' || made.is === 'unknown') return claimWords(made);
  if (made.is === 'has_ticket') return 'The bug has a ticket already.';
  return made.is === 'no_bug' ? 'The bug is gone.' : 'The product has no tracker with a token.';
}
