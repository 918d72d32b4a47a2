// What a bug says of all its occurrences: a fold that takes one occurrence after the other.
import type { CrashKitOccurrence } from './understood-occurrence.ts';

/** Counts of one ISO week, Monday first. */
export interface WeekCount {
  /** Year and week: 202647. */
  readonly week: number;
  readonly count: number;
  readonly daily: readonly number[];
}

/** A bug so far. */
export interface BugSummary {
  readonly count: number;
  /** The shortest message seen; null where none had one. */
  readonly message: string | null;
  /** The shortest path of a request seen. */
  readonly requestPath: string | null;
  readonly roles: readonly string[];
  readonly severity: 'normal' | 'major';
  /** First and last day, `YYYY-MM-DD`. */
  readonly firstDay: string;
  readonly lastDay: string;
  readonly weeks: readonly WeekCount[];
}

/** Adds an occurrence to its bug. `day` is the occurrence's date, or that of its arrival where it has none. */
export function addOccurrence(
  bug: BugSummary | null,
  occurrence: CrashKitOccurrence,
  day: string,
): BugSummary {
  const { count, role, severity, messages } = occurrence;
  return {
    count: (bug?.count ?? 0) + count,
    message: messages.reduce<string | null>(shorter, bug?.message ?? null),
    requestPath: shorter(bug?.requestPath ?? null, occurrence.requestPath),
    roles: [...new Set([...(bug?.roles ?? []), role])].toSorted((a, b) => (a < b ? -1 : 1)),
    severity: bug?.severity === 'major' ? 'major' : severity,
    firstDay: bug === null || day < bug.firstDay ? day : bug.firstDay,
    lastDay: bug === null || day > bug.lastDay ? day : bug.lastDay,
    weeks: addToWeek(bug?.weeks ?? [], day, count),
  };
}

/** The shorter of two texts; the earlier one of two that are equally long; an empty one does not count. */
function shorter(known: string | null, next: string | null): string | null {
  if (next === null || next === '') return known;
  return known === null || next.length < known.length ? next : known;
}

function addToWeek(weeks: readonly WeekCount[], day: string, count: number): readonly WeekCount[] {
  const { week, weekday } = isoWeek(day);
  const known = weeks.find((candidate) => candidate.week === week) ?? {
    week,
    count: 0,
    daily: [0, 0, 0, 0, 0, 0, 0],
  };
  const added: WeekCount = {
    week,
    count: known.count + count,
    daily: known.daily.map((value, index) => (index === weekday - 1 ? value + count : value)),
  };
  return [...weeks.filter((candidate) => candidate.week !== week), added].toSorted((a, b) => a.week - b.week);
}

/** ISO 8601: weeks start on Monday, and the first week of a year is the one with its first Thursday. */
export function isoWeek(day: string): { readonly week: number; readonly weekday: number } {
  const date = new Date(`${day}T00:00:00Z`);
  const weekday = date.getUTCDay() === 0 ? 7 : date.getUTCDay();
  const thursday = new Date(date.getTime() + (4 - weekday) * 86_400_000);
  const year = thursday.getUTCFullYear();
  const dayOfYear = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / 86_400_000);
  return { week: year * 100 + Math.floor(dayOfYear / 7) + 1, weekday };
}
