// API: keys (DSNs) of products, what they decide about their clients, what was not kept, release health, feedback.
import { PRIVACY_MODES } from '../../report/client-rules.ts';
import { isoTime } from '../view/report-json.ts';
import {
  checkClientRules,
  checkDsnId,
  checkKeyChange,
  checkNewKey,
  daysAgo,
  dsnOf,
  type Checked,
} from '../view/client-settings.ts';
import type { ApiRequest, Operation, Parameter, Schema } from '../operations/operation.ts';
import { ApiError } from '../operations/operation.ts';
import { namedProduct, PRODUCT_PARAMETERS } from './products-api.ts';

const PATH = '/api/products/{account}/{product}';
const MAX_ROWS = 5000;
const MAX_DAYS = 400;
const KEY_PARAMETER: Parameter = { name: 'key', in: 'path', description: 'The number of the key.' };
const DAYS: Parameter = {
  name: 'days',
  in: 'query',
  description: `How many days back; 30 unless said, at most ${MAX_DAYS}.`,
  schema: { type: 'integer', minimum: 1, maximum: MAX_DAYS },
};

const text: Schema = { type: 'string' };
const whole: Schema = { type: 'integer' };
const yesNo: Schema = { type: 'boolean' };
const texts: Schema = { type: 'array', items: text };
const object = (properties: Readonly<Record<string, Schema>>): Schema => ({ type: 'object', properties });
const listOf = (name: string, item: Schema): Schema => object({ [name]: { type: 'array', items: item } });

const filters = object({ browserExtensions: yesNo, crawlers: yesNo, oldBrowsers: yesNo, localhost: yesNo });
const rules = object({
  filters,
  releases: texts,
  messages: texts,
  origins: texts,
  privacy: { enum: PRIVACY_MODES },
  privateKeys: texts,
  keepAddress: yesNo,
});
const perMinute: Schema = { type: ['integer', 'null'] };
const keySchema = object({
  id: whole,
  key: text,
  dsn: text,
  label: text,
  createdAt: text,
  enabled: yesNo,
  perMinute,
});
const clients = object({ dsnId: whole, keys: { type: 'array', items: keySchema }, rules });

const answer = {
  status: 200,
  description: 'Keys and rules.',
  contentType: 'application/json',
  schema: clients,
} as const;

function required<T>(checked: Checked<T>): T {
  if (!checked.ok) throw new ApiError(400, 'bad_value', checked.fault);
  return checked.value;
}

async function settingsJson(
  request: ApiRequest,
  { account, name }: { readonly account: string; readonly name: string },
) {
  const { store, submitUrl } = request.context;
  const settings = await store.clientKeys.settings(account, name);
  if (settings === null) throw new ApiError(404, 'no_such_product', 'There is no such product.');
  const { dsnId, keys, rules: decided } = settings;
  return {
    dsnId,
    keys: keys.map((key) => ({
      id: key.id,
      key: key.key,
      dsn: dsnOf(submitUrl, key.key, dsnId),
      label: key.label,
      createdAt: isoTime(key.createdAt),
      enabled: key.enabled,
      perMinute: key.perMinute,
    })),
    rules: decided,
  };
}

function sinceOf({ query, context }: ApiRequest): string {
  const given = query.get('days');
  const days = given === null ? 30 : Number(given);
  if (!Number.isInteger(days) || days < 1 || days > MAX_DAYS) {
    throw new ApiError(400, 'bad_value', `"days" must be a whole number from 1 to ${MAX_DAYS}.`);
  }
  return daysAgo(context.now(), days - 1);
}

function keyId(request: ApiRequest): number {
  const id = Number(request.param('key'));
  if (!Number.isInteger(id)) throw new ApiError(404, 'no_such_key', 'There is no such key.');
  return id;
}

