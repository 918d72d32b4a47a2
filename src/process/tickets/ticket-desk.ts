// What is done with the tickets of bugs: made, asked for, told of. Each product's own tracker and token are used, and what became of it is written
// down before anybody is answered.
import type { Log } from '../../base/log.ts';
import type { Store } from '../../store/store.ts';
import type { HeldClaim, Ticket, TicketAnswer, TicketMessage, Tracker } from '../../store/tickets.ts';
import { addressRefusal } from '../notify/address-guard.ts';
import { bugUrl, oneLine } from '../../alerts/notice-words.ts';
import { codeWords } from './ticket-markup.ts';
import type { Markup } from './ticket-markup.ts';
import type { SendToTracker, TicketName, TicketText, TrackerClient } from './tracker-client.ts';
import { TrackerFailure } from './tracker-failure.ts';
import { addressFault, isPrivateHostAllowed } from './tracker-http.ts';
import type { TrackerHttp } from './tracker-http.ts';
import { trackerClient } from './tracker-registry.ts';

const MAX_FAULT = 300;
/** The clock of a tracker may be behind. */
const CLOCK_MS = 60_000;

export interface TicketDeskOptions {
  readonly store: Pick<Store, 'tickets'> & { readonly bugs: Pick<Store['bugs'], 'setTicket'> };
  readonly http: TrackerHttp;
  readonly privateHosts: readonly string[];
  readonly log: Log;
  /** Public base URL of the reports server, without a slash at the end. */
  readonly reportsUrl: string;
}

interface ProductNamed {
  readonly account: string;
  readonly product: string;
}

/** What became of the wish for a ticket. */
export type TicketMade =
  | { readonly is: 'made'; readonly ticket: TicketName }
  /** The tracker surely made none. */
  | { readonly is: 'refused'; readonly fault: string }
  | { readonly is: 'has_ticket' | 'no_bug' | 'no_tracker' }
  | HeldClaim;

/** A tracker that can be asked. */
interface Connected {
  readonly tracker: Tracker;
  readonly client: TrackerClient;
  readonly send: SendToTracker;
}

export class TicketDesk {
  readonly #options: TicketDeskOptions;

  constructor(options: TicketDeskOptions) {
    this.#options = options;
  }

  /** Why a token may not be sent there, as far as it can be told now; null: nothing is against it. */
  async addressFault(url: URL): Promise<string | null> {
    const { privateHosts } = this.#options;
    const fault = addressFault(url, privateHosts);
    if (fault !== null || isPrivateHostAllowed(url, privateHosts)) return fault;
    const refusal = await addressRefusal(url);
    return (
      refusal?.message.replace('WEBHOOK_ALLOW_PRIVATE=true', `TRACKER_PRIVATE_HOSTS=${url.host}`) ?? null
    );
  }

  /**
   * Makes the ticket of a bug. Of several who ask at once one does it; where its end is not known, nobody does it again without `again`.
   */
  async make(
    bug: ProductNamed & { readonly id: number },
    by: string,
    text: TicketText,
    { again }: { readonly again: boolean },
  ): Promise<TicketMade> {
    const { store, log } = this.#options;
    const connected = await this.#connect(bug);
    if (connected === null) return { is: 'no_tracker' };
    const claim = await store.tickets.claim(bug.id, { again });
    if (claim.is !== 'claimed')
      return claim.is === 'asking' || claim.is === 'unknown' ? claim : { is: claim.is };
    const { tracker, client, send } = connected;
    let name: TicketName | null = null;
    try {
      name = await client.create(tracker.settings, text, send);
    } catch (error) {
      const fault = faultOf(error);
      log.warn({ bug: bug.id, tracker: client.label, fault }, 'no ticket was made');
      if (error instanceof TrackerFailure && error.kind !== 'unknown') {
        await store.tickets.release(bug.id);
        return { is: 'refused', fault };
      }
      await store.tickets.lose(bug.id, fault);
      return (await store.tickets.claimOf(bug.id)) ?? { is: 'refused', fault };
    }
    if (name === null) {
      await store.tickets.lose(bug.id, 'the answer names no ticket');
      return (await store.tickets.claimOf(bug.id)) ?? { is: 'no_bug' };
    }
    await store.bugs.setTicket(bug.id, by, name.url);
    const watched = { ticket: name.url, ...name };
    await store.tickets.watch(bug, watched, { state: 'open', isClosed: false });
    await store.tickets.release(bug.id);
    log.info({ bug: bug.id, tracker: client.label, ticket: name.url }, 'a ticket was made');
    return { is: 'made', ticket: name };
  }

