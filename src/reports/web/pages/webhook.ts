// /webhooks/<id>: one webhook: settings, secret, test, delivery log.
import { html } from 'hono/html';
import type { Webhook } from '../../../store/notifications.ts';
import { checkWebhook, newWebhookSecret } from '../../view/notification-wish.ts';
import { NOT_GIVEN_UP, sentAgain } from '../../view/sent-again.ts';
import { enqueueTest } from '../../view/test-notice.ts';
import { codeBlock } from '../components/code.ts';
import { deliveryLog } from '../components/delivery-log.ts';
import { faultBox, form } from '../components/form-controls.ts';
import { readWebhookFields, webhookFields } from '../components/webhook-form.ts';
import type { Form, Html, MemberPage, MemberRequest, PageAnswer } from '../page.ts';
import { PageError } from '../page.ts';

const LOG_ROWS = 50;

export const webhookPage: MemberPage = {
  path: '/webhooks/:id',
  access: 'admin',
  nav: 'webhooks',
  view: async (request) => showWebhook(request, await named(request), {}),
  actions: {
    save: { access: 'admin', run: save },
    secret: { access: 'admin', run: renewSecret },
    test: { access: 'admin', run: sendTest },
    again: { access: 'admin', run: sendAgain },
    delete: { access: 'admin', run: remove },
  },
};

async function named(request: MemberRequest): Promise<Webhook> {
  const webhooks = await request.seen.settings.webhooks();
  const webhook = webhooks.find(({ id }) => String(id) === request.param('id'));
  if (webhook === undefined) {
    throw new PageError(404, 'There is no such webhook.', 'The webhooks page lists them all.');
  }
  return webhook;
}

async function save(request: MemberRequest, form: Form): Promise<PageAnswer> {
  const before = await named(request);
  const checked = await checkWebhook(readWebhookFields(form, before), request.context, before, request.seen);
  if (!checked.ok) return showWebhook(request, before, { fault: checked.fault });
  await request.seen.settings.saveWebhook({ ...before, ...checked.value });
  return { kind: 'redirect', to: `/webhooks/${before.id}`, done: 'saved' };
}

async function renewSecret(request: MemberRequest): Promise<PageAnswer> {
  const webhook = { ...(await named(request)), secret: newWebhookSecret() };
  await request.seen.settings.saveWebhook(webhook);
  return showWebhook(request, webhook, { secret: webhook.secret });
}

async function sendTest(request: MemberRequest): Promise<PageAnswer> {
  const { id } = await named(request);
  await enqueueTest(request.context, request.person, { channel: 'webhook', target: String(id) });
  return { kind: 'redirect', to: `/webhooks/${id}`, done: 'tested' };
}

async function sendAgain(request: MemberRequest, posted: Form): Promise<PageAnswer> {
  const webhook = await named(request);
  if (!(await sentAgain(request.seen.settings, posted.text('delivery'), { webhookId: webhook.id })))
    return showWebhook(request, webhook, { fault: NOT_GIVEN_UP });
  return { kind: 'redirect', to: `/webhooks/${webhook.id}`, done: 'again' };
}

async function remove(request: MemberRequest): Promise<PageAnswer> {
  await request.seen.settings.deleteWebhook((await named(request)).id);
  return { kind: 'redirect', to: '/webhooks', done: 'webhook-deleted' };
}

/** The page of a webhook; a secret that was just made is shown this once. */
export async function showWebhook(
  { seen, csrf, now }: MemberRequest,
  webhook: Webhook,
  shown: { readonly fault?: string; readonly secret?: string },
): Promise<PageAnswer> {
  const to = `/webhooks/${webhook.id}`;
  const log = await seen.settings.deliveriesTo(webhook.id, LOG_ROWS);
  const button = (action: string, label: string): Html =>
    form({ to, action, csrf, className: 'inline' }, html`<button>${label}</button>`);
  return {
    kind: 'html',
    title: 'Webhook',
    status: shown.fault === undefined ? 200 : 400,
    secret: shown.secret !== undefined,
    body: html`<p><a href="/webhooks">All webhooks</a></p>
      <h1>Webhook</h1>
      ${shown.secret === undefined ? null : secretBox(shown.secret)} ${faultBox(shown.fault ?? null)}
      ${form({ to, action: 'save', csrf }, html`${await webhookFields(seen.settings, webhook)} <button>Save</button>`)}
      <section aria-labelledby="deliveries">
        <h2 id="deliveries">Deliveries</h2>
        ${button('test', 'Send a test')} ${deliveryLog(log, { now, csrf, to })}
      </section>
      <section aria-labelledby="more">
        <h2 id="more">Secret and end</h2>
        <p>
          What is sent to a server or to Slack carries an HMAC-SHA256 of its body under the secret. A new secret replaces
          the old one at once.
        </p>
        ${button('secret', 'Make a new secret')} ${button('delete', 'Delete this webhook')}
      </section>`,
  };
}

function secretBox(secret: string): Html {
  return html`<div class="done" role="status">
    <p>This is the secret. It is shown this once; keep it where the receiver finds it.</p>
    ${codeBlock({ id: 'new-secret', label: 'The secret of the webhook', text: secret })}
  </div>`;
}
