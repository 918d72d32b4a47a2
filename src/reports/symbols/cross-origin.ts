// Lets pages of other sites (profilers, symbol viewers) read symbols where these are public or the page has a token.
import type { Context } from 'hono';

/** Any page may read this answer. */
export function allowAnyOrigin(c: Context): void {
  c.header('Access-Control-Allow-Origin', '*');
}

/** A browser's question before a request with headers of its own. */
export function answerPreflight(c: Context): Response {
  allowAnyOrigin(c);
  c.header('Access-Control-Allow-Methods', 'GET, HEAD, POST, OPTIONS');
  c.header('Access-Control-Allow-Headers', 'Authorization, Auth-Token, Content-Type, Debug');
  c.header('Access-Control-Max-Age', '86400');
  return c.body(null, 204);
}
