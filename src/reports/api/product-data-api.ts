// API: what a product decides about data that it would rather not have, and what that would do to its newest reports.
import { DUMP_MODES, MAX_DATA_DAYS, MAX_DUMPS_OF_BUG, SCRUB_KINDS } from '../../report/privacy/data-rules.ts';
import type { Product } from '../../store/people.ts';
import { MAX_DATA_PREVIEWED } from '../gate/seen-data-preview.ts';
import { ApiError, type Operation, type Schema } from '../operations/operation.ts';
import { checkDataChange } from '../view/data-change.ts';
import { namedProduct, PRODUCT_PARAMETERS } from './products-api.ts';

const PATH = '/api/products/{account}/{product}/data';
const DEFAULT_PREVIEWED = 100;

const texts: Schema = { type: 'array', items: { type: 'string' } };
const days: Schema = { type: ['integer', 'null'], minimum: 1, maximum: MAX_DATA_DAYS };
const properties: Readonly<Record<string, Schema>> = {
  dumps: { enum: DUMP_MODES },
  dumpDays: {
    ...days,
    description: 'With `stacks`: a dump goes after so many days, whatever symbols it lacked.',
  },
  dumpsOfBug: {
    type: 'integer',
    minimum: 1,
    maximum: MAX_DUMPS_OF_BUG,
    description: 'With `newest`: so many dumps of each bug stay.',
  },
  protectedDays: { ...days, description: 'Annotations that are not public go after so many days.' },
  neverStored: {
    ...texts,
    description: 'Names of annotations, tags and members of payloads; `*` stands for any text.',
  },
  scrub: { type: 'array', items: { enum: SCRUB_KINDS } },
  patterns: { ...texts, description: 'Expressions in RE2’s syntax.' },
};
const change: Schema = { type: 'object', properties, additionalProperties: false };
const whole: Schema = { type: 'integer' };
const preview: Schema = {
  type: 'object',
  properties: {
    looked: whole,
    changed: whole,
    found: { type: 'object', additionalProperties: whole },
    examples: {
      type: ['array', 'null'],
      description: 'null: they are for people with the right to protected data.',
      items: {
        type: 'object',
        properties: {
          crashId: { type: 'string' },
          name: { type: 'string' },
          before: { type: 'string' },
          after: { type: ['string', 'null'] },
        },
      },
    },
    isCut: { type: 'boolean' },
    notes: texts,
  },
};

const answer = {
  status: 200,
  description: 'What the product decides.',
  contentType: 'application/json',
  schema: { type: 'object', properties },
} as const;

function changed(product: Product, body: unknown): Product['dataRules'] {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new ApiError(400, 'bad_value', 'The rules must be an object.');
  const checked = checkDataChange(product.dataRules, body as Readonly<Record<string, unknown>>);
  if (!checked.ok) throw new ApiError(400, 'bad_value', checked.fault);
  return checked.value;
}

export const productDataOperations: readonly Operation[] = [
  {
    method: 'get',
    path: PATH,
    id: 'getProductData',
    summary: 'What a product never stores, scrubs, and keeps for how long',
    access: 'read',
    parameters: PRODUCT_PARAMETERS,
    answer,
    failures: [404],
    async run(request) {
      return request.c.json((await namedProduct(request)).dataRules);
    },
  },
  {
    method: 'patch',
    path: PATH,
    id: 'changeProductData',
    summary: 'Change what a product never stores, scrubs, and keeps for how long',
    description: 'What the body does not name stays as it is. See docs/retention.md.',
    access: 'admin',
    parameters: PRODUCT_PARAMETERS,
    requestBody: change,
    answer,
    failures: [400, 404],
    async run(request) {
      const product = await namedProduct(request);
      const dataRules = changed(product, await request.body());
      await request.context.store.people.updateProduct(product.account, product.name, { dataRules });
      return request.c.json(dataRules);
    },
  },
  {
    method: 'post',
    path: `${PATH}/preview`,
    id: 'previewProductData',
    summary: 'What such rules would have left out of the newest reports',
    description: 'Nothing is stored. `rules` is a change as `changeProductData` takes it.',
    access: 'admin',
    parameters: PRODUCT_PARAMETERS,
    requestBody: {
      type: 'object',
      properties: {
        rules: change,
        reports: { type: 'integer', minimum: 1, maximum: MAX_DATA_PREVIEWED },
      },
      additionalProperties: false,
    },
    answer: { status: 200, description: 'The preview.', contentType: 'application/json', schema: preview },
    failures: [400, 404],
    async run(request) {
      const product = await namedProduct(request);
      const { rules = {}, reports = DEFAULT_PREVIEWED, ...unknown } = await request.body();
      const [stranger] = Object.keys(unknown);
      if (stranger !== undefined)
        throw new ApiError(400, 'bad_value', `"${stranger}" is nothing of a preview.`);
      if (
        typeof reports !== 'number' ||
        !Number.isInteger(reports) ||
        reports < 1 ||
        reports > MAX_DATA_PREVIEWED
      )
        throw new ApiError(
          400,
          'bad_value',
          `"reports" must be a whole number from 1 to ${MAX_DATA_PREVIEWED}.`,
        );
      const { account, name } = product;
      return request.c.json(
        await request.seen.previewData({ account, product: name, rules: changed(product, rules) }, reports),
      );
    },
  },
];
