// Times in filters: a day, or a moment in ISO 8601; without a zone it is UTC.

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MOMENT = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:\d{2})?$/;
const DAY_MS = 86_400_000;

/**
 * Milliseconds since 1970; undefined where nothing was given, null where it is not a time.
 * A day as the `end` of a range means its last moment: the range's end is exclusive.
 */
export function dateFilter(text: string | undefined, edge: 'start' | 'end'): number | null | undefined {
  if (text === undefined) return undefined;
  if (DAY.test(text)) {
    const start = Date.parse(`${text}T00:00:00Z`);
    // Date.parse takes 2026-02-31 for March 3rd in no engine that we run, but the round trip is what proves a day.
    if (Number.isNaN(start) || new Date(start).toISOString().slice(0, 10) !== text) return null;
    return edge === 'start' ? start : start + DAY_MS;
  }
  const moment = MOMENT.exec(text);
  if (moment === null) return null;
  const at = Date.parse(`${moment[1]}${moment[2] ?? 'Z'}`);
  return Number.isNaN(at) ? null : at;
}
