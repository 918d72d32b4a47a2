// Everything about the ticket of one bug: what its tracker says, whether one is being made, and what a new one would say.
import type { TicketText } from '../../process/tickets/tracker-client.ts';
import { trackerClient } from '../../process/tickets/tracker-registry.ts';
import type { Bug } from '../../store/bugs.ts';
import type { HeldClaim, Ticket, TrackerSettings } from '../../store/tickets.ts';
import type { ReportsContext } from '../reports-context.ts';
import { formAddress, ticketText } from '../view/ticket-text.ts';
import { impliedTracker } from '../view/tracker-change.ts';

export interface TicketDraft {
  readonly text: TicketText;
  /** The address of the tracker's form, filled; null: it has none. */
  readonly form: string | null;
}

export interface TicketOfBug {
  /** Null: the product has no tracker, and its rules name none. */
  readonly settings: TrackerSettings | null;
  /** `GitHub`; null: only the address of a form is known. */
  readonly label: string | null;
  /** Whether Mayday can make tickets there itself. */
  readonly isConnected: boolean;
  /** What the tracker said; null: the bug has no ticket, or it is none of this tracker. */
  readonly ticket: Ticket | null;
  readonly claim: HeldClaim | null;
}

export async function ticketOfBug({ store }: ReportsContext, bug: Bug): Promise<TicketOfBug> {
  const [tracker, rules, claim, ticket] = await Promise.all([
    store.tickets.tracker(bug),
    store.bugs.productRules(bug.account, bug.product),
    store.tickets.claimOf(bug.id),
    bug.ticket === null ? null : store.tickets.ticketOf(bug, bug.ticket),
  ]);
  const settings = tracker?.settings ?? impliedTracker(rules);
  const client = settings === null ? null : trackerClient(settings.kind);
  return {
    settings,
    label: client?.label ?? null,
    isConnected: client !== null && (tracker?.token ?? null) !== null,
    ticket,
    claim,
  };
}

/** What a ticket would say. Whoever asks, it is made of what everybody may see. */
export async function ticketDraft(
  { gate, reportsUrl }: ReportsContext,
  bugId: number,
  settings: TrackerSettings,
): Promise<TicketDraft | null> {
  const product = await gate.productOfBug(bugId);
  if (product === null) return null;
  const everybody = gate.forEverybodyOf(product);
  const [bug, cover] = await Promise.all([everybody.getBug(bugId), everybody.coverCrash(bugId)]);
  if (bug === null) return null;
  const facts = { bug, cover, reportsUrl };
  return { text: ticketText(facts, settings), form: formAddress(facts, settings) };
}
