// Webhooks and people as targets of alerts, in words; secret addresses are not among them.
import { targetNamed } from '../../alerts/targets/target-registry.ts';
import type { AlertTarget } from '../../store/alerts.ts';
import type { Webhook } from '../../store/notifications.ts';
import type { User } from '../../store/people.ts';
import { shownAddress } from './notification-wish.ts';

/** `Slack: https://hooks.slack.com/… (12)`. */
export function maskedTarget(webhook: Webhook): string {
  const name = targetNamed(webhook.format)?.short ?? webhook.format;
  const where = webhook.room ?? shownAddress(webhook);
  return `${name}: ${where} (webhook ${webhook.id})`;
}

/** Whom a rule tells, each in a few words. */
export function targetWords(
  targets: readonly AlertTarget[],
  known: { readonly webhooks: readonly Webhook[]; readonly users: readonly User[] },
): readonly string[] {
  return targets.map((target) => {
    if (target.kind === 'mail')
      return known.users.find(({ id }) => id === target.userId)?.email ?? 'somebody who is gone';
    const webhook = known.webhooks.find(({ id }) => id === target.webhookId);
    return webhook === undefined ? 'a webhook that is gone' : maskedTarget(webhook);
  });
}
