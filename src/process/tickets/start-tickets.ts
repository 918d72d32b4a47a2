// Tells trackers what happened to bugs with tickets, and asks them for the states of tickets: one message and one question a turn, so that a
// hundred bugs closed at once are no burst. Beside the role process.
import type { Log } from '../../base/log.ts';
import type { Metrics } from '../../base/metrics.ts';
import type { Store } from '../../store/store.ts';
import { backoffMs } from '../notify/delivery-backoff.ts';
import { Turns } from '../repeated-turns.ts';
import { TicketDesk } from './ticket-desk.ts';
import { TrackerFailure } from './tracker-failure.ts';
import type { TrackerHttp } from './tracker-http.ts';

/** At most 30 messages and 30 questions a minute, whatever happens. */
const POLL_MS = 2000;
const MAX_PAUSE_MS = 6 * 3_600_000;

export interface TicketsOptions {
  readonly store: Pick<Store, 'tickets' | 'bugs'>;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly http: TrackerHttp;
  readonly privateHosts: readonly string[];
  readonly reportsUrl: string;
  /** A message that a tracker did not take for this long is given up. */
  readonly giveUpMs: number;
  readonly now?: () => number;
  readonly random?: () => number;
  readonly pollMs?: number;
}

/** Starts; `close` ends what is under way, then resolves. */
export function startTickets(options: TicketsOptions): { close(): Promise<void> } {
  const { store, log, metrics, giveUpMs, now = Date.now, random = Math.random, pollMs = POLL_MS } = options;
  const desk = new TicketDesk({ ...options, reportsUrl: options.reportsUrl.replace(/\/+$/, '') });
  const stopping = new AbortController();
  const turns = new Turns(
    async () => {
      const hasMore = await store.tickets.gatherMessages();
      for (const message of await store.tickets.takeMessages(1)) {
        try {
          await desk.tell(message);
          await store.tickets.messageDone(message.id);
          metrics.trackerMessages.inc({ outcome: 'done' });
        } catch (error) {
          const failure = error instanceof TrackerFailure ? error : null;
          const isFinal = failure?.kind === 'refused' || now() - message.at > giveUpMs;
          const pause =
            failure?.retryAfterMs ?? backoffMs(message.attempts, { maxMs: MAX_PAUSE_MS, random: random() });
          const words = error instanceof Error ? error.message : String(error);
          await store.tickets.messageFailed(message.id, words, isFinal ? null : now() + pause);
          metrics.trackerMessages.inc({ outcome: isFinal ? 'given_up' : 'delayed' });
        }
      }
      for (const ticket of await store.tickets.takeTickets(1)) {
        // A tracker whose token was taken away is asked no more than one that does not answer.
        if ((await desk.refresh(ticket, ticket.ticket)) === null)
          await store.tickets.watch(ticket, ticket, { fault: 'the product has no token for its tracker' });
      }
      return hasMore;
    },
    { name: 'telling trackers', pollMs, log, signal: stopping.signal },
  );
  return {
    async close() {
      stopping.abort();
      await turns.done;
    },
  };
}
