// The navigation: one list. A later page adds a line. Where the window has no room for all, the `seldom` ones are behind "More".
import type { Access } from '../auth/person.ts';

export const NAV = [
  { id: 'overview', href: '/', label: 'Overview', access: 'read' },
  { id: 'bugs', href: '/bugs', label: 'Bugs', access: 'read' },
  { id: 'top', href: '/top', label: 'Top crashers', access: 'read' },
  { id: 'releases', href: '/releases', label: 'Releases', access: 'read' },
  { id: 'reports', href: '/reports', label: 'Reports', access: 'read' },
  { id: 'search', href: '/search', label: 'Search', access: 'read' },
  { id: 'symbols', href: '/symbols', label: 'Symbols', access: 'read' },
  { id: 'inbox', href: '/inbox', label: 'Inbox', access: 'read' },
  { id: 'products', href: '/products', label: 'Products', access: 'read' },
  { id: 'status', href: '/status', label: 'Status', access: 'read', seldom: true },
  { id: 'people', href: '/people', label: 'People', access: 'account', seldom: true },
  { id: 'audit', href: '/audit', label: 'Audit', access: 'installation', seldom: true },
  { id: 'alerts', href: '/alerts', label: 'Alerts', access: 'admin', seldom: true },
  { id: 'webhooks', href: '/webhooks', label: 'Webhooks', access: 'admin', seldom: true },
  { id: 'api', href: '/api', label: 'API', access: 'read', seldom: true },
] as const satisfies readonly {
  readonly id: string;
  readonly href: string;
  readonly label: string;
  readonly access: Access;
  readonly seldom?: true;
}[];

/** The entry at the far end, beside "Sign out". */
export const ACCOUNT = { id: 'account', href: '/account', label: 'Account' } as const;

export type NavId = (typeof NAV)[number]['id'] | (typeof ACCOUNT)['id'];

/** The entry of the navigation that a path lies below; the overview where it lies below none. */
export function navOf(path: string): (typeof NAV)[number] {
  const first = path.split('/', 2).join('/');
  return NAV.find(({ href }) => href === first) ?? NAV[0];
}
