// API: alert rules, previews, tests and the log of what they found.
import { previewRule } from '../../alerts/preview-rule.ts';
import type { AlertRule } from '../../store/alerts.ts';
import { alertLogJson, alertPreviewJson, alertRuleJson, seenEntry, seesRule } from '../view/alert-json.ts';
import { checkAlertRule, checkSwitch, isAnotherRule } from '../query/alert-wish.ts';
import type { CheckedRule } from '../query/alert-wish.ts';
import { NOT_GIVEN_UP, sentAgain } from '../view/sent-again.ts';
import { testAlertTargets } from '../view/test-notice.ts';
import type { ApiRequest, Operation, Parameter } from '../operations/operation.ts';
import { ApiError } from '../operations/operation.ts';
import { schemaRef } from '../operations/schemas.ts';

/** Rows of the log, and of deliveries that belong to them. */
const MAX_LOG = 200;
const MAX_DELIVERIES = 1000;

const ID: Parameter = { name: 'id', in: 'path', description: '`id` of the rule.' };

const answer = (status: 200 | 201, description: string, schema: Parameters<typeof schemaRef>[0]) =>
  ({ status, description, contentType: 'application/json', schema: schemaRef(schema) }) as const;

async function namedRule(request: ApiRequest): Promise<AlertRule> {
  const id = request.param('id');
  const rule = /^\d{1,15}$/.test(id) ? await request.seen.settings.alertRule(Number(id)) : null;
  if (rule === null) throw new ApiError(404, 'no_such_alert', 'There is no such alert rule.');
  return rule;
}

async function checkedRule(
  request: ApiRequest,
  fields: Readonly<Record<string, unknown>>,
  before: AlertRule | null,
): Promise<CheckedRule> {
  const switched = before === null ? null : checkSwitch(fields, before);
  if (switched === null && before !== null && !seesRule(before, request.person)) {
    throw new ApiError(
      400,
      'bad_alert',
      'The rule is over protected data, and you may not see what it says.',
    );
  }
  const checked = switched ?? (await checkAlertRule(fields, request, before));
  if (!checked.ok) throw new ApiError(400, 'bad_alert', checked.fault);
  return checked.value;
}

async function ruleAnswer(request: ApiRequest, rule: AlertRule, status: 200 | 201): Promise<Response> {
  const users = await request.seen.settings.people();
  return request.c.json(alertRuleJson(rule, request.person, users), status);
}

