// An error page that asks nothing of the store, for what is refused before anybody looks who it is.
import type { Context } from 'hono';
import { pageOutside } from '../below-path.ts';
import type { ReportsContext } from '../reports-context.ts';
import { errorPage } from './error-page.ts';
import { layout } from './page-layout.ts';
import type { PageError } from './page.ts';

/** The page as for nobody in particular. */
export async function bareErrorAnswer(
  c: Context,
  context: ReportsContext,
  error: PageError,
): Promise<Response> {
  const { title, body } = errorPage(error, c.req.path, null);
  c.header('Cache-Control', 'private, no-store');
  const document = layout({ title, body, person: null, csrf: '', nav: null, done: null });
  return c.html(pageOutside(String(await document), context), error.status);
}