export const clientOperations: readonly Operation[] = [
  {
    method: 'get',
    path: `${PATH}/clients`,
    id: 'getProductClients',
    summary: 'Keys (DSNs) of a product, and what it decides about its clients',
    access: 'read',
    parameters: PRODUCT_PARAMETERS,
    answer,
    failures: [404],
    async run(request) {
      return request.c.json(await settingsJson(request, await namedProduct(request)));
    },
  },
  {
    method: 'patch',
    path: `${PATH}/clients`,
    id: 'changeProductClients',
    summary: 'Change the number in the DSNs, filters, allowed origins and privacy of a product',
    description: 'What the body does not name stays as it is.',
    access: 'admin',
    parameters: PRODUCT_PARAMETERS,
    requestBody: object({ dsnId: { type: ['integer', 'null'] }, rules }),
    answer,
    failures: [400, 404],
    async run(request) {
      const product = await namedProduct(request);
      const { dsnId, rules: change, ...unknown } = await request.body();
      const [stranger] = Object.keys(unknown);
      if (stranger !== undefined)
        throw new ApiError(400, 'bad_value', `"${stranger}" is not a setting of clients.`);
      const { clientKeys } = request.context.store;
      const now = await clientKeys.settings(product.account, product.name);
      if (now === null) throw new ApiError(404, 'no_such_product', 'There is no such product.');
      const id = dsnId === undefined ? undefined : required(checkDsnId(dsnId));
      if (change !== undefined) {
        if (typeof change !== 'object' || change === null)
          throw new ApiError(400, 'bad_value', '"rules" must be an object.');
        const checked = required(checkClientRules(now.rules, change as Readonly<Record<string, unknown>>));
        await clientKeys.setRules(product.account, product.name, checked);
      }
      if (id !== undefined) await clientKeys.setDsnId(product.account, product.name, id);
      return request.c.json(await settingsJson(request, product));
    },
  },
  {
    method: 'post',
    path: `${PATH}/keys`,
    id: 'addProductKey',
    summary: 'Add a key to a product',
    description: 'A key of another server may be given, so that its DSN goes on working.',
    access: 'admin',
    parameters: PRODUCT_PARAMETERS,
    requestBody: object({ label: text, key: text }),
    bodyOptional: true,
    answer: { ...answer, status: 201 },
    failures: [400, 404, 409],
    async run(request) {
      const product = await namedProduct(request);
      const key = required(checkNewKey(await request.body()));
      if (!(await request.context.store.clientKeys.addKey(product.account, product.name, key))) {
        throw new ApiError(409, 'key_taken', 'The key exists already, or the product has as many as it may.');
      }
      return request.c.json(await settingsJson(request, product), 201);
    },
  },
  {
    method: 'patch',
    path: `${PATH}/keys/{key}`,
    id: 'changeProductKey',
    summary: 'Name a key, limit it, switch it off or on',
    access: 'admin',
    parameters: [...PRODUCT_PARAMETERS, KEY_PARAMETER],
    requestBody: object({ label: text, enabled: yesNo, perMinute }),
    answer,
    failures: [400, 404],
    async run(request) {
      const product = await namedProduct(request);
      const change = required(checkKeyChange(await request.body()));
      const { clientKeys } = request.context.store;
      if (!(await clientKeys.changeKey(product.account, product.name, keyId(request), change))) {
        throw new ApiError(404, 'no_such_key', 'There is no such key.');
      }
      return request.c.json(await settingsJson(request, product));
    },
  },
  {
    method: 'delete',
    path: `${PATH}/keys/{key}`,
    id: 'deleteProductKey',
    summary: 'Delete a key; clients that send it are refused',
    access: 'admin',
    parameters: [...PRODUCT_PARAMETERS, KEY_PARAMETER],
    answer: { status: 204, description: 'It is deleted.' },
    failures: [404],
    async run(request) {
      const product = await namedProduct(request);
      if (
        !(await request.context.store.clientKeys.deleteKey(product.account, product.name, keyId(request)))
      ) {
        throw new ApiError(404, 'no_such_key', 'There is no such key.');
      }
      return request.c.body(null, 204);
    },
  },
  {
    method: 'get',
    path: `${PATH}/client-counts`,
    id: 'listClientCounts',
    summary: 'What clients sent, or lost themselves, that is no report',
    access: 'read',
    parameters: [...PRODUCT_PARAMETERS, DAYS],
    answer: {
      status: 200,
      description: 'Counts by day, newest first.',
      contentType: 'application/json',
      schema: listOf(
        'counts',
        object({ day: text, fate: text, kind: text, reason: text, sdk: text, count: whole }),
      ),
    },
    failures: [400, 404],
    async run(request) {
      const { account, name } = await namedProduct(request);
      const asked = { account, product: name, since: sinceOf(request), limit: MAX_ROWS };
      return request.c.json({ counts: await request.context.store.clientKeys.counts(asked) });
    },
  },
  {
    method: 'get',
    path: `${PATH}/sessions`,
    id: 'listSessions',
    summary: 'Release health: sessions and users by day, release and environment',
    description: 'Crash-free sessions are 1 − crashed ÷ sessions, crash-free users 1 − crashedUsers ÷ users.',
    access: 'read',
    parameters: [...PRODUCT_PARAMETERS, DAYS],
    answer: {
      status: 200,
      description: 'Counts by day, newest first.',
      contentType: 'application/json',
      schema: listOf(
        'days',
        object({
          ...{
            day: text,
            release: text,
            environment: text,
            sessions: whole,
            errored: whole,
            unhandled: whole,
          },
          ...{ abnormal: whole, crashed: whole, users: whole, crashedUsers: whole },
        }),
      ),
    },
    failures: [400, 404],
    async run(request) {
      const { account, name } = await namedProduct(request);
      const asked = { account, product: name, since: sinceOf(request), limit: MAX_ROWS };
      return request.c.json({ days: await request.context.store.sessions.days(asked) });
    },
  },
  {
    method: 'get',
    path: `${PATH}/feedback`,
    id: 'listFeedback',
    summary: 'What people said of crashes of a product, newest first',
    access: 'protected',
    parameters: PRODUCT_PARAMETERS,
    answer: {
      status: 200,
      description: 'At most 200.',
      contentType: 'application/json',
      schema: listOf(
        'feedback',
        object({
          ...{ id: whole, at: text, eventId: text, crashId: text },
          ...{ name: text, email: text, message: text, url: text },
        }),
      ),
    },
    failures: [404],
    async run(request) {
      const { account, name } = await namedProduct(request);
      const found = await request.seen.feedbackOfProduct(account, name, 200);
      return request.c.json({
        feedback: found.map(({ id, at, eventId, crashId, name: by, email, message, url }) => ({
          id,
          at: isoTime(at),
          eventId,
          crashId,
          name: by,
          email,
          message,
          url,
        })),
      });
    },
  },
];
