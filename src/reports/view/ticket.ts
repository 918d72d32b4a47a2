// Tickets: a bug holds what people wrote (a number, a key, an address); the product's tracker makes a link of it.
import type { ProductRules } from '../../store/bugs.ts';

/** Trackers whose addresses are known: what follows the base URL of a project. */
export const TRACKERS = {
  lighthouse: { label: 'Lighthouse', path: '/tickets/%s' },
  redmine: { label: 'Redmine', path: '/issues/%s' },
  trac: { label: 'Trac', path: '/ticket/%s' },
  github: { label: 'GitHub', path: '/issues/%s' },
  gitlab: { label: 'GitLab', path: '/-/issues/%s' },
  jira: { label: 'Jira', path: '/browse/%s' },
  bugzilla: { label: 'Bugzilla', path: '/show_bug.cgi?id=%s' },
  other: { label: 'another tracker', path: '' },
} as const satisfies Readonly<Record<string, { readonly label: string; readonly path: string }>>;
export type Tracker = keyof typeof TRACKERS;

/** Whether a text is the name of a known tracker. */
export function isTracker(name: string): name is Tracker {
  return Object.hasOwn(TRACKERS, name);
}

/** Whether a text is an address that a page may link to: http and https only, so that no `javascript:` gets in. */
export function isWebAddress(text: string): boolean {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return false;
  return ['http:', 'https:'].includes(new URL(text).protocol);
}

/** The address of a ticket; null where the product has no tracker and the ticket is no address. */
export function ticketAddress(
  rules: Pick<ProductRules, 'ticketTracker' | 'ticketUrl'>,
  ticket: string,
): string | null {
  if (isWebAddress(ticket)) return ticket;
  if (rules.ticketUrl === null) return null;
  const tracker =
    rules.ticketTracker !== null && isTracker(rules.ticketTracker) ? rules.ticketTracker : 'other';
  const pattern = rules.ticketUrl.includes('%s')
    ? rules.ticketUrl
    : `${rules.ticketUrl.replace(/\/+$/, '')}${TRACKERS[tracker].path}`;
  if (!pattern.includes('%s')) return null;
  const name = encodeURIComponent(ticket.replace(/^#/, ''));
  const address = pattern.replaceAll('%s', () => name);
  return isWebAddress(address) ? address : null;
}
