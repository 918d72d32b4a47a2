// Subscriptions, webhooks and deliveries as the API gives them. The secret of a webhook is never among it.
import type { Delivery, Subscription, Webhook } from '../../store/notifications.ts';
import { isoTime } from './report-json.ts';

export function subscriptionJson({ id, account, product, notices, quietHours }: Subscription) {
  return { id, account, product, notices, quietHours };
}

export function webhookJson({ id, account, product, url, format, notices, enabled }: Webhook) {
  return { id, account, product, url, format, notices, enabled };
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
    dueAt: state === 'due' ? isoTime(delivery.dueAt) : null,
    deliveredAt: isoTime(delivery.deliveredAt),
    lastError,
  };
}
