// API: what the person behind the token is told of by mail.
import type { User } from '../../store/people.ts';
import { subscriptionJson } from '../view/notification-json.ts';
import { checkSubscription, MAX_SUBSCRIPTIONS } from '../view/notification-wish.ts';
import type { ApiRequest, Operation } from '../operations/operation.ts';
import { ApiError } from '../operations/operation.ts';
import { schemaRef } from '../operations/schemas.ts';

function owner({ person }: ApiRequest): User {
  if (person.user === null) {
    throw new ApiError(400, 'no_owner', 'MAYDAY_ADMIN_TOKEN belongs to nobody, who gets no mail.');
  }
  return person.user;
}

export const subscriptionOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/subscriptions',
    id: 'listSubscriptions',
    summary: 'What you are told of by mail',
    access: 'read',
    answer: {
      status: 200,
      description: 'Your subscriptions.',
      contentType: 'application/json',
      schema: schemaRef('SubscriptionList'),
    },
    failures: [400],
    async run(request) {
      const all = await request.context.store.notifications.listSubscriptions(owner(request).id);
      return request.c.json({ subscriptions: all.map(subscriptionJson) });
    },
  },
  {
    method: 'post',
    path: '/api/subscriptions',
    id: 'subscribe',
    summary: 'Be told of the bugs of a product, or of all',
    description:
      'Replaces what you wanted of the same product. The wish for a product stands above the one for all.',
    access: 'read',
    requestBody: schemaRef('NewSubscription'),
    answer: {
      status: 201,
      description: 'The subscription.',
      contentType: 'application/json',
      schema: schemaRef('Subscription'),
    },
    failures: [400],
    async run(request) {
      const user = owner(request);
      const { notifications } = request.context.store;
      const checked = await checkSubscription(await request.body(), request.seen);
      if (!checked.ok) throw new ApiError(400, 'bad_subscription', checked.fault);
      if ((await notifications.listSubscriptions(user.id)).length >= MAX_SUBSCRIPTIONS) {
        throw new ApiError(400, 'bad_subscription', `You have ${MAX_SUBSCRIPTIONS} subscriptions.`);
      }
      const saved = await notifications.saveSubscription({ ...checked.value, userId: user.id });
      return request.c.json(subscriptionJson(saved), 201);
    },
  },
  {
    method: 'delete',
    path: '/api/subscriptions/{id}',
    id: 'unsubscribe',
    summary: 'Be told no longer',
    access: 'read',
    parameters: [{ name: 'id', in: 'path', description: '`id` of the subscription.' }],
    answer: { status: 204, description: 'It is gone.' },
    failures: [400, 404],
    async run(request) {
      const id = request.param('id');
      const user = owner(request);
      const { notifications } = request.context.store;
      if (!/^\d{1,15}$/.test(id) || !(await notifications.deleteSubscription(user.id, Number(id)))) {
        throw new ApiError(404, 'no_such_subscription', 'You have no such subscription.');
      }
      return request.c.body(null, 204);
    },
  },
];
