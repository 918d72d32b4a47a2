// Which days the bars of a list show: those of its filter.
import { daysOfPeriod } from './crash-filter.ts';
import type { GivenCrashFilter } from './crash-filter.ts';

const DAY_MS = 86_400_000;
/** A week at least, since one bar says nothing; and no more than fit beside each other. */
const LEAST = 7;
const MOST = 90;
const USUAL = 28;

/** Days since 1970, and what they are called. A filter of more days than fit has its newest ones. */
export function barsOf(
  given: GivenCrashFilter,
  now: number,
): { readonly first: number; readonly days: number; readonly label: string } {
  const today = Math.floor(now / DAY_MS);
  const from = dayNumber(given.happened_from);
  const to = dayNumber(given.happened_to);
  if (from === null && to === null) {
    const days = Math.min(MOST, Math.max(LEAST, daysOfPeriod(given.period) ?? USUAL));
    return { first: today - days + 1, days, label: `Last ${days} days` };
  }
  const last = to ?? today;
  const days = Math.min(MOST, Math.max(1, last - (from ?? last - USUAL + 1) + 1));
  const first = last - days + 1;
  return { first, days, label: `${dayText(first)} – ${dayText(last)}` };
}

function dayNumber(text: string | undefined): number | null {
  const at = text === undefined ? Number.NaN : Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(at) ? null : Math.floor(at / DAY_MS);
}

function dayText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(5, 10);
}
