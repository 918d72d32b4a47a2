// The notifications of the contract, put together.
import type { NotificationStore } from '../../notifications.ts';
import type { House } from '../house.ts';
import { listDeliveries, listUntold } from './outbox.ts';
import { listSubscriptions } from './subscriptions.ts';
import { listWebhooks } from './webhooks.ts';

/** The notifications of an open store. */
export function createNotificationStore({ connection, writer, now }: House): NotificationStore {
  return {
    async listSubscriptions(userId) {
      return listSubscriptions(connection, userId);
    },
    saveSubscription: (subscription) => writer.write('saveSubscription', [subscription]),
    deleteSubscription: (userId, id) => writer.write('deleteSubscription', [userId, id]),
    async listWebhooks() {
      return listWebhooks(connection);
    },
    saveWebhook: (webhook) => writer.write('saveWebhook', [webhook]),
    deleteWebhook: (id) => writer.write('deleteWebhook', [id, now()]),
    async listUntold(limit) {
      return listUntold(connection, limit);
    },
    enqueue: (messages, told = []) => writer.write('enqueueMessages', [messages, told, now()]),
    takeDue: (limit) => writer.write('takeDueMessages', [limit, now()]),
    delivered: (id) => writer.write('messageDelivered', [id, now()]),
    undelivered: (id, error, retryAt) => writer.write('messageUndelivered', [id, error, retryAt, now()]),
    async listDeliveries(filter, limit) {
      return listDeliveries(connection, filter, limit);
    },
    forgetDeliveries: (before) => writer.write('forgetDeliveries', [before]),
  };
}
