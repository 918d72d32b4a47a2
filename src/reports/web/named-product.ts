// The product that a page's path names.
import type { Product } from '../../store/people.ts';
import type { MemberRequest } from './page.ts';
import { PageError } from './page.ts';

/** Throws the 404 page where the path names no product that the person reads. */
export async function namedProduct(request: MemberRequest): Promise<Product> {
  const product = await request.seen.settings.product(request.param('account'), request.param('product'));
  if (product === null) throw noSuchProduct();
  return product;
}

export function noSuchProduct(): PageError {
  return new PageError(
    404,
    'There is no such product.',
    'The first report of a product adds it; an administrator can also add it on the products page.',
  );
}
