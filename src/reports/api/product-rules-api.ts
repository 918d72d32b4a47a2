// API: what a product decides about processing and bugs, and previews of what other rules would do.
import type { ProductRules } from '../../store/bugs.ts';
import { checkProductRules } from '../view/product-rules-view.ts';
import { readCrashId } from '../view/crash-id-text.ts';
import type { ApiRequest, Operation } from '../operations/operation.ts';
import { ApiError } from '../operations/operation.ts';
import { namedProduct, PRODUCT_PARAMETERS } from './products-api.ts';
import { schemaRef } from '../operations/schemas.ts';

const MAX_PREVIEWED = 500;
const DEFAULT_PREVIEWED = 100;

const answer = {
  status: 200,
  description: 'The rules.',
  contentType: 'application/json',
  schema: schemaRef('ProductRules'),
} as const;

/** The rules that a body asks for; 400 where they cannot be. */
async function askedRules(
  request: ApiRequest,
  change: Readonly<Record<string, unknown>>,
): Promise<{ readonly account: string; readonly product: string; readonly rules: ProductRules }> {
  const { account, name } = await namedProduct(request);
  const now = await request.context.store.bugs.productRules(account, name);
  const checked = checkProductRules(now, change);
  if (!checked.ok) throw new ApiError(400, 'bad_rules', checked.fault);
  return { account, product: name, rules: checked.value };
}

export const productRuleOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/products/{account}/{product}/rules',
    id: 'getProductRules',
    summary: 'What a product decides about processing, grouping, reopening and tickets',
    access: 'read',
    parameters: PRODUCT_PARAMETERS,
    answer,
    failures: [404],
    async run(request) {
      const { account, name } = await namedProduct(request);
      return request.c.json(await request.context.store.bugs.productRules(account, name));
    },
  },
  {
    method: 'patch',
    path: '/api/products/{account}/{product}/rules',
    id: 'changeProductRules',
    summary: 'Change the rules of a product',
    description:
      'What the body does not name stays as it is. Stored reports keep their bugs until they are processed again.',
    access: 'admin',
    parameters: PRODUCT_PARAMETERS,
    requestBody: schemaRef('ProductRulesChange'),
    answer,
    failures: [400, 404],
    async run(request) {
      const { account, product, rules } = await askedRules(request, await request.body());
      const before = await request.context.store.bugs.productRules(account, product);
      const fault = await request.seen.rulesFault({ account, product }, before, rules);
      if (fault !== null) throw new ApiError(403, 'not_allowed', fault);
      await request.context.store.bugs.setProductRules(account, product, rules);
      request.context.log.info(
        { account, product, by: request.person.user?.id ?? 'admin token' },
        'rules changed',
      );
      return request.c.json(rules);
    },
  },
  {
    method: 'post',
    path: '/api/products/{account}/{product}/rules/undo',
    id: 'undoProductRules',
    summary: 'Set the rules back to what they were before the last change',
    description: 'Undoing again brings the change back.',
    access: 'admin',
    parameters: PRODUCT_PARAMETERS,
    answer,
    failures: [400, 404],
    async run(request) {
      const { account, name: product } = await namedProduct(request);
      const { bugs } = request.context.store;
      const before = await bugs.productRules(account, product);
      const rules = await bugs.previousProductRules(account, product);
      if (rules === null) throw new ApiError(400, 'bad_rules', 'The rules were never changed.');
      const fault = await request.seen.rulesFault({ account, product }, before, rules);
      if (fault !== null) throw new ApiError(403, 'not_allowed', fault);
      await bugs.setProductRules(account, product, rules);
      request.context.log.info(
        { account, product, by: request.person.user?.id ?? 'admin token' },
        'the last change of rules was undone',
      );
      return request.c.json(rules);
    },
  },
  {
    method: 'post',
    path: '/api/products/{account}/{product}/rules/preview',
    id: 'previewProductRules',
    summary: 'What rules would do to the newest reports of a product',
    description: 'Nothing is stored. `rules` is a change as `changeProductRules` takes it.',
    access: 'triage',
    parameters: PRODUCT_PARAMETERS,
    requestBody: schemaRef('RulesToPreview'),
    answer: {
      status: 200,
      description: 'The preview.',
      contentType: 'application/json',
      schema: schemaRef('RulesPreview'),
    },
    failures: [400, 404],
    async run(request) {
      const { rules: change = {}, reports = DEFAULT_PREVIEWED } = await request.body();
      if (typeof change !== 'object' || change === null || Array.isArray(change)) {
        throw new ApiError(400, 'bad_rules', '"rules" must be an object.');
      }
      if (
        typeof reports !== 'number' ||
        !Number.isInteger(reports) ||
        reports < 1 ||
        reports > MAX_PREVIEWED
      ) {
        throw new ApiError(400, 'bad_rules', `"reports" must be a whole number from 1 to ${MAX_PREVIEWED}.`);
      }
      const scope = await askedRules(request, change as Readonly<Record<string, unknown>>);
      return request.c.json(await request.seen.previewRules(scope, reports));
    },
  },
  {
    method: 'get',
    path: '/api/signature-preview',
    id: 'previewSignature',
    summary: 'What a stack would be called and how it would be grouped',
    description:
      'Give `crash_id` for a stored report as it would be processed today, or `product` and `text`.',
    access: 'read',
    parameters: [
      { name: 'crash_id', in: 'query', description: 'A crash id.' },
      { name: 'account', in: 'query', description: 'The account; default: `default`.' },
      { name: 'product', in: 'query', description: 'The product whose rules are used.' },
      {
        name: 'text',
        in: 'query',
        description: 'A stack trace of any language, JSON of a crash, or native frames, one a line.',
      },
    ],
    answer: {
      status: 200,
      description: 'The preview.',
      contentType: 'application/json',
      schema: schemaRef('SignaturePreview'),
    },
    failures: [400, 404],
    async run({ c, seen, query }) {
      const given = query.get('crash_id');
      if (given !== null) {
        const crashId = readCrashId(given);
        if (crashId === null) throw new ApiError(400, 'bad_crash_id', 'That is not a crash id.');
        const preview = await seen.previewSignatureOf(crashId);
        if (preview === null)
          throw new ApiError(404, 'no_such_report', 'There is no report with this crash id.');
        return c.json(preview);
      }
      const text = query.get('text') ?? '';
      const product = query.get('product') ?? '';
      if (text.trim() === '' || product === '') {
        throw new ApiError(400, 'bad_preview', 'Give "crash_id", or "product" and "text".');
      }
      const account = query.get('account') ?? 'default';
      return c.json(await seen.previewSignature(text, { account, product }));
    },
  },
];
