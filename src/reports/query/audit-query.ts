// The filter of the audit log in a query string: the same for the page, the API, exports and the command.
import { AUDIT_OUTCOMES } from '../../store/audit.ts';
import type { AuditFilter } from '../../store/audit.ts';
import { dateFilter } from '../view/date-filter.ts';

/** Parameters, and what each means; the document of the API says the same. */
export const AUDIT_PARAMETERS = {
  person: 'Number of a person.',
  what: 'What was done: `report.delete`; `report.*` everything that begins so.',
  object: 'What it was done to: `report <crash id>`, `bug 12`, `product shop/web`, `person 3`.',
  outcome: `One of ${AUDIT_OUTCOMES.join(', ')}.`,
  from: 'From this day (UTC) or ISO 8601 time on.',
  to: 'Until the end of this day, or before this time.',
} as const;

/** The filter, or what is wrong with it in a sentence. Empty parameters are as good as none. */
export function readAuditFilter(
  params: URLSearchParams,
): { readonly filter: AuditFilter } | { readonly fault: string } {
  const text = (name: keyof typeof AUDIT_PARAMETERS): string | undefined => {
    const value = params.get(name)?.trim();
    return value === undefined || value === '' ? undefined : value.slice(0, 400);
  };
  const person = text('person');
  if (person !== undefined && !/^\d{1,15}$/.test(person)) return { fault: '"person" must be a number.' };
  const given = text('outcome');
  const outcome = AUDIT_OUTCOMES.find((one) => one === given);
  if (given !== undefined && outcome === undefined)
    return { fault: `"outcome" is none of ${AUDIT_OUTCOMES.join(', ')}.` };
  const from = dateFilter(text('from'), 'start');
  const to = dateFilter(text('to'), 'end');
  if (from === null || to === null)
    return { fault: '"from" and "to" are days (2026-11-30) or ISO 8601 times.' };
  const what = text('what');
  const object = text('object');
  return {
    filter: {
      ...(person !== undefined && { person: Number(person) }),
      ...(what !== undefined && { what }),
      ...(object !== undefined && { object }),
      ...(outcome !== undefined && { outcome }),
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
    },
  };
}
