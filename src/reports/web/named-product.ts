// The product that a page's path names.
import type { Product } from '../../store/people.ts';
import type { MemberRequest } from './page.ts';
import { PageError } from './page.ts';

/** Throws the 404 page where the path names no product. */
export async function namedProduct(request: MemberRequest): Promise<Product> {
  const { people } = request.context.store;
  const product = await people.getProduct(request.param('account'), request.param('product'));
  if (product === null) {
    throw new PageError(
      404,
      'There is no such product.',
      'The first report of a product adds it; an administrator can also add it on the products page.',
    );
  }
  return product;
}
