// Subscriptions, webhooks and deliveries as the API gives them. Secrets of a webhook are never among it: not
// what it signs with, no access token, and no address that is one.
import type { Delivery, Subscription, Webhook } from '../../store/notifications.ts';
import { shownAddress } from './notification-wish.ts';
import { isoTime } from './report-json.ts';

export function subscriptionJson({ id, account, product, notices, quietHours, search = null }: Subscription) {
  return { id, account, product, notices, quietHours, search };
}

export function webhookJson(webhook: Webhook) {
  const { id, account, product, format, notices, enabled, search = null, room = null } = webhook;
  return { id, account, product, url: shownAddress(webhook), format, notices, enabled, search, room };
}

export function deliveryJson(delivery: Delivery) {
  const { id, notice, bugId, state, attempts, lastError } = delivery;
  return {
    id,
    notice,
    bug: bugId,
    state,
    attempts,
    createdAt: isoTime(delivery.createdAt),
    againAt: isoTime(delivery.againAt),
    dueAt: state === 'due' ? isoTime(delivery.dueAt) : null,
    deliveredAt: isoTime(delivery.deliveredAt),
    lastError,
  };
}
