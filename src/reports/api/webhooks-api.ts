// API: webhooks, their test and their delivery log.
import type { Webhook } from '../../store/notifications.ts';
import { deliveryJson, webhookJson } from '../view/notification-json.ts';
import { checkWebhook, MAX_WEBHOOKS, newWebhookSecret } from '../view/notification-wish.ts';
import { NOT_GIVEN_UP, sentAgain } from '../view/sent-again.ts';
import { enqueueTest } from '../view/test-notice.ts';
import type { ApiRequest, Operation, Parameter } from '../operations/operation.ts';
import { ApiError } from '../operations/operation.ts';
import { schemaRef } from '../operations/schemas.ts';

/** Rows of the delivery log. */
const MAX_LOG = 200;

const ID: Parameter = { name: 'id', in: 'path', description: '`id` of the webhook.' };

async function namedWebhook(request: ApiRequest): Promise<Webhook> {
  const all = await request.seen.settings.webhooks();
  const found = all.find(({ id }) => String(id) === request.param('id'));
  if (found === undefined) throw new ApiError(404, 'no_such_webhook', 'There is no such webhook.');
  return found;
}

const answer = (status: 200 | 201, description: string, schema: Parameters<typeof schemaRef>[0]) =>
  ({ status, description, contentType: 'application/json', schema: schemaRef(schema) }) as const;

export const webhookOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/webhooks',
    id: 'listWebhooks',
    summary: 'All webhooks, without their secrets',
    access: 'admin',
    answer: answer(200, 'The webhooks.', 'WebhookList'),
    async run({ c, seen }) {
      return c.json({ webhooks: (await seen.settings.webhooks()).map(webhookJson) });
    },
  },
  {
    method: 'post',
    path: '/api/webhooks',
    id: 'createWebhook',
    summary: 'Tell a server of bugs',
    description: 'docs/notifications.md describes the bodies and how to check their signature.',
    access: 'admin',
    requestBody: schemaRef('NewWebhook'),
    answer: answer(201, 'The webhook with its secret, shown this once.', 'WebhookWithSecret'),
    failures: [400],
    async run(request) {
      const checked = await checkWebhook(await request.body(), request.context, null, request.seen);
      if (!checked.ok) throw new ApiError(400, 'bad_webhook', checked.fault);
      if ((await request.seen.settings.webhookCount()) >= MAX_WEBHOOKS) {
        throw new ApiError(400, 'bad_webhook', `There are ${MAX_WEBHOOKS} webhooks already.`);
      }
      const secret = newWebhookSecret();
      const saved = await request.seen.settings.saveWebhook({ ...checked.value, secret });
      return request.c.json({ ...webhookJson(saved), secret }, 201);
    },
  },
  {
    method: 'get',
    path: '/api/webhooks/{id}',
    id: 'getWebhook',
    summary: 'One webhook, without its secret',
    access: 'admin',
    parameters: [ID],
    answer: answer(200, 'The webhook.', 'Webhook'),
    failures: [404],
    async run(request) {
      return request.c.json(webhookJson(await namedWebhook(request)));
    },
  },
  {
    method: 'patch',
    path: '/api/webhooks/{id}',
    id: 'changeWebhook',
    summary: 'Change a webhook',
    description: 'What the body does not name stays as it is.',
    access: 'admin',
    parameters: [ID],
    requestBody: schemaRef('WebhookChange'),
    answer: answer(
      200,
      'The webhook after the change; with its secret where that is new.',
      'WebhookWithSecret',
    ),
    failures: [400, 404],
    async run(request) {
      const { newSecret = false, ...fields } = await request.body();
      const before = await namedWebhook(request);
      const checked = await checkWebhook(fields, request.context, before, request.seen);
      if (!checked.ok) throw new ApiError(400, 'bad_webhook', checked.fault);
      if (typeof newSecret !== 'boolean') {
        throw new ApiError(400, 'bad_webhook', '"newSecret" must be true or false.');
      }
      const secret = newSecret ? newWebhookSecret() : before.secret;
      const saved = await request.seen.settings.saveWebhook({ ...checked.value, secret, id: before.id });
      return request.c.json({ ...webhookJson(saved), ...(newSecret && { secret }) });
    },
  },
  {
    method: 'delete',
    path: '/api/webhooks/{id}',
    id: 'deleteWebhook',
    summary: 'Delete a webhook',
    description: 'What still waits for it is given up.',
    access: 'admin',
    parameters: [ID],
    answer: { status: 204, description: 'It is gone.' },
    failures: [404],
    async run(request) {
      const { id } = await namedWebhook(request);
      await request.seen.settings.deleteWebhook(id);
      return request.c.body(null, 204);
    },
  },
  {
    method: 'post',
    path: '/api/webhooks/{id}/test',
    id: 'testWebhook',
    summary: 'Send a test message',
    description: 'It goes the way of all others; the delivery log shows what became of it.',
    access: 'admin',
    parameters: [ID],
    answer: { status: 204, description: 'It is on its way.' },
    failures: [404],
    async run(request) {
      const { id } = await namedWebhook(request);
      await enqueueTest(request.context, request.person, { channel: 'webhook', target: String(id) });
      return request.c.body(null, 204);
    },
  },
  {
    method: 'get',
    path: '/api/webhooks/{id}/deliveries',
    id: 'listDeliveries',
    summary: 'The delivery log of a webhook',
    access: 'admin',
    parameters: [ID],
    answer: answer(200, `The last ${MAX_LOG} messages, newest first.`, 'DeliveryList'),
    failures: [404],
    async run(request) {
      const { id } = await namedWebhook(request);
      const log = await request.seen.settings.deliveriesTo(id, MAX_LOG);
      return request.c.json({ deliveries: log.map(deliveryJson) });
    },
  },
  {
    method: 'post',
    path: '/api/webhooks/{id}/deliveries/{delivery}/again',
    id: 'sendDeliveryAgain',
    summary: 'Send a message again that was given up',
    description: 'It is due at once, under the same delivery id; its attempts begin anew.',
    access: 'admin',
    parameters: [ID, { name: 'delivery', in: 'path', description: '`id` of the delivery.' }],
    answer: { status: 204, description: 'It is on its way.' },
    failures: [404],
    async run(request) {
      const webhook = await namedWebhook(request);
      if (!(await sentAgain(request.seen.settings, request.param('delivery'), { webhookId: webhook.id })))
        throw new ApiError(404, 'no_such_delivery', NOT_GIVEN_UP);
      return request.c.body(null, 204);
    },
  },
];
