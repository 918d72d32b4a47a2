// The reports server below a path of a host (PUBLIC_REPORTS_URL=https://host/mayday). Inside, every address begins at the root: the path
// is taken off what comes in, and put before what goes out: links of pages, redirects, addresses in JSON, and the paths of cookies.
// A proxy may pass the path on or take it off itself: both work.
import type { ReportsContext } from './reports-context.ts';

/** `/mayday` of `https://host/mayday/`; empty where the server has a host to itself. */
export function basePathOf(reportsUrl: string): string {
  return new URL(reportsUrl).pathname.replace(/\/+$/, '');
}

/** A request target without the base; one that does not begin with it is left alone (the proxy took it off, or a probe came directly). */
export function insidePath(target: string, base: string): string {
  if (base === '' || !target.startsWith(base)) return target;
  const rest = target.slice(base.length);
  if (rest.startsWith('/')) return rest;
  return rest === '' || rest.startsWith('?') ? `/${rest}` : target;
}

/** An address of this server as others see it. `address` begins with one slash. */
export function outsidePath(address: string, { basePath }: Pick<ReportsContext, 'basePath'>): string {
  return `${basePath}${address}`;
}

/** Attributes of pages that hold an address of this server. A quote in them, or in text, is escaped: nothing but markup matches. */
const ADDRESS_ATTRIBUTE = /(\s(?:href|src|action|formaction|data-copy-from|data-range)=")(?=\/(?!\/))/g;

/** A page with the base before every address of this server. */
export function pageOutside(document: string, { basePath }: Pick<ReportsContext, 'basePath'>): string {
  return basePath === ''
    ? document
    : document.replaceAll(ADDRESS_ATTRIBUTE, `$1${basePath.replaceAll('$', '$$$$')}`);
}

/**
 * Why the server cannot be below this path, or null: where one of its own addresses (`/products/:account/…`) begins with the path, nobody
 * could tell which of both a request means.
 */
export function baseFault(base: string, ownPaths: Iterable<string>): string | null {
  if (base === '') return null;
  const wanted = base.slice(1).split('/');
  for (const path of ownPaths) {
    const own = path.slice(1).split('/');
    if (own[0] !== wanted[0] || own.length < wanted.length) continue;
    if (!wanted.every((segment, at) => own[at] === segment || /^[:*]/.test(own[at] ?? ''))) continue;
    return `PUBLIC_REPORTS_URL ends in ${base}, which is an address of the reports server itself. Choose another path, such as /mayday.`;
  }
  return null;
}