  /** A person set the ticket of a bug: nothing is made any longer, and its state is asked for where it is one of the product's tracker. */
  async linked(bug: ProductNamed & { readonly id: number }, ticket: string): Promise<void> {
    const { store } = this.#options;
    await store.tickets.release(bug.id);
    const name = await this.#named(bug, ticket);
    if (name !== null) await store.tickets.watch(bug, { ticket, ...name }, null);
  }

  /** Asks the tracker for a ticket's state now; null: the ticket is none of the product's tracker. */
  async refresh(product: ProductNamed, ticket: string): Promise<Ticket | null> {
    const { store } = this.#options;
    const name = await this.#named(product, ticket);
    if (name === null) return null;
    await store.tickets.watch(product, { ticket, ...name }, await this.#state(product, name.key));
    return store.tickets.ticketOf(product, ticket);
  }

  /** Does what a message says, and nothing that stands there already; throws `TrackerFailure`. */
  async tell(message: TicketMessage): Promise<void> {
    const connected = await this.#connect(message);
    const name = await this.#named(message, message.ticket);
    if (connected === null || name === null)
      throw new TrackerFailure('the ticket is none of the product’s tracker', { kind: 'refused' });
    const isClose = message.part === 'close';
    await (isClose
      ? setClosed(connected, name.key, message.what === 'closed')
      : this.#comment(connected, name.key, message));
    // What it says of itself now is learned with the next question, which comes soon.
    await this.#options.store.tickets.watch(
      message,
      { ticket: message.ticket, ...name },
      isClose ? await this.#state(message, name.key) : null,
    );
  }

  async #comment({ tracker, client, send }: Connected, key: string, message: TicketMessage): Promise<void> {
    const text = commentText(message, this.#options.reportsUrl, client.markup);
    // Of an earlier attempt nobody may know the end: its answer was lost, or the process died.
    if (message.attempts > 1) {
      const said = await client.commentsSince(tracker.settings, key, message.at - CLOCK_MS, send);
      if (said.some((one) => sameWords(one, text))) return;
    }
    await client.comment(tracker.settings, key, text, send);
  }

  async #state(product: ProductNamed, key: string): Promise<TicketAnswer> {
    const connected = await this.#connect(product);
    if (connected === null) return { fault: 'the product has no tracker with a token' };
    const { tracker, client, send } = connected;
    try {
      return (await client.show(tracker.settings, key, send)) ?? { fault: 'the answer says no state' };
    } catch (error) {
      return { fault: faultOf(error) };
    }
  }

  async #named(product: ProductNamed, ticket: string): Promise<TicketName | null> {
    const connected = await this.#connect(product);
    return connected?.client.named(connected.tracker.settings, ticket) ?? null;
  }

  async #connect(product: ProductNamed): Promise<Connected | null> {
    const tracker = await this.#options.store.tickets.tracker({
      account: product.account,
      product: product.product,
    });
    const client = tracker === null ? null : trackerClient(tracker.settings.kind);
    if (tracker === null || client === null || tracker.token === null) return null;
    const authorization = client.authorization(tracker.settings, tracker.token);
    return { tracker, client, send: (request) => this.#options.http(request, authorization) };
  }
}

/** A ticket that is so already (by hand, or by an attempt whose answer was lost) has nothing to refuse. */
async function setClosed({ tracker, client, send }: Connected, key: string, closed: boolean): Promise<void> {
  const { settings } = tracker;
  try {
    await (closed ? client.close(settings, key, send) : client.reopen(settings, key, send));
  } catch (error) {
    const now = await client.show(settings, key, send).catch(() => null);
    if (now?.isClosed !== closed) throw error;
  }
}

/** Trackers keep line breaks and ends of lines each in their own way. */
function sameWords(one: string, other: string): boolean {
  return one.trim().replaceAll(/\s+/g, ' ') === other.trim().replaceAll(/\s+/g, ' ');
}

/** What a comment says: nothing but versions and the address of the bug. */
function commentText(
  { what, detail, byPerson, bugId }: TicketMessage,
  reportsUrl: string,
  markup: Markup,
): string {
  const version = what === 'closed' ? /^in version (.+)$/s.exec(detail)?.[1] : undefined;
  const words =
    what === 'closed'
      ? version === undefined
        ? 'The crash was closed as fixed.'
        : `The crash was closed as fixed in version ${codeWords(version, markup)}.`
      : byPerson || detail === ''
        ? 'The crash was opened again.'
        : `The crash is open again: ${codeWords(detail, markup)}.`;
  return `${words}\n\n${bugUrl(reportsUrl, bugId)}`;
}

function faultOf(error: unknown): string {
  return oneLine(error instanceof Error ? error.message : String(error), MAX_FAULT);
}
