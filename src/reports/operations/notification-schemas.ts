// The JSON Schemas of notifications.
import { TARGETS } from '../../alerts/targets/target-registry.ts';
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
const url: Schema = {
  type: 'string',
  format: 'uri',
  maxLength: 2000,
  description: 'Of chats where it is a secret, only where it leads is given back.',
};
const format: Schema = { enum: TARGETS.map(({ name }) => name) };
const search: Schema = {
  type: ['string', 'null'],
  description: 'Only bugs of which a crash of the last day matches this search are told; null: all.',
};
const room: Schema = { type: ['string', 'null'], description: 'Of Matrix: the id of the room.' };
const token: Schema = {
  type: ['string', 'null'],
  description: 'Of Matrix: an access token; it is never given back.',
};
const webhookNotices: Schema = {
  type: 'array',
  items: { enum: NOTICES },
  uniqueItems: true,
  description: 'Empty: only alert rules send there.',
};
const account: Schema = { type: 'string' };

const webhook = {
  account,
  product,
  url,
  format,
  notices: webhookNotices,
  enabled: { type: 'boolean' },
  search,
  room,
};

function object(properties: Readonly<Record<string, Schema>>, required = Object.keys(properties)): Schema {
  return { type: 'object', properties, required };
}

const list = (name: string, of: string): Schema =>
  object({ [name]: { type: 'array', items: { $ref: `#/components/schemas/${of}` } } });

export const NOTIFICATION_SCHEMAS = {
  Subscription: object({ id, account, product, notices, quietHours, search }),
  SubscriptionList: list('subscriptions', 'Subscription'),
  NewSubscription: {
    ...object({ account, product, notices, quietHours, search }, ['notices']),
    additionalProperties: false,
  },
  Webhook: object({ id, ...webhook }),
  WebhookList: list('webhooks', 'Webhook'),
  NewWebhook: { ...object({ ...webhook, token }, ['url']), additionalProperties: false },
  WebhookChange: {
    ...object(
      { ...webhook, token, newSecret: { type: 'boolean', description: 'true: replaces the secret.' } },
      [],
    ),
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
    notice: { enum: [...NOTICES, 'alert', 'test'] },
    bug: { type: ['integer', 'null'] },
    state: { enum: ['due', 'delivered', 'given_up'] },
    attempts: { type: 'integer', minimum: 0 },
    createdAt: time,
    againAt: { ...timeOrNull, description: 'When somebody had it sent again after it was given up.' },
    dueAt: { ...timeOrNull, description: 'When it is tried (again); null: no more.' },
    deliveredAt: timeOrNull,
    lastError: { type: ['string', 'null'] },
  }),
  DeliveryList: list('deliveries', 'Delivery'),
} as const satisfies Readonly<Record<string, Schema>>;
