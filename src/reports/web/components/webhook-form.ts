// The fields of a webhook, for the list page (a new one) and the page of one.
import { html } from 'hono/html';
import { TARGETS } from '../../../alerts/targets/target-registry.ts';
import type { Webhook } from '../../../store/notifications.ts';
import type { SeenSettings } from '../../gate/seen-settings.ts';
import { hidesAddress, shownAddress } from '../../view/notification-wish.ts';
import type { Form, Html } from '../page.ts';
import { checkbox, field, select } from './form-controls.ts';
import { notificationChoices, readChoices } from './notification-choices.ts';

/** The fields, filled with what is there; secrets are never filled in. */
export async function webhookFields(settings: SeenSettings, webhook: Webhook | null): Promise<Html> {
  const hidden = webhook !== null && hidesAddress(webhook);
  return html`${select({
    name: 'format',
    label: 'What is written to',
    value: webhook?.format ?? 'mayday',
    choices: TARGETS.map(({ name, label }) => ({ value: name, label })),
  })}
  ${field({
    name: 'url',
    label: 'Address',
    required: !hidden,
    maxLength: 2000,
    value: webhook === null || hidden ? '' : webhook.url,
    placeholder: webhook !== null && hidden ? shownAddress(webhook) : 'https://chat.example.com/hooks/…',
    hint: `${hidden ? 'Leave it empty to keep the one that is there. ' : ''}http or https. Private addresses only where the setting WEBHOOK_ALLOW_PRIVATE allows them.`,
  })}
  ${TARGETS.map(({ label, address }) => html`<p class="hint">${label}: ${address}</p>`)}
  <fieldset>
    <legend>Matrix only</legend>
    ${field({
      name: 'room',
      label: 'Room id',
      value: webhook?.room ?? '',
      maxLength: 255,
      placeholder: '!abc:example.org',
    })}
    ${field({
      name: 'token',
      label: 'Access token',
      type: 'password',
      autocomplete: 'off',
      value: '',
      maxLength: 4000,
      hint: `Of the account that writes, which has joined the room. It is never shown${webhook?.token === null || webhook === null ? '' : '; leave it empty to keep the one that is there'}.`,
    })}
  </fieldset>
  ${await notificationChoices(settings, webhook)}
  ${field({
    name: 'search',
    label: 'Only bugs that match a search',
    value: webhook?.search ?? '',
    maxLength: 3000,
    placeholder: 'version:>=2.1 platform:windows',
    hint: 'A crash of the last day must match. Empty: every bug.',
  })}
  ${checkbox({ name: 'enabled', label: 'Switched on', checked: webhook?.enabled ?? true })}`;
}

/** What the fields say, unchecked. An empty secret is the one that is there. */
export function readWebhookFields(form: Form, before: Webhook | null): Readonly<Record<string, unknown>> {
  const url = form.text('url').trim();
  const token = form.text('token').trim();
  return {
    ...readChoices(form),
    ...(url === '' && before !== null && hidesAddress(before) ? {} : { url }),
    format: form.text('format'),
    enabled: form.checked('enabled'),
    search: form.text('search'),
    room: form.text('room').trim(),
    // Not the one that is kept: a token that is not given again goes to no other address.
    ...(token !== '' && { token }),
  };
}
