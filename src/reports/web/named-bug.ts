// The bug that a page's path names.
import type { Bug } from '../../store/bugs.ts';
import { readBugId } from '../view/bug-change.ts';
import type { MemberRequest } from './page.ts';
import { PageError } from './page.ts';

/** Throws the 404 page where the path names no bug. */
export async function namedBug(request: MemberRequest): Promise<Bug> {
  const id = readBugId(request.param('bug'));
  const bug = id === null ? null : await request.seen.getBug(id);
  if (bug === null) throw noSuchBug();
  return bug;
}

export function noSuchBug(): PageError {
  return new PageError(404, 'There is no bug with this number.', 'Look for it in the list of bugs.');
}
