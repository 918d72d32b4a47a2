// API: products and their settings.
import type { Product } from '../../store/people.ts';
import { checkProductChange, isProductName, newUploadKey } from '../view/product-change.ts';
import { isoTime } from '../view/report-json.ts';
import type { ApiRequest, Operation, Parameter } from '../operations/operation.ts';
import { ApiError } from '../operations/operation.ts';
import { schemaRef } from '../operations/schemas.ts';

/** The path parameters of everything about one product. */
export const PRODUCT_PARAMETERS: readonly Parameter[] = [
  { name: 'account', in: 'path', description: 'The account; `default` unless others were made.' },
  { name: 'product', in: 'path', description: 'The product.' },
];

function productJson(product: Product) {
  const { account, name, automatic, requireKey, uploadKey, publicAnnotations, keepDays, reportCount } =
    product;
  return {
    account,
    name,
    createdAt: isoTime(product.createdAt),
    automatic,
    requireKey,
    uploadKey,
    publicAnnotations,
    keepDays,
    reportCount,
    lastReportAt: isoTime(product.lastReportAt),
  };
}

/** The product that a path names; 404 where there is none. */
export async function namedProduct(request: ApiRequest): Promise<Product> {
  const product = await request.seen.settings.product(request.param('account'), request.param('product'));
  if (product === null) throw new ApiError(404, 'no_such_product', 'There is no such product.');
  return product;
}

const answer = (status: 200 | 201, description: string) =>
  ({ status, description, contentType: 'application/json', schema: schemaRef('Product') }) as const;

export const productOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/products',
    id: 'listProducts',
    summary: 'All products',
    access: 'read',
    answer: {
      status: 200,
      description: 'The products.',
      contentType: 'application/json',
      schema: schemaRef('ProductList'),
    },
    async run({ c, seen }) {
      return c.json({ products: (await seen.settings.products()).map(productJson) });
    },
  },
  {
    method: 'post',
    path: '/api/products',
    id: 'createProduct',
    summary: 'Add a product before its first report',
    access: 'account',
    requestBody: schemaRef('NewProduct'),
    answer: answer(201, 'The new product.'),
    failures: [400, 409],
    async run(request) {
      const { account = 'default', name } = await request.body();
      if (typeof account !== 'string' || typeof name !== 'string' || !isProductName(name)) {
        throw new ApiError(
          400,
          'bad_product',
          '"name" must be 1 to 100 characters without control characters.',
        );
      }
      const product = await request.seen.settings.createProduct(account, name);
      if (product === null) {
        throw new ApiError(409, 'product_exists', 'The product exists already, or the account does not.');
      }
      return request.c.json(productJson(product), 201);
    },
  },
  {
    method: 'get',
    path: '/api/products/{account}/{product}',
    id: 'getProduct',
    summary: 'One product with its settings',
    access: 'read',
    parameters: PRODUCT_PARAMETERS,
    answer: answer(200, 'The product.'),
    failures: [404],
    async run(request) {
      return request.c.json(productJson(await namedProduct(request)));
    },
  },
  {
    method: 'patch',
    path: '/api/products/{account}/{product}',
    id: 'changeProduct',
    summary: 'Change the settings of a product',
    description: 'What the body does not name stays as it is.',
    access: 'admin',
    parameters: PRODUCT_PARAMETERS,
    requestBody: schemaRef('ProductChange'),
    answer: answer(200, 'The product after the change.'),
    failures: [400, 404],
    async run(request) {
      const { newUploadKey: renew, ...fields } = await request.body();
      const checked = checkProductChange(fields);
      if (!checked.ok) throw new ApiError(400, 'bad_product', checked.fault);
      const product = await namedProduct(request);
      const { account, name } = product;
      const fault = await request.seen.publicNamesFault(
        { account, product: name },
        checked.change.publicAnnotations ?? [],
      );
      if (fault !== null) throw new ApiError(403, 'not_allowed', fault);
      const needsKey = checked.change.requireKey === true && product.uploadKey === null;
      await request.context.store.people.updateProduct(product.account, product.name, {
        ...checked.change,
        ...((renew === true || needsKey) && { uploadKey: newUploadKey() }),
      });
      return request.c.json(productJson(await namedProduct(request)));
    },
  },
];
