// /webhooks: the servers that are told of bugs.
import { html } from 'hono/html';
import type { Webhook } from '../../../store/notifications.ts';
import { checkWebhook, MAX_WEBHOOKS, newWebhookSecret, shownAddress } from '../../view/notification-wish.ts';
import { faultBox, form } from '../components/form-controls.ts';
import { noticeWords, scopeWords } from '../components/notification-choices.ts';
import { table } from '../components/table.ts';
import { cut } from '../components/value-table.ts';
import { readWebhookFields, webhookFields } from '../components/webhook-form.ts';
import type { Form, Html, MemberPage, MemberRequest, PageAnswer } from '../page.ts';
import { showWebhook } from './webhook.ts';

export const webhooksPage: MemberPage = {
  path: '/webhooks',
  access: 'admin',
  nav: 'webhooks',
  view: (request) => show(request, null),
  actions: { create: { access: 'admin', run: create } },
};

async function create(request: MemberRequest, form: Form): Promise<PageAnswer> {
  const checked = await checkWebhook(readWebhookFields(form, null), request.context, null, request.seen);
  if (!checked.ok) return show(request, checked.fault);
  if ((await request.seen.settings.webhookCount()) >= MAX_WEBHOOKS) {
    return show(request, `There are ${MAX_WEBHOOKS} webhooks already.`);
  }
  const webhook = await request.seen.settings.saveWebhook({ ...checked.value, secret: newWebhookSecret() });
  return showWebhook(request, webhook, { secret: webhook.secret });
}

async function show(request: MemberRequest, fault: string | null): Promise<PageAnswer> {
  const { seen, csrf } = request;
  const webhooks = await seen.settings.webhooks();
  return {
    kind: 'html',
    title: 'Webhooks',
    status: fault === null ? 200 : 400,
    body: html`<h1>Webhooks</h1>
      <p class="lead">Servers and chats that Mayday tells of new, reopened, recurring and spiking bugs, and that <a href="/alerts">alert rules</a> write to.</p>
      ${webhooks.length === 0 ? html`<p class="empty">There are none.</p>` : list(webhooks)}
      <section aria-labelledby="add">
        <h2 id="add">Add a webhook</h2>
        ${faultBox(fault)}
        ${form({ to: '/webhooks', action: 'create', csrf }, html`${await webhookFields(seen.settings, null)} <button>Add webhook</button>`)}
      </section>`,
  };
}

function list(webhooks: readonly Webhook[]): Html {
  return table({
    caption: 'Webhooks',
    rows: webhooks,
    columns: [
      {
        label: 'Address',
        cell: (webhook) =>
          html`<a href="/webhooks/${webhook.id}" class="row">${cut(shownAddress(webhook))}</a>`,
      },
      { label: 'Product', cell: scopeWords },
      {
        label: 'Told of',
        cell: ({ notices }) => (notices.length === 0 ? 'alerts only' : noticeWords(notices)),
      },
      { label: 'Body', wideOnly: true, cell: ({ format }) => format },
      { label: 'State', cell: ({ enabled }) => (enabled ? 'on' : 'off') },
    ],
  });
}
