// The JSON Schemas of notifications.
import { NOTICES } from '../../store/notifications.ts';
import type { Schema } from './operation.ts';

const id: Schema = { type: 'integer', minimum: 1 };
const time: Schema = { type: 'string', format: 'date-time' };
const timeOrNull: Schema = { type: ['string', 'null'], format: 'date-time' };
const notices: Schema = { type: 'array', items: { enum: NOTICES }, minItems: 1, uniqueItems: true };
const product: Schema = { type: ['string', 'null'], description: 'null: every product of the account.' };
const hour: Schema = { type: 'integer', minimum: 0, maximum: 23 };
const quietHours: Schema = {
  description: 'Hours of the day (UTC) in which mail waits; null: none.',
  anyOf: [
    { type: 'object', properties: { from: hour, to: hour }, required: ['from', 'to'] },
    { type: 'null' },
  ],
};
const url: Schema = { type: 'string', format: 'uri', maxLength: 2000 };
const format: Schema = { enum: ['mayday', 'slack'] };
const account: Schema = { type: 'string' };

const webhook = { account, product, url, format, notices, enabled: { type: 'boolean' } };

function object(properties: Readonly<Record<string, Schema>>, required = Object.keys(properties)): Schema {
  return { type: 'object', properties, required };
}

const list = (name: string, of: string): Schema =>
  object({ [name]: { type: 'array', items: { $ref: `#/components/schemas/${of}` } } });

export const NOTIFICATION_SCHEMAS = {
  Subscription: object({ id, account, product, notices, quietHours }),
  SubscriptionList: list('subscriptions', 'Subscription'),
  NewSubscription: {
    ...object({ account, product, notices, quietHours }, ['notices']),
    additionalProperties: false,
  },
  Webhook: object({ id, ...webhook }),
  WebhookList: list('webhooks', 'Webhook'),
  NewWebhook: { ...object(webhook, ['url']), additionalProperties: false },
  WebhookChange: {
    ...object({ ...webhook, newSecret: { type: 'boolean', description: 'true: replaces the secret.' } }, []),
    additionalProperties: false,
  },
  WebhookWithSecret: object(
    {
      id,
      ...webhook,
      secret: { type: 'string', description: 'Signs the bodies; shown only when it is made.' },
    },
    ['id', ...Object.keys(webhook)],
  ),
  Delivery: object({
    id,
    notice: { enum: [...NOTICES, 'test'] },
    bug: { type: ['integer', 'null'] },
    state: { enum: ['due', 'delivered', 'given_up'] },
    attempts: { type: 'integer', minimum: 0 },
    createdAt: time,
    dueAt: { ...timeOrNull, description: 'When it is tried (again); null: no more.' },
    deliveredAt: timeOrNull,
    lastError: { type: ['string', 'null'] },
  }),
  DeliveryList: list('deliveries', 'Delivery'),
} as const satisfies Readonly<Record<string, Schema>>;