export const alertOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/alerts',
    id: 'listAlerts',
    summary: 'All alert rules, with where they stand',
    access: 'admin',
    answer: answer(200, 'The rules, by name.', 'AlertRuleList'),
    async run({ c, seen, person }) {
      const [rules, users] = await Promise.all([seen.settings.alertRules(), seen.settings.people()]);
      return c.json({ rules: rules.map((rule) => alertRuleJson(rule, person, users)) });
    },
  },
  {
    method: 'post',
    path: '/api/alerts',
    id: 'createAlert',
    summary: 'Add an alert rule',
    description: 'docs/alerts.md explains conditions, targets and quiet hours by examples.',
    access: 'admin',
    requestBody: schemaRef('NewAlertRule'),
    answer: answer(201, 'The rule. It is evaluated from now on.', 'AlertRule'),
    failures: [400],
    async run(request) {
      const rule = await request.seen.settings.createRule(
        await checkedRule(request, await request.body(), null),
      );
      if (rule === null) throw new ApiError(400, 'too_many_alerts', TOO_MANY);
      return ruleAnswer(request, rule, 201);
    },
  },
  {
    method: 'post',
    path: '/api/alerts/preview',
    id: 'previewAlert',
    summary: 'What an alert rule would have done in the last 28 days',
    description: 'Takes what `createAlert` takes, and saves nothing.',
    access: 'admin',
    requestBody: schemaRef('NewAlertRule'),
    answer: answer(200, 'When it would have fired.', 'AlertPreview'),
    failures: [400],
    async run(request) {
      const rule = await checkedRule(request, await request.body(), null);
      const preview = await previewRule(
        rule,
        await request.seen.alertSource(rule, rule),
        request.context.now(),
      );
      if ('problem' in preview) throw new ApiError(400, 'bad_alert', preview.problem);
      return request.c.json(alertPreviewJson(rule.condition, preview));
    },
  },
  {
    method: 'get',
    path: '/api/alerts/{id}',
    id: 'getAlert',
    summary: 'One alert rule',
    access: 'admin',
    parameters: [ID],
    answer: answer(200, 'The rule.', 'AlertRule'),
    failures: [404],
    async run(request) {
      return ruleAnswer(request, await namedRule(request), 200);
    },
  },
  {
    method: 'patch',
    path: '/api/alerts/{id}',
    id: 'changeAlert',
    summary: 'Change an alert rule',
    description:
      'What the body does not name stays as it is. A rule that looks at something else begins anew. It goes by the rights of whoever changed it last.',
    access: 'admin',
    parameters: [ID],
    requestBody: schemaRef('AlertRuleChange'),
    answer: answer(200, 'The rule after the change.', 'AlertRule'),
    failures: [400, 404],
    async run(request) {
      const fields = await request.body();
      const before = await namedRule(request);
      const after = await checkedRule(request, fields, before);
      const rule = await request.seen.settings.changeRule(before.id, after, isAnotherRule(before, after));
      if (rule === null) throw new ApiError(404, 'no_such_alert', 'There is no such alert rule.');
      return ruleAnswer(request, rule, 200);
    },
  },
  {
    method: 'delete',
    path: '/api/alerts/{id}',
    id: 'deleteAlert',
    summary: 'Delete an alert rule, with its log',
    access: 'admin',
    parameters: [ID],
    answer: { status: 204, description: 'It is gone.' },
    failures: [404],
    async run(request) {
      const { id } = await namedRule(request);
      await request.seen.settings.deleteRule(id);
      return request.c.body(null, 204);
    },
  },
  {
    method: 'post',
    path: '/api/alerts/{id}/test',
    id: 'testAlert',
    summary: 'Send a test message to every target of a rule',
    access: 'admin',
    parameters: [ID],
    answer: { status: 204, description: 'They are on their way.' },
    failures: [404],
    async run(request) {
      await testAlertTargets(request.context, request.person, await namedRule(request));
      return request.c.body(null, 204);
    },
  },
  {
    method: 'post',
    path: '/api/alerts/{id}/deliveries/{delivery}/again',
    id: 'sendAlertAgain',
    summary: 'Send a message of a rule again that was given up',
    description: 'It is due at once, under the same delivery id; its attempts begin anew.',
    access: 'admin',
    parameters: [ID, { name: 'delivery', in: 'path', description: '`id` of the delivery in the log.' }],
    answer: { status: 204, description: 'It is on its way.' },
    failures: [404],
    async run(request) {
      const rule = await namedRule(request);
      if (!(await sentAgain(request.seen.settings, request.param('delivery'), { alertId: rule.id })))
        throw new ApiError(404, 'no_such_delivery', NOT_GIVEN_UP);
      return request.c.body(null, 204);
    },
  },
  {
    method: 'get',
    path: '/api/alerts/{id}/log',
    id: 'alertLog',
    summary: 'When a rule fired, why, and what became of its messages',
    access: 'admin',
    parameters: [ID],
    answer: answer(200, `The last ${MAX_LOG} entries, newest first.`, 'AlertLog'),
    failures: [404],
    async run(request) {
      const rule = await namedRule(request);
      const { settings } = request.seen;
      const [log, deliveries] = await Promise.all([
        settings.alertLog(rule.id, MAX_LOG),
        settings.deliveriesOfRule(rule.id, MAX_DELIVERIES),
      ]);
      const seen = log.map((entry) => seenEntry(rule, entry, request.person));
      return request.c.json({ log: seen.map((entry) => alertLogJson(rule.condition, entry, deliveries)) });
    },
  },
];

const TOO_MANY = 'There are as many alert rules as the product, you or the server may have (docs/alerts.md).';
