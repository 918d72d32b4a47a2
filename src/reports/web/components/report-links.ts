// Links from a value to the list of reports that it filters: no value is a dead end.
import { html } from 'hono/html';
import type { FilterName } from '../../query/report-query.ts';
import { reportsLink } from '../../query/report-query.ts';
import type { Html } from '../page.ts';
import { cut, nothing } from './value-table.ts';

/** Longest address of a link in a list. */
const MAX_HREF = 240;

/** A value that leads to the reports with the same value. */
export function filterLink(
  filters: Readonly<Partial<Record<FilterName, string>>>,
  text: string | null,
): Html {
  if (text === null || text === '') return nothing;
  const href = reportsLink(filters);
  // Only a hostile value is this long; the page stays small, and the filter would not take it.
  return href.length > MAX_HREF ? cut(text) : html`<a href="${href}">${cut(text)}</a>`;
}

/** What protocols are called on pages. */
export const PROTOCOL_NAMES = {
  crashpad: 'Crashpad',
  socorro: 'Socorro',
  crashkit: 'CrashKit',
  crashkit1: 'CrashKit 1.0',
  syncthing: 'Syncthing',
  sentry: 'Sentry',
} as const;
