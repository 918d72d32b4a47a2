// The query string of a report list, the same for the page and the API: text → filter, and back to links.
import type { ReportFilter } from '../../store/reports.ts';
import { PROTOCOLS, REPORT_STATES } from '../../report/report.ts';
import { dateFilter } from '../view/date-filter.ts';

/** The parameters that narrow a list, in the order of the form. */
export const FILTER_NAMES = [
  'account',
  'product',
  'protocol',
  'version',
  'platform',
  'state',
  'installation',
  'from',
  'to',
  'text',
] as const;
export type FilterName = (typeof FILTER_NAMES)[number];

/** Longest value of a filter that is looked at. */
const MAX_VALUE = 500;

export interface ReportQuery {
  readonly filter: ReportFilter;
  /** The values as given, for the form and for links. */
  readonly given: Readonly<Partial<Record<FilterName, string>>>;
  readonly cursor: string | null;
  /** What was not understood and therefore left out, one sentence each. */
  readonly problems: readonly string[];
}

function oneOf<T extends string>(words: readonly T[], value: string | undefined): T | undefined {
  return words.find((word) => word === value);
}

/** Reads a query string. What it does not understand is left out and named in `problems`. */
export function readReportQuery(
  params: URLSearchParams,
  { seesProtected }: { readonly seesProtected: boolean },
): ReportQuery {
  const problems: string[] = [];
  const given: Partial<Record<FilterName, string>> = {};
  for (const name of FILTER_NAMES) {
    const value = params.get(name)?.trim() ?? '';
    if (value.length > MAX_VALUE) problems.push(`"${name}" is longer than ${MAX_VALUE} characters.`);
    else if (value !== '') given[name] = value;
  }
  const protocol = oneOf(PROTOCOLS, given.protocol);
  if (given.protocol !== undefined && protocol === undefined) {
    problems.push(`"protocol" is none of ${PROTOCOLS.join(', ')}.`);
  }
  const state = oneOf(REPORT_STATES, given.state);
  if (given.state !== undefined && state === undefined) {
    problems.push(`"state" is none of ${REPORT_STATES.join(', ')}.`);
  }
  const receivedFrom = dateFilter(given.from, 'start');
  const receivedTo = dateFilter(given.to, 'end');
  for (const [name, value] of [['from', receivedFrom] as const, ['to', receivedTo] as const]) {
    if (value === null) {
      problems.push(`"${name}" is neither a date (2026-11-20) nor a time (2026-11-20T14:00Z).`);
    }
  }
  const number = /^#?(\d{1,13})$/.exec(given.installation ?? '')?.[1];
  const isNumber = number !== undefined && (!seesProtected || given.installation?.startsWith('#') === true);
  if (given.installation !== undefined && !isNumber && !seesProtected) {
    // What clients call an installation is protected: whoever may not see it may not try names either.
    problems.push('"installation" must be the number of an installation: #123456.');
  }
  const cursor = params.get('cursor') ?? '';
  return {
    filter: {
      ...(given.account !== undefined && { account: given.account }),
      ...(given.product !== undefined && { product: given.product }),
      ...(protocol !== undefined && { protocol }),
      ...(given.version !== undefined && { version: given.version }),
      ...(given.platform !== undefined && { platform: given.platform }),
      ...(state !== undefined && { state }),
      ...(isNumber && { installationNumber: Number(number) }),
      ...(given.installation !== undefined &&
        !isNumber &&
        seesProtected && { installation: given.installation }),
      ...(typeof receivedFrom === 'number' && { receivedFrom }),
      ...(typeof receivedTo === 'number' && { receivedTo }),
      ...(given.text !== undefined && { text: given.text }),
    },
    given,
    cursor: cursor === '' || cursor.length > MAX_VALUE ? null : cursor,
    problems,
  };
}

/** A link to the report list with these filters; absent and empty ones are left out. */
export function reportsLink(
  filters: Readonly<Partial<Record<FilterName | 'cursor', string | null>>>,
  path = '/reports',
): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(filters)) {
    if (typeof value === 'string' && value !== '') params.set(name, value);
  }
  const query = params.toString();
  return query === '' ? path : `${path}?${query}`;
}
