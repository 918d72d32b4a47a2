// The tickets of the contract, put together. What is asked every few seconds looks before it writes.
import type { TicketStore } from '../tickets.ts';
import type { StoreParts } from './store-parts.ts';
import { hasDueMessages, hasNewEvents, listTicketMessages } from './tickets/ticket-messages.ts';
import { claimOf, hasDueTickets, ticketOf } from './tickets/ticket-rows.ts';
import { trackerOf } from './tickets/tracker-rows.ts';

/** The tickets of an open store. */
export function createTicketStore({ connection, writer, secrets, now }: StoreParts): TicketStore {
  return {
    async tracker(product) {
      const tracker = trackerOf(connection, product);
      if (tracker === null || tracker.token === null) return tracker;
      const token = secrets.open(tracker.token, 'tracker token');
      return { ...tracker, token, tokenLost: token === null };
    },
    async saveTracker(product, settings, token) {
      const sealed = typeof token === 'string' ? secrets.seal(token, 'tracker token') : token;
      return writer.write('saveTracker', [product, settings, sealed]);
    },
    deleteTracker: (product) => writer.write('deleteTracker', [product, now()]),
    claim: (bugId, { again }) => writer.write('claimTicket', [bugId, again, now()]),
    async claimOf(bugId) {
      return claimOf(connection, bugId, now());
    },
    release: (bugId) => writer.write('releaseTicket', [bugId]),
    lose: (bugId, fault) => writer.write('loseTicket', [bugId, fault, now()]),
    async ticketOf(product, ticket) {
      return ticketOf(connection, product, ticket);
    },
    watch: (product, ticket, answer) => writer.write('watchTicket', [product, ticket, answer, now()]),
    async takeTickets(limit) {
      return hasDueTickets(connection, now()) ? writer.write('takeTickets', [limit, now()]) : [];
    },
    async gatherMessages() {
      return hasNewEvents(connection) ? writer.write('gatherTicketMessages', [now()]) : false;
    },
    async takeMessages(limit) {
      return hasDueMessages(connection, now()) ? writer.write('takeTicketMessages', [limit, now()]) : [];
    },
    messageDone: (id) => writer.write('ticketMessageDone', [id, now()]),
    messageFailed: (id, error, retryAt) =>
      writer.write('ticketMessageFailed', [id, { error, retryAt }, now()]),
    async listMessages(product, limit) {
      return listTicketMessages(connection, product, limit);
    },
  };
}
