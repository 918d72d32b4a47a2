// The releases that a page's address names.
import type { Product } from '../../store/people.ts';
import type { WholeRelease } from '../../store/releases.ts';
import type { MemberRequest } from './page.ts';
import { PageError } from './page.ts';

/** Throws the 404 page where nothing of the product names the version. */
export async function namedRelease(request: MemberRequest, product: Product): Promise<WholeRelease> {
  const { account, name } = product;
  const release = await request.seen.getRelease({ account, product: name }, request.param('version'));
  if (release === null) throw noSuchRelease();
  return release;
}

export function noSuchRelease(): PageError {
  return new PageError(
    404,
    'There is no such release.',
    'Releases are versions that crashes, sessions or tools named: the releases of the product list them.',
  );
}
