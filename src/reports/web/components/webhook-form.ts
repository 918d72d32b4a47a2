// The fields of a webhook, for the list page (a new one) and the page of one.
import { html } from 'hono/html';
import type { Webhook } from '../../../store/notifications.ts';
import type { ReportsContext } from '../../reports-context.ts';
import type { Form, Html } from '../page.ts';
import { checkbox, field, select } from './form-controls.ts';
import { notificationChoices, readChoices } from './notification-choices.ts';

/** The fields, filled with what is there. */
export async function webhookFields(context: ReportsContext, webhook: Webhook | null): Promise<Html> {
  return html`${field({
    name: 'url',
    label: 'Address',
    required: true,
    maxLength: 2000,
    value: webhook?.url ?? '',
    placeholder: 'https://chat.example.com/hooks/…',
    hint: 'http or https. Private addresses only where the setting WEBHOOK_ALLOW_PRIVATE allows them.',
  })}
  ${select({
    name: 'format',
    label: 'Body',
    value: webhook?.format ?? 'mayday',
    choices: [
      { value: 'mayday', label: 'JSON of Mayday' },
      { value: 'slack', label: 'Slack, Mattermost, Rocket.Chat and the like' },
    ],
  })}
  ${await notificationChoices(context, webhook)}
  ${checkbox({ name: 'enabled', label: 'Switched on', checked: webhook?.enabled ?? true })}`;
}

/** What the fields say, unchecked. */
export function readWebhookFields(form: Form): Readonly<Record<string, unknown>> {
  return {
    ...readChoices(form),
    url: form.text('url').trim(),
    format: form.text('format'),
    enabled: form.checked('enabled'),
  };
}
