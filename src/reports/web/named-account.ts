// The account that a page's path names.
import { PageError } from './page.ts';

export function noSuchAccount(): PageError {
  return new PageError(404, 'There is no such account.', 'The accounts page lists those that you belong to.');
}
