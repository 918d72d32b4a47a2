// The notifications of the contract, put together.
import type { NotificationStore } from '../notifications.ts';
import type { StoreParts } from './store-parts.ts';
import { pendingComments } from './notifications/comment-rows.ts';
import { listDeliveries, listPendingNotices } from './notifications/outbox.ts';
import { listSubscriptions } from './notifications/subscription-rows.ts';
import { listWebhooks } from './notifications/webhook-rows.ts';

/** The notifications of an open store. */
export function createNotificationStore({ connection, writer, secrets, now }: StoreParts): NotificationStore {
  return {
    async listSubscriptions(userId) {
      return listSubscriptions(connection, userId);
    },
    saveSubscription: (subscription) => writer.write('saveSubscription', [subscription]),
    deleteSubscription: (userId, id) => writer.write('deleteSubscription', [userId, id]),
    async listWebhooks() {
      return listWebhooks(connection).map((webhook) =>
        // One whose key is missing keeps its sealed text: nothing is lost when the webhook is saved.
        Object.assign(webhook, {
          secret: secrets.open(webhook.secret, 'webhook') ?? webhook.secret,
          token:
            typeof webhook.token === 'string'
              ? (secrets.open(webhook.token, 'webhook token') ?? webhook.token)
              : null,
        }),
      );
    },
    async saveWebhook(webhook) {
      const { secret, token = null } = webhook;
      const sealed = {
        secret: secrets.seal(secret, 'webhook'),
        token: token === null ? null : secrets.seal(token, 'webhook token'),
      };
      return { ...(await writer.write('saveWebhook', [{ ...webhook, ...sealed }])), secret, token };
    },
    deleteWebhook: (id) => writer.write('deleteWebhook', [id, now()]),
    async listPendingNotices(limit) {
      return listPendingNotices(connection, limit);
    },
    async pendingComments() {
      return pendingComments(connection);
    },
    commentsTold: (until) => writer.write('noteCommentsTold', [until]),
    enqueue: (messages, told = []) => writer.write('enqueueMessages', [messages, told, now()]),
    takeDue: (limit) => writer.write('takeDueMessages', [limit, now()]),
    delivered: (id) => writer.write('messageDelivered', [id, now()]),
    undelivered: (id, error, retryAt) => writer.write('messageUndelivered', [id, error, retryAt, now()]),
    sendAgain: (id, of) => writer.write('sendAgain', [id, of, now()]),
    async listDeliveries(filter, limit) {
      return listDeliveries(connection, filter, limit);
    },
    forgetDeliveries: (before) => writer.write('forgetDeliveries', [before]),
  };
}
